"""What ``make`` sets up: a .venv of this folder, with or without a C compiler. The installing itself is played."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Stands in for a Python: makes a real environment, but with a pip that only writes down what it is asked for.
PYTHON = """#!/bin/sh
if [ "$1 $2" != "-m venv" ]; then exec {python} "$@"; fi
{python} -m venv --without-pip "$3"
mkdir "$3/pip" && cp {pip} "$3/pip/__main__.py"
site=$("$3/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mv "$3/pip" "$site/pip"
"""
PIP = """
import os, pathlib, sys, sysconfig
bin, site = pathlib.Path(sys.executable).parent, sysconfig.get_path("purelib")
asked = sys.argv[1:]
if "--requirement" in asked:
    asked = pathlib.Path(asked[-1]).read_text().split("\\n")
if "--editable" in asked:
    pathlib.Path(site, "editable.pth").write_text(os.getcwd())
    (bin / "lemtrada-triage").write_text(f"#!{bin}/python\\n")
with open("asked.txt", "a") as notes:
    print(*asked, file=notes)
if any(need.startswith(os.environ.get("BREAKS", "nothing")) for need in asked):
    sys.exit("error: command 'cc' failed")
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="make and sh are for Unix")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with as much of the project as is needed to set it up."""
    for name in ("pyproject.toml", ".ci/setup", "lemtrada_triage/__init__.py"):
        target = tmp_path / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    (tmp_path / "pip.py").write_text(PIP)
    python = tmp_path / "python"
    python.write_text(PYTHON.format(python=sys.executable, pip=tmp_path / "pip.py"))
    python.chmod(0o755)
    return tmp_path / "checkout"


def set_up(folder: Path, what: str = ".", **env: str) -> tuple[str, list[str]]:
    """What the set-up prints, and what it asks pip for, one line a call."""
    (folder / "asked.txt").unlink(missing_ok=True)
    done = subprocess.run(
        ["sh", ".ci/setup", ".venv", what], cwd=folder,
        env={**os.environ, "PYTHON": str(folder.parent / "python"), **env},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    asked = folder / "asked.txt"
    return done.stdout, asked.read_text().splitlines() if asked.exists() else []


def test_all_is_installed_once(checkout):
    said, asked = set_up(checkout)
    assert said.startswith("Setting up .venv with Python 3.")
    assert "pydantic>=2.7" in asked[0]
    assert "pytest" not in asked[0]
    assert asked[1].endswith("--no-deps --editable .")
    assert asked[2].startswith("durable-rules>=")
    assert set_up(checkout) == ("", [])
    assert "pytest>=8" in set_up(checkout, ".[dev]")[1][0]
    assert set_up(checkout) == set_up(checkout, ".[dev]") == ("", [])


def test_a_change_of_the_needs_is_installed_into_the_same_environment(checkout):
    set_up(checkout)
    os.utime(checkout / "pyproject.toml", (4e9, 4e9))
    said, asked = set_up(checkout)
    assert (said, len(asked)) == ("", 3)


def test_where_durable_rules_cannot_be_built_one_line_says_so_and_the_rest_is_there(checkout):
    said, asked = set_up(checkout, BREAKS="durable-rules")
    assert said.splitlines()[1:] == [
        "durable-rules could not be built (see .venv/durable-rules.log): going on with the direct engine alone."
    ]
    assert len(asked) == 3
    assert (checkout / ".venv" / "durable-rules.log").read_text() == "error: command 'cc' failed\n"
    assert set_up(checkout) == ("", [])


def test_a_python_without_a_compiler_will_do(checkout):
    (checkout.parent / "tools").mkdir()
    for tool in ("sh", "find", "rm", "mkdir", "cp", "mv", "touch"):
        (checkout.parent / "tools" / tool).symlink_to(str(shutil.which(tool)))
    said, _ = set_up(checkout, PATH=str(checkout.parent / "tools"), CC="no-such-compiler")
    assert said.startswith("Setting up .venv")


@pytest.mark.parametrize("way", ["moved", "copied", "only .venv copied", "only .venv linked"])
def test_an_environment_of_another_folder_is_made_anew(checkout, way):
    set_up(checkout)
    other = checkout.with_name("other")
    if way == "moved":
        checkout.rename(other)
    else:
        shutil.copytree(checkout, other, symlinks=True)
    if way.startswith("only"):
        shutil.rmtree(other / ".venv")
        if way.endswith("linked"):
            (other / ".venv").symlink_to(checkout / ".venv")
        else:
            shutil.copytree(checkout / ".venv", other / ".venv", symlinks=True)
    said, asked = set_up(other)
    assert said.startswith("Setting up .venv")
    assert len(asked) == 3
    assert (other / ".venv" / "bin" / "lemtrada-triage").read_text().startswith(f"#!{other}/.venv/")
    assert not (other / ".venv").is_symlink()
    if way != "moved":
        assert set_up(checkout) == ("", []), "the other one is as it was"
