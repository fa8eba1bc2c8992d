"""Labelled messages as both readers read them, for choosing limits and for figures; what is costly is done once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lemtrada_triage.model import Urgency
from lemtrada_triage.read.both import BothReaders, Thresholds
from lemtrada_triage.read.learned import LearnedReader, Opinion
from lemtrada_triage.read.message import Reading
from lemtrada_triage.training.messages import Message
from lemtrada_triage.triage import Triage

NOTHING = Reading((), frozenset(), False, ())
Levels = dict[object, Urgency]
READERS = ("words", "learned", "both")


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled message, what the words reader read in it, and what the network says of it."""

    message: Message
    words: Reading
    opinion: Opinion


class Court:
    """Decides cases by one set of limits; ``triage`` reads with words alone, ``levels`` remembers decisions."""

    def __init__(
        self, triage: Triage, learned: LearnedReader, thresholds: Thresholds, levels: Levels | None = None
    ) -> None:
        self.triage = triage
        self.levels = {} if levels is None else levels
        self.both = BothReaders(triage, learned, thresholds, triage.vocabulary)

    def reading(self, case: Case, reader: str) -> Reading:
        """What one reader, or both together, read."""
        if reader == "words":
            return case.words
        return self.both.joined(NOTHING if reader == "learned" else case.words, case.opinion)

    def level(self, reading: Reading, days: int | None) -> Urgency:
        """What the rules decide from a reading."""
        counting = [(draft.concept, draft.modifiers) for draft in reading.drafts if draft.assertion.counts]
        symptoms = tuple(dict.fromkeys(counting))
        key = (symptoms, reading.signals, days)
        if key not in self.levels:
            self.levels[key] = self.triage.verdict(symptoms, reading.signals, days, ()).urgency
        return self.levels[key]


def cases_of(triage: Triage, learned: LearnedReader, messages: Iterable[Message]) -> list[Case]:
    """The messages that have a text, read by both readers."""
    return [case for some in _some(messages) for case in _read(triage, learned, some)]


def _some(messages: Iterable[Message]) -> Iterator[list[Message]]:
    with_text = [message for message in messages if message.text]
    for start in range(0, len(with_text), 256):
        yield with_text[start : start + 256]


def _read(triage: Triage, learned: LearnedReader, messages: list[Message]) -> list[Case]:
    opinions = learned.read_all([message.text for message in messages])
    pairs = zip(messages, opinions, strict=True)
    return [Case(message, triage.read(message.text), opinion) for message, opinion in pairs]
