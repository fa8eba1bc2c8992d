"""Evaluates a rulebook on integer bit masks: each fact is one bit, and a case is one integer.

Days are bits too, one for each interval of days that the rulebook can tell apart (``Rulebook.days_cuts``), so that a
case is decided for all of them at once: most rules do not look at the day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lemtrada_triage.decide.conditions import (
    FINDING,
    All,
    Any,
    AtLeast,
    Condition,
    Days,
    Fact,
    Nothing,
    cuts_of,
    holds,
    names,
)
from lemtrada_triage.decide.rulebook import Rule, Rulebook

Test = Callable[[int, int], bool]
"""Whether a condition holds for the facts in a mask, on a day."""


class _Compiled(NamedTuple):
    """A rule: its test, its finding and the bit of that (0: none).

    ``spans`` are the days that the condition tells apart: the first of each, and its intervals as bits.
    """

    id: str
    test: Test
    finding: str
    bit: int
    spans: tuple[tuple[int, int], ...]


class DirectEngine:
    """Compiles a rulebook once; safe to use from many threads, since a case leaves nothing behind."""

    name = "direct"

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._cuts = rulebook.days_cuts
        self._bits = {fact: 1 << place for place, fact in enumerate(sorted(rulebook.facts))}
        # The bit of a finding is set as soon as a rule establishes it. That is sound because the rules stand
        # stratum by stratum: nothing that looks at a finding comes before the last rule that establishes it.
        in_order = [rule for stratum in rulebook.strata for rule in stratum]
        self._rules = [self._compiled(rule) for rule in in_order]
        # Which of the rules may hold because of a fact, or (None) without any, as bits of their places: most rules
        # never hold without any of their facts, and most cases have none of them.
        self._places: dict[str | None, int] = {}
        for place, rule in enumerate(in_order):
            for fact in self._needed(rule):
                self._places[fact] = self._places.get(fact, 0) | 1 << place

    def _compiled(self, rule: Rule) -> _Compiled:
        test = _test(rule.condition, self._bits)
        finding = f"{FINDING}{rule.establishes}"
        return _Compiled(rule.id, test, finding, self._bits.get(finding, 0), self._spans(rule))

    def _needed(self, rule: Rule) -> Iterable[str | None]:
        """The facts of which the rule needs one to hold; None: it may hold without."""
        if any(holds(rule.condition, frozenset(), day) for day in self._cuts):
            return (None,)
        return names(rule.condition)

    def _spans(self, rule: Rule) -> tuple[tuple[int, int], ...]:
        bounds = cuts_of(rule.condition)
        spans: dict[int, list[int]] = {}
        for day in self._cuts:
            spans.setdefault(bisect_right(bounds, day), []).append(day)
        return tuple([(days[0], self.intervals(days)) for days in spans.values()])

    def intervals(self, days: Iterable[int]) -> int:
        """The intervals of some days, as bits."""
        return sum({1 << bisect_right(self._cuts, day) for day in days})

    def fired(self, facts: frozenset[str], day: int) -> frozenset[str]:
        """The ids of all rules that hold for the facts on that day."""
        return frozenset(self.held(facts, self.intervals((day,))))

    def held(self, facts: frozenset[str], days: int) -> dict[str, int]:
        """The ids of all rules that hold for the facts in some intervals (see ``intervals``), each with those."""
        given, left = 0, self._places.get(None, 0)
        for fact in facts:
            given |= self._bits.get(fact, 0)
            left |= self._places.get(fact, 0)
        cases = [(given, days)]  # what is known in which intervals: findings may differ between them
        held: dict[str, int] = {}
        while left:
            first = left & -left
            left ^= first
            rule_id, test, finding, bit, spans = self._rules[first.bit_length() - 1]
            holding = _holding(test, spans, cases)
            if holding:
                held[rule_id] = holding
                if bit:
                    left |= self._places.get(finding, 0)
                    cases = list(_with(bit, holding, cases))
        return held

    def __reduce__(self) -> tuple[type[DirectEngine], tuple[Rulebook]]:
        return DirectEngine, (self._rulebook,)


def _holding(test: Test, spans: Iterable[tuple[int, int]], cases: Iterable[tuple[int, int]]) -> int:
    """The intervals in which a rule holds."""
    holding = 0
    for mask, days in cases:
        for day, span in spans:
            if days & span and test(mask, day):
                holding |= days & span
    return holding


def _with(finding: int, holding: int, cases: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """The cases, with a finding in the intervals in which it holds."""
    for mask, days in cases:
        for known, part in ((mask | finding, days & holding), (mask, days & ~holding)):
            if part:
                yield known, part


def _test(condition: Condition, bits: Mapping[str, int]) -> Test:
    match condition:
        case Fact(name):
            bit = bits[name]
            return lambda mask, day: mask & bit != 0
        case Days(first, last):
            start, end = first or 0, float("inf") if last is None else last
            return lambda mask, day: start <= day <= end
        case Any(parts):
            return _any(parts, bits)
        case All(parts):
            return _all(parts, bits)
        case Nothing(parts):
            some = _any(parts, bits)
            return lambda mask, day: not some(mask, day)
        case AtLeast(n, parts):
            return _at_least(n, parts, bits)


def _any(parts: Sequence[Condition], bits: Mapping[str, int]) -> Test:
    facts, rest = _split(parts, bits)
    if not rest:
        return lambda mask, day: mask & facts != 0
    return lambda mask, day: mask & facts != 0 or any(test(mask, day) for test in rest)


def _all(parts: Sequence[Condition], bits: Mapping[str, int]) -> Test:
    facts, rest = _split(parts, bits)
    if not rest:
        return lambda mask, day: mask & facts == facts
    return lambda mask, day: mask & facts == facts and all(test(mask, day) for test in rest)


def _at_least(n: int, parts: Sequence[Condition], bits: Mapping[str, int]) -> Test:
    facts, rest = _split(parts, bits)
    if facts.bit_count() + len(rest) == len(parts):  # no fact is listed twice, so bits can be counted
        return lambda mask, day: (mask & facts).bit_count() + sum(test(mask, day) for test in rest) >= n
    tests = [_test(part, bits) for part in parts]
    return lambda mask, day: sum(test(mask, day) for test in tests) >= n


def _split(parts: Sequence[Condition], bits: Mapping[str, int]) -> tuple[int, list[Test]]:
    """The bits of the parts that are single facts, and the tests of the others."""
    facts = 0
    for part in parts:
        if isinstance(part, Fact):
            facts |= bits[part.name]
    return facts, [_test(part, bits) for part in parts if not isinstance(part, Fact)]
