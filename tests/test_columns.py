"""Which columns of a log are read, and the days between two dates."""

from __future__ import annotations

import datetime as dt

import pytest

from lemtrada_triage.batch.columns import Layout, chosen
from lemtrada_triage.batch.dates import days_between
from lemtrada_triage.batch.rows import Cells, Meaning
from lemtrada_triage.model import InputError


@pytest.mark.parametrize("name", ["Notes", "comments", "ENTRY", "complaint", "Chief Complaint", "chief_complaint"])
def test_the_text_is_found_by_what_people_call_it(name):
    assert chosen(Layout(), ["id", name]).text == (name,)


def test_where_several_columns_could_be_the_text_it_says_which_it_took():
    columns = chosen(Layout(), ["comment", "message", "notes"])
    assert columns.text == ("message",)
    told = "The text is taken from 'message', not from 'comment', 'notes'; --text names others, or several."
    assert columns.notes[0] == told
    assert not any("text" in note for note in chosen(Layout(text="notes"), ["message", "notes"]).notes)


def test_several_text_columns_are_read_in_the_order_given_and_nothing_reaches_from_one_into_the_next(triage):
    columns = chosen(Layout(text=("b", "a")), ["a", "b"])
    meant = Meaning(columns).of(Cells([["no fever", " "], ["chest pain", "911"]], [None] * 5))
    assert meant.texts == ["no fever\n\nchest pain", "911"]
    said = {mention.concept: mention.assertion.value for mention in triage.assess(meant.texts[0]).mentions}
    assert (said["fever"], said["chest_pain"]) == ("absent", "present")


def test_days_come_from_dates_only_where_there_are_none():
    columns = chosen(Layout(), ["message", "days", "date", "infusion_date"])
    rows = [("12", "2026-03-04", "2026-03-01"), ("", "2026-03-04", "2026-03-01"), (None, "soon", "2026-03-01")]
    meant = Meaning(columns).of(Cells([["hello"] * 3], [*zip(*rows, strict=True), None, None]))
    assert [situation.days for situation in meant.situations] == [(12,), (3,), (None,)]
    assert (set(meant.warned), meant.warning(2)[:25]) == ({2}, "'date', 'infusion_date': ")


def test_one_date_column_alone_gives_no_days():
    assert chosen(Layout(), ["message", "date"]).date is None
    with pytest.raises(InputError, match="'date' alone gives no days: name both"):
        chosen(Layout(date="date"), ["message", "date"])
    with pytest.raises(InputError, match="no column 'datum' for the date"):
        chosen(Layout(date="datum"), ["message", "infusion_date"])


@pytest.mark.parametrize(
    "said",
    [
        "2026-03-04", "2026/3/4", "20260304", "2026-03-04T23:15:00Z", "2026-03-04 08:00", "4 Mar 2026", "4-March-2026",
        "March 4, 2026", "Mar. 4 2026", "04.03.2026", " 2026-03-04 ", dt.date(2026, 3, 4), dt.datetime(2026, 3, 4, 23),
    ],
)  # fmt: skip
def test_a_date_is_read_as_people_write_it(said):
    assert days_between(said, "2026-03-01") == ((3,), "")


def test_where_day_and_month_may_be_either_both_count():
    assert days_between("3/4/2026", "3/1/2026") == ((3, 90), "may mean 3 or 90 days since the infusion")
    assert days_between("3/4/2026", "2026-03-01").choices == (3, 33)
    assert days_between("3/14/2026", "3/1/2026").choices == (13,)
    assert days_between("3/2/2026", "14/1/2026").choices == (20,)


@pytest.mark.parametrize("said", ["2026-02-30", "31/31/2026", "yesterday", "3/4/26", 45000, "4 Smarch 2026"])
def test_a_date_that_cannot_be_read_leaves_the_days_not_known_and_says_so(said):
    days = days_between(said, "2026-03-01")
    assert days.choices == (None,)
    assert days.warning.endswith("is not a date that can be read, so the days count as not known")


def test_a_message_before_the_infusion_has_days_that_are_not_known():
    days = days_between("2026-02-01", "2026-03-01")
    assert days.choices == (None,)
    assert days.warning.startswith("'2026-02-01' is not from 0 to 36,500 days after '2026-03-01'")


@pytest.mark.parametrize(("said", "infusion"), [("", "2026-03-01"), ("2026-03-01", None), (" ", "")])
def test_an_empty_date_needs_no_warning(said, infusion):
    assert days_between(said, infusion) == ((None,), "")


SAID = ["my arm is numb since tuesday", "no fever, but i have a rash", "feeling fine today, thanks"]
ROWS = [
    {"Nr": str(number), "Wer": name, "Wann": f"2026-03-0{number}", "Eintrag": said, "Ort": "12 High Street"}
    for number, (name, said) in enumerate(zip(("A Smith", "B Jones", "A Smith"), SAID, strict=True), start=1)
]


def test_where_no_name_says_it_the_text_is_the_column_that_holds_what_people_say():
    columns = chosen(Layout(), list(ROWS[0]), sample=lambda: ROWS)
    assert columns.text == ("Eintrag",)
    told = "The text is taken from 'Eintrag', which holds what people say; --text names others, or several."
    assert columns.notes[0] == told


def test_a_usual_name_is_believed_and_nothing_is_looked_into():
    def unasked() -> list[dict[str, str]]:
        raise AssertionError("looked into")

    assert chosen(Layout(), ["Eintrag", "message"], sample=unasked).text == ("message",)


def test_codes_and_the_same_few_words_over_and_over_are_no_messages():
    rows = [{"a": "please call us back", "b": "X-12 Y-13 Z-14", "c": str(number)} for number in range(30)]
    with pytest.raises(InputError, match="no text column"):
        chosen(Layout(), ["a", "b", "c"], sample=lambda: rows)


def test_the_only_column_of_dates_orders_the_rows_of_patients():
    columns = chosen(Layout(patient="Wer"), list(ROWS[0]), sample=lambda: ROWS)
    assert (columns.date, columns.days) == ("Wann", None)
    two = [row | {"Start": "2026-01-01"} for row in ROWS]
    with pytest.raises(InputError, match="no date and no days column to order the rows by"):
        chosen(Layout(patient="Wer"), list(two[0]), sample=lambda: two)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_rows_that_were_looked_into_are_scored_all_the_same(kind):
    import csv
    import io
    import json

    from test_batch import Parrot

    from lemtrada_triage.batch.log import score

    rows = [row | {"Eintrag": f"{row['Eintrag']} ({number})"} for number in range(50) for row in ROWS]
    text = io.StringIO(newline="")
    if kind == "csv":
        writer = csv.DictWriter(text, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(rows)
    else:
        text.write(json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows)))
    sink, judge = io.BytesIO(), Parrot()
    assert score(judge, io.BytesIO(text.getvalue().encode()), sink, kind).rows == 150
    assert judge.texts == [row["Eintrag"] for row in rows]
    assert sink.getvalue().count(b"numb since") == 50
