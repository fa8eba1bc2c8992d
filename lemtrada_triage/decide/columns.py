"""Evaluates a rulebook for many cases at once: a column is one integer, and its bit ``i`` stands for case ``i``.

One operation on two integers does for all cases what the direct engine does for one, so a log's cases cost next to
nothing each, whatever their number. It needs nothing but Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

from lemtrada_triage.decide.conditions import FINDING, All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.rulebook import Rulebook

Column = int


class ColumnEngine:
    """Finds the rules that hold for each of some cases; safe to use from many threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        # Stratum by stratum, so that nothing looks at a finding before the last rule that establishes it.
        self._rules = [rule for stratum in rulebook.strata for rule in stratum]

    def fired(self, facts: Mapping[str, Column], days: Sequence[int]) -> dict[str, Column]:
        """For each rule the cases for which it holds.

        ``facts`` has for each fact the cases that have it, ``days`` the day of each case.
        """
        cases = _Cases(facts, days)
        held = {}
        for rule in self._rules:
            column = held[rule.id] = cases.holding(rule.condition)
            if rule.establishes:
                cases.add(FINDING + rule.establishes, column)
        return held


class _Cases:
    def __init__(self, facts: Mapping[str, Column], days: Sequence[int]) -> None:
        self._facts = defaultdict(int, facts)
        self._all = (1 << len(days)) - 1
        places = defaultdict[int, list[int]](list)
        for place, day in enumerate(days):
            places[day].append(place)
        self._days = {day: column_of(some, len(days)) for day, some in places.items()}

    def add(self, fact: str, column: Column) -> None:
        self._facts[fact] |= column

    def holding(self, condition: Condition) -> Column:
        """The cases for which a condition holds."""
        match condition:
            case Fact(name):
                return self._facts.get(name, 0)
            case Days(first, last):
                start, end = first or 0, float("inf") if last is None else last
                return reduce(or_, (column for day, column in self._days.items() if start <= day <= end), 0)
            case Any(parts):
                return reduce(or_, map(self.holding, parts), 0)
            case All(parts):
                column = self._all
                for part in parts:
                    if not column:  # of most rules the first part holds nowhere
                        break
                    column &= self.holding(part)
                return column
            case Nothing(parts):
                return self._all & ~reduce(or_, map(self.holding, parts), 0)
            case AtLeast(n, parts):
                return self._at_least(n, map(self.holding, parts))

    def _at_least(self, n: int, columns: Iterable[Column]) -> Column:
        enough = [self._all] + [0] * n  # the cases in which so many have held so far
        for column in columns:
            for count in range(n, 0, -1):
                enough[count] |= enough[count - 1] & column
        return enough[n]


def column_of(places: Iterable[int], size: int) -> Column:
    """The column of ``size`` cases that has the cases at some places."""
    bits = bytearray(size // 8 + 1)
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def places_of(column: Column) -> Iterator[int]:
    """The places of the cases of a column, in order."""
    bits = f"{column:b}"[::-1]
    place = bits.find("1")
    while place >= 0:
        yield place
        place = bits.find("1", place + 1)
