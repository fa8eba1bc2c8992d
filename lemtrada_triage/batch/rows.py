"""What the cells of a row mean, whatever the form of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from lemtrada_triage.batch.cells import Days, empty, loose_days, loose_flags, text_of
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


_NOBODY = Teller()


class Meant(NamedTuple):
    """What a row means, and what was made of its cells."""

    case: Case
    warning: str = ""
    teller: Teller = _NOBODY


class _Rest(NamedTuple):
    """What a row says beside its text."""

    days: tuple[int | None, ...]
    flags: tuple[str, ...]
    warning: str


class Meaning:
    """Makes cases of the cells of a log with these columns."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._rest: Callable[..., _Rest] = _remembered(self._read)

    def of(self, cells: Cells) -> Meant:
        """The case of a row."""
        texts, days, date, infusion, flags, patient = cells
        text, warning = self._text(texts)
        rest = self._rest(days, date if self._columns.infusion else None, infusion, flags)
        told = joined((warning, rest.warning)) if warning or rest.warning else ""
        teller = _teller(date, patient) if self._columns.patient else _NOBODY
        return Meant(Case(text, rest.days, rest.flags), told, teller)

    def _read(self, days: object, date: object, infusion: object, flags: object) -> _Rest:
        columns, since = self._day(days, date, infusion)
        known = loose_flags(flags, self._columns.known)
        told = [f"'{columns}': {since.warning}"] if since.warning else []
        told += [f"'{self._columns.flags}': {known.warning}"] if known.warning else []
        return _Rest(since.choices, known.flags, joined(told))

    def _day(self, days: object, date: object, infusion: object) -> tuple[str | None, Days]:
        """The days of a row, and the columns that they are from."""
        if self._columns.infusion and empty(days):
            return f"{self._columns.date}', '{self._columns.infusion}", days_between(date, infusion)
        return self._columns.days, loose_days(days)

    def _text(self, cells: tuple[object, ...]) -> tuple[str, str]:
        if len(cells) == 1 and isinstance(cells[0], str):
            return cells[0], ""
        read = [text_of(cell) for cell in cells]
        told = [f"'{name}': {odd}" for name, (_, odd) in zip(self._columns.text, read, strict=True) if odd]
        return _BETWEEN_TEXTS.join([text for text, _ in read if text.strip()]), joined(told)


def _teller(date: object, patient: object) -> Teller:
    on = date_of(date)
    return Teller("" if patient is None else str(patient).strip(), on.toordinal() if on else None)


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
