"""Finds the vocabulary's phrases in one pass over the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lemtrada_triage.text.lexicon import SPACE, STOP, Meaning, Node, Word
from lemtrada_triage.text.words import Words

Places = tuple[int, ...]
# A phrase in the text: what it can mean, and the places of its words (fillers between them left out).
Hit = tuple[Meaning, Places]
Edges = Mapping[str, Node]


@dataclass(slots=True, eq=False)
class Hits:
    """All phrases of a text, with the roles and slots (see ``Meaning.bits``) that occur anywhere in it."""

    all: list[Hit]
    bits: int

    def having(self, role: int) -> list[Hit]:
        """The phrases with a role (see ``lexicon``)."""
        return [hit for hit in self.all if hit[0].roles & role] if self.bits & role else []


# No more words than these can be one phrase, skipped fillers included.
LONGEST = 20


def find(words: Words) -> Hits:
    """All phrases that occur, in the order of their first word; words with no role of their own are left out."""
    hits: list[Hit] = []
    bits = 0
    items, gaps = words.items, [*words.gap, STOP]  # the last one saves asking where the text ends
    edges: Edges = {}  # those of the word before
    for place, (word, gap) in enumerate(zip(items, gaps, strict=False)):
        if gap == SPACE and edges:
            if word.filler:
                if word.key in edges or word.stem in edges or _beyond(items, gaps, edges, place + 1):
                    bits |= _walk(items, gaps, edges, (place - 1,), place, hits, set())
            elif word.key in edges or (word.has_form and word.stem in edges):
                after = edges[word.key if word.key in edges else word.stem]
                places = (place - 1, place)
                if after.meaning is not None:
                    hits.append((after.meaning, places))
                    bits |= after.meaning.bits
                if after.edges:
                    bits |= _walk(items, gaps, after.edges, places, place + 1, hits, set())
        bits |= word.bits
        if word.meaning is not None:
            hits.append((word.meaning, (place,)))
        edges = word.edges
    return Hits(hits, bits)


def _beyond(items: Sequence[Word], gaps: Sequence[int], edges: Edges, place: int) -> bool:
    """Whether a phrase goes on at a place, or behind more fillers there."""
    for later in range(place, place + LONGEST):
        if gaps[later] != SPACE:
            return False
        word = items[later]
        if word.key in edges or word.stem in edges:
            return True
        if not word.filler:
            return False
    return False


def _walk(
    items: Sequence[Word],
    gaps: Sequence[int],
    edges: Edges,
    places: Places,
    start: int,
    hits: list[Hit],
    seen: set[tuple[int, int]],
) -> int:
    """Walks on in the trie from the word at ``start``, and adds the phrases that end on the way.

    ``places`` are the words walked so far. A filler may be part of the phrase or be skipped; of the ways to the same
    node and word (``seen``) the first is gone, which takes the nearest words. Gives the bits of what it found.
    """
    bits = 0
    if (id(edges), start) in seen:
        return bits
    seen.add((id(edges), start))
    for later in range(start, places[0] + LONGEST):
        if gaps[later] != SPACE:
            break
        word = items[later]
        after = edges.get(word.key)
        if after is None and word.has_form:
            after = edges.get(word.stem)
        if after is not None:
            taken = (*places, later)
            if after.meaning is not None:
                hits.append((after.meaning, taken))
                bits |= after.meaning.bits
            if after.edges:
                bits |= _walk(items, gaps, after.edges, taken, later + 1, hits, seen)
        if not word.filler:
            break
    return bits
