"""The smallest patient for whom two rulebooks decide differently: a search over a rule's own facts and days.

It tries few facts before many and stops after so many tries: what it shows is a difference, but finding none is no
proof that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from lemtrada_triage.authoring.cases import modifiers_with
from lemtrada_triage.authoring.uses import concept_of
from lemtrada_triage.authoring.workbench import Workbench
from lemtrada_triage.conditions import FINDING, names
from lemtrada_triage.engine.direct import DirectEngine
from lemtrada_triage.history.first import is_of_first, month_for
from lemtrada_triage.model import Urgency

TRIES = 30_000
_SIZE = 4
_PLAIN = frozenset({"acute", "unstated"})  # what a symptom is anyhow


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rulebook decides: the urgency, and the rules that fired."""

    urgency: Urgency
    fired: frozenset[str]


@dataclass(frozen=True, slots=True)
class Patient:
    """Facts as a case states them: symptoms such as ``fever`` or ``sudden:confusion``, flags and signals; and a day.

    ``months`` are those since the first infusion; None: not known.
    """

    facts: tuple[str, ...]
    day: int
    months: int | None = None

    @property
    def signals(self) -> list[str]:
        """What only the reader can notice, so that no case can state it."""
        return [fact for fact in self.facts if fact.startswith("signal:")]

    def __str__(self) -> str:
        """As ``given`` in a case."""
        flags = [fact.removeprefix("flag:") for fact in self.facts if fact.startswith("flag:")]
        symptoms = ", ".join(_leaf(fact) for fact in self.facts if concept_of(fact))
        rest = f", flags: [{', '.join(flags)}]" if flags else ""
        rest += "" if self.months is None else f", months_since_first: {self.months}"
        return f"{{symptoms: [{symptoms}]{rest}, days_since_infusion: {self.day}}}"


@dataclass(frozen=True, slots=True)
class Witness:
    """A patient for whom the outcome differs."""

    patient: Patient
    old: Outcome
    new: Outcome

    @property
    def urgent(self) -> bool:
        """Whether the urgency itself differs, not only which rules fire."""
        return self.old.urgency is not self.new.urgency

    def case(self, rule: str) -> str:
        """The new outcome as a case to paste under ``tests:``."""
        fired = f"fired: [{rule}]" if rule in self.new.fired else f"not_fired: [{rule}]"
        return (
            f"  - name: {rule} as it decides now, for this patient\n"
            f"    given: {self.patient}\n"
            f"    expect: {{level: {self.new.urgency.value}, {fired}}}"
        )


class Judge:
    """Decides facts by one workbench."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self._engine = DirectEngine(bench.rulebook)
        self._levels = {rule.id: rule.level for rule in bench.rulebook.rules if rule.level}

    def decide(self, patient: Patient) -> Outcome:
        """The outcome for a patient; a concept that this side does not know is nothing to it."""
        fired = self._engine.fired(frozenset().union(*map(self._facts, patient.facts)), patient.day)
        levels = [self._levels[rule] for rule in fired if rule in self._levels]
        return Outcome(max(levels, default=Urgency.ROUTINE), fired)

    def _facts(self, fact: str) -> frozenset[str]:
        concept = concept_of(fact)
        if concept is None:
            return frozenset({fact})
        known = self.bench.vocabulary.concepts.get(concept)
        kinds = modifiers_with(fact.rpartition(":")[0] or None)
        family = known.lineage if known else ()
        return frozenset(one for name in family for one in (name, *(f"{kind}:{name}" for kind in kinds)))

    def rests_on(self, rule: str) -> frozenset[str]:
        """The facts behind a rule, those behind its findings included; none for a rule that is not here."""
        found = self.bench.by_id.get(rule)
        facts = names(found.condition) if found else frozenset()
        makers = {one.id for one in self.bench.rulebook.rules if one.establishes and FINDING + one.establishes in facts}
        return frozenset(fact for fact in facts if not fact.startswith(FINDING)).union(*map(self.rests_on, makers))


def witness(old: Judge, new: Judge, rule: str, tries: int = TRIES) -> Witness | None:
    """A smallest patient for whom a rule decides differently: in urgency if one is found, else in the rule alone."""
    facts = old.rests_on(rule) | new.rests_on(rule)
    found: Witness | None = None
    for number, patient in enumerate(_patients(facts, _days(old, new))):
        if number >= tries:
            break
        seen = Witness(patient, old.decide(patient), new.decide(patient))
        if not _about(rule, seen, old, new):
            continue
        if seen.urgent:
            return seen
        found = found or seen
    return found


def of_concept(old: Judge, new: Judge, concept: str) -> Witness | None:
    """A day on which a symptom alone is decided differently, because it counts as something else."""
    for patient in _patients([concept], _days(old, new)):
        seen = Witness(patient, old.decide(patient), new.decide(patient))
        if patient.facts and seen.old != seen.new:
            return seen
    return None


def _about(rule: str, seen: Witness, old: Judge, new: Judge) -> bool:
    """Whether the difference is one of this rule: it fires on one side alone, or leads to something else."""
    if (rule in seen.old.fired) != (rule in seen.new.fired):
        return True
    return rule in seen.new.fired and _leads(rule, old) != _leads(rule, new)


def _leads(rule: str, judge: Judge) -> tuple[object, object]:
    found = judge.bench.by_id[rule]
    return found.level, found.establishes


def _days(old: Judge, new: Judge) -> list[int]:
    return sorted({*old.bench.rulebook.days_cuts, *new.bench.rulebook.days_cuts})


def _patients(facts: Iterable[str], days: list[int]) -> Iterator[Patient]:
    """Few facts before many, plain ones before others, early days before late ones."""
    stated = sorted({_stated(fact) for fact in facts}, key=lambda fact: (":" in fact, fact))
    for size in range(_SIZE + 1):
        for chosen in combinations(stated, size):
            first = frozenset(filter(is_of_first, chosen))
            months = month_for(first, filter(is_of_first, stated)) if first else None
            if months is not None or not first:
                yield from (Patient(chosen, day, months) for day in days)


def _stated(fact: str) -> str:
    kind, _, name = fact.rpartition(":")
    return name if kind in _PLAIN else fact


def _leaf(fact: str) -> str:
    kind, _, name = fact.rpartition(":")
    return f"{{{kind}: {name}}}" if kind else name
