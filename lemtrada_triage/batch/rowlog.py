"""What logs of rows have in common: rows are taken in chunks, scored, and written as they were, with cells added."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import NOT_DECIDED, Found, Scored, Scorer, Situation, scored
from lemtrada_triage.batch.judge import Outcome, Read, Said
from lemtrada_triage.batch.lines import encoded, json_text, unreadable, writable
from lemtrada_triage.batch.rows import Cells, Meaning, Teller, joined

# A chunk ends at so many rows or characters. The first are small, so that a pipe soon has something to hand on.
_FIRST_ROWS, _ROWS, _CHARACTERS = 100, 4_000, 4_000_000
_REMEMBERED = 50_000
_quoted = json.encoder.encode_basestring
T = TypeVar("T")
Parts = tuple[str, str]
"""What a row has of an outcome, or of what was read: they take turns (see ``RowLog.written``)."""


class Row(NamedTuple):
    """One row of a log: its text as it is written back, what is read of it, and what is known to be wrong with it.

    ``unreadable`` says what is wrong when bytes of it could not be decoded (they are lone surrogates in its text),
    ``error`` why it cannot be scored at all.
    """

    line: int
    raw: str
    read: Sequence[str] | Mapping[str, Any]
    warning: str = ""
    unreadable: str = ""
    error: str = ""


@dataclass(slots=True)
class Rows:
    """Some rows by column. ``odd`` has by place those of which something is known to be wrong."""

    lines: list[int] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)
    reads: list[Any] = field(default_factory=list)
    odd: dict[int, Row] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Takes one row."""
        if row.warning or row.unreadable or row.error:
            self.odd[len(self.raws)] = row
        self.lines.append(row.line)
        self.raws.append(row.raw)
        self.reads.append(row.read)

    def extend(self, rows: Rows) -> None:
        """Takes some more."""
        before = len(self.raws)
        self.odd.update((before + place, row) for place, row in rows.odd.items())
        self.lines += rows.lines
        self.raws += rows.raws
        self.reads += rows.reads

    def enough(self, most: int) -> int:
        """How many of the rows fill a chunk of ``most``; 0: not enough of them are here."""
        sizes = list(accumulate(map(len, self.raws[:most])))
        count = min(bisect_left(sizes, _CHARACTERS) + 1, most)
        return count if count <= len(sizes) else 0

    def first(self, count: int) -> Rows:
        """Takes the first rows out."""
        odd = {place: row for place, row in self.odd.items() if place < count}
        taken = Rows(self.lines[:count], self.raws[:count], self.reads[:count], odd)
        self.lines, self.raws, self.reads = self.lines[count:], self.raws[count:], self.reads[count:]
        self.odd = {place - count: row for place, row in self.odd.items() if place >= count}
        return taken


@dataclass(slots=True)
class Summary:
    """What became of a log: how many rows, how many at each level, how many with an error, a warning or a doubt."""

    rows: int = 0
    rows_in: int = 0
    errors: int = 0
    warnings: int = 0
    not_understood: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()

    def count(self, scored: Scored, times: int) -> None:
        """Adds some rows that are scored alike."""
        self.rows += times
        self.warnings += times * bool(scored.warning)
        if scored.error:
            self.errors += times
            return
        self.levels[scored.urgency] += times
        self.not_understood += times * (not scored.understood)

    def add(self, other: Summary) -> None:
        """Adds the counts of a later part."""
        self.rows += other.rows
        self.errors += other.errors
        self.warnings += other.warnings
        self.not_understood += other.not_understood
        self.levels.update(other.levels)


@dataclass(slots=True)
class Piece:
    """A part of the output. ``unscored`` holds again those of its rows that were not scored; ``first_error``: why."""

    data: bytes = b""
    unscored: bytes = b""
    summary: Summary = field(default_factory=Summary)
    first_error: str = ""

    def count(self, scored: Sequence[Scored]) -> None:
        """Counts its rows, of which most share their scores."""
        kinds = {id(one): one for one in scored}
        for one, times in Counter(map(id, scored)).items():
            self.summary.count(kinds[one], times)
        self.first_error = next((one.error for one in scored if one.error), "") if self.summary.errors else ""

    def count_found(self, found: Found, told: Told) -> None:
        """The same from columns; ``told`` has warnings and errors by row."""
        summary = self.summary
        summary.rows = len(found.reads)
        summary.levels = Counter([outcome.urgency for outcome in found.outcomes])
        summary.levels.pop("", None)
        errors = [told[place][1] for place in sorted(told) if told[place][1]]
        summary.errors = len(errors)
        summary.warnings = sum(1 for warning, _ in told.values() if warning)
        summary.not_understood = [read.understood for read in found.reads].count(False) - len(errors)
        self.first_error = errors[0] if errors else ""


Told = Mapping[int, tuple[str, str]]
"""The warning and the error of those rows that have one, by place."""

# The cells of the columns of the past (see ``overtime.PAST``).
PastCells = tuple[tuple[Any, ...], ...]


class Entry(NamedTuple):
    """A row by its values: its own by column, those that are added, and its past where the log has patients."""

    values: Sequence[Any] | Mapping[str, Any]
    scored: Scored
    past: PastCells


class Chunk(Protocol):
    """Some rows in order: by column, what is to be scored of those that can be, and whose each is."""

    rows: int
    texts: list[str]
    situations: list[Situation]
    tellers: list[Teller]

    def piece(self, found: Found, past: Sequence[PastCells] = ()) -> Piece:
        """The rows with what was added, from what was found for ``texts``, and their past if the log has patients."""
        ...

    def entries(self, found: Found, past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        """The same by value, for a log that is written in another form; rows that are scored alike share a score."""
        ...


class Log(Protocol):
    """A log of any form: first ``begin`` with the columns chosen, then the chunks, then ``end``."""

    form: str  # a ``formats.Format``
    names: list[str]
    started: bool  # whether rows of another log stand before its own

    @property
    def hint(self) -> str:
        """What to do about bytes that could not be decoded; empty when there were none."""
        ...

    def sample(self) -> Sequence[Mapping[str, Any]]:
        """Its first rows by column, before ``begin``; all of them are still to come."""
        ...

    def begin(self, columns: Columns) -> Piece: ...
    def chunks(self) -> Iterator[Chunk]: ...
    def end(self) -> Piece: ...
    def records(self) -> Iterator[Mapping[str, Any]]:
        """The rows of a scored log by column, instead of all else. Raises InputError for one that cannot be read."""
        ...


class RowLog:
    """A log of rows, each a text of its own that is written back with what was added."""

    form: str
    names: list[str]
    columns: Columns
    started = False

    @property
    def hint(self) -> str:
        """What to do about bytes that could not be decoded; empty when there were none."""
        raise NotImplementedError

    def sample(self) -> Sequence[Mapping[str, Any]]:
        """Its first rows by column, before ``begin``; all of them are still to come."""
        raise NotImplementedError

    def begin(self, columns: Columns) -> Piece:
        """What stands before the first row."""
        self.columns = columns
        self.meaning = Meaning(columns)
        self.outcome_parts, self.read_parts = _Parts(self.of_outcome), _Parts(self.of_read)
        return self.head()

    def head(self) -> Piece:
        """What stands before the first row."""
        return Piece()

    def end(self) -> Piece:
        """What stands behind the last row."""
        return Piece()

    def blocks(self) -> Iterator[Rows]:
        """The rows, as many at a time as there happen to be."""
        raise NotImplementedError

    def cells(self, rows: Rows) -> Cells:
        """The cells of rows that are read; None where a row has none."""
        raise NotImplementedError

    def lost(self, rows: Rows) -> dict[int, str]:
        """By place, why a row whose text is sound cannot be scored."""
        return {}

    def values(self, raw: str, read: Any, odd: Row | None) -> Sequence[Any] | Mapping[str, Any]:
        """All that stands in a row as it is written back, by column."""
        raise NotImplementedError

    def of_outcome(self, outcome: Outcome) -> Parts:
        """What is written of an outcome: the urgency before the concepts, the rules behind them."""
        raise NotImplementedError

    def of_read(self, read: Read) -> Parts:
        """What is written of what was read: concepts and codes before the rules, all up to the warning behind them."""
        raise NotImplementedError

    def last(self, told: Sequence[Any]) -> str:
        """What ends a row; ``told`` are warning and error, and the cells of the past."""
        raise NotImplementedError

    def starts(self, raws: list[str]) -> list[str]:
        """What rows begin with: themselves, ready for what is added."""
        return raws

    def alone(self, line: str) -> str:
        """A written row as it stands among those that were not scored."""
        return line

    def chunks(self) -> Iterator[RowChunk]:
        """The rows in chunks, which depend on nothing but the rows."""
        rows, most = Rows(), _FIRST_ROWS
        for block in self.blocks():
            rows.extend(block)
            while count := rows.enough(most):
                yield RowChunk(self, rows.first(count))
                most = min(2 * most, _ROWS)
        if rows.raws:
            yield RowChunk(self, rows)

    def written(self, raws: list[str], found: Found, lasts: list[str]) -> str:
        """Rows as they are written."""
        urgencies, rules = self.outcome_parts.of(found.outcomes)
        concepts, rest = self.read_parts.of(found.reads)
        rows = zip(self.starts(raws), urgencies, concepts, rules, rest, lasts, strict=True)
        return "".join(chain.from_iterable(rows))


class _Parts(Generic[T]):
    """What is written of things, made once of each: rows share most."""

    def __init__(self, make: Callable[[T], Parts]) -> None:
        self._make = make
        self._first: dict[int, str] = {}
        self._second: dict[int, str] = {}
        self._kept: list[T] = []  # so that no other thing gets the id of one

    def of(self, things: Sequence[T]) -> tuple[Iterator[str], Iterator[str]]:
        """Both parts of each."""
        if len(self._kept) > _REMEMBERED:
            self._first, self._second, self._kept = {}, {}, []
        ids = list(map(id, things))
        if new := set(ids).difference(self._first):
            known = dict(zip(ids, things, strict=True))
            self._kept += [known[kind] for kind in new]
            parts = {kind: self._make(known[kind]) for kind in new}
            self._first |= {kind: first for kind, (first, _) in parts.items()}
            self._second |= {kind: second for kind, (_, second) in parts.items()}
        return map(self._first.__getitem__, ids), map(self._second.__getitem__, ids)


class RowChunk:
    """Some rows of a log, and what they mean."""

    def __init__(self, log: RowLog, rows: Rows) -> None:
        self._log, self._rows = log, rows
        self.rows = len(rows.raws)
        self._meant = log.meaning.of(log.cells(rows))
        self._lost = self._not_to_score()
        kept = [place for place in range(self.rows) if place not in self._lost] if self._lost else None
        self.texts, self.situations, self.tellers = self._meant.columns(kept)

    def _not_to_score(self) -> dict[int, str]:
        """By place, why a row is not scored."""
        lost = self._log.lost(self._rows)
        for place, row in self._rows.odd.items():
            if row.error:
                lost[place] = row.error
            elif row.unreadable and place not in lost and unreadable(self._meant.texts[place]):
                lost[place] = f"{row.unreadable} in '{', '.join(self._log.columns.text)}'"
        return lost

    def piece(self, found: Found, past: Sequence[PastCells] = ()) -> Piece:
        """The rows with what was added, from what was found for ``texts``, and their past if the log has patients."""
        log, every = self._log, self._every(found)
        told = self._told(every)
        lasts = self._lasts(told, past)
        piece = Piece(encoded(log.written(self._rows.raws, every, lasts)))
        lost = [place for place in sorted(told) if told[place][1]]
        piece.unscored = encoded("".join([self._alone(place, every, lasts) for place in lost]))
        piece.count_found(every, told)
        return piece

    def _alone(self, place: int, found: Found, lasts: list[str]) -> str:
        """One row as it is written among those that were not scored."""
        one = Found([found.reads[place]], [found.outcomes[place]])
        return self._log.alone(self._log.written([self._rows.raws[place]], one, [lasts[place]]))

    def entries(self, found: Found, past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        """The same by value."""
        every, rows = self._every(found), self._rows
        told, before = self._told(every), self._past(past)
        alike: dict[tuple[object, ...], Scored] = {}
        for place, (read, outcome) in enumerate(zip(*every, strict=True)):
            key = (id(read), id(outcome), told.get(place))
            if key not in alike:
                alike[key] = scored(read, outcome, *told.get(place, ()))
            values = self._log.values(rows.raws[place], rows.reads[place], rows.odd.get(place))
            yield Entry(values, alike[key], before[place])

    def _every(self, found: Found) -> Found:
        """What was found, for rows that are not scored too."""
        if not self._lost:
            return found
        reads, outcomes = iter(found.reads), iter(found.outcomes)
        nothing = {place: Read(error=error) for place, error in self._lost.items()}
        every = range(self.rows)
        return Found(
            [nothing[place] if place in nothing else next(reads) for place in every],
            [NOT_DECIDED if place in nothing else next(outcomes) for place in every],
        )

    def _told(self, found: Found) -> dict[int, tuple[str, str]]:
        """The warning and the error of the rows that have one."""
        odd = [place for place, read in enumerate(found.reads) if read.warning or read.error]
        places = {*odd, *self._rows.odd, *self._meant.warned}
        told = {place: self._told_of(place, found.reads[place]) for place in places}
        return {place: both for place, both in told.items() if any(both)}

    def _told_of(self, place: int, read: Read) -> tuple[str, str]:
        row = self._rows.odd.get(place)
        kept = f"{row.unreadable}, kept as they are" if row and row.unreadable and not read.error else ""
        meant = "" if place in self._lost else self._meant.warning(place)
        warning = joined((row.warning if row else "", kept, meant, read.warning))
        return warning, f"line {self._rows.lines[place]}: {read.error}" if read.error else ""

    def _lasts(self, told: Told, past: Sequence[PastCells]) -> list[str]:
        """What ends each row."""
        log, before = self._log, self._past(past)
        if log.columns.patient:
            return [log.last((*told.get(place, ("", "")), *cells)) for place, cells in enumerate(before)]
        lasts = [log.last(("", ""))] * self.rows
        for place, both in told.items():
            lasts[place] = log.last(both)
        return lasts

    def _past(self, past: Sequence[PastCells]) -> Sequence[PastCells]:
        none = self._log.columns.no_past
        if not past:
            return [none] * self.rows
        left = iter(past)
        return [none if place in self._lost else next(left) for place in range(self.rows)]


def scored_chunks(scorer: Scorer, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Found]]:
    """Each chunk with what is found for it; some are read ahead."""
    begun: deque[Chunk] = deque()

    def columns() -> Iterator[tuple[list[str], list[Situation]]]:
        for chunk in chunks:
            begun.append(chunk)
            yield chunk.texts, chunk.situations

    for found in scorer.find_all(columns()):
        yield begun.popleft(), found


def mentions_text(mentions: Sequence[Said]) -> str:
    """Mentions as JSON in one line; in escapes where they hold what UTF-8 cannot write."""
    written = f"[{', '.join(map(_mention_text, mentions))}]"
    return written if written.isascii() or writable(written) else json_text([said._asdict() for said in mentions])


def _mention_text(said: Said) -> str:
    concept, assertion, start, end, text, cue = said
    held = f'"text": {_quoted(text)}, "cue": {"null" if cue is None else _quoted(cue)}'
    return f'{{"concept": {_quoted(concept)}, "assertion": "{assertion}", "start": {start}, "end": {end}, {held}}}'


def cell(value: object) -> object:
    """An added value as the cell of a table."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, list):
        return json_text(value) if value else ""
    return str(value).lower() if isinstance(value, bool) else value


def fields(scored: Scored, columns: Columns) -> dict[str, Any]:
    """The added values but for warning and error, as JSON has them."""
    values = scored._asdict() | {"mentions": [said._asdict() for said in scored.mentions]}
    return {name: None if values[name] == "" else values[name] for name in columns.fields[:-2]}
