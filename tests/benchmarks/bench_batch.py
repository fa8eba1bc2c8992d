"""How fast logs are scored, beside others and beside reading and writing alone. ``make bench`` runs it:

    python tests/benchmarks/bench_batch.py [ROWS] [--peers PYTHON] [--readers words,both] [--readme]

Prints a Markdown table; ``--readme`` (``make bench-readme``) puts it into README.md. Logs are made by ``batch_log.py``:
ROWS for words, a tenth for both readers. They are scored from file to file as the command does, the start of further
processes counted, that of the first not. The floor is Python's csv module reading and writing the same log in one
process; it is timed before and after each measurement, and the faster of both counts. Every text is new to the process
that scores it. Peers (``bench_peers.py``) run in the environment of PYTHON, and find terms only: no typos, no rules.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from batch_log import ROOT, write_log

from lemtrada_triage import Triage
from lemtrada_triage.batch.files import score_files
from lemtrada_triage.batch.plan import Plan
from lemtrada_triage.batch.pool import cores

OPEN = "open text, each once"
KINDS = {OPEN: None, "no repeats": 0.0, "70 % repeats": 0.7, "95 % repeats": 0.95}
PEERS = Path(__file__).with_name("bench_peers.py")
MEASURE = "medspaCy with ConText"
IN_README = re.compile("(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)


class Line(NamedTuple):
    """One measurement: ``seconds`` for ``rows``, and those of the floor."""

    kind: str
    name: str
    jobs: int
    rows: int
    seconds: float
    floor: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def floor(log: Path, rows: int) -> float:
    """The seconds that it takes to read and write so many rows."""
    start = time.perf_counter()
    with log.open(encoding="utf-8", newline="") as source, log.with_suffix(".floor").open("w", newline="") as sink:
        csv.writer(sink).writerows(islice(csv.reader(source), rows))
    return time.perf_counter() - start


def ours(log: Path, rows: int, reader: str, jobs: int) -> float:
    """The seconds that a new ``Triage`` takes for a log, its start not counted."""
    triage = Triage(reader=reader)
    start = time.perf_counter()
    summary = score_files(triage, Plan((str(log),), str(log.with_suffix(".scored.csv")), jobs=jobs))
    spent = time.perf_counter() - start
    assert summary.rows == rows and not summary.errors, summary
    return spent


def terms() -> dict[str, str]:
    """The vocabulary's plain terms, and the concept of each."""
    vocabulary = Triage(reader="words").vocabulary
    plain = ((term.lstrip("="), entry.id) for entry in vocabulary.entries for term in entry.terms if "#" not in term)
    return dict(plain)


def peers(python: str, log: Path, rows: int) -> Iterator[Line]:
    known = log.with_name("terms.json")
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
            yield Line(OPEN, found["name"], 1, found["rows"], found["seconds"], floor(log, found["rows"]))


def lines(rows: int, readers: list[str], python: str | None, folder: Path) -> Iterator[Line]:
    for place, (kind, share) in enumerate(KINDS.items()):
        for reader in readers:
            log = folder / f"{place}-{reader}.csv"
            count = write_log(log, rows if reader == "words" else rows // 10, share)
            for jobs in sorted({1, cores()}) if share is None else [cores()]:
                before = floor(log, count)
                spent = ours(log, count, reader, jobs)
                yield Line(kind, f"lemtrada-triage, {reader}", jobs, count, spent, min(before, floor(log, count)))
        if share is None and python:
            yield from peers(python, folder / f"{place}-{readers[0]}.csv", rows)


def told(rows: int, readers: list[str], python: str | None) -> Iterator[str]:
    """The lines of the table and what stands around it."""
    machine = f"{cores()} cores, {processor()}, Python {platform.python_version()}"
    yield f"{date.today().isoformat()}, {machine}:"
    yield ""
    yield "| log | system | processes | rows | rows/s | x the floor | x medspaCy |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for line in lines(rows, readers, python, Path(folder)):
            print(f"{line.kind}, {line.name}, {line.jobs}: {line.rate:,.0f} rows/s", file=sys.stderr, flush=True)
            found.append(line)
    measure = next((line.rate for line in found if line.name == MEASURE), None)
    for line in found:
        beside = f"{line.rate / measure:,.2g}" if measure and line.kind == OPEN and line.jobs == 1 else ""
        numbers = f"{line.rows:,} | {line.rate:,.0f} | {line.seconds / line.floor:,.0f} | {beside}"
        yield f"| {line.kind} | {line.name} | {line.jobs} | {numbers} |"


def processor() -> str:
    """What the processor is called."""
    names = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", names.read_text()) if names.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def main() -> None:
    asked = argparse.ArgumentParser(description="Scores logs made by a seeded recipe, and prints a Markdown table.")
    asked.add_argument("rows", nargs="?", type=int, default=200_000)
    asked.add_argument("--peers", metavar="PYTHON", help="the Python of an environment with the peers")
    asked.add_argument("--readers", default="words,both")
    asked.add_argument("--readme", action="store_true", help="put the table into README.md as well")
    given = asked.parse_args()
    table = []
    for line in told(given.rows, given.readers.split(","), given.peers):
        print(line, flush=True)
        table.append(line)
    if given.readme:
        readme = ROOT / "README.md"
        text = readme.read_text(encoding="utf-8")
        readme.write_text(IN_README.sub(lambda _: "\n".join([*table, ""]), text), encoding="utf-8")


if __name__ == "__main__":
    main()
