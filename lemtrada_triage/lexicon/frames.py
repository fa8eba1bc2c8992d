"""The frames of a vocabulary, their slots, and for which of these each frame is looked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from lemtrada_triage.lexicon.meaning import FIRST_SLOT, TAIL, Frame
from lemtrada_triage.lexicon.vocabulary import FrameEntry, Vocabulary, names_slot

_NEAR, _SEQ = 6, 3
_EVERYDAY, _FREQUENT = 100, 1000


class Frames:
    """The frames of a vocabulary (``all``), each to be looked for because of its rarest slot; ``others`` has the rest.

    ``slots`` are those of all frames; of the first ``checked`` of them one asks whether a text fills them at all.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._inline: dict[tuple[str, ...], str] = {}
        self._words = {name: self._all_words(name) for name in vocabulary.slots}
        given = [(entry.id, frame) for entry in vocabulary.entries for frame in entry.frames]
        frames = [self._frame(concept, frame) for concept, frame in given]
        for rank, frame in enumerate(sorted(frames, key=_identity)):
            frame.rank = rank
        self.all = frames
        asked = Counter(word for frame in frames for slot in frame.slots for word in self._words[slot])
        self._used = {slot for frame in frames for slot in frame.slots}
        self._used |= {TAIL for frame in frames if frame.bare}
        commonness = {slot: self._commonness(slot, asked) for slot in self._used}
        anchors = [min(frame.slots, key=commonness.__getitem__) for frame in frames]
        self.others = [
            [slot for slot in frame.slots if slot != anchor] for frame, anchor in zip(frames, anchors, strict=True)
        ]
        # Slots that many frames ask for come first, since low bits are quicker to compare.
        often = [slot for slot, _ in Counter(slot for own in self.others for slot in own).most_common()]
        self._bits = {slot: FIRST_SLOT << place for place, slot in enumerate(often)}
        self.slots, self.checked = [*often, *sorted(self._used.difference(often))], len(often)
        self._anchored: dict[str, list[tuple[int, Frame]]] = {}
        for anchor, own, frame in zip(anchors, self.others, frames, strict=True):
            self._anchored.setdefault(anchor, []).append((self.bits(own), frame))

    def fillers(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], bool]]:
        """The words of each slot, the names of all slots that they fill, and whether they speak of the body."""
        wider = _wider_slots(self._vocabulary)
        for name, slot in self._vocabulary.slots.items():
            yield slot.words, tuple(wide for wide in wider[name] if wide in self._used), slot.body
        for words, name in self._inline.items():
            yield words, (name,), False

    def anchored(self, slots: Iterable[str]) -> tuple[tuple[int, Frame], ...]:
        """The frames to look for where one of these slots is filled, with the bits of their other slots."""
        return tuple([needed for name in slots for needed in self._anchored.get(name, ())])

    def bits(self, slots: Iterable[str]) -> int:
        """One bit for each slot, above those of the roles; none for a slot that no frame is checked for."""
        bits = 0
        for slot in slots:
            bits |= self._bits.get(slot, 0)
        return bits

    def _frame(self, concept: str, entry: FrameEntry) -> Frame:
        ordered = bool(entry.seq)
        slots = tuple(
            self._slot_name(slot) for slot in (entry.seq or sorted(entry.near, key=self._is_body, reverse=True))
        )
        within = entry.within if entry.within is not None else (_SEQ if ordered else _NEAR)
        return Frame(0, concept, slots, ordered, within, entry.bare)

    def _is_body(self, slot: str | tuple[str, ...]) -> bool:
        """Whether a slot names parts of the body; the head of a frame is what is said of them."""
        return isinstance(slot, str) and self._vocabulary.slots[slot].body

    def _slot_name(self, slot: str | tuple[str, ...]) -> str:
        if isinstance(slot, str):
            return slot
        words = tuple(word for given in slot for word in (self._all_words(given) if names_slot(given) else (given,)))
        name = self._inline.setdefault(words, f"#{len(self._inline)}")
        self._words[name] = words
        return name

    def _all_words(self, name: str) -> tuple[str, ...]:
        slot = self._vocabulary.slots[name]
        return slot.words + tuple(word for inner in slot.includes for word in self._all_words(inner))

    def _commonness(self, slot: str, asked: Counter[str]) -> int:
        """How often a slot's words are likely to be met: frames are looked for by their rarest."""
        known = self._vocabulary
        bare = [word.removeprefix("=") for word in self._words[slot]]
        always = known.frequent | known.fillers
        frequent = sum([word in always or word in known.numbers or word.isdigit() for word in bare])
        everyday = sum([word in known.common and word not in always for word in bare])
        asked_most = max([asked[word] for word in self._words[slot]])
        return _FREQUENT * frequent + _EVERYDAY * everyday + len(bare) + asked_most // 3


def _identity(frame: Frame) -> tuple[str, tuple[str, ...], bool, int, bool]:
    return frame.concept, frame.slots, frame.ordered, frame.within, frame.bare


def _wider_slots(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Each slot with all the slots that include it."""
    wider: dict[str, list[str]] = {name: [name] for name in vocabulary.slots}
    for name, slot in vocabulary.slots.items():
        for inner in slot.includes:
            wider[inner].append(name)
    result = {}
    for name, direct in wider.items():
        for current in direct:
            direct += [outer for outer in wider[current] if outer not in direct]
        result[name] = tuple(direct)
    return result
