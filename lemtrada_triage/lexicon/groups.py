"""Word groups: ``<paper> says`` in a term stands for one term with each word of the group ``paper``.

How many wordings groups and slots stand for is counted before they are written out: that could take all memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import product
from math import prod

from lemtrada_triage.lexicon.vocabulary import SlotEntry

Groups = Mapping[str, tuple[str, ...]]
_NAMED = re.compile(r"<([^<>]*)>")


def named_groups(term: str) -> list[str]:
    """The names of the groups in a term."""
    return _NAMED.findall(term)


def half_named(term: str) -> bool:
    """Whether a term has a "<" or ">" that belongs to no name."""
    return not {"<", ">"}.isdisjoint(_NAMED.sub("", term))


def wordings(term: str, groups: Groups) -> int:
    """How many wordings a term stands for."""
    return prod(len(groups.get(name, ())) for name in named_groups(term)) if "<" in term else 1


class SlotSizes:
    """How many words and slots each slot holds with all that it includes, and which slots include each other."""

    def __init__(self, slots: Mapping[str, SlotEntry]) -> None:
        self._circle: list[str] = []
        self._sizes: dict[str, int] = {}
        graph = {name: [inner for inner in slot.includes if inner in slots] for name, slot in slots.items()}
        try:
            for name in TopologicalSorter(graph).static_order():
                # Each slot counts as one more: to walk through empty ones takes time as well.
                self._sizes[name] = 1 + len(slots[name].words) + sum(self._sizes[inner] for inner in graph[name])
        except CycleError as error:
            self._circle = list(reversed(error.args[1]))

    def circle(self, name: str) -> list[str]:
        """The slots of a circle that begins with this one; empty for any other."""
        return self._circle if self._circle[:1] == [name] else []

    def of(self, name: str) -> int:
        """The number of words and slots; 0 where a circle kept it from being counted."""
        return self._sizes.get(name, 0)


def expanded(terms: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """The terms with every group replaced by each of its words, in order, each term once."""
    return tuple(dict.fromkeys(whole for term in terms for whole in _expanded(term, groups)))


def _expanded(term: str, groups: Groups) -> Iterable[str]:
    pieces = _NAMED.split(term)  # plain text and names take turns
    if len(pieces) == 1:
        return (term,)
    options = [groups[piece] if place % 2 else (piece,) for place, piece in enumerate(pieces)]
    return ("".join(chosen) for chosen in product(*options))
