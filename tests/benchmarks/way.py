"""The way of one message: the functions of this package that it passes through, in order, and in how many files.

Run it by hand: ``python tests/benchmarks/way.py ["a text" [DAYS]]``. The message is warm: it has been read before. A
comprehension counts with the function in which it stands.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType

import lemtrada_triage
from lemtrada_triage import Triage

PACKAGE = Path(lemtrada_triage.__file__).parent
TEXT = "my face is kinda drooping n cant talk rite"
Step = tuple[str, str]  # a file of the package, and a function in it


def steps(triage: Triage, text: str, days: int | None) -> list[Step]:
    """Each call on the way of a message, as it is assessed a second time, its reading forgotten."""
    called: list[Step] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            name = code.co_qualname.partition(".<locals>.<")[0]
            if not name.startswith("<"):
                called.append((Path(code.co_filename).relative_to(PACKAGE).as_posix(), name))

    triage.assess(text, days)
    triage._readings.cache_clear()
    sys.setprofile(note)
    try:
        triage.assess(text, days)
    finally:
        sys.setprofile(None)
    return called


def main(text: str = TEXT, days: str = "2") -> None:
    called = steps(Triage(reader="words"), text, int(days))
    functions = dict.fromkeys(called)
    files = dict.fromkeys(file for file, _ in called)
    moves = sum(one != other for (one, _), (other, _) in pairwise(called))
    for file in files:
        print(file)
        for name in [name for own, name in functions if own == file]:
            print(f"    {name}")
    print(f"{len(files)} files, {len(functions)} functions, {len(called)} calls, {moves} moves between files")


if __name__ == "__main__":
    main(*sys.argv[1:])
