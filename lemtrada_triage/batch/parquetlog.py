"""Parquet logs: row groups in, typed columns added. Needs pyarrow (extra ``batch``).

While it is written, the output is a row of Arrow streams, one a chunk, since Parquet can be read only when it is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from lemtrada_triage.batch.arrow import Distinct, schema
from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import Found
from lemtrada_triage.batch.guess import SAMPLED
from lemtrada_triage.batch.rowlog import Entry, PastCells, Piece
from lemtrada_triage.model import InputError

_ROWS = 4_000


class ParquetLog:
    """A Parquet file. Raises InputError for what is none."""

    form = "parquet"
    started = False
    hint = ""

    def __init__(self, source: BinaryIO) -> None:
        try:
            self._file = pq.ParquetFile(source if source.seekable() else pa.BufferReader(source.read()))
        except pa.ArrowException as error:
            raise InputError(f"the log is not a Parquet file that can be read: {error}") from error
        self.names: list[str] = self._file.schema_arrow.names
        if twice := {name for name in self.names if self.names.count(name) > 1}:
            raise InputError(f"two columns have the same name: {', '.join(sorted(map(repr, twice)))}")

    def sample(self) -> list[Mapping[str, Any]]:
        """The first rows by column."""
        first: list[Mapping[str, Any]] = next((b.to_pylist() for b in self._file.iter_batches(batch_size=SAMPLED)), [])
        return first

    def begin(self, columns: Columns) -> Piece:
        """A table without rows, which says what the columns are."""
        self._columns = columns
        head = streamed(pa.Table.from_batches([], self._schema))
        return Piece(head, head)

    @property
    def _schema(self) -> pa.Schema:
        schema_in = self._file.schema_arrow
        return pa.schema([*schema_in, *schema(self._columns)], schema_in.metadata)

    def chunks(self) -> Iterator[_BatchChunk]:
        """The rows, some thousands at a time."""
        for batch in self._file.iter_batches(batch_size=_ROWS):
            yield _BatchChunk(batch, self._columns, self._schema)

    def end(self) -> Piece:
        """Nothing."""
        return Piece()

    def records(self) -> Iterator[Mapping[str, Any]]:
        for batch in self._file.iter_batches(batch_size=_ROWS):
            yield from batch.to_pylist()


class _BatchChunk:
    def __init__(self, batch: pa.RecordBatch, columns: Columns, schema: pa.Schema) -> None:
        self._batch, self._columns, self._schema = batch, columns, schema
        self.rows = batch.num_rows
        self._distinct = Distinct(batch, columns)
        self.texts, self.situations = self._distinct.texts, self._distinct.situations
        self.tellers = self._distinct.tellers

    def piece(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Piece:
        added = self._distinct.batch(found, past)
        table = pa.Table.from_arrays([*self._batch.columns, *added.columns], schema=self._schema)
        piece = Piece(streamed(table))
        rows = self._distinct.scores(found)
        piece.count([rows[place] for place in self._distinct.places])
        if piece.summary.errors:
            piece.unscored = streamed(table.filter(added.column(self._columns.fields.index("error")).is_valid()))
        return piece

    def entries(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        rows, before = self._distinct.scores(found), self._distinct.past(past)
        cells = zip(*[column.to_pylist() for column in self._batch.columns], strict=True)
        for values, place in zip(cells, self._distinct.places, strict=True):
            yield Entry(values, rows[place], before[place])


def streamed(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def finished(part: BinaryIO, target: BinaryIO) -> None:
    """Makes Parquet of a row of Arrow streams."""
    source: Any = pa.PythonFile(part, "r")
    with pa.ipc.open_stream(source) as first, pq.ParquetWriter(target, first.schema, compression="zstd") as writer:
        size = part.seek(0, 2)
        part.seek(0)
        while part.tell() < size:
            with pa.ipc.open_stream(source) as stream:
                table = stream.read_all()
                if table.num_rows:
                    writer.write_table(table)
