"""Cuts folded text into words, the gaps between them, and sentences; places are worked out only when asked for."""

from __future__ import annotations

import re
from collections.abc import Set
from itertools import accumulate
from typing import Protocol

from lemtrada_triage.lexicon.meaning import (
    ACTING,
    ADDRESSING,
    COLON,
    COMMA,
    CONDITION,
    DASH,
    FIRST_PERSON,
    GREETING,
    LISTING,
    NAMING,
    PAIRING,
    SPACE,
    STOP,
    STRANGE,
    Word,
)
from lemtrada_triage.read.names import NAME, Names

# A number (38.6, 1,200), a word, or one emoji; the group makes split() keep it.
_WORD = re.compile(r"(\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[\U0001F300-\U0001FAFF\u2600-\u27BF])")
# The same for text in ASCII, which is most of it, in a third less time.
_ASCII_WORD = re.compile(r"([a-z]++(?:'[a-z]++)*+|\d++(?:[.,]\d++)*+)")
# What a form says "no" with: an empty box, or a minus sign in brackets.
_NO = r"(?:\[ *\]|\( *- *\))"
_BOX = re.compile(r"\[ *\]|\( *[-+] *\)")
_BOX_BEFORE = re.compile(rf"{_NO}\s*$")
_BOX_AFTER = re.compile(rf"(?<=^\s){_NO}|^{_NO}")
# Between the items of a list: a comma or semicolon, line breaks, and what marks the next one.
# Words beside which a name may stand that is a sign's own word.
_NAMED = NAMING | ACTING | ADDRESSING | GREETING | PAIRING
_BULLET = re.compile(r"[,;:]?\s*\n\s*(?:[-*\u2022\u00b7\u2013]\s*)?")
_LONGEST_ITEM = 12
_STOPS = re.compile(r"[.!?;\n]")


class Spelling(Protocol):
    """What cutting needs of a speller."""

    @property
    def special(self) -> Set[str]: ...

    def __getitem__(self, written: str) -> Word: ...

    def punctuated(self, folded: str) -> str:
        """The text with punctuation for words that dictate it."""

    def join(self, first: str, second: str) -> Word | None:
        """The compound that two written words make, or None."""


class Words:
    """The words of one text as columns; ``gap[i]`` is the break before word i, ``sentence[i]`` its sentence."""

    __slots__ = ("_cased", "_named", "_pieces_of", "_starts", "boxes", "gap", "items", "pieces", "sentence")

    def __init__(self, folded: str, spelling: Spelling, cased: str = "") -> None:
        """``cased`` is the folded text with its capitals; without it no word is known for a name."""
        has_capitals = bool(cased) and cased != folded
        folded = spelling.punctuated(folded)
        self.pieces = (_ASCII_WORD if folded.isascii() else _WORD).split(folded)
        written = self.pieces[1::2]
        self.boxes = _BOX.search(folded) is not None
        self.gap = list(map(_GAPS.__getitem__, self.pieces[0:-1:2]))
        self.items = list(map(spelling.__getitem__, written))
        self._pieces_of: list[tuple[int, int]] | None = None
        self._starts: list[int] | None = None
        self._cased = cased if has_capitals else ""
        self._named: Names | None = None
        bits = _all_bits(self.items)
        if has_capitals and (bits & _NAMED or (bits & STRANGE and any(word.score < 1 for word in self.items))):
            for place in list(self._names().misread()):
                self.items[place] = NAME
        if not spelling.special.isdisjoint(written):
            self._regroup(written, spelling)
            bits = _all_bits(self.items)
        if bits & LISTING and STOP in self.gap:
            self._join_lists()
        self.sentence = [0] * len(self.gap)  # one sentence for the most part, so that there is nothing to count
        if STOP in self.gap:
            self.sentence = list(accumulate([gap == STOP for gap in self.gap], initial=0))[1:]

    def _join_lists(self) -> None:
        """Takes the lines of a leaflet's list into the sentence of its head, "if you have any of the following"."""
        begun = listing = False
        for place, word in enumerate(self.items):
            if self.gap[place] == STOP:
                listing = listing and self._is_line_of_list(place)
                begun = listing
                if listing:
                    self.gap[place] = COMMA
            begun = begun or bool(word.bits & CONDITION)
            listing = listing or (begun and bool(word.bits & LISTING))

    def _is_line_of_list(self, first: int) -> bool:
        """Whether the line that begins at a place is a bare item: few words, nobody's own, no answer behind a colon."""
        if "\n" not in self.before(first) or not _BULLET.fullmatch(self.before(first)):
            return False
        for place in range(first, min(first + _LONGEST_ITEM, len(self.items))):
            if place > first and self.gap[place] == STOP:
                return True
            if self.items[place].bits & FIRST_PERSON or (place > first and self.gap[place] == COLON):
                return False
        return first + _LONGEST_ITEM >= len(self.items)

    def _regroup(self, written: list[str], spelling: Spelling) -> None:
        """Joins compounds that were written apart and parts words that were written as one."""
        items: list[Word] = []
        gaps: list[int] = []
        pieces: list[tuple[int, int]] = []
        place = 0
        while place < len(written):
            last, word = place, self.items[place]
            joins = place + 1 < len(written) and self.pieces[2 * place + 2] in _JOINS
            if joins and written[place] in spelling.special:
                whole = spelling.join(written[place], written[place + 1])
                last, word = (place + 1, whole) if whole else (last, word)
            parts = word.parts or (word,)
            items += parts
            gaps += [self.gap[place], *[SPACE] * (len(parts) - 1)]
            pieces += [(place, last)] * len(parts)
            place = last + 1
        self.items, self.gap, self._pieces_of = items, gaps, pieces
        self._named = None

    def is_sentence(self, first: int, last: int) -> bool:
        """Whether the words from ``first`` to ``last`` are a sentence of their own."""
        ends = last + 1 == len(self.items) or self.gap[last + 1] == STOP
        return ends and (first == 0 or self.gap[first] == STOP)

    def is_name(self, place: int) -> bool:
        """Whether the word at a place is a name, by its capital."""
        return bool(self._cased) and self._names().is_name(place)

    def _names(self) -> Names:
        if self._named is None:
            starts, cased = self._starting(), self._cased
            if self._pieces_of is None:
                written = [cased[start:end] for start, end in zip(starts[1:-1:2], starts[2::2], strict=True)]
            else:
                written = [cased[starts[2 * first + 1] : starts[2 * last + 2]] for first, last in self._pieces_of]
            self._named = Names(self.items, self.gap, written)
        return self._named

    def before(self, place: int) -> str:
        """The characters between the word at ``place`` (or the end) and the one before it; a long gap's two ends."""
        between = self.pieces[self._gap_before(place)]
        return between if len(between) <= 2 * _GAP else between[:_GAP] + between[-_GAP:]

    def _gap_before(self, place: int) -> int:
        if place >= len(self.items):
            return len(self.pieces) - 1
        return 2 * (self._pieces_of[place][0] if self._pieces_of is not None else place)

    def empty_box(self, first: int, last: int) -> tuple[int, int] | None:
        """The (start, end) of the unticked box "[ ]", or "(-)", that belongs to some words, None if there is none.

        The text's own style tells on which side of a name its box stands.
        """
        boxes_lead = _BOX.search(self.pieces[0]) is not None or "[" in self.pieces[0]
        piece = self._gap_before(first if boxes_lead else last + 1)
        box = (_BOX_BEFORE if boxes_lead else _BOX_AFTER).search(self.pieces[piece])
        if box is None:
            return None
        start = self._starting()[piece] + box.start()
        return start, start + len(box[0].rstrip())

    def _starting(self) -> list[int]:
        """Where each piece starts, and the last one ends."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self.pieces), initial=0))
        return self._starts

    def span(self, first: int, last: int) -> tuple[int, int]:
        """(start, end) in the folded text of the words from ``first`` to ``last``."""
        starts = self._starting()
        if self._pieces_of is not None:
            first, last = self._pieces_of[first][0], self._pieces_of[last][1]
        return starts[2 * first + 1], starts[2 * last + 2]


def _all_bits(words: list[Word]) -> int:
    bits = 0
    for word in words:
        bits |= word.bits
    return bits


def cut_words(written: str) -> list[str]:
    """The words of a term, cut as those of a text are; classes of words (#num) stay."""
    return [written] if written.startswith("#") else _WORD.findall(written)


# So many characters at either end of a gap are looked at again and again.
_GAP = 50
_JOINS = frozenset({" ", "-", ""})


def gap_kind(between: str) -> int:
    """The strongest break that the characters between two words make."""
    if _STOPS.search(between):
        return STOP
    if ":" in between or "=" in between:
        return COLON
    if " - " in between or "--" in between:
        return DASH
    return COMMA if any(mark in between for mark in ",()[]|+*") else SPACE


class _Gaps(dict[str, int]):
    """Remembers the kind of each gap that was met."""

    def __missing__(self, between: str) -> int:
        kind = gap_kind(between)
        if len(self) < 10_000 and len(between) < 20:
            self[between] = kind
        return kind


_GAPS = _Gaps({" ": SPACE, "": SPACE})
