"""Scores one log in one process, on all cores and by a local Spark, and compares: all must say the same. Run by hand:

    python tests/benchmarks/three_ways.py [ROWS] [--reader words|both] [--jobs N]

The log is made by ``batch_log.py``: 95 % of its texts repeat, some days are untidy. The first two ways write CSV, whose
bytes are compared; Spark writes Parquet. The added values of all three are hashed in the order of the rows' numbers.
Prints the SHA-256 and the rate of each. Exit status 1 when one differs. The third way needs pyspark and Java.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batch_log import write_log

from lemtrada_triage.batch.core import ADDED


def by_command(log: Path, out: Path, reader: str, jobs: int) -> None:
    command = [sys.executable, "-m", "lemtrada_triage", "score", log, "-o", out, "--reader", reader, "--jobs", jobs]
    subprocess.run(list(map(str, command)), check=True, stderr=subprocess.DEVNULL)


def values(rows: Iterator[dict[str, Any]]) -> str:
    """The SHA-256 of the added values of some rows, as text."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update("\x1f".join([str(row["id"]), *(shown(row[name]) for name in ADDED)]).encode() + b"\n")
    return digest.hexdigest()


def shown(value: Any) -> str:
    """A value as a cell of CSV has it; a list of mentions by its places."""
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(":".join(map(str, one.values())) if isinstance(one, dict) else str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def of_csv(out: Path) -> str:
    with out.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return values(row | {"mentions": json.loads(row["mentions"] or "[]")} for row in rows)


def by_spark(log: Path, reader: str, jobs: int) -> tuple[float, str]:
    from pyspark.sql import SparkSession

    from lemtrada_triage.batch.spark import score

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(f"local[{jobs}]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.memory", "3g").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        frame = session.read.csv(str(log), header=True, multiLine=True, escape='"')
        score(frame.repartition(2 * jobs), reader=reader).write.parquet(f"{folder}/out")
        spent = time.perf_counter() - start
        return spent, values(of_parquet(Path(folder, "out")))


def of_parquet(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows by number, a part at a time."""
    import pyarrow.dataset as dataset

    table = dataset.dataset(folder).to_table(columns=["id", *ADDED])
    numbers = table["id"].cast("int64")
    for batch in table.set_column(0, "id", numbers).sort_by("id").to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def main() -> int:
    asked = argparse.ArgumentParser(description="Scores one log in three ways, and compares.")
    asked.add_argument("rows", nargs="?", type=int, default=1_000_000)
    asked.add_argument("--reader", default="words")
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args()
    hashes = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.csv")
        write_log(log, given.rows, 0.95)
        files = []
        for jobs in (1, given.jobs):
            out = Path(folder, f"{jobs}.csv")
            start = time.perf_counter()
            by_command(log, out, given.reader, jobs)
            spent = time.perf_counter() - start
            files.append(hashlib.sha256(out.read_bytes()).hexdigest())
            hashes.append(of_csv(out))
            told = f"file {files[-1]}, values {hashes[-1]}"
            print(f"{jobs} process(es): {given.rows / spent:,.0f} rows/s, {told}", flush=True)
            out.unlink()
        spent, found = by_spark(log, given.reader, given.jobs)
        print(f"Spark, local[{given.jobs}]: {given.rows / spent:,.0f} rows/s, values {found}", flush=True)
    same = len({*hashes, found}) == 1 == len(set(files))
    print("identical" if same else "DIFFERENT")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
