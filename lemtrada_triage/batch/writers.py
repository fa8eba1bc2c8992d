"""What writes rows in a form of its own: a table, or JSON objects."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import Scored
from lemtrada_triage.batch.lines import encoded, json_text
from lemtrada_triage.batch.rowlog import Entry, Piece, cell, fields
from lemtrada_triage.batch.values import Flat, as_json, sound


class Writer(Protocol):
    """Writes entries in one form. ``first``: no row stands before them."""

    def head(self) -> Piece: ...
    def lines(self, entries: Sequence[Entry], first: bool) -> Piece: ...
    def end(self) -> Piece: ...


class TableWriter:
    """CSV."""

    def __init__(self, flat: Flat, columns: Columns, delimiter: str) -> None:
        # Before Python 3.13 a lone "\r" in a cell is quoted only when it is part of the line end.
        self._writer = csv.writer(self, delimiter=delimiter, lineterminator="\r\n")
        self._written: list[str] = []
        self._flat, self._columns = flat, columns

    def write(self, text: str) -> None:
        """Takes what the CSV writer has made of a row."""
        self._written.append(text.removesuffix("\r\n") + "\n")

    def head(self) -> Piece:
        head = self._rows([[*self._flat.names, *self._columns.added]])
        return Piece(head, head)

    def lines(self, entries: Sequence[Entry], first: bool) -> Piece:
        alike = {id(entry.scored): entry.scored for entry in entries}  # rows share most
        added = {kind: self._added(scored) for kind, scored in alike.items()}
        rows = [self._row(entry, added[id(entry.scored)]) for entry in entries]
        lost = [row for row, entry in zip(rows, entries, strict=True) if entry.scored.error]
        return Piece(self._rows(rows), self._rows(lost))

    def end(self) -> Piece:
        return Piece()

    def _row(self, entry: Entry, added: Sequence[object]) -> list[object]:
        return [*self._flat.cells(entry.values), *added, *map(cell, entry.past)]

    def _added(self, scored: Scored) -> list[object]:
        return [*map(cell, fields(scored, self._columns).values()), scored.warning, scored.error]

    def _rows(self, rows: Iterable[Sequence[object]]) -> bytes:
        self._written = []
        self._writer.writerows(rows)
        return encoded(sound("".join(self._written)))


class ObjectWriter:
    """JSON Lines, or one JSON array. Rows that were not scored are written as lines."""

    def __init__(self, names: Sequence[str], columns: Columns, array: bool) -> None:
        self._names = names
        self._columns = columns
        self._array = array

    def head(self) -> Piece:
        return Piece(b"[\n" if self._array else b"")

    def lines(self, entries: Sequence[Entry], first: bool) -> Piece:
        lines = [json_text(self._object(entry)) for entry in entries]
        lost = [line for line, entry in zip(lines, entries, strict=True) if entry.scored.error]
        unscored = encoded("".join([f"{line}\n" for line in lost]))
        if self._array:
            return Piece(encoded(("" if first else ",\n") + ",\n".join(lines)), unscored)
        return Piece(encoded("".join([f"{line}\n" for line in lines])), unscored)

    def end(self) -> Piece:
        return Piece(b"\n]\n" if self._array else b"")

    def _object(self, entry: Entry) -> dict[str, Any]:
        values = entry.values
        own = values if isinstance(values, Mapping) else dict(zip(self._names, values, strict=True))
        told = (entry.scored.warning or None, entry.scored.error or None, *entry.past)
        ours = dict(zip(self._columns.added, (*fields(entry.scored, self._columns).values(), *told), strict=True))
        return {name: as_json(value) for name, value in own.items()} | ours
