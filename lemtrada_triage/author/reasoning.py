"""Whether a condition can hold at all, and whether one implies another, for conditions as large as an author writes.

A fact brings others: ``sudden:confusion`` comes with ``confusion``, a finer concept with every coarser one. Where the
search would be too long, the answer is the cautious one: it can hold, it does not imply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lemtrada_triage.decide.conditions import (
    All,
    Any,
    AtLeast,
    Condition,
    Days,
    Fact,
    Nothing,
    cuts,
    holds,
    leaves,
    names,
)
from lemtrada_triage.history.first import is_of_first

_LONGEST_SEARCH = 4_000
Kin = Callable[[str], frozenset[str]]
Assigned = dict[str, bool]


def kin_of(lineages: Callable[[str], Iterable[str]]) -> Kin:
    """Which facts a fact comes with, itself among them, from the lineage of each concept."""

    def kin(fact: str) -> frozenset[str]:
        kind, colon, concept = fact.rpartition(":")
        if kind in ("flag", "signal", "finding") or is_of_first(fact):
            return frozenset({fact})
        family = {concept, *lineages(concept)}
        return frozenset(family | {f"{kind}:{name}" for name in family} if colon else family)

    return kin


def can_hold(condition: Condition, kin: Kin) -> bool:
    """Whether there are facts and a day for which a condition holds."""
    return any(_Search(condition, kin).possible(day) for day in days_of(condition))


def implies(condition: Condition, other: Condition, kin: Kin) -> bool:
    """Whether a condition holds only where another one does."""
    counterexample = All((condition, Nothing((other,))))
    return not can_hold(counterexample, kin)


def days_of(condition: Condition) -> list[int]:
    """One day for each interval that a condition can tell apart."""
    bounds = {cut for leaf in leaves(condition) if isinstance(leaf, Days) for cut in cuts(leaf)}
    return sorted({0, *bounds})


class _Search:
    """Tries facts one by one, each with all that it brings."""

    def __init__(self, condition: Condition, kin: Kin) -> None:
        self._condition = condition
        self._facts = sorted(names(condition))
        self._brings = {fact: kin(fact) for fact in self._facts}
        self._brought_by = {
            fact: frozenset(other for other in self._facts if fact in self._brings[other]) for fact in self._facts
        }
        self._left = _LONGEST_SEARCH

    def possible(self, day: int) -> bool:
        """Whether the condition can hold on a day."""
        # Most conditions hold when everything is there.
        return holds(self._condition, frozenset(self._facts), day) or self._possible({}, day)

    def _possible(self, assigned: Assigned, day: int) -> bool:
        self._left -= 1
        told = _told(self._condition, assigned, day)
        if told is not None or self._left < 0:
            return told is not False
        fact = next(fact for fact in self._facts if fact not in assigned)
        return any(self._possible(self._with(assigned, fact, there), day) for there in (True, False))

    def _with(self, assigned: Assigned, fact: str, there: bool) -> Assigned:
        follows = self._brings[fact] if there else self._brought_by[fact]
        return assigned | dict.fromkeys((other for other in follows if other in self._brings), there)


def _told(condition: Condition, assigned: Assigned, day: int) -> bool | None:
    """Whether a condition holds, as far as the facts tell; None when they do not."""
    match condition:
        case Fact(name):
            return assigned.get(name)
        case Days():
            return holds(condition, frozenset(), day)
        case Any(parts):
            return _count([_told(part, assigned, day) for part in parts], 1)
        case All(parts):
            return _count([_told(part, assigned, day) for part in parts], len(parts))
        case Nothing(parts):
            some = _count([_told(part, assigned, day) for part in parts], 1)
            return None if some is None else not some
        case AtLeast(n, parts):
            return _count([_told(part, assigned, day) for part in parts], n)


def _count(told: list[bool | None], needed: int) -> bool | None:
    if told.count(True) >= needed:
        return True
    return False if len(told) - told.count(False) < needed else None
