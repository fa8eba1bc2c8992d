"""Finds the vocabulary's phrases in one pass over the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lemtrada_triage.text.lexicon import NO_EDGES, SPACE, STOP, Edges, Meaning, Meanings, Word
from lemtrada_triage.text.words import Words

Places = tuple[int, ...]
# A phrase in the text: what it can mean, and the places of its words (fillers between them left out).
Hit = tuple[Meaning, Places]


@dataclass(slots=True, eq=False)
class Hits:
    """All phrases of a text, with the roles that occur anywhere in it, and the bits of slots (see ``Meaning``)."""

    all: list[Hit]
    bits: int
    slots: int

    def having(self, role: int) -> list[Hit]:
        """The phrases with a role (see ``lexicon``)."""
        return [hit for hit in self.all if hit[0].roles & role] if self.bits & role else []


# No more words than these can be one phrase, skipped fillers included.
LONGEST = 20


def find(words: Words, meanings: Meanings) -> Hits:
    """All phrases that occur, in the order of their first word; words with no role of their own are left out.

    ``meanings`` are those of the lexicon.
    """
    hits: list[Hit] = []
    bits, slots = words.bits, 0
    items, gaps = words.items, [*words.gap, STOP]  # the last one saves asking where the text ends
    edges: Edges = NO_EDGES  # those of the word before
    for place, word in enumerate(items):
        if edges and gaps[place] == SPACE:
            if word.filler:
                if word.key in edges or word.stem in edges or _beyond(items, gaps, edges, place + 1):
                    _walk(items, gaps, edges, (place - 1,), place, meanings, hits, set())
            else:
                step = edges.get(word.key)
                if step is None and word.has_form:
                    step = edges.get(word.stem)
                if step is not None:
                    number, after = step
                    places = (place - 1, place)
                    if number >= 0:
                        hits.append((meanings[number], places))
                    if after:
                        _walk(items, gaps, after, places, place + 1, meanings, hits, set())
        if (meant := word.meaning) is not None:
            hits.append((meant, (place,)))
        slots |= word.slots
        edges = word.edges
    for meaning, places in hits:
        if len(places) > 1:
            bits |= meaning.roles
            slots |= meaning.bits
    return Hits(hits, bits, slots)


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
    meanings: Meanings,
    hits: list[Hit],
    seen: set[tuple[int, int]],
) -> None:
    """Walks on in the trie from the word at ``start``, and adds the phrases that end on the way.

    ``places`` are the words walked so far. A filler may be part of the phrase or be skipped; of the ways to the same
    node and word (``seen``) the first is gone, which takes the nearest words.
    """
    if (id(edges), start) in seen:
        return
    seen.add((id(edges), start))
    for later in range(start, places[0] + LONGEST):
        if gaps[later] != SPACE:
            break
        word = items[later]
        step = edges.get(word.key)
        if step is None and word.has_form:
            step = edges.get(word.stem)
        if step is not None:
            number, after = step
            taken = (*places, later)
            if number >= 0:
                hits.append((meanings[number], taken))
            if after:
                _walk(items, gaps, after, taken, later + 1, meanings, hits, seen)
        if not word.filler:
            break
