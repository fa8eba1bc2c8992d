"""The pages of ``docs/``: every block runs as it stands, and every test that they name exists."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from pages import Session, blocks, shell_environment
from test_service_restart import free_port

from lemtrada_triage import Triage

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
# What a page may need beside an empty folder: the page of the first steps installs the whole.
CHECKOUT = {"start.md": ("lemtrada_triage", "rules", "vocab", ".ci", "examples"), "service.md": ("examples",)}
FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
NEEDS = {
    "service.md": ("httpx", "fastapi", "uvicorn", "limits", "httptools"),
    "standards.md": ("fhir.resources",),
    "history.md": ("icalendar",),
    "data.md": ("pandas", "pyarrow", "pygal"),
    "schema.md": ("jsonschema",),
}
SHARED = {
    "safety/model-card.md": "vocab/model/card.md",
    "safety/security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
    "journeys/rules.md": "examples/my_first_rule/README.md",
}
NAMED = re.compile(r"`(test_\w+\.py)(?:::(\w+))?`")


def with_blocks() -> list[Path]:
    return [page for page in PAGES if any(blocks(page.read_text(encoding="utf-8")))]


def folder_for(page: Path, folder: Path) -> None:
    """What lies in the folder in which a page's reader stands."""
    ignore = shutil.ignore_patterns("messages", "__pycache__", "*.so")
    for name in CHECKOUT.get(page.name, ()):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in FILES if page.name in CHECKOUT else ():
        shutil.copy(ROOT / name, folder / name)


@pytest.mark.parametrize("page", with_blocks(), ids=lambda page: page.stem)
def test_every_block_of_a_page_runs_and_prints_what_is_shown(page, tmp_path, monkeypatch, words_loaded_once):
    """UPDATE_README=1 writes the outputs anew."""
    for needed in NEEDS.get(page.name, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    here = tmp_path / "here"
    here.mkdir()
    folder_for(page, here)
    monkeypatch.chdir(here)
    session = Session(page, shell_environment(tmp_path, tmp_path / "cache"), f"127.0.0.1:{free_port()}")
    session.run()
    assert session.wrong == []


def test_most_pages_have_blocks_that_run():
    assert len(with_blocks()) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_a_page_names_exists(page):
    for file, name in NAMED.findall(page.read_text(encoding="utf-8")):
        code = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {name}(" in code if name else "def test_" in code, f"{file}::{name}"


def test_the_safety_case_names_tests_for_each_guarantee_and_hazards_have_six_cells():
    case = (DOCS / "safety" / "case.md").read_text(encoding="utf-8")
    guarantees = re.split(r"^- ", case.partition("## What is measured")[0], flags=re.MULTILINE)[1:]
    assert len(guarantees) >= 10
    assert [one.partition("\n")[0] for one in guarantees if not NAMED.search(one)] == []
    hazards = (DOCS / "safety" / "hazards.md").read_text(encoding="utf-8").split("* - ")[1:]
    assert [len(re.findall(r"^  - ", row, re.MULTILINE)) for row in hazards] == [5] * len(hazards)
    assert [name for row in hazards[1:] for name in re.findall(r"\*\*(H\d+)\*\*", row)] == [
        f"H{number}" for number in range(1, len(hazards))
    ]


@pytest.mark.parametrize(("page", "source"), SHARED.items())
def test_what_stands_elsewhere_is_included_and_not_copied(page, source):
    (included,) = re.findall(r"\{include\} (\S+)", (DOCS / page).read_text(encoding="utf-8"))
    assert ((DOCS / page).parent / included).resolve() == ROOT / source


def test_the_levels_that_the_first_page_lists_are_those_of_the_rules(triage: Triage):
    listed = re.findall(r"^\| `(\w+)` \|", (DOCS / "start.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [level.value for level in triage.rulebook.levels]


def test_the_clinical_table_of_the_changelog_tells_the_levels_and_sources_of_the_rules(triage: Triage):
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    clinical = changelog.partition("### Clinical")[2].partition("### Changes")[0]
    rows = re.findall(r"^\| `([\w-]+)`[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|$", clinical, re.MULTILINE)
    assert len(rows) >= 8
    rules = {rule.id: rule for rule in triage.rulebook.rules}
    for name, before, now, sources in rows:
        level = rules[name].level
        assert level is None or f"`{level.value}`" in now, name
        assert before.strip() != now.strip(), name
        cited = {one.source for one in rules[name].citations}
        assert cited == {source for source in triage.rulebook.sources if source in sources}, name


PAGE = """
```python
print("one")
```

```text
two
```

```console
$ lemtrada-triage --help
Something else.
```

```sh
true   # this one works
false
```
"""


def test_a_page_that_shows_what_is_not_printed_or_a_command_that_fails_would_be_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("pages.UPDATE", False)
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    session = Session(page, dict(os.environ))
    session.run()
    assert [one.splitlines()[0] for one in session.wrong] == ["python", "$ lemtrada-triage --help", "$ false"]


def test_a_block_that_nobody_runs_is_an_error_and_one_that_lays_out_is_none(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```{include} a.md\n```\n\n```rust\nfn main() {}\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="nobody runs this block:\n```rust"):
        Session(page, {}).run()
