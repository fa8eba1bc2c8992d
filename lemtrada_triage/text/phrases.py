"""Finds the vocabulary's phrases in one pass over the words."""

from __future__ import annotations

from lemtrada_triage.text.lexicon import Node
from lemtrada_triage.text.words import SPACE, Word, Words

Places = tuple[int, ...]
# A phrase in the text: its node in the trie, and the places of its words (fillers between them left out).
Hit = tuple[Node, Places]
_LONGEST = 14


def find(words: Words) -> list[Hit]:
    """All phrases that occur, in the order of their first word."""
    hits: list[Hit] = []
    items, gap = words.items, words.gap
    after = len(items)
    for place, word in enumerate(items):
        for node in word.starts:
            if node.ends:
                hits.append((node, (place,)))
            edges = node.edges
            if edges and place + 1 < after and gap[place + 1] == SPACE:
                following = items[place + 1]
                if following.stem in edges or following.exact in edges or following.filler:
                    _follow(words, node, place, hits)
    return hits


def _follow(words: Words, node: Node, place: int, hits: list[Hit]) -> None:
    """Walks on from the first word; a filler word may be part of the phrase or be skipped."""
    items, gap = words.items, words.gap
    places: Places = (place,)
    for later in range(place + 1, min(place + _LONGEST, len(items))):
        if gap[later] != SPACE:
            return
        word = items[later]
        stem, exact = node.edges.get(word.stem), node.edges.get(word.exact)
        if stem is None and exact is None:
            if word.filler:
                continue
            return
        if word.filler or (stem and exact):
            return _branch(words, [(node, places)], later, hits)
        node, places = stem or exact or node, (*places, later)
        if node.ends:
            hits.append((node, places))
        if not node.edges:
            return


def _branch(words: Words, active: list[Hit], place: int, hits: list[Hit]) -> None:
    """Walks on where more than one reading is open."""
    for later in range(place, min(place + _LONGEST, len(words.items))):
        if words.gap[later] != SPACE:
            return
        active = _advance(active, words.items[later], later, hits)
        if not active:
            return


def _advance(active: list[Hit], word: Word, place: int, hits: list[Hit]) -> list[Hit]:
    onward: list[Hit] = []
    for node, places in active:
        edges = node.edges
        for key in (word.stem, word.exact):
            if key in edges:
                after, trail = edges[key], (*places, place)
                if after.ends:
                    hits.append((after, trail))
                if after.edges:
                    onward.append((after, trail))
        if word.filler:
            onward.append((node, places))
    return onward
