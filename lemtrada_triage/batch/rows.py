"""What the cells of rows mean, whatever the form of the log, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from lemtrada_triage.batch.cells import Days, empty, loose_days, loose_flags, text_of
from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import Situation
from lemtrada_triage.batch.dates import date_of, days_between

_REMEMBERED = 50_000
_BETWEEN_TEXTS = "\n\n"  # as a paragraph ends, so that nothing said in one column reaches into the next


class Cells(NamedTuple):
    """The cells of some rows that are read, by column; None for a column that the log has not."""

    texts: Sequence[Sequence[object]]
    others: Sequence[Sequence[object] | None]


class Teller(NamedTuple):
    """Whose a row is, and the date on which it was told, as an ordinal; None: there is none that can be read."""

    patient: str = ""
    on: int | None = None


class Rest(NamedTuple):
    """What a row says beside its text, and what was made of its cells; rows of equal cells share it."""

    situation: Situation
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """What some rows mean, by column. ``warnings`` say by row what was made of its text; ``tellers`` may be empty."""

    texts: list[str]
    rests: list[Rest]
    warnings: dict[int, str]
    tellers: list[Teller]

    @property
    def situations(self) -> list[Situation]:
        """What each row says beside its text."""
        return [rest.situation for rest in self.rests]

    def columns(self, rows: list[int] | None) -> tuple[list[str], list[Situation], list[Teller]]:
        """The texts, what is said beside them, and the tellers of some rows (None: of all)."""
        situations = self.situations
        if rows is None:
            return self.texts, situations, self.tellers
        tellers = [self.tellers[row] for row in rows] if self.tellers else []
        return [self.texts[row] for row in rows], [situations[row] for row in rows], tellers

    def warning(self, row: int) -> str:
        """What was made of the cells of a row."""
        return joined((self.warnings.get(row, ""), self.rests[row].warning))

    @property
    def warned(self) -> Iterable[int]:
        """The rows that have a warning."""
        return {*self.warnings, *[row for row, rest in enumerate(self.rests) if rest.warning]}


class Meaning:
    """Makes sense of the cells of a log with these columns."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        # The same number may be of two types that mean different things: days are not "true".
        self._known = lru_cache(maxsize=_REMEMBERED, typed=True)(self._rest)

    def of(self, cells: Cells) -> Meant:
        """What some rows mean."""
        texts, warnings = self._texts(cells.texts)
        none = (None,) * len(texts)
        days, date, infusion, flags, patient = [none if column is None else column for column in cells.others]
        rests = self._rests(days, date if self._columns.infusion else none, infusion, flags)
        tellers = list(map(_teller, date, patient)) if self._columns.patient else []
        return Meant(texts, rests, warnings, tellers)

    def _rests(self, *columns: Sequence[object]) -> list[Rest]:
        try:
            return list(map(self._known, *columns))
        except TypeError:  # a list or an object, as JSON has them, is no key
            return list(map(self._rest, *columns))

    def _rest(self, days: object, date: object, infusion: object, flags: object) -> Rest:
        columns, since = self._day(days, date, infusion)
        known = loose_flags(flags, self._columns.known)
        told = [f"'{columns}': {since.warning}"] if since.warning else []
        told += [f"'{self._columns.flags}': {known.warning}"] if known.warning else []
        return Rest(Situation(since.choices, known.flags), joined(told))

    def _day(self, days: object, date: object, infusion: object) -> tuple[str | None, Days]:
        """The days of a row, and the columns that they are from."""
        if self._columns.infusion and empty(days):
            return f"{self._columns.date}', '{self._columns.infusion}", days_between(date, infusion)
        return self._columns.days, loose_days(days)

    def _texts(self, columns: Sequence[Sequence[object]]) -> tuple[list[str], dict[int, str]]:
        """The text of each row, and what was made of some."""
        if len(columns) == 1 and set(map(type, columns[0])) <= {str}:
            return list(cast(Sequence[str], columns[0])), {}
        both = [self._text(cells) for cells in zip(*columns, strict=True)]
        return [text for text, _ in both], {row: told for row, (_, told) in enumerate(both) if told}

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
