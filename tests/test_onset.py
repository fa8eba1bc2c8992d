"""When a symptom began, as the text tells it, and what that makes of the windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import TreatmentHistory, Triage, Urgency, VocabularyError
from lemtrada_triage.history.onsetfile import load_time_words, onset_file
from lemtrada_triage.history.times import TimeFinder, tokens_of

ON = date(2026, 3, 12)  # a Thursday
HISTORY = TreatmentHistory([[date(2026, 3, day) for day in (2, 3, 4, 5, 6)]], zone="America/New_York")


def days_ago(triage: Triage, text: str, on: date | datetime = ON) -> set[int]:
    result = triage.assess(text, on=on, history=HISTORY)
    assert result.on is not None
    return {(result.on - day).days for onset in result.onsets for day in onset.days}


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("hives since yesterday", {1}),
        ("hives 3 days ago", {3}),
        ("hives since tuesday", {2}),
        ("hives last night at 10", {1}),
        ("hives last night at 10:30pm", {1}),
        ("hives last night at 3", {0}),
        ("hives last night", {0, 1}),
        ("hives this morning", {0}),
        ("hives day before yesterday", {2}),
        ("hives since Thursday", {0, 7}),
        ("hives since last Tuesday", {2, 9}),
        ("hives since the weekend", {4, 5}),
        ("hives for 4 days", {3, 4}),
        ("hives for the past two days", {1, 2}),
        ("hives 4 days now", {3, 4}),
        ("hives started a few days ago", {2, 3, 4, 5}),
        ("hives 2-3 days ago", {2, 3}),
        ("hives two or three days ago", {2, 3}),
        ("hives about a week ago", {4, 5, 6, 7, 8, 9, 10}),
        ("hives 36 hours ago", {1, 2}),
        ("hives 20 minutes ago", {0}),
        ("hives since March 8", {4}),
        ("hives since the 8th of March", {4}),
        ("hives since 2026-03-08", {4}),
        ("hives since my last infusion", {6}),
        ("hives two days after the infusion", {4}),
        ("HIVES SINCE YDAY!!", {1}),
        ("hives all over. It started 3 days ago.", {3}),
    ],
)
def test_words_for_a_day_are_held_against_the_date_of_the_message(triage: Triage, text: str, ago: set[int]) -> None:
    assert days_ago(triage, text) == ago


@pytest.mark.parametrize(
    "text",
    [
        "hives",
        "had my infusion 6 days ago and now hives",
        "saw my neurologist on Monday, hives still there",
        "hives, appointment next Tuesday",
        "hives for 3 years",
        "hives for two months",
        "no hives since Monday",
        "hives 99999999999 days ago",
        "hives since December 40",
        "I turn 40 in 3 days, hives",
    ],
)
def test_no_onset_is_read_out_of_what_is_no_onset(triage: Triage, text: str) -> None:
    assert days_ago(triage, text) == set()


def test_with_the_time_of_the_message_hours_lead_to_one_day(triage: Triage) -> None:
    after_midnight = datetime(2026, 3, 13, 4, 30, tzinfo=UTC)  # half past midnight in New York
    assert days_ago(triage, "hives 2 hours ago", after_midnight) == {1}
    assert days_ago(triage, "hives 20 minutes ago", after_midnight) == {0}


def test_a_symptom_that_began_inside_a_window_is_decided_as_inside_it(triage: Triage) -> None:
    later = triage.assess("hives all over", on=ON, history=HISTORY)
    told = triage.assess("hives all over since 4 days ago", on=ON, history=HISTORY)
    assert (later.urgency, later.days_counted) == (Urgency.CONTACT_PROVIDER_NOW, (6,))
    assert (told.urgency, told.days_counted) == (Urgency.GET_HELP_NOW, (2, 6))
    assert told.onsets[0].text == "4 days ago"
    assert "hives on 2026-03-08" in told.explain()
    decisive = next(rule for rule in told.fired if rule.level is told.urgency)
    assert triage.why(decisive.rule, told).held


def test_an_onset_before_the_last_course_counts_from_the_course_before(triage: Triage) -> None:
    two = TreatmentHistory([["2025-03-07"], ["2026-03-10"]])
    assert triage.assess("hives since March 8", on=ON, history=two).days_counted == (2, 366)


def test_a_time_without_infusion_before_it_leaves_the_day_of_the_message(triage: Triage) -> None:
    one = TreatmentHistory([["2026-03-10"]])
    assert triage.assess("hives for 6 days", on=ON, history=one).days_counted == (2,)


TIMES = st.sampled_from(
    ["yesterday", "3 days ago", "for a week", "last night at 11", "since Monday", "since the infusion", "on March 3",
     "a couple of days ago", "5 hours ago", "two days after my infusion", "since 2026-03-04"]
)  # fmt: skip
SIGNS = st.sampled_from(["hives", "confused", "my arm is numb", "chest pain", "swollen glands, mood swings", "tired"])


@given(SIGNS, TIMES, st.integers(0, 60))
def test_telling_when_it_began_never_lowers_the_urgency(triage: Triage, sign: str, time: str, days: int) -> None:
    on = date(2026, 3, 6) + timedelta(days=days)
    told = triage.assess(f"{sign} {time}", on=on, history=HISTORY)
    assert told.urgency >= triage.assess(f"{sign} {time}", days).urgency
    assert told.days_since_infusion == days
    assert days in told.days_counted


@given(st.text(st.sampled_from("0123456789 adtsyoh.-'\nMar:"), max_size=60), st.dates(), st.none() | st.just(ON))
def test_any_text_gives_days_up_to_the_message_and_times_that_do_not_overlap(
    text: str, said: date, infusion: date | None
) -> None:
    known = infusion if infusion and infusion <= said else None
    times = list(TimeFinder(load_time_words(), said, known).times(tokens_of(text)))
    assert all(day <= said for time in times for day in time.days)
    assert all(one.last < other.first for one, other in pairwise(times))


def test_a_vocabulary_may_bring_its_own_words_for_times_and_mistakes_in_them_have_their_place(tmp_path: Path) -> None:
    assert onset_file(tmp_path) is None
    assert load_time_words(tmp_path) == load_time_words()
    own = tmp_path / "own"
    own.mkdir()
    (own / "onset.yaml").write_text("numbers: {few: [5, 2]}\n")
    with pytest.raises(VocabularyError, match=r"write the smaller number first(.|\n)*onset\.yaml:1"):
        load_time_words(own)


@pytest.mark.parametrize("sign", ["²", "½", "Ⅷ", "①", "٣"])
def test_a_sign_that_is_a_digit_and_no_number_is_read_past(triage, sign):
    history = TreatmentHistory([["2026-03-02"]])
    said = triage.assess(f"{sign} rash since {sign} march, {sign} days ago at {sign}", on="2026-03-12", history=history)
    assert said.days_since_infusion == 10
