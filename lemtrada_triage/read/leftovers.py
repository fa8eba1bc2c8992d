"""Notices honestly what was not understood: complaint or body words that no mention accounts for, other languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.meaning import BLOCK, BODY, BUSINESS, COMPLAINT, WELL
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.find import Hits
from lemtrada_triage.read.message import Places
from lemtrada_triage.read.words import Words

# Words of one and two letters are alike in many languages, and say nothing of the language.
_SHORT: Final = 3
_SHARE: Final = 0.5
# So many different small words of English say that the rest is typing gone wrong, which may itself be the sign.
_ENGLISH_WORDS: Final = 3
_LAST_LATIN: Final = 0x24F
# A word of the body says something by itself in a text that has hardly any others ("heart", "head injury").
_FEW_WORDS: Final = 3


class Leftovers(NamedTuple):
    """Word ranges (first, last) that speak of a complaint and were not understood, and what follows from it."""

    spans: tuple[tuple[int, int], ...]
    signals: frozenset[str]
    understood: bool


_ALL_READ: Final = Leftovers((), frozenset(), True)


def find_leftovers(
    words: Words,
    hits: Hits,
    mentions: Sequence[Places],
    assertions: Sequence[Assertion],
    lexicon: Lexicon,
    foreign: bool,
) -> Leftovers:
    """What is left over once the mentions (their places and assertions) are taken away; ``foreign``: see is_foreign."""
    if mentions:
        left = _beside_mentions(words, hits, mentions, assertions)
        return Leftovers(left.spans, left.signals | {"not_english"}, False) if foreign else left
    well = bool(hits.bits & WELL)
    spans = _left(words, hits, mentions, None if well or hits.bits & BUSINESS else lexicon)
    signals = {"unread_complaint"} if spans else set()
    if foreign:
        signals.add("not_english")
    return Leftovers(spans, frozenset(signals), well and not signals)


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
    if body:
        left += [places for _, places in hits.having(BODY) if _of_a_body(words, places, body)]
    if not left:
        return ()
    taken = {place for places in mentions for place in range(places[0], places[-1] + 1)}
    taken.update(place for _, places in hits.having(BLOCK) for place in places)
    spans = {
        (places[0], places[-1])
        for places in left
        if taken.isdisjoint(places) and not (len(places) == 1 and words.is_name(places[0]))
    }
    outermost: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not outermost or last > outermost[-1][1]:
            outermost.append((first, last))
    return tuple(outermost)


def _of_a_body(words: Words, places: Places, lexicon: Lexicon) -> bool:
    """Whether a word of the body is meant as one, and not said to be well: "my back" is, "send it back" is not."""
    after = places[-1] + 1
    if words.marked(after, "fine"):
        return False
    written = "=" + " ".join([words.items[place].exact[1:] for place in places])
    if written not in lexicon.vocabulary.ambiguous or len(words.items) <= _FEW_WORDS:
        return True
    return places[0] > 0 and words.marked(places[0] - 1, "possessive")


def is_foreign(words: Words) -> bool:
    """Whether most words are in no Latin letters, or in no English word list, or words such as "que" tell it."""
    english = {word.exact for word in words.items if "english" in word.marks}
    if len(english) >= _ENGLISH_WORDS:
        return False
    letters = [word for word in words.items if word.exact[1:2].isalpha()]
    if len([word for word in letters if ord(word.exact[1]) > _LAST_LATIN]) > _SHARE * len(letters):
        return True
    longer = [word for word in letters if len(word.exact) > _SHORT]
    unknown = [word for word in longer if not word.known]
    if len(unknown) > 1 and len(unknown) > _SHARE * len(longer):
        return True
    telling = [word for word in letters if "foreign" in word.marks]
    odd = [word for word in longer if (word.score < 1 or not word.known) and word not in telling]
    return bool(telling) and len({*telling, *odd}) > 1 and len([*telling, *odd]) >= _SHARE * len(words.items)
