"""How much memory one ``Triage`` takes, however many messages it is given: it must not grow with them. By hand:

    python tests/benchmarks/bench_flat.py [MESSAGES] [--reader words|both] [--every N]

The messages are those of ``threads.py``: nearly all of them new, with days and flags of their own. Prints the memory of
the process when it is ready, after the first messages and at every so many, with what it grew by; and the most.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import time

from threads import cases, megabytes

from lemtrada_triage import Triage


def main() -> None:
    asked = argparse.ArgumentParser(description="Prints the memory of one Triage over many messages.")
    asked.add_argument("messages", nargs="?", type=int, default=200_000)
    asked.add_argument("--reader", default="words")
    asked.add_argument("--every", type=int, default=20_000)
    given = asked.parse_args()
    triage = Triage(reader=given.reader)
    print(f"reader {given.reader}, engine {triage.engine}; ready: {megabytes():.0f} MB", flush=True)
    characters, began, before = 0, time.process_time(), megabytes()
    for number, case in enumerate(itertools.islice(cases([], triage.flags), given.messages), start=1):
        triage.assess(*case)
        characters += len(case.text)
        if number in (1, 1_000) or number % given.every == 0:
            now = megabytes()
            spent = time.process_time() - began
            print(f"{number:>9,} messages {now:6.0f} MB {now - before:+6.1f} {spent:7.0f} s of a core", flush=True)
            before = now
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.messages:,} messages of {characters:,} characters: at most {most:.0f} MB")


if __name__ == "__main__":
    main()
