"""From facts to a decision: which rules fired, how urgent that makes it, and what could change it."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from lemtrada_triage.conditions import FINDING, Trace, grounds, holds, span, trace
from lemtrada_triage.engine import durable
from lemtrada_triage.engine.columns import Column, ColumnEngine, column_of, places_of
from lemtrada_triage.engine.direct import DirectEngine
from lemtrada_triage.engine.durable import DurableEngine
from lemtrada_triage.model import FiredRule, InputError, Urgency
from lemtrada_triage.rulebook import Rule, Rulebook

ENGINES = ("auto", "durable", "direct")
REMEMBERED = 50_000
_AT_ONCE = 4_096  # cases whose columns are in memory together

_log = logging.getLogger("lemtrada_triage")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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
        self._columns = ColumnEngine(rulebook)
        self._engine = _engine(rulebook, engine, self._direct)
        self._order = {rule.id: place for place, rule in enumerate(rulebook.rules)}
        self._by_id = {rule.id: rule for rule in rulebook.rules}
        self._rules = [rule for stratum in rulebook.strata for rule in stratum]
        self._cuts = rulebook.days_cuts
        self._relevant = rulebook.facts.union(*(question.about for question in rulebook.questions))
        self._decisions: _Memo[tuple[frozenset[str], int | None], Decision] = _Memo(REMEMBERED)
        self._verdicts: _Memo[tuple[frozenset[str], int | None], Verdict] = _Memo(REMEMBERED)
        self._results: _Memo[tuple[str, tuple[str, ...], bool], FiredRule] = _Memo(REMEMBERED)

    def __reduce__(self) -> tuple[type[Decider], tuple[Rulebook, str]]:
        return Decider, (self.rulebook, self._asked)

    def decide(self, facts: frozenset[str], day: int | None) -> Decision:
        """The decision on a case. An unknown day (None) counts as inside every window at once."""
        relevant = facts & self._relevant
        first = self.first_day(day)
        return self._decisions.get((relevant, first), lambda: self._decide(relevant, first))

    def verdict(self, facts: frozenset[str], day: int | None) -> Verdict:
        """The urgency of a case and the rules that fired, as ``decide`` has them, without grounds and questions."""
        relevant = facts & self._relevant
        first = self.first_day(day)
        return self._verdicts.get((relevant, first), lambda: self._verdict(relevant, first))

    def verdicts(
        self, cases: Sequence[tuple[Iterable[K], int | None]], facts_of: Callable[[K], Iterable[str]]
    ) -> list[Verdict]:
        """The same for many cases: what each says, of which ``facts_of`` gives the facts, and its day.

        They are decided together, by columns, unless ``durable`` is asked for by name.
        """
        if self._asked == "durable":
            return [self.verdict(frozenset().union(*map(facts_of, said)), day) for said, day in cases]
        parts = (cases[start : start + _AT_ONCE] for start in range(0, len(cases), _AT_ONCE))
        return [verdict for part in parts for verdict in self._by_columns(part, facts_of)]

    def _by_columns(
        self, cases: Sequence[tuple[Iterable[K], int | None]], facts_of: Callable[[K], Iterable[str]]
    ) -> list[Verdict]:
        """A case of an unknown day has a place in the columns for each interval, and what fires in any of them."""
        places = defaultdict[K, list[int]](list)
        days: list[int] = []
        owners: list[int] = []
        for number, (said, day) in enumerate(cases):
            own = self._cuts if day is None else (day,)
            span = range(len(days), len(days) + len(own))
            days += own
            owners += [number] * len(own)
            for what in said:
                places[what] += span
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
        return [Verdict(self._urgency(rules[:1]), tuple(rules)) for rules in fired]

    def first_day(self, day: int | None) -> int | None:
        """The first day of the interval of a day, which stands for all its days: no rule can tell them apart."""
        return None if day is None else self._cuts[bisect_right(self._cuts, day) - 1]

    def why(self, rule_id: str, facts: frozenset[str], day: int | None) -> Trace:
        """The trace of one rule, fired or not, findings included. Raises KeyError for an unknown rule."""
        days = self._cuts if day is None else (day,)
        known = facts.union(*(self._known(facts, self._direct.fired(facts, day)) for day in days))
        return trace(self._by_id[rule_id].condition, known, day)

    def _verdict(self, facts: frozenset[str], known_day: int | None) -> Verdict:
        fired = frozenset().union(*[outcome.fired for outcome in self._outcomes(facts, known_day).values()])
        return Verdict(self._urgency(fired), tuple(self._in_order(fired)))

    def _outcomes(self, facts: frozenset[str], known_day: int | None) -> dict[int, _Outcome]:
        days = self._cuts if known_day is None else (known_day,)
        return {day: self._outcome(facts, day) for day in days}

    def _in_order(self, rule_ids: Iterable[str]) -> list[str]:
        """Rules, the most urgent first."""
        return sorted(rule_ids, key=lambda rule_id: (-_rank(self._by_id[rule_id]), self._order[rule_id]))

    def _decide(self, facts: frozenset[str], known_day: int | None) -> Decision:
        outcomes = self._outcomes(facts, known_day)
        urgency = max(self._urgency(outcome.fired) for outcome in outcomes.values())
        fell_back = any(outcome.engine != self._engine.name for outcome in outcomes.values())
        return Decision(
            urgency=urgency,
            fired=self._fired_rules(facts, outcomes),
            assumptions=self._assumptions(outcomes),
            ask=self._ask(facts, outcomes, urgency),
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

    def _assumptions(self, outcomes: dict[int, _Outcome]) -> tuple[str, ...]:
        everywhere = frozenset.intersection(*(outcome.fired for outcome in outcomes.values()))
        somewhere = frozenset().union(*(outcome.fired for outcome in outcomes.values()))
        ids = sorted(somewhere - everywhere, key=self._order.__getitem__)
        if not ids:
            return ()
        titles = "; ".join(dict.fromkeys(self._by_id[rule_id].title for rule_id in ids))
        since = self.rulebook.medicine.days_since
        return (f"Days since {since} are not known; counted as inside the window of: {titles}.",)

    def _ask(self, facts: frozenset[str], outcomes: dict[int, _Outcome], urgency: Urgency) -> tuple[str, ...]:
        asked = []
        if any(self._urgency(outcome.fired) != urgency for outcome in outcomes.values()):
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
