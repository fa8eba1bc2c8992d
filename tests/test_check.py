"""``check``: each kind of mistake is told as its golden file says, and what the loaders refuse never passes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lemtrada_triage.author.check import Checked, check
from lemtrada_triage.author.formats import as_github, as_json, as_sarif, as_text
from lemtrada_triage.model import InputError
from lemtrada_triage.show.cli import cli

GOLDEN = Path(__file__).parent / "golden" / "check"
MISTAKES = sorted(path for path in GOLDEN.iterdir() if path.is_dir() and path.name != "base")
JARGON = ("Traceback", "pydantic", "Input should", "token", "mapping", "sequence", "scalar", "flow", "NoneType")


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small pack without mistakes, in the current folder."""
    shutil.copytree(GOLDEN / "base", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(pack: Path, mistake: Path) -> None:
    shutil.copytree(mistake, pack, dirs_exist_ok=True)
    (pack / "expected.txt").unlink(missing_ok=True)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


def test_a_pack_without_mistakes_is_clean(pack):
    assert as_text(check([Path(".")])) == "No mistakes found."


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda path: path.name)
def test_a_mistake_is_told_as_its_golden_file_says(mistake, pack):
    """The folder's files lie on top of those of ``base``. UPDATE_GOLDEN=1 writes ``expected.txt`` anew."""
    put(pack, mistake)
    told = as_text(check([Path(".")])) + "\n"
    golden = mistake / "expected.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
    assert not [word for word in JARGON if word in told]
    assert "No mistakes found" not in told


def test_there_is_a_golden_file_for_each_of_many_kinds_of_mistake():
    assert len(MISTAKES) >= 60


def test_the_shipped_pack_is_clean():
    assert [str(problem) for problem in check().problems] == []


def test_a_file_alone_is_checked_with_those_beside_it_but_only_its_own_mistakes_are_told(pack):
    put(pack, GOLDEN / "rules-unknown-concept")
    put(pack, GOLDEN / "sources-unused")
    told = check([Path("rules/spots.yaml")], Path("vocab"))
    assert [(problem.code, problem.path) for problem in told.problems] == [("unknown-concept", "rules/spots.yaml")]
    assert told.elsewhere == 1
    assert as_text(told).endswith("1 error, 0 warnings; 1 problem in other files.")


def test_paths_open_from_where_the_author_stands(pack, monkeypatch):
    put(pack, GOLDEN / "words-bad-id")
    put(pack, GOLDEN / "rules-unknown-key")
    put(pack, GOLDEN / "messages-other-level")
    for folder, argument in ((pack, "."), (pack / "rules", ".."), (Path("/"), str(pack))):
        monkeypatch.chdir(folder)
        told = check([Path(argument)])
        assert len(told.problems) == 2 or len(told.problems) == 3
        assert all(Path(problem.path).is_file() for problem in told.problems)


def test_a_folder_without_levels_is_checked_on_top_of_the_shipped_rules(pack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    shutil.copy(GOLDEN / "rules-no-cases" / "rules" / "spots.yaml", folder / "spots.yaml")
    text = (folder / "spots.yaml").read_text()
    (folder / "spots.yaml").write_text(text.replace("page, at: part 3", "goodrx-lemtrada, at: L85"))
    assert [problem.code for problem in check([folder]).problems] == ["no-firing-case", "no-silent-case"]


def test_words_with_a_mistake_do_not_make_every_concept_of_a_rule_unknown(pack):
    put(pack, GOLDEN / "yaml-aliases-that-explode")
    assert {problem.path for problem in check([Path(".")]).problems} == {"vocab/more.yaml"}


@pytest.mark.parametrize(
    ("path", "told"),
    [("absent", "there is no file or folder 'absent'"), ("tests/everyday.txt", "give a .yaml or .jsonl file")],
)
def test_a_path_that_cannot_be_checked_is_told(pack, path, told):
    with pytest.raises(InputError, match=told):
        check([Path(path)])
    (pack / "empty").mkdir()
    with pytest.raises(InputError, match="nothing in 'empty' can be checked"):
        check([Path("empty")])


def test_the_exit_status_is_one_for_an_error_and_zero_for_a_warning(pack):
    put(pack, GOLDEN / "sources-unused")
    assert command(".").exit_code == 0
    put(pack, GOLDEN / "rules-unknown-key")
    assert command(".").exit_code == 1
    assert command("absent").exit_code == 2


def both(pack: Path) -> Checked:
    put(pack, GOLDEN / "sources-unused")
    put(pack, GOLDEN / "rules-unknown-key")
    return check([Path(".")])


def test_json_has_each_problem_with_its_place(pack):
    error, warning = json.loads(as_json(both(pack)))["problems"]
    assert error == {
        "severity": "error", "code": "unknown-key", "message": "'titel' is not a key here", "path": "rules/spots.yaml",
        "line": 10, "column": 5, "width": 5, "help": "did you mean 'title'?",
    }  # fmt: skip
    assert (warning["severity"], warning["code"]) == ("warning", "unused-source")


def test_github_gets_one_command_for_each_problem(pack):
    first, second = as_github(both(pack)).splitlines()
    assert first == (
        "::error file=rules/spots.yaml,line=10,col=5,endColumn=10,title=unknown-key::"
        "'titel' is not a key here (did you mean 'title'?)"
    )
    assert second.startswith("::warning file=rules/sources.yaml,line=4,col=10")


def test_github_commands_hold_no_bare_line_ends_or_separators(pack):
    checked = both(pack)
    checked.problems[0].message, checked.problems[0].path = "100 %\nof it", "a,b:c.yaml"
    assert "file=a%2Cb%3Ac.yaml," in as_github(checked)
    assert "::100 %25%0Aof it" in as_github(checked)


def test_sarif_has_the_rules_and_the_regions(pack):
    log = json.loads(as_sarif(both(pack)))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["unknown-key", "unused-source"]
    result = run["results"][0]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("unknown-key", 0, "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "rules/spots.yaml"}
    assert place["region"] == {"startLine": 10, "startColumn": 5, "endColumn": 10}


def test_many_warnings_of_one_kind_are_counted(pack):
    sources = "".join(f'  - {{id: s{n}, title: B, publisher: B, edition: "1", read: whole}}\n' for n in range(25))
    with (pack / "rules" / "sources.yaml").open("a") as registry:
        registry.write(sources)
    told = as_text(check([Path(".")]))
    assert told.count("warning[unused-source]") == 20
    assert "... and 5 more of the kind unused-source" in told
    assert told.endswith("0 errors, 25 warnings.")
