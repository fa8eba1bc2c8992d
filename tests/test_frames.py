"""pandas and Polars frames, and Spark, in and out of the same core."""

from __future__ import annotations

import os
import shutil
import sys

import pytest
from test_core import EVERYDAY, HARD, expected, triage_of

from lemtrada_triage.batch.columns import Layout
from lemtrada_triage.batch.core import Case, Scored
from lemtrada_triage.batch.frames import score_frame
from lemtrada_triage.model import InputError

pytest.importorskip("pyarrow", reason="extra 'batch' is not installed")
SAID = [*EVERYDAY, *HARD, *EVERYDAY]
DAYS = [None if number % 5 == 0 else number * 7 % 400 for number in range(len(SAID))]


def rows() -> list[dict[str, object]]:
    """What the core says of them, as plain lists."""
    scored = [expected(triage_of("words"), Case(text, (day,))) for text, day in zip(SAID, DAYS, strict=True)]
    names = [name for name in Scored._fields if name not in ("mentions", "warning", "error")]
    return [{name: plain(getattr(row, name)) for name in names} for row in scored]


def plain(value: object) -> object:
    return list(map(str, value)) if not isinstance(value, str) and hasattr(value, "__iter__") else value


def ours(rows_out: list[dict[str, object]]) -> list[dict[str, object]]:
    assert all(row["warning"] is None and row["error"] is None for row in rows_out)
    names = [name for name in Scored._fields if name not in ("mentions", "warning", "error")]
    return [{name: plain(row[name]) for name in names} for row in rows_out]


def test_a_polars_frame_comes_back_with_our_columns():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"n": range(len(SAID)), "message": SAID, "days": DAYS})
    scored = score_frame(triage_of("words"), frame, Layout(codes=True))
    assert scored.select(frame.columns).equals(frame)
    assert ours(scored.to_dicts()) == rows()
    assert scored.schema["mentions"].inner.fields[0].name == "concept"


def test_a_pandas_frame_comes_back_with_our_columns_and_its_index():
    pandas = pytest.importorskip("pandas")
    index = [f"row {number}" for number in range(len(SAID))]
    frame = pandas.DataFrame({"message": SAID, "days": DAYS}, index=index)
    scored = score_frame(triage_of("words"), frame, Layout(codes=True))
    assert list(scored.index) == index
    assert scored[["message", "days"]].equals(frame)
    assert ours(scored.astype(object).where(scored.notna(), None).to_dict("records")) == rows()


def test_a_pandas_column_may_hold_anything():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"message": ["fine", 911, None, float("nan")], "days": [3, "about 3 weeks", None, "x"]})
    scored = score_frame(triage_of("words"), frame)
    assert scored["urgency"].notna().all()
    assert [warning is None for warning in scored["warning"]] == [True, False, True, False]


def test_what_is_no_frame_or_has_no_text_is_refused():
    with pytest.raises(InputError, match="a frame must be one of pandas or Polars, not list"):
        score_frame(triage_of("words"), [])
    polars = pytest.importorskip("polars")
    with pytest.raises(InputError, match="no column 'words' for the text"):
        score_frame(triage_of("words"), polars.DataFrame({"message": []}), Layout(text="words"))


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="extra 'spark' is not installed; .ci/run installs it")
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        pytest.skip("Spark needs Java; .ci/run installs it (apt-get install default-jre-headless)")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark_says_row_for_row_what_one_process_says(spark):
    from lemtrada_triage.batch.spark import score

    log = list(zip(range(len(SAID)), SAID, DAYS, strict=True))
    frame = spark.createDataFrame(log, "n int, entry string, since int").repartition(3)
    scored = score(frame, text="entry", days="since", codes=True, reader="words")
    assert scored.columns == ["n", "entry", "since", *Scored._fields]
    found = sorted(scored.collect(), key=lambda row: row["n"])
    assert [(row["n"], row["entry"], row["since"]) for row in found] == log
    assert ours([row.asDict() for row in found]) == rows()
    said = [[tuple(mention) for mention in row["mentions"]] for row in found]
    want = [list(expected(triage_of("words"), Case(text, (day,))).mentions) for _, text, day in log]
    assert said == want


@pytest.mark.filterwarnings("ignore")
def test_spark_refuses_a_frame_without_text_before_anything_runs(spark):
    from lemtrada_triage.batch.spark import score

    with pytest.raises(InputError, match="no text column"):
        score(spark.createDataFrame([(1,)], "n int"), reader="words")
