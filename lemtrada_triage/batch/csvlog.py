"""CSV logs, parted by commas, semicolons, tabs or bars. The cells of a row come back byte for byte."""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, BinaryIO, cast

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import CODES
from lemtrada_triage.batch.guess import SAMPLED
from lemtrada_triage.batch.judge import Outcome, Read
from lemtrada_triage.batch.lines import Lines, encoded, first_unreadable
from lemtrada_triage.batch.rawrows import Row, Rows, end_of
from lemtrada_triage.batch.rowlog import Parts, Piece, RowLog, cell, mentions_text
from lemtrada_triage.batch.rows import Cells
from lemtrada_triage.model import InputError

_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)  # Excel's first line
_QUOTED = re.compile(r'"[^"]*"')
_LARGEST_CELL = 16 << 20
_REMEMBERED = 10_000
_LONGEST = 1_000  # lines of a quoted cell
csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))


class CsvLog(RowLog):
    """A CSV log with a header. Rows with stray quotation marks or too many or few cells are read as far as is sure."""

    form = "csv"

    def __init__(self, source: BinaryIO, encoding: str = "utf-8") -> None:
        self._lines = Lines(source, encoding)
        self._excel, self._delimiter = self._first_line()
        # Before Python 3.13 a lone "\r" in a cell is quoted only when it is part of the line end.
        self._writer = csv.writer(self, delimiter=self._delimiter, lineterminator="\r\n")
        self._written = ""
        self._between = lru_cache(maxsize=_REMEMBERED, typed=True)(self._cells)
        self.names = self._header()

    def _first_line(self) -> tuple[str, str]:
        """Excel's line that names the delimiter, if there is one, and the delimiter."""
        line = next(self._lines, "")
        if named := _SEPARATOR.fullmatch(line):
            return line.rstrip("\r\n") + (end_of(line) or self.line_end), named[1]
        self._lines.keep(0)
        return "", max(_DELIMITERS, key=_QUOTED.sub("", line).count)

    def _header(self) -> list[str]:
        self._lines.mark()
        try:
            names = next(self._reader(), [])
        except csv.Error as error:
            raise InputError(f"line {self._lines.number}: the header is not valid CSV: {error}") from error
        head = "".join(self._lines.since)
        self._head, self.line_end = head.rstrip("\r\n"), end_of(head) or self.line_end
        return names

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    @property
    def hint(self) -> str:
        """What to do about bytes that could not be decoded; empty when there were none."""
        return self._lines.hint

    def sample(self) -> list[Mapping[str, Any]]:
        self._lines.mark()
        rows: list[Mapping[str, Any]] = []
        with contextlib.suppress(csv.Error):
            rows += (dict(zip(self.names, row, strict=False)) for row in itertools.islice(self._reader(), SAMPLED))
        self._lines.keep(0)
        return rows

    def begin(self, columns: Columns) -> Piece:
        """The header."""
        self._text = min(map(self.names.index, columns.text))
        self._places = [self.names.index(name) for name in columns.text]
        self._others = [None if name is None else self.names.index(name) for name in columns.others]
        return super().begin(columns)

    def head(self) -> Piece:
        head = encoded(f"{self._excel}{self._head}{self._delimiter}{self._joined(self.columns.added)}{self.line_end}")
        return Piece(head, head)

    def blocks(self) -> Iterator[Rows]:
        """The rows: many at once where their quotation marks make sense, else one at a time. Blank lines are none."""
        while lines := self._lines.block():
            start = self._lines.number - len(lines)
            raws, rest = _whole(lines)
            cells = self._parsed(raws) if len(rest) <= _LONGEST else []
            if raws and len(cells) == len(raws):
                self._lines.unread(rest)
                yield self._rows(start, raws, cells)
                continue
            end = self._lines.number
            self._lines.unread(lines)
            yield self._one_by_one(end)

    def _parsed(self, raws: list[str]) -> list[list[str]]:
        """The cells of each; of fewer than there are where something is odd."""
        try:
            return list(csv.reader(raws, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return []

    def _rows(self, before: int, raws: list[str], cells: list[list[str]]) -> Rows:
        """Whole rows with their cells; ``before`` is the number of the line before them."""
        lines = list(range(before + 1, before + 1 + len(raws)))
        if self._lines.number > lines[-1]:
            lengths = map(str.count, raws[:-1], itertools.repeat(self.line_end[-1]))
            lines = list(itertools.accumulate(lengths, initial=before + 1))
        if set(map(len, cells)) == {len(self.names)} and not (self._lines.odd and first_unreadable(raws)):
            texts = list(map(str.rstrip, raws, itertools.repeat("\r\n")))
            return Rows(lines, texts, cells, ends=self._ends(raws, texts))
        rows = Rows()
        for line, raw, some in zip(lines, raws, cells, strict=True):
            if some:
                rows.add(self._row(line, raw, some))
        return rows

    def _ends(self, raws: list[str], texts: list[str]) -> dict[int, str]:
        """By place the line ends of rows that are not the log's; ``texts`` are the rows without them."""
        of_all = sum(map(len, raws)) - sum(map(len, texts))
        if of_all == len(raws) * len(self.line_end) and all(map(str.endswith, raws, itertools.repeat(self.line_end))):
            return {}
        return {place: end for place, raw in enumerate(raws) if (end := end_of(raw, self.line_end))}

    def _one_by_one(self, end: int) -> Rows:
        """The rows that begin up to a line."""
        rows, reader = Rows(), self._reader()
        while self._lines.number < end:
            line = self._lines.mark()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                rows.add(self._untidy(line, error))
                reader = self._reader()
                continue
            if cells:
                rows.add(self._row(line, "".join(self._lines.since), cells))
        return rows

    def _untidy(self, line: int, error: csv.Error) -> Row:
        cells, end = self._split()
        rest = [self._delimiter.join(cells[self._text :])] * (len(self.names) - self._text)
        warning = f"not valid CSV ({error}), so all from {self.names[self._text]!r} on is read as the message"
        return self._rewritten(line, cells, [*cells[: self._text], *rest], warning)._replace(end=end)

    def _split(self) -> tuple[list[str], str]:
        """The cells of a row whose quotation marks make no sense: as few lines as have enough, else the first alone.

        One that never closes would swallow the rows that follow; those are read again. Also the row's line end.
        """
        enough = len(self.names) - 1
        found = itertools.accumulate(line.count(self._delimiter) for line in self._lines.since)
        count = next((number for number, parts in enumerate(found, start=1) if parts >= enough), 1)
        kept = "".join(self._lines.keep(count))
        return kept.rstrip("\r\n").split(self._delimiter), end_of(kept, self.line_end)

    def _row(self, line: int, raw: str, cells: list[str]) -> Row:
        return self._read(line, raw.rstrip("\r\n"), cells)._replace(end=end_of(raw, self.line_end))

    def _read(self, line: int, raw: str, cells: list[str]) -> Row:
        count = len(self.names)
        if len(cells) == count:
            return Row(line, raw, cells, unreadable=self._lines.problem(raw))
        while len(cells) > count and not cells[-1].strip():
            cells.pop()
        if len(cells) == count:
            return self._rewritten(line, cells, cells)
        made = "the missing ones count as empty"
        if len(cells) > count:
            made = f"what may belong to {self.names[self._text]!r} is read with it"
        warning = f"{len(cells)} cells where the header names {count}: {made}"
        return self._rewritten(line, cells, self._moved(cells), warning)

    def _moved(self, cells: list[str]) -> list[str]:
        """The cells to score. A surplus is taken to have split the message, which then takes it back.

        Any column from there on may have moved by as much, so each is read with all cells that may be its own.
        """
        surplus = max(len(cells) - len(self.names), 0)
        moved = [self._delimiter.join(cells[at : at + surplus + 1]) for at in range(self._text, len(self.names))]
        return [*cells[: self._text], *moved]

    def _rewritten(self, line: int, cells: list[str], read: list[str], warning: str = "") -> Row:
        """A row that has other cells than the header: what is left over stands in the last one."""
        last = len(self.names) - 1
        kept = [*cells[:last], self._delimiter.join(cells[last:])] + [""] * (last - len(cells))
        filled = [*read, *[""] * (last + 1 - len(read))]
        raw = self._joined(kept[: last + 1])
        return Row(line, raw, filled, warning, self._lines.problem(raw))

    def cells(self, rows: Rows) -> Cells:
        columns = list(zip(*rows.reads, strict=True))
        others = [None if place is None else columns[place] for place in self._others]
        return Cells([columns[place] for place in self._places], others)

    def values(self, raw: str, read: Any, odd: Row | None) -> Sequence[Any]:
        """What is read of a row may have moved to other columns; what is written has not."""
        moved = odd is not None and odd.warning
        return next(csv.reader([raw], delimiter=self._delimiter)) if moved else cast(Sequence[Any], read)

    def of_outcome(self, outcome: Outcome) -> Parts:
        return self._between(outcome.urgency, outcome.urgency_rank), self._between(outcome.rules)

    def of_read(self, read: Read) -> Parts:
        # By hand, for they always hold quotation marks, and are the one long cell.
        mentions = '"' + mentions_text(read.mentions).replace('"', '""') + '"' if read.mentions else ""
        rest = self._between(read.readers_disagree, None if read.error else read.understood)
        codes = [read.codes] if CODES in self.columns.fields else []
        return self._between(read.concepts, *codes), f"{self._delimiter}{mentions}{rest}"

    def _cells(self, *cells: object) -> str:
        """Some cells, each behind the mark that parts them."""
        return self._joined(("", *map(cell, cells)))

    def last(self, told: Sequence[Any]) -> str:
        last = self._joined(map(cell, told)) if any(told) else self._delimiter * (len(told) - 1)
        return f"{self._delimiter}{last}"

    def records(self) -> Iterator[Mapping[str, Any]]:
        """Columns of ours stand last, so those are found from the end, whatever a row lacks or has too much of."""
        try:
            for cells in filter(None, self._reader()):
                first, last = zip(self.names, cells, strict=False), zip(self.names[::-1], cells[::-1], strict=False)
                yield dict(first) | dict(last)
                self._lines.mark()
        except csv.Error as error:
            raise InputError(f"the scored log is not valid CSV: {error}") from error

    def _joined(self, cells: Iterable[object]) -> str:
        self._writer.writerow(cells)
        return self._written

    def write(self, text: str) -> None:
        """Takes what the CSV writer has made of a row."""
        self._written = text.removesuffix("\r\n")


def _whole(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines joined where a quotation mark is still open at the end of one; and what is open at the last."""
    odd = [count & 1 for count in map(str.count, lines, itertools.repeat('"'))]
    if not any(odd):
        return lines, []
    whole: list[str] = []
    part: list[str] = []
    is_open = False
    for line, turns in zip(lines, odd, strict=True):
        if turns:
            is_open = not is_open
        elif not is_open:
            whole.append(line)
            continue
        part.append(line)
        if not is_open:
            whole.append("".join(part))
            part = []
    return whole, part
