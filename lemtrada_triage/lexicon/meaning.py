"""What the reader runs on: words, the phrases that they begin, what those mean, and the frames that slots make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

EVERYTHING: Final = "*"
# The parts that words play in a measure.
NAME: Final = "name"
UNLESS: Final = "unless"
OTHER: Final = "other"
DEGREE: Final = "degree"
UNIT: Final = "unit:"
# The break between two words, the strongest last.
SPACE: Final = 0
COMMA: Final = 1
COLON: Final = 2
DASH: Final = 3
STOP: Final = 4
# The lowest bits of Meaning.bits: its roles. A phrase without any only fills slots of frames that are looked for
# because of other words ("in"). Above them stand the bits of slots. Each is a constant by itself, as mypyc wants them.
CONCEPT: Final = 1 << 0
ANCHOR: Final = 1 << 1
CUE: Final = 1 << 2
TELLING: Final = 1 << 3
BLOCK: Final = 1 << 4
MEASURE: Final = 1 << 5
BODY: Final = 1 << 6
COMPLAINT: Final = 1 << 7
WELL: Final = 1 << 8
CLAUSE: Final = 1 << 9
BUSINESS: Final = 1 << 10
# What a word may be besides: a number; one that was corrected, is foreign or is no known word; a title before a name;
# what a person does, or half of "and I", behind a name; an article or owner, before no name.
NUMBER: Final = 1 << 11
STRANGE: Final = 1 << 12
NAMING: Final = 1 << 13
ACTING: Final = 1 << 14
PAIRING: Final = 1 << 15
OWNING: Final = 1 << 16
# The heads of a leaflet's list ("if you have any of the following"), and what is in none.
CONDITION: Final = 1 << 17
LISTING: Final = 1 << 18
FIRST_PERSON: Final = 1 << 19
# What is said to a person and before a name ("ask", "thank"), a word between the two ("with"), "is", "hello", "nurse".
ADDRESSING: Final = 1 << 20
LINKING: Final = 1 << 21
BEING: Final = 1 << 22
GREETING: Final = 1 << 23
HELPING: Final = 1 << 24
# Written as one with others, or the first half of a compound that may be written apart.
HALF: Final = 1 << 25
FIRST_SLOT: Final = 1 << 26

# What follows a word in phrases: the next key -> (the number of what the phrase that ends there means, what follows).
# Plain data, so that a kept copy is read as it is; where no phrase ends the number is NONE, and where nothing follows
# there is None in the second place.
Edges = dict[str, Any]
NONE: Final = -1
NO_EDGES: Final[Edges] = {}


@dataclass(slots=True, eq=False)
class Meaning:
    """What a phrase can be; phrases of equal meaning share one object, which keeps what is read often in the cache.

    ``blocks`` names the concepts that may not be read out of it (EVERYTHING for all). ``roles`` are those above,
    ``bits`` its roles and slots, so that one look at those of a whole text tells what need not be looked for.
    ``frames`` are those whose rarest slot it fills, each with the bits of its other slots; ``measures`` is what it
    names in a number with a unit.
    """

    concepts: tuple[str, ...]
    slots: frozenset[str]
    bits: int
    roles: int
    frames: tuple[tuple[int, Frame], ...]
    cues: tuple[Cue, ...]
    blocks: tuple[str, ...]
    measures: tuple[tuple[str, str], ...]


# The meanings of all phrases by number: a list, or a dictionary that is filled as they are met.
Meanings = Sequence[Meaning] | Mapping[int, Meaning]

# The slot of what may follow a bare frame ("at all", "since noon").
TAIL: Final = "ability_tail"


@dataclass(slots=True, eq=False)
class Frame:
    """Slots that mean a concept together; the last slot is the head, which carries the assertion.

    ``rank`` is its place in a total order, so that nothing depends on the order of a set. ``bare``: only words of the
    slot TAIL may follow in the same breath.
    """

    rank: int
    concept: str
    slots: tuple[str, ...]
    ordered: bool
    within: int
    bare: bool = False


@dataclass(slots=True, eq=False)
class Cue:
    """Words of context: which kind, whether they speak of what follows or of what stands before, and how far."""

    kind: str
    forward: bool
    backward: bool
    scope: int


@dataclass(slots=True, eq=False)
class Word:
    """What the vocabulary makes of one written word; made once for each, never changed.

    Phrases know it under ``key``: its ``exact`` form where any term asks for that (``has_form``), else its ``stem``.
    Where a phrase does not go on with the form, it may with the stem. ``meaning`` is what the word means by itself,
    ``passive`` what it means only to a frame that is looked for because of other words; ``bits`` are the roles of
    either, with NUMBER and STRANGE, and ``slots`` has the bits of its slots. ``edges`` lead on to the longer phrases
    that it begins. ``marks`` are the kinds of cues that single words are ("i", "my", "in"), by which a sentence is cut.
    ``score`` is below 1 when its spelling was corrected; ``known`` says whether it is an English or vocabulary word at
    all. ``number`` is its value; ``parts`` holds the words written as one.
    """

    key: str
    stem: str
    exact: str
    has_form: bool
    score: float
    known: bool
    filler: bool
    meaning: Meaning | None
    passive: Meaning | None
    bits: int
    slots: int
    edges: Edges
    number: float | None
    parts: tuple[Word, ...]
    marks: frozenset[str]
