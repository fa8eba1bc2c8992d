"""What is shipped is what is in the checkout, and it works without the checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.build import get_requires_for_build_wheel

from lemtrada_triage import __version__
from lemtrada_triage.lexicon.kept import SHIPPED_COPY

ROOT = Path(__file__).resolve().parent.parent
DATA = ("rules", "vocab")
SCRIPT = """
import lemtrada_triage, sys
from lemtrada_triage import Triage, Urgency
triage = Triage()
result = triage.assess("my face is drooping", days_since_infusion=2)
assert result.urgency is Urgency.CALL_911, result.urgency
print(lemtrada_triage.__file__)
print(triage.rulebook.folders[0])
"""


def build(kind: str, folder: Path, source: Path = ROOT) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)],
        cwd=source, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return next(path for path in folder.iterdir() if path.suffix in {".whl", ".gz"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def checkout(kind: str) -> dict[str, bytes]:
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files_of(ROOT / kind)}


def in_wheel(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("kind", DATA)
def test_the_wheel_has_the_data_of_the_checkout_byte_for_byte(wheel, kind):
    prefix = "lemtrada_triage/_data/"
    shipped = {
        name.removeprefix(prefix): content
        for name, content in in_wheel(wheel).items()
        if name.startswith(f"{prefix}{kind}/")
    }
    assert shipped == {name: content for name, content in checkout(kind).items() if "vocab/messages/" not in name}
    assert shipped


def test_the_wheel_has_the_code_the_marker_of_types_and_the_licences_and_nothing_else(wheel):
    names = set(in_wheel(wheel))
    assert {"lemtrada_triage/py.typed", "lemtrada_triage/show/cli.py"} <= names
    assert {"lemtrada_triage/author/templates/base.html", "lemtrada_triage/author/templates/search.js"} <= names
    top = {name.split("/")[0] for name in names}
    assert top == {"lemtrada_triage", f"lemtrada_triage-{__version__}.dist-info"}
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE", "vocab/known-words.LICENSE"}


def test_the_source_archive_builds_the_same_wheel(wheel, sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build("wheel", tmp_path / "wheel", source)
    assert in_wheel(again) == in_wheel(wheel)


def run_away_from_the_checkout(path: Path, folder: Path) -> tuple[Path, Path]:
    """Runs ``SCRIPT`` with a package at ``path`` only; returns where code and rules came from."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT], cwd=folder, env={"PYTHONPATH": str(path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    code, rules = done.stdout.splitlines()
    return Path(code), Path(rules)


def test_the_installed_wheel_works(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code, rules = run_away_from_the_checkout(site, tmp_path)
    assert code.is_relative_to(site)
    assert rules == site / "lemtrada_triage" / "_data" / "rules"


def test_a_wheel_starts_with_the_tables_that_it_brings(wheel, tmp_path):
    """They fit its own code and data, byte for byte, and nothing is compiled; a changed one is not used."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    script = "from lemtrada_triage.lexicon.kept import kept_lexicon; print(kept_lexicon() is not None)"
    command = [sys.executable, "-P", "-c", script]
    settings = {"PYTHONPATH": str(site), "LEMTRADA_TRIAGE_CACHE": ""}
    shipped = site / "lemtrada_triage" / "_data" / SHIPPED_COPY
    for content, used in ((shipped.read_bytes(), "True"), (shipped.read_bytes()[:-9] + b"[-1,null]", "False")):
        shipped.write_bytes(content)
        done = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == used


def test_what_compiles_the_vocabulary_is_asked_for_where_a_wheel_is_built(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("LEMTRADA_TRIAGE_COMPILE", raising=False)
    names = {re.split("[<>=]", asked)[0].lower() for asked in get_requires_for_build_wheel()}
    assert names == {"pydantic", "rapidfuzz", "pyyaml", "pystemmer", "platformdirs"}


def test_what_the_readme_installs_without_a_compiler_is_all_that_is_needed_but_what_needs_one():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    (line,) = re.findall(r'^pip install (".*)$', (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert re.findall('"(.*?)"', line) == [need for need in needed if not need.startswith("durable-rules")]


def test_the_library_is_imported_without_the_tools_of_the_command_line():
    script = "import sys, lemtrada_triage; print(*sorted({'rich', 'click'} & set(sys.modules)))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
