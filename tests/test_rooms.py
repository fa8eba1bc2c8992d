"""The house: no module of the package needs itself, by whatever way, and no file is too long to be read."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import lemtrada_triage
from lemtrada_triage import Triage

ROOT = Path(lemtrada_triage.__file__).parent
NAME = ROOT.name
LONGEST = 400
# Messages, and the files through which each passes at most: what another time or person is about has one of its own.
WAYS = [
    ("my face is kinda drooping n cant talk rite", 5),
    ("no numbness in my arm, but my face droops", 5),
    ("no fever, chills or cough", 5),
    ("Suddenly my left arm is weak", 5),
    ("should I call you if my face droops", 5),
    ("I have a rash. My arm went numb", 5),
    ("my wife had a rash", 6),
    ("I had a rash last year. now my arm is numb", 6),
]

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
from way import steps  # noqa: E402


def module_of(path: Path) -> str:
    return ".".join((NAME, *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def run_at_import(body: list[ast.stmt]) -> Iterator[ast.ImportFrom]:
    """The imports that run when a module is imported: none in functions, and none for the type checker alone."""
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from run_at_import([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from run_at_import([*node.body, *node.orelse, *(line for one in node.handlers for line in one.body)])


def needs(modules: dict[str, str]) -> dict[str, set[str]]:
    """What each module needs of the others; ``modules`` are their sources by name."""
    found: dict[str, set[str]] = {}
    for name, source in modules.items():
        imports = [node for node in run_at_import(ast.parse(source).body) if (node.module or "").startswith(NAME)]
        wanted = {(node.module, alias.name) for node in imports for alias in node.names}
        found[name] = {f"{module}.{part}" if f"{module}.{part}" in modules else str(module) for module, part in wanted}
    return found


def circle(modules: dict[str, str]) -> list[str]:
    try:
        TopologicalSorter(needs(modules)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_needs_itself_by_way_of_others() -> None:
    modules = {module_of(path): path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
    assert len(modules) > 100
    # The package itself only gathers the public names; what asks it for the version asks nothing else.
    del modules[NAME]
    assert circle(modules) == []


def test_a_circle_would_be_noticed() -> None:
    first, second = f"{NAME}.a", f"{NAME}.b"
    tried = f"try:\n    from {first} import x\nexcept ImportError:\n    pass"
    sources = {first: f"from {NAME} import b", second: tried}
    assert set(circle(sources)) == {first, second}
    late = f"def f():\n    from {first} import x\nif TYPE_CHECKING:\n    from {first} import x"
    assert circle(sources | {second: late}) == []


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=module_of)
def test_no_file_is_too_long_to_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize(("text", "files"), WAYS)
def test_the_way_of_a_message_is_short(triage: Triage, text: str, files: int) -> None:
    """A newcomer follows it from ``triage.py`` in ten minutes; what was decided before is remembered."""
    called = steps(triage, text, 2)
    assert ("read/reader.py", "Reader.read") in called
    assert len({file for file, _ in called}) <= files
    assert len(set(called)) <= 40


def test_the_whole_way_has_the_decision(triage: Triage) -> None:
    called = steps(triage, "my face droops", 2, remembered=False)
    assert ("decide/decider.py", "Decider.decide") in called
