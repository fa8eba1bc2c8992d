"""Arrow batches in and out of the core."""

from __future__ import annotations

import datetime as dt

import pytest
from test_core import Counting, expected, triage_of

from lemtrada_triage.batch.columns import Layout
from lemtrada_triage.batch.core import ADDED, CODES, Case, Scorer
from lemtrada_triage.model import InputError

pa = pytest.importorskip("pyarrow", reason="extra 'batch' is not installed")

from lemtrada_triage.batch.arrow import score_batch  # noqa: E402

ROWS = [
    ("i have a rash", 3, ["pregnant"]),
    ("my face is drooping, no fever", None, None),
    (None, 12, []),
    ("i have a rash", 4, ["pregnant"]),
    ("i have a rash", 3, ["pregnant"]),
]


def scored(batch, layout: Layout | None = None, judge: object | None = None) -> list[dict]:
    made = score_batch(Scorer(judge or triage_of("words")), batch, layout)
    assert made.num_rows == batch.num_rows
    return made.to_pylist()


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.binary()])
@pytest.mark.parametrize("days", [pa.int8(), pa.int64(), pa.float64(), pa.string()])
def test_rows_are_scored_as_their_cases_are(text, days):
    day = [None if day is None else str(day) if days == pa.string() else day for _, day, _ in ROWS]
    said = [words if words is None or text != pa.binary() else words.encode() for words, _, _ in ROWS]
    columns = [pa.array(said, text), pa.array(day, days), pa.array([flags for *_, flags in ROWS])]
    rows = scored(pa.record_batch(columns, names=["message", "days", "flags"]), Layout(codes=True))
    for (words, day, flags), row in zip(ROWS, rows, strict=True):
        want = expected(triage_of("words"), Case(words or "", (day,), tuple(flags or ())))._asdict()
        mentions = [list(mention) for mention in want.pop("mentions")]
        assert [list(mention.values()) for mention in row.pop("mentions")] == mentions
        assert {name: row[name] or "" for name in ("warning", "error")} == {"warning": "", "error": ""}
        assert [row[name] for name in list(want)[:-2]] == [
            list(value) if isinstance(value, tuple) else value for value in list(want.values())[:-2]
        ]


def test_a_batch_asks_for_each_text_once():
    judge = Counting()
    batch = pa.record_batch({"text": ["i have a rash", "hello"] * 5000, "days": list(range(10_000))})
    assert len(scored(batch, judge=judge)) == 10_000
    assert sorted(judge.texts) == ["hello", "i have a rash"]


def test_odd_cells_are_told_and_cost_no_row():
    batch = pa.record_batch({"note": ["fine", "fine", "fine"], "days": ["about 3 weeks", "soon", None]})
    rows = scored(batch)
    assert rows[0]["warning"] == "'days': 'about 3 weeks' is read as 21 days, give or take 5"
    assert rows[1]["warning"].endswith("counts as not known")
    assert rows[2]["warning"] is None


def test_days_come_from_dates_of_any_kind():
    said, infusion = dt.date(2026, 3, 4), dt.datetime(2026, 3, 1, 23, 0)
    batch = pa.record_batch({"text": ["i have a rash"], "date": [said], "infusion_date": [infusion]})
    layout = Layout(date="date", infusion="infusion_date")
    assert scored(batch, layout)[0]["rules"] == list(expected(triage_of("words"), Case("i have a rash", (3,))).rules)


def test_bytes_that_are_no_text_leave_their_row_unscored_and_no_other():
    rows = scored(pa.record_batch({"text": pa.array([b"rash", b"rash \xff"], pa.binary())}))
    assert [row["error"] for row in rows] == [None, "bytes that are not UTF-8 in the text"]
    assert {name: rows[1][name] for name in ADDED[:-1]} == dict.fromkeys(ADDED[:-1])


def test_an_empty_batch_has_the_same_columns():
    made = score_batch(Scorer(triage_of("words")), pa.record_batch({"text": pa.array([], pa.string())}))
    assert (made.num_rows, made.schema.names) == (0, list(ADDED))
    assert CODES not in ADDED


def test_a_batch_without_text_is_refused():
    with pytest.raises(InputError, match=r"no text column .* Columns there: words"):
        scored(pa.record_batch({"words": ["fine"]}))
