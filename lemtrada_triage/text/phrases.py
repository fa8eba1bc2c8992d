"""Finds the vocabulary's phrases in one pass over the words."""

from __future__ import annotations

from typing import NamedTuple

from lemtrada_triage.text.lexicon import Meaning, Node
from lemtrada_triage.text.words import SPACE, Word, Words

Places = tuple[int, ...]
# A phrase in the text: what it can mean, and the places of its words (fillers between them left out).
Hit = tuple[Meaning, Places]
_Open = tuple[Node, Places]


class Hits(NamedTuple):
    """All phrases of a text, with the roles and slots that occur anywhere in it."""

    all: list[Hit]
    roles: int
    mask: int

    def having(self, role: int) -> list[Hit]:
        """The phrases with a role (see ``lexicon``)."""
        return [hit for hit in self.all if hit[0].roles & role] if self.roles & role else []


_LONGEST = 14


def find(words: Words) -> Hits:
    """All phrases that occur, in the order of their first word; words with no role of their own are left out."""
    hits: list[Hit] = []
    roles = mask = 0
    items, gap = words.items, words.gap
    last = len(items) - 1
    for place, word in enumerate(items):
        roles |= word.roles
        mask |= word.mask
        for meaning in word.alone:
            hits.append((meaning, (place,)))
        if word.opens and place < last and gap[place + 1] == SPACE:
            following = items[place + 1]
            beyond = items[place + 2] if following.filler and place + 2 <= last else following
            for node in word.opens:
                edges = node.edges
                if (
                    following.stem in edges
                    or following.exact in edges
                    or (following.filler and (beyond.stem in edges or beyond.exact in edges or beyond.filler))
                ):
                    _follow(words, node, place, hits)
    for meaning, places in hits:
        if len(places) > 1:
            roles |= meaning.roles
            mask |= meaning.mask
    return Hits(hits, roles, mask)


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
        if node.meaning is not None:
            hits.append((node.meaning, places))
        if not node.edges:
            return


def _branch(words: Words, active: list[_Open], place: int, hits: list[Hit]) -> None:
    """Walks on where more than one reading is open."""
    for later in range(place, min(place + _LONGEST, len(words.items))):
        if words.gap[later] != SPACE:
            return
        active = _advance(active, words.items[later], later, hits)
        if not active:
            return


def _advance(active: list[_Open], word: Word, place: int, hits: list[Hit]) -> list[_Open]:
    onward: list[_Open] = []
    for node, places in active:
        edges = node.edges
        for key in (word.stem, word.exact):
            if key in edges:
                after, trail = edges[key], (*places, place)
                if after.meaning is not None:
                    hits.append((after.meaning, trail))
                if after.edges:
                    onward.append((after, trail))
        if word.filler:
            onward.append((node, places))
    return onward
