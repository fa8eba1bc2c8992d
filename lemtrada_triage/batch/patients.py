"""Scores logs with each patient's past in mind: the rows are scored one by one first, then once more by what lasted.

This is the one adapter between ``overtime`` and logs. It keeps what each row tells, so memory grows with the log.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import Found, Scorer
from lemtrada_triage.batch.judge import Read
from lemtrada_triage.batch.overtime import Course, Told, over_time
from lemtrada_triage.batch.rowlog import Chunk, Entry, PastCells, Piece, scored_chunks
from lemtrada_triage.batch.rows import Teller
from lemtrada_triage.history.past import Past, facts_of_past
from lemtrada_triage.model import Assertion

NOT_KNOWN = "unknown"
_COUNTING = frozenset(assertion.value for assertion in Assertion if assertion.counts)
_OVER = frozenset((Assertion.ABSENT.value, Assertion.RESOLVED.value))


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


class _Entry(NamedTuple):
    patient: str
    concepts: tuple[str, ...]
    told: Told


class Diary:
    """The rows of all patients: first each is noted, then each is told with its past."""

    def __init__(self, scorer: Scorer, columns: Columns, gap: int) -> None:
        self._scorer, self._gap = scorer, gap
        self._dated = columns.date is not None
        self._implied = Implied(scorer.judge.lineages)
        self._entries: list[_Entry | None] = []
        self._rows = 0

    def note(self, chunks: Iterable[Chunk], follow: Callable[[], None] = lambda: None) -> None:
        """Takes all rows, each scored by itself; ``follow`` is called for each chunk."""
        for chunk, found in scored_chunks(self._scorer, chunks):
            self._rows += chunk.rows
            days = [situation.days[0] for situation in chunk.situations]
            self._entries += map(self._entry, chunk.tellers, days, found)
            follow()

    def _entry(self, teller: Teller, since: int | None, found: Found) -> _Entry | None:
        read, outcome = found.read, found.outcome
        day = teller.on if self._dated else since
        if not teller.patient or day is None or outcome.urgency_rank is None:
            return None
        told = Told(day, outcome.urgency_rank, *self._implied.said(read), since)
        return _Entry(teller.patient, read.concepts, told)

    def told(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The same chunks once more, each with what is known of its rows by then."""
        known = iter(self._known)
        for chunk in chunks:
            yield _Later(chunk, [next(known) for _ in chunk.texts], self._scorer.judge.past)

    @cached_property
    def _known(self) -> list[Known]:
        """What is known at each case, in order."""
        by_patient = defaultdict[str, list[int]](list)
        for place, entry in enumerate(self._entries):
            if entry:
                by_patient[entry.patient].append(place)
        found = [Known()] * len(self._entries)
        for places in by_patient.values():
            entries = [entry for place in places if (entry := self._entries[place])]
            courses = over_time([entry.told for entry in entries], self._gap)
            for place, entry, course in zip(places, entries, courses, strict=True):
                found[place] = Known(entry.concepts, course, self._dated)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of rows that belong to no patient's past."""
        lost = self._rows - len(self._entries) + self._entries.count(None)
        return (f"Without a patient, a day that is sure, or a score, so without a past: {lost:,}.",) if lost else ()


class _Later:
    """A chunk whose rows have a past."""

    def __init__(self, chunk: Chunk, known: list[Known], asked: Collection[str]) -> None:
        self._chunk, self._known = chunk, known
        self.rows, self.texts, self.tellers = chunk.rows, chunk.texts, chunk.tellers
        pasts = [facts_of_past(one.past, asked) for one in known]
        self.situations = [one._replace(past=past) for one, past in zip(chunk.situations, pasts, strict=True)]

    def piece(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Piece:
        return self._chunk.piece(found, self._cells)

    def entries(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        return self._chunk.entries(found, self._cells)

    @property
    def _cells(self) -> list[PastCells]:
        return [one.cells for one in self._known]


class Said(NamedTuple):
    """The concepts that a message tells, tells as severe, and says to be over, with all that they imply."""

    present: frozenset[str]
    severe: frozenset[str]
    over: frozenset[str]


class Implied:
    """Works out what mentions imply: a symptom tells all that it is, and what is over ends all that are it."""

    def __init__(self, lineages: Mapping[str, Collection[str]]) -> None:
        self._lineages = lineages
        self._finer = defaultdict[str, set[str]](set)
        for concept, lineage in lineages.items():
            for name in lineage:
                self._finer[name].add(concept)

    def said(self, read: Read) -> Said:
        """What a message says."""
        counting = [said for said in read.mentions if said.assertion in _COUNTING]
        going_on = self._told(said.concept for said in counting if said.assertion not in _OVER)
        over = [said.concept for said in read.mentions if said.assertion in _OVER]
        return Said(
            self._told(said.concept for said in counting),
            self._told(concept for concept, modifiers in read.facts[0] if "severe" in modifiers),
            frozenset().union(*(self._finer.get(concept, {concept}) for concept in over)) - going_on,
        )

    def _told(self, concepts: Iterable[str]) -> frozenset[str]:
        return frozenset(name for concept in concepts for name in self._lineages[concept])


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
