"""Days of the calendar: a patient's local date, and months that are counted as people count them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lemtrada_triage.model import InputError

Moment = date | datetime | str
"""A day, or a time on one; as a string in ISO form (``2026-03-02``, ``2026-03-02T22:10:00-05:00``)."""


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone of a name such as ``America/New_York``. Raises InputError where there is none."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        help = "use a name such as 'America/New_York'; where the system knows no zones, install 'tzdata'"
        raise InputError(f"no time zone is called {name!r}: {help}") from None


def local(moment: object, zone: ZoneInfo | None, what: str) -> date | datetime:
    """A moment as the patient's clock shows it: a date, or a naive time on one. ``what`` names it in an error.

    A time with a zone is turned into the patient's ``zone``; where that is not known, its own zone is the patient's.
    Times without a zone are the patient's already. Raises InputError for anything else.
    """
    if isinstance(moment, str):
        moment = _parsed(moment, what)
    if isinstance(moment, datetime):
        try:
            there = moment.astimezone(zone) if zone and moment.tzinfo else moment
        except OverflowError:
            raise InputError(f"{what}: {moment.isoformat()} is beyond the calendar in the zone {zone}") from None
        return there.replace(tzinfo=None)
    if isinstance(moment, date):
        return moment
    raise InputError(f"{what} must be a date, a datetime or a string such as '2026-03-02', not {moment!r}")


def day_of(moment: date | datetime) -> date:
    """The date of a local moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def _parsed(written: str, what: str) -> date | datetime:
    text = written.strip()
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{what}: {written!r} is not a date: write it as 2026-03-02") from None


def later(day: date, days: int = 0, months: int = 0) -> date:
    """A date some months and days later (or earlier); a month that is too short ends on its last day.

    Beyond the calendar's first or last year it is the calendar's first or last day.
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])).toordinal() + days
    return date.fromordinal(min(max(moved, date.min.toordinal()), date.max.toordinal()))


def months_between(first: date, last: date) -> int:
    """The whole months from one date to a later one: the most that ``later`` can add without passing it."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if later(first, months=months) <= last else months - 1
