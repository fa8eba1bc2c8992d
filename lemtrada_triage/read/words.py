"""Cuts folded text into words, the gaps between them, and sentences; places are worked out only when asked for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import Final, Protocol

from lemtrada_triage.lexicon.meaning import (
    ACTING,
    ADDRESSING,
    BEING,
    BODY,
    COLON,
    COMMA,
    COMPLAINT,
    CONCEPT,
    CONDITION,
    DASH,
    FIRST_PERSON,
    GREETING,
    HALF,
    HELPING,
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
_WORD: Final = re.compile(r"(\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[\U0001F300-\U0001FAFF\u2600-\u27BF])")
# The same for text in ASCII, which is most of it, in a third less time.
_ASCII_WORD: Final = re.compile(r"([a-z]++(?:'[a-z]++)*+|\d++(?:[.,]\d++)*+)")
# A word that begins with a capital and goes on in small letters; "I" and "MS" are no names.
_CAPITAL: Final = re.compile(r"[A-Z]'?[a-z]")
# What a form says "no" with: an empty box, or a minus sign in brackets.
_NO: Final = r"(?:\[ *\]|\( *- *\))"
_BOX: Final = re.compile(r"\[ *\]|\( *[-+] *\)")
_BOX_BEFORE: Final = re.compile(rf"{_NO}\s*$")
_BOX_AFTER: Final = re.compile(rf"(?<=^\s){_NO}|^{_NO}")
# Words beside which a name may stand that is a sign's own word, and those of which "is" must be one, too.
_NAMED: Final = NAMING | ACTING | ADDRESSING
_NAMED_WITH_BEING: Final = GREETING | HELPING | PAIRING
# Between the items of a list: a comma or semicolon, line breaks, and what marks the next one.
_BULLET: Final = re.compile(r"[,;:]?\s*\n\s*(?:[-*\u2022\u00b7\u2013]\s*)?")
_LONGEST_ITEM: Final = 12
# No item of a list is longer than so many words, and no list is read further for the "or" that closes it.
LIST: Final = 24
_WITHIN_ITEM: Final = (SPACE, COLON)
_JOINING: Final = frozenset({"joins", "alternative"})
_STOPS: Final = re.compile(r"[.!?;\n]")
_SIGN: Final = BODY | COMPLAINT | CONCEPT
# A verb, or "it", "they": the same subject goes on.
_GOES_ON: Final = frozenset({"pronoun", "goes_on"})
_UNMARKED: Final[frozenset[str]] = frozenset()
_GREETING: Final = 4  # words of one, at most ("good morning dear nurse")


class Spelling(Protocol):
    """What cutting needs of a speller."""

    @property
    def dictated(self) -> Collection[str]: ...

    def __getitem__(self, written: str) -> Word: ...

    def punctuated(self, folded: str) -> str:
        """The text with punctuation for words that dictate it."""

    def join(self, first: str, second: str) -> Word | None:
        """The compound that two written words make, or None."""


class Words:
    """The words of one text as columns; ``gap[i]`` is the break before word i, ``sentence[i]`` its sentence.

    ``bits`` are those of all its words.
    """

    __slots__ = (
        "_cased", "_closed", "_named", "_pieces_of", "_starts", "bits", "boxes", "gap", "items", "pieces", "sentence",
    )  # fmt: skip

    def __init__(self, folded: str, spelling: Spelling, cased: str = "") -> None:
        """``cased`` is the folded text with its capitals; without it no word is known for a name."""
        has_capitals = bool(cased) and cased != folded and (not cased.isascii() or _CAPITAL.search(cased) is not None)
        if any(map(folded.__contains__, spelling.dictated)):
            folded = spelling.punctuated(folded)
        self.pieces: list[str] = (_ASCII_WORD if folded.isascii() else _WORD).split(folded)
        written = self.pieces[1::2]
        self.boxes = ("[" in folded or "(" in folded) and _BOX.search(folded) is not None
        self.gap: list[int] = list(map(_GAPS.__getitem__, self.pieces[0:-1:2]))
        self.items: list[Word] = list(map(spelling.__getitem__, written))
        self._pieces_of: list[tuple[int, int]] | None = None
        self._starts: list[int] = list(accumulate(map(len, self.pieces), initial=0))  # where each piece starts
        self._cased = cased if has_capitals else ""
        self._named: Names | None = None
        self._closed: list[int] = []
        bits = self.bits = reduce(or_, [word.bits for word in self.items], 0)
        halves = [place for place, word in enumerate(self.items) if word.bits & HALF] if bits & HALF else []
        named: list[int] = []
        named_beside = bits & _NAMED or (bits & BEING and bits & _NAMED_WITH_BEING)
        if has_capitals and (named_beside or (bits & STRANGE and any(word.score < 1 for word in self.items))):
            named = list(self._names().misread(bits))
        for place in named:
            self.items[place] = NAME
        if halves:
            self._regroup(written, halves, spelling)
        if named or halves:
            bits = self.bits = reduce(or_, [word.bits for word in self.items], 0)
        if bits & LISTING and STOP in self.gap:
            self._join_lists()
        self.sentence: list[int] = []
        number = 0
        for gap in self.gap:
            if gap == STOP:
                number += 1
            self.sentence.append(number)

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

    def _regroup(self, written: list[str], halves: Iterable[int], spelling: Spelling) -> None:
        """Joins compounds that were written apart and parts words that were written as one."""
        wholes = self._compounds(written, halves, spelling)
        if not wholes and not any(word.parts for word in self.items):
            return
        items: list[Word] = []
        gaps: list[int] = []
        pieces: list[tuple[int, int]] = []
        place = 0
        while place < len(written):
            whole = wholes.get(place)
            last, word = (place + 1, whole) if whole else (place, self.items[place])
            parts = word.parts or (word,)
            items += parts
            gaps += [self.gap[place], *[SPACE] * (len(parts) - 1)]
            pieces += [(place, last)] * len(parts)
            place = last + 1
        self.items, self.gap, self._pieces_of = items, gaps, pieces
        self._named = None

    def _compounds(self, written: list[str], halves: Iterable[int], spelling: Spelling) -> dict[int, Word]:
        """The compounds that were written apart, by their first half; of two that overlap the first counts."""
        wholes: dict[int, Word] = {}
        for place in halves:
            may_join = place + 1 < len(written) and self.pieces[2 * place + 2] in _JOINS
            if may_join and (whole := spelling.join(written[place], written[place + 1])):
                wholes[place] = whole
        return wholes

    def wholly(self, read: Set[int]) -> set[int]:
        """The words of sentences of which all is ``read``, but for fillers and a greeting.

        "Hi Rosa, get my breath back"; with the words of cues, "side effects included slurred speech".
        """
        count = len(self.items)
        stops = [place for place in range(1, count) if self.gap[place] == STOP] if STOP in self.gap else []
        found: set[int] = set()
        parted = self.bits & GREETING and COMMA in self.gap
        for first, end in zip([0, *stops], [*stops, count], strict=True):
            begun = self._greeted(first, end) if parted else first
            place = begun
            while place < end and (place in read or self.items[place].filler):
                place += 1
            if place == end:
                found.update(range(begun, end))
        return found

    def _greeted(self, first: int, end: int) -> int:
        """Where a sentence goes on behind a greeting and a comma."""
        for place in range(first + 1, min(first + _GREETING, end)):
            if self.gap[place] == COMMA:
                bits = reduce(or_, [word.bits for word in self.items[first:place]], 0)
                return place if bits & GREETING and not bits & _SIGN else first
        return first

    def item(self, places: Sequence[int]) -> range:
        """The words around some others, up to commas and joining words: one of three in "fever, chills or cough"."""
        first, last = places[0], places[-1] + 1
        lowest, highest = first - LIST, min(last + LIST, len(self.items))
        while first > lowest and not self.begins_item(first):
            first -= 1
        while last < highest and not self.begins_item(last):
            last += 1
        return range(first, last)

    def begins_item(self, place: int) -> bool:
        """Whether a word begins a sentence, or an item of a list."""
        if not place or self.gap[place] not in _WITHIN_ITEM:
            return True
        return not _JOINING.isdisjoint(self.items[place - 1].marks)

    def closes(self, first: int, last: int) -> bool:
        """Whether more parentheses close than open before the words from ``first`` to ``last``."""
        if not self._closed:
            gaps = [self.before(place) for place in range(len(self.items))]
            self._closed = list(accumulate([gap.count(")") - gap.count("(") for gap in gaps], initial=0))
        return self._closed[last + 1] > self._closed[first]

    def marked(self, place: int, kind: str) -> bool:
        """Whether the word at a place, if there is one, is of a kind by which a sentence is cut."""
        return place < len(self.items) and kind in self.items[place].marks

    def is_name(self, place: int) -> bool:
        """Whether the word at a place is a name, by its capital."""
        return bool(self._cased) and self._names().is_name(place)

    def people(self) -> list[int]:
        """The places of the names of people."""
        return sorted(set(self._names().people())) if self._cased else []

    def _names(self) -> Names:
        if self._named is None:
            starts = self._starts
            spans = list(zip(starts[1:-1:2], starts[2::2], strict=True))
            if self._pieces_of is not None:
                spans = [(spans[first][0], spans[last][1]) for first, last in self._pieces_of]
            self._named = Names(self.items, self.gap, self._cased, spans)
        return self._named

    def before(self, place: int) -> str:
        """The characters between the word at ``place`` (or the end) and the one before it; a long gap's two ends."""
        first = place if self._pieces_of is None or place >= len(self.items) else self._pieces_of[place][0]
        between = self.pieces[-1] if place >= len(self.items) else self.pieces[2 * first]
        return between if len(between) <= 2 * _GAP else between[:_GAP] + between[-_GAP:]

    def empty_box(self, first: int, last: int) -> tuple[int, int] | None:
        """The (start, end) of the unticked box "[ ]", or "(-)", that belongs to some words, None if there is none.

        The text's own style tells on which side of a name its box stands.
        """
        boxes_lead = _BOX.search(self.pieces[0]) is not None or "[" in self.pieces[0]
        place = first if boxes_lead else last + 1
        if place >= len(self.items):
            piece = len(self.pieces) - 1
        else:
            piece = 2 * (self._pieces_of[place][0] if self._pieces_of else place)
        box = (_BOX_BEFORE if boxes_lead else _BOX_AFTER).search(self.pieces[piece])
        if box is None:
            return None
        start = self._starts[piece] + box.start()
        return start, start + len(box[0].rstrip())

    def span(self, first: int, last: int) -> tuple[int, int]:
        """(start, end) in the folded text of the words from ``first`` to ``last``."""
        starts = self._starts
        if self._pieces_of is not None:
            first, last = self._pieces_of[first][0], self._pieces_of[last][1]
        return starts[2 * first + 1], starts[2 * last + 2]


def clauses(words: Words, parted: Mapping[int, int]) -> list[int]:
    """The clause of each word: sentences, parted at words such as "but", unless it goes on about the same thing.

    ``parted`` has the first place of each such word, and the place behind it. The scope of a cue ends there whatever
    follows: "no pain but it is numb" goes on about the same thing, and denies no numbness.
    """
    sentence = words.sentence
    joining = [place for place, word in enumerate(words.items) if "joins" in word.marks]
    joined = {place for place in joining if words.marked(place + 1, "possessive")}  # "and my"
    if not parted and not sentence[-1] and not joined:
        return sentence
    clause: list[int] = []
    number = 0
    for place, current in enumerate(sentence):
        if place in parted:
            here = words.items[parted[place]].marks if parted[place] < len(words.items) else _UNMARKED
            number += _GOES_ON.isdisjoint(here)  # "my leg doesn't hurt but it is numb", "but couldn't lift it"
        elif place in joined and _new_subject(words, place, clause):
            number += 1
        elif place and current != sentence[place - 1]:
            number += not words.marked(place, "pronoun")  # "My left arm feels odd. It won't move"
        clause.append(number)
    return clause


def _new_subject(words: Words, place: int, clause: list[int]) -> bool:
    """Whether "and my" begins a second thing with its own verb: "my arm is tanned and my tooth is numb"."""
    if not clause or not _has_verb(words, (place + 3, place + 4)):
        return False
    before = range(bisect_left(clause, clause[-1]), place)
    return any(words.marked(earlier, "possessive") for earlier in before) and _has_verb(words, before)


def _has_verb(words: Words, places: Iterable[int]) -> bool:
    return any(words.marked(place, kind) for place in places for kind in ("present_verb", "past_verb"))


def cut_words(written: str) -> list[str]:
    """The words of a term, cut as those of a text are; classes of words (#num) stay."""
    return [written] if written.startswith("#") else _WORD.findall(written)


# So many characters at either end of a gap are looked at again and again.
_GAP: Final = 50
_JOINS: Final = frozenset({" ", "-", ""})
_REMEMBERED: Final = 10_000


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
        if len(self) < _REMEMBERED and len(between) < 20:
            self[between] = kind
        return kind


_GAPS: Final = _Gaps({" ": SPACE, "": SPACE})
