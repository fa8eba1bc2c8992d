"""Evaluates a rulebook on integer bit masks: each fact is one bit, and a case is one integer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lemtrada_triage.conditions import (
    FINDING,
    All,
    Any,
    AtLeast,
    Condition,
    Days,
    Fact,
    Nothing,
    holds,
    names,
)
from lemtrada_triage.rulebook import Rule, Rulebook

ALWAYS = 1  # a bit that is set in every case
Test = Callable[[int, int], bool]
"""Whether a condition holds for the facts in a mask, on a day."""


class DirectEngine:
    """Compiles a rulebook once; safe to use from many threads, since a case leaves nothing behind."""

    name = "direct"

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._bits = {fact: 1 << place for place, fact in enumerate(sorted(rulebook.facts), start=1)}
        # The bit of a finding is set as soon as a rule establishes it. That is sound because the rules stand
        # stratum by stratum: nothing that looks at a finding comes before the last rule that establishes it.
        self._rules = [
            (
                rule.id,
                self._needed(rule),
                _test(rule.condition, self._bits),
                self._bits.get(f"{FINDING}{rule.establishes}", 0),
            )
            for stratum in rulebook.strata
            for rule in stratum
        ]

    def _needed(self, rule: Rule) -> int:
        """The bits of which one must be set for the rule to hold, if only the one that always is.

        Most rules never hold without any of their facts, and most cases have none of them.
        """
        if any(holds(rule.condition, frozenset(), day) for day in self._rulebook.days_cuts):
            return ALWAYS
        return sum(self._bits[fact] for fact in names(rule.condition))

    def fired(self, facts: frozenset[str], day: int) -> frozenset[str]:
        """The ids of all rules that hold for the facts on that day."""
        mask = ALWAYS
        for fact in facts:
            mask |= self._bits.get(fact, 0)
        held = []
        for rule_id, needed, test, finding in self._rules:
            if mask & needed and test(mask, day):
                held.append(rule_id)
                mask |= finding
        return frozenset(held)

    def __reduce__(self) -> tuple[type[DirectEngine], tuple[Rulebook]]:
        return DirectEngine, (self._rulebook,)


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
