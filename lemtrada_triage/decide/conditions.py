"""What a condition means. This is the reference: the engines must agree with it, case by case.

A case is a set of facts (``fever``, ``sudden:confusion``, ``flag:pregnant``, ``finding:possible_stroke``) and
a day, the whole days since what the pack counts from (an infusion). For a day that is not known see ``engine.decider``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Protocol, TypeVar

FINDING = "finding:"
LAST_DAY = 36_500


@dataclass(frozen=True, slots=True)
class Fact:
    """Holds when the fact is among those of the case."""

    name: str


@dataclass(frozen=True, slots=True)
class Days:
    """Holds from day ``first`` to day ``last``, both included; None leaves that end open."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Any:
    """Holds when at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Holds when no part holds; written ``none`` in a rulebook."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Holds when ``n`` or more parts hold."""

    n: int
    parts: tuple[Condition, ...]


Condition = Fact | Days | Any | All | Nothing | AtLeast


class RuleLike(Protocol):
    """What the meaning of a rulebook needs to know of a rule."""

    @property
    def id(self) -> str: ...
    @property
    def establishes(self) -> str | None: ...
    @property
    def condition(self) -> Condition: ...


R = TypeVar("R", bound=RuleLike)
_NOTHING_BELOW: Mapping[str, Sequence[RuleLike]] = MappingProxyType({})


def holds(condition: Condition, facts: frozenset[str], day: int) -> bool:
    """Whether a condition holds for the facts on that day."""
    match condition:
        case Fact(name):
            return name in facts
        case Days(first, last):
            return (first is None or first <= day) and (last is None or day <= last)
        case Any(parts):
            return any(holds(part, facts, day) for part in parts)
        case All(parts):
            return all(holds(part, facts, day) for part in parts)
        case Nothing(parts):
            return not any(holds(part, facts, day) for part in parts)
        case AtLeast(n, parts):
            return sum(holds(part, facts, day) for part in parts) >= n


def fired(rules: Iterable[RuleLike], facts: frozenset[str], day: int) -> frozenset[str]:
    """The ids of all rules that hold. Findings that rules establish are facts for the rules above them."""
    return _evaluated(rules, facts, day)[0]


def known(rules: Iterable[RuleLike], facts: frozenset[str], day: int) -> frozenset[str]:
    """The facts of a case together with the findings that the rules establish from them."""
    return _evaluated(rules, facts, day)[1]


def _evaluated(rules: Iterable[RuleLike], facts: frozenset[str], day: int) -> tuple[frozenset[str], frozenset[str]]:
    held: frozenset[str] = frozenset()
    for stratum in strata(rules):
        now = [rule for rule in stratum if holds(rule.condition, facts, day)]
        held |= {rule.id for rule in now}
        facts |= {FINDING + rule.establishes for rule in now if rule.establishes}
    return held, facts


def strata(rules: Iterable[R]) -> tuple[tuple[R, ...], ...]:
    """The rules in layers: each above all those that establish a finding it uses, else as low as can be.

    Raises ``graphlib.CycleError`` (its second argument lists the rule ids) when findings rest on each other.
    """
    rules = tuple(rules)
    makers: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        if rule.establishes:
            makers[FINDING + rule.establishes].add(rule.id)
    below = {rule.id: {maker for fact in names(rule.condition) for maker in makers.get(fact, ())} for rule in rules}
    height: dict[str, int] = {}
    for rule_id in TopologicalSorter(below).static_order():
        height[rule_id] = 1 + max((height[maker] for maker in below[rule_id]), default=-1)
    layers = range(max(height.values(), default=-1) + 1)
    return tuple(tuple(rule for rule in rules if height[rule.id] == layer) for layer in layers)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The direct parts of a condition; none for a fact or days."""
    return () if isinstance(condition, (Fact, Days)) else condition.parts


def leaves(condition: Condition) -> Iterator[Fact | Days]:
    """The facts and days that a condition is made of, in order."""
    if isinstance(condition, (Fact, Days)):
        yield condition
    for part in parts_of(condition):
        yield from leaves(part)


def names(condition: Condition) -> frozenset[str]:
    """The names of all facts that a condition looks at."""
    return frozenset(leaf.name for leaf in leaves(condition) if isinstance(leaf, Fact))


def grounds(condition: Condition, facts: frozenset[str], day: int, wanted: bool = True) -> frozenset[str]:
    """The present facts that make a condition hold (or, with ``wanted`` false, that make it fail).

    Absent facts are never grounds: a condition that holds only because something is missing has none.
    """
    if isinstance(condition, Fact):
        return frozenset({condition.name} if wanted and condition.name in facts else ())
    inner = not wanted if isinstance(condition, Nothing) else wanted
    speaking = (part for part in parts_of(condition) if holds(part, facts, day) == inner)
    return frozenset().union(*(grounds(part, facts, day, inner) for part in speaking))


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a condition held or not: its text, the outcome, and the same of its parts.

    ``fact`` is the name of the fact where the condition is one. Below a finding stand the rules that establish it, each
    with its id in ``rule``. Below any other fact, ``said`` has what told of it, or spoke against it, in one line each.
    Of a whole rule that did not fire, ``needs`` are the smallest changes that would have made it fire.
    As a string it is a small indented tree.
    """

    text: str
    held: bool
    children: tuple[Trace, ...] = ()
    fact: str | None = None
    rule: str | None = None
    said: tuple[str, ...] = ()
    needs: tuple[Change, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> Iterator[str]:
        yield f"{indent}{'[x]' if self.held else '[ ]'} {self.text}"
        for line in self.said:
            yield f"{indent}      {line}"
        for child in self.children:
            yield from child._lines(indent + "    ")


@dataclass(frozen=True, slots=True)
class Change:
    """What would make a rule fire: facts that come, facts that go, and other days, all of them together."""

    adds: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()
    days: Days | None = None

    def __len__(self) -> int:
        return len(self.adds) + len(self.drops) + (self.days is not None)

    def __str__(self) -> str:
        comes = [wording(Fact(name)) for name in sorted(self.adds)]
        goes = [f"without {wording(Fact(name))}" for name in sorted(self.drops)]
        return " and ".join([*comes, *goes, *([f"on {wording(self.days)}"] if self.days else [])])


def trace(
    condition: Condition,
    facts: frozenset[str],
    day: int,
    below: Mapping[str, Sequence[RuleLike]] = _NOTHING_BELOW,
    assumed: bool = False,
) -> Trace:
    """The outcome of a condition and of each of its parts; ``facts`` hold the findings too (see ``known``).

    ``below`` has the rules that establish each finding (``finding:possible_stroke``). ``assumed`` says at each span of
    days that the day is not known, and was only taken to be this one.
    """
    text = wording(condition) + (" (day not known)" if assumed and isinstance(condition, Days) else "")
    fact = condition.name if isinstance(condition, Fact) else None
    parts = [trace(part, facts, day, below, assumed) for part in parts_of(condition)]
    makers = below.get(fact, ()) if fact else ()
    for maker in makers:
        whole = trace(maker.condition, facts, day, below, assumed)
        parts.append(Trace(f"rule {maker.id}", whole.held, (whole,), rule=maker.id))
    return Trace(text, holds(condition, facts, day), tuple(parts), fact)


def cuts(days: Days) -> tuple[int, int]:
    """The first day inside and the first day beyond, which are all that a condition can tell apart."""
    return days.first or 0, 0 if days.last is None else days.last + 1


def cuts_of(condition: Condition) -> tuple[int, ...]:
    """The days on which a condition's own bounds can change it, in order."""
    return tuple(sorted({cut for leaf in leaves(condition) if isinstance(leaf, Days) for cut in cuts(leaf)}))


def wording(condition: Condition) -> str:
    """A condition without its parts, for a reader: ``sudden confusion``, ``days 0-3``, ``any of``."""
    match condition:
        case Fact(name):
            return name.replace(":", " ").replace("_", " ")
        case Days(first, last):
            return span(first, last)
        case Any():
            return "any of"
        case All():
            return "all of"
        case Nothing():
            return "none of"
        case AtLeast(n, _):
            return f"at least {n} of"


def span(first: int | None, last: int | None) -> str:
    """Days for a reader: ``days 0-3``, ``day 0``, ``day 31 and later``."""
    start = first or 0
    if last is None:
        return f"day {start} and later"
    return f"day {start}" if start == last else f"days {start}-{last}"
