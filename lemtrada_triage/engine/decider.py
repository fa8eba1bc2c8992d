"""From facts to a decision: which rules fired, how urgent that makes it, and what could change it."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from lemtrada_triage.conditions import FINDING, Trace, grounds, holds, span, trace
from lemtrada_triage.engine import durable
from lemtrada_triage.engine.direct import DirectEngine
from lemtrada_triage.engine.durable import DurableEngine
from lemtrada_triage.history.first import OUTSIDE
from lemtrada_triage.model import FiredRule, InputError, Urgency
from lemtrada_triage.rulebook import Rule, Rulebook

ENGINES = ("auto", "durable", "direct")
REMEMBERED = 50_000

_log = logging.getLogger("lemtrada_triage")
K = TypeVar("K")
V = TypeVar("V")
Day = int | tuple[int, ...] | None
"""The day of a case; several of them, each of which counts; None: not known, so that every day counts."""


class Engine(Protocol):
    """Finds the rules that hold for the facts on a day."""

    name: str

    def fired(self, facts: frozenset[str], day: int) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """The urgency of a case and what led to it. ``engine`` names the one that decided."""

    urgency: Urgency
    fired: tuple[FiredRule, ...]
    assumptions: tuple[str, ...]
    ask: tuple[str, ...]
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
        self._engine = _engine(rulebook, engine, self._direct)
        self._order = {rule.id: place for place, rule in enumerate(rulebook.rules)}
        self._by_id = {rule.id: rule for rule in rulebook.rules}
        self._rules = [rule for stratum in rulebook.strata for rule in stratum]
        self._cuts = rulebook.days_cuts
        self._relevant = rulebook.facts.union(*(question.about for question in rulebook.questions))
        self._outside = frozenset(fact for fact in rulebook.since_first if fact.startswith(OUTSIDE))
        self._decisions: _Memo[tuple[frozenset[str], Day], Decision] = _Memo(REMEMBERED)
        self._verdicts: _Memo[tuple[frozenset[str], int | None], Verdict] = _Memo(REMEMBERED)
        self._results: _Memo[tuple[str, tuple[str, ...], bool], FiredRule] = _Memo(REMEMBERED)

    def __reduce__(self) -> tuple[type[Decider], tuple[Rulebook, str]]:
        return Decider, (self.rulebook, self._asked)

    def decide(self, facts: frozenset[str], day: Day) -> Decision:
        """The decision on a case. An unknown day (None) counts as inside every window at once, several days as inside
        the windows of each."""
        relevant = facts & self._relevant
        first = self._first_days(day)
        return self._decisions.get((relevant, first), lambda: self._decide(relevant, first))

    def verdict(self, facts: frozenset[str], day: int | None) -> Verdict:
        """The urgency of a case and the rules that fired, as ``decide`` has them, without grounds and questions."""
        relevant = facts & self._relevant
        first = self.first_day(day)
        return self._verdicts.get((relevant, first), lambda: self._verdict(relevant, first))

    def first_day(self, day: int | None) -> int | None:
        """The first day of the interval of a day, which stands for all its days: no rule can tell them apart."""
        return None if day is None else self._cuts[bisect_right(self._cuts, day) - 1]

    def _first_days(self, day: Day) -> int | tuple[int, ...] | None:
        if not isinstance(day, tuple):
            return self.first_day(day)
        found = tuple(sorted({self._cuts[bisect_right(self._cuts, one) - 1] for one in day}))
        return found if len(found) > 1 else found[0]

    def why(self, rule_id: str, facts: frozenset[str], day: Day) -> Trace:
        """The trace of one rule, fired or not, findings included: of several days, on the first on which it fired.

        Raises KeyError for an unknown rule.
        """
        condition = self._by_id[rule_id].condition
        known = facts.union(*(self._known(facts, self._direct.fired(facts, one)) for one in self._days(day)))
        if isinstance(day, tuple):
            day = next((one for one in day if holds(condition, known, one)), day[0])
        return trace(condition, known, day)

    def _days(self, day: Day) -> tuple[int, ...]:
        return self._cuts if day is None else day if isinstance(day, tuple) else (day,)

    def _verdict(self, facts: frozenset[str], known_day: int | None) -> Verdict:
        fired = frozenset().union(*[outcome.fired for outcome in self._outcomes(facts, known_day).values()])
        return Verdict(self._urgency(fired), tuple(self._in_order(fired)))

    def _outcomes(self, facts: frozenset[str], known_day: Day) -> dict[int, _Outcome]:
        return {day: self._outcome(facts, day) for day in self._days(known_day)}

    def _in_order(self, rule_ids: Iterable[str]) -> list[str]:
        """Rules, the most urgent first."""
        return sorted(rule_ids, key=lambda rule_id: (-_rank(self._by_id[rule_id]), self._order[rule_id]))

    def _decide(self, facts: frozenset[str], known_day: Day) -> Decision:
        outcomes = self._outcomes(facts, known_day)
        urgency = max(self._urgency(outcome.fired) for outcome in outcomes.values())
        fell_back = any(outcome.engine != self._engine.name for outcome in outcomes.values())
        return Decision(
            urgency=urgency,
            fired=self._fired_rules(facts, outcomes),
            assumptions=(*self._assumptions(outcomes, known_day), *self._assumed_months(facts, outcomes)),
            ask=self._ask(facts, outcomes, urgency, known_day),
            engine=self._direct.name if fell_back else self._engine.name,
        )

    def _outcome(self, facts: frozenset[str], day: int) -> _Outcome:
        try:
            return _Outcome(self._engine.fired(facts, day), self._engine.name)
        except Exception:
            _log.exception("the %s engine failed; the case is decided by the direct engine", self._engine.name)
            return _Outcome(self._direct.fired(facts, day), self._direct.name)

    def _urgency(self, fired: Iterable[str]) -> Urgency:
        levels = (self._by_id[rule_id].level for rule_id in fired)
        return max((level for level in levels if level), default=Urgency.ROUTINE)

    def _fired_rules(self, facts: frozenset[str], outcomes: dict[int, _Outcome]) -> tuple[FiredRule, ...]:
        because: dict[str, frozenset[str]] = {}
        for day, outcome in outcomes.items():
            for rule_id, found in self._because(facts, day, outcome.fired).items():
                because[rule_id] = because.get(rule_id, found) | found
        ids = self._in_order(because)
        return tuple(self._result(rule_id, tuple(sorted(because[rule_id])), outcomes) for rule_id in ids)

    def _because(self, facts: frozenset[str], day: int, fired: frozenset[str]) -> dict[str, frozenset[str]]:
        """For each rule that fired, the facts of the case that made it hold, through findings it rests on."""
        known = self._known(facts, fired)
        because: dict[str, frozenset[str]] = {}
        behind: dict[str, frozenset[str]] = {}  # the facts behind each finding; lower strata come first
        for rule in self._rules:
            if rule.id in fired:
                found = grounds(rule.condition, known, day)
                because[rule.id] = frozenset().union(*(behind.get(fact, frozenset({fact})) for fact in found))
                if rule.establishes and (finding := FINDING + rule.establishes) not in facts:
                    behind[finding] = behind.get(finding, frozenset()) | because[rule.id]
        return because

    def _known(self, facts: frozenset[str], fired: frozenset[str]) -> frozenset[str]:
        rules = (self._by_id[rule_id] for rule_id in fired)
        return facts | {FINDING + rule.establishes for rule in rules if rule.establishes}

    def _result(self, rule_id: str, because: tuple[str, ...], outcomes: dict[int, _Outcome]) -> FiredRule:
        rule = self._by_id[rule_id]
        at_peak = any(_at_peak(rule, day) for day, outcome in outcomes.items() if rule_id in outcome.fired)
        return self._results.get((rule_id, because, at_peak), lambda: _fired_rule(rule, because, at_peak))

    def _assumptions(self, outcomes: dict[int, _Outcome], known_day: Day) -> tuple[str, ...]:
        if known_day is not None:
            return ()
        everywhere = frozenset.intersection(*(outcome.fired for outcome in outcomes.values()))
        somewhere = frozenset().union(*(outcome.fired for outcome in outcomes.values()))
        return self._counted_inside(f"Days since {self.rulebook.medicine.days_since}", somewhere - everywhere)

    def _assumed_months(self, facts: frozenset[str], outcomes: Iterable[int]) -> tuple[str, ...]:
        """The rules that fire because the months since the first infusion are not known."""
        if not self._outside or not facts.isdisjoint(self.rulebook.since_first):
            return ()
        only = (self._direct.fired(facts, day) - self._direct.fired(facts | self._outside, day) for day in outcomes)
        months = f"Months since {self.rulebook.medicine.months_since}"
        return self._counted_inside(months, frozenset().union(*only))

    def _counted_inside(self, what: str, rule_ids: Iterable[str]) -> tuple[str, ...]:
        ids = sorted(rule_ids, key=self._order.__getitem__)
        titles = "; ".join(dict.fromkeys(self._by_id[rule_id].title for rule_id in ids))
        return (f"{what} are not known; counted as inside the window of: {titles}.",) if ids else ()

    def _ask(
        self, facts: frozenset[str], outcomes: dict[int, _Outcome], urgency: Urgency, known_day: Day
    ) -> tuple[str, ...]:
        asked = []
        if known_day is None and any(self._urgency(outcome.fired) != urgency for outcome in outcomes.values()):
            asked.append(self.rulebook.medicine.ask_days)
        for question in self.rulebook.questions:
            if question.about & facts and self._supposed(facts | question.adds, outcomes) > urgency:
                asked.append(question.ask)
        return tuple(dict.fromkeys(asked))

    def _supposed(self, facts: frozenset[str], days: Iterable[int]) -> Urgency:
        """The urgency that a case would have. It decides nothing, so the direct engine will do."""
        return max(self._urgency(self._direct.fired(facts, day)) for day in days)


def _engine(rulebook: Rulebook, name: str, direct: DirectEngine) -> Engine:
    if name not in ENGINES:
        raise InputError(f"unknown engine {name!r}; choose from {', '.join(ENGINES)}")
    reason = durable.missing()
    if name == "durable" and reason:
        raise InputError(f"the durable engine is not available: {reason}. Use engine='direct', which decides the same")
    if name == "direct" or reason:
        return direct
    try:
        return DurableEngine(rulebook)
    except Exception as error:  # an EngineLimit, or a rulebook that trips the compiler: the meaning is the same
        _log.warning("all cases are decided by the direct engine: %s", error)
        return direct


def _at_peak(rule: Rule, day: int) -> bool:
    return rule.peak is not None and holds(rule.peak.days, frozenset(), day)


def _rank(rule: Rule) -> int:
    return rule.level.rank if rule.level else 0


def _fired_rule(rule: Rule, because_of: tuple[str, ...], at_peak: bool) -> FiredRule:
    return FiredRule.trusted(
        {
            "rule": rule.id,
            "title": rule.title,
            "level": rule.level,
            "establishes": rule.establishes,
            "because": rule.because,
            "limits": rule.limits,
            "citations": rule.citations,
            "interpretation": rule.interpretation,
            "peak": rule.peak.because if rule.peak and at_peak else None,
            "window": span(rule.window.first, rule.window.last) if rule.window else None,
            "because_of": because_of,
            "status": rule.status,
            "pack": rule.pack,
        }
    )


class _Memo(Generic[K, V]):
    """Remembers up to ``size`` answers, then starts afresh.

    It has no lock: each step is one operation on a dict, so two threads can at worst find an answer twice.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[K, V] = {}

    def get(self, key: K, find: Callable[[], V]) -> V:
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= self._size:
                self._known = {}
            known = self._known[key] = find()
        return known
