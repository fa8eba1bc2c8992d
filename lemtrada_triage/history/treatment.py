"""The infusions of one patient, and what a day is counted as among them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.history.dates import Moment, day_of, local, months_between, zone_of
from lemtrada_triage.model import InputError

_EXAMPLE = "courses=[['2025-03-03', '2025-03-04'], ['2026-03-02']]"


@dataclass(frozen=True)
class TreatmentHistory:
    """The courses of a patient, each with the dates of its infusions; those still ahead may be among them.

    ``courses``: dates, datetimes or ISO strings, kept as local dates in order. ``zone``: where the patient lives
    (``America/New_York``): a time with a zone counts on the date that it is there; without ``zone``, on its own date.
    Raises InputError, which says what is wrong with which course.
    """

    courses: Sequence[Sequence[Moment]]
    zone: str | None = None

    def __post_init__(self) -> None:
        zone = zone_of(self.zone)
        listed = enumerate(_listed(self.courses, "courses"), start=1)
        courses = tuple(sorted(_course(course, number, zone) for number, course in listed))
        for number, (one, other) in enumerate(pairwise(courses), start=1):
            if other[0] <= one[-1]:
                raise InputError(f"course {number + 1} begins on {other[0]}, before course {number} ends on {one[-1]}")
        object.__setattr__(self, "courses", courses)

    @property
    def dates(self) -> tuple[tuple[date, ...], ...]:
        """The local dates of the infusions, course by course, in order."""
        return self.courses  # type: ignore[return-value]  # made so above

    @property
    def infusions(self) -> tuple[date, ...]:
        """The dates of all infusions, in order."""
        return tuple(day for course in self.dates for day in course)

    def local(self, on: Moment) -> date | datetime:
        """A moment as the patient's clock shows it. Raises InputError for none, or one far from treatment."""
        there = local(on, zone_of(self.zone), "'on'")
        if (day_of(there) - self.infusions[0]).days > LAST_DAY:
            raise InputError(f"'on' is {day_of(there)}, more than {LAST_DAY:,} days after the first infusion")
        return there

    def days_since(self, on: date) -> int | None:
        """Whole days since the last infusion on or before a date; None before the first one."""
        given = bisect_right(self.infusions, on)
        return (on - self.infusions[given - 1]).days if given else None

    def months_since_first(self, on: date) -> int | None:
        """Whole months since the first infusion; None before it."""
        return months_between(self.infusions[0], on) if self.infusions[0] <= on else None


def _listed(given: object, what: str) -> list[object]:
    if isinstance(given, (str, bytes, date)) or not isinstance(given, Iterable):
        raise InputError(f"{what} must be a list of courses, each a list of dates, such as {_EXAMPLE}")
    found = list(given)
    if not found:
        raise InputError(f"{what} is empty: give the dates of at least one infusion")
    return found


def _course(course: object, number: int, zone: object) -> tuple[date, ...]:
    what = f"course {number}"
    days = sorted(day_of(local(moment, zone, what)) for moment in _listed(course, what))  # type: ignore[arg-type]
    for one, other in pairwise(days):
        if one == other:
            raise InputError(f"{what} has two infusions on {one}: give each day once")
    return tuple(days)
