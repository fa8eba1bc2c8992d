"""Cuts folded text into words, the gaps between them, and sentences; places are worked out only when asked for."""

from __future__ import annotations

import re
from collections.abc import Set
from itertools import accumulate
from typing import Protocol

from lemtrada_triage.text.lexicon import Word

# A number (38.6, 1,200), a word, or one emoji; the group makes split() keep it.
_WORD = re.compile(r"(\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[\U0001F300-\U0001FAFF\u2600-\u27BF])")
# The same for text in ASCII, which is most of it, in a third less time.
_ASCII_WORD = re.compile(r"([a-z]++(?:'[a-z]++)*+|\d++(?:[.,]\d++)*+)")
_BOX_BEFORE = re.compile(r"\[ *\]\s*$")
_BOX_AFTER = re.compile(r"(?<=^\s)\[ *\]|^\[ *\]")
_STOPS = re.compile(r"[.!?;\n]")
SPACE, COMMA, COLON, DASH, STOP = range(5)


class Spelling(Protocol):
    """What cutting needs of a speller."""

    @property
    def special(self) -> Set[str]: ...

    def __getitem__(self, written: str) -> Word: ...

    def join(self, first: str, second: str) -> Word | None:
        """The compound that two written words make, or None."""


class Words:
    """The words of one text as columns; ``gap[i]`` is the break before word i, ``sentence[i]`` its sentence."""

    __slots__ = ("_pieces_of", "_starts", "boxes", "gap", "items", "pieces", "sentence")

    def __init__(self, folded: str, spelling: Spelling) -> None:
        self.pieces = (_ASCII_WORD if folded.isascii() else _WORD).split(folded)
        written = self.pieces[1::2]
        self.boxes = "[" in folded and ("[ ]" in folded or "[]" in folded)
        self.gap = list(map(_GAPS.__getitem__, self.pieces[0:-1:2]))
        self.items = list(map(spelling.__getitem__, written))
        self._pieces_of: list[tuple[int, int]] | None = None
        self._starts: list[int] | None = None
        if not spelling.special.isdisjoint(written):
            self._regroup(written, spelling)
        self.sentence = [0] * len(self.gap)  # one sentence for the most part, so that there is nothing to count
        if STOP in self.gap:
            self.sentence = list(accumulate([gap == STOP for gap in self.gap], initial=0))[1:]

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

    def before(self, place: int) -> str:
        """The characters between the word at ``place`` (or the end) and the one before it; a long gap's two ends."""
        between = self.pieces[self._gap_before(place)]
        return between if len(between) <= 2 * _GAP else between[:_GAP] + between[-_GAP:]

    def _gap_before(self, place: int) -> int:
        if place >= len(self.items):
            return len(self.pieces) - 1
        return 2 * (self._pieces_of[place][0] if self._pieces_of is not None else place)

    def empty_box(self, first: int, last: int) -> tuple[int, int] | None:
        """The (start, end) of the unticked box "[ ]" that belongs to some words, None if there is none.

        The text's own style tells on which side of a name its box stands.
        """
        boxes_lead = "[" in self.pieces[0]
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
