"""Reads a scored log back, CSV or JSON Lines, row by row: columns by name, any others left alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lemtrada_triage.batch.cells import date_of, empty, loose_days, text_of
from lemtrada_triage.batch.log import ADDED, DATE_COLUMNS, DAYS_COLUMNS, TEXT_COLUMNS
from lemtrada_triage.model import Assertion, InputError, Urgency

# The knowledge: what people call this column, the likeliest first.
PATIENT_COLUMNS = ("patient", "patient_id", "subject", "subject_id", "mrn", "person_id")

_LEVELS = {level.value: level for level in Urgency}
_COUNTING = frozenset(assertion.value for assertion in Assertion if assertion.counts)
_LONGEST_CELL = 2**31 - 1
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
    lines = io.TextIOWrapper(source, encoding="utf-8-sig", errors="replace", newline="")
    reading = _json_rows if Path(name).suffix.lower() in (".jsonl", ".ndjson", ".json") else _csv_rows
    columns: _Columns | None = None
    try:
        for number, cells in enumerate(reading(lines), start=1):
            columns = columns or _Columns(wanted or Names(), cells)
            yield columns.row(number, cells)
    finally:
        lines.detach()  # the caller's own, so not closed here
    if columns is None:
        raise InputError(f"{name} has no rows")


def _csv_rows(lines: io.TextIOWrapper) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(_LONGEST_CELL)
    header = lines.readline()
    delimiter = max(",;\t|", key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if cells:
                # Columns of ours stand last, whatever a row lacks or has too much of before them.
                yield dict(zip(names, cells, strict=False)) | dict(zip(reversed(names), reversed(cells), strict=False))
    except csv.Error as error:
        raise InputError(f"the scored log is not valid CSV: {error}") from error


def _json_rows(lines: io.TextIOWrapper) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"line {number} of the scored log is not valid JSON: {error}") from error
        if not isinstance(cells, dict):
            raise InputError(f"line {number} of the scored log is not a JSON object")
        yield cells


class _Columns:
    def __init__(self, wanted: Names, cells: Mapping[str, Any]) -> None:
        self._ours = {name: wanted.prefix + name for name in (*ADDED, "readers_disagree", "mentions")}
        if missing := [self._ours[name] for name in ("urgency", "rules", "error") if self._ours[name] not in cells]:
            raise InputError(f"this is no scored log: it has no column {', '.join(missing)}. Score it first.")
        self._text = _pick(wanted.text, TEXT_COLUMNS, cells)
        self._days = _pick(wanted.days, DAYS_COLUMNS, cells)
        self._date = _pick(wanted.date, DATE_COLUMNS, cells)
        self._patient = _pick(wanted.patient, PATIENT_COLUMNS, cells)

    def row(self, number: int, cells: Mapping[str, Any]) -> ScoredRow:
        ours = {name: cells.get(column) for name, column in self._ours.items()}
        patient = cells.get(self._patient)
        return ScoredRow(
            number=number,
            text=text_of(cells.get(self._text))[0],
            day=loose_days(cells.get(self._days)).choices[0],
            date=date_of(cells.get(self._date)),
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


def _pick(wanted: str | None, usual: Iterable[str], cells: Mapping[str, Any]) -> str:
    if wanted is not None:
        if wanted not in cells:
            raise InputError(f"no column '{wanted}'. Columns there: {', '.join(cells)}.")
        return wanted
    folded = {name.strip().lower(): name for name in reversed(list(cells))}
    return next((folded[name] for name in usual if name in folded), "")


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
