"""What several tests share: one Triage and one Reader, compiled once, and nothing kept from run to run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ["LEMTRADA_TRIAGE_CACHE"] = ""  # for the commands that tests run, too
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # of tests that use ONNX Runtime by themselves

from lemtrada_triage import Triage
from lemtrada_triage.lexicon.kept import load_lexicon
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.read.reader import Reader

# It asks nobody for anything of its own accord, and runs as root.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip

# A busy machine is no fault of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def triage() -> Triage:
    """Reads with words alone: what the vocabulary says is pinned by most tests."""
    return Triage(reader="words")


@pytest.fixture(scope="session")
def reader(triage: Triage) -> Reader:
    return Reader(triage.vocabulary)


@pytest.fixture(scope="session")
def loaded() -> Callable[[], Lexicon]:
    return cache(load_lexicon)


@pytest.fixture(scope="module")
def triage_of_cli_once() -> Iterator[None]:
    """Equal options of a command share one Triage, which spares the tests of a file half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lemtrada_triage.show.cli.Triage", cache(Triage))
        yield


@pytest.fixture
def words_loaded_once(monkeypatch: pytest.MonkeyPatch, loaded: Callable[[], Lexicon]) -> Iterator[None]:
    """The verbs of a rule author share one shipped vocabulary, which spares their tests a second each."""
    monkeypatch.setattr("lemtrada_triage.author.workbench.load_vocabulary", lambda: loaded().vocabulary)
    monkeypatch.setattr("lemtrada_triage.read.shared.load_lexicon", loaded)
    yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium, driven by Playwright; neither is needed to use the library."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no browser test: Playwright is not installed (pip install playwright)"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no browser test: there is no chromium on this machine (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()
