"""Finds frames: slots that meet in one sentence, such as a body part and a sensation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from lemtrada_triage.text.lexicon import ANCHOR, BODY, CLAUSE, Frame
from lemtrada_triage.text.phrases import Hit, Hits, Places
from lemtrada_triage.text.words import Words

_PRONOUNS = frozenset({"=it", "=its", "=they"})


class Framed(NamedTuple):
    """A frame that held: its concept, the places of all its words, and those of its head."""

    concept: str
    places: Places
    head: Places


def find_frames(hits: Hits, words: Words, sayings: frozenset[int]) -> list[Framed]:
    """Every frame that holds in one clause; ``sayings``: the words of everyday sayings, in which no body is meant."""
    mask = hits.mask
    anchors = hits.having(ANCHOR)
    possible = [frame for meaning, _ in anchors for frame in meaning.frames if frame.mask & mask == frame.mask]
    if not possible:
        return []
    fillers = _fillers(hits, words, possible)
    if sayings:
        fillers = [hit for hit in fillers if not (hit[0].roles & BODY and sayings.issuperset(hit[1]))]
    counted = _counted(words)
    found: list[Framed] = []
    for inside in _by_clause(fillers, _clauses(words, hits)).values():
        frames = _held(inside)
        if frames:
            found += _in_clause(frames, _by_slot(frames, inside), counted)
    return found


def _fillers(hits: Hits, words: Words, frames: list[Frame]) -> list[Hit]:
    """The phrases and words that can fill a slot of some frames, in text order."""
    wanted = 0
    for frame in frames:
        wanted |= frame.mask
    fillers = [hit for hit in hits.all if hit[0].mask & wanted]
    fillers += [
        (meaning, (place,)) for place, word in enumerate(words.items) if word.mask & wanted for meaning in word.passive
    ]
    return sorted(fillers, key=_by_place)


def _clauses(words: Words, hits: Hits) -> list[int]:
    """The clause of each word: sentences, parted at words such as "but", unless it goes on about the same thing."""
    starts = {places[0] for _, places in hits.having(CLAUSE) if not _same_subject(words, places[-1] + 1)}
    if not starts:
        return words.sentence
    clause, number, sentence = [], 0, 0
    for place, current in enumerate(words.sentence):
        number += place in starts or current != sentence
        sentence = current
        clause.append(number)
    return clause


def _same_subject(words: Words, place: int) -> bool:
    """Whether "it" or "they" follows: "my leg doesn't hurt but it is numb"."""
    return place < len(words.items) and words.items[place].exact in _PRONOUNS


def _by_clause(hits: list[Hit], clause: list[int]) -> dict[int, list[Hit]]:
    clauses: dict[int, list[Hit]] = {}
    for hit in hits:
        clauses.setdefault(clause[hit[1][0]], []).append(hit)
    return clauses


def _held(hits: list[Hit]) -> set[Frame]:
    """The frames all of whose slots are filled in a clause."""
    mask = 0
    for meaning, _ in hits:
        mask |= meaning.mask
    return {frame for meaning, _ in hits for frame in meaning.frames if frame.mask & mask == frame.mask}


def _by_place(hit: Hit) -> Places:
    return hit[1]


def _by_slot(frames: set[Frame], hits: list[Hit]) -> dict[str, list[Places]]:
    """What fills each slot of some frames in one clause, in text order."""
    slots: dict[str, list[Places]] = {slot: [] for frame in frames for slot in frame.slots}
    for meaning, places in hits:
        for slot in meaning.slots:
            if slot in slots:
                slots[slot].append(places)
    return slots


def _in_clause(frames: set[Frame], slots: dict[str, list[Places]], counted: list[int]) -> Iterator[Framed]:
    for frame in sorted(frames):
        yield from (_ordered if frame.ordered else _near)(frame, slots, counted)


def _counted(words: Words) -> list[int]:
    """Running count of the words that are not fillers, so that a distance is one subtraction."""
    total, running = 0, [0]
    for word in words.items:
        total += not word.filler
        running.append(total)
    return running


def _between(first: Places, second: Places, counted: list[int]) -> int:
    """How many counted words lie between two phrases (0 when they interleave)."""
    if first[0] > second[0]:
        first, second = second, first
    return max(counted[second[0]] - counted[first[-1] + 1], 0)


def _near(frame: Frame, slots: dict[str, list[Places]], counted: list[int]) -> Iterator[Framed]:
    for head in slots[frame.slots[-1]]:
        chosen: list[Places] = [head]
        for slot in frame.slots[:-1]:
            nearest = _nearest(slots[slot], chosen, counted, frame.within)
            if nearest is None:
                break
            chosen.append(nearest)
        else:
            yield _framed(frame, chosen, head)


def _nearest(options: list[Places], chosen: list[Places], counted: list[int], within: int) -> Places | None:
    """The option nearest to the head, apart from the words already used."""
    head = chosen[0]
    at = bisect_left(options, head)
    used = {place for places in chosen for place in places}
    best: tuple[int, int, Places] | None = None
    for option in options[max(at - 4, 0) : at + 4]:
        if used.isdisjoint(option):
            distance = min(_between(option, other, counted) for other in chosen)
            if distance <= within and (best is None or (distance, -len(option)) < best[:2]):
                best = (distance, -len(option), option)
    return best[2] if best else None


def _ordered(frame: Frame, slots: dict[str, list[Places]], counted: list[int]) -> Iterator[Framed]:
    for first in slots[frame.slots[0]]:
        chosen = [first]
        for slot in frame.slots[1:]:
            following = _following(slots[slot], chosen[-1], counted, frame.within)
            if following is None:
                break
            chosen.append(following)
        else:
            yield _framed(frame, chosen, chosen[-1])


def _following(options: list[Places], before: Places, counted: list[int], within: int) -> Places | None:
    at = bisect_left(options, (before[-1] + 1,))
    for option in options[at : at + 1]:
        if _between(before, option, counted) <= within:
            same_start = [other for other in options[at : at + 4] if other[0] == option[0]]
            return max(same_start, key=len)
    return None


def _framed(frame: Frame, chosen: list[Places], head: Places) -> Framed:
    places = tuple(sorted({place for part in chosen for place in part}))
    return Framed(frame.concept, places, head)
