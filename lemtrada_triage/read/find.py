"""Finds what the words of a text make together: phrases, frames, cues, and which have the words that several want.

A phrase is a term of the vocabulary; a frame is slots that meet in one clause, such as a body part and a sensation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import Final, NamedTuple

from lemtrada_triage.lexicon.meaning import (
    BODY,
    CLAUSE,
    EVERYTHING,
    NO_EDGES,
    SPACE,
    STOP,
    TAIL,
    Edges,
    Frame,
    Meanings,
    Word,
)
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import MatchKind
from lemtrada_triage.read.kinds import FALSE, MANNER, WEIGHED, WITHIN
from lemtrada_triage.read.message import CueHit, Draft, Hit, Measured, Places
from lemtrada_triage.read.words import Words, clauses


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
LONGEST: Final = 20


def find(words: Words, meanings: Meanings) -> Hits:
    """All phrases that occur, in the order of their first word; words with no role of their own are left out.

    ``meanings`` are those of the lexicon.
    """
    hits: list[Hit] = []
    bits, slots = words.bits, 0
    items, gaps = words.items, [*words.gap, STOP]  # the last one saves asking where the text ends
    edges: Edges = NO_EDGES  # those of the word before
    for place, word in enumerate(items):
        if (
            edges
            and gaps[place] == SPACE
            and (word.filler or word.key in edges or (word.has_form and word.stem in edges))
        ):
            _walk(items, gaps, edges, (place - 1,), place, meanings, hits, None)
        if (meant := word.meaning) is not None:
            hits.append((meant, (place,)))
        if word.slots:
            slots |= word.slots
        edges = word.edges
    for meaning, taken in hits:
        if len(taken) > 1:
            bits |= meaning.roles
            slots |= meaning.bits
    return Hits(hits, bits, slots)


def _walk(
    items: list[Word],
    gaps: list[int],
    edges: Edges,
    places: Places,
    start: int,
    meanings: Meanings,
    hits: list[Hit],
    seen: set[tuple[int, int]] | None,
) -> None:
    """Walks on in the trie from the word at ``start``, and adds the phrases that end on the way.

    ``places`` are the words walked so far. A filler may be part of the phrase or be skipped; of the ways to the same
    node and word (``seen``, where there is more than one way) the first is gone, which takes the nearest words.
    """
    limit = places[0] + LONGEST
    while start < limit and gaps[start] == SPACE:
        word = items[start]
        step = edges.get(word.key)
        if step is None and word.has_form:
            step = edges.get(word.stem)
        start += 1
        if step is None:
            if not word.filler:
                return
            continue
        number: int = step[0]
        after: Edges | None = step[1]
        taken = places + (start - 1,)  # noqa: RUF005 - half as quick with a star
        if number >= 0:
            hits.append((meanings[number], taken))
        if word.filler:
            if after:
                seen = set() if seen is None else seen
                if (id(after), start) not in seen:
                    seen.add((id(after), start))
                    _walk(items, gaps, after, taken, start, meanings, hits, seen)
            continue
        if not after or (seen is not None and (id(after), start) in seen):
            return
        if seen is not None:
            seen.add((id(after), start))
        edges, places = after, taken


_RANK: Final = attrgetter("rank")
_IN_TEXT_ORDER: Final = attrgetter("places", "concept")
# So many options on either side of a phrase are looked at.
_LOOK: Final = 4
# More frames than anybody's message holds: of a log that repeats itself each word is read once for each concept.
_MANY: Final = 1000


def possible_frames(hits: Hits) -> list[Frame]:
    """The frames all of whose slots are filled somewhere in a text, in a fixed order."""
    filled = hits.slots
    anchoring = {meaning for meaning, _ in hits.all if meaning.frames}
    possible = [frame for meaning in anchoring for needed, frame in meaning.frames if needed & filled == needed]
    return sorted(set(possible), key=_RANK)


def find_frames(frames: list[Frame], hits: Hits, words: Words, sayings: frozenset[int]) -> list[Draft]:
    """Those of some frames that hold in one clause; in the words of everyday sayings no body is meant."""
    slots = _by_slot(frames, hits, words, sayings)
    parted = {places[0]: places[-1] + 1 for _, places in hits.having(CLAUSE)}
    counted = list(accumulate([not word.filler for word in words.items], initial=0))
    room = _Room(clauses(words, parted), counted)
    found: list[Draft] = []
    tight: dict[str, set[int]] = {}
    for frame in frames:
        taken = tight.setdefault(frame.concept, set())
        held = _ordered(frame, slots, room, taken) if frame.ordered else _near(frame, slots, room, taken)
        new = [item for item in held if not frame.bare or _is_bare(item.places[-1] + 1, slots[TAIL], words)]
        found += new
        if len(found) >= _MANY:
            # What shares a word with a frame whose words stand side by side would be left out at the end.
            tight_ones = [item.places for item in new if item.places[-1] - item.places[0] < len(item.places)]
            taken.update([place for places in tight_ones for place in places])
    return found if len(found) < _MANY else _apart(found)


def _apart(found: list[Draft]) -> list[Draft]:
    """Frames of which no two of one concept share a word: those that lie closest together."""
    taken: set[tuple[str, int]] = set()
    kept = []
    for item in sorted(found, key=_spread):
        wanted = [(item.concept, place) for place in item.places]
        if taken.isdisjoint(wanted):
            taken.update(wanted)
            kept.append(item)
    return kept


def _spread(item: Draft) -> tuple[int, int]:
    return item.places[-1] - item.places[0], -len(item.places)


def _is_bare(place: int, tails: list[Places], words: Words) -> bool:
    """Whether a clause ends before a word, or goes on with no more than words such as "at all" or "since"."""
    if place >= len(words.items) or words.gap[place] != SPACE or "&" in words.before(place):
        return True
    at = bisect_left(tails, (place,))
    return at < len(tails) and tails[at][0] == place


class _Room(NamedTuple):
    """The clause of each word, and how many words before it are no fillers, so that a distance is one subtraction."""

    clause: list[int]
    counted: list[int]


def _by_slot(frames: list[Frame], hits: Hits, words: Words, sayings: frozenset[int]) -> dict[str, list[Places]]:
    """What fills each slot of some frames, in text order."""
    slots: dict[str, list[Places]] = {slot: [] for frame in frames for slot in frame.slots}
    if any(frame.bare for frame in frames):
        slots[TAIL] = []
    names = frozenset(slots)
    for meaning, places in hits.all:
        if not meaning.slots or (sayings and meaning.roles & BODY and sayings.issuperset(places)):
            continue
        for slot in names & meaning.slots:
            slots[slot].append(places)
    for place, word in enumerate(words.items):
        if word.passive is not None:
            for slot in names & word.passive.slots:
                slots[slot].append((place,))
    for options in slots.values():
        options.sort()
    return slots


def _near(frame: Frame, slots: dict[str, list[Places]], room: _Room, taken: set[int]) -> list[Draft]:
    found: list[Draft] = []
    for head in slots[frame.slots[-1]]:
        if head[0] in taken:
            continue
        chosen: list[Places] = [head]
        used = set(head)
        for slot in frame.slots[:-1]:
            nearest = _nearest(slots[slot], chosen, used, room, frame.within)
            if nearest is None:
                break
            chosen.append(nearest)
            used.update(nearest)
        else:
            found.append(Draft(frame.concept, match=MatchKind.FRAME, places=tuple(sorted(used)), head=head))
    return found


def _nearest(options: list[Places], chosen: list[Places], used: set[int], room: _Room, within: int) -> Places | None:
    """The option nearest to what is chosen in the clause of its head, apart from the words already used."""
    head, clause, counted = chosen[0], room.clause, room.counted
    if len(options) > 2 * _LOOK:
        at = bisect_left(options, head)
        options = options[max(at - _LOOK, 0) : at + _LOOK]
    best: Places | None = None
    for option in options:
        distance = len(counted)
        for other in chosen:  # how many words that count lie between; none where the two interleave
            first, second = (other, option) if option[0] > other[0] else (option, other)
            distance = min(distance, max(counted[second[0]] - counted[first[-1] + 1], 0))
        closer = distance < within or (distance == within and (best is None or len(option) > len(best)))
        if closer and clause[option[0]] == clause[head[0]] and used.isdisjoint(option):
            best, within = option, distance
    return best


def _ordered(frame: Frame, slots: dict[str, list[Places]], room: _Room, taken: set[int]) -> list[Draft]:
    clause, counted, within = room.clause, room.counted, frame.within
    others = [slots[slot] for slot in frame.slots[1:]]
    found: list[Draft] = []
    for first in slots[frame.slots[0]]:
        if first[0] in taken:
            continue
        chosen = last = first
        for options in others:
            # The next option behind a phrase in its clause, the longest of those that begin there.
            behind = last[-1] + 1
            at = bisect_left(options, (behind,))
            if at == len(options):
                break
            start = options[at][0]
            if counted[start] - counted[behind] > within or clause[start] != clause[last[0]]:
                break
            last = options[at]
            if at + 1 < len(options) and options[at + 1][0] == start:
                last = max([other for other in options[at : at + _LOOK] if other[0] == start], key=len)
            chosen += last
        else:
            found.append(Draft(frame.concept, match=MatchKind.FRAME, places=chosen, head=last))
    return found


COVERS, COVERS_WORDS, COVERS_KIN, BLOCKS = range(4)
_NOTHING: dict[str, list[Cover]] = {}


@dataclass(slots=True, eq=False)
class Cover:
    """Words that are taken by a mention of a concept (``item``), or by a look-alike that forbids one."""

    places: frozenset[int]
    concept: str
    how: int
    item: Draft | None = None


# What lies over each word, by concept: of most concepts nothing can beat a mention, however much of it there is.
Covers = dict[int, dict[str, list[Cover]]]


def settle(
    words: Words, found: list[Draft], blocking: list[Hit], measured: list[Measured], vocabulary: Vocabulary
) -> list[Draft]:
    """Without what a look-alike, a normal value or a larger mention covers, in text order, each once."""
    wanted = [place for item in found for place in item.places]
    taken = set(wanted)
    if blocking:
        blocking = [hit for hit in blocking if not taken.isdisjoint(hit[1])]
    if not blocking and not measured and len(wanted) == len(taken):
        return sorted(found, key=_IN_TEXT_ORDER)
    unique = {(item.concept, item.places): item for item in reversed(found)}
    forbidden = [(concept, places) for meaning, places in blocking for concept in meaning.blocks]
    normal = [value for value in measured if value.concept is None]
    forbidden += [(band.concept, value.places) for value in normal for band in value.measure.bands]
    blocks: Covers = {}
    for concept, places in forbidden:
        for place in places:
            cover = Cover(frozenset(places), concept, BLOCKS)
            blocks.setdefault(place, {}).setdefault(concept, []).append(cover)
    items = [
        item
        for item in unique.values()
        if not blocks or item.match is MatchKind.MEASUREMENT or not _covered(item, blocks, vocabulary)
    ]
    covers: Covers = {}
    for item in items:
        # A phrase may take all words from others, a frame single ones, and one with a comma only those of its kin.
        how = COVERS_WORDS if item.match is MatchKind.FRAME else COVERS
        if any(words.gap[item.places[0] + 1 : item.places[-1] + 1]):
            how = COVERS_KIN
        cover = Cover(frozenset(item.places), item.concept, how, item)
        for place in item.places:
            covers.setdefault(place, {}).setdefault(item.concept, []).append(cover)
    return sorted([item for item in items if not _covered(item, covers, vocabulary)], key=_IN_TEXT_ORDER)


def _covered(item: Draft, covers: Covers, vocabulary: Vocabulary) -> bool:
    """Whether something beats a mention: only kin does unless it takes all words, and so the first one, too."""
    own, first, lineage = frozenset(item.places), item.places[0], vocabulary.concepts[item.concept].lineage
    for place in item.places:
        for concept, lying in covers.get(place, _NOTHING).items():
            everything = concept == EVERYTHING
            kin = not everything and (concept in lineage or item.concept in vocabulary.concepts[concept].lineage)
            if place == first or kin:
                for cover in lying:
                    if cover.item is not item and _beats(cover, item, own, kin, vocabulary):
                        return True
    return False


def _beats(cover: Cover, item: Draft, own: frozenset[int], kin: bool, vocabulary: Vocabulary) -> bool:
    """Whether what lies over a mention (``kin``: one of the two is a kind of the other) takes its place.

    A look-alike beats its own concept and that one's kin; it need only touch a frame of its own concept
    ("a chest of drawers ... heavy").
    A finer concept beats what it is a kind of, unless that one has more of the words. A larger mention beats what lies
    wholly inside; if it is spread out (a frame, or one with a comma) only single words: "neck veins and throat are
    swollen" is both; nor does it take a finer one ("not breathing, is this normal"). An emergency sign
    is beaten by its kin alone.
    """
    inside, lineage = own <= cover.places, vocabulary.concepts[item.concept].lineage
    if cover.how == BLOCKS:
        if inside:
            return kin or cover.concept == EVERYTHING
        return item.match is MatchKind.FRAME and cover.concept in lineage
    if cover.concept != item.concept and item.concept in vocabulary.concepts[cover.concept].lineage:
        return not cover.places < own
    if not inside or own == cover.places:
        return False
    if kin:
        return cover.concept not in lineage[1:] or cover.how == COVERS
    spared = vocabulary.concepts[item.concept].always_counts
    return not spared and (cover.how == COVERS or (cover.how == COVERS_WORDS and len(own) == 1))


def find_cues(hits: Iterable[Hit], taken: frozenset[int], given: bool = False) -> list[CueHit]:
    """The cues of a text, in text order; no word of a mention (``taken``) can be one ("can't speak").

    Of cues of one group that share words the longest stands, of two equal ones that which says that there is none;
    pseudo cues only cover. ``given``: the mention is a caller's span, which may hold a cue in part ("no DEFINITE SIGN
    OF ...") or be a diagnosis.
    """
    cues = [
        CueHit(cue, places, places[0], places[-1], 2 * len(places) + (cue.kind in FALSE))
        for meaning, places in hits
        for cue in meaning.cues
        if cue.kind in WITHIN
        or taken.isdisjoint(places)
        or (given and (cue.kind == "background" or not taken.issuperset(places)))
    ]
    every = [place for hit in cues for place in hit.places]
    for group in (WEIGHED, MANNER) if len(every) != len(set(every)) else ():
        heaviest: dict[int, int] = {}
        for hit in cues:
            if hit.cue.kind in group:
                for place in hit.places:
                    heaviest[place] = max(heaviest.get(place, 0), hit.weight)
        cues = [
            hit
            for hit in cues
            if hit.cue.kind not in group or max([heaviest[place] for place in hit.places]) <= hit.weight
        ]
    return [hit for hit in cues if hit.cue.kind not in FALSE]
