"""What is due when, as ``rules/follow_up.yaml`` says it: monitoring, medicines, limits, and the usual courses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lemtrada_triage.history.dates import later
from lemtrada_triage.model import Citation


class Each(StrEnum):
    """What an item is about: the treatment as a whole, each course, or each infusion."""

    TREATMENT = "treatment"
    COURSE = "course"
    INFUSION = "infusion"


class End(StrEnum):
    """The day that a moment is counted from: the first or the last infusion of what the item is about."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Shift:
    """A span of the calendar; ``months`` before ``days``. Negative ones lead back."""

    months: int = 0
    days: int = 0

    def after(self, day: date, times: int = 1) -> date:
        """The date so many spans after a day."""
        return later(day, self.days * times, self.months * times)


@dataclass(frozen=True, slots=True)
class Point:
    """A moment: so long after an end."""

    end: End
    shift: Shift


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is due: from ``first`` (None: from now) to ``last``, once, or ``every`` so often.

    ``only``: of the infusions of a course, the first so many. ``then`` is said when ``last`` is past, until
    ``then_until`` (None: for good). ``done_by`` names the flag by which it is done, ``declared`` what a flag adds.
    """

    id: str
    title: str
    says: str
    each: Each
    first: Point | None
    last: Point
    every: Shift | None
    every_said: str
    only: int | None
    then: str
    then_until: Point | None
    done_by: str | None
    declared: Mapping[str, str]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class UsualCourse:
    """A course as it is usually given: so many infusions, so long after the last infusion of the course before."""

    title: str
    says: str
    infusions: int
    after: Shift
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The usual courses, the last of which stands for all later ones, and everything that is due around them."""

    courses: tuple[UsualCourse, ...] = ()
    items: tuple[Item, ...] = ()

    def course(self, number: int) -> UsualCourse | None:
        """The course of a number, from 1; None where no schedule is known."""
        return self.courses[min(number, len(self.courses)) - 1] if self.courses else None
