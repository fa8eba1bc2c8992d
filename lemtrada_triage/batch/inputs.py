"""Several logs as one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.formats import opened, unpacked
from lemtrada_triage.batch.patients import rewindable
from lemtrada_triage.batch.plan import STREAM, Plan, kind_of
from lemtrada_triage.batch.rowlog import Chunk, Log, Piece
from lemtrada_triage.model import InputError


class Logs:
    """The sources as one log. All are looked at before the first is read, so that a wrong one is told at once."""

    def __init__(self, plan: Plan, stack: ExitStack) -> None:
        self._plan, self._stack = plan, stack
        self._sources = plan.sources
        self._stdin: BinaryIO = sys.stdin.buffer
        if plan.layout.patient and STREAM in self._sources:
            self._stdin = stack.enter_context(rewindable(self._stdin))
        self._start = self._stdin.tell() if plan.layout.patient and STREAM in self._sources else 0
        self._current: Log | None = None
        self._raw: BinaryIO | None = None
        self._before = 0
        self.hints: list[str] = []
        self.taken = 0
        self.kind = kind_of(self._sources[0], plan.format)
        self.form: str = self.kind  # what a file called .json holds may be lines
        self.names = self._names()

    @property
    def identity(self) -> list[list[object]]:
        """What tells these logs from others, and from themselves when they were changed."""
        stats = [(os.path.abspath(source), os.stat(source)) for source in self._sources]
        return [[path, stat.st_size, stat.st_mtime_ns] for path, stat in stats]

    @property
    def place(self) -> int:
        """How many bytes of all files were read."""
        at = self._raw.tell() if self._raw is not None and self._raw.seekable() else 0
        return self._before + at

    def sample(self) -> Sequence[Mapping[str, Any]]:
        """The first rows by column."""
        if self._current is not None:
            return self._current.sample()
        with open(self._sources[0], "rb") as stream:
            return self._log(stream, self._sources[0]).sample()

    def rewind(self) -> None:
        """Goes back to the first row; with a patient column only, for standard input."""
        if STREAM in self._sources:
            self._stdin.seek(self._start)
        self._current = self._raw = None
        self.hints = []
        self.taken = 0

    def begin(self, columns: Columns) -> Piece:
        """What stands before the first row."""
        self._columns = columns
        log = self._current or self._open(self._sources[0])
        self._current = log
        return log.begin(columns)

    def chunks(self) -> Iterator[Chunk]:
        """The chunks of all logs."""
        for number, source in enumerate(self._sources):
            log = self._current if number == 0 and self._current else self._open(source)
            self._current = log
            if number:
                log.begin(self._columns)
                log.started = self.taken > 0
            yield from self._counted(log)
            self.hints.append(log.hint)
            self._before = self.place

    def end(self) -> Piece:
        """What stands behind the last row."""
        return self._current.end() if self._current else Piece()

    def _counted(self, log: Log) -> Iterator[Chunk]:
        for chunk in log.chunks():
            self.taken += chunk.rows
            yield chunk

    def _names(self) -> list[str]:
        if self._sources == (STREAM,):
            self._current = self._open(STREAM)
            self.form = self._current.form
            return self._current.names
        names: list[str] = []
        forms = set()
        for source in self._sources:
            with open(source, "rb") as stream:
                log = self._log(stream, source)
                own = log.names
            self.form = log.form
            forms.add(log.form)
            if len(forms) > 1 or (names and self.kind in ("csv", "parquet") and own != names):
                raise InputError(f"{source} has other columns than {self._sources[0]}: score it by itself")
            names = names or own
        return names

    def _open(self, source: str) -> Log:
        if source == STREAM:
            return self._log(self._stdin, source)
        self._raw = self._stack.enter_context(open(source, "rb"))  # noqa: SIM115
        return self._log(self._raw, source)

    def _log(self, stream: BinaryIO, source: str) -> Log:
        try:
            return opened(unpacked(stream), self.kind, self._plan.layout.encoding)
        except InputError as error:
            raise InputError(f"{source}: {error}") if len(self._sources) > 1 else error from None
