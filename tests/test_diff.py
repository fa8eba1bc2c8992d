"""``diff``: what changes between two rulebooks or vocabularies, and the patients that show it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from lemtrada_triage import Triage
from lemtrada_triage.author.cases import run as run_cases
from lemtrada_triage.author.diff import diff
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture
def edited(tmp_path) -> Callable[..., Path]:
    """A copy of the shipped rules with one text in one file replaced."""

    def edit(name: str, old: str, new: str) -> Path:
        folder = tmp_path / "edited"
        if not folder.exists():
            shutil.copytree(ROOT / "rules", folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


def compared(old: Path, new: Path) -> str:
    return "\n".join(diff(str(old), str(new)))


def cases_in(report: str) -> list[str]:
    return re.findall(r"^(  - name:.*\n.*\n.*)$", report, re.MULTILINE)


def passes(case: str, rules: Path, tmp_path: Path) -> bool:
    file = tmp_path / "pasted.test.yaml"
    file.write_text(f"tests:\n{case}\n", encoding="utf-8")
    (outcome,) = run_cases(Triage(rules, reader="words"), [file])
    return outcome.passed


EDITS = {
    "a level": ("emergencies.yaml", "id: blue-lips\n    title: Blue lips or face\n    level: get_help_now",
                "id: blue-lips\n    title: Blue lips or face\n    level: call_911"),
    "a part of a condition": ("emergencies.yaml", "any: [not_breathing, choking]", "any: [choking, hiccups]"),
    "a last day": ("pregnancy.yaml", "window: {from: 0, to: 122}", "window: {from: 0, to: 200}"),
    "a finding below": ("stroke.yaml", "window: {from: 0, to: 3}", "window: {from: 0, to: 5}"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_the_case_that_is_shown_passes_with_the_new_rules_and_fails_with_the_old(edited, tmp_path, edit):
    new = edited(*edit)
    report = compared(ROOT / "rules", new)
    (case,) = cases_in(report)
    assert passes(case, new, tmp_path)
    assert not passes(case, ROOT / "rules", tmp_path)
    assert "a smallest patient whose urgency changes" in report


def test_a_rule_that_is_gone_and_one_that_is_new_mirror_each_other(edited):
    text = (ROOT / "rules" / "pregnancy.yaml").read_text(encoding="utf-8")
    new = edited("pregnancy.yaml", text, "rules: []\n")
    gone, come = compared(ROOT / "rules", new), compared(new, ROOT / "rules")
    assert "Rules: 0 added, 1 removed, 0 changed" in gone
    assert "given: {symptoms: [pregnancy], days_since_infusion: 0}" in gone
    assert "contact provider -> routine" in gone
    assert "added pregnancy-soon-after-treatment" in come
    assert "routine -> contact provider" in come


def test_a_smallest_patient_has_no_more_facts_than_the_rule_needs(edited):
    new = edited("emergencies.yaml", "all: [blue_lips, {any: [dyspnea, throat_swelling, choking]}]", "blue_lips")
    assert "given: {symptoms: [blue_lips], days_since_infusion: 0}" in compared(ROOT / "rules", new)


def test_a_change_of_words_alone_is_shown_without_a_patient(edited):
    report = compared(ROOT / "rules", edited("pregnancy.yaml", "Pregnancy during treatment", "Being pregnant"))
    assert "+ Being pregnant or in the four months after it" in report
    assert "patient" not in report.replace("words for the patient", "")


def test_what_a_patient_is_told_and_asked_is_compared_too(edited):
    edited("levels.yaml", "Keep your planned blood", "Keep all your blood")
    report = compared(ROOT / "rules", edited("questions.yaml", "could you be?", "might you be?"))
    assert "changed words for the patient" in report
    assert "+ Nothing you told us needs extra care right now. Keep all your blood" in report
    assert "+ question: may-be-pregnant: Are you pregnant, or might you be?" in report


def test_equal_sides_say_that_nothing_differs():
    report = compared(ROOT / "rules", ROOT / "rules")
    assert report.endswith("Nothing differs.")
    assert "Rules: 0 added, 0 removed, 0 changed" in report


def test_words_that_come_and_go_are_listed_and_a_new_kinship_shows_its_patient(tmp_path):
    words = shutil.copytree(ROOT / "vocab", tmp_path / "vocab", ignore=shutil.ignore_patterns("messages", "model"))
    path = words / "concepts" / "belly.yaml"
    entry = re.search(r"  - \{id: hiccups,.*?(?=  - \{id:)", path.read_text(encoding="utf-8"), re.DOTALL)
    assert entry
    changed = entry[0].replace("is_a: [symptom]", "is_a: [fever]").replace("terms: [", "terms: [zorkles, ")
    path.write_text(path.read_text(encoding="utf-8").replace(entry[0], changed), encoding="utf-8")
    report = compared(ROOT / "vocab", words)
    assert "Words: 0 added, 0 removed, 1 changed" in report
    assert "+ terms: zorkles" in report
    assert "+ is_a: fever" in report
    assert "decided differently: contact provider -> get help now" in report


def test_a_log_is_counted_row_by_row_with_examples(edited, tmp_path):
    new = edited("emergencies.yaml", "when: overdose\n", "when: {any: [overdose, hiccups]}\n")
    log = tmp_path / "log.csv"
    log.write_text("text,days\nhiccups again,3\nhiccups again,3\nall good,3\n", encoding="utf-8")
    lines = list(diff(str(ROOT / "rules"), str(new), log))
    assert "Rows: 3. Other urgency: 2. Only other rules: 0." in lines
    assert "  contact provider -> get help now: 2" in lines
    assert lines.count('    "hiccups again"') == 2


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A git repository with two revisions: the example's rules in ``rules/`` and a changed level."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "examples" / "my-rules", folder / "rules")
    monkeypatch.chdir(folder)
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "a@example.org")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    path = folder / "rules" / "hiccups.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("contact_provider_now", "get_help_now"), encoding="utf-8")
    return folder


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("old", ["HEAD", "HEAD:rules"])
def test_a_revision_is_compared_with_the_folder_one_stands_in(repository, old):
    result = CliRunner().invoke(cli, ["diff", old])
    assert result.exit_code == 0, result.output
    assert "Rules: 0 added, 0 removed, 1 changed" in result.output
    assert "leads to: contact provider now -> get help now" in result.output


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("HEAD~7", "'HEAD~7' is neither a folder here nor a git revision"),
        ("--output=x", "No such option"),
        ("HEAD:nothing", "the revision 'HEAD' has no nothing"),
    ],
)
def test_what_is_no_side_is_told(repository, old, said):
    result = CliRunner().invoke(cli, ["diff", old])
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_folder_without_rules_or_words_and_a_side_that_does_not_load_are_told(tmp_path, edited):
    result = CliRunner().invoke(cli, ["diff", str(tmp_path), str(ROOT / "rules")])
    assert result.exit_code == 2
    assert "holds neither rules" in result.stderr
    broken = edited("stroke.yaml", "level: call_911", "level: call_912")
    result = CliRunner().invoke(cli, ["diff", str(ROOT / "rules"), str(broken)])
    assert result.exit_code == 2
    assert "cannot be loaded" in result.stderr
    assert "did you mean 'call_911'?" in result.stderr


def test_a_log_of_an_unknown_kind_is_told(tmp_path):
    (tmp_path / "log.txt").write_text("hello")
    result = CliRunner().invoke(
        cli, ["diff", str(ROOT / "rules"), str(ROOT / "rules"), "--log", str(tmp_path / "log.txt")]
    )
    assert result.exit_code == 2
    assert "its name ends in .csv, .jsonl or .json" in result.stderr
