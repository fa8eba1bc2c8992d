"""What is due after treatment, and when."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_history import DAYS, histories, with_rules

from lemtrada_triage import InputError, RulebookError, TreatmentHistory, Triage
from lemtrada_triage.history.dates import later
from lemtrada_triage.history.follow_up import FollowUp, FollowUpLine, State
from lemtrada_triage.show.cli import cli

FIRST, SECOND = [date(2025, 3, day) for day in (3, 4, 5, 6, 7)], [date(2026, 3, day) for day in (9, 10, 11)]
HISTORY = TreatmentHistory([FIRST, SECOND])


def line(found: FollowUp, name: str, course: int | None = None) -> FollowUpLine:
    return next(one for one in found.lines if one.id == name and one.course == course)


def test_every_line_cites_registered_places_of_the_source(triage: Triage) -> None:
    found = triage.follow_up(HISTORY, on=date(2026, 4, 20))
    page = triage.rulebook.sources["goodrx-lemtrada"].lines
    assert page is not None
    places = {citation.at for one in found.lines for citation in one.citations}
    named = {"L93", "L94", "L95", "L97", "L100", "L101", "L104", "L111", "L114", "L115", "L125", "L126", "L127", "L128"}
    assert named <= places <= set(page)
    assert all(one.citations for one in found.lines)


@pytest.mark.parametrize(
    ("name", "course", "first", "last"),
    [
        ("vaccines", 2, None, date(2026, 1, 26)),
        ("antiviral", 2, date(2026, 3, 9), date(2026, 5, 11)),
        ("contraception", 2, date(2026, 3, 9), date(2026, 7, 11)),
        ("blood-and-urine-tests", None, date(2025, 3, 3), date(2030, 3, 11)),
        ("skin-check", None, date(2025, 3, 3), date(2030, 3, 11)),
        ("course-3", 3, date(2027, 3, 11), None),
    ],
)
def test_spans_are_those_of_the_source(
    triage: Triage, name: str, course: int | None, first: date | None, last: date | None
) -> None:
    found = line(triage.follow_up(HISTORY, on=date(2026, 4, 20)), name, course)
    assert (found.first, found.last) == (first, last)


def test_tests_come_monthly_and_skin_checks_yearly_until_four_years_after_the_last_infusion(triage: Triage) -> None:
    found = triage.follow_up(HISTORY, on=date(2025, 3, 3))
    tests, skin = line(found, "blood-and-urine-tests"), line(found, "skin-check")
    assert (tests.dates[0], tests.dates[-1], len(tests.dates)) == (date(2025, 4, 3), date(2030, 3, 3), 60)
    assert (skin.dates[0], skin.dates[-1], len(skin.dates)) == (date(2026, 3, 3), date(2030, 3, 3), 5)


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2026, 3, 8), State.AHEAD),
        (date(2026, 3, 9), State.NOW),
        (date(2026, 5, 11), State.NOW),
        (date(2026, 5, 12), State.AFTER),
    ],
)
def test_the_antiviral_is_due_for_two_months_and_then_stopped_only_on_advice(
    triage: Triage, on: date, state: State
) -> None:
    found = line(triage.follow_up(HISTORY, on=on), "antiviral", 2)
    assert found.state is state
    assert ("only when your provider says" in found.says) is (state is State.AFTER)


def test_a_missed_date_for_vaccines_is_told_until_the_course_begins(triage: Triage) -> None:
    def state(on: date, *flags: str) -> State:
        return line(triage.follow_up(HISTORY, on=on, flags=flags), "vaccines", 2).state

    assert state(date(2026, 1, 26)) is State.NOW
    assert state(date(2026, 1, 27)) is State.AFTER
    assert state(date(2026, 1, 27), "vaccinated") is State.DONE
    assert state(date(2026, 3, 10)) is State.OVER


def test_corticosteroids_go_with_the_first_three_infusions_and_watching_with_each(triage: Triage) -> None:
    found = triage.follow_up(HISTORY, on=date(2025, 3, 1))
    assert [one.first for one in found.lines if one.id == "corticosteroids"] == [*FIRST[:3], *SECOND]
    assert [one.first for one in found.lines if one.id == "watched-after-infusion"] == [*FIRST, *SECOND]


def test_a_history_unlike_the_usual_courses_is_remarked_on(triage: Triage) -> None:
    odd = TreatmentHistory([FIRST[:4], [date(2025, 9, 1), date(2025, 11, 30)]])
    found = triage.follow_up(odd, on=date(2025, 9, 2))
    assert line(found, "course-1", 1).notes == ("Here it has 4 infusions; usually it has 5.",)
    notes = " ".join(line(found, "course-2", 2).notes)
    assert "Check the dates" in notes and "does not begin before 2026-03-06" in notes
    assert all(not line(triage.follow_up(HISTORY, on=SECOND[0]), f"course-{n}", n).notes for n in (1, 2, 3))


def test_declared_flags_add_their_sentence_and_unknown_ones_are_refused(triage: Triage) -> None:
    found = triage.follow_up(HISTORY, on=date(2026, 4, 1), flags={"takes_antiviral", "pregnant", "history_of_cancer"})
    for name, course in (("antiviral", 2), ("contraception", 2), ("skin-check", None)):
        assert line(found, name, course).notes
    with pytest.raises(InputError, match="unknown flag 'immortal'"):
        triage.follow_up(HISTORY, on=date(2026, 4, 1), flags={"immortal"})


def test_four_years_on_the_patient_is_told_to_ask_before_stopping(triage: Triage) -> None:
    found = triage.follow_up(HISTORY, on=date(2030, 3, 12))
    tests = line(found, "blood-and-urine-tests")
    assert (tests.state, tests.next) == (State.AFTER, None)
    assert "ask your provider" in tests.says


@given(histories(), DAYS)
def test_dates_are_ahead_in_order_and_inside_their_span(triage: Triage, history: TreatmentHistory, on: date) -> None:
    for one in triage.follow_up(history, on=on).lines:
        assert list(one.dates) == sorted(set(one.dates))
        assert all(day >= on and (one.last is None or day <= one.last) for day in one.dates)
        assert one.next == (one.dates[0] if one.dates else None)
        assert (one.state is State.AHEAD) == (one.first is not None and on < one.first) or one.state is State.DONE


@given(histories(), DAYS)
def test_monitoring_lasts_at_least_four_years_from_any_infusion(
    triage: Triage, history: TreatmentHistory, on: date
) -> None:
    tests = line(triage.follow_up(history, on=on), "blood-and-urine-tests")
    assert all(tests.last is not None and later(day, months=48) <= tests.last for day in history.infusions)


@given(DAYS, st.integers(-60, 60))
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    moved = later(day, months=months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


def test_a_calendar_is_read_again_by_the_library_with_whole_days_and_stable_names(triage: Triage) -> None:
    found = triage.follow_up(HISTORY, on=date(2026, 4, 20))
    made = found.ical()
    assert made == triage.follow_up(HISTORY, on=date(2026, 4, 20)).ical()
    events = icalendar.Calendar.from_ical(made).walk("VEVENT")
    names = [str(event["UID"]) for event in events]
    assert len(names) == len(set(names))
    days = [event["DTSTART"].dt for event in events]
    assert all(type(day) is date and day >= found.on for day in days)
    assert days == sorted(days)
    assert sum(str(event["SUMMARY"]) == "Blood and urine tests" for event in events) == 47
    assert {date(2026, 5, 11), date(2026, 7, 11)} <= set(days)
    assert all("goodrx-lemtrada" in str(event["DESCRIPTION"]) for event in events)
    assert all(len(row.encode()) <= 75 for row in made.decode().split("\r\n"))
    next_week = icalendar.Calendar.from_ical(triage.follow_up(HISTORY, on=date(2026, 4, 27)).ical())
    assert {str(event["UID"]) for event in next_week.walk("VEVENT")} <= set(names)


def test_a_calendar_ends_with_the_last_day_that_there_is(triage: Triage) -> None:
    found = triage.follow_up(TreatmentHistory([[date(9999, 12, 30)]]), on=date(9999, 12, 31))
    days = [event["DTSTART"].dt for event in icalendar.Calendar.from_ical(found.ical()).walk("VEVENT")]
    assert days and days[-1] == date.max


def test_the_verb_prints_what_is_due_and_writes_the_calendar(tmp_path: Path) -> None:
    target = tmp_path / "due.ics"
    options = ["--course", "2025-03-03..2025-03-07", "--course", "2026-03-09,2026-03-10,2026-03-11"]
    result = CliRunner().invoke(cli, ["follow-up", *options, "--on", "2026-04-20", "--ical", str(target)])
    assert result.exit_code == 0, result.output
    assert re.search(r"Blood and urine tests: every month, next on 2026-05-03,\s+until 2030-03-11", result.output)
    assert "No clinician has reviewed" in result.output
    assert target.read_bytes().startswith(b"BEGIN:VCALENDAR")


def test_the_verb_reads_a_history_from_a_file_and_gives_json(tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text('{"courses": [["2026-03-10T03:00:00Z"]], "zone": "America/New_York"}')
    result = CliRunner().invoke(cli, ["follow-up", "--history", str(file), "--on", "2026-03-10", "--json"])
    assert FollowUp.model_validate_json(result.output).days_since_infusion == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Give the infusions"),
        (["--course", "2026-03-06..2026-03-02"], "no stretch of 1 to 31 days"),
        (["--course", "march"], "'march' is not a date"),
        (["--course", "2026-03-02", "--on", "today"], "'today' is not a date"),
        (["--course", "2026-03-02", "--flag", "x"], "unknown flag 'x'"),
    ],
)
def test_mistakes_on_the_command_line_are_told_kindly(options: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, ["follow-up", *options])
    assert result.exit_code == 2
    assert said in result.output and "Traceback" not in result.output


def test_a_message_is_assessed_by_dates_on_the_command_line() -> None:
    options = ["--course", "2026-03-02..2026-03-06", "--on", "2026-03-12", "--reader", "words"]
    result = CliRunner().invoke(cli, ["assess", "hives all over since 4 days ago", *options])
    assert result.output.startswith("GET HELP NOW"), result.output
    result = CliRunner().invoke(cli, ["assess", "hives", "--on", "2026-03-12"])
    assert result.exit_code == 2 and "--on needs the infusions" in result.output


OWN = """
follow_up:
  - id: check
    title: A check
    says: Have it checked.
    each: {each}
    from: {{day: first}}
    to: {{day: last, plus: {{months: 1}}}}
    {more}
    cite: [{{source: {source}, at: {at}}}]
"""


@pytest.mark.parametrize(
    ("each", "more", "source", "at", "said"),
    [
        ("course", "", "goodrx-lemtrada", "L999", "'L999' is not a registered line"),
        ("course", "", "nobody", "L1", "no source is called 'nobody'"),
        ("course", "done_by: immortal", "goodrx-lemtrada", "L97", "there is no flag 'immortal'"),
        ("course", "only: 2", "goodrx-lemtrada", "L97", "'only' counts infusions"),
        ("course", "every: {months: 0}", "goodrx-lemtrada", "L97", "a span longer than nothing"),
        ("moon", "", "goodrx-lemtrada", "L97", "treatment"),
    ],
)
def test_a_mistake_in_the_schedule_is_told_with_its_place(
    tmp_path: Path, triage: Triage, each: str, more: str, source: str, at: str, said: str
) -> None:
    (tmp_path / "follow_up.yaml").write_text(OWN.format(each=each, more=more, source=source, at=at))
    with pytest.raises(RulebookError, match=said) as error:
        with_rules(triage, ["shipped", tmp_path])
    assert "follow_up.yaml:" in str(error.value)


def test_a_folder_on_top_adds_what_is_due(tmp_path: Path, triage: Triage) -> None:
    (tmp_path / "follow_up.yaml").write_text(OWN.format(each="course", more="", source="goodrx-lemtrada", at="L97"))
    found = with_rules(triage, ["shipped", tmp_path]).follow_up(HISTORY, on=SECOND[0])
    assert line(found, "check", 2).last == date(2026, 4, 11)
    assert line(found, "antiviral", 2)
