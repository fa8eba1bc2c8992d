"""The items of a sentence, parted by commas and joining words: how far a denial's list goes.

"No fever, chills or cough" denies three bare nouns. "No rash, my face is drooping", "no cough, chest pain now" and
"no fever and gums bleed" deny the first one: a finding with its own verb, owner, time, side or degree is told.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from lemtrada_triage.lexicon.meaning import COLON, SPACE, STOP
from lemtrada_triage.read.message import Places
from lemtrada_triage.read.words import Words

# What makes an item more than a bare noun.
_OWN: Final = frozenset({"present_verb", "past_verb", "possessive", "side", "of_now", "strong"})
# No item is longer than so many words, and no list is read further for the "or" that closes it.
_LIST: Final = 24


class Reading(Enum):
    """How an item of a list is to be read: denied with the list, a finding of its own, or both are possible."""

    LISTED = "listed"
    OWN = "own"
    EITHER = "either"


class Items:
    """The items of one text's sentences."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def _begins(self, place: int) -> bool:
        """Whether an item begins at a word."""
        return not place or self._words.gap[place] not in (SPACE, COLON) or self._joined(place)

    def at(self, place: int) -> frozenset[str]:
        """What the word at a place is."""
        return self._words.items[place].marks

    def has(self, item: range, kind: str) -> bool:
        """Whether an item holds a word of a kind."""
        return any(kind in self.at(place) for place in item)

    def later(self, cue: int, places: Places) -> range | None:
        """The item of a mention, when it is not the one in which the cue before it stands."""
        item = self._around(places)
        return item if item.start > cue else None

    def earlier(self, places: Places, cue: int) -> range | None:
        """The item of a mention, when it is not the one in which the cue behind it stands."""
        item = self._around(places)
        return item if item.stop <= cue else None

    def reading(self, item: range, places: Places, first: int) -> Reading:
        """Whether a later item of a list of denials, whose first item begins at ``first``, goes on with it."""
        if self._alternative(item):
            return Reading.LISTED
        if "indefinite" in self.at(item.start):  # "no rash, a droopy face", and "I haven't got a rash, a fever"
            return Reading.EITHER if "indefinite" in self.at(first) else Reading.OWN
        if any(self.at(place) & _OWN for place in item) or self._is_clause(places):
            return Reading.OWN
        return Reading.EITHER if self._may_be_clause(places) else Reading.LISTED

    def closes_before(self, first: int, last: int, place: int) -> bool:
        """Whether a time stands at the end of another event: "we moved IN 2019, my arm is numb"."""
        bounds = range(last + 1, place + 1)
        parted = any(self._words.gap[later] != SPACE or self._joined(later) for later in bounds)
        return parted and first > 0 and not self._opens(first)

    def _opens(self, place: int) -> bool:
        """Whether nothing but joining words and fillers stands before a word in its item."""
        while place > 0 and not self._begins(place):
            place -= 1
            if not self._words.items[place].filler and "joins" not in self.at(place):
                return False
        return True

    def _around(self, places: Places) -> range:
        first, last = places[0], places[-1] + 1
        lowest, highest = first - _LIST, min(last + _LIST, len(self._words.items))
        while first > lowest and not self._begins(first):
            first -= 1
        while last < highest and not self._begins(last):
            last += 1
        return range(first, last)

    def _joined(self, place: int) -> bool:
        """Whether "and", "or" stands right before a word."""
        return place > 0 and bool(self.at(place - 1) & {"joins", "alternative"})

    def _alternative(self, item: range) -> bool:
        """Whether "or" or "nor" stands before an item, or later in its list: "no rash, slurred speech or fever"."""
        if item.start and "alternative" in self.at(item.start - 1):
            return True
        gap = self._words.gap
        for place in range(item.stop - 1, min(item.stop + _LIST, len(gap))):
            if (gap[place] == STOP and place >= item.stop) or "present_verb" in self.at(place):
                return False
            if "alternative" in self.at(place):
                return True
        return False

    def _is_clause(self, places: Places) -> bool:
        """Whether a mention is a part of the body and what is said of it: "lips blue", "gums bleed"."""
        return len(places) > 1 and "state" in self.at(places[-1]) and "state" not in self.at(places[0])

    def _may_be_clause(self, places: Places) -> bool:
        """Whether it may be one: "face drooping" is a noun as well."""
        return len(places) > 1 and self._words.items[places[-1]].exact.endswith("ing")
