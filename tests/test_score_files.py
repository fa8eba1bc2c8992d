"""`score` of files of every form: what goes in comes out, with the urgency beside it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from scoring import score

from lemtrada_triage import Triage
from lemtrada_triage.show.cli import cli

pytestmark = pytest.mark.usefixtures("triage_of_cli_once")

WORDS = ["call 911, i can't breathe", "fine", "my arm is numb", "i have a rash, no fever"]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=delimiter)
    rows.writerow(["id", "message", "days"])
    rows.writerows([[number, words, 12] for number, words in enumerate(WORDS)])
    return text.getvalue().encode()


def levels(triage: Triage) -> list[str]:
    return [triage.assess(words, days_since_infusion=12).urgency.value for words in WORDS]


@pytest.mark.parametrize(("name", "delimiter"), [("log.csv", ","), ("log.tsv", "\t"), ("log.psv", "|")])
@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_tables_packed_or_not_are_scored(tmp_path, triage, name, delimiter, packing):
    if packing == ".zst":
        pa = pytest.importorskip("pyarrow")
        pack = lambda data: pa.compress(data, "zstd", asbytes=True)  # noqa: E731
        unpack = lambda data: pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()  # noqa: E731
    else:
        pack, unpack = (gzip.compress, gzip.decompress) if packing else (bytes, bytes)
    log, out = tmp_path / (name + packing), tmp_path / ("out" + Path(name).suffix + packing)
    log.write_bytes(pack(table(delimiter)))
    assert "Rows: 4 in, 4 out" in score(log, "-o", out).stderr
    rows = list(csv.DictReader(io.StringIO(unpack(out.read_bytes()).decode()), delimiter=delimiter))
    assert [row["urgency"] for row in rows] == levels(triage)
    assert [row["message"] for row in rows] == WORDS


def test_packed_logs_are_known_by_what_they_hold_also_from_a_pipe():
    done = score("-", "--format", "csv", input=gzip.compress(table()))
    assert done.stdout.startswith("id,message,days,urgency,")
    assert len(done.stdout.splitlines()) == 5


def test_a_packed_log_that_is_cut_short_is_no_log(tmp_path):
    log, out = tmp_path / "log.csv.gz", tmp_path / "out.csv"
    log.write_bytes(gzip.compress(table() * 1000)[:-20])
    done = score(log, "-o", out)
    assert done.exit_code == 2
    assert "damaged or cut short" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv.gz"]


def test_mentions_are_beside_the_urgency_with_their_assertions(tmp_path):
    (tmp_path / "log.csv").write_bytes(table())
    score(tmp_path / "log.csv", "-o", tmp_path / "out.csv")
    rows = list(rows_of(tmp_path / "out.csv"))
    said = {mention["concept"]: mention for mention in json.loads(rows[3]["mentions"])}
    assert (said["rash"]["assertion"], said["fever"]["assertion"], said["fever"]["cue"]) == ("present", "absent", "no")
    assert WORDS[3][said["fever"]["start"] : said["fever"]["end"]] == said["fever"]["text"] == "fever"


@pytest.mark.parametrize("array", [True, False])
def test_a_json_file_is_an_array_or_lines(tmp_path, triage, array):
    objects = [{"message": words, "days": 12, "n": [{}]} for words in WORDS]
    text = json.dumps(objects, indent=2) if array else "\n".join(map(json.dumps, objects))
    (tmp_path / "log.json").write_text(text)
    assert score(tmp_path / "log.json", "-o", tmp_path / "out.json").exit_code == 0
    out = (tmp_path / "out.json").read_text()
    rows = json.loads(out) if array else [json.loads(line) for line in out.splitlines()]
    assert [row["urgency"] for row in rows] == levels(triage)
    assert [row["n"] for row in rows] == [[{}]] * 4


def test_parquet_keeps_its_columns_and_types(tmp_path, triage):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table(
        {"message": WORDS * 3000, "days": pa.array([12] * 12_000, pa.int16()), "n": [{"a": [1]}] * 12_000}
    ).replace_schema_metadata({"made": "by hand"})
    parquet.write_table(table, tmp_path / "log.parquet", row_group_size=5000)
    done = score(tmp_path / "log.parquet", "-o", tmp_path / "out.parquet", "--errors", tmp_path / "bad.parquet")
    assert "Rows: 12,000 in, 12,000 out" in done.stderr
    out = parquet.read_table(tmp_path / "out.parquet")
    assert out.select(table.column_names).equals(table)
    assert out.schema.metadata[b"made"] == b"by hand"
    assert out["urgency"].to_pylist() == levels(triage) * 3000
    assert parquet.read_table(tmp_path / "bad.parquet").num_rows == 0
    assert len(list(tmp_path.iterdir())) == 3, "nothing else is left"


def test_what_is_no_parquet_is_refused(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "log.parquet").write_bytes(b"message\nhello\n")
    done = score(tmp_path / "log.parquet", "-o", tmp_path / "out.parquet")
    assert (done.exit_code, "not a Parquet file that can be read" in done.stderr) == (2, True)


def test_several_logs_and_patterns_are_one_log_in_order(tmp_path, triage):
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.csv").write_bytes(f"id,message,days\n{name},fine,12\n".encode())
    (tmp_path / "d.csv").write_bytes(table())
    out = tmp_path / "out.csv"
    done = score(tmp_path / "d.csv", tmp_path / "[ab].csv", tmp_path / "c.csv", "-o", out)
    assert "Rows: 7 in, 7 out" in done.stderr
    assert [row["id"] for row in rows_of(out)] == ["0", "1", "2", "3", "a", "b", "c"]


def test_several_arrays_are_one(tmp_path):
    for name, count in (("a", 2), ("b", 0), ("c", 1)):
        (tmp_path / f"{name}.json").write_text(json.dumps([{"text": name}] * count))
    score(tmp_path / "?.json", "-o", tmp_path / "out.json")
    assert [row["text"] for row in json.loads((tmp_path / "out.json").read_text())] == ["a", "a", "c"]


def test_logs_that_do_not_fit_together_are_refused_before_anything_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(table())
    (tmp_path / "b.csv").write_bytes(b"text,days\nfine,1\n")
    (tmp_path / "c.jsonl").write_bytes(b"{}\n")
    for names, told in (
        (["a.csv", "b.csv"], "b.csv has other columns than "),
        (["a.csv", "c.jsonl"], "logs of different formats (csv, jsonl)"),
        (["a.csv", "-"], "standard input can only be scored alone"),
        (["x*.csv"], "no file is called like "),
    ):
        done = score(*[name if name == "-" else tmp_path / name for name in names], "-o", tmp_path / "out.csv")
        assert (done.exit_code, told in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_several_text_columns_and_dates_can_be_named(tmp_path, triage):
    log, out = tmp_path / "log.csv", tmp_path / "out.csv"
    log.write_text("a,b,said,drip\nno fever,chest pain,2026-03-04,2026-03-02\n")
    done = score(log, "-o", out, "--text", "a", "--text", "b", "--date", "said", "--infusion-date", "drip")
    assert done.exit_code == 0, done.stderr
    (row,) = rows_of(out)
    alone = triage.assess("no fever\n\nchest pain", days_since_infusion=2)
    assert row["rules"].split() == [rule.rule for rule in alone.fired]


def test_which_column_is_read_is_said_where_there_are_several(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("notes,message\nfine,fine\n")
    assert "The text is taken from 'message', not from 'notes'" in score(log, "-o", tmp_path / "out.csv").stderr


def test_a_small_terminal_shows_rows_in_and_out(tmp_path):
    (tmp_path / "log.csv").write_bytes(table())
    done = CliRunner(env={"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "60"}).invoke(
        cli, ["score", str(tmp_path / "log.csv"), "-o", str(tmp_path / "out.csv"), "--reader", "words"]
    )
    assert "Rows: 4 in, 4 out" in done.stderr


def test_a_plain_install_scores_tables_and_says_what_parquet_and_zstd_need(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "log.csv").write_bytes(table())
    (tmp_path / "log.parquet").write_bytes(b"PAR1")
    assert score(tmp_path / "log.csv", "-o", tmp_path / "out.csv").exit_code == 0
    for name in ("log.parquet", "log.csv"):
        done = score(tmp_path / name, "-o", tmp_path / ("new" + Path(name).suffix + ".zst" * (name == "log.csv")))
        assert (done.exit_code, "needs pyarrow: pip install" in done.stderr) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "log.parquet", "out.csv"]
