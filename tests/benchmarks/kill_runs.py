"""Kills a run at ten random moments, goes on with it each time, and compares. Run by hand:

    python tests/benchmarks/kill_runs.py [ROWS] [NAME ...]

NAME is the output (out.csv, out.csv.gz, out.parquet, out.jsonl ...); each is killed ten times with one process and with
two. ``tests/test_nothing_lost.py`` does the same with three. Exit status 1 when a file differs from a whole run's.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from test_nothing_lost import finished, long_log, started

KILLS = 10


def killed(log: Path, out: Path, jobs: int, seconds: float, dice: random.Random) -> int:
    """How often a run was killed before it was done."""
    kills = 0
    for moment in sorted(dice.uniform(0, seconds) for _ in range(KILLS)):
        with started(log, "-o", out, "--jobs", jobs, "--resume") as process:
            time.sleep(moment)
            process.kill()
            process.communicate()
        kills += not out.exists()
        if out.exists():
            break
    return kills


def main(rows: int, names: list[str]) -> int:
    differing = 0
    for name in names:
        for jobs in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                log, out = Path(folder, "log.csv"), Path(folder, name)
                long_log(log, rows)
                start = time.monotonic()
                finished(log, "-o", out, "--jobs", jobs)
                seconds, want = time.monotonic() - start, out.read_bytes()
                out.unlink()
                kills = killed(log, out, jobs, seconds / 2, random.Random(f"{name} {jobs}"))
                if not out.exists():
                    finished(log, "-o", out, "--jobs", jobs, "--resume")
                same = out.read_bytes() == want and len(list(Path(folder).iterdir())) == 2
                differing += not same
                told = "identical" if same else "DIFFERS"
                print(f"{name}, {jobs} processes: killed {kills} times, {told}", flush=True)
    return 1 if differing else 0


if __name__ == "__main__":
    asked = sys.argv[2:] or ["out.csv", "out.csv.gz", "out.jsonl", "out.parquet"]
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, asked))
