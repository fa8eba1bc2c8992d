"""Reads and writes the rows of a log, CSV or JSON Lines, one by one; an unreadable row keeps its reason."""

from __future__ import annotations

import csv
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from lemtrada_triage.model import InputError

Format = Literal["csv", "jsonl"]

_ENDINGS: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_LOOK_AHEAD = 100
_NOT_UTF8 = "bytes that are not UTF-8"


class Row(NamedTuple):
    """One row of a log: its cells or fields as read, and the reason if they could not all be read."""

    line: int
    values: Mapping[str, Any]
    error: str = ""


def format_of(path: str) -> Format | None:
    """The format that a file's name promises; None when it promises none."""
    return _ENDINGS.get(Path(path).suffix.lower())


def shortened(value: object) -> str:
    """A value for an error message: its repr, cut at 60 characters."""
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:57]}..."


def taken(names: Iterable[str]) -> InputError:
    """The error for columns of ours that the log has already."""
    return InputError(f"the log already has: {', '.join(names)}. Use --prefix to name the new columns differently.")


class Lines:
    """The lines of a UTF-8 stream, each with its end; bytes that are not UTF-8 become lone surrogates."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._again: list[str] = []
        self.since: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._decoded(next(self._source))
        self.number += 1
        self.since.append(line)
        return line

    def _decoded(self, raw: bytes) -> str:
        if self.number == 0 and b"\0" in raw:
            raise InputError("the log is not UTF-8 text (it has zero bytes, as UTF-16 has): save it as UTF-8")
        return raw.decode("utf-8-sig" if self.number == 0 else "utf-8", "surrogateescape")

    def mark(self) -> int:
        """Forgets the lines taken so far; returns the number of the line to come."""
        self.since.clear()
        return self.number + 1

    def keep(self, count: int) -> list[str]:
        """Un-reads the lines taken since the mark, but for the first ``count``, which it returns."""
        kept, rest = self.since[:count], self.since[count:]
        self._again += reversed(rest)
        self.number -= len(rest)
        return kept


class CsvLog:
    """A CSV log with a header. A row that cannot be read, or has too many or too few cells, is a bad row."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._sink = sink
        self._lines = Lines(source)
        self._delimiter = max(",;\t", key=self._first_line().count)
        # Before Python 3.13 a lone "\r" in a cell is quoted only when it is part of the line end.
        self._writer = csv.writer(self, delimiter=self._delimiter, lineterminator="\r\n")
        self.names = self._header()
        self._raw = ""

    def _first_line(self) -> str:
        line = next(self._lines, "")
        self._lines.keep(0)
        return line

    def _header(self) -> list[str]:
        try:
            names = list(map(_readable, next(self._reader(), [])))
        except csv.Error as error:
            raise InputError(f"line 1: the header is not valid CSV: {error}") from error
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise InputError(f"two columns have the same name: {', '.join(map(repr, twice))}")
        return names

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    def begin(self, text: str, added: Iterable[str]) -> None:
        """Writes the header; a line that is not CSV at all will be kept in the column ``text``."""
        self._raw = text
        self._writer.writerow([*self.names, *added])

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time; blank lines are not rows."""
        while True:
            line = self._lines.mark()
            try:
                cells = next(self._reader(), None)
            except csv.Error as error:
                # A stray quotation mark would swallow the rows that follow: only its own line is lost.
                raw = _readable(self._lines.keep(1)[0].rstrip("\r\n"))
                yield Row(line, {self._raw: raw}, f"not valid CSV: {error}")
                continue
            if cells is None:
                return
            if cells:
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> Row:
        readable = list(map(_readable, cells))
        values = dict(zip(self.names, readable, strict=False))
        if len(cells) != len(self.names):
            left = f"; left over: {shortened(readable[len(self.names) :])}" if len(cells) > len(self.names) else ""
            return Row(line, values, f"{len(cells)} cells where the header names {len(self.names)}{left}")
        return Row(line, values, "" if readable == cells else _NOT_UTF8)

    def put(self, row: Row, added: Mapping[str, Any]) -> None:
        """Writes a row and its added cells."""
        kept = [row.values.get(name, "") for name in self.names]
        self._writer.writerow([*kept, *map(_cell, added.values())])

    def write(self, text: str) -> None:
        """Takes what the CSV writer has made of a row."""
        self._sink.write(text.removesuffix("\r\n").encode() + b"\n")


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value).lower() if isinstance(value, bool) else value


def _readable(text: str) -> str:
    """The text with each byte that is not UTF-8 shown as a replacement character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class JsonLog:
    """A log of one JSON object a line. A line that is not one becomes ``{"raw": ...}`` with its reason."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._lines = Lines(source)
        self._sink = sink
        self._ahead = list(itertools.islice(self._read(), _LOOK_AHEAD))
        self.names = list(dict.fromkeys(name for row in self._ahead if not row.error for name in row.values))

    def begin(self, text: str, added: Iterable[str]) -> None:
        """Nothing to write: each line names its own fields."""

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time; blank lines are not rows."""
        return itertools.chain(self._ahead, self._read())

    def _read(self) -> Iterator[Row]:
        for line in self._lines:
            self._lines.mark()
            if line.strip():
                yield _parsed(self._lines.number, line.rstrip("\r\n"))

    def put(self, row: Row, added: Mapping[str, Any]) -> None:
        """Writes a row and its added fields."""
        if clash := [name for name in added if name in row.values]:
            raise taken(clash)
        values = {**row.values, **{name: None if value == "" else value for name, value in added.items()}}
        self._sink.write(_json_line(values))


def _parsed(number: int, line: str) -> Row:
    readable = _readable(line)
    if readable != line:
        return Row(number, {"raw": readable}, _NOT_UTF8)
    try:
        values = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return Row(number, {"raw": line}, f"not valid JSON: {error}")
    if not isinstance(values, dict):
        return Row(number, {"raw": line}, "not a JSON object")
    return Row(number, values)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        raise ValueError(f"given twice: {', '.join(twice)}")
    return values


def _json_line(values: Mapping[str, Any]) -> bytes:
    try:
        return f"{json.dumps(values, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON allows as an escape alone
        return f"{json.dumps(values)}\n".encode()
