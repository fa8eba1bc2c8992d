"""What the cells of a row mean, whatever the form of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar

from lemtrada_triage.batch.cells import Days, Flags, empty, loose_days, loose_flags, text_of
from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import Case
from lemtrada_triage.batch.dates import date_of, days_between

_REMEMBERED = 50_000
_BETWEEN_TEXTS = "\n\n"  # as a paragraph ends, so that nothing said in one column reaches into the next
V = TypeVar("V")


class Cells(NamedTuple):
    """The cells of a row that are read; None for a column that the log has not."""

    texts: tuple[object, ...]
    days: object = None
    date: object = None
    infusion: object = None
    flags: object = None
    patient: object = None


class Teller(NamedTuple):
    """Whose a row is, and the date on which it was told, as an ordinal; None: there is none that can be read."""

    patient: str = ""
    on: int | None = None


class Meant(NamedTuple):
    """What a row means, and what was made of its cells."""

    case: Case
    warning: str = ""
    teller: Teller = Teller()


class Meaning:
    """Makes cases of the cells of a log with these columns."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._days: Callable[..., Days] = _remembered(loose_days)
        self._between: Callable[..., Days] = _remembered(days_between)
        self._flags: Callable[..., Flags] = _remembered(partial(loose_flags, known=columns.known))

    def of(self, cells: Cells) -> Meant:
        """The case of a row."""
        text, warning = self._text(cells.texts)
        columns, days = self._day(cells)
        flags = self._flags(cells.flags)
        teller = _teller(cells) if self._columns.patient else Teller()
        if not (warning or days.warning or flags.warning):
            return Meant(Case(text, days.choices, flags.flags), "", teller)
        told = [warning]
        told += [f"'{columns}': {days.warning}"] if days.warning else []
        told += [f"'{self._columns.flags}': {flags.warning}"] if flags.warning else []
        return Meant(Case(text, days.choices, flags.flags), joined(told), teller)

    def _day(self, cells: Cells) -> tuple[str | None, Days]:
        """The days of a row, and the columns that they are from."""
        if self._columns.infusion and empty(cells.days):
            return f"{self._columns.date}', '{self._columns.infusion}", self._between(cells.date, cells.infusion)
        return self._columns.days, self._days(cells.days)

    def _text(self, cells: tuple[object, ...]) -> tuple[str, str]:
        if len(cells) == 1 and isinstance(cells[0], str):
            return cells[0], ""
        read = [text_of(cell) for cell in cells]
        told = [f"'{name}': {odd}" for name, (_, odd) in zip(self._columns.text, read, strict=True) if odd]
        return _BETWEEN_TEXTS.join([text for text, _ in read if text.strip()]), joined(told)


def _teller(cells: Cells) -> Teller:
    on = date_of(cells.date)
    return Teller("" if cells.patient is None else str(cells.patient).strip(), on.toordinal() if on else None)


def joined(warnings: Iterable[str]) -> str:
    """Several warnings as one."""
    return "; ".join(filter(None, warnings))


def _remembered(find: Callable[..., V]) -> Callable[..., V]:
    """The same, with answers remembered where what is asked of can be a key."""
    known = lru_cache(maxsize=_REMEMBERED, typed=True)(find)

    def found(*cells: Any) -> V:
        try:
            return known(*cells)
        except TypeError:
            return find(*cells)

    return found
