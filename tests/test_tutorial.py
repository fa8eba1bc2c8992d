"""The tutorial is run as it stands, and a pack for another medicine stands on its own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from pages import PLAIN, Session

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.author.cases import case_files
from lemtrada_triage.author.cases import run as run_cases
from lemtrada_triage.model import InputError
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "examples" / "my_first_rule" / "README.md"
OTHER = ROOT / "examples" / "other_drug"

pytestmark = pytest.mark.usefixtures("words_loaded_once")


def run(command: str) -> str:
    return CliRunner(env=PLAIN).invoke(cli, shlex.split(command)[1:]).output


def test_the_tutorial_leads_from_nothing_to_a_tested_rule_and_prints_what_it_shows(tmp_path, monkeypatch):
    """UPDATE_README=1 writes the outputs that it shows anew."""
    monkeypatch.chdir(tmp_path)
    session = Session(TUTORIAL, {})
    session.run()
    assert session.wrong == []
    tests = [printed for command, printed in session.outputs if command.startswith("lemtrada-triage test")]
    assert tests[-1] == "3 passed, 0 failed\n"
    assert (tmp_path / "book" / "index.html").is_file()


@pytest.fixture(scope="module")
def other() -> Triage:
    return Triage(OTHER / "rules", OTHER / "vocab", reader="words")


def test_another_medicine_passes_its_cases(other):
    outcomes = list(run_cases(other, case_files([OTHER / "rules"])))
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []
    assert len(outcomes) >= 10


def test_every_rule_of_another_medicine_fires_in_a_case_and_is_silent_in_one(other):
    cases = [outcome.case for outcome in run_cases(other, case_files([OTHER / "rules"]))]
    ids = {rule.id for rule in other.rulebook.rules}
    assert {rule for case in cases for rule in case.expect.fired} == ids
    assert {rule for case in cases for rule in case.expect.not_fired} >= ids - {"sickness-at-the-start"}


def test_another_medicine_says_nothing_of_the_shipped_one(other):
    shipped = re.compile("lemtrada|alemtuzumab|infusion", re.IGNORECASE)
    for text in ("throwing up with a high temperature", "", "zorple is wrong", "no fever", "can't breathe, itchy rash"):
        for day in (None, 0, 10, 400):
            result = other.assess(text, day, {"transplant"})
            assert not shipped.search(re.sub("days_since_infusion", "", result.model_dump_json())), text
            assert not shipped.search(result.explain())


def test_another_medicine_asks_for_its_own_day_and_counts_from_its_own_event(other):
    result = other.assess("throwing up with a high temperature")
    assert result.urgency is Urgency.GET_HELP_NOW
    assert [*map(str, result.ask)] == ["How many days ago did you take the first azathioprine tablet?"]
    assert result.assumptions[0].startswith("Days since the first tablet are not known;")
    assert "Days since the first tablet: 400." in other.assess("fever", 400).explain()


def test_another_medicine_has_its_own_flags(other, triage):
    assert other.assess("bruises", 3, {"takes_allopurinol"}).urgency is Urgency.GET_HELP_NOW
    with pytest.raises(InputError, match="unknown flag 'pregnant'; the flags are takes_allopurinol, transplant"):
        other.assess("bruises", 3, {"pregnant"})
    with pytest.raises(InputError, match="unknown flag 'transplant'; the flags are history_of_cancer"):
        triage.assess("bruises", 3, {"transplant"})


def test_a_log_is_scored_with_the_flags_of_the_pack(tmp_path):
    log, out = tmp_path / "log.csv", tmp_path / "out.csv"
    log.write_text("text,days,flags\nbruises,3,takes allopurinol\nbruises,3,pregnant\n", encoding="utf-8")
    run(f"lemtrada-triage score {log} -o {out} --rules {OTHER / 'rules'} --vocab {OTHER / 'vocab'} --reader words")
    rows = out.read_text(encoding="utf-8").splitlines()
    assert ",get_help_now," in rows[1]
    assert "the flags are takes_allopurinol, transplant" in rows[2]


def test_a_case_counts_days_by_either_name(tmp_path, other):
    for name in ("days", "days_since_infusion"):
        file = tmp_path / f"{name}.test.yaml"
        file.write_text(
            f"tests:\n  - name: n\n    given: {{symptoms: [fever, rash], {name}: 43}}\n"
            "    expect: {not_fired: [hypersensitivity]}\n",
            encoding="utf-8",
        )
        assert [outcome.passed for outcome in run_cases(other, [file])] == [True]


def test_a_folder_that_names_no_medicine_is_about_that_of_the_shipped_rules(triage):
    own = Triage(ROOT / "examples" / "my-rules", reader="words")
    assert own.rulebook.medicine == triage.rulebook.medicine
    assert own.flags == ("history_of_cancer", "pregnant", "takes_antiviral", "vaccinated", "weakened_immune_system")


@pytest.mark.parametrize("block", re.findall(r"^\$ (.*)$", (OTHER / "README.md").read_text(), re.MULTILINE))
def test_the_commands_of_the_other_medicines_page_work(block, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert CliRunner(env=PLAIN).invoke(cli, shlex.split(block)[1:]).exit_code == 0
