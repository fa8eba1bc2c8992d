"""``watch``: a save is answered with the mistakes and the cases that it touches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lemtrada_triage.author.watch import Watcher

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(ROOT / "examples" / "other_drug", tmp_path / "pack")


@pytest.fixture
def watcher(folder) -> Watcher:
    watcher = Watcher(folder / "rules", folder / "vocab")
    shutil.copy(folder / "rules" / "azathioprine.test.yaml", folder / "rules" / "again.test.yaml")
    text = "tests: [{name: n, given: {symptoms: [jaundice]}, expect: {fired: [jaundice]}}]\n"
    (folder / "rules" / "again.test.yaml").write_text(text, encoding="utf-8")
    assert watcher.start() == "no mistakes\n15 passed, 0 failed"
    return watcher


def edit(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_changed_rule_runs_the_files_of_cases_that_name_it(watcher, folder):
    path = edit(folder / "rules" / "azathioprine.yaml", "to: 42", "to: 43")
    answer = watcher.saved([path])
    assert "Day 43 is after them" in answer
    assert answer.endswith("13 passed, 1 failed; 1 cases not touched")


def test_a_mistake_is_told_and_the_next_good_save_is_compared_with_the_last_good_state(watcher, folder):
    path = edit(folder / "rules" / "azathioprine.yaml", "to: 42", "too: 42")
    answer = watcher.saved([path])
    assert "'too' is not a key here" in answer
    assert answer.endswith("no case is run until the errors are gone")
    edit(path, "too: 42", "to: 41")
    assert "Day 42 is the last day" in watcher.saved([path])


def test_a_changed_word_runs_the_cases_in_which_it_is_told(watcher, folder):
    path = edit(folder / "vocab" / "concepts" / "signs.yaml", "throwing up, ", "")
    answer = watcher.saved([path])
    assert "Fever and vomiting in the second week" in answer
    assert answer.endswith("cases not touched")


def test_a_changed_cue_runs_the_cases_in_which_it_stands(watcher, folder):
    path = edit(folder / "vocab" / "context.yaml", '"=no", ', "")
    answer = watcher.saved([path])
    assert "What is denied does not count" in answer
    assert answer.endswith("cases not touched")


def test_a_change_that_may_touch_every_text_runs_everything(watcher, folder):
    signs = folder / "vocab" / "concepts" / "signs.yaml"
    path = edit(signs, "concepts:", "slots: {odd_thing: {body: true}}\nconcepts:")
    assert "not touched" not in watcher.saved([path])


def with_a_term_that_is_never_heard(folder: Path) -> Path:
    path = folder / "vocab" / "concepts" / "signs.yaml"
    return edit(path, "terms: [fever, ", "never: [zorple fits], terms: [fever, zorple fits, ")


def test_a_problem_of_the_lint_is_told_at_the_save_that_makes_it_and_then_only_counted(watcher, folder):
    path = with_a_term_that_is_never_heard(folder)
    assert "error[never-kills-term]" in watcher.saved([path])
    rules = folder / "rules" / "azathioprine.yaml"
    assert watcher.saved([rules]) == "1 more as before: lemtrada-triage check shows all\nno case is touched"
    edit(path, "never: [zorple fits], ", "")
    assert watcher.saved([path]).startswith("no mistakes\n")


def test_a_term_that_was_not_understood_is_read_again_when_another_word_is_saved(watcher, folder):
    assert "error[never-kills-term]" in watcher.saved([with_a_term_that_is_never_heard(folder)])
    path = edit(folder / "vocab" / "context.yaml", '"=no", ', '"=no", hardly any, ')
    assert "1 more as before" in watcher.saved([path])


def test_a_saved_file_of_cases_is_run_alone(watcher, folder):
    path = edit(folder / "rules" / "again.test.yaml", "fired", "not_fired")
    assert watcher.saved([path]).endswith("0 passed, 1 failed; 14 cases not touched")


def test_a_save_that_changes_nothing_runs_nothing(watcher, folder):
    assert watcher.saved([folder / "rules" / "azathioprine.yaml"]) == "no mistakes\nno case is touched"


def test_a_pack_that_is_broken_at_the_start_is_told_and_mended(folder):
    path = edit(folder / "rules" / "azathioprine.yaml", "to: 42", "too: 42")
    watcher = Watcher(folder / "rules", folder / "vocab")
    assert "'too' is not a key here" in watcher.start()
    edit(path, "too: 42", "to: 42")
    assert watcher.saved([path]) == "no mistakes\n14 passed, 0 failed"


def test_a_real_save_is_noticed(folder):
    pytest.importorskip("watchfiles", reason="watch needs watchfiles")
    command = [sys.executable, "-u", "-m", "lemtrada_triage", "watch", "--rules", "rules", "--vocab", "vocab"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert [next(lines), next(lines)] == ["no mistakes\n", "14 passed, 0 failed\n"]
        # It begins to look when it has answered; a save may come before that, so it is made again until it is seen.
        edit(folder / "rules" / "azathioprine.yaml", "to: 42", "to: 41")
        saver = "import pathlib, time\np = pathlib.Path('rules/azathioprine.yaml')\nwhile 1: p.touch(); time.sleep(1)"
        with subprocess.Popen([sys.executable, "-c", saver], cwd=folder) as saving:
            seen = [next(line for line in lines if "FAILED" in line), next(line for line in lines if "failed" in line)]
            saving.terminate()
        process.terminate()
    assert "azathioprine.test.yaml" in seen[0]
    assert seen[1].startswith("13 passed, 1 failed")
