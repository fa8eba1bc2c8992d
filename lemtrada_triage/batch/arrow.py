"""The core for Arrow: a record batch in, a record batch of the added columns out. Needs pyarrow (extra ``batch``).

Columns are dictionary-encoded first, so that Python sees each distinct row once, however long the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lemtrada_triage.batch.columns import Columns, Layout, chosen
from lemtrada_triage.batch.core import Found, Scored, Scorer, scored
from lemtrada_triage.batch.judge import Judge, Said
from lemtrada_triage.batch.lines import json_text, unreadable
from lemtrada_triage.batch.rowlog import PastCells
from lemtrada_triage.batch.rows import Cells, Meaning, joined
from lemtrada_triage.model import InputError
from lemtrada_triage.triage import Triage

Codes = NDArray[np.int64]

MENTION = pa.struct(
    [
        ("concept", pa.string()),
        ("assertion", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", pa.string()),
        ("cue", pa.string()),
    ]
)
TYPES = {
    "urgency": pa.string(),
    "urgency_rank": pa.int8(),
    "concepts": pa.list_(pa.string()),
    "codes": pa.list_(pa.string()),
    "rules": pa.list_(pa.string()),
    "mentions": pa.list_(MENTION),
    "readers_disagree": pa.list_(pa.string()),
    "understood": pa.bool_(),
    "warning": pa.string(),
    "error": pa.string(),
}
PAST_TYPES = {
    "first_told": pa.list_(pa.string()),
    "lasting_days": pa.list_(pa.int32()),
    "episodes": pa.list_(pa.int32()),
    "worse": pa.list_(pa.string()),
    "first_after": pa.list_(pa.string()),
}


def score_batch(scorer: Scorer, batch: pa.RecordBatch, layout: Layout | None = None) -> pa.RecordBatch:
    """The added columns of a batch, row by row; a row that was not scored has nulls, and its reason in ``error``.

    Raises InputError when the batch as a whole cannot be used: no text column, a column of ours taken, a patient
    column (a batch does not hold all of a patient's past).
    """
    distinct = Distinct(batch, _columns(scorer, batch.schema, layout))
    return distinct.batch(scorer.find(distinct.texts, distinct.situations))


def score_reader(
    judge: Triage | Judge, source: pa.RecordBatchReader, layout: Layout | None = None, *, flat: bool = False
) -> pa.RecordBatchReader:
    """The batches of a stream, each with the added columns behind its own, in constant memory.

    What databases give and take: DuckDB and the ADBC drivers of SQLite and PostgreSQL read and write such streams.
    ``flat``: lists and mentions are text, as in CSV, for a table that has no such columns. Raises as ``score_batch``.
    """
    scorer = Scorer(judge)
    added = schema(_columns(scorer, source.schema, layout))
    ours = pa.schema([field.with_type(_flat_type(field.type)) for field in added]) if flat else added
    whole = pa.schema([*source.schema, *ours])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in source:
            columns = score_batch(scorer, batch, layout).columns
            made = [*batch.columns, *(map(_flat, columns) if flat else columns)]
            yield pa.RecordBatch.from_arrays(made, schema=whole)

    return pa.RecordBatchReader.from_batches(whole, batches())


def _columns(scorer: Scorer, log: pa.Schema, layout: Layout | None) -> Columns:
    columns = chosen(layout or Layout(), log.names, scorer.flags)
    if columns.patient:
        raise InputError("a patient's past is known only where a whole log is scored: files, not frames or batches")
    return columns


def _flat_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_list(kind) else kind


def _flat(column: pa.Array) -> pa.Array:
    if not pa.types.is_list(column.type):
        return column
    if column.type.value_type.equals(MENTION):
        return pa.array([_text_of(cell) for cell in column.to_pylist()], pa.string())
    return pc.binary_join(column, " ")


def _text_of(mentions: list[dict[str, Any]] | None) -> str | None:
    return json_text(mentions) if mentions else None if mentions is None else ""


def schema(columns: Columns) -> pa.Schema:
    """The schema of the added columns."""
    kinds = [*[TYPES[name] for name in columns.fields], *PAST_TYPES.values()]
    return pa.schema(list(zip(columns.added, kinds, strict=False)))


class Distinct:
    """The distinct rows of a batch, in no order that means anything: what they say, and which row is which.

    Where there are patients, every row counts as distinct, in order, for its past may be.
    """

    def __init__(self, batch: pa.RecordBatch, columns: Columns) -> None:
        self._columns = columns
        every = np.arange(batch.num_rows)
        codes = [every] if columns.patient else [_codes(batch.column(name)) for name in columns.read]
        first, self.places = _distinct(codes, batch.num_rows)
        values = {name: batch.column(name).take(pa.array(first)).to_pylist() for name in columns.read}
        others = [None if name is None else values[name] for name in columns.others]
        self._meant = Meaning(columns).of(Cells([values[name] for name in columns.text], others))
        self._lost = {place for place, text in enumerate(self._meant.texts) if unreadable(text)}
        kept = [place for place in range(len(first)) if place not in self._lost] if self._lost else None
        self.texts, self.situations, self.tellers = self._meant.columns(kept)

    def scores(self, found: Sequence[Found]) -> list[Scored]:
        """The score of each distinct row, with its warning, from what was found for ``texts``."""
        left = ((one.read, one.outcome) for one in found)
        return [
            Scored(warning=self._meant.warning(place), error="bytes that are not UTF-8 in the text")
            if place in self._lost
            else _told(scored(*next(left)), self._meant.warning(place))
            for place in range(len(self._meant.texts))
        ]

    def batch(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> pa.RecordBatch:
        """The added columns of all rows, from what was found for ``texts``, and their past where there are patients."""
        columns = score_arrays(self.scores(found), self._columns)
        if self._columns.patient:
            columns += past_arrays(self.past(past))
        arrays = [column.take(pa.array(self.places)) for column in columns]
        return pa.RecordBatch.from_arrays(arrays, schema=schema(self._columns))

    def past(self, past: Sequence[PastCells]) -> list[PastCells]:
        """The past of each distinct row, from that of ``texts``."""
        left, none = iter(past or [self._columns.no_past] * len(self.texts)), self._columns.no_past
        return [none if place in self._lost else next(left) for place in range(len(self._meant.texts))]


def _told(scored: Scored, warning: str) -> Scored:
    return scored._replace(warning=joined((warning, scored.warning))) if warning else scored


def _codes(column: pa.Array) -> Codes:
    """Equal numbers for equal cells."""
    try:
        indices = column.dictionary_encode().indices
    except pa.ArrowNotImplementedError:  # lists, among others
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(repr(cell), len(numbers)) for cell in column.to_pylist()], np.int64)
    return np.asarray(indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _distinct(columns: list[Codes], rows: int) -> tuple[Codes, Codes]:
    """The first row of each kind, and for each row the number of its kind."""
    kinds: Codes = np.zeros(rows, np.int64)
    first = kinds[:1]
    for codes in columns:
        _, first, kinds = np.unique(kinds * (rows + 1) + codes + 1, return_index=True, return_inverse=True)
    return first, kinds


def past_arrays(rows: Sequence[PastCells]) -> list[pa.Array]:
    """The columns of the past of some rows."""
    return [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(PAST_TYPES.values())]


def score_arrays(rows: Sequence[Scored], columns: Columns) -> list[pa.Array]:
    """Those of some scores that are added."""
    lost = np.array([bool(one.error) for one in rows], np.bool_)
    return [_array([getattr(one, name) for one in rows], TYPES[name], lost) for name in columns.fields]


def _array(values: Sequence[Any], kind: pa.DataType, lost: NDArray[np.bool_]) -> pa.Array:
    if kind.equals(TYPES["mentions"]):
        return _mentions(values, lost)
    if pa.types.is_list(kind):
        return pa.array([None if gone else value for value, gone in zip(values, lost, strict=True)], kind)
    return pa.array([None if value == "" else value for value in values], kind)


def _mentions(rows: Iterable[tuple[Said, ...]], lost: NDArray[np.bool_]) -> pa.Array:
    """Built by columns: a dict for each mention would cost more than all else."""
    kept = list(rows)
    flat = [said for row in kept for said in row]
    fields = list(zip(*flat, strict=True)) if flat else [()] * MENTION.num_fields
    struct = pa.StructArray.from_arrays(
        [pa.array(values, field.type) for values, field in zip(fields, MENTION, strict=True)], fields=list(MENTION)
    )
    offsets = np.cumsum([0, *map(len, kept)])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32(), mask=np.append(lost, False)), struct)
