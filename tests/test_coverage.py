"""What cases try of the rules, and the cases as tests of pytest and as JUnit XML."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from lemtrada_triage import Triage
from lemtrada_triage.author.cases import case_files, run
from lemtrada_triage.author.coverage import cover
from lemtrada_triage.show.cli import cli

RULES = Path(__file__).resolve().parent.parent / "examples" / "my-rules"
BAD = """tests:
  - name: "Hiccups & <more>\\x01"
    given: {symptoms: [hiccups]}
    expect: {level: call_911, not_fired: [hiccups]}
"""


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage(rules=RULES, reader="words")


def covered(triage: Triage, folder: Path, *cases: str):
    path = folder / "some.test.yaml"
    expect = "expect: {level: routine}"
    lines = [f"  - {{name: n{number}, given: {given}, {expect}}}" for number, given in enumerate(cases)]
    path.write_text("\n".join(["tests:", *lines]), encoding="utf-8")
    return cover(triage.rulebook, run(triage, [path]))


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["test", "--rules", str(RULES), *arguments])


def test_a_branch_is_covered_when_it_was_seen_to_hold_and_to_fail(triage, tmp_path):
    """Two rules: ``hiccups``, and any of (lasting hiccups, all of (hiccups, vomiting)), of five parts."""
    found = covered(triage, tmp_path, "{symptoms: [hiccups]}")
    assert (found.rules, found.silent) == (("hiccups",), ("hiccups-that-last",))
    assert found.of_rules == (1, 2, 50)
    assert found.of_branches == (6, 12, 50)
    assert "hiccups-that-last: fires in no case" in found.text(True)
    assert "hiccups: hiccups: never fails" in found.text(True)


def test_percentages_are_rounded_down(triage, tmp_path):
    found = covered(triage, tmp_path, "{symptoms: [hiccups, vomiting]}", "{symptoms: []}")
    assert found.of_branches == (11, 12, 91)
    assert "hiccups-that-last: any of > lasting hiccups: never holds" in found.text(True)
    assert found.percent == 91


def test_a_case_without_days_tries_every_interval(tmp_path):
    shipped = Triage(reader="words")
    found = covered(shipped, tmp_path, "{symptoms: [pale_skin]}").branches
    windows = [branch for branch in found if branch.path[-1].startswith("day")]
    assert len(windows) == 13
    assert all(branch.held and branch.failed for branch in windows)
    known = covered(shipped, tmp_path, "{symptoms: [pale_skin], days_since_infusion: 2}").branches
    assert not any(branch.held and branch.failed for branch in known)


def test_the_shipped_cases_try_every_rule_and_nearly_every_branch():
    shipped = Triage(reader="words")
    found = cover(shipped.rulebook, run(shipped, case_files(shipped.rulebook.folders)))
    assert found.silent == ()
    assert found.of_branches[2] >= 95


def test_coverage_is_told_and_fails_below_its_bound():
    told = command("--coverage")
    assert "100 % of rules (2 of 2)\n100 % of branches, both ways (12 of 12)\n4 passed" in told.stdout
    assert command("--fail-under", "100").exit_code == 0
    low = command("-k", "Plain", "--fail-under", "60")
    assert low.exit_code == 1
    assert "1 passed, 0 failed" in low.stdout


def test_a_word_picks_cases_by_name_rule_or_file():
    assert command("-k", "DENIED").stdout == "1 passed, 0 failed\n"
    assert command("-k", "hiccups-that-last").stdout == "3 passed, 0 failed\n"
    assert command("-k", "hiccups.test").stdout == "4 passed, 0 failed\n"


def test_only_a_failure_shows_its_difference_and_trace(tmp_path):
    (tmp_path / "bad.test.yaml").write_text(BAD)
    told = command(str(RULES), str(tmp_path)).stdout
    assert told.count("FAILED") == 1
    assert "  line 4: level: expected call_911, got contact_provider\n" in told
    assert "  why hiccups fired:\n    [x] hiccups\n" in told
    assert told.endswith("4 passed, 1 failed\n")


def test_junit_has_each_case_and_what_failed(tmp_path):
    (tmp_path / "bad.test.yaml").write_text(BAD)
    command(str(RULES), str(tmp_path / "bad.test.yaml"), "--junit", str(tmp_path / "out.xml"))
    suite = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("5", "1")
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "level: expected call_911, got contact_provider"
    assert suite[4].get("name") == "Hiccups & <more>\N{REPLACEMENT CHARACTER}"


def as_tests(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    plugin = ["-p", "lemtrada_triage.author.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "-c", str(folder / "pytest.ini"), *plugin, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_pytest_runs_each_case_as_its_own_item_and_shows_no_python(tmp_path):
    for path in RULES.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "bad.test.yaml").write_text(BAD.replace("\\x01", ""))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = as_tests(tmp_path, ".")
    assert "4 passed" in done.stdout and "1 failed" in done.stdout
    assert "line 4: level: expected call_911, got contact_provider" in done.stdout
    assert "Error" not in done.stdout
    assert "4 passed" in as_tests(tmp_path, ".", "-k", "not more").stdout


def test_pytest_tells_a_mistake_in_a_file_of_cases_as_check_does(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "bad.test.yaml").write_text("tests:\n  - {name: a, given: {text: b}, expect: {fird: [c]}}\n")
    done = as_tests(tmp_path, ".")
    assert "did you mean 'fired'?" in done.stdout
    assert "Traceback" not in done.stdout


def test_without_the_opt_in_line_pytest_takes_no_cases_in(tmp_path):
    (tmp_path / "bad.test.yaml").write_text(BAD)
    done = subprocess.run([sys.executable, "-m", "pytest", str(tmp_path)], cwd=tmp_path, capture_output=True, text=True)
    assert "no tests ran" in done.stdout


def test_of_rules_on_top_of_others_only_those_beside_the_cases_are_covered(tmp_path):
    for name in ("hiccups.yaml", "sources.yaml"):
        (tmp_path / name).write_text((RULES / name).read_text(encoding="utf-8"), encoding="utf-8")
    case = "{name: n, given: {symptoms: [hiccups]}, expect: {fired: [hiccups]}}"
    (tmp_path / "some.test.yaml").write_text(f"tests: [{case}]\n", encoding="utf-8")
    told = CliRunner().invoke(cli, ["test", str(tmp_path), "--coverage"]).stdout
    assert "50 % of rules (1 of 2)" in told
    assert "stroke" not in told
