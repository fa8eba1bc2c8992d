"""Finds what the words of a text make together: the vocabulary's phrases, in one pass, and the frames that they fill.

A frame is slots that meet in one clause, such as a body part and a sensation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lemtrada_triage.lexicon.meaning import BODY, CLAUSE, NO_EDGES, SPACE, STOP, TAIL, Edges, Frame, Meanings, Word
from lemtrada_triage.model import MatchKind
from lemtrada_triage.read.message import Found, Hit, Places
from lemtrada_triage.read.words import Words


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


def find(words: Words, meanings: Meanings) -> Hits:
    """All phrases that occur, in the order of their first word; words with no role of their own are left out.

    ``meanings`` are those of the lexicon.
    """
    hits: list[Hit] = []
    bits = 0
    items, gaps = words.items, [*words.gap, STOP]  # the last one saves asking where the text ends
    edges: Edges = NO_EDGES  # those of the word before
    for place, (word, gap) in enumerate(zip(items, gaps, strict=False)):
        if gap == SPACE and edges:
            if word.filler:
                if word.key in edges or word.stem in edges or _beyond(items, gaps, edges, place + 1):
                    bits |= _walk(items, gaps, edges, (place - 1,), place, meanings, hits, set())
            else:
                step = edges.get(word.key)
                if step is None and word.has_form:
                    step = edges.get(word.stem)
                if step is not None:
                    number, after = step
                    places = (place - 1, place)
                    if number >= 0:
                        meaning = meanings[number]
                        hits.append((meaning, places))
                        bits |= meaning.bits
                    if after:
                        bits |= _walk(items, gaps, after, places, place + 1, meanings, hits, set())
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
    meanings: Meanings,
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
        step = edges.get(word.key)
        if step is None and word.has_form:
            step = edges.get(word.stem)
        if step is not None:
            number, after = step
            taken = (*places, later)
            if number >= 0:
                meaning = meanings[number]
                hits.append((meaning, taken))
                bits |= meaning.bits
            if after:
                bits |= _walk(items, gaps, after, taken, later + 1, meanings, hits, seen)
        if not word.filler:
            break
    return bits


# The kinds of single words that bound a scope, by word.
Marks = Mapping[str, frozenset[str]]
# So many options on either side of a phrase are looked at.
_LOOK = 4
# More frames than anybody's message holds: of a log that repeats itself each word is read once for each concept.
_MANY = 1000


def possible_frames(hits: Hits) -> list[Frame]:
    """The frames all of whose slots are filled somewhere in a text, in a fixed order."""
    bits = hits.bits
    anchoring = {meaning for meaning, _ in hits.all if meaning.frames}
    possible = [frame for meaning in anchoring for needed, frame in meaning.frames if needed & bits == needed]
    return sorted(set(possible), key=_rank) if len(possible) > 1 else possible


def find_frames(frames: list[Frame], hits: Hits, words: Words, sayings: frozenset[int], marks: Marks) -> list[Found]:
    """Those of some frames that hold in one clause; in the words of everyday sayings no body is meant."""
    slots = _by_slot(frames, hits, words, sayings)
    room = _Room(_clauses(words, hits, marks), _counted(words))
    found: list[Found] = []
    tight: dict[str, set[int]] = {}
    for frame in frames:
        taken = tight.setdefault(frame.concept, set())
        held = (_ordered if frame.ordered else _near)(frame, slots, room, taken)
        new = [item for item in held if not frame.bare or _is_bare(item.places[-1] + 1, slots[TAIL], words)]
        found += new
        if len(found) >= _MANY:
            # What shares a word with a frame whose words stand side by side would be left out at the end.
            taken.update([place for item in new if _is_tight(item) for place in item.places])
    return found if len(found) < _MANY else _apart(found)


def _apart(found: list[Found]) -> list[Found]:
    """Frames of which no two of one concept share a word: those that lie closest together."""
    taken: set[tuple[str, int]] = set()
    kept = []
    for item in sorted(found, key=_spread):
        wanted = [(item.concept, place) for place in item.places]
        if taken.isdisjoint(wanted):
            taken.update(wanted)
            kept.append(item)
    return kept


def _is_tight(item: Found) -> bool:
    return item.places[-1] - item.places[0] < len(item.places)


def _spread(item: Found) -> tuple[int, int]:
    return item.places[-1] - item.places[0], -len(item.places)


def _is_bare(place: int, tails: list[Places], words: Words) -> bool:
    """Whether a clause ends before a word, or goes on with no more than words such as "at all" or "since"."""
    if place >= len(words.items) or words.gap[place] != SPACE or "&" in words.before(place):
        return True
    at = bisect_left(tails, (place,))
    return at < len(tails) and tails[at][0] == place


@dataclass(slots=True, eq=False)
class _Room:
    """The clause of each word, and how many words before it are no fillers, so that a distance is one subtraction."""

    clause: list[int]
    counted: list[int]

    def between(self, first: Places, second: Places) -> int:
        """How many counted words lie between two phrases (0 when they interleave)."""
        counted = self.counted
        if first[0] > second[0]:
            between = counted[first[0]] - counted[second[-1] + 1]
        else:
            between = counted[second[0]] - counted[first[-1] + 1]
        return between if between > 0 else 0


def _rank(frame: Frame) -> int:
    return frame.rank


def _by_slot(frames: list[Frame], hits: Hits, words: Words, sayings: frozenset[int]) -> dict[str, list[Places]]:
    """What fills each slot of some frames, in text order."""
    slots: dict[str, list[Places]] = {slot: [] for frame in frames for slot in frame.slots}
    if any(frame.bare for frame in frames):
        slots[TAIL] = []
    names = frozenset(slots)
    for meaning, places in hits.all:
        filled = meaning.slots and names & meaning.slots
        if filled and not (sayings and meaning.roles & BODY and sayings.issuperset(places)):
            for slot in filled:
                slots[slot].append(places)
    for place, word in enumerate(words.items):
        if word.passive is not None:
            for slot in names & word.passive.slots:
                slots[slot].append((place,))
    for options in slots.values():
        if len(options) > 1:
            options.sort()
    return slots


def _clauses(words: Words, hits: Hits, marks: Marks) -> list[int]:
    """The clause of each word: sentences, parted at words such as "but", unless it goes on about the same thing."""
    parted = {places[0]: places[-1] + 1 for _, places in hits.having(CLAUSE)}
    sentence = words.sentence
    joined = {place for place in range(len(sentence)) if _joins(words, place, marks)}
    if not parted and not sentence[-1] and not joined:
        return sentence
    clause: list[int] = []
    number = 0
    for place, current in enumerate(sentence):
        if place in parted:
            number += not _same_subject(words, parted[place], marks)
        elif place in joined and _new_subject(words, place, marks, clause):
            number += 1
        elif place and current != sentence[place - 1]:
            number += not _same_thing(words, place, marks)
        clause.append(number)
    return clause


def _joins(words: Words, place: int, marks: Marks) -> bool:
    """Whether "and my" stands at a place."""
    return _marked(words, place, marks, "joins") and _marked(words, place + 1, marks, "possessive")


def _new_subject(words: Words, place: int, marks: Marks, clause: list[int]) -> bool:
    """Whether "and my" begins a second thing with its own verb: "my arm is tanned and my tooth is numb"."""
    if not clause or not _has_verb(words, (place + 3, place + 4), marks):
        return False
    before = range(bisect_left(clause, clause[-1]), place)
    owned = any(_marked(words, earlier, marks, "possessive") for earlier in before)
    return owned and _has_verb(words, before, marks)


def _has_verb(words: Words, places: Iterable[int], marks: Marks) -> bool:
    return any(_marked(words, place, marks, kind) for place in places for kind in ("present_verb", "past_verb"))


def _same_subject(words: Words, place: int, marks: Marks) -> bool:
    """Whether "it", "they" or a verb follows: "my leg doesn't hurt but it is numb", "but couldn't lift it"."""
    return _same_thing(words, place, marks) or _marked(words, place, marks, "goes_on")


def _same_thing(words: Words, place: int, marks: Marks) -> bool:
    """Whether a sentence may go on about the thing of the one before: "My left arm feels odd. It won't move"."""
    return _marked(words, place, marks, "pronoun")


def _marked(words: Words, place: int, marks: Marks, kind: str) -> bool:
    return place < len(words.items) and kind in marks.get(words.items[place].exact, ())


def _counted(words: Words) -> list[int]:
    return list(accumulate([not word.filler for word in words.items], initial=0))


def _near(frame: Frame, slots: dict[str, list[Places]], room: _Room, taken: set[int]) -> Iterator[Found]:
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
            yield Found(frame.concept, tuple(sorted(used)), head, MatchKind.FRAME)


def _nearest(options: list[Places], chosen: list[Places], used: set[int], room: _Room, within: int) -> Places | None:
    """The option nearest to what is chosen in the clause of its head, apart from the words already used."""
    head, clause = chosen[0], room.clause
    if len(options) > 2 * _LOOK:
        at = bisect_left(options, head)
        options = options[max(at - _LOOK, 0) : at + _LOOK]
    best: Places | None = None
    for option in options:
        distance = room.between(option, head)
        for other in chosen[1:]:
            distance = min(distance, room.between(option, other))
        closer = distance < within or (distance == within and (best is None or len(option) > len(best)))
        if closer and clause[option[0]] == clause[head[0]] and used.isdisjoint(option):
            best, within = option, distance
    return best


def _ordered(frame: Frame, slots: dict[str, list[Places]], room: _Room, taken: set[int]) -> Iterator[Found]:
    clause, counted, within = room.clause, room.counted, frame.within
    firsts, *others = [slots[slot] for slot in frame.slots]
    for first in firsts:
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
            yield Found(frame.concept, chosen, last, MatchKind.FRAME)
