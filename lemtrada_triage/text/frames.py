"""Finds frames: slots that meet in one sentence, such as a body part and a sensation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from lemtrada_triage.text.lexicon import Frame
from lemtrada_triage.text.phrases import Hit, Places
from lemtrada_triage.text.words import Words


class Framed(NamedTuple):
    """A frame that held: its concept, the places of all its words, and those of its head."""

    concept: str
    places: Places
    head: Places


def find_frames(hits: list[Hit], words: Words, clause: list[int]) -> list[Framed]:
    """Every frame that holds, clause by clause (``clause[i]`` numbers the clause of word i)."""
    masks: dict[int, int] = {}
    for node, places in hits:
        if node.mask:
            number = clause[places[0]]
            masks[number] = masks.get(number, 0) | node.mask
    wanted: dict[int, set[Frame]] = {}
    for node, places in hits:
        if node.frames:
            mask = masks[clause[places[0]]]
            held = [frame for frame in node.frames if frame.mask & mask == frame.mask]
            if held:
                wanted.setdefault(clause[places[0]], set()).update(held)
    if not wanted:
        return []
    counted = _counted(words)
    return [
        framed
        for number, frames in wanted.items()
        for framed in _in_clause(frames, _fillers_of(frames, hits, clause, number), counted)
    ]


def _fillers_of(frames: set[Frame], hits: list[Hit], clause: list[int], number: int) -> dict[str, list[Places]]:
    """What fills each slot of some frames in one clause, in text order."""
    mask = 0
    slots: dict[str, list[Places]] = {}
    for frame in frames:
        mask |= frame.mask
        for slot in frame.slots:
            slots[slot] = []
    for node, places in hits:
        if node.mask & mask and clause[places[0]] == number:
            for slot in node.slots:
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
