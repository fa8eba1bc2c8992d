"""JSON logs: one object a line, or an array of objects. The text of each object comes back as it was."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, cast

from lemtrada_triage.batch.columns import taken
from lemtrada_triage.batch.core import Scored
from lemtrada_triage.batch.guess import SAMPLED
from lemtrada_triage.batch.lines import Lines, decoding, json_text, unreadable
from lemtrada_triage.batch.rowlog import Piece, Row, RowLog, fields
from lemtrada_triage.batch.rows import Cells
from lemtrada_triage.model import InputError


class JsonLog(RowLog):
    """A log of one JSON object a line. A line that is not one becomes ``{"raw": ...}`` with its reason."""

    form = "jsonl"

    def __init__(self, source: BinaryIO, encoding: str = "utf-8") -> None:
        self._lines = Lines(source, encoding)
        self._start()

    def _start(self) -> None:
        self._left = self._read()
        self._ahead = list(itertools.islice(self._left, SAMPLED))
        self.names = list(dict.fromkeys(name for row in self._ahead if not row.error for name in row.read))

    def sample(self) -> list[Mapping[str, Any]]:
        return [cast(Mapping[str, Any], row.read) for row in self._ahead]

    @property
    def hint(self) -> str:
        """What to do about bytes that could not be decoded; empty when there were none."""
        return self._lines.hint

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time; blank lines are not rows."""
        for row in itertools.chain(self._ahead, self._left):
            if clash := [name for name in self.columns.added if name in row.read]:
                raise taken(clash)
            yield row

    def _read(self) -> Iterator[Row]:
        for line in self._lines:
            self._lines.mark()
            if line.strip():
                yield parsed(self._lines.number, line.strip(), self._lines.problem(line))

    def cells(self, row: Row) -> Cells:
        read: Any = row.read
        columns = self.columns
        if lacking := [name for name in columns.text if name not in read]:
            raise InputError(f"no text: '{lacking[0]}' is missing")
        others = [None if name is None else read.get(name) for name in columns.others]
        return Cells(tuple([read[name] for name in columns.text]), *others)

    def values(self, row: Row) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], json.loads(row.raw.removeprefix(",")) if row.error else row.read)

    def fixed(self, scored: Scored) -> str:
        prefix = self.columns.added[0].removesuffix("urgency")
        return json_text({prefix + name: value for name, value in fields(scored).items()})[1:-1]

    def line(self, row: Row, fixed: str, told: Sequence[Any]) -> str:
        values = [None if value == "" else value for value in told]
        last = json_text(dict(zip(self.columns.added[-len(told) :], values, strict=True)))[1:]
        start = row.raw[:-1].rstrip()
        return f"{start}{'' if start.endswith('{') else ', '}{fixed}, {last}\n"

    def records(self) -> Iterator[Mapping[str, Any]]:
        for row in itertools.chain(self._ahead, self._left):
            if row.error:
                raise InputError(f"line {row.line} of the scored log is {row.error}")
            yield cast(Mapping[str, Any], row.read)


class ArrayLog(JsonLog):
    """A log that is one JSON array. What cannot be read as an object is kept, up to where the next one begins."""

    form = "json"

    def __init__(self, source: BinaryIO, encoding: str = "utf-8") -> None:
        self._elements = _Elements(source, encoding)
        self._start()

    @property
    def hint(self) -> str:
        return "Some bytes are not text in this encoding: name it with --encoding." if self._elements.odd else ""

    def _read(self) -> Iterator[Row]:
        for line, text in self._elements:
            row = parsed(line, text, f"bytes that are not {self._elements.encoding}" if unreadable(text) else "")
            yield row

    def rows(self) -> Iterator[Row]:
        """The rows, each but the first of all behind a comma."""
        for row in super().rows():
            yield row._replace(raw=f",\n{row.raw}") if self.started else row
            self.started = True

    def head(self) -> Piece:
        return Piece(b"[\n")

    def end(self) -> Piece:
        return Piece(b"\n]\n")

    def alone(self, line: str) -> str:
        """They are written as JSON Lines."""
        return f"{line.removeprefix(',').lstrip()}\n"

    def line(self, row: Row, fixed: str, told: Sequence[Any]) -> str:
        return super().line(row, fixed, told)[:-1]


class _Elements:
    """The elements of a JSON array as (line, text), read block by block."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        self.encoding = encoding.upper()
        self.odd = False
        self._stream = decoding(source, encoding)
        self._text = ""
        self._line = 1
        self._done = False

    def __iter__(self) -> Iterator[tuple[int, str]]:
        self._more()
        self._drop(re.match(r"\ufeff?\s*\[?\s*", self._text))
        while True:
            while not self._text.strip() and self._more():
                self._drop(re.match(r"\s*", self._text))
            if self._text.startswith("]") or not self._text.strip():
                return
            yield self._line, self._taken(self._end())
            while not (found := re.match(r"\s*(,\s*)?(?=\S)", self._text)) and self._more():
                pass
            self._drop(found)

    def _end(self) -> int:
        """Where the first element ends."""
        while True:
            try:
                end = _DECODER.raw_decode(self._text)[1]
                if end < len(self._text) or not self._more():
                    return end
            except json.JSONDecodeError as error:
                if not _cut(error, self._text) or not self._more():
                    return self._next_start()
            except RecursionError:
                return self._next_start()

    def _next_start(self) -> int:
        """Where an element ends that is no JSON: before the next object, or with the array."""
        while not (found := _NEXT.search(self._text, 1)) and self._more():
            pass
        return found.start() if found else len(self._text.rstrip().removesuffix("]").rstrip()) or len(self._text)

    def _taken(self, end: int) -> str:
        element = self._text[:end]
        self._line += element.count("\n")
        self._text = self._text[end:]
        return element.strip()

    def _drop(self, found: re.Match[str] | None) -> None:
        if found:
            self._taken(found.end())

    def _more(self) -> bool:
        """Reads on, as much as there is already, so that a long element takes time in proportion to its length."""
        if self._done:
            return False
        block = self._stream.read(max(_BLOCK, len(self._text)))
        if not block:
            self._done = True
        self.odd = self.odd or unreadable(block)
        self._text += block
        return bool(block)


_BLOCK = 1 << 20
_NEXT = re.compile(r",\s*\{")
_DECODER = json.JSONDecoder()


def _cut(error: json.JSONDecodeError, text: str) -> bool:
    """Whether JSON may be wrong only because it goes on later."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()) - 12


def parsed(number: int, text: str, problem: str) -> Row:
    """The row of an object's text, or of what should have been one."""
    try:
        values = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return _raw(number, text, problem, f"not valid JSON: {error}")
    if not isinstance(values, dict):
        return _raw(number, text, problem, "not a JSON object")
    return Row(number, text, values, unreadable=problem)


def _raw(number: int, text: str, problem: str, error: str) -> Row:
    return Row(number, json_text({"raw": text}), {}, unreadable=problem, error=error)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        raise ValueError(f"given twice: {', '.join(twice)}")
    return values
