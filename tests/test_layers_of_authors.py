"""The verbs of a rule author on rules that lie on top of others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from lemtrada_triage.author.book import write_book
from lemtrada_triage.author.diff import diff
from lemtrada_triage.author.show import show
from lemtrada_triage.author.watch import Watcher
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.show.cli import cli

RULE = """
rules:
  - id: {id}
    title: Mine
    level: call_911
    when: hiccups
    because: The clinic says so.
    limits: None.
    cite: [{{source: goodrx-lemtrada, at: L85}}]
    status: draft
"""
CASES = """
tests:
  - name: It fires
    given: {symptoms: [hiccups]}
    expect: {level: call_911, fired: [mine]}
"""

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture
def folder(tmp_path) -> Path:
    """One rule of one's own with a case, and nothing else."""
    folder = tmp_path / "my-pack"
    folder.mkdir()
    (folder / "mine.yaml").write_text(RULE.format(id="mine"), encoding="utf-8")
    (folder / "mine.test.yaml").write_text(CASES, encoding="utf-8")
    return folder


@pytest.fixture
def bench(folder) -> Workbench:
    return Workbench(f"shipped,{folder}")


def test_show_says_of_which_folder_a_rule_is_and_who_of_all_folders_uses_a_concept(bench, folder):
    told = " ".join(show(bench, "mine").split())
    assert f"{folder / 'mine.yaml'}:3, of my-pack)" in told
    assert f"{folder / 'mine.test.yaml'}:3 It fires" in told
    assert "of shipped)" in show(bench, "stroke")
    assert "used by rules: mine" in show(bench, "hiccups")


def test_a_rule_that_takes_the_place_of_another_is_shown_as_it_stands_in_the_last_folder(folder):
    (folder / "mine.yaml").write_text(RULE.format(id="blue-lips"), encoding="utf-8")
    (folder / "mine.test.yaml").unlink()
    written = Workbench(f"shipped,{folder}").rules
    assert written["blue-lips"].file == folder / "mine.yaml"
    assert list(written) == list(Workbench().rules)


def test_the_book_has_the_rules_of_all_folders_each_with_its_folder(bench, tmp_path):
    pytest.importorskip("jinja2")
    write_book(bench, tmp_path / "book")
    page = (tmp_path / "book" / "rules-my-pack-mine.html").read_text(encoding="utf-8")
    assert "<code>mine</code> of my-pack" in page
    assert "rules-my-pack-mine.html#mine" in (tmp_path / "book" / "search-data.js").read_text(encoding="utf-8")
    assert (tmp_path / "book" / "rules-stroke.html").is_file()


def test_a_folder_without_levels_and_several_folders_are_sides_of_a_comparison(folder):
    alone = "\n".join(diff("shipped", str(folder)))
    assert "Rules: 1 added, 0 removed, 0 changed" in alone
    assert "a smallest patient whose urgency changes: contact provider -> call 911" in alone
    assert "\n".join(diff("shipped", f"shipped,{folder}")) == alone


def test_a_save_in_any_folder_is_answered(folder):
    below = folder.parent / "below"
    below.mkdir()
    for name in ("levels.yaml", "sources.yaml"):
        shutil.copy(Path(__file__).parent.parent / "rules" / name, below)
    watcher = Watcher(f"{below},{folder}")
    assert watcher.start().endswith("1 passed, 0 failed")
    path = folder / "mine.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("call_911", "get_help_now"), encoding="utf-8")
    answer = watcher.saved([path])
    assert "expected call_911, got get_help_now" in answer
    assert answer.endswith("0 passed, 1 failed")


def test_try_decides_by_all_folders(folder):
    options = ["--rules", f"shipped,{folder}", "--reader", "words"]
    answer = CliRunner().invoke(cli, ["try", *options], input="I have hiccups\nmy face is drooping\n").output
    assert "mine: call 911" in answer
    assert answer.count("CALL 911") == 2
