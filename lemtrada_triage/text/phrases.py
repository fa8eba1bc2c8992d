"""Finds the vocabulary's phrases in one pass over the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lemtrada_triage.text.lexicon import Meaning, Node
from lemtrada_triage.text.words import SPACE, STOP, Word, Words

Places = tuple[int, ...]
# A phrase in the text: what it can mean, and the places of its words (fillers between them left out).
Hit = tuple[Meaning, Places]
Edges = Mapping[str, Node]
_Open = tuple[Edges, Places]


@dataclass(slots=True, eq=False)
class Hits:
    """All phrases of a text, with the roles and slots (see ``Meaning.bits``) that occur anywhere in it."""

    all: list[Hit]
    bits: int

    def having(self, role: int) -> list[Hit]:
        """The phrases with a role (see ``lexicon``)."""
        return [hit for hit in self.all if hit[0].roles & role] if self.bits & role else []


_LONGEST = 14


def find(words: Words) -> Hits:
    """All phrases that occur, in the order of their first word; words with no role of their own are left out."""
    hits: list[Hit] = []
    bits = 0
    items = words.items
    onward = zip(items, [*items[1:], _END], [*words.gap[1:], STOP], strict=False)
    for place, (word, following, gap) in enumerate(onward):
        bits |= word.bits
        if word.meaning is not None:
            hits.append((word.meaning, (place,)))
        edges = word.edges
        if gap == SPACE and (
            following.key in edges
            or (following.has_form and following.stem in edges)
            or (following.filler and edges and _beyond(words, place + 2, edges))
        ):
            first = len(hits)
            _follow(words, edges, place, hits)
            for meaning, _ in hits[first:]:
                bits |= meaning.bits
    return Hits(hits, bits)


_END = Word("", "", "", False, 1.0, True, False, None, None, 0, {}, None, ())


def _beyond(words: Words, place: int, edges: Edges) -> bool:
    """Whether a phrase goes on at a place, or behind more fillers there."""
    items, gap = words.items, words.gap
    for later in range(place, len(items)):
        word = items[later]
        if gap[later] != SPACE:
            return False
        if word.key in edges or word.stem in edges:
            return True
        if not word.filler:
            return False
    return False


def _follow(words: Words, edges: Edges, place: int, hits: list[Hit]) -> None:
    """Walks on from the first word; a filler word may be part of the phrase or be skipped."""
    items, gap = words.items, words.gap
    places: Places = (place,)
    for later in range(place + 1, min(place + _LONGEST, len(items))):
        if gap[later] != SPACE:
            return
        word = items[later]
        after = edges.get(word.key) or edges.get(word.stem)
        if word.filler:
            if after is None:
                continue
            return _branch(words, [(edges, places)], later, hits)
        if after is None:
            return
        places = (*places, later)
        if after.meaning is not None:
            hits.append((after.meaning, places))
        edges = after.edges
        if not edges:
            return


def _branch(words: Words, active: list[_Open], place: int, hits: list[Hit]) -> None:
    """Walks on where more than one reading is open."""
    items, gap = words.items, words.gap
    for later in range(place, min(place + _LONGEST, len(items))):
        if gap[later] != SPACE:
            return
        word = items[later]
        onward: list[_Open] = [*active] if word.filler else []
        for edges, places in active:
            after = edges.get(word.key) or edges.get(word.stem)
            if after is not None:
                trail = (*places, later)
                if after.meaning is not None:
                    hits.append((after.meaning, trail))
                if after.edges:
                    onward.append((after.edges, trail))
        active = onward
        if not active:
            return
