"""`score` into another form: what a log holds comes back by value, with the same scores beside it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring import score
from test_batch import Parrot

from lemtrada_triage.batch.columns import Layout, chosen
from lemtrada_triage.batch.convert import Form
from lemtrada_triage.batch.core import ADDED, Scored, Scorer
from lemtrada_triage.batch.formats import opened
from lemtrada_triage.batch.log import pieces
from lemtrada_triage.batch.values import unique

pytestmark = pytest.mark.usefixtures("triage_of_cli_once")

ROWS = [
    {"id": "1", "message": "my face is drooping", "days": "2"},
    {"id": "", "message": 'a "rash"\nno fever, é', "days": "about 3 weeks"},
    {"id": "3", "message": "fine", "days": ""},
]


def written(path: Path, rows: list[dict[str, str]] = ROWS) -> Path:
    """A log of rows in the form of its name."""
    if path.suffix == ".parquet":
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix in (".json", ".jsonl"):
        path.write_text(json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows)))
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=MARKS[path.suffix])
            writer.writeheader()
            writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        from pyarrow import parquet

        return parquet.read_table(path).to_pylist()
    if path.suffix in (".json", ".jsonl"):
        text = path.read_text()
        return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.split("\n") if line]
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=MARKS[path.suffix]))


MARKS = {".csv": ",", ".tsv": "\t", ".psv": "|"}
FORMS = [".csv", ".tsv", ".jsonl", ".json", ".parquet"]


@pytest.mark.parametrize("out", FORMS)
@pytest.mark.parametrize("source", FORMS)
def test_a_log_of_any_form_is_scored_into_any_other(tmp_path, source, out):
    done = score(written(tmp_path / f"log{source}"), "-o", tmp_path / f"out{out}")
    assert (done.exit_code, "Rows: 3 in, 3 out" in done.stderr) == (0, True), done.stderr
    rows = read(tmp_path / f"out{out}")
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == ROWS
    assert [str(row["urgency_rank"]) for row in rows] == ["5", "3", "1"]
    assert rows[1]["warning"].startswith("'days': 'about 3 weeks' is read as 21 days")
    mentions = json.loads(rows[1]["mentions"]) if out in MARKS else rows[1]["mentions"]
    assert {said["concept"]: said["assertion"] for said in mentions} == {"rash": "present", "fever": "absent"}


@pytest.mark.parametrize("out", FORMS)
@pytest.mark.parametrize("source", FORMS)
def test_codes_that_are_asked_for_stand_behind_the_concepts(tmp_path, source, out):
    told = ["i have a fever and a rash", "no fever, i had hives years ago", "my face is drooping"]
    log = written(tmp_path / f"log{source}", [{"message": text, "days": "2"} for text in told])
    done = score(log, "-o", tmp_path / f"out{out}", "--codes", "--prefix", "x_")
    assert done.exit_code == 0, done.stderr
    rows = read(tmp_path / f"out{out}")
    codes = [row["x_codes"].split() if out in MARKS else row["x_codes"] for row in rows]
    assert codes == [["HP:0001945", "HP:0000988"], [], []], "what is denied or long over has none, as some signs have"
    assert [name for name in rows[0] if name.startswith("x_")] == [f"x_{name}" for name in Scored._fields]


def test_the_format_of_a_stream_is_named(tmp_path):
    done = score(written(tmp_path / "log.csv"), "--to", "jsonl")
    rows = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert [row["message"] for row in rows] == [row["message"] for row in ROWS]
    done = score(written(tmp_path / "log.csv"), "--to", "parquet")
    assert (done.exit_code, "Parquet cannot be written to standard output" in done.stderr) == (2, True)


def test_several_logs_become_one_array(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("message\n" + f"{name}\n" * (name != "a"))
    score(tmp_path / "?.csv", "-o", tmp_path / "out.json")
    assert [row["message"] for row in json.loads((tmp_path / "out.json").read_text())] == ["b", "c"]


def test_what_objects_hold_beside_the_columns_of_the_first_is_kept(tmp_path):
    lines = [{"message": "fine"}] * 100 + [{"message": "fine", "later": [1, None]}]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\nno json\n")
    score(tmp_path / "log.jsonl", "-o", tmp_path / "out.csv", "--errors", tmp_path / "bad.csv")
    others = [row["other_fields"] for row in read(tmp_path / "out.csv")]
    assert (others[:100], json.loads(others[100]), json.loads(others[101])) == (
        [""] * 100, {"later": [1, None]}, {"raw": "no json"},
    )  # fmt: skip
    (bad,) = read(tmp_path / "bad.csv")
    assert bad["error"].startswith("line 102: not valid JSON")


def test_rows_that_were_repaired_are_written_as_they_were(tmp_path):
    (tmp_path / "log.csv").write_bytes(b"id,message,days\n1,a rash, no fever,12\n2,fine\n3,odd \x93,4\n")
    done = score(tmp_path / "log.csv", "-o", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().decode("utf-8", "replace").splitlines()]
    assert done.exit_code == 1
    assert [[row[name] for name in ("id", "message", "days")] for row in rows] == [
        ["1", "a rash", " no fever,12"], ["2", "fine", ""], ["3", "odd �", "4"],
    ]  # fmt: skip


def test_typed_cells_of_parquet_become_text_or_json(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import datetime as dt
    from decimal import Decimal

    from pyarrow import parquet

    row = {"message": "fine", "on": dt.date(2026, 3, 4), "n": 1.5, "x": float("nan"), "b": b"a", "d": Decimal("1.10"),
           "l": [{"k": dt.date(2026, 1, 2)}], "t": True, "none": None}  # fmt: skip
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "log.parquet")
    score(tmp_path / "log.parquet", "-o", tmp_path / "out.csv")
    score(tmp_path / "log.parquet", "-o", tmp_path / "out.jsonl")
    (table,), (found,) = read(tmp_path / "out.csv"), read(tmp_path / "out.jsonl")
    assert [table[name] for name in row] == [
        "fine", "2026-03-04", "1.5", "nan", "a", "1.10", '[{"k": "2026-01-02"}]', "true", "",
    ]  # fmt: skip
    assert [found[name] for name in row] == [
        "fine", "2026-03-04", 1.5, None, "a", "1.10", [{"k": "2026-01-02"}], True, None,
    ]  # fmt: skip


def test_the_past_of_patients_goes_into_any_form(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("who,date,message\na,2026-03-01,my arm is numb\na,2026-03-05,my arm is numb\n")
    score(log, "-o", tmp_path / "same.csv", "--patient", "who")
    for name in ("out.jsonl", "out.parquet"):
        score(log, "-o", tmp_path / name, "--patient", "who")
    want = [row["lasting_days"].split() for row in read(tmp_path / "same.csv")]
    assert want[1] and set(want[1]) == {"4"}
    for name in ("out.jsonl", "out.parquet"):
        assert [[str(days) for days in row["lasting_days"]] for row in read(tmp_path / name)] == want


def test_an_unfinished_run_in_another_form_is_not_gone_on_with(tmp_path):
    from lemtrada_triage.batch.journal import Journal

    Journal((tmp_path / "out.csv").resolve(), {"other": 1}).start()
    done = score(written(tmp_path / "log.jsonl"), "-o", tmp_path / "out.csv", "--resume")
    assert (done.exit_code, "is from another log, other options" in done.stderr) == (2, True)


def test_names_that_stand_twice_or_are_missing_become_names_of_their_own():
    assert unique(["id", "", "id", "message", "id_2", ""], ["urgency"]) == [
        "id", "column_2", "id_3", "message", "id_2", "column_6",
    ]  # fmt: skip


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.tuples(cells, cells, cells), max_size=6), st.sampled_from(["jsonl", "json", "parquet"]))
def test_any_table_becomes_objects_or_parquet_and_every_cell_is_there(rows, kind):
    pytest.importorskip("pyarrow")
    source = io.StringIO(newline="")
    csv.writer(source).writerows([["id", "message", "days"], *rows])
    log = opened(io.BytesIO(source.getvalue().encode()), "csv")
    columns = chosen(Layout(), log.names)
    log.begin(columns)
    form = Form(kind, columns, log.names, objects=False)
    made = [form.head(), *pieces(Scorer(Parrot()), form.chunks(log.chunks())), form.end()]
    found = values(b"".join(piece.data for piece in made), kind)
    assert [tuple(row[name] for name in ("id", "message", "days")) for row in found] == rows
    assert all(set(ADDED) <= set(row) for row in found)
    assert sum(piece.summary.rows for piece in made) == len(rows)


def values(data: bytes, kind: str) -> list[dict[str, Any]]:
    if kind == "parquet":
        from pyarrow import parquet

        from lemtrada_triage.batch.parquetlog import finished

        sink = io.BytesIO()
        finished(io.BytesIO(data), sink)
        return parquet.read_table(io.BytesIO(sink.getvalue())).to_pylist()
    return json.loads(data) if kind == "json" else [json.loads(line) for line in data.decode().split("\n") if line]
