"""Small changes to rules, and whether cases notice them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.author.cases import Outcome, case_files, run
from lemtrada_triage.author.mutants import mutants_of
from lemtrada_triage.author.mutate import mutate
from lemtrada_triage.author.reasoning import kin_of
from lemtrada_triage.author.unnoticed import reasons
from lemtrada_triage.decide.conditions import All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.history.first import IfUnknown, window
from lemtrada_triage.show.cli import cli

RULES = Path(__file__).resolve().parent.parent / "examples" / "my-rules"
A, B, C = Fact("fever"), Fact("cough"), Fact("rash")
LATER_AND_EARLIER = ("months since first 12-33", "months since first 13-34")


def rule(condition: Condition, level: Urgency = Urgency.GET_HELP_NOW) -> Rule:
    return Rule("one", "One", level, None, condition)


def changes(condition: Condition) -> dict[str, Condition]:
    return {m.change: m.rule.condition for m in mutants_of(rule(condition)) if not m.change.startswith("level")}


def test_a_level_goes_one_up_and_one_down_but_not_past_the_ends():
    def levels(level: Urgency) -> list[Urgency | None]:
        return [mutant.rule.level for mutant in mutants_of(rule(A, level))]

    assert levels(Urgency.GET_HELP_NOW) == [Urgency.CONTACT_PROVIDER_NOW, Urgency.CALL_911]
    assert levels(Urgency.CALL_911) == [Urgency.GET_HELP_NOW]
    assert levels(Urgency.ROUTINE) == [Urgency.CONTACT_PROVIDER]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Any((A, B)), [All((A, B)), Any((B,)), Any((A,))]),
        (All((A, B)), [Any((A, B)), All((B,)), All((A,))]),
        (Nothing((A,)), [Any((A,))]),
        (Days(0, 3), [Days(0, 2), Days(1, 3), Days(0, 4)]),
        (Days(5, None), [Days(4, None), Days(6, None)]),
        (AtLeast(2, (A, B, C)), [AtLeast(n, (A, B, C)) for n in (1, 3)]
            + [AtLeast(2, parts) for parts in ((B, C), (A, C), (A, B))]),
        (All((A, Any((B, C)))), [Any((A, Any((B, C)))), All((Any((B, C)),)), All((A,)), All((A, All((B, C)))),
            All((A, Any((C,)))), All((A, Any((B,))))]),
    ],
)  # fmt: skip
def test_each_part_of_a_condition_is_changed_in_its_ways(condition, expected):
    found = changes(condition)
    assert sorted(map(repr, found.values())) == sorted(map(repr, expected))


def outcomes(triage: Triage, folder: Path, *cases: str) -> list[Outcome]:
    path = folder / "some.test.yaml"
    path.write_text("\n".join(["tests:", *(f"  - {{name: n{n}, {case}}}" for n, case in enumerate(cases))]))
    return list(run(triage, [path]))


def kin(triage: Triage):
    return kin_of(lambda concept: triage.vocabulary.concepts[concept].lineage)


@pytest.mark.parametrize(
    ("expect", "unnoticed"),
    [
        ("{level: contact_provider}", []),
        ("{fired: [hiccups]}", ["level routine instead of contact_provider",
                                "level contact_provider_now instead of contact_provider"]),
        ("{understood: true}", ["level routine instead of contact_provider",
                                "level contact_provider_now instead of contact_provider"]),
    ],
)  # fmt: skip
def test_what_no_case_notices_is_reported(tmp_path, expect, unnoticed):
    triage = Triage(rules=RULES, reader="words")
    found = outcomes(triage, tmp_path, f"given: {{symptoms: [hiccups]}}, expect: {expect}")
    one = Rulebook(tuple(rule for rule in triage.rulebook.rules if rule.id == "hiccups"))
    result = mutate(one, found, kin(triage))
    assert [mutant.change for mutant in result.survivors] == unnoticed
    assert result.tried == 2
    assert str(result).endswith(f"% of the changes are noticed ({2 - len(unnoticed)} of 2)")


def test_a_case_that_fails_notices_nothing(tmp_path):
    triage = Triage(rules=RULES, reader="words")
    wrong = outcomes(triage, tmp_path, "given: {symptoms: [hiccups]}, expect: {level: call_911}")
    assert mutate(triage.rulebook, wrong, kin(triage)).percent == 0


def test_a_change_that_makes_no_difference_to_any_patient_is_left_out(triage):
    """High fever is fever, so it adds nothing beside it."""
    same = Rulebook((rule(Any((Fact("fever"), Fact("high_fever")))),))
    result = mutate(same, [], kin(triage))
    assert result.alike == 1
    assert "without 'high fever'" not in str(result)


def test_other_months_since_the_first_infusion_are_noticed_by_cases_at_the_bounds(triage, tmp_path):
    pytest.importorskip("z3")
    months = window(13, 33, IfUnknown.OUTSIDE)
    own = triage.with_rulebook(replace(triage.rulebook, rules=(rule(All((A, months))),), questions=()))

    def left(*cases: str) -> dict[str, str]:
        survivors = mutate(own.rulebook, outcomes(own, tmp_path, *cases), kin(own), "one").survivors
        return {
            mutant.change: reason for mutant, reason in reasons(own, survivors) if mutant.change.startswith("months")
        }

    given = "given: {symptoms: [fever], months_since_first: %d, days_since_infusion: 0}, expect: {%s: [one]}"
    inside = [given % (month, "fired") for month in (13, 33)]
    missing = left(*inside)
    assert list(missing) == [f"{one} instead of months since first 13-33" for one in LATER_AND_EARLIER]
    for month, reason in zip((12, 34), missing.values(), strict=True):
        assert f"months_since_first: {month}, days_since_infusion: 0" in reason
    assert left(*inside, *(given % (month, "not_fired") for month in (12, 34))) == {}


def test_the_shipped_cases_notice_more_than_nine_changes_in_ten(triage):
    found = run(triage, case_files(triage.rulebook.folders))
    assert mutate(triage.rulebook, found, kin(triage)).percent >= 90


def test_the_command_says_what_survives_and_fails_below_its_bound():
    def command(*arguments: str):
        return CliRunner().invoke(cli, ["mutate", "--rules", str(RULES), *arguments])

    told = command("-k", "last")
    assert told.exit_code == 0
    assert "of the changes are noticed" in told.stdout
    assert command("--fail-under", "100").exit_code == (0 if "100 %" in command().stdout else 1)


def test_of_rules_on_top_of_others_only_those_beside_the_cases_are_changed(tmp_path):
    for name in ("hiccups.yaml", "hiccups.test.yaml", "sources.yaml"):
        (tmp_path / name).write_text((RULES / name).read_text(encoding="utf-8"), encoding="utf-8")
    told = CliRunner().invoke(cli, ["mutate", str(tmp_path)]).stdout
    found = re.search(r"\(\d+ of (\d+)\)", told)
    assert found and int(found[1]) < 20, told


def test_a_change_that_the_shipped_cases_leave_unnoticed_changes_no_urgency(triage):
    """It changes at most which rules are named, or matters to patients that no case can state."""
    pytest.importorskip("z3")
    found = run(triage, case_files(triage.rulebook.folders))
    survivors = mutate(triage.rulebook, found, kin(triage)).survivors
    told = [f"{mutant}\n{reason}" for mutant, reason in reasons(triage, survivors)]
    assert [one for one in told if "\nthis case would notice it" in one] == []
    assert len(told) == len(survivors)


def test_the_case_that_is_missing_notices_the_change(tmp_path):
    pytest.importorskip("z3")
    triage = Triage(rules=RULES, reader="words")
    found = outcomes(triage, tmp_path, "given: {symptoms: []}, expect: {level: routine}")
    survivors = mutate(triage.rulebook, found, kin(triage)).survivors
    missing = [reason for _, reason in reasons(triage, survivors) if "this case would notice it" in reason]
    assert missing
    path = tmp_path / "missing.test.yaml"
    named = (re.sub("name: .*", f"name: n{n}", one.partition("\n")[2]) for n, one in enumerate(missing))
    path.write_text("tests:\n" + "\n".join(named), encoding="utf-8")
    added = list(run(triage, [path]))
    assert [str(outcome) for outcome in added if not outcome.passed] == []
    left = mutate(triage.rulebook, [*found, *added], kin(triage)).survivors
    assert not [one for one, reason in reasons(triage, left) if "this case would notice it" in reason]
