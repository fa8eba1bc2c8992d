"""Scoring a log: rows in are rows out, whatever the rows hold, and the file is whole or not there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage.batch.cells import days_of, loose_days, loose_flags
from lemtrada_triage.batch.formats import format_of
from lemtrada_triage.batch.judge import Asked, Outcome, Read
from lemtrada_triage.batch.log import ADDED, Layout, Summary, score, whole_file
from lemtrada_triage.model import InputError, Urgency

HEADER = "id,message,days\n"
FLAGS = ("history_of_cancer", "pregnant", "weakened_immune_system")


class Parrot:
    """Judges without reading: "911" in the text is an emergency, days not known or up to 3 are urgent."""

    ahead = 0

    flags = FLAGS

    def __init__(self) -> None:
        self.texts: list[str] = []

    def reading(self, texts: Sequence[str]) -> Callable[[], list[Read]]:
        self.texts += texts
        return lambda: [Read((frozenset(), frozenset({text})), understood=bool(text.strip())) for text in texts]

    def decide(self, cases: Sequence[Asked]) -> list[Outcome]:
        return [Outcome(level.value, level.rank, ()) for level in map(self._level, cases)]

    def _level(self, case: Asked) -> Urgency:
        early = case.day is None or case.day <= 3
        emergency = any("911" in text for text in case.facts[1])
        return Urgency.CALL_911 if emergency else Urgency.GET_HELP_NOW if early else Urgency.ROUTINE

    def first_day(self, day: int | None) -> int | None:
        return day


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


UNKNOWN_DAYS = [
    "NaN", "NA", "N/A", "unknown", "?", "-", "-3", "12.5", "2026-03-01", "01/03/2099", "99999", "2-3 weeks", "> 30",
    "1.5 weeks", "day -3", "a", "x12", "5 m", "12,0",
]  # fmt: skip


@pytest.mark.parametrize("cell", UNKNOWN_DAYS)
def test_a_row_with_unreadable_days_is_scored_on_the_safe_side(cell):
    rows, summary = scored_csv(f'{HEADER}7,hello,"{cell}"\n')
    assert (rows[0]["days"], rows[0]["urgency"], rows[0]["error"]) == (cell, "get_help_now", "")
    assert rows[0]["warning"].startswith(f"'days': '{cell}' ")
    assert rows[0]["warning"].endswith("counts as not known")
    assert (summary.errors, summary.warnings) == (0, 1)


@pytest.mark.parametrize("value", ["NaN", "-3", "12.5", "true", "[3]", '{"a": 1}', '"soon"', "1e300"])
def test_a_json_line_with_unreadable_days_is_scored_on_the_safe_side(value):
    rows, summary = scored_jsonl(f'{{"message": "hello", "days": {value}}}\n')
    assert (rows[0]["urgency"], rows[0]["error"], summary.errors) == ("get_help_now", None, 0)
    assert str(rows[0]["warning"]).endswith("counts as not known")


@pytest.mark.parametrize("cell", ["", " ", "12", "+12", " 12 ", "12.0", "012", "12 days", "12d", "12 days ago"])
def test_days_that_say_themselves_need_no_warning(cell):
    days = loose_days(cell)
    assert days.choices == ((12,) if cell.strip() else (None,))
    assert days.warning == ""


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("3 weeks", (21, 18, 24)),
        ("about 3 weeks", (21, 16, 26)),
        ("~3wks", (21, 16, 26)),
        ("two weeks after the infusion", (14, 11, 17)),
        ("day 12", (12, 11, 13)),
        ("approx. 12", (12, 9, 15)),
        ("2 months", (60, 45, 75)),
        ("a year ago", (365, 183, 547)),
        ("48 hours", (2,)),
    ],
)
def test_days_whose_meaning_is_plain_are_read_and_told(cell, days):
    assert loose_days(cell).choices == days
    assert loose_days(cell).warning.startswith(f"'{cell}' is read as {days[0]} days")


def test_rough_days_are_as_urgent_as_the_most_urgent_that_they_may_mean():
    rows, _ = scored_csv(HEADER + "1,hello,about 4 days\n2,hello,4 days\n3,hello,about 3 weeks\n")
    assert [row["urgency"] for row in rows] == ["get_help_now", "routine", "routine"]
    assert rows[2]["warning"] == "'days': 'about 3 weeks' is read as 21 days, give or take 5"


def test_what_is_no_flag_is_left_out_with_a_warning():
    rows, summary = scored_csv("message,flags\nhello,pregnat; Pregnant\nhello,none\n")
    assert rows[0]["warning"].startswith("'flags': left out 'pregnat': the flags are history_of_cancer, ")
    assert (rows[0]["urgency"], rows[1]["warning"], summary.errors) == ("get_help_now", "", 0)
    assert loose_flags("pregnat; History of cancer|pregnant", FLAGS).flags == ("history_of_cancer", "pregnant")
    assert loose_flags(["weakened-immune-system", ["a"], 3], FLAGS).flags == ("weakened_immune_system",)
    assert "['a'], 3" in loose_flags(["pregnant", ["a"], 3], FLAGS).warning
    assert [loose_flags(cell, FLAGS) for cell in ("", None, [], "NA")] == [((), "")] * 4


@pytest.mark.parametrize("row", ["1,,3", "1, ,3", "1"])
def test_an_empty_message_is_scored_and_not_understood(row):
    rows, summary = scored_csv(f"{HEADER}{row}\n")
    assert (rows[0]["understood"], rows[0]["error"], summary.errors) == ("false", "", 0)
    assert summary.not_understood == 1


def test_surplus_empty_cells_are_dropped_and_missing_ones_count_as_empty():
    rows, _ = scored_csv(HEADER + "1,hello,12,, \n2,hello\n")
    assert (rows[0]["urgency"], rows[0]["warning"]) == ("routine", "")
    assert (rows[1]["days"], rows[1]["urgency"]) == ("", "get_help_now")
    assert rows[1]["warning"] == "2 cells where the header names 3: the missing ones count as empty"
    assert all(None not in row for row in rows), "no cell stands outside the columns"


def test_an_unquoted_comma_in_a_last_message_does_not_cut_it():
    rows, _ = scored_csv("id,days,message\n1,12,my arm, it is odd, 911 please\n")
    assert (rows[0]["message"], rows[0]["days"]) == ("my arm, it is odd, 911 please", "12")
    assert rows[0]["urgency"] == "call_911"
    assert rows[0]["warning"].startswith("5 cells where the header names 3")


@pytest.mark.parametrize("row", ["1,odd arm, 911 please,12,x", "1,911 please,12,x,y", "1 and a half,2,911 please,12,x"])
def test_surplus_cells_elsewhere_are_kept_and_the_message_is_read_whole(row):
    rows, summary = scored_csv(f"id,message,days,clinic\n{row}\n")
    assert rows[0]["urgency"] == "call_911"
    assert ",".join([rows[0][name] for name in ("id", "message", "days", "clinic")]) == row
    assert "'days': " in rows[0]["warning"], "it may be any of two cells, so it is not known"
    assert (summary.errors, summary.warnings) == (0, 1)


@pytest.mark.parametrize(
    "row", ['1,"she said "911" twice",12', '1,"oh dear, 911', '1,"oh 911,12', '1,"first\nsecond "911" third",12']
)
def test_stray_quotation_marks_cost_no_message(row):
    rows, summary = scored_csv(f"{HEADER}0,fine,12\n{row}\n2,fine,12\n")
    assert [line["urgency"] for line in rows] == ["routine", "call_911", "routine"]
    assert rows[1]["warning"].startswith("not valid CSV (")
    assert "'days': " in rows[1]["warning"], "it may be part of the message, so it is not known"
    assert ",".join([rows[1][name] for name in ("id", "message", "days")]) == row
    assert summary.errors == 0


ODD = HEADER.encode() + b"1,my head \x93hurts\x94,3\n2,fine,12\nRen\xe9e,fine,12\n3,fine,1\xb2\n"


def test_bytes_that_are_not_utf8_come_back_as_they_were():
    sink = io.BytesIO()
    summary = score(Parrot(), io.BytesIO(ODD), sink, "csv")
    rows = list(csv.DictReader(io.StringIO(sink.getvalue().decode("latin-1"), newline="")))
    assert [row["error"] for row in rows] == ["line 2: bytes that are not UTF-8 in 'message'", "", "", ""]
    assert [row["urgency"] for row in rows] == ["", "routine", "routine", "get_help_now"]
    for line in ODD.splitlines():
        assert line in sink.getvalue()
    assert "bytes that are not UTF-8, kept as they are" in rows[2]["warning"]
    assert (summary.errors, summary.notes) == (1, (summary.notes[0],))
    assert "try --encoding cp1252" in summary.notes[0]


def test_json_bytes_that_are_not_utf8_come_back_as_they_were():
    log = b'{"message": "my head \x93hurts\x94"}\n{"message": "911", "id": "Ren\xe9e"}\n{"message": "\x93\n'
    sink = io.BytesIO()
    summary = score(Parrot(), io.BytesIO(log), sink, "jsonl")
    assert b'"my head \x93hurts\x94"' in sink.getvalue()
    assert b'"Ren\xe9e", "urgency": "call_911"' in sink.getvalue()
    assert b'{"raw": "{\\"message\\": \\"\x93"' in sink.getvalue()
    assert (summary.rows, summary.errors) == (3, 2)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-8-sig", "utf-32", "latin-1"])
def test_a_log_in_a_named_encoding_is_read_and_written_as_utf8(encoding):
    log = "\ufeff" * (encoding == "utf-16-le") + 'id,message,days\r\n1,"ça va\n911",12\r\n2,fine,12\r\n'
    rows, summary = scored_csv(log.encode(encoding), Layout(encoding=encoding))
    assert [row["message"] for row in rows] == ["ça va\n911", "fine"]
    assert [row["urgency"] for row in rows] == ["call_911", "routine"]
    assert (rows[0]["id"], summary.errors) == ("1", 0)


def test_half_of_a_character_in_utf16_spoils_no_log():
    text = b"id,message,days\n1,911 ".decode().encode("utf-16-le") + b"\x3d\xd8" + ",12\n".encode("utf-16-le")
    rows, _ = scored_csv(text, Layout(encoding="utf-16-le"))
    assert rows[0]["urgency"] == "call_911"


def test_an_encoding_that_is_not_known_is_refused():
    for name in ("utf-99", "rot13", ""):
        with pytest.raises(InputError, match=f"no text encoding is called '{name}'"):
            scored_csv(HEADER, Layout(encoding=name))


def test_a_quotation_mark_that_never_closes_costs_one_row():
    rows, summary = scored_csv(HEADER + '1,"oh dear,3\n' + "2,fine,12\n" * 50_000)
    assert len(rows) == summary.rows == 50_001
    assert (summary.errors, summary.warnings) == (0, 1)
    assert rows[0]["message"] == '"oh dear'


def test_line_breaks_inside_quotes_belong_to_the_row():
    rows, _ = scored_csv(HEADER + '1,"first\nsecond\r\nthird",3\n2,,x\n')
    assert rows[0]["message"] == "first\nsecond\r\nthird"
    assert (len(rows), rows[1]["id"]) == (2, "2")


def test_a_byte_order_mark_semicolons_and_windows_line_ends_are_understood():
    rows, _ = scored_csv(b"\xef\xbb\xbf" + b"id;message;days\r\n1;call 911, now;3\r\n")
    assert rows[0][";".join(("id;message;days", *ADDED))] == "1;call 911"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_named_as_what_it_is(encoding):
    with pytest.raises(InputError, match=f"looks like {encoding.upper()}: try --encoding {encoding}"):
        scored_csv(HEADER.encode(encoding))


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
    assert (rows[0]["urgency"], rows[0]["new_urgency"]) == ("high", "get_help_now")
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
        ('{"days": 5}', "no text: 'message' is missing"),
        ('{"message": "a", "message": "b"}', "given twice: message"),
    ],
)
def test_a_bad_json_line_is_kept_with_its_reason(line, reason):
    rows, summary = scored_jsonl('{"message": "fine", "days": 1, "flags": ""}\n' + line + "\n\n")
    assert (len(rows), summary.rows, summary.errors) == (2, 2, 1)
    assert reason in str(rows[1]["error"])
    assert str(rows[1]["error"]).startswith("line 2: ")
    assert rows[1]["urgency"] is None


@pytest.mark.parametrize("value", ["911", '["my arm", "911"]', '{"text": "911"}'])
def test_a_message_that_is_no_string_is_read_all_the_same(value):
    rows, _ = scored_jsonl(f'{{"message": {value}}}\n')
    assert (rows[0]["message"], rows[0]["urgency"]) == (json.loads(value), "call_911")
    assert "is not a string" in str(rows[0]["warning"])


def test_a_message_that_is_null_is_empty():
    rows, _ = scored_jsonl('{"message": null}\n')
    assert (rows[0]["understood"], rows[0]["error"], rows[0]["warning"]) == (False, None, None)


def test_half_a_surrogate_pair_survives():
    rows, _ = scored_jsonl('{"message": "oh \\ud83d dear"}\n')
    assert rows[0]["message"] == "oh \ud83d dear"


def test_equal_texts_are_read_once():
    parrot = Parrot()
    log = HEADER + "1,hello,3\n2,hello,4\n" * 500 + f"1,{'long ' * 1000},3\n" * 2
    score(parrot, io.BytesIO(log.encode()), io.BytesIO(), "csv")
    assert parrot.texts == ["hello", "long " * 1000]


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


def test_days_that_an_option_or_a_program_passes_are_whole_numbers():
    assert [days_of(cell) for cell in ("", " ", None, "3", " 3 ", "3.0", 3, 3.0, "-2")] == [None] * 3 + [3] * 5 + [-2]
    for cell in ("12 days", "12.5", "NaN", True):
        with pytest.raises(InputError, match="must be a whole number"):
            days_of(cell)


def test_formats_are_told_by_name():
    names = ("a.CSV", "b.tsv.gz", "c.jsonl", "d.ndjson.ZST", "e.json", "f.parquet", "g.txt", "-", ".gz")
    assert [format_of(name) for name in names] == [
        "csv", "csv", "jsonl", "jsonl", "json", "parquet", None, None, None,
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
    """And not one byte above 127 is lost."""
    for kind, start in (("csv", b"message,days\n"), ("jsonl", b'{"message": "a"}\n')):
        sink = io.BytesIO()
        summary = score(Parrot(), io.BytesIO(start + junk), sink, kind)
        out = sink.getvalue().decode("utf-8", "surrogateescape")
        rows = list(csv.DictReader(io.StringIO(out, newline=""))) if kind == "csv" else out.splitlines()
        assert len(rows) == summary.rows


objects = st.dictionaries(st.sampled_from(["message", "days", "x"]), st.text(max_size=9) | st.none(), max_size=3)


@given(st.lists(objects))
def test_an_array_of_any_objects_comes_back_with_our_fields(rows):
    source = io.BytesIO(json.dumps([{"message": "hello"}, *rows], indent=1).encode())
    sink = io.BytesIO()
    summary = score(Parrot(), source, sink, "json")
    scored = json.loads(sink.getvalue())
    assert [{name: row[name] for name in row if name not in ADDED} for row in scored] == [{"message": "hello"}, *rows]
    assert (summary.rows, summary.errors) == (len(rows) + 1, sum("message" not in row for row in rows))


@given(st.binary(max_size=200))
def test_any_bytes_in_an_array_are_rows_or_bad_rows(junk):
    sink = io.BytesIO()
    summary = score(Parrot(), io.BytesIO(b'[{"message": "a"}, ' + junk), sink, "json")
    out = json.loads(sink.getvalue().decode("utf-8", "surrogateescape"))
    assert len(out) == summary.rows


def test_a_broken_element_of_an_array_costs_no_other():
    log = b'[{"message": "911"}, {"message": "oh, {"a": [{}]}, 12 ,\n {"message": "fine", "days": 12}]'
    sink = io.BytesIO()
    summary = score(Parrot(), io.BytesIO(log), sink, "json")
    rows = json.loads(sink.getvalue())
    assert (rows[0]["urgency"], rows[-1]["urgency"]) == ("call_911", "routine")
    assert summary.errors == len(rows) - 2 > 0
    assert all(str(row["error"]).startswith("line 1: ") for row in rows[1:-1])


def test_the_text_of_a_row_comes_back_as_it_was_written():
    cells = 'a "b" c,"d ""e""","f\r\ng", h ,1.0\r\n'
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO(f"id,id,message,,days\r\n{cells}".encode()), sink, "csv")
    assert sink.getvalue().decode().splitlines(keepends=True)[0].startswith("id,id,message,,days,urgency,")
    assert cells.rstrip().encode() in sink.getvalue()
    sink = io.BytesIO()
    line = b'{"message":"fine" ,"n": 1.00000000000000000001,"s": "\\u00e9"'
    score(Parrot(), io.BytesIO(b"  " + line + b"}  \n{}"), sink, "jsonl")
    assert sink.getvalue().startswith(line + b', "urgency": ')


@pytest.mark.parametrize("tidy", [True, False])
def test_each_row_keeps_its_line_end(tidy):
    odd = "" if tidy else '4,"911"" \r\n5,\x93\r\n'  # read one row at a time
    log = f"id,message\r\n1,fine\r\n2,fine\n3,call 911\r\n{odd}6,fine"
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO(log.encode("latin-1")), sink, "csv")
    ends = [line[len(line.rstrip(b"\r\n")) :] for line in sink.getvalue().splitlines(keepends=True)]
    assert ends == [b"\r\n", b"\r\n", b"\n", b"\r\n", *([] if tidy else [b"\r\n"] * 2), b"\r\n"]  # that of the log


def test_each_object_keeps_its_line_end():
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO(b'{"message":"fine"}\r\n{"message":"911"}\nodd\r\n{"message":"fine"}'), sink, "jsonl")
    assert [line.endswith(b"\r\n") for line in sink.getvalue().splitlines(keepends=True)] == [True, False, True, False]


@pytest.mark.parametrize("last", ["", "\r"])
def test_rows_of_an_old_mac_keep_their_line_ends(last):
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO(f'id,message\r1,fine\r2,"call\r911"\r3,fine{last}'.encode()), sink, "csv")
    written = sink.getvalue()
    assert b"\n" not in written
    assert written.count(b"\r") == 5 and b'2,"call\r911",call_911' in written and written.endswith(b"\r")
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO(b'{"message":"fine"}\r{"message":"911"}\r'), sink, "jsonl")
    assert [b"\n" in sink.getvalue(), sink.getvalue().count(b"\r")] == [False, 2]


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_any_usual_delimiter_is_understood(mark):
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO(f'"a,b;c|d"{mark}message{mark}days\n1{mark}call 911{mark}3\n'.encode()), sink, "csv")
    rows = list(csv.DictReader(io.StringIO(sink.getvalue().decode()), delimiter=mark))
    assert (rows[0]["a,b;c|d"], rows[0]["urgency"]) == ("1", "call_911")


def test_the_line_in_which_excel_names_its_delimiter_is_understood_and_kept():
    sink = io.BytesIO()
    score(Parrot(), io.BytesIO("\ufeffsep=;\r\nid;message, or words\r\n1;call 911\r\n".encode()), sink, "csv",
          Layout(text="message, or words"))  # fmt: skip
    assert sink.getvalue().startswith(b"sep=;\r\nid;message, or words;urgency;")
    assert b"1;call 911;call_911;5;" in sink.getvalue()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_any_line_end_is_understood(end, last):
    log = end.join(["id,message,days", '1,"911",3', *["2,fine,12"] * 9_000]) + end * bool(last)
    rows, summary = scored_csv(log)
    assert (summary.rows, summary.warnings, rows[0]["urgency"], rows[-1]["days"]) == (9_001, 0, "call_911", "12")


def test_a_cell_of_ten_million_bytes_is_a_cell():
    rows, summary = scored_csv(f'message,more,days\n911,"{"long, " * 1_700_000}",12\nfine,"",12\n'.encode())
    assert (len(rows), summary.warnings, summary.errors) == (2, 0, 0)
    assert rows[0]["urgency"] == "call_911"
