"""Days from dates: the day of a message, and that of the last infusion before it."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from itertools import product

from lemtrada_triage.batch.cells import Days, empty, shortened
from lemtrada_triage.decide.conditions import LAST_DAY

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>[a-z]{3,9})\.?"
_TIME = r"(?:[t\s]+\d{1,2}:\d{2}.*)?"
_FORMS = [
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>\d{4})(?P<mark>[-/.]?)(?P<month>\d\d|\d(?=[-/.]))(?P=mark)(?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})[\s-]+{_MONTH}[\s-]+(?P<year>\d{{4}})",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
    )
]
Orders = tuple[date | None, date | None]
_NEITHER: Orders = (None, None)
_EITHER = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_TIME}")


def days_between(said: object, infusion: object) -> Days:
    """The days from an infusion to a message; not known when either is empty or cannot be read.

    "3/4/2026" may be in March or in April: then both count, in the same order of day and month in both cells.
    """
    if empty(said) or empty(infusion):
        return Days((None,))
    read = [_orders(cell if isinstance(cell, date) else str(cell)) for cell in (said, infusion)]
    for cell, orders in zip((said, infusion), read, strict=True):
        if orders == _NEITHER:
            return Days((None,), f"{shortened(cell)} is not a date that can be read, so the days count as not known")
    choices = tuple(dict.fromkeys((later - first).days for later, first in _pairs(*read)))
    known = tuple(days for days in choices if 0 <= days <= LAST_DAY)
    if not known:
        written = f"{shortened(str(said))} is not from 0 to {LAST_DAY:,} days after {shortened(str(infusion))}"
        return Days((None,), f"{written}, so the days count as not known")
    return Days(known, f"may mean {' or '.join(map(str, known))} days since the infusion" if len(known) > 1 else "")


def date_of(cell: object) -> date | None:
    """The date of a cell; None where there is none, or where it may be either of two."""
    orders = _NEITHER if empty(cell) else _orders(cell if isinstance(cell, date) else str(cell))
    found = set(filter(None, orders))
    return found.pop() if len(found) == 1 else None


def _pairs(said: Orders, infusion: Orders) -> list[tuple[date, date]]:
    """The dates in the same order of day and month; in any, where there is none that both can be in."""
    same = [(later, first) for later, first in zip(said, infusion, strict=True) if later and first]
    return same or [(later, first) for later, first in product(said, infusion) if later and first]


@lru_cache(maxsize=50_000)
def _orders(cell: date | str) -> Orders:
    """What a cell means when months are written first, and when days are."""
    if isinstance(cell, date):
        plain = cell.date() if isinstance(cell, datetime) else cell
        return plain, plain
    written = " ".join(cell.lower().split())
    if either := _EITHER.fullmatch(written):
        first, second, year = map(int, either.groups())
        return _date(year, first, second), _date(year, second, first)
    found = next(filter(None, (form.fullmatch(written) for form in _FORMS)), None)
    named = _named(found.groupdict()) if found else None
    return named, named


def _named(parts: dict[str, str]) -> date | None:
    name = parts.get("name", "")[:3]
    if name and name not in _MONTHS:
        return None
    month = _MONTHS.index(name) + 1 if name else int(parts["month"])
    return _date(int(parts["year"]), month, int(parts["day"]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
