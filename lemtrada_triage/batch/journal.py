"""How far a run had come: a line of JSON for each chunk that is wholly written, after one that says what run it was.

Only counts and sizes stand there, no patient's words. A line that was cut short counts as not there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lemtrada_triage.batch.output import part_of
from lemtrada_triage.batch.rowlog import Summary
from lemtrada_triage.model import InputError

_COUNTS = ("rows", "errors", "warnings", "not_understood")


class Mark(NamedTuple):
    """What was whole: so many chunks, the sizes of the files, and the counts."""

    chunks: int
    sizes: tuple[int, ...]
    summary: Summary


class Journal:
    """The journal of a run that writes ``target``. ``run`` is all that its output depends on."""

    def __init__(self, target: Path, run: dict[str, Any]) -> None:
        self._run = json.loads(json.dumps(run))
        self._path = Path(f"{part_of(target)}.journal")
        self._named = target.name

    def start(self) -> None:
        """Begins anew."""
        self._path.unlink(missing_ok=True)
        self._add(self._run)

    def check(self) -> None:
        """Raises InputError where what was broken off was another run."""
        if next(self._lines(), self._run) != self._run:
            raise InputError(
                f"--resume: the unfinished {self._named} is from another log, other options, rules or words. "
                "Leave --resume out to begin anew."
            )

    def reached(self, sizes: tuple[int, ...]) -> Mark | None:
        """The last mark that files of these sizes hold; None where no run was broken off."""
        marks = [_mark(line) for line in list(self._lines())[1:]]
        fitting = [mark for mark in marks if all(map(int.__le__, mark.sizes, sizes))]
        return fitting[-1] if fitting else None

    def mark(self, chunks: int, sizes: tuple[int, ...], summary: Summary) -> None:
        """Notes that so much is whole."""
        counts = {name: getattr(summary, name) for name in _COUNTS}
        self._add({"chunks": chunks, "sizes": sizes, "counts": counts, "levels": summary.levels})

    def discard(self) -> None:
        """Removes the journal."""
        self._path.unlink(missing_ok=True)

    def _add(self, line: dict[str, Any]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
            file.write(f"{json.dumps(line)}\n".encode())

    def _lines(self) -> Iterator[Any]:
        with contextlib.suppress(FileNotFoundError, ValueError):
            for line in self._path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    yield json.loads(line)


def _mark(line: dict[str, Any]) -> Mark:
    return Mark(line["chunks"], tuple(line["sizes"]), Summary(**line["counts"], levels=Counter(line["levels"])))
