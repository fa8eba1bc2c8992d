"""One ``Triage`` under many threads: every result is that of a process of one thread, and memory stays flat. By hand:

    python tests/benchmarks/threads.py [MINUTES] [--threads N] [--reader both|words] [--messages N] [--corpus FILE ...]

Messages are those of ``vocab/messages`` (and the lines of a corpus), then two or three of them joined, so that nearly
all are new; one in ten comes again. Each has days and flags of its own. Prints the memory of the process with the
threads every half minute; the exit status is 1 where a result differs. With ``--messages`` it ends after so many.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import queue
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from batch_log import messages

from lemtrada_triage import Triage

AT_ONCE = 50  # messages that the other process is given
SEED = 8


class Case(NamedTuple):
    text: str
    days: int | None
    flags: frozenset[str]


def texts(corpora: list[Path], dice: random.Random) -> Iterator[str]:
    """The known ones once, then mixtures of them without end; one in ten is a text of before."""
    known = messages()
    for path in corpora:
        known += list(filter(None, path.read_text(encoding="utf-8", errors="replace").splitlines()))
    dice.shuffle(known)
    mixed = (" ".join(dice.sample(known, dice.choice((2, 2, 3)))) for _ in itertools.count())
    for text in itertools.chain(known, mixed):
        yield text
        if dice.random() < 0.1:
            yield dice.choice(known[:200])


def cases(corpora: list[Path], flags: tuple[str, ...]) -> Iterator[Case]:
    dice = random.Random(SEED)
    for text in texts(corpora, dice):
        days = None if dice.random() < 0.2 else min(int(dice.expovariate(1 / 200)), 2_000)
        yield Case(text, days, frozenset(dice.sample(flags, dice.choice((0, 0, 0, 1, 2)))))


def megabytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


_alone: Triage


def start_alone(reader: str) -> None:
    global _alone
    _alone = Triage(reader=reader)


def said_alone(some: list[Case]) -> list[str]:
    return [_alone.assess(*case).model_dump_json() for case in some]


class Run:
    """What the threads share."""

    def __init__(self, triage: Triage, source: Iterator[Case], most: int) -> None:
        self.triage, self.source, self.most = triage, source, most
        self.over, self.lock = threading.Event(), threading.Lock()
        self.said: queue.Queue[tuple[Case, str] | None] = queue.Queue(4 * AT_ONCE)
        self.counts: Counter[str] = Counter()

    def next(self) -> Case:
        with self.lock:
            self.counts["messages"] += 1
            if self.counts["messages"] >= self.most:
                self.over.set()
            return next(self.source)

    def work(self) -> None:
        """One of many threads."""
        while not self.over.is_set():
            case = self.next()
            try:
                self.said.put((case, self.triage.assess(*case).model_dump_json()))
            except Exception as error:
                self.failed(case, repr(error))

    def compare(self, alone: ProcessPoolExecutor) -> None:
        """With what the process of one thread says."""
        given = iter(self.said.get, None)
        while some := list(itertools.islice(given, AT_ONCE)):
            expected = alone.submit(said_alone, [case for case, _ in some]).result()
            for (case, said), other in zip(some, expected, strict=True):
                self.counts["compared"] += 1
                if said != other:
                    self.failed(case, "differs")

    def failed(self, case: Case, why: str) -> None:
        self.counts["failures"] += 1
        print(f"{case}: {why}", flush=True)

    def watch(self, seconds: float) -> None:
        """Prints the memory now and then, until the time is over."""
        began = time.monotonic()
        while not self.over.wait(min(30, max(began + seconds - time.monotonic(), 0))):
            spent = time.monotonic() - began
            print(f"{spent:5.0f} s {self.counts['messages']:>9,} messages {megabytes():6.0f} MB", flush=True)
            if spent >= seconds:
                self.over.set()


def main() -> int:
    asked = argparse.ArgumentParser(description="Reads varied messages in many threads, and watches the memory.")
    asked.add_argument("minutes", nargs="?", type=float, default=10)
    asked.add_argument("--threads", type=int, default=8)
    asked.add_argument("--reader", default="both")
    asked.add_argument("--messages", type=int, default=10**9)
    asked.add_argument("--corpus", type=Path, nargs="*", default=[])
    given = asked.parse_args()
    triage = Triage(reader=given.reader)
    run = Run(triage, cases(given.corpus, triage.flags), given.messages)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=start_alone, initargs=(given.reader,)) as alone:
        workers = [threading.Thread(target=run.work, daemon=True) for _ in range(given.threads)]
        comparing = threading.Thread(target=run.compare, args=(alone,), daemon=True)
        for thread in (*workers, comparing):
            thread.start()
        run.watch(given.minutes * 60)
        for thread in workers:
            thread.join()
        run.said.put(None)
        comparing.join()
    counts = run.counts
    print(
        f"{given.threads} threads, reader {given.reader}: {counts['messages']:,} messages, "
        f"{counts['compared']:,} compared, {counts['failures']} failures, {megabytes():.0f} MB at the end"
    )
    return int(counts["failures"] > 0 or counts["compared"] < counts["messages"])


if __name__ == "__main__":
    sys.exit(main())
