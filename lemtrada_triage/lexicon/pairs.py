"""The table of ``vocab/table.yaml``: pairs of closed classes (part x state, ability x failure) as frames.

Each class is a slot of its own name, so that frames written by hand may name it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lemtrada_triage.lexicon.vocabulary import AbilityEntry, FailureEntry, FrameEntry, SlotEntry, StateEntry, TableEntry

# Slots that the frames of a table need: how people and how parts fail; words such as "in" and "down"; and "anything".
FAILS, PART_FAILS, PLACE, ANYTHING = "any_failure", "part_fails", "in_part", "ability_any"
_CLOSE, _NEXT, _AROUND = 3, 1, 2


@dataclass(frozen=True, slots=True)
class Classes:
    """The closed classes that a table's rows may name, beside the parts, which are slots."""

    states: Mapping[str, StateEntry]
    abilities: Mapping[str, AbilityEntry]
    failures: Mapping[str, FailureEntry]

    def slots(self) -> dict[str, SlotEntry]:
        """The slot of each class."""
        named: dict[str, StateEntry | AbilityEntry | FailureEntry] = {**self.states, **self.abilities, **self.failures}
        return {name: SlotEntry(words=entry.words) for name, entry in named.items()}


def rows(table: TableEntry) -> Iterator[tuple[str, str, str, str]]:
    """Every pair of a table: its kind, the row's name, the column's, and the concept."""
    for kind in ("states", "abilities", "uses"):
        for row, columns in getattr(table, kind).items():
            yield from ((kind, row, column, concept) for column, concept in columns.items())


def frames_of(table: TableEntry, classes: Classes) -> Iterator[tuple[str, FrameEntry]]:
    """The frames of every pair, each with its concept."""
    makers = {"states": _state, "abilities": _ability, "uses": _use}
    for kind, row, column, concept in rows(table):
        yield from ((concept, frame) for frame in makers[kind](classes, row, column))


def _state(classes: Classes, state: str, part: str) -> Iterator[FrameEntry]:
    """ "My arm is numb", "a numb arm", "numbness in my arm"."""
    near = classes.states[state].near
    if near is not None:
        yield FrameEntry(near=(part, state), within=near)
        return
    yield FrameEntry(seq=(part, state), within=_CLOSE)
    yield FrameEntry(seq=(state, part), within=_NEXT)
    yield FrameEntry(seq=(state, PLACE, part), within=_AROUND)


def _ability(classes: Classes, ability: str, failure: str) -> Iterator[FrameEntry]:
    """ "I can't see", "can't see anything"."""
    bare = classes.abilities[ability].bare
    yield FrameEntry(seq=(failure, ability), within=_NEXT, bare=bare)
    if bare:
        yield FrameEntry(seq=(failure, ability, ANYTHING), within=_NEXT, bare=True)


def _use(classes: Classes, ability: str, part: str) -> Iterator[FrameEntry]:
    """ "I can't move my arm", "my arm won't move"."""
    yield FrameEntry(seq=(FAILS, ability, part), within=_AROUND)
    yield FrameEntry(seq=(part, PART_FAILS, ability), within=_NEXT)
