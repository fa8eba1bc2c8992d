"""Scoring on a Spark cluster, by ``mapInArrow``. Needs the extra ``spark``, and Java where Spark runs.

Model and vocabulary are loaded once a worker process; each partition remembers what it has read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    ByteType,
    DataType,
    IntegerType,
    StringType,
    StructField,
    StructType,
)

from lemtrada_triage.batch.arrow import MENTION, schema, score_batch
from lemtrada_triage.batch.columns import Layout, chosen
from lemtrada_triage.batch.core import Scorer
from lemtrada_triage.triage import Triage

_Options = tuple[tuple[str, Any], ...]


def score(
    df: DataFrame,
    text: str | Sequence[str] | None = None,
    days: str | None = None,
    *,
    flags: str | None = None,
    date: str | None = None,
    infusion: str | None = None,
    prefix: str = "",
    codes: bool = False,
    **triage: Any,
) -> DataFrame:
    """The frame with the added columns (``batch.core.ADDED``) behind its own, row by row as one process has them.

    Columns are found by their usual names where they are not named. ``triage``: what ``Triage`` is made with on each
    worker (folders must be there). Raises InputError where there is no text, or a column of ours already.
    """
    names = text if text is None or isinstance(text, str) else tuple(text)
    layout = Layout(names, days, flags, prefix, date=date, infusion=infusion, codes=codes)
    added = schema(chosen(layout, df.columns))
    fields = [StructField(field.name, _spark_type(field.type)) for field in added]
    options: _Options = tuple(sorted(triage.items()))
    _triage_with(options)  # so that what is wrong with the options is told here, not by a worker

    def scored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer = Scorer(_triage_with(options))
        for batch in batches:
            ours = score_batch(scorer, batch, layout)
            names = [*batch.schema.names, *ours.schema.names]
            yield pa.RecordBatch.from_arrays([*batch.columns, *ours.columns], names=names)

    return df.mapInArrow(scored, StructType([*df.schema.fields, *fields]))


@lru_cache(maxsize=4)
def _triage_with(options: _Options) -> Triage:
    """One a process."""
    return Triage(**dict(options))


def _spark_type(kind: pa.DataType) -> DataType:
    if pa.types.is_list(kind):
        return ArrayType(_spark_type(kind.value_type))
    if kind.equals(MENTION):
        return StructType([StructField(field.name, _spark_type(field.type)) for field in MENTION])
    return _PLAIN[str(kind)]()


_PLAIN: dict[str, type[DataType]] = {"string": StringType, "bool": BooleanType, "int8": ByteType, "int32": IntegerType}
