"""How fast logs are scored, beside others and beside reading and writing alone. ``make bench`` runs it:

    python tests/benchmarks/bench_batch.py [ROWS] [--peers PYTHON] [--readers words,both]

Prints a Markdown table. Logs are made by ``batch_log.py``. The floor is Python's csv module reading and writing the
same log; it is timed before and after each measurement, and the faster of both counts. Every text is new to the process
that scores it. Peers (``bench_peers.py``) run in the environment of PYTHON, and find terms only: no typos, no rules.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from batch_log import write_log

from lemtrada_triage import Triage
from lemtrada_triage.batch.log import score

KINDS = {"open text, each once": None, "no repeats": 0.0, "70 % repeats": 0.7, "95 % repeats": 0.95}
PEERS = Path(__file__).with_name("bench_peers.py")
Line = tuple[str, str, int, float, float]


def floor(log: Path, rows: int) -> float:
    """The seconds that it takes to read and write so many rows."""
    start = time.perf_counter()
    with log.open(encoding="utf-8", newline="") as source:
        csv.writer(io.StringIO()).writerows(islice(csv.reader(source), rows))
    return time.perf_counter() - start


def ours(log: Path, rows: int, reader: str) -> float:
    """The seconds that a new ``Triage`` takes for a log, its start not counted."""
    triage = Triage(reader=reader)
    sink = io.BytesIO()
    with log.open("rb") as source:
        start = time.perf_counter()
        summary = score(triage, source, sink, "csv")
    spent = time.perf_counter() - start
    assert summary.rows == rows and not summary.errors, summary
    return spent


def terms() -> dict[str, str]:
    """The vocabulary's plain terms, and the concept of each."""
    vocabulary = Triage(reader="words").vocabulary
    plain = ((term.lstrip("="), entry.id) for entry in vocabulary.entries for term in entry.terms if "#" not in term)
    return dict(plain)


def peers(python: str, log: Path, rows: int, folder: Path) -> Iterator[Line]:
    known = folder / "terms.json"
    known.write_text(json.dumps(terms()), encoding="utf-8")
    command = [python, str(PEERS), str(log), str(known), str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue
        found = json.loads(line)
        if "missing" in found:
            print(f"{found['name']} is not here: {found['missing']}", file=sys.stderr)
        else:
            base = floor(log, found["rows"])
            yield "open text, each once", found["name"], found["rows"], found["seconds"], base


def lines(rows: int, readers: list[str], python: str | None, folder: Path) -> Iterator[Line]:
    for place, (kind, share) in enumerate(KINDS.items()):
        log = folder / f"{place}.csv"
        count = write_log(log, rows, share)
        for reader in readers:
            before = floor(log, count)
            spent = ours(log, count, reader)
            yield kind, f"lemtrada-triage, {reader}", count, spent, min(before, floor(log, count))
        if share is None and python:
            yield from peers(python, log, count, folder)


def main() -> None:
    asked = argparse.ArgumentParser(description="Scores logs made by a seeded recipe, and prints a Markdown table.")
    asked.add_argument("rows", nargs="?", type=int, default=100_000)
    asked.add_argument("--peers", metavar="PYTHON", help="the Python of an environment with the peers")
    asked.add_argument("--readers", default="words,both")
    given = asked.parse_args()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{date.today().isoformat()}, {machine}; in one process\n")
    print("| log | system | rows | rows/s | x the floor |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, name, rows, spent, base in lines(given.rows, given.readers.split(","), given.peers, Path(folder)):
            print(f"| {kind} | {name} | {rows:,} | {rows / spent:,.0f} | {spent / base:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
