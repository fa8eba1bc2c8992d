"""What is read in a message, from the words of a mention to the reading of both readers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from lemtrada_triage.lexicon.meaning import Cue, Meaning
from lemtrada_triage.lexicon.vocabulary import MeasureEntry
from lemtrada_triage.model import Assertion, MatchKind

Span = tuple[int, int]
Places = tuple[int, ...]
# A phrase in the text: what it can mean, and the places of its words (fillers between them left out).
Hit = tuple[Meaning, Places]

_HALVES = re.compile(f"[{chr(0xD800)}-{chr(0xDFFF)}]")


def quotable(text: str) -> str:
    """A text that results can quote: halves of characters, which no file and no JSON takes, are marked as missing."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


class Measured(NamedTuple):
    """A measured value: the concept that it means (None when it is normal) and its words."""

    concept: str | None
    places: Places
    measure: MeasureEntry


@dataclass(slots=True, eq=False)
class CueHit:
    """A cue in the text, its first and last word, and its weight: of two that share words the heavier one stands."""

    cue: Cue
    places: Places
    first: int
    last: int
    weight: int


class Opinion(NamedTuple):
    """What one reader says of a symptom: its assertion (None: not told), and how sure it is that it counts."""

    reader: str
    assertion: Assertion | None
    score: float


@dataclass(slots=True)
class Draft:
    """A mention from the moment it is found until it is shown.

    ``places`` are its words, ``head`` those whose assertion counts. The steps of the reader fill in the rest: where it
    stands in the original text, what the text says of it and by which cue, its modifiers, and how well it is spelled.
    ``alone``: its words are a sentence of their own. ``whole``: words have read all of its sentence, cues included.
    ``opinions`` are those of both readers, where both were asked.
    """

    concept: str
    start: int = 0
    end: int = 0
    assertion: Assertion = Assertion.PRESENT
    cue: Span | None = None
    match: MatchKind = MatchKind.EXACT
    score: float = 1.0
    modifiers: tuple[str, ...] = ("acute", "unstated")
    opinions: tuple[Opinion, ...] = ()
    alone: bool = False
    whole: bool = False
    places: Places = ()
    head: Places = ()


@dataclass(slots=True)
class Reading:
    """What was read in one message.

    ``withdrawn`` are mentions that the other reader sees through; ``close`` names the concepts on which the readers
    disagree so nearly that a person should look. ``failed`` says why the second reader could not be heard. ``sketchy``:
    not understood only because words alone left too many words unread for an all-clear.
    """

    drafts: tuple[Draft, ...]
    signals: frozenset[str]
    understood: bool
    leftovers: tuple[Span, ...]
    withdrawn: tuple[Draft, ...] = ()
    close: tuple[str, ...] = ()
    failed: str = ""
    sketchy: bool = False
