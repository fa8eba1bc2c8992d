"""Tables of databases in and out, as streams of Arrow batches."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from test_core import expected, triage_of

from lemtrada_triage.batch.columns import Layout
from lemtrada_triage.batch.core import Case
from lemtrada_triage.model import InputError

pa = pytest.importorskip("pyarrow", reason="extra 'batch' is not installed")

from lemtrada_triage.batch.arrow import score_reader  # noqa: E402

ROWS = [
    (1, "i have a rash", 3),
    (2, "my face is drooping, no fever", None),
    (3, None, 12),
    (4, "hello", 4),
    (5, "i have a rash", 3),
]


def stream(rows=ROWS, size: int = 2) -> pa.RecordBatchReader:
    table = pa.table(dict(zip(("id", "entry", "days"), map(list, zip(*rows, strict=True)), strict=True)))
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=size))


def check(found: list[dict]) -> None:
    """Each row of a flat table is the case's own."""
    assert [row["id"] for row in found] == [row[0] for row in ROWS]
    for row, (_, text, day) in zip(found, ROWS, strict=True):
        want = expected(triage_of("words"), Case(text or "", (day,)))
        assert (row["urgency"], row["urgency_rank"]) == (want.urgency, want.urgency_rank)
        assert row["rules"] == " ".join(want.rules)
        assert [one["text"] for one in json.loads(row["mentions"] or "[]")] == [said[4] for said in want.mentions]


def test_a_stream_is_scored_batch_by_batch_with_lists_or_flat():
    made = score_reader(triage_of("words"), stream()).read_all()
    assert made.schema.names[:3] == ["id", "entry", "days"] and made.schema.names[-1] == "error"
    assert made["rules"].to_pylist()[0] == list(expected(triage_of("words"), Case(ROWS[0][1], (3,))).rules)
    flat = score_reader(triage_of("words"), stream(), flat=True).read_all()
    assert flat["rules"].to_pylist() == [" ".join(rules) for rules in made["rules"].to_pylist()]
    check(flat.to_pylist())


def test_nothing_is_read_ahead_of_what_is_asked_for():
    asked = []

    def batches():
        for batch in stream():
            asked.append(batch.num_rows)
            yield batch

    made = score_reader(triage_of("words"), pa.RecordBatchReader.from_batches(stream().schema, batches()))
    made.read_next_batch()
    assert asked == [2]


def test_a_stream_that_cannot_be_used_is_told_before_it_is_read():
    with pytest.raises(InputError, match="no column 'since' for the days"):
        score_reader(triage_of("words"), stream(), Layout(days="since"))
    with pytest.raises(InputError, match="a patient's past is known only"):
        score_reader(triage_of("words"), stream(), Layout(patient="id"))


def test_a_table_of_duckdb_is_read_and_written():
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    with duckdb.connect() as database:
        database.execute("CREATE TABLE entries (id INTEGER, entry TEXT, days INTEGER)")
        database.executemany("INSERT INTO entries VALUES (?, ?, ?)", ROWS)
        source = database.cursor().sql("FROM entries ORDER BY id").to_arrow_reader(2)
        database.register("made", score_reader(triage_of("words"), source))
        database.execute("CREATE TABLE scored AS FROM made")
        found = database.execute("SELECT rules FROM scored ORDER BY id").fetchall()
    assert found == [(list(expected(triage_of("words"), Case(text or "", (day,))).rules),) for _, text, day in ROWS]


def test_a_table_of_sqlite_is_read_and_written(tmp_path):
    dbapi = pytest.importorskip("adbc_driver_sqlite.dbapi", reason="ADBC's SQLite driver is not installed")
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE entries (id INTEGER, entry TEXT, days INTEGER)")
        database.executemany("INSERT INTO entries VALUES (?, ?, ?)", ROWS)
    with dbapi.connect(str(path)) as both, both.cursor() as read, both.cursor() as write:
        read.execute("SELECT * FROM entries ORDER BY id")
        write.adbc_ingest("scored", score_reader(triage_of("words"), read.fetch_record_batch(), flat=True))
        both.commit()
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        check(list(map(dict, database.execute("SELECT * FROM scored ORDER BY id"))))

