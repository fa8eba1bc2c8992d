"""From facts to a decision: which rules fired, how urgent that makes it, and why another one did not."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar, overload

from lemtrada_triage.decide.columns import Column, ColumnEngine, column_of, places_of
from lemtrada_triage.decide.conditions import (
    FINDING,
    LAST_DAY,
    Condition,
    Days,
    Trace,
    cuts_of,
    grounds,
    holds,
    leaves,
    names,
    span,
    trace,
)
from lemtrada_triage.decide.direct import DirectEngine
from lemtrada_triage.decide.engines import engine_of
from lemtrada_triage.decide.memo import Memo
from lemtrada_triage.decide.nearly import Nearly
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.failures import way_of
from lemtrada_triage.history.first import OUTSIDE
from lemtrada_triage.model import FiredRule, Urgency

REMEMBERED = 5_000  # cases, of some kilobytes
_AT_ONCE = 4_096  # cases whose columns are in memory together

_log = logging.getLogger("lemtrada_triage")
# What a rank asks for; the first one stands for nothing that asks for care.
_BY_RANK = (Urgency.ROUTINE, *sorted(Urgency))
# A day, the days between which it lies, several days of which each counts, or None when nothing is known of it.
Day = int | range | tuple[int, ...] | None
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Decision:
    """The urgency of a case and what led to it. ``engine`` names the one that decided."""

    urgency: Urgency
    fired: tuple[FiredRule, ...]
    assumptions: tuple[str, ...]
    engine: str


class Verdict(NamedTuple):
    """The urgency of a case, and the ids of the rules that fired, the most urgent first."""

    urgency: Urgency
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The ids of the rules that fired in one interval of days, and the engine that said so."""

    fired: frozenset[str]
    engine: str


class Decider:
    """Decides cases by a rulebook, each distinct one once.

    ``engine`` is ``auto`` (durable-rules where it can be imported, else direct), ``durable`` or ``direct``.
    Raises InputError for another name, or for ``durable`` where it cannot be imported. A case on which the
    engine fails is decided by the direct engine, and the failure is logged. Safe to use from many threads;
    pickles as its rulebook.
    """

    def __init__(self, rulebook: Rulebook, engine: str = "auto") -> None:
        self.rulebook = rulebook
        self._asked = engine
        self._direct = DirectEngine(rulebook)
        self._columns = ColumnEngine(rulebook)
        self._engine = engine_of(rulebook, engine, self._direct)
        self._order = {rule.id: place for place, rule in enumerate(rulebook.rules)}
        self._ranks = {rule.id: _rank(rule) for rule in rulebook.rules}
        self._by_id = {rule.id: rule for rule in rulebook.rules}
        by_stratum = [rule for stratum in rulebook.strata for rule in stratum]
        self._above = {rule.id: place for place, rule in enumerate(by_stratum)}
        self._names = {rule.id: names(rule.condition) for rule in rulebook.rules}
        self._cuts = rulebook.days_cuts
        self._cuts_of = {rule.id: cuts_of(rule.condition) for rule in rulebook.rules}
        self._dated = [(self._needed(rule), self._cuts_of[rule.id]) for rule in by_stratum if self._cuts_of[rule.id]]
        self._nearly = Nearly(rulebook, self._direct.fired)
        self._outside = frozenset(fact for fact in rulebook.since_first if fact.startswith(OUTSIDE))
        self._decisions: Memo[tuple[frozenset[str], Day], Decision] = Memo(REMEMBERED)
        self._verdicts: Memo[tuple[frozenset[str], Day], Verdict] = Memo(REMEMBERED)
        self._grounds: Memo[tuple[str, frozenset[str], int], frozenset[str]] = Memo(REMEMBERED)
        self._results: Memo[tuple[str, tuple[str, ...], bool], FiredRule] = Memo(REMEMBERED)
        self._intervals: Memo[Day, int] = Memo(REMEMBERED)

    def _needed(self, rule: Rule) -> frozenset[str] | None:
        """The facts of which a rule needs one to hold; None where it may hold without."""
        own = self._names[rule.id]
        always = any(holds(rule.condition, frozenset(), day) for day in self._cuts)
        return None if always or any(name.startswith(FINDING) for name in own) else own

    def __reduce__(self) -> tuple[type[Decider], tuple[Rulebook, str]]:
        return Decider, (self.rulebook, self._asked)

    def decide(self, facts: frozenset[str], day: Day) -> Decision:
        """The decision on a case. A day that is not known counts as all that it may be at once."""
        relevant = facts & self.rulebook.facts
        first = self.first_day(day)
        return self._decisions.get((relevant, first), lambda: self._decide(relevant, first))

    def verdict(self, facts: frozenset[str], day: Day) -> Verdict:
        """The urgency of a case and the rules that fired, as ``decide`` has them, without grounds."""
        relevant = facts & self.rulebook.facts
        first = self.first_day(day)
        return self._verdicts.get((relevant, first), lambda: self._verdict(relevant, first))

    def verdicts(
        self, cases: Sequence[tuple[Iterable[K], Day]], facts_of: Callable[[K], Iterable[str]]
    ) -> list[Verdict]:
        """The same for many cases: what each says, of which ``facts_of`` gives the facts, and its day.

        They are decided together, by columns, unless ``durable`` is asked for by name.
        """
        if self._asked == "durable":
            return [self.verdict(frozenset().union(*map(facts_of, said)), day) for said, day in cases]
        parts = (cases[start : start + _AT_ONCE] for start in range(0, len(cases), _AT_ONCE))
        return [verdict for part in parts for verdict in self._by_columns(part, facts_of)]

    def _by_columns(
        self, cases: Sequence[tuple[Iterable[K], Day]], facts_of: Callable[[K], Iterable[str]]
    ) -> list[Verdict]:
        """A case has a place in the columns for each interval that its day may lie in; what fires in any counts."""
        places = defaultdict[K, list[int]](list)
        days: list[int] = []
        owners: list[int] = []
        for number, (said, day) in enumerate(cases):
            own = self._days(day)
            mine = range(len(days), len(days) + len(own))
            days += own
            owners += [number] * len(own)
            for what in said:
                places[what] += mine
        facts = defaultdict[str, Column](int)
        for what, some in places.items():
            column = column_of(some, len(days))
            for fact in facts_of(what):
                facts[fact] |= column
        return self._verdicts_of(self._columns.fired(facts, days), owners, len(cases))

    def _verdicts_of(self, held: Mapping[str, Column], owners: Sequence[int], count: int) -> list[Verdict]:
        fired: list[list[str]] = [[] for _ in range(count)]
        for rule_id in self._in_order(held):
            for place in places_of(held[rule_id]):
                mine = fired[owners[place]]
                if not (mine and mine[-1] is rule_id):  # it may have fired in several intervals
                    mine.append(rule_id)
        found = list(map(tuple, fired))
        verdicts = {rules: Verdict(self._urgency(rules[:1]), rules) for rules in dict.fromkeys(found)}
        return list(map(verdicts.__getitem__, found))

    def supposed(self, facts: frozenset[str], day: Day) -> Verdict:
        """The verdict on a case that only might be. It decides nothing, so the direct engine will do."""
        return self._verdict_on(self._direct.held(facts, self._intervals_of(day)))

    def supposed_above(self, urgency: Urgency, facts: frozenset[str], day: Day) -> Verdict | None:
        """The same where it is more urgent than that, else None."""
        held = self._direct.held(facts, self._intervals_of(day))
        highest = max([self._ranks[rule_id] for rule_id in held], default=0)
        return self._verdict_on(held) if highest > urgency.rank else None

    def supposed_each(self, facts: frozenset[str]) -> list[Verdict]:
        """The same on each interval of days alone, in order."""
        held = self._direct.held(facts, self._intervals_of(None))
        each = map(self._intervals_of, self._cuts)
        return [self._verdict_on([rule_id for rule_id, days in held.items() if days & one]) for one in each]

    @overload
    def first_day(self, day: int) -> int: ...
    @overload
    def first_day(self, day: int | None) -> int | None: ...
    @overload
    def first_day(self, day: Day) -> Day: ...
    def first_day(self, day: Day) -> Day:
        """The first day of the interval of a day, which stands for all its days: no rule can tell them apart."""
        if isinstance(day, tuple):
            firsts = tuple(sorted(set(map(self.first_day, day))))
            return firsts if len(firsts) > 1 else firsts[0]
        return self._cuts[bisect_right(self._cuts, day) - 1] if isinstance(day, int) else day

    def why(self, rule_id: str, facts: frozenset[str], day: Day) -> Trace:
        """The trace of one rule, fired or not, down through findings. Raises KeyError for an unknown rule.

        Of several days, or one that is not known, it is that of a day on which the rule fires, if there is any.
        """
        condition, days = self._by_id[rule_id].condition, self._days(day)
        fired = {one: self._direct.fired(facts, one) for one in days}
        likely = max(days, key=lambda one: (rule_id in fired[one], _days_held(condition, one)))
        known = self._known(facts, fired[likely])
        found = trace(condition, known, likely, self._nearly.makers, assumed=not isinstance(day, int | tuple))
        return found if found.held else replace(found, needs=self._nearly.changes(rule_id, facts, days))

    def _days(self, day: Day) -> Sequence[int]:
        """The days of which one stands for each interval that a day may lie in."""
        if isinstance(day, int):
            return (day,)
        if isinstance(day, tuple):
            return day
        if day is None:
            return self._cuts
        return sorted({day.start, *(cut for cut in self._cuts if cut in day)})

    def _intervals_of(self, day: Day) -> int:
        first = self.first_day(day)
        return self._intervals.get(first, lambda: self._direct.intervals(self._days(first)))

    def _verdict(self, facts: frozenset[str], day: Day) -> Verdict:
        return self._verdict_on(frozenset().union(*[one.fired for one in self._outcomes(facts, day).values()]))

    def _verdict_on(self, fired: Iterable[str]) -> Verdict:
        in_order = tuple(self._in_order(fired))
        return Verdict(self._urgency(in_order), in_order)

    def _outcomes(self, facts: frozenset[str], day: Day) -> dict[int, _Outcome]:
        if isinstance(day, int):
            return {day: self._outcome(facts, day)}
        days, bounds = self._days(day), self._bounds(facts)
        apart: dict[int, _Outcome] = {}
        for one in days:
            interval = bisect_right(bounds, one)
            if interval not in apart:
                apart[interval] = self._outcome(facts, one)
        return {one: apart[bisect_right(bounds, one)] for one in days}

    def _bounds(self, facts: frozenset[str]) -> list[int]:
        """The days on which a rule that may hold for some facts can change, in order.

        A rule that names a finding may hold whatever the facts are, and so may one that holds without any.
        """
        dated = [cuts for names, cuts in self._dated if names is None or not names.isdisjoint(facts)]
        return sorted({cut for cuts in dated for cut in cuts})

    def _in_order(self, rule_ids: Iterable[str]) -> list[str]:
        """Rules, the most urgent first."""
        return sorted(rule_ids, key=lambda rule_id: (-self._ranks[rule_id], self._order[rule_id]))

    def _decide(self, facts: frozenset[str], day: Day) -> Decision:
        outcomes = self._outcomes(facts, day)
        urgency = self._urgency(frozenset().union(*[outcome.fired for outcome in outcomes.values()]))
        fell_back = any(outcome.engine != self._engine.name for outcome in outcomes.values())
        return Decision(
            urgency=urgency,
            fired=self._fired_rules(facts, outcomes),
            assumptions=(*self._assumptions(outcomes, day), *self._assumed_months(facts, day)),
            engine=self._direct.name if fell_back else self._engine.name,
        )

    def _outcome(self, facts: frozenset[str], day: int) -> _Outcome:
        try:
            return _Outcome(self._engine.fired(facts, day), self._engine.name)
        except Exception as error:
            decided = "the case is decided by the direct engine"
            _log.error("the %s engine failed; %s\n%s", self._engine.name, decided, way_of(error))
            return _Outcome(self._direct.fired(facts, day), self._direct.name)

    def _urgency(self, fired: Iterable[str]) -> Urgency:
        return _BY_RANK[max([self._ranks[rule_id] for rule_id in fired], default=0)]

    def _fired_rules(self, facts: frozenset[str], outcomes: dict[int, _Outcome]) -> tuple[FiredRule, ...]:
        because: dict[str, frozenset[str]] = {}
        for day, fired in self._apart(outcomes):
            for rule_id, found in self._because(facts, day, fired).items():
                because[rule_id] = because.get(rule_id, found) | found
        ids = self._in_order(because)
        return tuple([self._result(rule_id, tuple(sorted(because[rule_id])), outcomes) for rule_id in ids])

    def _apart(self, outcomes: dict[int, _Outcome]) -> Iterable[tuple[int, frozenset[str]]]:
        """The first of the days that none of the rules that fired can tell apart, and what fired then."""
        somewhere = frozenset().union(*[outcome.fired for outcome in outcomes.values()])
        bounds = sorted({cut for rule_id in somewhere for cut in self._cuts_of[rule_id]})
        first = {(bisect_right(bounds, day), outcomes[day].fired): day for day in reversed(outcomes)}
        return [(day, fired) for (_, fired), day in first.items()]

    def _because(self, facts: frozenset[str], day: int, fired: frozenset[str]) -> dict[str, frozenset[str]]:
        """For each rule that fired, the facts of the case that made it hold, through findings it rests on."""
        known = self._known(facts, fired)
        because: dict[str, frozenset[str]] = {}
        behind: dict[str, frozenset[str]] = {}  # the facts behind each finding; lower strata come first
        for rule_id in sorted(fired, key=self._above.__getitem__):
            found = self._grounds_of(rule_id, known, day)
            because[rule_id] = frozenset().union(*[behind.get(fact, (fact,)) for fact in found])
            establishes = self._by_id[rule_id].establishes
            if establishes and (finding := FINDING + establishes) not in facts:
                behind[finding] = behind.get(finding, frozenset()) | because[rule_id]
        return because

    def _grounds_of(self, rule_id: str, known: frozenset[str], day: int) -> frozenset[str]:
        """The grounds of one rule, which depend on no other facts than it names, nor on the day but by its bounds."""
        own, bounds = known & self._names[rule_id], self._cuts_of[rule_id]
        key = rule_id, own, bisect_right(bounds, day)
        return self._grounds.get(key, lambda: grounds(self._by_id[rule_id].condition, own, day))

    def _known(self, facts: frozenset[str], fired: frozenset[str]) -> frozenset[str]:
        rules = (self._by_id[rule_id] for rule_id in fired)
        return facts | {FINDING + rule.establishes for rule in rules if rule.establishes}

    def _result(self, rule_id: str, because: tuple[str, ...], outcomes: dict[int, _Outcome]) -> FiredRule:
        rule = self._by_id[rule_id]
        at_peak = rule.peak is not None and any(
            _at_peak(rule, day) for day, outcome in outcomes.items() if rule_id in outcome.fired
        )
        return self._results.get((rule_id, because, at_peak), lambda: _fired_rule(rule, because, at_peak))

    def _assumptions(self, outcomes: dict[int, _Outcome], day: Day) -> tuple[str, ...]:
        if isinstance(day, tuple):  # each of them is known
            return ()
        everywhere = frozenset.intersection(*(outcome.fired for outcome in outcomes.values()))
        somewhere = frozenset().union(*(outcome.fired for outcome in outcomes.values()))
        known = f"known only as {between(day)}" if isinstance(day, range) else "not known"
        days = f"Days since {self.rulebook.medicine.days_since} are {known}"
        return self._counted_inside(days, somewhere - everywhere)

    def _assumed_months(self, facts: frozenset[str], day: Day) -> tuple[str, ...]:
        """The rules that fire because the months since the first infusion are not known."""
        if not self._outside or not facts.isdisjoint(self.rulebook.since_first):
            return ()
        days = self._intervals_of(day)
        outside = self._direct.held(facts | self._outside, days)
        only = (rule_id for rule_id, held in self._direct.held(facts, days).items() if held & ~outside.get(rule_id, 0))
        return self._counted_inside(f"Months since {self.rulebook.medicine.months_since} are not known", only)

    def _counted_inside(self, what: str, rule_ids: Iterable[str]) -> tuple[str, ...]:
        ids = sorted(rule_ids, key=self._order.__getitem__)
        titles = "; ".join(dict.fromkeys(self._by_id[rule_id].title for rule_id in ids))
        return (f"{what}; counted as inside the window of: {titles}.",) if ids else ()


def between(days: range) -> str:
    """Days for a reader: ``4 to 29``, ``1,462 or more``."""
    if days.stop > LAST_DAY:
        return f"{days.start:,} or more"
    return f"{days.start:,} to {days.stop - 1:,}" if len(days) > 1 else f"{days.start:,}"


def _days_held(condition: Condition, day: int) -> int:
    return sum(holds(leaf, frozenset(), day) for leaf in leaves(condition) if isinstance(leaf, Days))


def _at_peak(rule: Rule, day: int) -> bool:
    return rule.peak is not None and holds(rule.peak.days, frozenset(), day)


def _rank(rule: Rule) -> int:
    """0 for a rule that only establishes a finding."""
    return rule.level.rank if rule.level else 0


def _fired_rule(rule: Rule, because_of: tuple[str, ...], at_peak: bool) -> FiredRule:
    return FiredRule(
        rule=rule.id,
        title=rule.title,
        level=rule.level,
        establishes=rule.establishes,
        because=rule.because,
        limits=rule.limits,
        citations=rule.citations,
        interpretation=rule.interpretation,
        peak=rule.peak.because if rule.peak and at_peak else None,
        window=span(rule.window.first, rule.window.last) if rule.window else None,
        because_of=because_of,
        status=rule.status,
        pack=rule.pack,
    )
