"""pandas and Polars frames in, the same frames with the added columns out. Needs pyarrow (extra ``batch``)."""

from __future__ import annotations

from typing import Any, TypeVar

from lemtrada_triage.batch.columns import Layout, chosen
from lemtrada_triage.batch.core import Scorer
from lemtrada_triage.batch.formats import pyarrow_for
from lemtrada_triage.batch.pool import PoolJudge
from lemtrada_triage.model import InputError
from lemtrada_triage.triage import Triage

F = TypeVar("F")


def score_frame(triage: Triage, frame: F, layout: Layout | None = None, jobs: int = 1) -> F:
    """The frame (pandas or Polars) with the columns of ``ADDED`` behind its own; its index stays as it is.

    ``jobs``: how many processes read. A program that asks for several needs ``if __name__ == "__main__":``, as ever
    with processes. Raises InputError for anything else than a frame, or one that has no text or a column of ours.
    """
    pa = pyarrow_for("a frame")
    kind = type(frame).__module__.partition(".")[0]
    if kind not in ("pandas", "polars"):
        raise InputError(f"a frame must be one of pandas or Polars, not {type(frame).__name__}")
    any_frame: Any = frame
    layout = layout or Layout()
    names = [str(name) for name in any_frame.columns]
    read = [any_frame.columns[names.index(name)] for name in chosen(layout, names).read]
    needed = any_frame[read]
    table = needed.to_arrow() if kind == "polars" else _of_pandas(pa, needed)
    added = _scored(pa, triage, table, layout, jobs)
    made: F = _with_polars(any_frame, added) if kind == "polars" else _with_pandas(any_frame, added)
    return made


def _scored(pa: Any, triage: Triage, table: Any, layout: Layout, jobs: int) -> Any:
    from lemtrada_triage.batch.arrow import schema, score_batch

    whole = table.combine_chunks()
    with PoolJudge(triage, jobs) as judge:
        scorer = Scorer(judge)
        batches = [score_batch(scorer, batch, layout) for batch in whole.to_batches()]
    return pa.Table.from_batches(batches, schema(chosen(layout, whole.schema.names)))


def _of_pandas(pa: Any, frame: Any) -> Any:
    """By way of lists: a column of objects may hold anything, and pandas' own way refuses such a mix."""
    columns = {str(name): frame[name] for name in frame.columns}
    return pa.table({name: _array(pa, column) for name, column in columns.items()})


def _array(pa: Any, column: Any) -> Any:
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if _missing(cell) else str(cell) for cell in column], pa.string())


def _missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)


def _with_polars(frame: Any, added: Any) -> Any:
    import polars

    return frame.hstack(polars.DataFrame(added))


def _with_pandas(frame: Any, added: Any) -> Any:
    import pandas

    lists = {name: pandas.Series(added[name].to_pylist(), frame.index, dtype=object) for name in added.column_names}
    ours = pandas.DataFrame(lists, index=frame.index)
    return pandas.concat([frame, ours.astype({added.column_names[1]: "Int8"})], axis=1)
