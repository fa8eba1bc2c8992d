"""Why no case notices a change of a rule: it matters to no patient, or a case is missing, which is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import yaml

from lemtrada_triage.author.cases import Given, facts_of
from lemtrada_triage.author.mutants import Mutant
from lemtrada_triage.author.solver import NEEDED, Patient, World, installed
from lemtrada_triage.author.witness import Comparison, Judge, Witness
from lemtrada_triage.decide.conditions import names
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.history.first import is_of_first
from lemtrada_triage.triage import Triage


def reasons(triage: Triage, survivors: Sequence[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Each change with its reason, or with what is missing to find it."""
    if not survivors or not installed():
        yield from ((mutant, f"to know why: {NEEDED}") for mutant in survivors)
        return
    concepts, rulebook = triage.vocabulary.concepts, triage.rulebook
    right = Judge(rulebook, lambda concept: concepts[concept].lineage)
    asked = frozenset().union(*(names(mutant.rule.condition) for mutant in survivors))
    world = World(rulebook, right.lineages, asked)
    for mutant in survivors:
        wrong = Judge(replace(rulebook, rules=tuple(_mutated(rulebook.rules, mutant))), right.lineages)
        found = Comparison.within(world, wrong, right).of_rule(mutant.rule.id)
        yield mutant, _reason(triage, mutant.rule.id, wrong, right, found)


def _mutated(rules: Iterable[Rule], mutant: Mutant) -> Iterator[Rule]:
    return (mutant.rule if rule.id == mutant.rule.id else rule for rule in rules)


def _reason(triage: Triage, rule: str, wrong: Judge, right: Judge, found: Witness | None) -> str:
    if found is None:
        return "for no patient does this rule then decide anything else"
    if not found.urgent and rule in found.old.fired & found.new.fired:
        return "no patient's urgency changes: other rules on the same signs always lead to as much"
    stated = _as_a_case_states_it(triage, found.patient)
    if wrong.decide(stated) == right.decide(stated):
        return f"no case can state the patients for whom it matters, such as {', '.join(sorted(found.patient.facts))}"
    missing = Witness(found.patient, wrong.decide(stated), right.decide(stated))
    only = "" if found.urgent else "no patient's urgency changes, only whether this rule is named; "
    return f"{only}this case would notice it:\n{missing.case(rule)}"


def _as_a_case_states_it(triage: Triage, patient: Patient) -> Patient:
    """The patient that is left when a case is written: it knows no signals, and one manner for each symptom."""
    given = Given.model_validate(yaml.safe_load(patient.given()))
    same = (fact for fact in patient.facts if fact.startswith("flag:") or is_of_first(fact))
    return replace(patient, facts=facts_of(triage, given).union(same))
