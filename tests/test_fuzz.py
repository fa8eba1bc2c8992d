"""Any message, any pack of rules or words, any request: ``benchmarks/fuzz.py`` does it for an hour."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the example service needs packages that are not installed")
pytest.importorskip("httpx", reason="the example service needs packages that are not installed")
sys.path.insert(0, str(Path(__file__).with_name("benchmarks")))

from fuzz import TARGETS, run


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_fails_whatever_is_given(name: str) -> None:
    run(name, 30, 15)
