"""Assesses, loads and serves made-up input by Hypothesis until the time is over. Run by hand, for an hour say:

    python tests/benchmarks/fuzz.py [MINUTES] [--only assess,rules,words,service] [--seed N]

``assess``: cut and mixed messages, odd characters, days or histories, with both readers; then brief, explain, why and
an answer. ``rules`` and ``words``: the files of a pack, damaged; what loads must decide. ``service``: bodies of every
shape on every path. Whatever is given, nothing may fail but with an error of the library, and no log and no error may
quote a patient. Prints how much was tried, and each failure with the input that is smallest; the exit status is 1 after
any. ``tests/test_fuzz.py`` does a few of each.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fuzz_packs import SHARES, damages, rules_hold, words_hold
from fuzz_service import requests, service_holds
from fuzz_texts import assess_holds, cases, choices, listen, tried
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

TARGETS: dict[str, tuple[Callable[..., None], st.SearchStrategy[tuple[Any, ...]]]] = {
    "assess": (assess_holds, st.tuples(cases(), choices)),
    "rules": (rules_hold, st.tuples(SHARES, damages)),
    "words": (words_hold, st.tuples(SHARES, damages)),
    "service": (service_holds, requests()),
}
PHASES = (Phase.generate, Phase.shrink)
CHECKS = list(HealthCheck)
AT_ONCE = 200
MOST_FAILURES = 20  # then it stops


def run(name: str, examples: int, start: int) -> None:
    """Tries one target with some examples, drawn anew from a number. Raises what failed, with the smallest input."""
    holds, drawn = TARGETS[name]

    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, phases=PHASES, suppress_health_check=CHECKS)
    @given(drawn)
    def anew(made: tuple[Any, ...]) -> None:
        holds(*made)

    anew()


def failed(name: str, start: int) -> bool:
    """Whether a part of the run failed, which is printed."""
    try:
        run(name, AT_ONCE, start)
    except Exception:
        print(f"--- {name}, seed {start}\n{traceback.format_exc()}", flush=True)
        return True
    return False


def main() -> int:
    asked = argparse.ArgumentParser(description="Fuzzes assess, the loaders and the example service.")
    asked.add_argument("minutes", nargs="?", type=float, default=60)
    asked.add_argument("--only", default=",".join(TARGETS))
    asked.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    told = asked.parse_args()
    listen()
    end, start, failures = time.monotonic() + told.minutes * 60, told.seed, 0
    print(f"begins with seed {start}", flush=True)
    while time.monotonic() < end and failures < MOST_FAILURES:
        for name in told.only.split(","):
            start += 1
            failures += failed(name, start)
        counts = ", ".join(f"{what} {count:,}" for what, count in sorted(tried.items()))
        print(f"{datetime.now():%H:%M:%S} {tried.total():,} executions, {failures} failures: {counts}", flush=True)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
