"""The way of one message: the functions of this package that it passes through, in the order of their first calls.

Run it by hand: ``python tests/benchmarks/way.py ["a text" [DAYS]] [--reader both] [--remembered]``. The message is
warm: it has been read before, and all that is remembered of it is forgotten; with ``--remembered`` what follows from
the same facts is remembered, as it is of most messages. A comprehension counts with the function in which it stands.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType

import lemtrada_triage
from lemtrada_triage import Triage
from lemtrada_triage.decide.memo import Memo

PACKAGE = Path(lemtrada_triage.__file__).parent
TEXT = "my face is kinda drooping n cant talk rite"
Step = tuple[str, str]  # a file of the package, and a function in it


def forget_decisions(triage: Triage) -> None:
    """Lets all be decided anew."""
    adviser = triage._adviser
    for part in (adviser, adviser._decider, adviser._interview):
        for memo in vars(part).values():
            if isinstance(memo, Memo):
                memo._known.clear()
            elif hasattr(memo, "cache_clear"):
                memo.cache_clear()


def steps(triage: Triage, text: str, days: int | None, remembered: bool = True) -> list[Step]:
    """Each call on the way of a message, as it is assessed a second time, its reading forgotten.

    ``remembered``: what follows from its facts is not.
    """
    called: list[Step] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            name = code.co_qualname.partition(".<locals>.<")[0]
            if not name.startswith("<"):
                called.append((Path(code.co_filename).relative_to(PACKAGE).as_posix(), name))

    triage.assess(text, days)
    triage._readings.cache_clear()
    if not remembered:
        forget_decisions(triage)
    sys.setprofile(note)
    try:
        triage.assess(text, days)
    finally:
        sys.setprofile(None)
    return called


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("text", nargs="?", default=TEXT)
    options.add_argument("days", nargs="?", type=int, default=2)
    options.add_argument("--reader", choices=("words", "both"), default="words")
    options.add_argument("--remembered", action="store_true")
    asked = options.parse_args()
    called = steps(Triage(reader=asked.reader), asked.text, asked.days, asked.remembered)
    functions = list(dict.fromkeys(called))
    for before, (file, name) in zip([("", ""), *functions], functions, strict=False):
        if file != before[0]:
            print(file)
        print(f"    {name}")
    files = {file for file, _ in called}
    moves = sum(one != other for (one, _), (other, _) in pairwise(called))
    print(f"{len(files)} files, {len(functions)} functions, {len(called)} calls, {moves} moves between files")


if __name__ == "__main__":
    main()
