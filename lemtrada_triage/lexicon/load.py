"""Reads ``vocab/`` (the files are described in CONTRIBUTING.md), and reports every mistake at once, with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field

from lemtrada_triage.files.locate import KNOWN, of_vocabulary, of_words
from lemtrada_triage.files.yamlfile import Path_, YamlFile, did_you_mean, shown, yaml_files
from lemtrada_triage.lexicon.groups import Groups, SlotSizes, expanded, half_named, named_groups, wordings
from lemtrada_triage.lexicon.lookalikes import is_well_marked, look_alikes
from lemtrada_triage.lexicon.pairs import ANYTHING, FAILS, PART_FAILS, PLACE, Classes, frames_of
from lemtrada_triage.lexicon.vocabulary import (
    AbilityEntry,
    Concept,
    ConceptEntry,
    CueEntry,
    FailureEntry,
    FrameEntry,
    Identifier,
    MeasureEntry,
    Model,
    SlotEntry,
    StateEntry,
    TableEntry,
    Text,
    Vocabulary,
    names_slot,
)
from lemtrada_triage.model import Problem, VocabularyError

Entry = TypeVar("Entry", ConceptEntry, CueEntry, SlotEntry)
# Nobody's vocabulary needs more, and without a limit a few lines could take all memory.
MOST_ANCESTORS = 100
MOST_WORDINGS = 5_000  # of one term or list with groups, of one slot with all that it includes
MOST_IN_ALL = 500_000


class SpellingEntry(Model):
    """What the reader knows of English: fillers, spoken numbers, other forms of a word, and words never corrected."""

    fillers: tuple[Text, ...] = ()
    numbers: Mapping[str, float] = {}
    dictated: Mapping[str, str] = {}
    frequent: tuple[Text, ...] = ()
    common: tuple[Text, ...] = ()
    known: tuple[Text, ...] = ()
    forms: Mapping[str, str] = {}


class VocabularyFile(Model):
    """One file below ``vocab/``; every key is optional."""

    groups: Mapping[Identifier, Annotated[tuple[Text, ...], Field(min_length=1)]] = {}
    concepts: tuple[ConceptEntry, ...] = ()
    slots: Mapping[Identifier, SlotEntry] = {}
    states: Mapping[Identifier, StateEntry] = {}
    abilities: Mapping[Identifier, AbilityEntry] = {}
    failures: Mapping[Identifier, FailureEntry] = {}
    table: TableEntry = Field(default_factory=TableEntry)
    compounds: tuple[Text, ...] = ()
    cues: tuple[CueEntry, ...] = ()
    idioms: tuple[Text, ...] = ()
    measures: tuple[MeasureEntry, ...] = ()
    spelling: SpellingEntry = Field(default_factory=SpellingEntry)
    always_counts: tuple[Identifier, ...] = ()
    ambiguous: tuple[Text, ...] = ()
    feelings: tuple[Text, ...] = ()


def load_vocabulary(root: Path) -> Vocabulary:
    """The vocabulary in a folder (see ``Vocabulary.load``)."""
    return VocabularyReader(root).vocabulary()


class VocabularyReader:
    """Reads every file before it complains: ``files`` as far as they fit, and all ``problems``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[tuple[YamlFile, VocabularyFile]] = []
        self.problems: list[Problem] = []
        self.opened: list[YamlFile] = []
        self.found = 0
        self.wordings = 0
        self._read()
        self.concepts = {entry.id: entry for _, parsed in self.files for entry in parsed.concepts}
        self.classes = Classes(self._all("states"), self._all("abilities"), self._all("failures"))
        self.slots: dict[str, SlotEntry] = self._all("slots") | self.classes.slots()
        self.groups: dict[str, tuple[str, ...]] = self._all("groups")
        if len(self.files) == self.found:  # else names would seem unknown that only stand in an unreadable file
            self._check(self.concepts, self.slots, self.groups)

    def _all(self, key: str) -> dict[str, Any]:
        """What stands under a key in any file, by name."""
        return {name: entry for _, parsed in self.files for name, entry in getattr(parsed, key).items()}

    @property
    def named(self) -> frozenset[str] | None:
        """The ids of all concepts, also of those with a mistake; None while a file cannot be read at all."""
        if any(not isinstance(file.value, dict) for file in self.opened):
            return None
        lists = (file.value.get("concepts") for file in self.opened)
        entries = (entry for found in lists if isinstance(found, list) for entry in found)
        return frozenset(str(entry.get("id")) for entry in entries if isinstance(entry, dict))

    def vocabulary(self) -> Vocabulary:
        """The vocabulary. Raises VocabularyError with all problems, if there are any."""
        if self.problems:
            raise VocabularyError(self.problems)
        concepts, slots, groups = self.concepts, self.slots, self.groups
        parsed_files = [parsed for _, parsed in self.files]
        always_counts = frozenset(name for parsed in parsed_files for name in parsed.always_counts)
        words = self.root / KNOWN
        return Vocabulary(
            concepts={name: _concept(name, concepts, always_counts) for name in concepts},
            entries=tuple(_spelled_out(entry, groups) for entry in self._with_table()),
            slots={name: _spelled_out(slot, groups) for name, slot in slots.items()},
            cues=tuple(_spelled_out(cue, groups) for parsed in parsed_files for cue in parsed.cues),
            idioms=look_alikes((idiom for parsed in parsed_files for idiom in parsed.idioms), groups),
            compounds=tuple(word for parsed in parsed_files for word in parsed.compounds),
            measures=tuple(measure for parsed in parsed_files for measure in parsed.measures),
            fillers=frozenset(word for parsed in parsed_files for word in parsed.spelling.fillers),
            dictated={word: mark for parsed in parsed_files for word, mark in parsed.spelling.dictated.items()},
            numbers={word: value for parsed in parsed_files for word, value in parsed.spelling.numbers.items()},
            frequent=frozenset(word for parsed in parsed_files for word in parsed.spelling.frequent),
            common=frozenset(word for parsed in parsed_files for word in parsed.spelling.common),
            forms={key: value for parsed in parsed_files for key, value in parsed.spelling.forms.items()},
            ambiguous=frozenset(f"={word}" for parsed in parsed_files for word in parsed.ambiguous),
            feelings=frozenset(f"={word}" for parsed in parsed_files for word in parsed.feelings),
            known_words=frozenset(words.read_text(encoding="utf-8").split() if words.exists() else ()).union(
                *[parsed.spelling.known for parsed in parsed_files]
            ),
            hash=self._hash(),
        )

    def _with_table(self) -> Iterator[ConceptEntry]:
        """The concepts with the frames of the table."""
        made: dict[str, list[FrameEntry]] = {}
        for _, parsed in self.files:
            for concept, frame in frames_of(parsed.table, self.classes):
                made.setdefault(concept, []).append(frame)
        for name, entry in self.concepts.items():
            yield entry.model_copy(update={"frames": (*entry.frames, *made.get(name, ()))})

    def _read(self) -> None:
        paths = [path for path in yaml_files(self.root) if of_words(path, self.root)] if self.root.is_dir() else []
        if not paths:
            help = "give a folder that holds the vocabulary's YAML files"
            self.problems.append(Problem("no-files", "no vocabulary files here", shown(self.root), help=help))
        self.found = len(paths)
        for path in paths:
            file = YamlFile(path, shown(path))
            parsed = file.validated(VocabularyFile)
            self.opened.append(file)
            self.problems += file.problems
            if parsed is not None:
                self.files.append((file, parsed))

    def _hash(self) -> str:
        """Of every file that changes what is read, whichever way its lines end."""
        digest = hashlib.sha256()
        for path in sorted(self.root.rglob("*.*")):
            if path.is_file() and of_vocabulary(path, self.root):
                content = path.read_bytes().replace(b"\r\n", b"\n")
                digest.update(f"{path.relative_to(self.root).as_posix()} {len(content)}\n".encode() + content)
        return digest.hexdigest()[:16]

    def _check(self, concepts: dict[str, ConceptEntry], slots: dict[str, SlotEntry], groups: Groups) -> None:
        self.problems += self._duplicates()
        sizes = SlotSizes(slots)
        for file, parsed in self.files:
            for group, words in parsed.groups.items():
                self._check_group(file, group, words)
            for term, place in _terms(parsed):
                for name in named_groups(term):
                    self._known(file, name, groups, "group", place)
                self._bounded(file, wordings(term, groups), f"'{term}' stands for", place)
                if half_named(term):
                    message = f"'<' and '>' belong around the name of a group, not so in '{term}'"
                    self.problems.append(file.problem("bad-group", message, place))
            for written, place in sentences_of(parsed):
                if not is_well_marked(written):
                    message = f"'[' and ']' belong around the look-alike in its sentence, once: '{written}'"
                    help = "mark it: the [stroke ward] rang"
                    self.problems.append(file.problem("bad-look-alike", message, place, help))
            for index, entry in enumerate(parsed.concepts):
                at = ("concepts", index)
                for number, name in enumerate(entry.is_a):
                    self._known(file, name, concepts, "concept", (*at, "is_a", number))
                for kind, name in entry.instead.items():
                    self._known(file, name, concepts, "concept", (*at, "instead", kind))
                self._check_frames(file, entry, slots, at)
            for name, slot in parsed.slots.items():
                self._check_slot(file, name, slot, slots, sizes)
            for number, name in enumerate(parsed.always_counts):
                self._known(file, name, concepts, "concept", ("always_counts", number))
            for index, measure in enumerate(parsed.measures):
                for number, band in enumerate(measure.bands):
                    place = ("measures", index, "bands", number, "concept")
                    self._known(file, band.concept, concepts, "concept", place)
            self._check_table(file, parsed.table)
        self.problems += self._cycles(concepts)

    def _check_table(self, file: YamlFile, table: TableEntry) -> None:
        """Every row and column of a table is of a class that exists, and the table has what its frames need."""
        known: dict[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
            "states": (self.classes.states, self.slots),
            "abilities": (self.classes.abilities, self.classes.failures),
            "uses": (self.classes.abilities, self.slots),
        }
        needed = {"states": (PLACE,), "abilities": (ANYTHING,), "uses": (FAILS, PART_FAILS)}
        singular = {"states": "state", "abilities": "ability", "uses": "ability"}
        for kind, (heads, columns) in known.items():
            rows = getattr(table, kind)
            for slot in needed[kind] if rows else ():
                self._known(file, slot, self.slots, "slot", ("table", kind))
            for row, cells in rows.items():
                self._known(file, row, heads, singular[kind], ("table", kind, row))
                for column, concept in cells.items():
                    what = "failure" if kind == "abilities" else "slot"
                    self._known(file, column, columns, what, ("table", kind, row, column))
                    self._known(file, concept, self.concepts, "concept", ("table", kind, row, column))

    def _check_group(self, file: YamlFile, group: str, words: tuple[str, ...]) -> None:
        for number, word in enumerate(words):
            if "<" in word or ">" in word:
                message, at = f"a group holds words, no other group: '{word}'", ("groups", group, number)
                self.problems.append(file.problem("bad-group", message, at, "write the words out"))

    def _check_slot(
        self, file: YamlFile, name: str, slot: SlotEntry, slots: dict[str, SlotEntry], sizes: SlotSizes
    ) -> None:
        for number, inner in enumerate(slot.includes):
            self._known(file, inner, slots, "slot", ("slots", name, "includes", number))
        if circle := sizes.circle(name):
            message = f"these slots include each other: {' -> '.join(circle)}"
            self.problems.append(file.problem("cycle", message, ("slots", name, "includes"), "remove one of them"))
        if all(sizes.of(inner) <= MOST_WORDINGS for inner in slot.includes):  # else that one is to blame
            self._bounded(file, sizes.of(name), f"the slot '{name}' holds", ("slots", name))

    def _bounded(self, file: YamlFile, size: int, what: str, at: Path_) -> None:
        self.wordings += size
        if size > MOST_WORDINGS:
            message = f"{what} {size:,} wordings; at most {MOST_WORDINGS:,} are read"
            self.problems.append(file.problem("too-many-wordings", message, at, "use fewer or smaller groups"))
        elif self.wordings - size <= MOST_IN_ALL < self.wordings:
            message = f"with this, there are more than {MOST_IN_ALL:,} wordings in all"
            self.problems.append(file.problem("too-many-wordings", message, at, "use fewer or smaller groups"))

    def _check_frames(self, file: YamlFile, entry: ConceptEntry, slots: dict[str, SlotEntry], at: Path_) -> None:
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
                        if names_slot(word) and not named_groups(word):
                            self._known(file, word, slots, "slot", (*place, kind, index, position))

    def _known(self, file: YamlFile, name: str, known: Mapping[str, object], what: str, at: Path_) -> None:
        if name in known:
            return
        word = f", or write [{name}] if you mean the word itself" if what == "slot" else ""
        help = did_you_mean(name, known) or f"declare the {what} first{word}"
        self.problems.append(file.problem(f"unknown-{what}", f"no {what} is called '{name}'", at, help))

    def _duplicates(self) -> Iterator[Problem]:
        seen: dict[tuple[str, str], str] = {}
        for file, parsed in self.files:
            named: list[tuple[str, str, Path_]] = [
                ("concept", entry.id, ("concepts", index, "id")) for index, entry in enumerate(parsed.concepts)
            ]
            named += [
                ("slot", name, (key, name))
                for key in ("slots", "states", "abilities", "failures")
                for name in getattr(parsed, key)
            ]
            named += [("group", name, ("groups", name)) for name in parsed.groups]
            for what, name, at in named:
                if first := seen.get((what, name)):
                    message = f"the {what} '{name}' exists already in {first}"
                    yield file.problem(
                        f"duplicate-{what}", message, at, "merge the two, or rename one", what != "concept"
                    )
                seen[what, name] = file.path

    def _cycles(self, concepts: dict[str, ConceptEntry]) -> Iterator[Problem]:
        for file, parsed in self.files:
            for index, entry in enumerate(parsed.concepts):
                if len(_lineage(entry.id, concepts)) > MOST_ANCESTORS:
                    message = f"'{entry.id}' has more than {MOST_ANCESTORS} ancestors"
                    yield file.problem("too-deep", message, ("concepts", index, "is_a"), "leave some out")
                elif any(entry.id in _lineage(parent, concepts) for parent in entry.is_a):
                    message = f"'{entry.id}' is its own ancestor"
                    yield file.problem("cycle", message, ("concepts", index, "is_a"), "remove one is_a")


def _terms(parsed: VocabularyFile) -> Iterator[tuple[str, Path_]]:
    """Every term of a file that may hold a group, with its place."""
    for name, slot in parsed.slots.items():
        yield from ((word, ("slots", name, "words", number)) for number, word in enumerate(slot.words))
    for key in ("states", "abilities", "failures"):
        for name, entry in getattr(parsed, key).items():
            yield from ((word, (key, name)) for word in entry.words)
    for index, entry in enumerate(parsed.concepts):
        for key, terms in (("terms", entry.terms), ("never", entry.never)):
            yield from ((term, ("concepts", index, key, number)) for number, term in enumerate(terms))
        for number, frame in enumerate(entry.frames):
            for key, members in (("near", frame.near), ("seq", frame.seq)):
                at = ("concepts", index, "frames", number, key)
                yield from ((word, (*at, place)) for place, words in enumerate(members) for word in _listed(words))
    for index, cue in enumerate(parsed.cues):
        yield from ((term, ("cues", index, "terms", number)) for number, term in enumerate(cue.terms))
    yield from ((idiom, ("idioms", number)) for number, idiom in enumerate(parsed.idioms))


def sentences_of(parsed: VocabularyFile) -> Iterator[tuple[str, Path_]]:
    """Every sentence with a look-alike of a file, with its place."""
    for index, entry in enumerate(parsed.concepts):
        yield from ((written, ("concepts", index, "never", number)) for number, written in enumerate(entry.never))
    yield from ((written, ("idioms", number)) for number, written in enumerate(parsed.idioms))


def _spelled_out(entry: Entry, groups: Groups) -> Entry:
    """A concept, cue or slot with the groups in its terms and frames replaced by their words."""
    update: dict[str, object] = {
        key: expanded(getattr(entry, key), groups) for key in ("terms", "words") if hasattr(entry, key)
    }
    if isinstance(entry, ConceptEntry):
        update["never"] = look_alikes(entry.never, groups)
        update["frames"] = tuple(_frame_spelled_out(frame, groups) for frame in entry.frames)
    return entry.model_copy(update=update)


def _frame_spelled_out(frame: FrameEntry, groups: Groups) -> FrameEntry:
    lists = {
        key: tuple(words if isinstance(words, str) else expanded(words, groups) for words in getattr(frame, key))
        for key in ("near", "seq")
    }
    return frame.model_copy(update=lists)


def _listed(words: str | tuple[str, ...]) -> tuple[str, ...]:
    """The words that a frame lists itself; it names slots otherwise."""
    return () if isinstance(words, str) else words


def _lineage(name: str, concepts: Mapping[str, ConceptEntry]) -> tuple[str, ...]:
    """The concept and all that it is, breadth first, each once."""
    found, seen = [name], {name}
    for current in found:
        entry = concepts.get(current)
        new = [parent for parent in dict.fromkeys(entry.is_a if entry else ()) if parent not in seen]
        found += new
        seen.update(new)
        if len(found) > MOST_ANCESTORS:  # a mistake, which is reported
            break
    return tuple(found)


def _concept(name: str, concepts: Mapping[str, ConceptEntry], always_counts: frozenset[str]) -> Concept:
    entry, lineage = concepts[name], _lineage(name, concepts)
    counts = not always_counts.isdisjoint(lineage)
    return Concept(name, entry.label, entry.codes.coded(), lineage, counts, tuple(entry.instead.items()))
