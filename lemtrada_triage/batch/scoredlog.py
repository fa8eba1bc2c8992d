"""Reads a scored log back, whatever its form, row by row: columns by name, any others left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, NamedTuple

from lemtrada_triage.batch.cells import empty, loose_days, text_of
from lemtrada_triage.batch.columns import DATE_COLUMNS, DAYS_COLUMNS, PATIENT_COLUMNS, TEXT_COLUMNS, pick
from lemtrada_triage.batch.core import ADDED
from lemtrada_triage.batch.dates import date_of
from lemtrada_triage.batch.formats import format_of, opened, unpacked
from lemtrada_triage.model import Assertion, InputError, Urgency

_LEVELS = {level.value: level for level in Urgency}
_COUNTING = frozenset(assertion.value for assertion in Assertion if assertion.counts)
_TRUE = ("true", "1")


@dataclass(frozen=True, slots=True)
class Names:
    """The columns that a report is told of: None for the usual names. ``prefix`` is that of the scored columns."""

    text: str | None = None
    days: str | None = None
    date: str | None = None
    patient: str | None = None
    prefix: str = ""


class ScoredRow(NamedTuple):
    """A row of a scored log. ``level`` is None where it was not scored; ``spans`` are the places that counted."""

    number: int
    text: str = ""
    day: int | None = None
    date: date | None = None
    patient: str = ""
    level: Urgency | None = None
    concepts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    understood: bool = True
    disagree: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    warning: str = ""
    error: str = ""


def scored_rows(source: BinaryIO, name: str, wanted: Names | None = None) -> Iterator[ScoredRow]:
    """The rows of a scored log, numbered from 1. Raises InputError when it is none, or lacks a column named."""
    log = opened(unpacked(source), format_of(name) or "csv")
    columns: _Columns | None = None
    for number, cells in enumerate(log.records(), start=1):
        columns = columns or _Columns(wanted or Names(), log.names)
        yield columns.row(number, cells)
    if columns is None:
        raise InputError(f"{name} has no rows")


class _Columns:
    def __init__(self, wanted: Names, names: Sequence[str]) -> None:
        self._ours = {name: wanted.prefix + name for name in ADDED}
        if missing := [self._ours[name] for name in ("urgency", "rules", "error") if self._ours[name] not in names]:
            raise InputError(f"this is no scored log: it has no column {', '.join(missing)}. Score it first.")
        self._text = pick("text", wanted.text, TEXT_COLUMNS, names)
        self._days = pick("days", wanted.days, DAYS_COLUMNS, names)
        self._date = pick("date", wanted.date, DATE_COLUMNS, names)
        self._patient = pick("patient", wanted.patient, PATIENT_COLUMNS, names)

    def row(self, number: int, cells: Mapping[str, Any]) -> ScoredRow:
        ours = {name: cells.get(column) for name, column in self._ours.items()}
        patient = _cell(cells, self._patient)
        return ScoredRow(
            number=number,
            text=text_of(_cell(cells, self._text))[0],
            day=loose_days(_cell(cells, self._days)).choices[0],
            date=date_of(_cell(cells, self._date)),
            patient="" if patient is None else str(patient).strip(),
            level=_LEVELS.get(str(ours["urgency"])),
            concepts=_listed(ours["concepts"]),
            rules=_listed(ours["rules"]),
            understood=str(ours["understood"]).lower() in _TRUE,
            disagree=_listed(ours["readers_disagree"]),
            spans=_spans(ours["mentions"]),
            warning=_words(ours["warning"]),
            error=_words(ours["error"]),
        )


def _cell(cells: Mapping[str, Any], name: str | None) -> Any:
    return None if name is None else cells.get(name)


def _words(value: object) -> str:
    return "" if empty(value) else str(value)


def _listed(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else tuple(_words(value).split())


def _spans(value: object) -> tuple[tuple[int, int], ...]:
    """The places of the mentions that counted; none where the column does not hold them."""
    try:
        mentions: Any = json.loads(value) if isinstance(value, str) else value
        counted = [one for one in mentions or () if one["assertion"] in _COUNTING]
        return tuple(sorted({(int(one["start"]), int(one["end"])) for one in counted}))
    except (ValueError, TypeError, KeyError):
        return ()
