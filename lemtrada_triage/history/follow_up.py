"""What is due for a patient on a day: the schedule laid over a history of treatment."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum

from lemtrada_triage.history.schedule import Each, End, Item, Point, Schedule
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.model import Citation, Result

Stretch = tuple[int | None, date, date]
"""A course's number (None: the whole treatment) with the first and the last infusion that something is about."""
_MOST = 2_000  # repetitions of one item: some more than monthly for the length of a life


class State(StrEnum):
    """Where the day stands: before, inside or past what an item asks for; or the item is declared as done.

    ``AFTER``: its days are past, and something else holds since.
    """

    NOW = "now"
    AFTER = "after"
    AHEAD = "ahead"
    OVER = "over"
    DONE = "done"


class FollowUpLine(Result):
    """One thing that is due, with its sources. ``says`` fits its ``state`` on the day that was asked about.

    ``first`` and ``last`` are its ends (None: no beginning, or no end that is known), ``course`` the number of the
    course that it is about, from 1. ``dates`` are the days still ahead, that day included, on which there is something
    to do or to know; ``next`` is the first of them. ``notes`` say what the history or a declared flag adds.
    """

    id: str
    title: str
    says: str
    state: State
    course: int | None
    first: date | None
    last: date | None
    every: str
    next: date | None
    dates: tuple[date, ...]
    notes: tuple[str, ...]
    citations: tuple[Citation, ...]


class FollowUp(Result):
    """All that the schedule says for a patient on a day; days and months as ``Assessment`` has them."""

    on: date
    medicine: str
    days_since_infusion: int | None
    months_since_first: int | None
    flags: tuple[str, ...]
    lines: tuple[FollowUpLine, ...]
    rulebook: str
    disclaimer: str

    def in_state(self, *states: State) -> tuple[FollowUpLine, ...]:
        """The lines that are in one of some states, in order."""
        return tuple(line for line in self.lines if line.state in states)

    def text(self) -> str:
        """All of it as plain text: what is due now, what is ahead, what is over."""
        from lemtrada_triage.history.followtext import follow_up_text

        return follow_up_text(self)

    def ical(self) -> bytes:
        """The dates still ahead as an iCalendar file (RFC 5545). Raises InputError without the extra ``[ical]``."""
        from lemtrada_triage.history.ical import calendar_of

        return calendar_of(self)


def lines_of(schedule: Schedule, history: TreatmentHistory, on: date, flags: Collection[str]) -> Iterator[FollowUpLine]:
    """The lines for a patient on a day: the courses, then each item for all that it is about."""
    yield from _courses(schedule, history, on)
    begun = sum(course[0] <= on for course in history.dates)
    for item in schedule.items:
        for stretch in _stretches(item, history):
            yield _line(item, stretch, on, flags, begun)


def _stretches(item: Item, history: TreatmentHistory) -> Iterator[Stretch]:
    if item.each is Each.TREATMENT:
        yield None, history.infusions[0], history.infusions[-1]
        return
    for number, course in enumerate(history.dates, start=1):
        if item.each is Each.COURSE:
            yield number, course[0], course[-1]
        else:
            yield from ((number, day, day) for day in course[: item.only])


def _line(item: Item, stretch: Stretch, on: date, flags: Collection[str], begun: int) -> FollowUpLine:
    course, start, end = stretch
    first = _day(item.first, start, end) if item.first else None
    last = _day(item.last, start, end)
    until = _day(item.then_until, start, end) if item.then_until else on
    state = _state(first, last, on)
    if state is State.OVER and item.then and on <= until and (course is None or course >= begun):
        state = State.AFTER
    if item.done_by in flags and start > on:
        state = State.DONE
    dates = tuple(day for day in _dates(item, first, last) if day >= on) if state is not State.DONE else ()
    return FollowUpLine(
        id=item.id,
        title=item.title,
        says=item.then if state is State.AFTER else item.says,
        state=state,
        course=course,
        first=first,
        last=last,
        every=item.every_said,
        next=dates[0] if dates else None,
        dates=dates,
        notes=_notes(item, state, flags),
        citations=item.citations,
    )


def _notes(item: Item, state: State, flags: Collection[str]) -> tuple[str, ...]:
    if state in (State.OVER, State.DONE):
        return ()
    return tuple(text for flag, text in item.declared.items() if flag in flags)


def _day(point: Point, start: date, end: date) -> date:
    return point.shift.after(start if point.end is End.FIRST else end)


def _state(first: date | None, last: date | None, on: date) -> State:
    if first is not None and on < first:
        return State.AHEAD
    return State.OVER if last is not None and on > last else State.NOW


def _dates(item: Item, first: date | None, last: date) -> Iterator[date]:
    """The days of an item: its repetitions, or else its ends."""
    if item.every is None or first is None:
        yield from sorted({last} | ({first} if first else set()))
        return
    for times in range(1, _MOST):
        day = item.every.after(first, times)
        if day > last:
            return
        yield day


def _courses(schedule: Schedule, history: TreatmentHistory, on: date) -> Iterator[FollowUpLine]:
    """Each course of the history beside the usual one, and the next one, if it is not among them."""
    before: date | None = None
    for number, course in enumerate(history.dates, start=1):
        if usual := schedule.course(number):
            notes = tuple(_unusual(course, usual.infusions, usual.after.after(before) if before else None))
            yield _course_line(schedule, number, course[0], course[-1], on, notes)
        before = course[-1]
    number = len(history.dates) + 1
    usual = schedule.course(number)
    if usual and before:
        yield _course_line(schedule, number, usual.after.after(before), None, on, ())


def _course_line(
    schedule: Schedule, number: int, first: date, last: date | None, on: date, notes: tuple[str, ...]
) -> FollowUpLine:
    usual = schedule.course(number)
    assert usual is not None
    dates = tuple(day for day in dict.fromkeys((first, last)) if day is not None and day >= on)
    return FollowUpLine(
        id=f"course-{number}",
        title=usual.title,
        says=usual.says,
        state=_state(first, last, on),
        course=number,
        first=first,
        last=last,
        every="",
        next=dates[0] if dates else None,
        dates=dates,
        notes=notes,
        citations=usual.citations,
    )


def _unusual(course: tuple[date, ...], infusions: int, due: date | None) -> Iterator[str]:
    if len(course) != infusions:
        found = "1 infusion" if len(course) == 1 else f"{len(course)} infusions"
        yield f"Here it has {found}; usually it has {infusions}."
    if (course[-1] - course[0]).days > 2 * len(course) + infusions:
        yield f"Here it runs from {course[0]} to {course[-1]}; usually there is one infusion a day. Check the dates."
    if due and course[0] < due:
        yield f"Here it begins on {course[0]}; usually a course does not begin before {due}."
