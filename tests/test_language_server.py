"""The YAML language server, told of our schemas, underlines the golden mistakes where ``check`` reports them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from language_server import LanguageServer, missing

from lemtrada_triage.author.check import check
from lemtrada_triage.author.schema import FILES, write_schemas
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.model import Problem

GOLDEN = Path(__file__).resolve().parent / "golden" / "check"
# What the server never answers: its parser goes down with every level.
UNANSWERED = {"base", "yaml-nested-too-deep"}
MISTAKES = sorted(path for path in GOLDEN.iterdir() if path.name not in UNANSWERED and any(path.rglob("*.yaml")))
# What no schema can say: it sees one value at a time, and knows nothing of other files, of words or of days.
BEYOND = frozenset([
    "contradiction", "duplicate-case", "duplicate-id", "duplicate-concept", "out-of-range", "finding-cycle",
    "no-firing-case", "no-silent-case", "never-fires", "pointless", "unused-finding", "unused-source",
    "window-gap", "unreached-concept", "no-emergencies", "no-split", "unknown-finding", "empty-term",
    "everyday-sentence", "everyday-word", "bad-group", "bad-frame", "too-many-wordings", "cycle",
    "unheard-term", "swallowed-term", "shared-term", "long-term", "never-kills-term", "bad-look-alike",
    "idle-look-alike", "idle-cue", "unknown-group", "unknown-slot",
    "bare-truth", "alias", "too-deep", "not-utf8", "second-document",
])  # fmt: skip
# The same for single mistakes whose code is that of others: the order of two values, a file without a value, and
# what YAML allows and we do not. A file that explodes is refused by both, each at a place of its own; of a quote that
# is not closed the server names the end, and of a second document what is broken in it.
BEYOND_HERE = frozenset([
    "rules-days-backwards", "yaml-empty-file", "yaml-alias", "yaml-tag", "yaml-strange-character",
    "yaml-aliases-that-explode", "yaml-deep-block", "yaml-quote-not-closed", "yaml-second-document-that-is-broken",
])  # fmt: skip

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no test of the language server: {missing()}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """One server for all, with the schemas of the pack without mistakes."""
    folder = tmp_path_factory.mktemp("editor")
    write_schemas(Workbench(GOLDEN / "base" / "rules", GOLDEN / "base" / "vocab"), folder)
    schemas = {(folder / f"{name}.schema.json").as_uri(): files for name, files in FILES.items()}
    started = LanguageServer(folder, {"schemas": schemas})
    yield started
    started.close()


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(GOLDEN / "base", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at_word(path: Path, line: int, column: int) -> tuple[int, int]:
    """The place of the first word from there on: one of the two may begin at the brace before it."""
    text = lines_of(path)[line - 1]
    return line, column + len(re.match(r"[{\s]*", text[column - 1 :])[0])  # type: ignore[index]


def lines_of(path: Path) -> list[str]:
    """The lines of a file, and the empty one after the last."""
    return [*path.read_bytes().decode("utf-8", errors="replace").splitlines(), ""]


def told(mistake: Path, path: Path) -> list[Problem]:
    """What ``check`` says of one file that a schema could say, too."""
    problems = [one for one in check([Path(".")]).problems if Path(one.path) == path]
    return [one for one in problems if one.code not in BEYOND and mistake.name not in BEYOND_HERE]


def underlined(server: LanguageServer, pack: Path, path: Path) -> set[tuple[int, int]]:
    """What the server says of it, but for ids that the mistake's own files declare: its schemas are older."""
    texts = [file.read_bytes().decode("utf-8", errors="replace") for file in pack.rglob("*.yaml")]
    declared = {name for text in texts for name in re.findall(r"\bid: ([\w-]+)", text)}
    lines = lines_of(pack / path)
    found = set()
    for remark in server.underlined(pack / path):
        line, column = at_word(pack / path, remark.line, remark.column)
        word = re.match(r"[\w-]*", lines[line - 1][column - 1 :])
        if not (remark.message.startswith("Value is not accepted") and word and word[0] in declared):
            found.add((line, column))
    return found


def test_a_pack_without_mistakes_has_nothing_underlined(server, pack):
    assert [server.underlined(path) for path in sorted(pack.rglob("*.yaml"))] == [[]] * 6


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda path: path.name)
def test_a_mistake_is_underlined_where_check_reports_it(server, pack, mistake):
    """Where YAML itself is broken the server goes on guessing: then it has to name the line, among others."""
    shutil.copytree(mistake, pack, dirs_exist_ok=True)
    for path in sorted(file.relative_to(mistake) for file in mistake.rglob("*.yaml")):
        problems = told(mistake, path)
        expected = {at_word(pack / path, one.line, one.column) for one in problems}
        found = underlined(server, pack, path)
        if not {one.code for one in problems}.isdisjoint(("yaml", "tab")) and mistake.name not in BEYOND_HERE:
            assert {line for line, _ in expected} <= {line for line, _ in found}, path
        elif mistake.name not in BEYOND_HERE:
            assert found == expected, path
