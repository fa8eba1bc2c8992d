"""What would have made a rule fire: the smallest changes to a case, found through the findings that it rests on.

A way is a set of literals: a fact that must come (``name, True``) or go (``name, False``). Ways are put together from
the leaves up; only the smallest few are kept at each step, and what is found is tried on the rules before it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from lemtrada_triage.decide.conditions import (
    FINDING,
    All,
    Any,
    AtLeast,
    Change,
    Condition,
    Days,
    Fact,
    Nothing,
    holds,
)
from lemtrada_triage.decide.rulebook import Rule, Rulebook

Literal = tuple[str, bool]
Way = frozenset[Literal]
_KEPT = 24
_AS_IT_IS: list[Way] = [frozenset()]
_NEVER: list[Way] = []


class Nearly:
    """Finds the smallest changes of a case that make a rule fire. ``makers`` has the rules of each finding.

    ``fired`` gives the ids of the rules that hold for some facts on a day.
    """

    def __init__(self, rulebook: Rulebook, fired: Callable[[frozenset[str], int], frozenset[str]]) -> None:
        self._rulebook, self._fired = rulebook, fired
        self._by_id = {rule.id: rule for rule in rulebook.rules}
        makers: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in rulebook.rules:
            if rule.establishes:
                makers[FINDING + rule.establishes].append(rule)
        self.makers: Mapping[str, Sequence[Rule]] = dict(makers)

    def changes(self, rule_id: str, facts: frozenset[str], days: Sequence[int]) -> tuple[Change, ...]:
        """The smallest changes, those to the facts before another day and facts that go; none if nothing would do.

        ``days`` are those that the case may lie in, one for each interval of the rulebook.
        """
        working: dict[Way, list[int]] = {}
        for day in sorted({*days, *self._rulebook.days_cuts}):
            for way in _Search(self, facts, day).ways(self._by_id[rule_id].condition, True):
                if rule_id in self._fired((facts | _named(way, True)) - _named(way, False), day):
                    working.setdefault(way, []).append(day)
        found = [self._change(way, those, days) for way, those in working.items()]
        least = min(map(len, found), default=0)
        order = sorted(found, key=lambda one: (len(one), one.days is not None, len(one.drops)))
        return tuple(one for one in order if len(one) == least or (one.days is None and len(one) == least + 1))[:_KEPT]

    def _change(self, way: Way, working: list[int], days: Sequence[int]) -> Change:
        here = not set(working).isdisjoint(days)
        return Change(_named(way, True), _named(way, False), None if here else self._around(working))

    def _around(self, working: list[int]) -> Days:
        """The first stretch of days that lie beside each other among those that would do."""
        intervals = dict(self._rulebook.intervals)
        last = intervals.get(working[0])
        for day in working[1:]:
            if last is not None and day == last + 1:
                last = intervals.get(day)
        return Days(working[0], last)


class _Search:
    """The ways to make conditions hold, or fail, for some facts on one day."""

    def __init__(self, nearly: Nearly, facts: frozenset[str], day: int) -> None:
        self._makers, self._facts, self._day = nearly.makers, facts, day

    def ways(self, condition: Condition, wanted: bool) -> list[Way]:
        """The smallest ways to make a condition hold (``wanted``) or fail."""
        match condition:
            case Days():
                return _AS_IT_IS if holds(condition, self._facts, self._day) == wanted else _NEVER
            case Fact(name):
                return self._fact(name, wanted)
            case Any(parts):
                return self._some(1, parts, True) if wanted else self._every(parts, False)
            case All(parts):
                return self._every(parts, True) if wanted else self._some(1, parts, False)
            case Nothing(parts):
                return self._every(parts, False) if wanted else self._some(1, parts, True)
            case AtLeast(n, parts):
                return self._some(n, parts, True) if wanted else self._some(len(parts) - n + 1, parts, False)

    def _fact(self, name: str, wanted: bool) -> list[Way]:
        if (name in self._facts) and wanted:
            return _AS_IT_IS
        makers = [maker.condition for maker in self._makers.get(name, ())]
        if name in self._facts or not makers:
            return _AS_IT_IS if (name in self._facts) == wanted else [frozenset({(name, wanted)})]
        return self._some(1, makers, True) if wanted else self._every(makers, False)

    def _every(self, parts: Iterable[Condition], wanted: bool) -> list[Way]:
        found = _AS_IT_IS
        for part in parts:
            found = _both(found, self.ways(part, wanted))
        return found

    def _some(self, n: int, parts: Iterable[Condition], wanted: bool) -> list[Way]:
        """Ways for which ``n`` of the parts are as wanted: for each number of them, the best until now."""
        best = [_AS_IT_IS, *[_NEVER] * n]
        for part in parts:
            ways = self.ways(part, wanted)
            best = [best[0]] + [_smallest([*best[k], *_both(best[k - 1], ways)]) for k in range(1, n + 1)]
        return best[n]


def _both(first: list[Way], second: list[Way]) -> list[Way]:
    joined = [one | other for one in first for other in second]
    return _smallest([way for way in joined if len(_named(way, True) | _named(way, False)) == len(way)])


def _smallest(ways: list[Way]) -> list[Way]:
    """The smallest ways, none of which holds another."""
    kept: list[Way] = []
    for way in sorted(dict.fromkeys(ways), key=len):
        if not any(other <= way for other in kept):
            kept.append(way)
        if len(kept) == _KEPT:
            break
    return kept


def _named(way: Way, there: bool) -> frozenset[str]:
    return frozenset(name for name, comes in way if comes == there)
