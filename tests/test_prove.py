"""Promises about the rules, proved for all patients or refuted with a smallest one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import conditions

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.author import solver
from lemtrada_triage.author.cases import case_files, run
from lemtrada_triage.author.check import check
from lemtrada_triage.author.properties import load_properties
from lemtrada_triage.author.prove import Prover, prove
from lemtrada_triage.decide.conditions import All, Any, Days, Fact, Nothing
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.history.past import lasting_days
from lemtrada_triage.model import InputError, RulebookError
from lemtrada_triage.show.cli import cli

pytest.importorskip("z3")

PROMISE = """properties:
  - id: promise
    says: a promise
    whenever: {whenever}
    {bound}
"""


def book(*rules: tuple[str, Urgency | None, object]) -> Rulebook:
    return Rulebook(tuple(
        Rule(f"r{n}", "R", level, None if level else name, condition)  # type: ignore[arg-type]
        for n, (name, level, condition) in enumerate(rules)
    ))  # fmt: skip


def lineage(concept: str) -> tuple[str, ...]:
    return {"high_fever": ("high_fever", "fever")}.get(concept, (concept,))


def promise(folder: Path, whenever: str, bound: str):
    (folder / "properties.yaml").write_text(PROMISE.format(whenever=whenever, bound=bound))
    ((found,), problems) = load_properties(folder, None, frozenset({"hot"}), ())
    assert problems == []
    return found


NOW, CALL = Urgency.CONTACT_PROVIDER_NOW, Urgency.CALL_911


def test_a_counterexample_of_the_past_is_a_case_and_a_longer_past_holds_a_shorter_one(tmp_path):
    week, month = Fact(lasting_days(7, "hot")), Fact(lasting_days(30, "hot"))
    rules = book(("a", NOW, All((Fact("hot"), week))))
    world = solver.World(rules, lineage, {month.name})
    found = world.smallest(world.holds(month))
    assert found is not None and {week.name, month.name} <= found.facts
    assert "past: {hot: {lasting_days: 30}}" in found.given()


def test_the_shipped_rules_keep_every_promise(triage):
    verdicts = list(prove(triage))
    assert [str(verdict) for verdict in verdicts if not verdict.proved] == []
    assert len(verdicts) >= 20


def test_a_promise_is_proved_through_findings_and_finer_concepts(tmp_path):
    rules = book(("hot", None, Fact("fever")), ("", CALL, Fact("finding:hot")))
    assert Prover(rules, lineage).property(promise(tmp_path, "high_fever", "at_least: call_911")).proved


def test_a_broken_promise_shows_a_smallest_patient(tmp_path):
    rules = book(("", CALL, All((Fact("fever"), Days(0, 3)))), ("", NOW, Fact("cough")))
    verdict = Prover(rules, lineage).property(promise(tmp_path, "fever", "at_least: call_911"))
    assert not verdict.proved
    day = int(re.search(r"days_since_infusion: (\d+)", verdict.broken)[1])
    assert day > 3
    assert f"given: {{symptoms: [fever], days_since_infusion: {day}}}" in verdict.broken
    assert "expect: {level: call_911}  # the rules lead to routine" in verdict.broken


def test_an_upper_bound_is_held_for_patients_with_nothing_else(tmp_path):
    rules = book(("", NOW, Fact("cough")), ("", CALL, All((Fact("cough"), Fact("sudden:cough")))))
    whenever = "{none: [{sudden: cough}]}\n    nothing_but: [cough]"
    assert Prover(rules, lineage).property(promise(tmp_path, whenever, "at_most: contact_provider_now")).proved
    broken = Prover(rules, lineage).property(promise(tmp_path, whenever, "at_most: contact_provider"))
    assert "symptoms: [cough]" in broken.broken


def test_a_promise_that_means_no_patient_is_not_kept(tmp_path):
    rules = book(("", NOW, Fact("cough")))
    found = promise(tmp_path, "{all: [cough, {none: [cough]}]}", "at_least: call_911")
    assert "no patient is meant" in Prover(rules, lineage).property(found).broken


def test_a_rule_that_lowers_the_level_when_a_symptom_is_added_is_found():
    rules = book(("", CALL, All((Fact("fever"), Nothing((Fact("cough"),))))))
    verdict = Prover(rules, lineage).monotone_in_symptoms()
    assert "symptoms: [fever]" in verdict.broken
    assert "with one more symptom" in verdict.broken


def test_rules_without_none_are_monotone_and_unknown_days_are_safe():
    prover = Prover(book(("", CALL, Any((All((Fact("fever"), Days(2, 9))), Fact("cough"))))), lineage)
    assert prover.monotone_in_symptoms().proved
    assert prover.monotone_in_unknown_days().proved


def test_a_dead_rule_is_named():
    rules = book(("", CALL, Fact("fever")), ("", NOW, All((Fact("high_fever"), Nothing((Fact("fever"),))))))
    assert Prover(rules, lineage).no_dead_rule().broken.strip() == "never fires: r1"


@settings(max_examples=60)
@given(condition=conditions(), facts=st.frozensets(st.sampled_from("abcdefgh")), day=st.integers(0, 45))
def test_a_formula_means_what_its_condition_means(condition, facts, day):
    from lemtrada_triage.decide.conditions import holds

    rules = book(("", CALL, condition))
    world = solver.World(rules, lambda concept: (concept,), [*"abcdefgh"])
    known = [variable == (fact in facts) for fact, variable in world.facts.items() if ":" not in fact]
    onset = [variable == (fact[fact.index(":") + 1 :] in facts and fact.split(":")[0] in ("sudden", "acute"))
             for fact, variable in world.facts.items() if ":" in fact and not fact.startswith("flag")]  # fmt: skip
    flags = [variable == False for fact, variable in world.facts.items() if fact.startswith("flag")]  # noqa: E712
    closed = facts | {f"{modifier}:{fact}" for fact in facts for modifier in ("sudden", "acute")}
    found = solver.satisfiable(
        world.possible, *known, *onset, *flags, world.day == day, world.holds(condition)
    )  # fmt: skip
    assert found == holds(condition, frozenset(closed), day)


def test_the_case_of_a_refutation_can_be_pasted_and_fails_as_told(tmp_path):
    rules = Path(__file__).resolve().parent.parent / "examples" / "my-rules"
    for path in rules.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = PROMISE.format(whenever="{lasting: hiccups}", bound="at_least: call_911")
    (tmp_path / "properties.yaml").write_text(text)
    told = CliRunner().invoke(cli, ["prove", "--rules", str(tmp_path)])
    assert told.exit_code == 1
    assert "3 proved, 1 refuted" in told.stdout
    pasted = tmp_path / "pasted.test.yaml"
    case = told.stdout.partition("REFUTED promise: a promise\n")[2].rpartition("\n3 proved")[0]
    pasted.write_text(f"tests:\n{case}\n")
    (outcome,) = run(Triage(rules=tmp_path, reader="words"), case_files([pasted]))
    assert [each.text for each in outcome.differences] == ["level: expected call_911, got contact_provider_now"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{id: a, says: b, at_least: call_911}", "say when it holds"),
        ("{id: a, says: b, whenever: fever}", "say what is promised"),
        ("{id: a, says: b, whenever: fevr, at_least: call_911}", "did you mean 'fever'?"),
        ("{id: a, says: b, nothing_but: [fevr], at_least: call_911}", "did you mean 'fever'?"),
        ("{id: a, says: b, whenevr: fever, at_least: call_911}", "did you mean 'whenever'?"),
        ("{id: a, says: b, whenever: fever, at_least: call_912}", "did you mean 'call_911'?"),
    ],
)
def test_a_mistake_in_a_property_is_told_with_its_place(tmp_path, text, told):
    (tmp_path / "properties.yaml").write_text(f"properties:\n  - {text}\n")
    _, problems = load_properties(tmp_path, frozenset({"fever"}), frozenset(), ())
    assert told in "\n".join(map(str, problems))
    assert all(problem.line == 2 for problem in problems)


def test_check_and_prove_tell_the_same_mistake(tmp_path):
    rules = Path(__file__).resolve().parent.parent / "examples" / "my-rules"
    for path in rules.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    entry = "{id: a, says: b, whenever: hicups, at_least: routine}"
    (tmp_path / "properties.yaml").write_text(f"properties:\n  - {entry}\n")
    with pytest.raises(RulebookError, match="did you mean 'hiccups'"):
        list(prove(Triage(rules=tmp_path, reader="words")))
    errors = [problem.code for problem in check([tmp_path]).problems if problem.severity == "error"]
    assert errors == ["unknown-concept"]


def test_without_the_solver_the_extra_is_named(triage, monkeypatch):
    monkeypatch.setattr(solver, "z3", None)
    with pytest.raises(InputError, match=r"lemtrada-triage\[author\]"):
        list(prove(triage))
