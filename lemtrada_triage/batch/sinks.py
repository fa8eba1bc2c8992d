"""Where scored rows go: to a stream, or to files with a journal beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from lemtrada_triage.batch.formats import Format, packed, packing_of
from lemtrada_triage.batch.journal import Journal, Mark
from lemtrada_triage.batch.output import Part
from lemtrada_triage.batch.plan import STREAM, Plan
from lemtrada_triage.batch.rowlog import Piece, Summary


class Output:
    """Where the pieces go. ``put`` may be called for no more pieces after ``complete``."""

    def reached(self) -> Mark:
        """What is there already; -1 chunks: not even the head."""
        return Mark(-1, (), Summary())

    def put(self, number: int, piece: Piece, summary: Summary) -> None:
        """Takes the next piece; ``number`` chunks and ``summary`` are then whole."""
        raise NotImplementedError

    def complete(self, last: Piece) -> None:
        """Takes the last piece and puts all into place."""
        raise NotImplementedError

    def leave(self, *error: object) -> None:
        """Puts away what is not complete."""


class Stream(Output):
    """Standard output or a device; rows that were not scored go to a file all the same."""

    def __init__(self, plan: Plan) -> None:
        self._packing = packing_of(plan.out)
        self._device = None if plan.out == STREAM else Path(plan.out).open("wb")  # noqa: SIM115
        self._sink = self._device or sys.stdout.buffer
        self._errors = Part(Path(plan.errors)) if plan.errors else None
        if self._errors:
            self._errors.go_on(0)

    def put(self, number: int, piece: Piece, summary: Summary) -> None:
        self._sink.write(packed(piece.data, self._packing))
        self._sink.flush()
        if self._errors:
            self._errors.grow(piece.unscored)

    def complete(self, last: Piece) -> None:
        self.put(0, last, Summary())
        if self._errors:
            self._errors.complete()

    def leave(self, *error: object) -> None:
        if self._errors:
            self._errors.discard()
        if self._device:
            with suppress(OSError):  # a device that is full was told of before
                self._device.close()


class Files(Output):
    """A file, and another for rows that were not scored, with a journal of how far they are."""

    def __init__(self, plan: Plan, kind: Format, run: dict[str, Any]) -> None:
        self._paths = [Path(path) for path in (plan.out, plan.errors) if path]
        self._resume = plan.resume
        self._parquet = kind == "parquet"
        self._parts: list[Part] = []
        self._journal = Journal(self._paths[0].resolve(), run)
        if plan.resume:
            self._journal.check()  # before anything that could be put away for its failure
        try:
            for path in self._paths:
                self._parts.append(Part(path))
        except BaseException:
            for part in self._parts:
                part.close()
            raise

    def reached(self) -> Mark:
        sizes = tuple(part.stream.seek(0, os.SEEK_END) for part in self._parts)
        mark = self._journal.reached(sizes) if self._resume else None
        if mark is None:
            self._journal.start()
            mark = Mark(-1, (0,) * len(sizes), Summary())
        for part, size in zip(self._parts, mark.sizes, strict=True):
            part.go_on(size)
        return mark

    def put(self, number: int, piece: Piece, summary: Summary) -> None:
        self._journal.mark(number, self._grown(piece), summary)

    def _grown(self, piece: Piece) -> tuple[int, ...]:
        both = zip(self._parts, self._paths, (piece.data, piece.unscored), strict=False)
        return tuple(part.grow(packed(data, packing_of(str(path))) if data else b"") for part, path, data in both)

    def complete(self, last: Piece) -> None:
        self._grown(last)
        made = _parquet() if self._parquet else None
        for part in reversed(self._parts):  # the log itself last: where it is, all is
            part.complete(made)

    def leave(self, *error: object) -> None:
        for part in self._parts:
            part.discard()
        self._journal.discard()


def _parquet() -> Callable[[BinaryIO, BinaryIO], None]:
    from lemtrada_triage.batch.parquetlog import finished

    return finished
