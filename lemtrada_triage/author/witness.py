"""The smallest patient for whom two rulebooks decide differently, by the solver: none found is proof of none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any as Formula

from lemtrada_triage.author.solver import Lineages, Patient, World, all_of, any_of, unlike
from lemtrada_triage.decide.conditions import fired
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.model import Urgency


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rulebook decides: the urgency, and the rules that fired."""

    urgency: Urgency
    fired: frozenset[str]


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
            f"    given: {self.patient.given()}\n"
            f"    expect: {{level: {self.new.urgency.value}, {fired}}}"
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """A rulebook, and what a concept is by the words beside it: itself first, nothing for one that they lack."""

    rulebook: Rulebook
    lineages: Lineages

    def decide(self, patient: Patient) -> Outcome:
        """The outcome for what a patient tells."""
        ids = fired(self.rulebook.rules, frozenset(self._facts(patient)), patient.day)
        levels = [rule.level for rule in self.rulebook.rules if rule.id in ids and rule.level]
        return Outcome(max(levels, default=Urgency.ROUTINE), ids)

    def rule(self, name: str) -> Rule | None:
        """The rule of an id, if there is one."""
        return next((rule for rule in self.rulebook.rules if rule.id == name), None)

    def _facts(self, patient: Patient) -> Iterator[str]:
        for fact in patient.facts:
            manner, colon, concept = fact.rpartition(":")
            if fact in patient.symptoms:
                yield from (f"{manner}{colon}{up}" for up in self.lineages(concept))
            else:
                yield fact


class Comparison:
    """Two judges over the same patients. Needs the solver (see ``solver.needed``)."""

    def __init__(
        self, judges: tuple[Judge, Judge], told: World, sides: tuple[World, World], heard: Iterable[Formula] = ()
    ) -> None:
        self._judges, self._told, self._sides, self._heard = judges, told, sides, list(heard)

    @classmethod
    def of(cls, old: Judge, new: Judge, more: Iterable[str] = ()) -> Comparison:
        """Of two rulebooks and the words beside each: what a patient tells is told to both, and heard by either."""
        asked = old.rulebook.facts | new.rulebook.facts | set(more)
        told = World(old.rulebook, lambda concept: (concept,), asked, "told ")
        first = World(old.rulebook, old.lineages, asked, "old ")
        second = World(new.rulebook, new.lineages, asked, "new ")
        heard = [*first.hears(told, old.lineages), *second.hears(told, new.lineages)]
        return cls((old, new), told, (first, second), heard)

    @classmethod
    def within(cls, world: World, old: Judge, new: Judge) -> Comparison:
        """Of two rulebooks that ask for the same facts, with the same words; ``world`` is decided by the new one."""
        return cls((old, new), world, (world.decided_by(old.rulebook), world))

    def of_rule(self, name: str) -> Witness | None:
        """A smallest patient for whom a rule decides differently: in urgency if there is one, else only in the rule."""
        rules = [judge.rule(name) for judge in self._judges]
        fires = [
            side.holds(rule.condition) if rule else any_of(()) for side, rule in zip(self._sides, rules, strict=True)
        ]
        leads = [(rule.level, rule.establishes) if rule else None for rule in rules]
        about = unlike(*fires) if leads[0] == leads[1] else any_of([unlike(*fires), all_of(fires)])
        return self._witness(about, self._urgency_differs()) or self._witness(about)

    def of_symptom(self, concept: str) -> Witness | None:
        """A smallest patient with a symptom whose urgency differs."""
        return self._witness(self._told.facts[concept], self._urgency_differs())

    def _witness(self, *wanted: Formula) -> Witness | None:
        patient = self._told.smallest(*self._heard, *wanted)
        return Witness(patient, *(judge.decide(patient) for judge in self._judges)) if patient else None

    def _urgency_differs(self) -> Formula:
        return any_of(unlike(*(side.at_least(level) for side in self._sides)) for level in Urgency)
