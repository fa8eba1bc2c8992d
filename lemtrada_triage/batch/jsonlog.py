"""JSON logs: one object a line, or an array of objects. The text of each object comes back as it was."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, cast

from lemtrada_triage.batch.columns import taken
from lemtrada_triage.batch.core import CODES
from lemtrada_triage.batch.guess import SAMPLED
from lemtrada_triage.batch.judge import Outcome, Read
from lemtrada_triage.batch.lines import Lines, decoding, json_text, unreadable
from lemtrada_triage.batch.rawrows import Row, Rows, end_of
from lemtrada_triage.batch.rowlog import Parts, Piece, RowLog, mentions_text
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

    def blocks(self) -> Iterator[Rows]:
        """The rows, as many as a chunk may have at the least; blank lines are not rows."""
        rows = Rows()
        for row in self.rows():
            rows.add(row)
            if len(rows.raws) >= _AT_ONCE or len(row.raw) > _LONG:
                yield rows
                rows = Rows()
        yield rows

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time."""
        ours = frozenset(self.columns.added)
        for row in itertools.chain(self._ahead, self._left):
            if not ours.isdisjoint(row.read):
                raise taken([name for name in self.columns.added if name in row.read])
            yield row

    def _read(self) -> Iterator[Row]:
        for line in self._lines:
            self._lines.mark()
            if line.strip():
                row = parsed(self._lines.number, line.strip(), self._lines.problem(line))
                yield row._replace(end=end_of(line, self.line_end))

    def cells(self, rows: Rows) -> Cells:
        texts, others = ([_column(rows, name) for name in names] for names in (self.columns.text, self.columns.others))
        return Cells(cast(list[list[object]], texts), others)

    def lost(self, rows: Rows) -> dict[int, str]:
        texts = self.columns.text
        lacking = [(place, name) for name in texts for place, read in enumerate(rows.reads) if name not in read]
        return {place: f"no text: '{name}' is missing" for place, name in reversed(lacking)}

    def values(self, raw: str, read: Any, odd: Row | None) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], json.loads(raw.removeprefix(",")) if odd and odd.error else read)

    def of_outcome(self, outcome: Outcome) -> Parts:
        urgency = {"urgency": outcome.urgency or None, "urgency_rank": outcome.urgency_rank}
        return self._fields(urgency), f", {self._fields({'rules': outcome.rules})}"

    def of_read(self, read: Read) -> Parts:
        rest = {"readers_disagree": read.readers_disagree, "understood": None if read.error else read.understood}
        mentions = f"{json_text(self._prefix + 'mentions')}: {mentions_text(read.mentions)}"
        codes = {CODES: read.codes} if CODES in self.columns.fields else {}
        return f", {self._fields({'concepts': read.concepts} | codes)}", f", {mentions}, {self._fields(rest)}"

    def _fields(self, values: Mapping[str, Any]) -> str:
        return json_text({self._prefix + name: value for name, value in values.items()})[1:-1]

    @property
    def _prefix(self) -> str:
        return self.columns.added[0].removesuffix("urgency")

    def last(self, told: Sequence[Any]) -> str:
        values = [None if value == "" else value for value in told]
        last = json_text(dict(zip(self.columns.added[-len(told) :], values, strict=True)))[1:]
        return f", {last}"

    def starts(self, raws: list[str]) -> list[str]:
        """Objects without their end, ready for more."""
        starts = [raw[:-1].rstrip() for raw in raws]
        return [start if start.endswith("{") else f"{start}, " for start in starts]

    def records(self) -> Iterator[Mapping[str, Any]]:
        for row in itertools.chain(self._ahead, self._left):
            if row.error:
                raise InputError(f"line {row.line} of the scored log is {row.error}")
            yield cast(Mapping[str, Any], row.read)


class ArrayLog(JsonLog):
    """A log that is one JSON array. What cannot be read as an object is kept, up to where the next one begins."""

    form = "json"
    line_end = ""

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

    def alone(self, line: bytes) -> bytes:
        """They are written as JSON Lines."""
        return line.removeprefix(b",").lstrip() + b"\n"

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
_AT_ONCE, _LONG = 100, 100_000
_NEXT = re.compile(r",\s*\{")
_DECODER = json.JSONDecoder()


def _cut(error: json.JSONDecodeError, text: str) -> bool:
    """Whether JSON may be wrong only because it goes on later."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()) - 12


def _column(rows: Rows, name: str | None) -> list[object] | None:
    return None if name is None else [read.get(name) for read in rows.reads]


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
