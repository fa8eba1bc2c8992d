"""What several tests share: one Triage and one Reader, compiled once, and nothing kept from run to run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

os.environ["LEMTRADA_TRIAGE_CACHE"] = ""  # for the commands that tests run, too

from lemtrada_triage import Triage
from lemtrada_triage.kept import load_vocabulary
from lemtrada_triage.text.reader import Reader

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def triage() -> Triage:
    """Reads with words alone: what the vocabulary says is pinned by most tests."""
    return Triage(reader="words")


@pytest.fixture(scope="session")
def reader(triage: Triage) -> Reader:
    return Reader(triage.vocabulary)


@pytest.fixture(scope="session")
def loaded() -> object:
    return cache(load_vocabulary)


@pytest.fixture
def words_loaded_once(monkeypatch: pytest.MonkeyPatch, loaded: object) -> Iterator[None]:
    """The verbs of a rule author share one shipped vocabulary, which spares their tests a second each."""
    for place in ("lemtrada_triage.authoring.workbench", "lemtrada_triage.triage"):
        monkeypatch.setattr(f"{place}.load_vocabulary", loaded)
    yield
