"""Any file at all: rows in are rows out, in its own form and in others. ``benchmarks/fuzz_logs.py`` does thousands."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).with_name("benchmarks")))

from fuzz_logs import FILES, holds


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(FILES)
def test_rows_in_are_rows_out_whatever_a_file_holds(file):
    holds(file)
