"""What the documents and examples promise is run here as it stands."""

from __future__ import annotations

import csv
import runpy
import shlex
import shutil
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pages
import pytest
from click.testing import CliRunner
from pages import PLAIN

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "README.md"
README = PATH.read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return [block.body for block in pages.blocks(README) if block.kind == kind]


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """A folder with the examples and rules in which the README's commands can write."""
    for name in ("examples", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_readme_runs(code, copy):
    if "adbc_driver_sqlite" in code:
        pytest.importorskip("adbc_driver_sqlite.dbapi", reason="ADBC's SQLite driver is not installed")
        with closing(sqlite3.connect("log.db")) as log, log:
            log.execute("CREATE TABLE entries AS SELECT 'i have a rash' AS entry, 3 AS days")
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})


def commands() -> list[tuple[str, str]]:
    """(command, output as printed in the README) of each line with a prompt."""
    return [pair for block in (*blocks("console"), *blocks("sh")) for pair in pages.commands(block)]


@pytest.mark.parametrize(("command", "output"), commands(), ids=lambda value: value[:40])
def test_the_commands_of_the_readme_run_and_print_what_it_shows(command, output, copy):
    """UPDATE_README=1 writes the outputs that the README shows anew; a command shown without one has only to work."""
    result = CliRunner(env=PLAIN).invoke(cli, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    if output and pages.UPDATE:
        readme = PATH.read_text(encoding="utf-8")
        PATH.write_text(readme.replace(f"$ {command}\n{output}", f"$ {command}\n{result.output}"), encoding="utf-8")
    elif output:
        assert result.output == output


def test_the_rule_of_the_readme_is_accepted_as_written_and_explained(copy):
    """Alone beside the levels and sources of the example, where the README's own command looks for it."""
    (rule,) = blocks("yaml")
    (command,) = [command for command, _ in commands() if command.startswith("lemtrada-triage explain")]
    (copy / "examples" / "my-rules" / "hiccups.yaml").write_text(rule, encoding="utf-8")
    result = CliRunner(env=PLAIN).invoke(cli, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert "[hiccups-that-last]: contact provider" in result.stdout
    assert "Why hiccups-that-last fired" in result.stdout


def test_the_rule_of_the_readme_can_be_added_to_a_copy_of_the_shipped_rules(copy):
    (rule,) = blocks("yaml")
    example = (copy / "examples" / "my-rules" / "sources.yaml").read_text(encoding="utf-8")
    (copy / "rules" / "hiccups.yaml").write_text(rule, encoding="utf-8")
    with (copy / "rules" / "sources.yaml").open("a", encoding="utf-8") as registry:
        registry.write(example.partition("sources:\n")[2])
    fired = Triage(rules=copy / "rules").assess("hiccups for three days now").fired
    assert "hiccups-that-last" in [rule.rule for rule in fired]


def test_what_pip_installs_without_a_compiler_is_what_the_library_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shown = [shlex.split(line)[2:] for block in blocks("sh") for line in block.splitlines() if "pydantic" in line]
    assert shown == [[need for need in project["dependencies"] if not need.startswith("durable-rules")]]


def test_the_readme_opens_with_what_it_is_and_that_nobody_reviewed_it():
    first_screen = README.splitlines()[:24]
    assert any("No clinician has reviewed" in line for line in first_screen)
    assert any("make demo" in line for line in first_screen)
    assert any("make test" in line for line in first_screen)


def test_one_message(capsys):
    runpy.run_path(str(ROOT / "examples" / "one_message.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed.startswith("call_911")
    assert "No clinician has reviewed" in printed


def test_the_interview_asks_answers_and_ends_more_urgent_than_it_began(capsys):
    runpy.run_path(str(ROOT / "examples" / "interview.py"), run_name="__main__")
    printed = capsys.readouterr().out
    levels = [line.split(" - ")[0] for line in printed.splitlines() if " - " in line]
    assert Urgency(levels[0]) <= Urgency(levels[1]) < Urgency(levels[2])
    assert "-> call_911: Possible stroke [goodrx-lemtrada L96" in printed
    assert len(printed.splitlines()[-1].encode()) <= 1024


def test_the_symptom_log_is_scored_as_a_nurse_would_expect(tmp_path):
    """The rows that nobody may get wrong; the others only have to be there."""
    out = tmp_path / "scored.csv"
    result = CliRunner().invoke(cli, ["score", str(ROOT / "examples" / "symptom-log.csv"), "-o", str(out)])
    assert result.exit_code == 0
    with out.open(encoding="utf-8", newline="") as lines:
        level = {int(row["id"]): row["urgency"] or row["error"] for row in csv.DictReader(lines)}
    assert len(level) == 24
    assert [level[row] for row in (3, 17, 22)] == ["call_911"] * 3
    assert [level[row] for row in (7, 10, 20, 21, 23)] == ["get_help_now"] * 5
    assert [level[row] for row in (2, 9, 13, 15)] == ["contact_provider_now"] * 4
    assert [level[row] for row in (5, 18)] == ["routine"] * 2
    assert {level[row] for row in (4, 14, 24)} <= {"routine", "contact_provider"}
    assert level[12] == "contact_provider_now"


def test_a_rule_of_ones_own():
    triage = Triage(rules=ROOT / "examples" / "my-rules")
    result = triage.assess("hiccups for three days now and they won't go away", days_since_infusion=12)
    assert result.urgency is Urgency.CONTACT_PROVIDER_NOW
    assert [rule.rule for rule in result.fired] == ["hiccups-that-last", "hiccups"]
