"""Any file at all: rows in are rows out, in its own form and in others. ``benchmarks/fuzz_logs.py`` does thousands."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_batch import Parrot

from lemtrada_triage.batch import lines
from lemtrada_triage.batch.csvlog import CsvLog
from lemtrada_triage.batch.log import score
from lemtrada_triage.model import InputError

sys.path.insert(0, str(Path(__file__).with_name("benchmarks")))

from fuzz_logs import FILES, holds, tables


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(FILES)
def test_rows_in_are_rows_out_whatever_a_file_holds(file):
    holds(file)


def as_read(data: bytes) -> bytes | str:
    sink = io.BytesIO()
    try:
        score(Parrot(), io.BytesIO(data), sink, "csv")
    except InputError as error:
        return str(error)
    return sink.getvalue()


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(tables(), st.integers(1, 60))
def test_rows_are_the_same_whether_read_many_at_once_or_one_by_one(data, size):
    """The blocks in which lines come may end anywhere, and rows with odd quotation marks stand in any of them."""
    want = as_read(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_FEW", size)
        patch.setattr(lines, "_BLOCK", size)
        assert as_read(data) == want
        patch.setattr(CsvLog, "_parsed", lambda self, raws: [])
        assert as_read(data) == want
