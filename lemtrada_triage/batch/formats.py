"""Reads and writes the rows of a log, CSV or JSON Lines, one by one; what is wrong with a row is kept with it."""

from __future__ import annotations

import csv
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from lemtrada_triage.batch.lines import Lines, encoded
from lemtrada_triage.model import InputError

Format = Literal["csv", "jsonl"]

_ENDINGS: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_LOOK_AHEAD = 100


class Row(NamedTuple):
    """One row of a log: what it holds, and what is known to be wrong with it.

    ``values`` are its cells or fields as they are written back, ``read`` those that the message, the days and the
    flags are read from. ``unreadable`` says what is wrong when bytes of it could not be decoded (they are lone
    surrogates in its values), ``error`` why it cannot be scored at all.
    """

    line: int
    values: Mapping[str, Any]
    read: Mapping[str, Any]
    warning: str = ""
    unreadable: str = ""
    error: str = ""


def format_of(path: str) -> Format | None:
    """The format that a file's name promises; None when it promises none."""
    return _ENDINGS.get(Path(path).suffix.lower())


def taken(names: Iterable[str]) -> InputError:
    """The error for columns of ours that the log has already."""
    return InputError(f"the log already has: {', '.join(names)}. Use --prefix to name the new columns differently.")


class CsvLog:
    """A CSV log with a header. Rows with stray quotation marks or too many or few cells are read as far as is sure."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, encoding: str = "utf-8") -> None:
        self._sink = sink
        self._lines = Lines(source, encoding)
        self._delimiter = max(",;\t", key=self._first_line().count)
        # Before Python 3.13 a lone "\r" in a cell is quoted only when it is part of the line end.
        self._writer = csv.writer(self, delimiter=self._delimiter, lineterminator="\r\n")
        self.names = self._header()
        self._text = 0

    def _first_line(self) -> str:
        line = next(self._lines, "")
        self._lines.keep(0)
        return line

    def _header(self) -> list[str]:
        try:
            names = next(self._reader(), [])
        except csv.Error as error:
            raise InputError(f"line 1: the header is not valid CSV: {error}") from error
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise InputError(f"two columns have the same name: {', '.join(map(repr, twice))}")
        return names

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    @property
    def hint(self) -> str:
        """What to do about bytes that could not be decoded; empty when there were none."""
        return self._lines.hint

    def begin(self, text: str, added: Iterable[str]) -> None:
        """Writes the header; ``text`` is the column of the message, which is never cut."""
        self._text = self.names.index(text)
        self._writer.writerow([*self.names, *added])

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time; blank lines are not rows."""
        while True:
            line = self._lines.mark()
            try:
                cells = next(self._reader(), None)
            except csv.Error as error:
                cells = self._split()
                rest = [self._delimiter.join(cells[self._text :])] * (len(self.names) - self._text)
                warning = f"not valid CSV ({error}), so all from {self.names[self._text]!r} on is read as the message"
                yield self._row(line, cells, [*cells[: self._text], *rest], warning)
                continue
            if cells is None:
                return
            if cells:
                yield self._checked(line, cells)

    def _split(self) -> list[str]:
        """The cells of a row whose quotation marks make no sense: as few lines as have enough, else the first alone.

        One that never closes would swallow the rows that follow; those are read again.
        """
        enough = len(self.names) - 1
        found = itertools.accumulate(line.count(self._delimiter) for line in self._lines.since)
        count = next((number for number, parts in enumerate(found, start=1) if parts >= enough), 1)
        return "".join(self._lines.keep(count)).rstrip("\r\n").split(self._delimiter)

    def _checked(self, line: int, cells: list[str]) -> Row:
        count = len(self.names)
        while len(cells) > count and not cells[-1].strip():
            cells.pop()
        if len(cells) == count:
            return self._row(line, cells, cells)
        made = "the missing ones count as empty"
        if len(cells) > count:
            made = f"what may belong to {self.names[self._text]!r} is read with it"
        return self._row(line, cells, self._moved(cells), f"{len(cells)} cells where the header names {count}: {made}")

    def _moved(self, cells: list[str]) -> list[str]:
        """The cells to score. A surplus is taken to have split the message, which then takes it back.

        Any column from there on may have moved by as much, so each is read with all cells that may be its own.
        """
        surplus = max(len(cells) - len(self.names), 0)
        moved = [self._delimiter.join(cells[at : at + surplus + 1]) for at in range(self._text, len(self.names))]
        return [*cells[: self._text], *moved]

    def _row(self, line: int, cells: list[str], read: list[str], warning: str = "") -> Row:
        unreadable = next(filter(None, map(self._lines.problem, cells)), "")
        values = self._named(cells)
        return Row(line, values, values if read is cells else self._named(read), warning, unreadable)

    def _named(self, cells: list[str]) -> dict[str, str]:
        """The cells by column; what is left over stands in the last one."""
        last = len(self.names) - 1
        if len(cells) > last + 1:
            cells = [*cells[:last], self._delimiter.join(cells[last:])]
        return dict(itertools.zip_longest(self.names, cells, fillvalue=""))

    def put(self, row: Row, added: Mapping[str, Any]) -> None:
        """Writes a row and its added cells."""
        self._writer.writerow([*row.values.values(), *map(_cell, added.values())])

    def write(self, text: str) -> None:
        """Takes what the CSV writer has made of a row."""
        self._sink.write(encoded(text.removesuffix("\r\n")) + b"\n")


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else value


class JsonLog:
    """A log of one JSON object a line. A line that is not one becomes ``{"raw": ...}`` with its reason."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, encoding: str = "utf-8") -> None:
        self._lines = Lines(source, encoding)
        self._sink = sink
        self._ahead = list(itertools.islice(self._read(), _LOOK_AHEAD))
        self.names = list(dict.fromkeys(name for row in self._ahead if not row.error for name in row.values))

    @property
    def hint(self) -> str:
        """What to do about bytes that could not be decoded; empty when there were none."""
        return self._lines.hint

    def begin(self, text: str, added: Iterable[str]) -> None:
        """Nothing to write: each line names its own fields."""

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time; blank lines are not rows."""
        return itertools.chain(self._ahead, self._read())

    def _read(self) -> Iterator[Row]:
        for line in self._lines:
            self._lines.mark()
            if line.strip():
                yield _parsed(self._lines.number, line.rstrip("\r\n"), self._lines.problem(line))

    def put(self, row: Row, added: Mapping[str, Any]) -> None:
        """Writes a row and its added fields."""
        if clash := [name for name in added if name in row.values]:
            raise taken(clash)
        values = {**row.values, **{name: None if value == "" else value for name, value in added.items()}}
        self._sink.write(_json_line(values, bool(row.unreadable)))


def _parsed(number: int, line: str, unreadable: str) -> Row:
    try:
        values = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return _raw(number, line, unreadable, f"not valid JSON: {error}")
    if not isinstance(values, dict):
        return _raw(number, line, unreadable, "not a JSON object")
    return Row(number, values, values, unreadable=unreadable)


def _raw(number: int, line: str, unreadable: str, error: str) -> Row:
    return Row(number, {"raw": line}, {}, unreadable=unreadable, error=error)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        raise ValueError(f"given twice: {', '.join(twice)}")
    return values


def _json_line(values: Mapping[str, Any], unreadable: bool) -> bytes:
    written = f"{json.dumps(values, ensure_ascii=False)}\n"
    try:
        return encoded(written) if unreadable else written.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON allows as an escape alone
        return f"{json.dumps(values)}\n".encode()
