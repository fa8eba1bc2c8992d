"""Settles which mention has the words where several want them: look-alikes, larger mentions, kin."""

from __future__ import annotations

from dataclasses import dataclass

from lemtrada_triage.lexicon.meaning import EVERYTHING
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import MatchKind
from lemtrada_triage.read.measures import Measured
from lemtrada_triage.read.message import Found, Hit, Places
from lemtrada_triage.read.words import Words

COVERS, COVERS_WORDS, COVERS_KIN, BLOCKS = range(4)
_NOTHING: dict[str, list[Cover]] = {}


@dataclass(slots=True, eq=False)
class Cover:
    """Words that are taken by a mention of a concept (``item``), or by a look-alike that forbids one."""

    places: frozenset[int]
    concept: str
    how: int
    item: Found | None = None


# What lies over each word, by concept: of most concepts nothing can beat a mention, however much of it there is.
Covers = dict[int, dict[str, list[Cover]]]


def resolve(
    words: Words, found: list[Found], blocking: list[Hit], measured: list[Measured], vocabulary: Vocabulary
) -> list[Found]:
    """Without what a look-alike, a normal value or a larger mention covers, in text order, each once."""
    if not blocking and not measured:
        if len(found) == 1:
            return found
        wanted = [place for item in found for place in item.places]
        if len(wanted) == len(set(wanted)):
            return sorted(found, key=_in_text_order)
    unique = {(item.concept, item.places): item for item in reversed(found)}
    blocks: Covers = {}
    for meaning, places in blocking:
        for concept in meaning.blocks:
            _lay(blocks, Cover(frozenset(places), concept, BLOCKS))
    for value in measured:
        for band in value.measure.bands if value.concept is None else ():
            _lay(blocks, Cover(frozenset(value.places), band.concept, BLOCKS))
    items = [
        item
        for item in unique.values()
        if not blocks or item.match is MatchKind.MEASUREMENT or not _covered(item, blocks, vocabulary)
    ]
    covers: Covers = {}
    for item in items:
        _lay(covers, Cover(frozenset(item.places), item.concept, _covering(item, words), item))
    kept = [item for item in items if not _covered(item, covers, vocabulary)]
    return sorted(kept, key=_in_text_order) if len(kept) > 1 else kept


def _in_text_order(item: Found) -> tuple[Places, str]:
    return item.places, item.concept


def _covering(item: Found, words: Words) -> int:
    """How much a mention may take from others: a phrase all, a frame single words, one with a comma only its kin."""
    first, last = item.places[0], item.places[-1]
    if first != last and any(words.gap[first + 1 : last + 1]):
        return COVERS_KIN
    return COVERS_WORDS if item.match is MatchKind.FRAME else COVERS


def _lay(covers: Covers, cover: Cover) -> None:
    for place in cover.places:
        covers.setdefault(place, {}).setdefault(cover.concept, []).append(cover)


def _covered(item: Found, covers: Covers, vocabulary: Vocabulary) -> bool:
    """Whether something beats a mention: only kin does unless it takes all words, and so the first one, too."""
    own, first = frozenset(item.places), item.places[0]
    for place in item.places:
        for concept, lying in covers.get(place, _NOTHING).items():
            if place == first or (concept != EVERYTHING and _kin(concept, item.concept, vocabulary)):
                for cover in lying:
                    if cover.item is not item and _beats(cover, item, own, vocabulary):
                        return True
    return False


def _beats(cover: Cover, item: Found, own: frozenset[int], vocabulary: Vocabulary) -> bool:
    """Whether what lies over a mention, in whole or in part, takes its place.

    A look-alike beats its own concept and that one's kin; it need only touch a frame of its own concept
    ("a chest of drawers ... heavy").
    A finer concept beats what it is a kind of, unless that one has more of the words. A larger mention beats what lies
    wholly inside; if it is spread out (a frame, or one with a comma) only single words: "neck veins and throat are
    swollen" is both; nor does it take a finer one ("not breathing, is this normal"). An emergency sign
    is beaten by its kin alone.
    """
    inside = own <= cover.places
    if cover.how == BLOCKS:
        if cover.concept == EVERYTHING:
            return inside
        if inside:
            return _kin(cover.concept, item.concept, vocabulary)
        return item.match is MatchKind.FRAME and cover.concept in vocabulary.concepts[item.concept].lineage
    if cover.concept != item.concept and item.concept in vocabulary.concepts[cover.concept].lineage:
        return not cover.places < own
    if not inside or own == cover.places:
        return False
    if _kin(cover.concept, item.concept, vocabulary):
        coarser = cover.concept in vocabulary.concepts[item.concept].lineage[1:]
        return not coarser or cover.how == COVERS
    spared = vocabulary.concepts[item.concept].always_counts
    return not spared and (cover.how == COVERS or (cover.how == COVERS_WORDS and len(own) == 1))


def _kin(first: str, second: str, vocabulary: Vocabulary) -> bool:
    return first in vocabulary.concepts[second].lineage or second in vocabulary.concepts[first].lineage
