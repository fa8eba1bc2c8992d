"""Proves for all combinations of facts and days what the rules promise, or shows a smallest patient that breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any as Formula

from lemtrada_triage.author.properties import Property, load_properties
from lemtrada_triage.author.solver import Lineages, Patient, Search, World, all_of, implies, needed, no, satisfiable
from lemtrada_triage.decide.conditions import fired, names
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import RulebookError, Urgency
from lemtrada_triage.triage import Triage

_LEVELS = [level for level in Urgency if level is not Urgency.ROUTINE]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One property; ``broken`` says how it fails, with a case, and is empty when it is proved."""

    id: str
    says: str
    broken: str = ""

    @property
    def proved(self) -> bool:
        """Whether it holds for every patient."""
        return not self.broken

    def __str__(self) -> str:
        first = f"{'proved ' if self.proved else 'REFUTED'} {self.id}: {self.says}"
        return f"{first}\n{self.broken}" if self.broken else first


class Prover:
    """Proves properties of one rulebook; ``lineages`` gives what a concept is, itself first."""

    def __init__(self, rulebook: Rulebook, lineages: Lineages) -> None:
        self._rulebook = rulebook
        self._lineages = lineages

    def all(self, properties: Iterable[Property]) -> Iterator[Verdict]:
        """What is built in, then the properties."""
        yield self.monotone_in_symptoms()
        yield self.monotone_in_unknown_days()
        yield self.no_dead_rule()
        yield from map(self.property, properties)

    def property(self, promise: Property) -> Verdict:
        """Whether a promise holds for every patient on every day."""
        only = promise.nothing_but or ()
        world = World(self._rulebook, self._lineages, names(promise.whenever) | {*only})
        when = [world.holds(promise.whenever)]
        when += [world.nothing_but(only, self._lineages)] if promise.nothing_but is not None else []
        if not satisfiable(world.possible, *when):
            return Verdict(promise.id, promise.says, f"  no patient is meant by it: see {promise.place}")
        for level, broken in self._broken(promise, world):
            if patient := world.smallest(*when, broken):
                return Verdict(promise.id, promise.says, self._case(promise.says, patient, level))
        return Verdict(promise.id, promise.says)

    def _broken(self, promise: Property, world: World) -> Iterator[tuple[Urgency, Formula]]:
        if promise.at_least:
            yield promise.at_least, no(world.at_least(promise.at_least))
        if promise.at_most and promise.at_most is not Urgency.CALL_911:
            yield promise.at_most, world.at_least(_next(promise.at_most))

    def monotone_in_symptoms(self) -> Verdict:
        """Adding a present symptom, a flag or a signal never lowers the level."""
        less, more = (World(self._rulebook, self._lineages, prefix=prefix) for prefix in ("", "more "))
        added = all_of(implies(less.facts[fact], more.facts[fact]) for fact in less.facts)
        says = "adding a symptom never lowers the level"
        for level in _LEVELS:
            broken = [more.possible, added, less.at_least(level), no(more.at_least(level))]
            if patient := less.smallest(*broken):
                return Verdict("monotone-in-symptoms", says, self._case(says, patient, level, "with one more symptom"))
        return Verdict("monotone-in-symptoms", says)

    def monotone_in_unknown_days(self) -> Verdict:
        """Not knowing the day never lowers the level."""
        world, says = World(self._rulebook, self._lineages), "not knowing when treatment was never lowers the level"
        for level in _LEVELS:
            if patient := world.smallest(world.at_least(level), no(world.at_least_without_days(level))):
                return Verdict("monotone-in-unknown-days", says, self._case(says, patient, level, "without days"))
        return Verdict("monotone-in-unknown-days", says)

    def no_dead_rule(self) -> Verdict:
        """Every rule can fire."""
        world, says = World(self._rulebook, self._lineages), "every rule fires for some patient"
        search = Search(world.possible)
        dead = [rule.id for rule in self._rulebook.rules if not search.satisfiable(world.holds(rule.condition))]
        return Verdict("no-dead-rule", says, f"  never fires: {', '.join(dead)}" if dead else "")

    def _case(self, says: str, patient: Patient, level: Urgency, but: str = "") -> str:
        ids = fired(self._rulebook.rules, patient.facts, patient.day)
        levels = [rule.level for rule in self._rulebook.rules if rule.id in ids and rule.level]
        got = max(levels, default=Urgency.ROUTINE)
        signals = sorted(fact for fact in patient.facts if fact.startswith("signal:"))
        remarks = [*([but] if but else []), *signals, f"the rules lead to {got.value}"]
        lines = [
            f"  - name: {says[:1].upper()}{says[1:]}".rstrip("."),
            f"    given: {patient.given()}",
            f"    expect: {{level: {level.value}}}  # {'; '.join(remarks)}",
        ]
        return "\n".join(lines)


def _next(level: Urgency) -> Urgency:
    levels = list(Urgency)
    return levels[levels.index(level) + 1]


def prove(triage: Triage) -> Iterator[Verdict]:
    """The verdicts on what is built in and on the properties of each folder of rules.

    Raises InputError without the solver, RulebookError for mistakes in the properties.
    """
    needed()
    rulebook, known = triage.rulebook, triage.vocabulary.concepts
    findings = frozenset(rule.establishes for rule in rulebook.rules if rule.establishes)
    flags = rulebook.medicine.flags
    read = [load_properties(folder, frozenset(known), findings, flags) for folder in rulebook.folders]
    if problems := [problem for _, found in read for problem in found]:
        raise RulebookError(problems)
    prover = Prover(rulebook, lambda concept: known[concept].lineage)
    yield from prover.all(promise for promises, _ in read for promise in promises)
