"""What several tests share: one Triage and one Reader, compiled once, and nothing kept from run to run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

os.environ["LEMTRADA_TRIAGE_CACHE"] = ""  # for the commands that tests run, too
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # of tests that use ONNX Runtime by themselves

from lemtrada_triage import Triage
from lemtrada_triage.lexicon.kept import load_lexicon
from lemtrada_triage.lexicon.meaning import Lexicon
from lemtrada_triage.read.reader import Reader

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
