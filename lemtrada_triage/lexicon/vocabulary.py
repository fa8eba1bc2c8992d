"""What a vocabulary is: concepts, slots, frames, context cues, measurements and spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.lexicon.codes import CodesEntry
from lemtrada_triage.model import Code

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"'{text}' is not an id: use small letters, digits and '_', and begin with a letter")
    return text


Identifier = Annotated[str, AfterValidator(_name)]


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("put it in quotes: without them it means true or false")
    return str(value) if isinstance(value, (int, float)) else value


Text = Annotated[str, BeforeValidator(_as_text)]
CueKind = Literal[
    "absent", "uncertain", "historical", "hypothetical", "other_person", "resolved", "stranger",
    "pseudo", "pseudo_modifier", "terminator", "clause", "sudden",
    "gradual", "long_standing", "severe", "lasting", "one_sided", "fresh", "both_sided", "treated", "elsewhere",
    "complaint", "well", "patient", "first_person", "third_person", "preposition", "answer_no", "answer_yes",
    "illness_verb", "question", "background", "informant", "possessive", "affirms", "indicative", "befalls", "business",
    "since", "fine", "foreign", "english", "pronoun", "goes_on", "degree", "strong", "indefinite", "label", "no_person",
    "predicate", "joins", "alternative", "present_verb", "past_verb", "perfect", "side", "state", "singular",
    "of_now", "close_kin", "episode", "writer",
    "title", "acts", "pairs", "article", "addresses", "links", "being", "greets", "helps",
    "condition", "lists", "causes", "having",
]  # fmt: skip


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, ser_json_inf_nan="constants")


class SlotEntry(Model):
    """A named set of words that frames are made of."""

    words: tuple[Text, ...] = ()
    includes: tuple[Identifier, ...] = ()
    body: bool = False


class FrameEntry(Model):
    """Slots that make a concept when they meet: in any order (``near``) or in this one (``seq``).

    ``bare``: nothing may follow but the end or the words of the slot ``ability_tail`` ("can't see", "can't see at
    all", but not "can't see why").
    """

    near: tuple[str | tuple[Text, ...], ...] = ()
    seq: tuple[str | tuple[Text, ...], ...] = ()
    within: int | None = Field(default=None, ge=0, le=20)
    bare: bool = False


class StateEntry(Model):
    """How a part of the body can be: what it ``is`` (numb), what it ``has`` (numbness), what it ``does`` (tingles).

    ``near``: part and state may stand so many words apart, in any order; without it, state and part stand close.
    """

    is_: tuple[Text, ...] = Field(default=(), alias="is")
    has: tuple[Text, ...] = ()
    does: tuple[Text, ...] = ()
    near: int | None = Field(default=None, ge=0, le=20)

    @property
    def words(self) -> tuple[str, ...]:
        """All words for it."""
        return self.is_ + self.has + self.does


class AbilityEntry(Model):
    """What a person or a part can ``do`` ("see"), and the same as a noun ("seeing").

    ``bare``: as in a frame.
    """

    do: tuple[Text, ...]
    doing: tuple[Text, ...] = ()
    bare: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """All words for it."""
        return self.do + self.doing


class FailureEntry(Model):
    """A way to fail: what stands before "see" (``verb``: can't), "to see" (``to``: unable) and "seeing" (``with``)."""

    verb: tuple[Text, ...] = ()
    to: tuple[Text, ...] = ()
    with_: tuple[Text, ...] = Field(default=(), alias="with")

    @property
    def words(self) -> tuple[str, ...]:
        """All words for it."""
        return self.verb + self.to + self.with_


Row = Mapping[Identifier, Identifier]


class TableEntry(Model):
    """Which concept a pair of closed classes makes.

    ``states``: state -> part -> concept. ``abilities``: ability -> failure -> concept. ``uses``: ability -> part ->
    concept, where it is the part with which somebody fails ("can't move my arm", "my arm won't move").
    """

    states: Mapping[Identifier, Row] = {}
    abilities: Mapping[Identifier, Row] = {}
    uses: Mapping[Identifier, Row] = {}


class ConceptEntry(Model):
    """A symptom (or other concept) with the words that patients and nurses use for it.

    ``instead`` names what it is where a cue of one of these kinds reaches it: "left and right alike" is not one-sided.
    """

    id: Identifier
    label: str
    is_a: tuple[Identifier, ...] = ()
    codes: CodesEntry = CodesEntry()
    terms: tuple[Text, ...] = ()
    frames: tuple[FrameEntry, ...] = ()
    never: tuple[Text, ...] = ()
    instead: Mapping[Literal["both_sided", "treated"], Identifier] = {}


class CueEntry(Model):
    """Words of context: which kind, in which direction they reach, and how many words far."""

    kind: CueKind
    direction: Literal["forward", "backward", "both"] = "forward"
    scope: int = Field(default=40, ge=0, le=200)
    terms: tuple[Text, ...]


class BandEntry(Model):
    """A range of a measured quantity, in its base unit, and the concept that it means."""

    concept: Identifier
    at_least: float = float("-inf")
    below: float = float("inf")


class UnitEntry(Model):
    """A unit: its words, its plausible range, and how it becomes the base unit ((value - minus) * times)."""

    words: tuple[Text, ...]
    low: float
    high: float
    times: float = 1.0
    minus: float = 0.0


class MeasureEntry(Model):
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
    needs_name: bool = False


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept with all its ancestors (itself first).

    ``always_counts``: an emergency sign, which counts even when told of another person. ``instead``: pairs of a kind
    of cue and the concept that is meant where it reaches. ``codes`` are those of terminologies.
    """

    id: str
    label: str
    codes: tuple[Code, ...]
    lineage: tuple[str, ...]
    always_counts: bool
    instead: tuple[tuple[str, str], ...] = ()


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
    dictated: Mapping[str, str]
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
        from lemtrada_triage.lexicon.load import load_vocabulary  # most starts need none of it: see ``kept``

        return load_vocabulary(Path(folder) if folder is not None else data_folder("vocab"))


def names_slot(word: str) -> bool:
    """Whether a member of a frame's list of words is the name of a slot, whose words it stands for."""
    return "_" in word
