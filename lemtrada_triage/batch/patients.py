"""Scores a log with each patient's past in mind: the rows are scored one by one first, then once more by what lasted.

This is the one adapter between ``overtime`` and the log. It keeps the score of each row, so memory grows with the log.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple

from lemtrada_triage.batch.cells import date_of, loose_days
from lemtrada_triage.batch.overtime import GAP, Course, Told, over_time
from lemtrada_triage.model import Assertion, Mention
from lemtrada_triage.past import Past

PAST = ("first_told", "lasting_days", "episodes", "worse", "first_after")
NOT_KNOWN = "unknown"
_OVER = (Assertion.ABSENT, Assertion.RESOLVED)


class When(NamedTuple):
    """The columns that say whose a row is and when it was told; without ``date`` the days since the infusion do."""

    patient: str
    date: str | None
    days: str | None
    gap: int = GAP


class Known(NamedTuple):
    """What is known of a row from the rows before it: what it tells in order, and the course of each."""

    concepts: tuple[str, ...] = ()
    courses: Mapping[str, Course] = {}
    dated: bool = False

    @property
    def past(self) -> dict[str, Past]:
        """What rules may ask about."""
        return {concept: Past(course.lasting_days, course.episodes) for concept, course in self.courses.items()}

    @property
    def cells(self) -> tuple[tuple[Any, ...], ...]:
        """The added columns, in the order of ``PAST``; each but ``worse`` has a value for each concept of the row."""
        told = [self.courses[concept] for concept in self.concepts if concept in self.courses]
        worse = tuple([name for name in self.concepts if name in self.courses and self.courses[name].worse])
        after = tuple([self._shown(one.first_after) if self.dated else NOT_KNOWN for one in told])
        first = tuple([self._shown(one.first_told) for one in told])
        return first, tuple([one.lasting_days for one in told]), tuple([one.episodes for one in told]), worse, after

    def _shown(self, day: int | None) -> str:
        if day is None:
            return NOT_KNOWN
        return date.fromordinal(day).isoformat() if self.dated else str(day)


class Diary:
    """The rows of all patients: first each is noted, then each is known."""

    def __init__(self, when: When) -> None:
        self._when = when
        self._rows: list[tuple[str, tuple[str, ...], Told] | None] = []

    def note(self, cells: Mapping[str, Any], concepts: tuple[str, ...], rank: int | None, said: Said | None) -> None:
        """Takes the next row, with what was scored for it."""
        patient = str(cells.get(self._when.patient) or "").strip()
        since = loose_days(cells.get(self._when.days)).choices[0] if self._when.days else None
        on = date_of(cells.get(self._when.date)) if self._when.date else None
        day = since if self._when.date is None else None if on is None else on.toordinal()
        if not patient or day is None or rank is None or said is None:
            self._rows.append(None)
            return
        self._rows.append((patient, concepts, Told(day, rank, *said, since)))

    @cached_property
    def known(self) -> list[Known]:
        """What is known at each row, in order."""
        by_patient = defaultdict[str, list[int]](list)
        for place, row in enumerate(self._rows):
            if row:
                by_patient[row[0]].append(place)
        found = [Known()] * len(self._rows)
        for places in by_patient.values():
            noted = [row for place in places if (row := self._rows[place])]
            courses = over_time([told for _, _, told in noted], self._when.gap)
            for place, (_, concepts, _), course in zip(places, noted, courses, strict=True):
                found[place] = Known(concepts, course, self._when.date is not None)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of rows that belong to no patient's past."""
        lost = self._rows.count(None)
        return (f"Without a patient, a day that can be read, or a score, so without a past: {lost:,}.",) if lost else ()


class Said(NamedTuple):
    """The concepts that a message tells, tells as severe, and says to be over, with all that they imply."""

    present: frozenset[str]
    severe: frozenset[str]
    over: frozenset[str]


class Implied:
    """Works out what mentions imply: a symptom tells all that it is, and what is over ends all that are it."""

    def __init__(self, lineages: Mapping[str, Iterable[str]]) -> None:
        self._finer = defaultdict[str, set[str]](set)
        for concept, lineage in lineages.items():
            for name in lineage:
                self._finer[name].add(concept)

    def said(self, mentions: Iterable[Mention]) -> Said:
        """What a message says."""
        counting = [mention for mention in mentions if mention.assertion.counts]
        going_on = _told(mention for mention in counting if mention.assertion is not Assertion.RESOLVED)
        over = [mention.concept for mention in mentions if mention.assertion in _OVER]
        return Said(
            _told(counting),
            _told(mention for mention in counting if "severe" in mention.modifiers),
            frozenset().union(*(self._finer.get(concept, {concept}) for concept in over)) - going_on,
        )


def _told(mentions: Iterable[Mention]) -> frozenset[str]:
    return frozenset(name for mention in mentions for name in (mention.concept, *mention.is_a))


@contextmanager
def rewindable(source: BinaryIO) -> Iterator[BinaryIO]:
    """The same bytes as a stream that can be read twice; those of a pipe are kept in a file without a name."""
    if source.seekable():
        yield source
        return
    with tempfile.TemporaryFile() as kept:
        while block := source.read(1 << 20):
            kept.write(block)
        kept.seek(0)
        yield kept
