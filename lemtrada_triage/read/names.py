"""Tells names from words by their capitals: a name is never spelled into a sign, and is no complaint by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lemtrada_triage.lexicon.meaning import (
    ACTING,
    ADDRESSING,
    BEING,
    BODY,
    COLON,
    COMPLAINT,
    CONCEPT,
    GREETING,
    HELPING,
    LINKING,
    NAMING,
    NUMBER,
    OWNING,
    PAIRING,
    SPACE,
    STOP,
    TELLING,
    Word,
)

# What stands for a name: it means nothing, whatever it is spelled like.
NAME: Final = Word(
    key="#name",
    stem="#name",
    exact="#name",
    has_form=False,
    score=1.0,
    known=True,
    filler=False,
    meaning=None,
    passive=None,
    bits=0,
    slots=0,
    edges={},
    number=None,
    parts=(),
    marks=frozenset(),
)
# So many words of the sentence on either side are looked at.
_NEAR: Final = 10
# The word between a title and a name is shorter ("my name is Rash").
_SHORT: Final = 3
# The words of one name ("Dr Anna Maria Payne").
_LONGEST: Final = 3
_A_SIGN: Final = BODY | COMPLAINT | CONCEPT
_SPEAKS_OF_ILLNESS: Final = _A_SIGN | TELLING


class Names:
    """The names among the words of one text: ``gaps`` are the breaks before them, ``spans`` their places in ``cased``.

    ``capitals`` are the words that begin with a capital and go on in small letters.
    """

    def __init__(
        self, items: Sequence[Word], gaps: Sequence[int], cased: str, spans: Sequence[tuple[int, int]]
    ) -> None:
        self._items, self._gaps, self._cased, self._spans = items, gaps, cased, spans
        self.capitals = {
            place
            for place, (start, end) in enumerate(spans)
            if cased[start].isupper() and end - start > 1 and not cased[start + 1 : end].isupper()
        }

    def misread(self, bits: int) -> Iterator[int]:
        """The places of words that were read as others, or as signs, and are names; ``bits`` are those of all words."""
        if bits & NAMING and self.capitals:
            yield from self._titled()
        for place in self.capitals:
            word = self._items[place]
            if not word.bits & NAMING and (
                (word.score < 1 and self.is_name(place)) or (word.known and self._is_person(place))
            ):
                yield place

    def people(self) -> Iterator[int]:
        """The places of all names, whatever they are spelled like."""
        yield from self._titled()
        for place in self.capitals:
            word = self._items[place]
            if word.bits & NAMING:
                if self._does(place):  # "Miss and I are going": a title that is called nothing else
                    yield place
            elif word is NAME or self._is_person(place) or (not word.known and self.is_name(place)):
                yield place

    def _titled(self) -> Iterator[int]:
        """The words of the names behind titles."""
        for place, word in enumerate(self._items):
            if word.bits & NAMING and not self._written(place).isupper():  # "MS" is no "Ms"
                yield from self._after_title(place)

    def is_name(self, place: int) -> bool:
        """Whether a capital marks a name: one inside a sentence of small letters, or one that opens it and then acts.

        In doubt, no other word of the sentence may speak of illness. "My Fase" and "Heart Papitations" are no names.
        """
        if place not in self.capitals or (place and self._items[place - 1].bits & OWNING):
            return False
        near = [other for other in self._sentence(place) if other != place]
        if any(self._items[other].bits & _A_SIGN for other in near if abs(other - place) == 1):
            return False
        if place and self._gaps[place] == SPACE:
            if self._in_small_letters(near):
                return True
        elif not self._acts(place + 1):
            return False
        return not any(self._items[other].bits & _SPEAKS_OF_ILLNESS for other in near if not self._acts(other))

    def _is_person(self, place: int) -> bool:
        """Whether a sign's own word is a name: a lone capital, said to or of a person as one does of nothing else."""
        if place not in self.capitals or not (self._is_addressed(place) or self._does(place)):
            return False
        near = [other for other in self._sentence(place) if other != place]
        if not self._in_small_letters(near):
            return False
        beside = [self._items[other].bits for other in near if not self._acts(other)]
        return not any(bits & (_A_SIGN | NUMBER) and not bits & ADDRESSING for bits in beside)

    def _in_small_letters(self, near: Sequence[int]) -> bool:
        """Whether fewer than half of some words inside sentences have a capital."""
        inside = [other for other in near if other and self._gaps[other] != STOP]
        return 2 * sum([other in self.capitals for other in inside]) < len(inside)

    def _is_addressed(self, place: int) -> bool:
        """Behind "ask", "spoke with", "thank you", "gave the form to", "my nurse is", or "hi, this is"."""
        if not place or self._gaps[place] != SPACE:
            return False
        third, second, first = [self._items[place - back].bits if place >= back else 0 for back in (3, 2, 1)]
        if first & ADDRESSING or (first & LINKING and (second & ADDRESSING or self._is_given(place))):
            return True
        if not first & BEING:
            return False
        ends = place + 1 == len(self._items) or self._gaps[place + 1] != SPACE
        return bool(second & HELPING or (second & OWNING and third & GREETING and ends))

    def _is_given(self, place: int) -> bool:
        """Behind "gave the form to": a verb, an article and a noun without a break."""
        verb = place - 4
        if verb < 0 or any(gap != SPACE for gap in self._gaps[verb + 1 : place]):
            return False
        return bool(self._items[verb].bits & ADDRESSING and self._items[verb + 1].bits & OWNING)

    def _does(self, place: int) -> bool:
        """Before "will drive" or "and I are" at the beginning of a sentence, or between "is" and "working"."""
        first, second, third, *_ = *[word.bits for word in self._items[place + 1 : place + 4]], 0, 0, 0
        if place == 0 or self._gaps[place] == STOP:
            return bool(first & second & ACTING or (first & second & PAIRING and third & BEING))
        opens = place == 1 or self._gaps[place - 1] == STOP
        return bool(opens and self._items[place - 1].bits & BEING and first & ACTING)

    def _acts(self, place: int) -> bool:
        """Whether the words from a place say what a person does ("will", "and I")."""
        here, then, *_ = *[word.bits for word in self._items[place : place + 2]], 0, 0
        return bool(here & ACTING or here & then & PAIRING)

    def _after_title(self, title: int) -> Iterator[int]:
        """The words of the name behind a title ("Dr", "Mrs.") or behind "name is"."""
        first = title + 1
        if first < len(self._items) and self._gaps[first] != STOP:
            first += len(self._written(first)) < _SHORT and first not in self.capitals
        for place in range(first, min(first + _LONGEST, len(self._items))):
            gap = self._gaps[place]
            behind_point = place == title + 1 and not (title and self._items[title - 1].bits & OWNING)
            apart = gap != SPACE and not (place == first and (gap == COLON or behind_point))
            if apart or place not in self.capitals:
                return
            yield place

    def _written(self, place: int) -> str:
        start, end = self._spans[place]
        return self._cased[start:end]

    def _sentence(self, place: int) -> Iterator[int]:
        """The places near a word in its sentence, itself among them."""
        first = place
        while first > max(0, place - _NEAR) and self._gaps[first] != STOP:
            first -= 1
        yield from range(first, place + 1)
        for later in range(place + 1, min(place + 1 + _NEAR, len(self._items))):
            if self._gaps[later] == STOP:
                return
            yield later
