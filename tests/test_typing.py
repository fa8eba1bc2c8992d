"""The public types, as a program that uses them meets them."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import lemtrada_triage

ROOT = Path(__file__).resolve().parent.parent
USES = ROOT / "tests" / "typing" / "uses.py"
api = pytest.importorskip("mypy.api", reason="mypy is not installed")


def checked(path: Path, cache: Path) -> tuple[str, int]:
    """What mypy says of a program, by this project's own settings, and how it ends."""
    # The library is read for its types alone; `make types` checks it.
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache), "--follow-imports", "silent"]
    said, errors, status = api.run([str(path), *settings])
    return said + errors, status


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_programs_that_are_right_have_the_types_that_they_say_and_mistakes_are_found(cache):
    said, status = checked(USES, cache)
    assert status == 0, said


def test_a_type_that_changes_and_a_mistake_that_is_no_longer_found_would_be_noticed(cache, tmp_path):
    code = USES.read_text(encoding="utf-8")
    wrong = code.replace("result.advice, str)", "result.advice, bytes)").replace('assess(b"fever")', 'assess("fever")')
    path = tmp_path / "wrong.py"
    path.write_text(wrong, encoding="utf-8")
    said, status = checked(path, cache)
    assert status == 1
    assert re.findall(r"\[([\w-]+)\]$", said, re.MULTILINE) == ["assert-type", "unused-ignore"], said


def test_the_uses_run(triage):
    runpy.run_path(str(USES))["main"](triage)


def test_every_public_name_is_used():
    code = USES.read_text(encoding="utf-8")
    assert [name for name in lemtrada_triage.__all__ if len(re.findall(rf"\b{name}\b", code)) < 2] == []
