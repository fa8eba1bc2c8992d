"""What logs of rows have in common: rows are taken in chunks, scored, and written as they were, with cells added."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, filterfalse, repeat
from typing import Any, NamedTuple, Protocol

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import NOT_DECIDED, Found, Scored, Scorer, Situation, scored
from lemtrada_triage.batch.judge import Outcome, Read, Said
from lemtrada_triage.batch.lines import encoded, json_text, unreadable, writable
from lemtrada_triage.batch.rawrows import Row, Rows
from lemtrada_triage.batch.rows import Cells, Meaning, Teller, joined

# A chunk ends at so many rows. The first are small, so that a pipe soon has something to hand on.
_FIRST_ROWS, _ROWS = 100, 8_000
_REMEMBERED = 50_000
_quoted = json.encoder.encode_basestring
Parts = tuple[str, str]
"""What a row has of an outcome, or of what was read: they take turns (see ``RowLog._of_found``)."""


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

    def count_found(self, found: Sequence[Found], told: Told) -> None:
        """The same from what was found; ``told`` has warnings and errors by row."""
        summary = self.summary
        summary.rows = len(found)
        for one, times in Counter(found).items():
            summary.levels[one.outcome.urgency] += times
            summary.not_understood += times * (not one.read.understood)
        summary.levels.pop("", None)
        errors = [told[place][1] for place in sorted(told) if told[place][1]]
        summary.errors = len(errors)
        summary.warnings = sum(1 for warning, _ in told.values() if warning)
        summary.not_understood -= len(errors)
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

    def piece(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Piece:
        """The rows with what was added, from what was found for ``texts``, and their past if the log has patients."""
        ...

    def entries(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Iterator[Entry]:
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
    line_end = "\n"

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
        self._made: dict[Found, bytes] = {}
        self._decided = lru_cache(maxsize=_REMEMBERED)(self.of_outcome)  # of few kinds, beside what was read
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
        """What ends a row, but for its line end; ``told`` are warning and error, and the cells of the past."""
        raise NotImplementedError

    def starts(self, raws: list[str]) -> list[str]:
        """What rows begin with: themselves, ready for what is added."""
        return raws

    def alone(self, line: bytes) -> bytes:
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

    def written(self, raws: list[str], found: Sequence[Found], lasts: list[bytes]) -> bytes:
        """Rows as they are written."""
        starts = map(str.encode, self.starts(raws), repeat("utf-8"), repeat("surrogateescape"))
        return b"".join(chain.from_iterable(zip(starts, self._added(found), lasts, strict=True)))

    def _added(self, found: Sequence[Found]) -> list[bytes]:
        """What is written of each that was found, up to the warning."""
        known = self._made
        if len(known) > _REMEMBERED:
            known.clear()
        for one in dict.fromkeys(filterfalse(known.__contains__, found)):
            known[one] = encoded(self._of_found(one))
        return list(map(known.__getitem__, found))

    def _of_found(self, found: Found) -> str:
        urgency, rules = self._decided(found.outcome)
        concepts, rest = self.of_read(found.read)
        return f"{urgency}{concepts}{rules}{rest}"


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

    def piece(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Piece:
        """The rows with what was added, from what was found for ``texts``, and their past if the log has patients."""
        log, every = self._log, self._every(found)
        told = self._told(every)
        lasts = self._lasts(told, past)
        piece = Piece(log.written(self._rows.raws, every, lasts))
        lost = [place for place in sorted(told) if told[place][1]]
        piece.unscored = b"".join([self._alone(place, every, lasts) for place in lost])
        piece.count_found(every, told)
        return piece

    def _alone(self, place: int, found: Sequence[Found], lasts: list[bytes]) -> bytes:
        """One row as it is written among those that were not scored."""
        return self._log.alone(self._log.written([self._rows.raws[place]], [found[place]], [lasts[place]]))

    def entries(self, found: Sequence[Found], past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        """The same by value."""
        every, rows = self._every(found), self._rows
        told, before = self._told(every), self._past(past)
        alike: dict[tuple[object, ...], Scored] = {}
        for place, one in enumerate(every):
            key = (id(one), told.get(place))
            if key not in alike:
                alike[key] = scored(one.read, one.outcome, *told.get(place, ()))
            values = self._log.values(rows.raws[place], rows.reads[place], rows.odd.get(place))
            yield Entry(values, alike[key], before[place])

    def _every(self, found: Sequence[Found]) -> Sequence[Found]:
        """What was found, for rows that are not scored too."""
        if not self._lost:
            return found
        left = iter(found)
        nothing = {place: Found(Read(error=error), NOT_DECIDED) for place, error in self._lost.items()}
        return [nothing[place] if place in nothing else next(left) for place in range(self.rows)]

    def _told(self, found: Sequence[Found]) -> dict[int, tuple[str, str]]:
        """The warning and the error of the rows that have one."""
        places = {*self._rows.odd, *self._meant.warned}
        if odd := {one for one in set(found) if one.read.warning or one.read.error}:
            places.update(place for place, one in enumerate(found) if one in odd)
        told = {place: self._told_of(place, found[place].read) for place in places}
        return {place: both for place, both in told.items() if any(both)}

    def _told_of(self, place: int, read: Read) -> tuple[str, str]:
        row = self._rows.odd.get(place)
        kept = f"{row.unreadable}, kept as they are" if row and row.unreadable and not read.error else ""
        meant = "" if place in self._lost else self._meant.warning(place)
        warning = joined((row.warning if row else "", kept, meant, read.warning))
        return warning, f"line {self._rows.lines[place]}: {read.error}" if read.error else ""

    def _lasts(self, told: Told, past: Sequence[PastCells]) -> list[bytes]:
        """What ends each row."""
        log, before = self._log, self._past(past)
        if log.columns.patient:
            lasts = [log.last((*told.get(place, ("", "")), *cells)) for place, cells in enumerate(before)]
            return [encoded(last) + self._end(place) for place, last in enumerate(lasts)]
        last = encoded(log.last(("", "")))
        lines = [last + encoded(log.line_end)] * self.rows
        for place in self._rows.ends:
            lines[place] = last + self._end(place)
        for place, both in told.items():
            lines[place] = encoded(log.last(both)) + self._end(place)
        return lines

    def _end(self, place: int) -> bytes:
        return encoded(self._rows.ends.get(place, self._log.line_end))

    def _past(self, past: Sequence[PastCells]) -> Sequence[PastCells]:
        none = self._log.columns.no_past
        if not past:
            return [none] * self.rows
        left = iter(past)
        return [none if place in self._lost else next(left) for place in range(self.rows)]


def scored_chunks(scorer: Scorer, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[Found]]]:
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
