"""What several tests share: one Triage and one Reader, compiled once."""

from __future__ import annotations

import pytest

from lemtrada_triage import Triage
from lemtrada_triage.text.reader import Reader


@pytest.fixture(scope="session")
def triage() -> Triage:
    return Triage()


@pytest.fixture(scope="session")
def reader(triage: Triage) -> Reader:
    return Reader(triage.vocabulary)
