"""What a report counts in a scored log. Memory grows with weeks, rules and patients, not with rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import attrgetter

from lemtrada_triage.batch.scoredlog import ScoredRow
from lemtrada_triage.model import Urgency

TODAY = Urgency.CONTACT_PROVIDER_NOW
"""The lowest level at which a patient needs someone today."""

# The knowledge: the days between which the shipped rules and the source's own text draw their lines.
SPANS = ((0, 3), (4, 30), (31, 122), (123, 365), (366, 1095), (1096, 1461), (1462, None))
NOT_KNOWN = "not known"
_EXAMPLES = 100


@dataclass(slots=True)
class Person:
    """A patient (or a row without one) who needs someone: the most urgent row, of equals the latest."""

    row: ScoredRow
    rows: int = 1

    @property
    def order(self) -> tuple[int, date, int]:
        """The most urgent first, then the latest."""
        return _order(self.row)


@dataclass(slots=True)
class Examples:
    """Some rows, and how many there are in all."""

    count: int = 0
    rows: list[ScoredRow] = field(default_factory=list)

    def add(self, row: ScoredRow) -> None:
        """Counts a row, and keeps it while there is room."""
        self.count += 1
        if len(self.rows) < _EXAMPLES:
            self.rows.append(row)


@dataclass(slots=True)
class Tally:
    """The counts. Keys of ``weeks`` are Mondays, of ``spans`` places in ``SPANS`` (None: the days are not known)."""

    rows: int = 0
    dated: int = 0
    levels: Counter[Urgency] = field(default_factory=Counter)
    weeks: Counter[tuple[date, Urgency]] = field(default_factory=Counter)
    spans: Counter[tuple[int | None, Urgency]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    people: dict[str, Person] = field(default_factory=dict)
    unclear: Examples = field(default_factory=Examples)
    bad: Examples = field(default_factory=Examples)
    untidy: Examples = field(default_factory=Examples)

    def add(self, row: ScoredRow) -> None:
        """Adds one row."""
        self.rows += 1
        if row.warning:
            self.untidy.add(row)
        if row.level is None:
            self.bad.add(row)
            return
        self._count(row, row.level)
        if not row.understood or row.disagree:
            self.unclear.add(row)
        if row.level >= TODAY:
            self._person(row)

    def _count(self, row: ScoredRow, level: Urgency) -> None:
        self.levels[level] += 1
        self.rules.update(row.rules)
        self.dated += row.date is not None
        self.spans[_span(row.day), level] += 1
        if row.date is not None:
            self.weeks[row.date - timedelta(days=row.date.weekday()), level] += 1

    def _person(self, row: ScoredRow) -> None:
        key = row.patient or f"row {row.number}"
        known = self.people.get(key)
        if known is None:
            self.people[key] = Person(row)
            return
        known.rows += 1
        if _order(row) > known.order:
            known.row = row

    def most_urgent(self, count: int) -> list[Person]:
        """The people who need someone, the most urgent first, then the latest."""
        return sorted(self.people.values(), key=attrgetter("order"), reverse=True)[:count]


def tally(rows: Iterable[ScoredRow]) -> Tally:
    """The counts of all rows."""
    made = Tally()
    for row in rows:
        made.add(row)
    return made


def span_name(place: int | None) -> str:
    """A span of days for a reader: ``4-30``."""
    if place is None:
        return NOT_KNOWN
    first, last = SPANS[place]
    return f"{first}+" if last is None else f"{first}-{last}"


def _span(day: int | None) -> int | None:
    if day is None:
        return None
    return next(place for place, (_, last) in enumerate(SPANS) if last is None or day <= last)


def _order(row: ScoredRow) -> tuple[int, date, int]:
    return (row.level.rank if row.level else 0, row.date or date.min, row.number)
