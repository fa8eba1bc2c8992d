"""How a patient's symptoms go over time: since when, for how long, how often, and whether they get worse.

A pure function from what the rows of one patient tell to what is known at each of them; no row knows of a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

GAP = 14
"""Days without a word of a symptom after which it has ended: a diary is kept weekly, and a week may be missed."""

PAST = ("first_told", "lasting_days", "episodes", "worse", "first_after")
"""The columns that tell it."""

_ONE_COURSE = 31  # infusions of a course are days apart, and rough days may be weeks off; courses are a year apart


class Told(NamedTuple):
    """What one row tells. Days are of any one calendar; ``since`` are the days since the infusion, None: not known.

    ``present`` and ``severe`` hold the concepts that count, ``over`` those that are denied or, told in this row too,
    have stopped; coarser and finer ones are included. ``rank`` is the urgency of the row by itself.
    """

    day: int
    rank: int = 1
    present: frozenset[str] = frozenset()
    severe: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    since: int | None = None


class Course(NamedTuple):
    """How a symptom has gone until a row that tells it.

    ``first_told`` is a day; ``lasting_days`` are those of the present episode; ``episodes`` counts that one too.
    ``worse``: severe, or in a more urgent row, as it was not when it was last told in this episode. ``first_after``
    is the day of the infusion after which it was first told, None: not known.
    """

    first_told: int
    lasting_days: int
    episodes: int
    worse: bool
    first_after: int | None


@dataclass(slots=True)
class _State:
    first: int
    first_after: int | None
    start: int
    last: int
    rank: int
    severe: bool
    episodes: int = 1
    ended: bool = False


def over_time(rows: Sequence[Told], gap: int = GAP) -> list[dict[str, Course]]:
    """For each row, in the order given, the course of each symptom that it tells.

    Rows are taken by day, those of one day in the order given. An episode ends where the symptom is over, or with
    more than ``gap`` days without a word of it.
    """
    courses: list[dict[str, Course]] = [{} for _ in rows]
    states: dict[str, _State] = {}
    infusions = _infusions(rows)
    for place in sorted(range(len(rows)), key=lambda place: rows[place].day):
        row = rows[place]
        infusion = None if row.since is None else infusions[row.day - row.since]
        courses[place] = {concept: _told(states, concept, row, infusion, gap) for concept in sorted(row.present)}
        for concept in row.over & states.keys():
            states[concept].ended = True
    return courses


def _told(states: dict[str, _State], concept: str, row: Told, infusion: int | None, gap: int) -> Course:
    """Takes a symptom of a row into its state; its course until then."""
    severe = concept in row.severe
    state = states.setdefault(concept, _State(row.day, infusion, row.day, row.day, row.rank, severe))
    new = state.ended or row.day - state.last > gap
    if new:
        state.episodes += 1
        state.start, state.ended = row.day, False
    worse = not new and (row.rank > state.rank or (severe and not state.severe))
    state.last, state.rank, state.severe = row.day, row.rank, severe
    return Course(state.first, row.day - state.start, state.episodes, worse, state.first_after)


def _infusions(rows: Sequence[Told]) -> dict[int, int]:
    """The day of each infusion that rows count from; those that can be one course are taken as its first."""
    course: dict[int, int] = {}
    first = None
    for day in sorted({row.day - row.since for row in rows if row.since is not None}):
        first = first if first is not None and day - first <= _ONE_COURSE else day
        course[day] = first
    return course
