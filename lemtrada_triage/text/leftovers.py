"""Notices honestly what was not understood: complaint or body words that no mention accounts for, other languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lemtrada_triage.model import Assertion
from lemtrada_triage.text.phrases import Hit, Places
from lemtrada_triage.text.words import Words

# Words of one and two letters are alike in many languages, and a few words say nothing of the language.
_SHORT = 3
_FEWEST_WORDS = 3
_ENGLISH_SHARE = 0.5
_LAST_LATIN = 0x24F


class Leftovers(NamedTuple):
    """Word ranges (first, last) that speak of a complaint and were not understood, and what follows from it."""

    spans: tuple[tuple[int, int], ...]
    signals: frozenset[str]
    understood: bool


_ALL_READ = Leftovers((), frozenset(), True)


def find_leftovers(
    words: Words, hits: list[Hit], mentions: Sequence[Places], assertions: Sequence[Assertion]
) -> Leftovers:
    """What is left over once the mentions (their places and assertions) are taken away."""
    if not words.items:
        return _ALL_READ
    complaints = _left(hits, mentions, body=not mentions)
    if any(assertion.counts for assertion in assertions):
        return Leftovers(complaints, frozenset(), not complaints)
    signals = {"unread_complaint"} if complaints else set()
    if not mentions and _foreign(words):
        signals.add("not_english")
    denied = bool(mentions) or any(node.well for node, _ in hits)
    return Leftovers(complaints, frozenset(signals), denied and not signals)


def _left(hits: list[Hit], mentions: Sequence[Places], body: bool) -> tuple[tuple[int, int], ...]:
    """Complaint words, and with ``body`` words of the body too, outside every mention and look-alike."""
    left = [places for node, places in hits if node.complaint or (body and node.body)]
    if not left:
        return ()
    taken = {place for places in mentions for place in range(places[0], places[-1] + 1)}
    taken.update(place for node, places in hits if node.blocks for place in places)
    spans = {(places[0], places[-1]) for places in left if taken.isdisjoint(places)}
    return tuple(sorted(spans))


def _foreign(words: Words) -> bool:
    """Whether most words of some length are in no English word list, or none is in Latin letters."""
    longer = [word for word in words.items if len(word.exact) > _SHORT and not word.exact[1].isdigit()]
    if longer and all(ord(word.exact[1]) > _LAST_LATIN for word in longer):
        return True
    known = sum(word.known and word.score == 1 for word in longer)
    return len(longer) >= _FEWEST_WORDS and known < _ENGLISH_SHARE * len(longer)
