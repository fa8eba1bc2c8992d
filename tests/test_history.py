"""Dates in the place of day counts: histories of treatment, local dates, and windows from the first infusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import InputError, RulebookError, TreatmentHistory, Triage, Urgency
from lemtrada_triage.decide.conditions import All, Fact
from lemtrada_triage.decide.decider import Decider
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.history.dates import later, months_between
from lemtrada_triage.history.first import IfUnknown, facts_of_first, month_for, window

FIRST = [date(2025, 3, day) for day in (3, 4, 5, 6, 7)]
SECOND = [date(2026, 3, day) for day in (9, 10, 11)]
TWO = TreatmentHistory([FIRST, SECOND])
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


def with_rules(triage: Triage, folders: list[Path | str]) -> Triage:
    return triage.with_rulebook(Rulebook.load(folders, triage.vocabulary.concepts))


@st.composite
def histories(draw: st.DrawFn) -> TreatmentHistory:
    """One to three courses of one to five days, in order."""
    day, courses = draw(DAYS), []
    for _ in range(draw(st.integers(1, 3))):
        gaps = draw(st.lists(st.integers(1, 3), max_size=4))
        course = [day := day + timedelta(days=gap) for gap in [0, *gaps]]
        courses.append(course)
        day += timedelta(days=draw(st.integers(20, 900)))
    return TreatmentHistory(courses)


@pytest.mark.parametrize(
    ("on", "days", "months"),
    [
        (date(2025, 3, 2), None, None),
        (date(2025, 3, 3), 0, 0),
        (date(2025, 3, 7), 0, 0),
        (date(2025, 3, 9), 2, 0),
        (date(2026, 3, 8), 366, 12),
        (date(2026, 3, 9), 0, 12),
        (date(2026, 4, 3), 23, 13),
    ],
)
def test_a_day_counts_from_the_last_infusion_before_it_and_infusions_ahead_do_not_count(
    on: date, days: int | None, months: int | None
) -> None:
    assert (TWO.days_since(on), TWO.months_since_first(on)) == (days, months)


def test_a_day_between_two_infusions_of_one_course_counts_from_the_one_before_it() -> None:
    history = TreatmentHistory([["2026-03-02", "2026-03-03", "2026-03-06"]])
    assert [history.days_since(date(2026, 3, day)) for day in (2, 3, 4, 5, 6, 7)] == [0, 0, 1, 2, 0, 1]


@given(histories(), DAYS)
def test_a_day_count_leads_back_to_an_infusion_with_none_between(history: TreatmentHistory, on: date) -> None:
    days = history.days_since(on)
    if days is None:
        assert on < history.infusions[0]
    else:
        last = on - timedelta(days=days)
        assert last in history.infusions
        assert not any(last < infusion <= on for infusion in history.infusions)


@given(histories(), DAYS, st.integers(0, 2_000))
def test_an_infusion_still_ahead_changes_nothing(history: TreatmentHistory, on: date, gap: int) -> None:
    after = max(on, history.infusions[-1]) + timedelta(days=1 + gap)
    more = TreatmentHistory([*history.dates, [after]])
    assert more.days_since(on) == history.days_since(on)
    assert more.months_since_first(on) == history.months_since_first(on)


@given(DAYS, st.integers(0, 600))
def test_months_are_the_most_that_do_not_pass_the_day(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    months = months_between(first, last)
    assert later(first, months=months) <= last < later(first, months=months + 1)


@given(histories(), DAYS, st.integers(0, 23), st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Tokyo"]))
def test_any_hour_of_a_local_day_counts_as_that_day_also_when_clocks_change(
    history: TreatmentHistory, on: date, hour: int, zone: str
) -> None:
    there = TreatmentHistory(history.dates, zone)
    moment = datetime(on.year, on.month, on.day, hour, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    # An hour that the clock skips is shown as the one after it, which may be past midnight nowhere here.
    assert there.days_since(there.local(moment).date()) == history.days_since(on)  # type: ignore[union-attr]


def test_a_time_with_a_zone_counts_on_the_date_where_the_patient_lives() -> None:
    late = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)  # 11 p.m. of March 9 in New York
    assert TreatmentHistory([[late]], zone="America/New_York").infusions == (date(2026, 3, 9),)
    assert TreatmentHistory([[late]]).infusions == (date(2026, 3, 10),)
    west = late.astimezone(timezone(timedelta(hours=-8)))
    assert TreatmentHistory([[west]]).infusions == (date(2026, 3, 9),)


@pytest.mark.parametrize(
    ("courses", "said"),
    [
        ([], "courses is empty"),
        ([[]], "course 1 is empty"),
        (["2026-03-02"], "course 1 must be a list"),
        ("2026-03-02", "courses must be a list of courses"),
        ([["2026-02-30"]], "'2026-02-30' is not a date"),
        ([[20260302]], "course 1 must be a date"),
        ([["2026-03-02", "2026-03-02"]], "two infusions on 2026-03-02"),
        ([["2026-03-02", "2026-03-06"], ["2026-03-04"]], "course 2 begins on 2026-03-04, before course 1 ends"),
    ],
)
def test_a_history_that_cannot_be_is_refused_with_its_reason(courses: list[list[str]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        TreatmentHistory(courses)


@pytest.mark.parametrize(
    ("on", "zone"), [("0001-01-01T00:00:00Z", "America/New_York"), ("9999-12-31T23:00:00Z", "Asia/Tokyo")]
)
def test_a_time_that_is_beyond_the_calendar_where_the_patient_lives_is_refused(
    triage: Triage, on: str, zone: str
) -> None:
    with pytest.raises(InputError, match=f"beyond the calendar in the zone {zone}"):
        triage.assess("hives", on=on, history=TreatmentHistory([FIRST], zone=zone))
    with pytest.raises(InputError, match=r"course 1: .* is beyond the calendar"):
        TreatmentHistory([[on]], zone=zone)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone is called 'Mars/Olympus'"):
        TreatmentHistory([FIRST], zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": date(2026, 3, 12)}, "give history="),
        ({"history": TWO}, "give on="),
        ({"history": TWO, "on": date(2026, 3, 12), "days_since_infusion": 3}, "not both"),
        ({"history": TWO, "on": date(2026, 3, 12), "months_since_first": 3}, "not both"),
        ({"history": [FIRST], "on": date(2026, 3, 12)}, "must be a TreatmentHistory, not list"),
        ({"history": TWO, "on": "soon"}, "'soon' is not a date"),
        ({"history": TWO, "on": date(2199, 1, 1)}, "more than 36,500 days"),
        ({"months_since_first": 2.5}, "whole number"),
        ({"months_since_first": -1}, "whole number"),
    ],
)
def test_what_cannot_be_told_of_the_day_is_refused(triage: Triage, given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        triage.assess("fine", **given)  # type: ignore[arg-type]


def test_a_message_before_the_first_infusion_is_decided_as_on_an_unknown_day_and_says_why(triage: Triage) -> None:
    result = triage.assess("rash on my arms", on=date(2025, 3, 1), history=TWO)
    assert (result.days_since_infusion, result.months_since_first) == (None, None)
    assert result.urgency is triage.assess("rash on my arms").urgency
    assert result.assumptions[0] == "The first infusion is on 2025-03-03, after the day of the message (2025-03-01)."


@given(histories(), DAYS)
def test_a_history_decides_no_less_than_its_own_day_count(triage: Triage, history: TreatmentHistory, on: date) -> None:
    for text in ("hives all over", "confused", "swollen glands and irritable all the time"):
        days = history.days_since(on)
        assert triage.assess(text, on=on, history=history).urgency >= triage.assess(text, days).urgency


def test_the_label_counts_from_the_first_infusion_where_it_is_known(triage: Triage) -> None:
    text, on = "swollen glands and I am irritable all the time", date(2026, 4, 4)
    result = triage.assess(text, on=on, history=TWO)
    assert (result.days_since_infusion, result.months_since_first) == (24, 13)
    assert result.urgency is Urgency.GET_HELP_NOW
    assert triage.assess(text, 24).urgency is Urgency.CONTACT_PROVIDER_NOW
    assert triage.why("overactive-immune-signs-since-first", result).held


def rulebook(unknown: IfUnknown) -> Rulebook:
    condition = All((Fact("fever"), window(13, 33, unknown)))
    return Rulebook((Rule("late", "Late fever", Urgency.CALL_911, None, condition),))


@pytest.mark.parametrize("engine", ["direct", "auto"])
@pytest.mark.parametrize(
    ("unknown", "months", "fires"),
    [
        (IfUnknown.INSIDE, 12, False),
        (IfUnknown.INSIDE, 13, True),
        (IfUnknown.INSIDE, 33, True),
        (IfUnknown.INSIDE, 34, False),
        (IfUnknown.INSIDE, None, True),
        (IfUnknown.OUTSIDE, 13, True),
        (IfUnknown.OUTSIDE, 34, False),
        (IfUnknown.OUTSIDE, None, False),
    ],
)
def test_a_window_from_the_first_infusion_holds_in_its_months_and_when_not_known_as_it_says(
    engine: str, unknown: IfUnknown, months: int | None, fires: bool
) -> None:
    book = rulebook(unknown)
    known = frozenset() if months is None else facts_of_first([months], book.since_first)
    decision = Decider(book, engine).decide(known | {"fever"}, 5)
    assert bool(decision.fired) is fires
    assumed = months is None and fires
    assert bool(decision.assumptions) is assumed
    assert not assumed or "Months since the first treatment are not known" in decision.assumptions[0]


@given(st.integers(0, 1_200), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted), max_size=4))
def test_a_month_can_be_told_from_the_windows_that_it_is_in(month: int, windows: list[list[int]]) -> None:
    asked = {f"{kind}:{first}-{last}" for first, last in windows for kind in ("months_since_first",)}
    asked |= {f"outside_months_since_first:{first}-{last}" for first, last in windows}
    present = facts_of_first([month], asked)
    found = month_for(present, asked)
    assert found is not None
    assert facts_of_first([found], asked) == present


def test_results_of_a_history_go_through_json_unchanged(triage: Triage) -> None:
    result = triage.assess("hives since yesterday", on=date(2026, 3, 15), history=TWO)
    assert type(result).model_validate_json(result.model_dump_json()) == result
    assert result.on == date(2026, 3, 15)


def test_of_several_days_a_rule_fires_if_it_fires_on_one_of_them() -> None:
    from lemtrada_triage.decide.conditions import Days

    rule = Rule("early", "Early", Urgency.CALL_911, None, All((Fact("fever"), Days(0, 3))))
    decider = Decider(Rulebook((rule, replace(rule, id="late", condition=All((Fact("fever"), Days(9, 9))))), ()))
    decision = decider.decide(frozenset({"fever"}), (2, 9))
    assert [fired.rule for fired in decision.fired] == ["early", "late"]
    assert decision.assumptions == ()
    assert decider.decide(frozenset({"fever"}), (4, 8)).fired == ()
    assert decider.why("late", frozenset({"fever"}), (2, 9)).held


def test_in_none_a_window_that_counts_as_inside_when_not_known_is_refused(triage: Triage, tmp_path: Path) -> None:
    rule = (
        "rules: [{id: own, title: Own, level: call_911, because: B, limits: L, status: draft,\n"
        "  cite: [{source: goodrx-lemtrada, at: L96}], when: {none: [{months_since_first: {from: 1%s}}]}}]\n"
    )
    (tmp_path / "own.yaml").write_text(rule % "")
    with pytest.raises(RulebookError, match="would lower the urgency"):
        with_rules(triage, ["shipped", tmp_path])
    (tmp_path / "own.yaml").write_text(rule % ", if_unknown: outside")
    assert with_rules(triage, ["shipped", tmp_path]).assess("fine").urgency is Urgency.CALL_911
    (tmp_path / "own.yaml").write_text(rule % ", to: 0")
    with pytest.raises(RulebookError, match=r"'from' \(1\) is after 'to' \(0\)"):
        with_rules(triage, ["shipped", tmp_path])
