"""Notices honestly what was not understood: complaint or body words that no mention accounts for, other languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lemtrada_triage.model import Assertion
from lemtrada_triage.text.lexicon import BLOCK, BODY, BUSINESS, COMPLAINT, STRANGE, WELL, Lexicon
from lemtrada_triage.text.phrases import Hits, Places
from lemtrada_triage.text.words import Words

# Words of one and two letters are alike in many languages, and a few words say nothing of the language.
_SHORT = 3
_FEWEST_WORDS = 3
_ENGLISH_SHARE = 0.5
# So many different small words of English say that the rest is typing gone wrong, which may itself be the sign.
_ENGLISH_WORDS = 3
_LAST_LATIN = 0x24F


class Leftovers(NamedTuple):
    """Word ranges (first, last) that speak of a complaint and were not understood, and what follows from it."""

    spans: tuple[tuple[int, int], ...]
    signals: frozenset[str]
    understood: bool


_ALL_READ = Leftovers((), frozenset(), True)


def find_leftovers(
    words: Words, hits: Hits, mentions: Sequence[Places], assertions: Sequence[Assertion], lexicon: Lexicon
) -> Leftovers:
    """What is left over once the mentions (their places and assertions) are taken away."""
    if not words.items:
        return _ALL_READ
    if mentions:
        return _beside_mentions(words, hits, mentions, assertions)
    well = bool(hits.bits & WELL)
    left = _left(words, hits, mentions, None if well or hits.bits & BUSINESS else lexicon)
    signals = {"unread_complaint"} if left else set()
    if hits.bits & STRANGE and is_foreign(words, lexicon):
        signals.add("not_english")
    return Leftovers(left, frozenset(signals), well and not signals)


def _beside_mentions(
    words: Words, hits: Hits, mentions: Sequence[Places], assertions: Sequence[Assertion]
) -> Leftovers:
    """Complaint words beside what was read; they are a signal when no symptom counts."""
    left = _left(words, hits, mentions, None)
    if not left:
        return _ALL_READ
    counts = any(assertion.counts for assertion in assertions)
    return Leftovers(left, frozenset() if counts else frozenset({"unread_complaint"}), False)


def _left(words: Words, hits: Hits, mentions: Sequence[Places], body: Lexicon | None) -> tuple[tuple[int, int], ...]:
    """Complaint words, and with ``body`` words of the body too, outside every mention and look-alike."""
    left = [places for _, places in hits.having(COMPLAINT)]
    if body and hits.bits & BODY:
        left += [places for _, places in hits.having(BODY) if _of_a_body(words, places, body)]
    if not left:
        return ()
    taken = {place for places in mentions for place in range(places[0], places[-1] + 1)}
    taken.update(place for _, places in hits.having(BLOCK) for place in places)
    return tuple(sorted({(places[0], places[-1]) for places in left if taken.isdisjoint(places)}))


def _of_a_body(words: Words, places: Places, lexicon: Lexicon) -> bool:
    """Whether a word of the body is meant as one, and not said to be well: "back" alone is not, "my back" is."""
    after = places[-1] + 1
    if after < len(words.items) and "fine" in lexicon.marks.get(words.items[after].exact, ()):
        return False
    written = "=" + " ".join([words.items[place].exact[1:] for place in places])
    if written not in lexicon.vocabulary.ambiguous:
        return True
    return places[0] > 0 and "possessive" in lexicon.marks.get(words.items[places[0] - 1].exact, ())


def is_foreign(words: Words, lexicon: Lexicon) -> bool:
    """Whether most words are in no English word list, none is in Latin letters, or words such as "que" tell it."""
    english = {word.exact for word in words.items if "english" in lexicon.marks.get(word.exact, ())}
    if len(english) >= _ENGLISH_WORDS:
        return False
    longer = [word for word in words.items if len(word.exact) > _SHORT and not word.exact[1].isdigit()]
    if longer and all(ord(word.exact[1]) > _LAST_LATIN for word in longer):
        return True
    odd = [word for word in longer if not word.known or word.score < 1]
    if len(longer) >= _FEWEST_WORDS and len(longer) - len(odd) < _ENGLISH_SHARE * len(longer):
        return True
    small = [word for word in words.items if "foreign" in lexicon.marks.get(word.exact, ())]
    if not small:
        return False
    known_foreign = set(small)
    telling = len(small) + len([word for word in odd if word not in known_foreign])
    return telling > 1 and telling > _ENGLISH_SHARE * len(words.items)
