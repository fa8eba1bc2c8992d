"""What is read in a message, from the words of a mention to the reading of both readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lemtrada_triage.lexicon.meaning import Meaning
from lemtrada_triage.model import Assertion, MatchKind

Span = tuple[int, int]
Places = tuple[int, ...]
# A phrase in the text: what it can mean, and the places of its words (fillers between them left out).
Hit = tuple[Meaning, Places]


@dataclass(slots=True, eq=False)
class Found:
    """A concept at some words; ``head`` is the part whose assertion counts."""

    concept: str
    places: Places
    head: Places
    match: MatchKind


class Opinion(NamedTuple):
    """What one reader says of a symptom: its assertion (None: not told), and how sure it is that it counts."""

    reader: str
    assertion: Assertion | None
    score: float


@dataclass(slots=True)
class Draft:
    """A mention before it becomes a public result; offsets are into the original text.

    ``opinions`` are those of both readers, where both were asked. ``alone``: its words are a sentence of their own.
    """

    concept: str
    start: int
    end: int
    assertion: Assertion
    cue: Span | None
    match: MatchKind
    score: float
    modifiers: tuple[str, ...]
    opinions: tuple[Opinion, ...] = ()
    alone: bool = False


@dataclass(slots=True)
class Reading:
    """What was read in one message.

    ``withdrawn`` are mentions that the other reader sees through; ``close`` names the concepts on which the readers
    disagree so nearly that a person should look. ``failed`` says why the second reader could not be heard.
    """

    drafts: tuple[Draft, ...]
    signals: frozenset[str]
    understood: bool
    leftovers: tuple[Span, ...]
    withdrawn: tuple[Draft, ...] = ()
    close: tuple[str, ...] = ()
    failed: str = ""
