"""How much memory a long log takes: it must not grow with its rows. Run by hand:

    python tests/benchmarks/bench_memory.py [ROWS] [--texts N] [--jobs N]

Makes the rows as they are read, scores them from a pipe to a device, and prints the memory of the run, workers
included, at every tenth of the way. There are 2,000 texts on many days, so that rows and not reading count; with more
than are remembered at once (``--texts 200000``) it is the memory of texts that is tried.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from batch_log import SEED, messages


def some_texts(count: int) -> list[str]:
    """So many texts: the labelled messages, then two of them joined, as a cell of CSV."""
    known, dice = messages(), random.Random(SEED)
    joined = [" ".join(dice.sample(known, 2)) for _ in range(count - len(known))]
    return [text.replace('"', '""') for text in (*known[:count], *joined)]


def write_rows(sink: BinaryIO, rows: int, texts: list[str], done: list[int]) -> None:
    dice = random.Random(SEED)
    sink.write(b"id,days,message\n")
    for start in range(0, rows, 1_000):
        some = range(start, min(start + 1_000, rows))
        lines = [f'{number},{dice.randrange(1_500)},"{dice.choice(texts)}"\n' for number in some]
        sink.write("".join(lines).encode())
        done[0] = some.stop
    sink.close()


def megabytes(process: int) -> float:
    """What a process and its children have in memory now."""
    own = Path(f"/proc/{process}")
    lines = (own / "status").read_text().splitlines()
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
    children = (own / "task" / str(process) / "children").read_text().split()
    return kilobytes / 1024 + sum(megabytes(int(child)) for child in children)


def main() -> None:
    asked = argparse.ArgumentParser(description="Prints the memory that scoring a long log takes.")
    asked.add_argument("rows", nargs="?", type=int, default=10_000_000)
    asked.add_argument("--texts", type=int, default=2_000)
    asked.add_argument("--jobs", default="2")
    given = asked.parse_args()
    texts = some_texts(given.texts)
    command = [sys.executable, "-m", "lemtrada_triage", "score", "-", "--format", "csv", "-o", "/dev/null"]
    with subprocess.Popen([*command, "--reader", "words", "--jobs", given.jobs], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        done, most, told = [0], 0.0, 0
        threading.Thread(target=write_rows, args=(process.stdin, given.rows, texts, done), daemon=True).start()
        while process.poll() is None:
            try:
                now = megabytes(process.pid)
            except (FileNotFoundError, ProcessLookupError):
                break
            most = max(most, now)
            if done[0] * 10 // given.rows > told:
                told = done[0] * 10 // given.rows
                print(f"{done[0]:>12,} rows: {now:6.0f} MB", flush=True)
            threading.Event().wait(0.1)
    print(f"{given.rows:,} rows: at most {most:.0f} MB; exit status {process.returncode}")


if __name__ == "__main__":
    main()
