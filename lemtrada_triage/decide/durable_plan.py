"""Turns a rulebook into what durable-rules can hold: antecedents dealt out to rulesets.

Each case is one fact with integer fields; each rule has one antecedent, an expression over those fields.
Beyond its limits durable-rules answers wrongly, hangs or crashes, so they are kept here: long lists are sent
as counters, parts of large rules become rules of their own, and the rules of a stratum are dealt out to as
many rulesets as they need.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from math import prod
from typing import Any as Anything

from lemtrada_triage.decide.conditions import FINDING, All, Any, AtLeast, Condition, Days, Fact, Nothing, strata
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import EngineLimit

ALTERNATIVES = 64  # ways to satisfy the rules of one ruleset; more overflow its stack (error 303)
GROUPS = 15  # $and and $or in one antecedent; more are refused (error 113)
ABSENCES = 100  # $nex in one ruleset; 128 crash
LITERALS = 400  # comparisons in one ruleset; 512 never end
FIELDS = 250  # fields of one fact; more are refused (error 302)
LONG = 8  # facts of one list that are compared one by one; a longer list is sent as a counter

Expression = dict[str, Anything]
MARKER: Expression = {"case": 1}
_NEVER: Expression = {"$or": []}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one ruleset holds: antecedents, each with the ids of its rules, and the fields they look at.

    ``cuts`` are the days on which any of them can change, in order.
    """

    antecedents: tuple[tuple[Expression, tuple[str, ...]], ...]
    counters: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    """(fact, field) for each field to which a fact adds one."""
    cuts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """The rulesets of each stratum, and the fact that each establishing rule adds for the strata above."""

    strata: tuple[tuple[Plan, ...], ...]
    findings: dict[str, str]


def plans(rulebook: Rulebook) -> Plans:
    """The plans for a rulebook. Raises EngineLimit when one rule alone is more than a ruleset can hold."""
    parts = _Splitter().split(rulebook)
    fields = Fields()
    findings = {part.id: FINDING + part.establishes for part in parts if part.establishes}
    return Plans(tuple(tuple(_dealt(stratum, fields)) for stratum in strata(parts)), findings)


@dataclass(frozen=True, slots=True)
class _Part:
    """A rule, or a part of one that establishes a finding only for that rule."""

    id: str
    establishes: str | None
    condition: Condition


class _Splitter:
    """Moves parts of conditions into rules of their own, a stratum below, where durable-rules needs it."""

    def __init__(self) -> None:
        self._waiting: list[_Part] = []
        self._numbers = count()

    def split(self, rulebook: Rulebook) -> list[_Part]:
        """The rules and the parts moved out of them; all are small enough, or EngineLimit is raised."""
        self._waiting = [_Part(rule.id, rule.establishes, rule.condition) for rule in rulebook.rules]
        return list(self._fitting())

    def _fitting(self) -> Iterator[_Part]:
        while self._waiting:
            part = self._waiting.pop()
            condition = self._countable(part.condition, part.id)
            if _excess(condition):
                condition = self._moved(condition, part.id)
            if excess := _excess(condition):
                advice = "move a part of its condition into a rule that establishes a finding"
                rule_id = part.id.partition("/")[0]
                raise EngineLimit(f"rule '{rule_id}' is too large for durable-rules, {excess}: {advice}")
            yield replace(part, condition=condition)

    def _countable(self, condition: Condition, owner: str) -> Condition:
        """The condition with only facts inside each at-least-n, as only those can be counted first."""
        if isinstance(condition, AtLeast):
            return self._moved(condition, owner, (Fact,))
        if isinstance(condition, (Fact, Days)):
            return condition
        return replace(condition, parts=tuple(self._countable(part, owner) for part in condition.parts))

    def _moved(self, condition: Condition, owner: str, staying: tuple[type, ...] = (Fact, Days)) -> Condition:
        """The condition with a finding in the place of each direct part that may not stay."""
        if isinstance(condition, (Fact, Days)):
            return condition
        parts = [part if isinstance(part, staying) else self._finding(part, owner) for part in condition.parts]
        return replace(condition, parts=tuple(parts))

    def _finding(self, condition: Condition, owner: str) -> Fact:
        name = f"{owner}/{next(self._numbers)}"
        self._waiting.append(_Part(name, name, condition))
        return Fact(FINDING + name)


class Fields:
    """Names the fields of a case: one for each fact that is compared, one for each list that is counted.

    durable-rules compares names by a 32-bit hash alone, so a name whose hash is taken is passed over.
    """

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.counters: dict[tuple[str, ...], str] = {}
        self._taken = {name_hash(name) for name in _RESERVED}
        self._numbers = count()

    def fact(self, name: str) -> str:
        """The field that is 1 when the fact holds, and else left out."""
        if name not in self.facts:
            self.facts[name] = self._new("f")
        return self.facts[name]

    def counter(self, names: tuple[str, ...]) -> str:
        """The field that says how many of the facts hold."""
        if names not in self.counters:
            self.counters[names] = self._new("n")
        return self.counters[names]

    def _new(self, kind: str) -> str:
        names = (f"{kind}{number}" for number in self._numbers)
        name = next(name for name in names if name_hash(name) not in self._taken)
        self._taken.add(name_hash(name))
        return name


# The fields that every case has, those that durable-rules adds, and its own words.
_RESERVED = [
    *("sid", "id", "case", "day", "name", "type", "all", "any", "run", "count", "cap", "pri", "dist"),
    *(
        "$s",
        "$t",
        "$m",
        "$i",
        "$l",
        "$r",
        "$forward",
        "$and",
        "$or",
        "$not",
        "$all",
        "$any",
        "$iall",
        "$iany",
    ),
    *(
        "$ex",
        "$nex",
        "$eq",
        "$neq",
        "$gt",
        "$gte",
        "$lt",
        "$lte",
        "$mt",
        "$imt",
        "$add",
        "$sub",
        "$mul",
        "$div",
    ),
]


@cache
def name_hash(name: str) -> int:
    """The hash by which durable-rules compares names (FNV-1a, 32 bits)."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def _expression(condition: Condition, fields: Fields, wanted: bool = True) -> Expression:
    """The condition, or with ``wanted`` false its opposite, as an expression; every "not" ends at a leaf."""
    match condition:
        case Fact(name):
            present = {fields.fact(name): 1}
            return present if wanted else {"$nex": present}
        case Days(first, last):
            return _days(first, last, wanted)
        case AtLeast(n, parts):
            return _counted(parts, n, fields, wanted)
        case Any(parts):
            return _group(parts, True, fields, wanted)
        case All(parts):
            return _group(parts, False, fields, wanted)
        case Nothing(parts):
            return _group(parts, True, fields, not wanted)


def _days(first: int | None, last: int | None, wanted: bool) -> Expression:
    bounds: list[Expression] = []
    if first:
        bounds.append({"$gte": {"day": first}} if wanted else {"$lte": {"day": first - 1}})
    if last is not None:
        bounds.append({"$lte": {"day": last}} if wanted else {"$gte": {"day": last + 1}})
    return _joined("$and" if wanted else "$or", bounds)


def _counted(parts: Sequence[Condition], n: int, fields: Fields, wanted: bool) -> Expression:
    counter = fields.counter(tuple(part.name for part in parts if isinstance(part, Fact)))
    return {"$gte": {counter: n}} if wanted else {"$lte": {counter: n - 1}}


def _group(parts: Sequence[Condition], some: bool, fields: Fields, wanted: bool) -> Expression:
    """ "Some part holds" or "every part holds", or the opposite of it."""
    facts = [part for part in parts if isinstance(part, Fact)]
    members: list[Expression] = []
    if len(facts) > LONG:
        members.append(_counted(facts, 1 if some else len(facts), fields, wanted))
        parts = [part for part in parts if not isinstance(part, Fact)]
    members += [_expression(part, fields, wanted) for part in parts]
    return _joined("$or" if some == wanted else "$and", members)


def _joined(operator: str, members: Sequence[Expression]) -> Expression:
    """The members joined, without groups inside equal groups, repetitions, or groups of one.

    An empty ``$and`` stands for "always" and an empty ``$or`` for "never"; neither is ever handed over.
    """
    opposite: Expression = {"$or" if operator == "$and" else "$and": []}
    if opposite in members:
        return opposite
    flat = [inner for member in members for inner in member.get(operator, [member])]
    distinct = [member for place, member in enumerate(flat) if member not in flat[:place]]
    return distinct[0] if len(distinct) == 1 else {operator: distinct}


@dataclass(frozen=True, slots=True)
class Size:
    """What an expression asks of a ruleset."""

    alternatives: int
    groups: int
    absences: int
    literals: int
    fields: frozenset[str]

    def __add__(self, other: Size) -> Size:
        """The size of both in one ruleset; groups are limited for each rule alone."""
        return Size(
            self.alternatives + other.alternatives,
            max(self.groups, other.groups),
            self.absences + other.absences,
            self.literals + other.literals,
            self.fields | other.fields,
        )

    def excess(self) -> str | None:
        """What is too large for one ruleset, in words; None when all fits."""
        limits = [
            (self.alternatives, ALTERNATIVES, "ways to hold"),
            (self.groups, GROUPS, "nested groups"),
            (self.absences, ABSENCES, "absent facts"),
            (self.literals, LITERALS, "comparisons"),
            (len(self.fields), FIELDS, "facts"),
        ]
        return next((f"{size} {what}, at most {most}" for size, most, what in limits if size > most), None)


# What every ruleset holds besides its rules: the sentinel, and the fields of every case.
BASE = Size(1, 1, 0, 1, frozenset({"sid", "id", "case", "day"}))


def size_of(expression: Expression) -> Size:
    ((operator, inner),) = expression.items()
    if operator not in ("$and", "$or"):
        name = next(iter(inner)) if isinstance(inner, dict) else operator
        return Size(1, 0, int(operator == "$nex"), 1, frozenset({name}))
    sizes = [size_of(member) for member in inner]
    return Size(
        alternatives=(prod if operator == "$and" else sum)(size.alternatives for size in sizes),
        groups=1 + sum(size.groups for size in sizes),
        absences=sum(size.absences for size in sizes),
        literals=sum(size.literals for size in sizes),
        fields=frozenset().union(*(size.fields for size in sizes)),
    )


def _antecedent(expression: Expression) -> Expression:
    """The expression after the marker, so that it never matches the engine's own state."""
    return {"$and": [MARKER, *expression.get("$and", [expression])]}


def _excess(condition: Condition) -> str | None:
    return (BASE + size_of(_antecedent(_expression(condition, Fields())))).excess()


def _dealt(stratum: Sequence[_Part], fields: Fields) -> Iterator[Plan]:
    """The rules of one stratum, those with equal conditions joined, dealt out to rulesets that hold them."""
    shared: dict[str, list[str]] = {}
    for part in stratum:
        expression = _expression(part.condition, fields)
        if expression != _NEVER:
            shared.setdefault(json.dumps(_antecedent(expression)), []).append(part.id)
    hand: list[tuple[Expression, tuple[str, ...]]] = []
    size = BASE
    for text, ids in shared.items():
        antecedent = json.loads(text)
        if (size + size_of(antecedent)).excess():
            yield _plan(hand, size, fields)
            hand, size = [], BASE
        hand.append((antecedent, tuple(ids)))
        size += size_of(antecedent)
    if hand:
        yield _plan(hand, size, fields)


def _plan(hand: list[tuple[Expression, tuple[str, ...]]], size: Size, fields: Fields) -> Plan:
    counters = {name: group for group, name in fields.counters.items() if name in size.fields}
    single = [(fact, name) for fact, name in fields.facts.items() if name in size.fields]
    counted = [(fact, name) for name, group in counters.items() for fact in group]
    cuts = sorted({cut for antecedent, _ in hand for cut in _cuts(antecedent)})
    return Plan(tuple(hand), tuple(counters), (*single, *counted), tuple(cuts))


def _cuts(expression: Expression) -> Iterator[int]:
    """The first days beyond each bound that an expression compares the day with."""
    for operator, inner in expression.items():
        if operator in ("$and", "$or"):
            for member in inner:
                yield from _cuts(member)
        elif operator in ("$gte", "$lte") and "day" in inner:
            yield inner["day"] + (operator == "$lte")
