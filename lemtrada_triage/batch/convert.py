"""Logs written in another form than they were read in: a CSV log as Parquet, JSON Lines as a table, and so on.

A log of the same form comes back byte for byte and never passes here. In another form its values come back: those of
rows as text in Parquet, for no type is sure to hold for rows that are still to come; those of Parquet as text in a
table, and as JSON otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import Found
from lemtrada_triage.batch.formats import Format, pyarrow_for
from lemtrada_triage.batch.rowlog import Chunk, Entry, PastCells, Piece
from lemtrada_triage.batch.values import Flat, unique
from lemtrada_triage.batch.writers import ObjectWriter, TableWriter, Writer


class Form:
    """A form in which a log with some ``names`` is written; ``objects``: its rows are JSON, which may hold more."""

    def __init__(
        self, kind: Format, columns: Columns, names: Sequence[str], objects: bool, delimiter: str = ","
    ) -> None:
        self._writer = _writer(kind, columns, names, objects, delimiter)
        self.head, self.end = self._writer.head, self._writer.end

    def chunks(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The same chunks, which make pieces of this form."""
        before = 0
        for chunk in chunks:
            yield _Rewritten(chunk, self._writer, before == 0)
            before += chunk.rows


def _writer(kind: Format, columns: Columns, names: Sequence[str], objects: bool, delimiter: str) -> Writer:
    if kind in ("json", "jsonl"):
        return ObjectWriter(unique(names, columns.added), columns, array=kind == "json")
    flat = Flat(names, columns.added, objects)
    if kind == "csv":
        return TableWriter(flat, columns, delimiter)
    pyarrow_for("Parquet")
    from lemtrada_triage.batch.arrowwriter import ArrowWriter

    return ArrowWriter(flat, columns)


class _Rewritten:
    def __init__(self, chunk: Chunk, writer: Writer, first: bool) -> None:
        self._writer, self._first = writer, first
        self.rows, self.texts, self.situations = chunk.rows, chunk.texts, chunk.situations
        self.tellers, self.entries = chunk.tellers, chunk.entries

    def piece(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Piece:
        entries: list[Entry] = list(self.entries(found, past))
        piece = self._writer.lines(entries, self._first)
        piece.count([entry.scored for entry in entries])
        return piece
