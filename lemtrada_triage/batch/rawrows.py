"""The rows of a log as they were read, by column: what a log of any form has before anything is made of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

# So many characters fill a chunk, however few rows they are.
_CHARACTERS = 4_000_000
T = TypeVar("T")


class Row(NamedTuple):
    """One row of a log: its text as it is written back, what is read of it, and what is known to be wrong with it.

    ``unreadable`` says what is wrong when bytes of it could not be decoded (they are lone surrogates in its text),
    ``error`` why it cannot be scored at all. ``end`` is its line end where that is not the log's.
    """

    line: int
    raw: str
    read: Sequence[str] | Mapping[str, Any]
    warning: str = ""
    unreadable: str = ""
    error: str = ""
    end: str = ""


def end_of(line: str, usual: str = "") -> str:
    """The line end of a line; empty where it is the usual one, or there is none."""
    end = next((end for end in ("\r\n", "\n", "\r") if line.endswith(end)), "")
    return "" if end == usual else end


@dataclass(slots=True)
class Rows:
    """Some rows by column. By place, ``odd`` has those of which something is known to be wrong, ``ends`` the line ends
    that are not the log's."""

    lines: list[int] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)
    reads: list[Any] = field(default_factory=list)
    odd: dict[int, Row] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Takes one row."""
        if row.warning or row.unreadable or row.error:
            self.odd[len(self.raws)] = row
        if row.end:
            self.ends[len(self.raws)] = row.end
        self.lines.append(row.line)
        self.raws.append(row.raw)
        self.reads.append(row.read)

    def extend(self, rows: Rows) -> None:
        """Takes some more."""
        before = len(self.raws)
        self.odd.update((before + place, row) for place, row in rows.odd.items())
        self.ends.update((before + place, end) for place, end in rows.ends.items())
        self.lines += rows.lines
        self.raws += rows.raws
        self.reads += rows.reads

    def enough(self, most: int) -> int:
        """How many of the rows fill a chunk of ``most``; 0: not enough of them are here."""
        if len(self.raws) >= most and sum(map(len, self.raws[:most])) <= _CHARACTERS:
            return most
        sizes = list(accumulate(map(len, self.raws[:most])))
        count = min(bisect_left(sizes, _CHARACTERS) + 1, most)
        return count if count <= len(sizes) else 0

    def first(self, count: int) -> Rows:
        """Takes the first rows out."""
        odd, self.odd = _cut(self.odd, count)
        ends, self.ends = _cut(self.ends, count)
        taken = Rows(self.lines[:count], self.raws[:count], self.reads[:count], odd, ends)
        self.lines, self.raws, self.reads = self.lines[count:], self.raws[count:], self.reads[count:]
        return taken


def _cut(by_place: dict[int, T], count: int) -> tuple[dict[int, T], dict[int, T]]:
    """What stands at the first places, and what stands behind them, counted from there."""
    first = {place: thing for place, thing in by_place.items() if place < count}
    return first, {place - count: thing for place, thing in by_place.items() if place >= count}
