"""What logs of rows have in common: rows are taken in chunks, scored, and written as they were, with cells added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple, Protocol

from lemtrada_triage.batch.columns import Columns
from lemtrada_triage.batch.core import ADDED, Case, Scored
from lemtrada_triage.batch.judge import Said
from lemtrada_triage.batch.lines import encoded, json_text, unreadable
from lemtrada_triage.batch.rows import Cells, Meaning, Meant, Teller, joined
from lemtrada_triage.model import InputError

# A chunk ends at so many rows or characters. The first are small, so that a pipe soon has something to hand on.
_FIRST_ROWS, _ROWS, _CHARACTERS = 100, 4_000, 4_000_000
_REMEMBERED = 20_000
# The added columns, but for warning and error.
_FIXED = ADDED[:-2]


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


# The cells of the columns of the past (see ``overtime.PAST``).
PastCells = tuple[tuple[Any, ...], ...]


class Entry(NamedTuple):
    """A row by its values: its own by column, those that are added, and its past where the log has patients."""

    values: Sequence[Any] | Mapping[str, Any]
    scored: Scored
    past: PastCells


class Chunk(Protocol):
    """Some rows in order, the cases to score for them, and whose each case is."""

    rows: int
    cases: list[Case]
    tellers: list[Teller]

    def piece(self, scored: Sequence[Scored], past: Sequence[PastCells] = ()) -> Piece:
        """The rows with what was added, from the scores of ``cases``, and their past where the log has patients."""
        ...

    def entries(self, scored: Sequence[Scored], past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        """The same by value, for a log that is written in another form."""
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
        self._meaning = Meaning(columns)
        self._tails: dict[int, tuple[Scored, str]] = {}
        return self.head()

    def head(self) -> Piece:
        """What stands before the first row."""
        return Piece()

    def end(self) -> Piece:
        """What stands behind the last row."""
        return Piece()

    def rows(self) -> Iterator[Row]:
        """The rows, one at a time."""
        raise NotImplementedError

    def cells(self, row: Row) -> Cells:
        """The cells of a row that are read. Raises InputError where there are none."""
        raise NotImplementedError

    def values(self, row: Row) -> Sequence[Any] | Mapping[str, Any]:
        """All that stands in a row as it is written back, by column."""
        raise NotImplementedError

    def fixed(self, scored: Scored) -> str:
        """All that is added to a row, but for warning and error."""
        raise NotImplementedError

    def line(self, row: Row, fixed: str, told: Sequence[Any]) -> str:
        """A row as it is written; ``told`` are warning and error, and the cells of the past."""
        raise NotImplementedError

    def alone(self, line: str) -> str:
        """A written row as it stands among those that were not scored."""
        return line

    def chunks(self) -> Iterator[RowChunk]:
        """The rows in chunks, which depend on nothing but the rows."""
        rows: list[Row] = []
        most, characters = _FIRST_ROWS, 0
        for row in self.rows():
            rows.append(row)
            characters += len(row.raw)
            if len(rows) >= most or characters >= _CHARACTERS:
                yield RowChunk(self, rows)
                rows, characters, most = [], 0, min(2 * most, _ROWS)
        if rows:
            yield RowChunk(self, rows)

    def meant(self, row: Row) -> Meant | str:
        """The case of a row, or why it has none."""
        if row.error:
            return row.error
        try:
            meant = self._meaning.of(self.cells(row))
        except InputError as error:
            return str(error)
        if row.unreadable and unreadable(meant.case.text):
            return f"{row.unreadable} in '{', '.join(self.columns.text)}'"
        return meant

    def tail(self, scored: Scored) -> str:
        """``fixed``, made once for rows that are scored alike."""
        known = self._tails.get(id(scored))
        if known is None:
            if len(self._tails) >= _REMEMBERED:
                self._tails = {}
            known = self._tails[id(scored)] = scored, self.fixed(scored)
        return known[1]


class RowChunk:
    """Some rows of a log, and their cases."""

    def __init__(self, log: RowLog, rows: list[Row]) -> None:
        self._log, self._rows = log, rows
        self.rows = len(rows)
        self._meant = list(map(log.meant, rows))
        read = [meant for meant in self._meant if not isinstance(meant, str)]
        self.cases = [meant.case for meant in read]
        self.tellers = [meant.teller for meant in read] if log.columns.patient else [Teller()] * len(read)

    def piece(self, scored: Sequence[Scored], past: Sequence[PastCells] = ()) -> Piece:
        """The rows with what was added, from the scores of ``cases``, and their past where the log has patients."""
        piece, log = Piece(), self._log
        done = list(self._done(scored))
        lines = [
            log.line(row, log.tail(found), (told.warning, told.error, *before))
            for row, (found, told), before in zip(self._rows, done, self._past(past), strict=True)
        ]
        piece.count([told for _, told in done])
        lost = [log.alone(line) for line, (_, told) in zip(lines, done, strict=True) if told.error]
        piece.data, piece.unscored = encoded("".join(lines)), encoded("".join(lost))
        return piece

    def entries(self, scored: Sequence[Scored], past: Sequence[PastCells] = ()) -> Iterator[Entry]:
        """The same by value."""
        for row, (_, told), before in zip(self._rows, self._done(scored), self._past(past), strict=True):
            yield Entry(self._log.values(row), told, before)

    def _done(self, scored: Sequence[Scored]) -> Iterator[tuple[Scored, Scored]]:
        """The score of each row, and the same with all that is to be told of the row."""
        left = iter(scored)
        for row, meant in zip(self._rows, self._meant, strict=True):
            found = Scored(error=meant) if isinstance(meant, str) else next(left)
            told = "" if isinstance(meant, str) else meant.warning
            plain = not (told or row.warning or row.unreadable or found.error or found.warning)
            yield found, found if plain else _told(row, told, found)

    def _past(self, past: Sequence[PastCells]) -> Iterable[PastCells]:
        none = self._log.columns.no_past
        if not past:
            return repeat(none, self.rows)
        left = iter(past)
        return [none if isinstance(meant, str) else next(left) for meant in self._meant]


def _told(row: Row, told: str, found: Scored) -> Scored:
    kept = f"{row.unreadable}, kept as they are" if row.unreadable and not found.error else ""
    warning = joined((row.warning, kept, told, found.warning))
    return found._replace(warning=warning, error=f"line {row.line}: {found.error}" if found.error else "")


def fields(scored: Scored) -> dict[str, Any]:
    """The added columns as they are written to JSON, but for warning and error."""
    urgency, rank, concepts, rules, mentions, disagree, understood, _, _ = scored
    said = [dict(zip(Said._fields, mention, strict=True)) for mention in mentions]
    return dict(zip(_FIXED, (urgency or None, rank, concepts, rules, said, disagree, understood), strict=True))


def cell(value: object) -> object:
    """One of them as the cell of a table."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, list):
        return json_text(value) if value else ""
    return str(value).lower() if isinstance(value, bool) else value
