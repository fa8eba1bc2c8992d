"""The compiled wheel decides what the plain one does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml

from lemtrada_triage import Triage

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """
import json, sys
from lemtrada_triage import Triage
from lemtrada_triage.lexicon import meaning
from lemtrada_triage.read import find, spelling
from lemtrada_triage.read.context import context
triage = Triage(reader="words")
print(json.dumps([one.__file__ for one in (context, find, meaning, spelling)]))
for line in sys.stdin:
    print(triage.assess(json.loads(line), 30).model_dump_json())
"""
ODD = ("", " ", "\ud800", "🤒 fever 39,4 °C", "naïve ﬁt — “numb”\u200b arm", "no " * 500 + "rash", "[ ] rash [x] fever")


def no_compiler() -> bool:
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    return not (compiler and Path(sysconfig.get_path("include"), "Python.h").exists())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked compiled wheel."""
    if no_compiler():
        pytest.skip("there is no C compiler or no Python.h here, which compiling needs")
    folder = tmp_path_factory.mktemp("compiled")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT, env=os.environ | {"LEMTRADA_TRIAGE_COMPILE": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def texts_of_the_cases() -> list[str]:
    files = sorted(ROOT.glob("rules/*.test.yaml"))
    cases = [case for path in files for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
    return [case["given"]["text"] for case in cases if "text" in case["given"]]


def test_the_compiled_wheel_gives_the_same_results_word_for_word(site: Path, triage: Triage, tmp_path: Path):
    texts = [*ODD, *texts_of_the_cases()]
    assert len(texts) > 500
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT], input="".join(f"{json.dumps(text)}\n" for text in texts),
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    modules, *results = done.stdout.splitlines()
    assert all(not name.endswith(".py") and Path(name).is_relative_to(site) for name in json.loads(modules))
    assert results == [triage.assess(text, 30).model_dump_json() for text in texts]


def test_compiling_leaves_nothing_in_the_checkout(site: Path):
    assert not [path for suffix in ("so", "pyd", "c") for path in (ROOT / "lemtrada_triage").rglob(f"*.{suffix}")]
