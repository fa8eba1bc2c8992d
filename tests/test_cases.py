"""Running the cases of a rule author: what passes, what differs and where, and what a mistake looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lemtrada_triage import Triage
from lemtrada_triage.author.cases import Outcome, case_files, run
from lemtrada_triage.model import InputError, RulebookError
from lemtrada_triage.show.cli import cli

RULES = Path(__file__).resolve().parent.parent / "examples" / "my-rules"


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage(rules=RULES, reader="words")


def outcomes(triage: Triage, folder: Path, *tests: str) -> list[Outcome]:
    path = folder / "some.test.yaml"
    path.write_text("tests:\n" + "\n".join(tests), encoding="utf-8")
    return list(run(triage, [path]))


def case(given: str, expect: str, more: str = "") -> str:
    return f"  - name: A case\n    given: {given}\n    expect: {expect}\n{more}"


def test_only_what_is_named_is_compared(triage, tmp_path):
    (only,) = outcomes(triage, tmp_path, case("{text: hiccups}", "{fired: [hiccups]}"))
    assert only.passed


def test_a_difference_says_where_what_and_how_it_was_read(triage, tmp_path):
    (only,) = outcomes(
        triage,
        tmp_path,
        "  - name: A case",
        "    given: {text: no hiccups}",
        "    expect:",
        "      level: call_911",
        "      fired: [hiccups]",
        "      mentions: {hiccups: present}",
    )
    assert str(only).splitlines() == [
        f"FAILED {tmp_path}/some.test.yaml:2: A case",
        "  line 5: level: expected call_911, got routine",
        "  line 6: fired: expected hiccups; got no rule",
        '  line 7: mentions: expected hiccups present, got hiccups absent ("hiccups")',
        '  read as: hiccups absent ("hiccups")',
        "  why hiccups did not fire:",
        "    [ ] hiccups",
    ]


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("{symptoms: [hiccups]}", "{fired: [hiccups], not_fired: [hiccups-that-last]}"),
        (
            "{symptoms: [{lasting: hiccups}]}",
            "{level: contact_provider_now, fired: [hiccups, hiccups-that-last]}",
        ),
        ("{symptoms: [hiccups, vomiting], flags: [pregnant]}", "{fired: [hiccups-that-last]}"),
        ("{symptoms: [], days_since_infusion: 3}", "{level: routine, understood: true}"),
    ],
)
def test_symptoms_skip_the_reading(triage, tmp_path, given, expect):
    (only,) = outcomes(triage, tmp_path, case(given, expect))
    assert only.passed, str(only)


def test_a_known_gap_passes_until_it_is_closed(triage, tmp_path):
    gap, closed = outcomes(
        triage,
        tmp_path,
        case("{text: hick hack huck}", "{fired: [hiccups]}", "    known_gap: true"),
        case("{text: hiccups}", "{fired: [hiccups]}", "    known_gap: true"),
    )
    assert gap.passed
    assert not closed.passed
    assert "this known gap is closed: remove 'known_gap'" in str(closed)


def test_what_cannot_be_decided_fails_with_its_reason(triage, tmp_path):
    (only,) = outcomes(triage, tmp_path, case("{text: hiccups, days_since_infusion: -1}", "{level: routine}"))
    assert "cannot be decided: days since infusion must be" in str(only)


@pytest.mark.parametrize(
    ("given", "expect", "message"),
    [
        ("{text: a, symptoms: [hiccups]}", "{level: routine}", "exactly one of 'text' and 'symptoms'"),
        ("{}", "{level: routine}", "exactly one of 'text' and 'symptoms'"),
        ("{text: a}", "{}", "expect at least one thing"),
        ("{text: a}", "{level: urgent}", "'urgent'"),
        ("{text: a}", "{fird: [hiccups]}", "did you mean 'fired'?"),
        ("{text: a}", "{fired: [hicups]}", "did you mean 'hiccups'?"),
        ("{text: a}", "{mentions: {hicups: present}}", "did you mean 'hiccups'?"),
        ("{symptoms: [hicups]}", "{level: routine}", "did you mean 'hiccups'?"),
        ("{symptoms: [{suden: hiccups}]}", "{level: routine}", "did you mean 'sudden'?"),
        ("{symptoms: [{sudden: hiccups, severe: hiccups}]}", "{level: routine}", "has one key"),
    ],
)
def test_a_mistake_in_a_case_is_an_error_with_its_place(triage, tmp_path, given, expect, message):
    with pytest.raises(RulebookError) as caught:
        outcomes(triage, tmp_path, case(given, expect))
    assert message in str(caught.value)
    assert "some.test.yaml:" in str(caught.value)
    assert caught.value.problems[0].line in (2, 3, 4)


def test_all_mistakes_come_in_one_run(triage, tmp_path):
    with pytest.raises(RulebookError) as caught:
        outcomes(triage, tmp_path, case("{text: a}", "{fired: [hicups, hick], mentions: {hicup: absent}}"))
    assert len(caught.value.problems) == 3


def test_files_are_found_in_folders_and_each_is_run_once(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.test.yaml", "deep/a.test.yaml", "rules.yaml"):
        (tmp_path / name).touch()
    found = case_files([tmp_path, tmp_path / "b.test.yaml"])
    assert [path.name for path in found] == ["b.test.yaml", "a.test.yaml"]
    with pytest.raises(InputError, match="no cases at"):
        case_files([tmp_path / "missing"])


def on_the_command_line(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["test", "--rules", str(RULES), *arguments])


def test_exit_status_and_closing_line(tmp_path):
    good = on_the_command_line()
    assert (good.exit_code, good.stdout) == (0, "4 passed, 0 failed\n")
    bad = tmp_path / "bad.test.yaml"
    bad.write_text("tests:\n" + case("{text: hiccups}", "{level: call_911}"))
    failed = on_the_command_line(str(RULES), str(bad))
    assert failed.exit_code == 1
    assert failed.stdout.splitlines()[-1] == "4 passed, 1 failed"
    bad.write_text("tests: 3\n")
    assert on_the_command_line(str(bad)).exit_code == 2


@pytest.mark.parametrize("alone", [True, False])
def test_cases_are_decided_by_the_rules_beside_them_where_no_others_are_named(tmp_path, alone):
    """On top of the shipped ones, unless the folder has levels of its own."""
    for name in ("hiccups.yaml", "sources.yaml", *(["levels.yaml"] if alone else [])):
        (tmp_path / name).write_text((RULES / name).read_text(encoding="utf-8"), encoding="utf-8")
    expect = "{fired: [hiccups], not_fired: []}" if alone else "{fired: [hiccups, other-symptom]}"
    (tmp_path / "some.test.yaml").write_text(f"tests:\n{case('{symptoms: [hiccups]}', expect)}", encoding="utf-8")
    for path in (tmp_path, tmp_path / "some.test.yaml"):
        result = CliRunner().invoke(cli, ["test", str(path)])
        assert result.output.endswith("1 passed, 0 failed\n"), result.output
