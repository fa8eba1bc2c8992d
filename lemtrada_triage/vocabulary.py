"""Loads ``vocab/``: concepts, slots, frames, context cues, measurements and spelling, checked and joined.

The files are described in CONTRIBUTING.md. Loading reports every mistake at once, each with its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from rapidfuzz import process

from lemtrada_triage.locate import data_folder
from lemtrada_triage.model import Problem, VocabularyError
from lemtrada_triage.yamlfile import YamlFile, yaml_files

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("put quotes around it: YAML reads it as a truth value")
    return str(value) if isinstance(value, (int, float)) else value


Text = Annotated[str, BeforeValidator(_as_text)]
CueKind = Literal[
    "absent", "uncertain", "historical", "hypothetical", "other_person", "resolved", "stranger",
    "pseudo", "terminator", "clause", "sudden", "gradual", "long_standing", "severe", "lasting", "one_sided", "fresh",
    "complaint", "well", "patient", "first_person", "third_person", "preposition", "answer_no", "answer_yes",
    "illness_verb", "question", "background", "informant", "possessive", "affirms", "indicative", "befalls", "business",
    "since", "fine", "foreign", "pronoun",
]  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SlotEntry(_Model):
    """A named set of words that frames are made of."""

    words: tuple[Text, ...] = ()
    includes: tuple[Identifier, ...] = ()
    body: bool = False


class FrameEntry(_Model):
    """Slots that make a concept when they meet: in any order (``near``) or in this one (``seq``)."""

    near: tuple[str | tuple[Text, ...], ...] = ()
    seq: tuple[str | tuple[Text, ...], ...] = ()
    within: int | None = Field(default=None, ge=0, le=20)


class ConceptEntry(_Model):
    """A symptom (or other concept) with the words that patients and nurses use for it."""

    id: Identifier
    label: str
    is_a: tuple[Identifier, ...] = ()
    hpo: Annotated[str, Field(pattern=r"^HP:\d{7}$")] | None = None
    terms: tuple[Text, ...] = ()
    frames: tuple[FrameEntry, ...] = ()
    never: tuple[Text, ...] = ()


class CueEntry(_Model):
    """Words of context: which kind, in which direction they reach, and how many words far."""

    kind: CueKind
    direction: Literal["forward", "backward", "both"] = "forward"
    scope: int = Field(default=40, ge=0, le=200)
    terms: tuple[Text, ...]


class BandEntry(_Model):
    """A range of a measured quantity, in its base unit, and the concept that it means."""

    concept: Identifier
    at_least: float = float("-inf")
    below: float = float("inf")


class UnitEntry(_Model):
    """A unit: its words, its plausible range, and how it becomes the base unit ((value - minus) * times)."""

    words: tuple[Text, ...]
    low: float
    high: float
    times: float = 1.0
    minus: float = 0.0


class MeasureEntry(_Model):
    """A quantity with a number: the words that name it, its units, and what its ranges mean (none fits: normal).

    In a sentence with one of the ``unless`` words the number is about something else.
    """

    id: Identifier
    words: tuple[Text, ...]
    units: Mapping[str, UnitEntry]
    bands: tuple[BandEntry, ...]
    named_by_unit: tuple[Text, ...] = ()
    unless: tuple[Text, ...] = ()
    bare: bool = False
    bare_unless: tuple[Text, ...] = ()
    needs_both: bool = False


class SpellingEntry(_Model):
    """What the reader knows of English: fillers, spoken numbers, and other forms of a word."""

    fillers: tuple[Text, ...] = ()
    numbers: Mapping[str, float] = {}
    frequent: tuple[Text, ...] = ()
    common: tuple[Text, ...] = ()
    forms: Mapping[str, str] = {}


class VocabularyFile(_Model):
    """One file below ``vocab/``; every key is optional."""

    concepts: tuple[ConceptEntry, ...] = ()
    slots: Mapping[Identifier, SlotEntry] = {}
    compounds: tuple[Text, ...] = ()
    cues: tuple[CueEntry, ...] = ()
    idioms: tuple[Text, ...] = ()
    measures: tuple[MeasureEntry, ...] = ()
    spelling: SpellingEntry = SpellingEntry()
    always_counts: tuple[Identifier, ...] = ()
    ambiguous: tuple[Text, ...] = ()
    feelings: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept with all its ancestors (itself first).

    ``always_counts``: an emergency sign, which counts even when told of another person.
    """

    id: str
    label: str
    hpo: str | None
    lineage: tuple[str, ...]
    always_counts: bool


@dataclass(frozen=True)
class Vocabulary:
    """Everything that the reader knows, as loaded; picklable, immutable, compiled by ``text.compiler``."""

    concepts: Mapping[str, Concept]
    entries: tuple[ConceptEntry, ...]
    slots: Mapping[str, SlotEntry]
    cues: tuple[CueEntry, ...]
    idioms: tuple[str, ...]
    compounds: tuple[str, ...]
    measures: tuple[MeasureEntry, ...]
    fillers: frozenset[str]
    numbers: Mapping[str, float]
    frequent: frozenset[str]
    common: frozenset[str]
    forms: Mapping[str, str]
    ambiguous: frozenset[str]
    feelings: frozenset[str]
    known_words: frozenset[str] = field(repr=False)
    hash: str = ""

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Vocabulary:
        """Reads all YAML files below a folder (the shipped ``vocab/`` by default).

        Raises VocabularyError with every mistake found, each with file, line and column.
        """
        root = Path(folder) if folder is not None else data_folder("vocab")
        return _Loader(root).load()


class _Loader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[tuple[YamlFile, VocabularyFile]] = []
        self.problems: list[Problem] = []
        self.found = 0

    def load(self) -> Vocabulary:
        self._read()
        concepts = {entry.id: entry for _, parsed in self.files for entry in parsed.concepts}
        slots = {name: slot for _, parsed in self.files for name, slot in parsed.slots.items()}
        if len(self.files) == self.found:  # else names would seem unknown that only stand in an unreadable file
            self._check(concepts, slots)
        if self.problems:
            raise VocabularyError(self.problems)
        parsed_files = [parsed for _, parsed in self.files]
        always_counts = frozenset(name for parsed in parsed_files for name in parsed.always_counts)
        words = self.root / "known-words.txt"
        return Vocabulary(
            concepts={name: _concept(name, concepts, always_counts) for name in concepts},
            entries=tuple(concepts.values()),
            slots=slots,
            cues=tuple(cue for parsed in parsed_files for cue in parsed.cues),
            idioms=tuple(idiom for parsed in parsed_files for idiom in parsed.idioms),
            compounds=tuple(word for parsed in parsed_files for word in parsed.compounds),
            measures=tuple(measure for parsed in parsed_files for measure in parsed.measures),
            fillers=frozenset(word for parsed in parsed_files for word in parsed.spelling.fillers),
            numbers={word: value for parsed in parsed_files for word, value in parsed.spelling.numbers.items()},
            frequent=frozenset(word for parsed in parsed_files for word in parsed.spelling.frequent),
            common=frozenset(word for parsed in parsed_files for word in parsed.spelling.common),
            forms={key: value for parsed in parsed_files for key, value in parsed.spelling.forms.items()},
            ambiguous=frozenset(f"={word}" for parsed in parsed_files for word in parsed.ambiguous),
            feelings=frozenset(f"={word}" for parsed in parsed_files for word in parsed.feelings),
            known_words=frozenset(words.read_text(encoding="utf-8").split() if words.exists() else ()),
            hash=self._hash(),
        )

    def _read(self) -> None:
        paths = list(yaml_files(self.root)) if self.root.is_dir() else []
        if not paths:
            help = "give a folder that holds the vocabulary's YAML files"
            self.problems.append(Problem("no-files", "no vocabulary files here", self.root, help=help))
        self.found = len(paths)
        for path in paths:
            file = YamlFile(path, _shown(path, self.root))
            parsed = file.validated(VocabularyFile)
            self.problems += file.problems
            if parsed is not None:
                self.files.append((file, parsed))

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for file, _ in self.files:
            digest.update(file.text.encode("utf-8"))
        return digest.hexdigest()[:8]

    def _check(self, concepts: dict[str, ConceptEntry], slots: dict[str, SlotEntry]) -> None:
        self.problems += self._duplicates()
        for file, parsed in self.files:
            for index, entry in enumerate(parsed.concepts):
                at = ("concepts", index)
                for name in entry.is_a:
                    self._known(file, name, concepts, "concept", (*at, "is_a"))
                self._check_frames(file, entry, slots, at)
            for name, slot in parsed.slots.items():
                for inner in slot.includes:
                    self._known(file, inner, slots, "slot", ("slots", name, "includes"))
            for name in parsed.always_counts:
                self._known(file, name, concepts, "concept", ("always_counts",))
            for index, measure in enumerate(parsed.measures):
                for band in measure.bands:
                    self._known(file, band.concept, concepts, "concept", ("measures", index, "bands"))
        self.problems += self._cycles(concepts)

    def _check_frames(
        self, file: YamlFile, entry: ConceptEntry, slots: dict[str, SlotEntry], at: tuple[str | int, ...]
    ) -> None:
        for number, frame in enumerate(entry.frames):
            place = (*at, "frames", number)
            if bool(frame.near) == bool(frame.seq):
                message = "a frame has exactly one of 'near' and 'seq'"
                self.problems.append(file.problem("bad-frame", message, place))
            elif len(frame.near or frame.seq) < 2:
                message = "a frame needs at least two slots"
                self.problems.append(file.problem("bad-frame", message, place, "put single words into 'terms'"))
            for kind in ("near", "seq"):
                for index, slot in enumerate(getattr(frame, kind)):
                    if isinstance(slot, str):
                        self._known(file, slot, slots, "slot", (*place, kind, index))
                        continue
                    for position, word in enumerate(slot):
                        if names_slot(word):
                            self._known(file, word, slots, "slot", (*place, kind, index, position))

    def _known(
        self, file: YamlFile, name: str, known: Mapping[str, object], what: str, at: tuple[str | int, ...]
    ) -> None:
        if name in known:
            return
        best = process.extractOne(name, sorted(known), score_cutoff=70)
        help = f"did you mean '{best[0]}'?" if best else f"declare the {what} first"
        self.problems.append(file.problem(f"unknown-{what}", f"no {what} is called '{name}'", at, help))

    def _duplicates(self) -> Iterator[Problem]:
        seen: dict[tuple[str, str], str] = {}
        for file, parsed in self.files:
            named: list[tuple[str, str, tuple[str | int, ...]]] = [
                ("concept", entry.id, ("concepts", index, "id")) for index, entry in enumerate(parsed.concepts)
            ]
            named += [("slot", name, ("slots", name)) for name in parsed.slots]
            for what, name, at in named:
                if first := seen.get((what, name)):
                    message = f"the {what} '{name}' exists already in {first}"
                    yield file.problem(f"duplicate-{what}", message, at, "merge the two, or rename one", key=True)
                seen[what, name] = file.path

    def _cycles(self, concepts: dict[str, ConceptEntry]) -> Iterator[Problem]:
        for file, parsed in self.files:
            for index, entry in enumerate(parsed.concepts):
                if any(entry.id in _lineage(parent, concepts) for parent in entry.is_a):
                    message = f"'{entry.id}' is its own ancestor"
                    yield file.problem("cycle", message, ("concepts", index, "is_a"), "remove one is_a")


def names_slot(word: str) -> bool:
    """Whether a member of a frame's list of words is the name of a slot, whose words it stands for."""
    return "_" in word


def _shown(path: Path, root: Path) -> str:
    return f"{root.name}/{path.relative_to(root).as_posix()}"


def _lineage(name: str, concepts: Mapping[str, ConceptEntry]) -> tuple[str, ...]:
    """The concept and all that it is, breadth first, each once."""
    found = [name]
    for current in found:
        entry = concepts.get(current)
        found += [parent for parent in (entry.is_a if entry else ()) if parent not in found]
    return tuple(found)


def _concept(name: str, concepts: Mapping[str, ConceptEntry], always_counts: frozenset[str]) -> Concept:
    entry, lineage = concepts[name], _lineage(name, concepts)
    return Concept(name, entry.label, entry.hpo, lineage, not always_counts.isdisjoint(lineage))
