"""Scoring a log: rows in are rows out, whatever the rows hold, and the file is whole or not there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage.batch.formats import format_of
from lemtrada_triage.batch.log import ADDED, Layout, Summary, days_of, flags_of, score, whole_file
from lemtrada_triage.model import Assessment, InputError, Urgency

HEADER = "id,message,days\n"


class Parrot:
    """Assesses without reading: "911" in the text is an emergency. Counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def assess(self, text: str, days_since_infusion: int | None = None, flags: Iterable[str] = ()) -> Assessment:
        self.calls += 1
        if days_since_infusion is not None and days_since_infusion < 0:
            raise InputError("days must not be negative")
        urgency = Urgency.CALL_911 if "911" in text else Urgency.ROUTINE
        nothing = dict.fromkeys(("fired", "mentions", "not_understood", "signals", "assumptions", "ask"), ())
        words = dict.fromkeys(("advice", "engine", "rulebook", "vocabulary", "disclaimer"), "")
        return Assessment(
            urgency=urgency,
            understood=True,
            days_since_infusion=days_since_infusion,
            flags=tuple(flags),
            **nothing,
            **words,
        )


def scored_csv(log: str | bytes, layout: Layout | None = None) -> tuple[list[dict[str, str]], Summary]:
    sink = io.BytesIO()
    source = io.BytesIO(log.encode() if isinstance(log, str) else log)
    summary = score(Parrot(), source, sink, "csv", layout)
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode(), newline=""))), summary


def scored_jsonl(log: str | bytes, layout: Layout | None = None) -> tuple[list[dict[str, object]], Summary]:
    sink = io.BytesIO()
    source = io.BytesIO(log.encode() if isinstance(log, str) else log)
    summary = score(Parrot(), source, sink, "jsonl", layout)
    return [json.loads(line) for line in sink.getvalue().decode().split("\n") if line], summary


def test_a_row_keeps_its_columns_and_gains_ours():
    rows, summary = scored_csv(HEADER + "7,call 911 please,3\n")
    assert list(rows[0]) == ["id", "message", "days", *ADDED]
    assert (rows[0]["id"], rows[0]["urgency"], rows[0]["urgency_rank"]) == ("7", "call_911", "5")
    assert (rows[0]["understood"], rows[0]["error"]) == ("true", "")
    assert (summary.rows, summary.errors, summary.levels["call_911"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,hello,-1", "days must not be negative"),
        ("1,hello,1.5", "must be a whole number, not '1.5'"),
        ("1,hello,two weeks", "must be a whole number, not 'two weeks'"),
        ("1,,3", "no text: 'message' is empty"),
        ("1,hello", "2 cells where the header names 3"),
        ("1,hello, again,3", "4 cells where the header names 3; left over: ['3']"),
        ('1,"she said "ouch" twice",3', "not valid CSV"),
    ],
)
def test_a_bad_row_is_kept_with_its_reason_and_line(row, reason):
    rows, summary = scored_csv(f"{HEADER}0,fine,\n{row}\n2,fine,\n")
    assert len(rows) == 3
    assert reason in rows[1]["error"]
    assert rows[1]["error"].startswith("line 3: ")
    assert rows[1]["urgency"] == ""
    assert (summary.rows, summary.errors) == (3, 1)


def test_bytes_that_are_not_utf8_spoil_only_their_row():
    rows, _ = scored_csv(HEADER.encode() + b"1,my head \x93hurts\x94,3\n2,fine,\n")
    assert [row["error"] for row in rows] == ["line 2: bytes that are not UTF-8", ""]
    assert rows[0]["message"] == "my head �hurts�"


def test_a_quotation_mark_that_never_closes_costs_one_row():
    rows, summary = scored_csv(HEADER + '1,"oh dear,3\n' + "2,fine,4\n" * 50_000)
    assert len(rows) == summary.rows == 50_001
    assert summary.errors == 1
    assert rows[0]["message"] == '1,"oh dear,3'


def test_line_breaks_inside_quotes_belong_to_the_row():
    rows, _ = scored_csv(HEADER + '1,"first\nsecond\r\nthird",3\n2,,x\n')
    assert rows[0]["message"] == "first\nsecond\r\nthird"
    assert rows[1]["error"].startswith("line 5: ")


def test_a_byte_order_mark_semicolons_and_windows_line_ends_are_understood():
    rows, _ = scored_csv(b"\xef\xbb\xbf" + b"id;message;days\r\n1;call 911, now;3\r\n")
    assert (rows[0]["id;message;days;urgency;urgency_rank;concepts;rules;understood;error"]) == "1;call 911"


def test_utf16_is_named_as_what_it_is():
    with pytest.raises(InputError, match="save it as UTF-8"):
        scored_csv(HEADER.encode("utf-16"))


def test_missing_columns_are_listed():
    with pytest.raises(InputError, match="Columns there: id, words"):
        scored_csv("id,words\n1,hello\n")
    with pytest.raises(InputError, match=r"no column 'tage' for the days\. Columns there: id, message, days"):
        scored_csv(HEADER, Layout(days="tage"))
    with pytest.raises(InputError, match="no columns"):
        scored_csv("")


def test_columns_can_be_named():
    rows, _ = scored_csv("t,d,f\ncall 911,4,pregnant\n", Layout(text="t", days="d", flags="f"))
    assert rows[0]["urgency"] == "call_911"


def test_a_scored_log_is_not_scored_over_unless_told_how():
    with pytest.raises(InputError, match="already has: urgency"):
        scored_csv("message,urgency\nhello,high\n")
    rows, _ = scored_csv("message,urgency\nhello,high\n", Layout(prefix="new_"))
    assert (rows[0]["urgency"], rows[0]["new_urgency"]) == ("high", "routine")
    with pytest.raises(InputError, match="already has: error"):
        scored_jsonl('{"message": "hello"}\n' * 200 + '{"message": "hello", "error": 1}\n')


def test_without_a_days_column_a_note_says_so():
    _, summary = scored_csv("message\nhello\n")
    assert "not known" in summary.notes[0]


def test_json_lines_keep_every_field():
    rows, _ = scored_jsonl('{"message": "911 é", "days": 3.0, "flags": ["pregnant"], "more": {"a": [1]}}\n')
    assert rows[0]["more"] == {"a": [1]}
    assert (rows[0]["urgency"], rows[0]["urgency_rank"], rows[0]["concepts"], rows[0]["error"]) == (
        "call_911",
        5,
        [],
        None,
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"message": "oh', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('["a"]', "not a JSON object"),
        ('{"message": 5}', "no text: 'message' is not a string: 5"),
        ('{"days": 5}', "no text: 'message' is missing"),
        ('{"message": "a", "message": "b"}', "given twice: message"),
        ('{"message": "a", "days": true}', "must be a whole number, not True"),
        ('{"message": "a", "days": NaN}', "must be a whole number, not nan"),
        ('{"message": "a", "flags": 3}', "flags must be"),
    ],
)
def test_a_bad_json_line_is_kept_with_its_reason(line, reason):
    rows, summary = scored_jsonl('{"message": "fine", "days": 1, "flags": ""}\n' + line + "\n\n")
    assert (len(rows), summary.rows, summary.errors) == (2, 2, 1)
    assert reason in str(rows[1]["error"])
    assert str(rows[1]["error"]).startswith("line 2: ")
    assert rows[1]["urgency"] is None


def test_half_a_surrogate_pair_survives():
    rows, _ = scored_jsonl('{"message": "oh \\ud83d dear"}\n')
    assert rows[0]["message"] == "oh \ud83d dear"


def test_equal_rows_are_decided_once():
    parrot = Parrot()
    log = HEADER + "1,hello,3\n" * 500 + f"1,{'long ' * 1000},3\n" * 2
    score(parrot, io.BytesIO(log.encode()), io.BytesIO(), "csv")
    assert parrot.calls == 3


def test_rows_stream():
    """The first row is written before the last one is read."""
    sink = io.BytesIO()

    class Endless(io.BytesIO):
        def __next__(self) -> bytes:
            line = super().__next__()
            assert not line.startswith(b"9999") or sink.tell() > 100_000
            return line

    log = HEADER + "".join(f"{number},hello,3\n" for number in range(10_000))
    assert score(Parrot(), Endless(log.encode()), sink, "csv").rows == 10_000


def test_a_crash_leaves_neither_half_a_file_nor_the_old_one_changed(tmp_path):
    out = tmp_path / "scored.csv"
    out.write_text("old")
    with pytest.raises(RuntimeError), whole_file(out) as sink:
        sink.write(b"half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["scored.csv"]
    assert out.read_text() == "old"


def test_a_link_is_followed_and_a_pipe_is_not_replaced(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with whole_file(tmp_path / "link") as sink:
        sink.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_days_and_flags_as_cells_have_them():
    assert [days_of(cell) for cell in ("", " ", None, "3", " 3 ", "3.0", 3, 3.0, "-2")] == [None] * 3 + [3] * 5 + [-2]
    assert flags_of("pregnant; history_of_cancer|pregnant") == ("history_of_cancer", "pregnant")
    assert flags_of(["b", "a"]) == ("a", "b")
    assert flags_of(None) == flags_of("") == ()


def test_formats_are_told_by_name():
    assert [format_of(name) for name in ("a.CSV", "b.tsv", "c.jsonl", "d.ndjson", "e.txt", "-")] == [
        "csv", "csv", "jsonl", "jsonl", None, None,
    ]  # fmt: skip


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8))
def test_any_rows_that_csv_can_write_come_back_unchanged(rows):
    log = io.StringIO(newline="")
    writer = csv.writer(log)
    writer.writerow(["id", "message", "days"])
    writer.writerows(rows)
    scored, summary = scored_csv(log.getvalue())
    assert [(row["id"], row["message"], row["days"]) for row in scored] == rows
    assert summary.rows == len(rows)


@given(st.binary(max_size=300))
def test_any_bytes_below_a_header_are_rows_or_bad_rows(junk):
    rows, summary = scored_csv(b"message,days\n" + junk)
    assert len(rows) == summary.rows
    rows, summary = scored_jsonl(b'{"message": "a"}\n' + junk)
    assert len(rows) == summary.rows
