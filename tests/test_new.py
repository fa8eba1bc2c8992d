"""``new``: what it writes loads and passes as it is, and it never writes over anything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lemtrada_triage import Triage
from lemtrada_triage.author.cases import case_files
from lemtrada_triage.author.cases import run as run_cases
from lemtrada_triage.author.check import check
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import Urgency
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["new", *arguments])


def failures(folder: str, rules: str = "", vocab: str | None = None) -> list[str]:
    triage = Triage(rules or f"shipped,{folder}", vocab, reader="words")
    return [str(outcome) for outcome in run_cases(triage, case_files([Path(folder)])) if not outcome.passed]


@pytest.mark.parametrize("level", [level.value for level in Urgency])
def test_a_new_rule_on_top_of_the_shipped_ones_loads_and_both_its_cases_pass(level):
    result = run("rule", "sore-throat-again", "--rules", "mine", "--level", level)
    assert result.exit_code == 0, result.output
    rule = Rulebook.load("shipped,mine").rules[-1]
    assert (rule.id, rule.level, rule.status) == ("sore-throat-again", Urgency(level), "draft")
    assert "guessed from the id" in result.output
    assert "lemtrada-triage test mine --rules shipped,mine" in result.output
    assert failures("mine") == []


def test_a_new_rule_checks_clean():
    run("rule", "lasting-hiccups", "--rules", "mine", "--when", "hiccups")
    assert check([Path("mine")]).problems == ()


def test_the_case_of_a_new_rule_expects_the_level_that_the_shipped_rules_lead_to_if_that_is_higher():
    run("rule", "a-seizure", "--rules", "mine", "--when", "seizure", "--level", "contact_provider")
    assert "level: get_help_now, fired: [a-seizure]" in Path("mine/a-seizure.test.yaml").read_text(encoding="utf-8")
    assert failures("mine") == []


def test_a_rule_for_a_folder_that_stands_alone_holds_its_own_level_whatever_the_shipped_rules_say():
    Path("mine").mkdir()
    shutil.copy(ROOT / "rules" / "levels.yaml", "mine")
    result = run("rule", "a-seizure", "--rules", "mine", "--when", "seizure", "--level", "contact_provider")
    assert "lemtrada-triage test mine --rules mine" in result.output
    assert "level: contact_provider, fired" in Path("mine/a-seizure.test.yaml").read_text(encoding="utf-8")
    assert failures("mine", "mine") == []


def test_the_cases_of_a_new_rule_use_words_that_are_read():
    run("rule", "anything", "--rules", "mine", "--when", "hiccups")
    text = Path("mine/anything.test.yaml").read_text(encoding="utf-8")
    assert "given: {text: I have hiccups}" in text
    assert "given: {text: no hiccups}" in text


def test_a_concept_without_plain_words_is_handed_over_as_a_symptom():
    run("rule", "anything", "--rules", "mine", "--when", "symptom")
    assert "symptoms: [symptom]" in Path("mine/anything.test.yaml").read_text(encoding="utf-8")
    assert failures("mine") == []


def test_a_second_rule_shares_the_sources():
    run("rule", "hiccups", "--rules", "mine")
    before = {path.name: path.read_bytes() for path in Path("mine").iterdir()}
    result = run("rule", "cough", "--rules", "mine")
    assert "sources.yaml" not in result.output
    assert {name: (Path("mine") / name).read_bytes() for name in before} == before
    assert failures("mine") == []


def test_a_rule_can_be_added_to_the_shipped_rules():
    shutil.copytree(ROOT / "rules", "rules")
    assert run("rule", "hiccups-for-us", "--when", "hiccups").exit_code == 0
    assert "hiccups-for-us" in [rule.id for rule in Rulebook.load("rules").rules]


def test_of_several_folders_the_last_is_written_to():
    assert run("rule", "hiccups", "--rules", "shipped,below", "--when", "hiccups").exit_code == 0
    result = run("rule", "cough-here", "--rules", "shipped,below,mine", "--when", "cough")
    assert "lemtrada-triage test mine --rules shipped,below,mine" in result.output
    assert Path("mine/cough-here.yaml").is_file()
    assert failures("mine", "shipped,below,mine") == []


def test_a_new_concept_is_read_and_denied_as_its_cases_say():
    shutil.copytree(ROOT / "vocab", "vocab", ignore=shutil.ignore_patterns("messages", "model"))
    assert run("rule", "hiccups", "--rules", "mine").exit_code == 0
    result = run("concept", "glassy_knees", "--rules", "mine")
    assert result.exit_code == 0, result.output
    assert failures("mine", vocab="vocab") == []
    assert check([Path("mine")], Path("vocab")).problems == ()
    assert [problem for problem in check([Path("vocab")]).problems if "glassy_knees" in problem.path] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rule", "Bad_Id", "--rules", "mine"), "'Bad_Id' is not an id"),
        (("rule", "null", "--rules", "mine"), "'null' is not an id"),
        (("rule", "123", "--rules", "mine"), "'123' is not an id"),
        (("rule", "hiccups", "--rules", "shipped"), "the shipped rules are not yours to write to"),
        (("rule", "stroke", "--rules", "mine"), "there is a rule 'stroke' already, in"),
        (("rule", "hiccups"), "there is no folder 'rules' here"),
        (("rule", "x", "--rules", "mine", "--when", "hicups"), "did you mean 'hiccups'?"),
        (("rule", "qqqq-zzzz", "--rules", "mine"), "no concept sounds like 'qqqq-zzzz'"),
        (("rule", "fever", "--rules", str(ROOT / "README.md")), "is a file, not a folder"),
        (("rule", "stroke", "--rules", str(ROOT / "rules")), "there is a rule 'stroke' already, in"),
        (("concept", "fever", "--rules", "mine", "--vocab", str(ROOT / "vocab")), "there is a concept 'fever' already"),
        (("concept", "odd", "--rules", "mine", "--vocab", "words"), "begin with a copy of the shipped words, "),
        (("concept", "odd", "--rules", "mine"), "there is no folder 'vocab': begin with a copy of the shipped words, "),
        (("concept", "a-b", "--rules", "mine", "--vocab", str(ROOT / "vocab")), "'a-b' is not an id"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_written(arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not Path("mine").exists()


def test_a_file_that_is_there_is_never_written_over():
    Path("mine").mkdir()
    Path("mine/hiccups.test.yaml").write_text("mine\n")
    result = run("rule", "hiccups", "--rules", "mine")
    assert result.exit_code == 2
    assert "there is a file mine/hiccups.test.yaml already" in result.stderr
    assert [path.name for path in Path("mine").iterdir()] == ["hiccups.test.yaml"]


def test_a_rule_whose_concept_is_guessed_from_its_id_is_tried_in_the_words_of_the_id():
    assert run("rule", "ringing-ears", "--rules", "mine").exit_code == 0
    assert "when: ear_problem" in Path("mine/ringing-ears.yaml").read_text(encoding="utf-8")
    assert "text: I have ringing ears}" in Path("mine/ringing-ears.test.yaml").read_text(encoding="utf-8")
