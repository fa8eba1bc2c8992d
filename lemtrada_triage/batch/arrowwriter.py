"""Rows written to Parquet: their own columns as text, ours typed. Needs pyarrow (extra ``batch``)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from lemtrada_triage.batch.arrow import past_arrays, schema, score_arrays
from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.lines import encoded
from lemtrada_triage.batch.parquetlog import streamed
from lemtrada_triage.batch.rowlog import Entry, Piece
from lemtrada_triage.batch.values import Flat, sound


class ArrowWriter:
    """A row of Arrow streams, of which Parquet is made when they are complete."""

    def __init__(self, flat: Flat, columns: Columns) -> None:
        own = [pa.field(_shown(name), pa.string()) for name in flat.names]
        self._schema = pa.schema([*own, *schema(columns)])
        self._flat, self._columns = flat, columns

    def head(self) -> Piece:
        """A table without rows, which says what the columns are."""
        head = streamed(pa.Table.from_batches([], self._schema))
        return Piece(head, head)

    def lines(self, entries: Sequence[Entry], first: bool) -> Piece:
        lost = [entry for entry in entries if entry.scored.error]
        return Piece(streamed(self._table(entries)), streamed(self._table(lost)) if lost else b"")

    def end(self) -> Piece:
        return Piece()

    def _table(self, entries: Sequence[Entry]) -> pa.Table:
        rows = [[_shown(cell) for cell in self._flat.cells(entry.values)] for entry in entries]
        own = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(self._flat.names))]
        past = past_arrays([entry.past for entry in entries]) if self._columns.patient else []
        alike = {id(entry.scored): entry.scored for entry in entries}  # rows share most
        numbers = {kind: number for number, kind in enumerate(alike)}
        places = pa.array([numbers[id(entry.scored)] for entry in entries], pa.int64())
        added = [column.take(places) for column in score_arrays(list(alike.values()), self._columns)]
        return pa.Table.from_arrays([*own, *added, *past], schema=self._schema)


def _shown(text: str | None) -> str | None:
    """Text that Arrow can hold: bytes that could not be decoded are escapes."""
    return text if text is None or text.isascii() else encoded(sound(text)).decode("utf-8", "backslashreplace")
