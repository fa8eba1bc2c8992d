"""Compiles a vocabulary into what the reader runs on: a trie of phrases, frames by slot, and a speller."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from lemtrada_triage.text.fold import fold
from lemtrada_triage.text.spelling import Speller
from lemtrada_triage.vocabulary import CueEntry, FrameEntry, Vocabulary

_NEAR, _SEQ = 6, 3
_FILLER_WEIGHT = 20
EVERYTHING = "*"
_BOUNDS = frozenset({"first_person", "third_person", "preposition"})


# Shared by all nodes without children: half the nodes, and most of the memory.
_NO_EDGES: dict[str, Node] = {}


class Node:
    """A place in the trie of phrases; what ends here: a concept's term, slots, cues, or a look-alike
    (``blocks``: the concepts that may not be read out of it, EVERYTHING for all).

    ``mask`` has a bit for each slot, ``frames`` holds those frames whose rarest slot this phrase fills; ``body``,
    ``complaint`` and ``well`` mark words that speak of the body, of a complaint, of being well.
    """

    __slots__ = (
        "blocks",
        "body",
        "complaint",
        "concepts",
        "cues",
        "edges",
        "ends",
        "frames",
        "mask",
        "slots",
        "well",
    )

    def __init__(self) -> None:
        self.edges: dict[str, Node] = _NO_EDGES
        self.concepts: tuple[str, ...] = ()
        self.slots: tuple[str, ...] = ()
        self.cues: tuple[CueEntry, ...] = ()
        self.blocks: tuple[str, ...] = ()
        self.ends = False
        self.mask = 0
        self.frames: tuple[Frame, ...] = ()
        self.body = False
        self.complaint = False
        self.well = False

    def step(self, key: str) -> Node:
        """The node after one more word, made if need be."""
        if self.edges is _NO_EDGES:
            self.edges = {}
        if key not in self.edges:
            self.edges[key] = Node()
        return self.edges[key]


class Frame(NamedTuple):
    """Slots that mean a concept together; the last slot is the head, which carries the assertion."""

    concept: str
    slots: tuple[str, ...]
    mask: int
    ordered: bool
    within: int


class Lexicon(NamedTuple):
    """The compiled vocabulary; ``marks`` gives the kinds of single words that bound a scope ("i", "my", "in")."""

    vocabulary: Vocabulary
    speller: Speller
    marks: dict[str, frozenset[str]]


def compile_vocabulary(vocabulary: Vocabulary) -> Lexicon:
    """Builds the trie, the frames and the speller."""
    return _Compiler(vocabulary).compile()


class _Compiler:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.root = Node()
        self.speller = Speller(vocabulary)
        self.words: dict[str, tuple[str, ...]] = {}
        self.anchored: dict[str, list[Frame]] = {}
        self.inline: dict[tuple[str, ...], str] = {}
        self.wider = _wider_slots(vocabulary)
        self.used: set[str] = set()
        self.bits: dict[str, int] = {}
        self.marks: dict[str, set[str]] = {}

    def compile(self) -> Lexicon:
        self._slots()
        for entry in self.vocabulary.entries:
            for term in entry.terms:
                for node in self._nodes(term):
                    if entry.id not in node.concepts:
                        node.concepts = (*node.concepts, entry.id)
            self._blocks(entry.never, entry.id)
        self._blocks(self.vocabulary.idioms, EVERYTHING)
        for cue in self.vocabulary.cues:
            self._cue(cue)
        self.speller.ready(self.root)
        marks = {key: frozenset(kinds) for key, kinds in self.marks.items()}
        return Lexicon(self.vocabulary, self.speller, marks)

    def _cue(self, cue: CueEntry) -> None:
        for term in cue.terms:
            if cue.kind in _BOUNDS:
                self.marks.setdefault(f"={self.speller.form(term.removeprefix('='))}", set()).add(cue.kind)
                continue
            for node in self._nodes(term, keep_fillers=True):
                node.cues = (*node.cues, cue)
                node.complaint |= cue.kind == "complaint"
                node.well |= cue.kind == "well"

    def _mask(self, slots: Iterable[str]) -> int:
        mask = 0
        for slot in slots:
            mask |= 1 << self.bits.setdefault(slot, len(self.bits))
        return mask

    def _frame(self, concept: str, entry: FrameEntry) -> Frame:
        ordered = bool(entry.seq)
        slots = tuple(self._slot_name(slot) for slot in (entry.seq or entry.near))
        within = entry.within if entry.within is not None else (_SEQ if ordered else _NEAR)
        return Frame(concept, slots, self._mask(slots), ordered, within)

    def _slot_name(self, slot: str | tuple[str, ...]) -> str:
        if isinstance(slot, str):
            return slot
        name = self.inline.setdefault(slot, f"#{len(self.inline)}")
        self.words[name] = slot
        return name

    def _slots(self) -> None:
        """Puts the words of every slot into the trie, each with the frames to look for because of it."""
        self.words = {name: self._all_words(name) for name in self.vocabulary.slots}
        for entry in self.vocabulary.entries:
            for given in entry.frames:
                frame = self._frame(entry.id, given)
                self.used.update(frame.slots)
                self.anchored.setdefault(min(frame.slots, key=self._commonness), []).append(frame)
        for name, slot in self.vocabulary.slots.items():
            names = tuple(wide for wide in self.wider[name] if wide in self.used)
            self._slot_words(slot.words, names, slot.body)
        for words, name in self.inline.items():
            self._slot_words(words, (name,), False)
        for measure in self.vocabulary.measures:
            self._slot_words(measure.words, (f"measure:{measure.id}",), False)
            self._slot_words(measure.unless, (f"unless:{measure.id}",), False)
            self._slot_words(measure.bare_unless, (f"other:{measure.id}",), False)
            self._slot_words(measure.named_by_unit, (f"unit:{measure.id}:",), False)
            for name, unit in measure.units.items():
                self._slot_words(unit.words, (f"unit:{measure.id}:{name}",), False)

    def _all_words(self, name: str) -> tuple[str, ...]:
        slot = self.vocabulary.slots[name]
        return slot.words + tuple(word for inner in slot.includes for word in self._all_words(inner))

    def _commonness(self, slot: str) -> int:
        """How many of a slot's words are everyday words; a frame is looked for because of its rarest slot."""
        bare = [word.removeprefix("=") for word in self.words[slot]]
        everyday = sum(word in self.vocabulary.common or self.speller.stem(word) == "#num" for word in bare)
        return everyday + _FILLER_WEIGHT * sum(self.speller.is_filler(word) for word in bare)

    def _slot_words(self, words: Iterable[str], names: tuple[str, ...], body: bool) -> None:
        mask = self._mask(names)
        frames = tuple(frame for name in names for frame in self.anchored.get(name, ()))
        for word in words:
            for node in self._nodes(word):
                node.slots += tuple(name for name in names if name not in node.slots)
                node.mask |= mask
                node.frames += frames
                node.body = node.body or body

    def _blocks(self, terms: Iterable[str], concept: str) -> None:
        for term in terms:
            for node in self._nodes(term, keep_fillers=True):
                node.blocks = (*node.blocks, concept)

    def _nodes(self, term: str, keep_fillers: bool = False) -> tuple[Node, ...]:
        """The end node of a term (none for a term without a word)."""
        node = self.root
        for key in term_keys(term, self.speller, keep_fillers):
            node = node.edges.get(key) or node.step(key)
        if node is self.root:
            return ()
        node.ends = True
        return (node,)


def term_keys(term: str, speller: Speller, keep_fillers: bool = False) -> tuple[str, ...]:
    """The trie keys of a term. Fillers are dropped, unless one word alone would remain ("the runs")."""
    words = [speller.key(word) for word in (term.split() if _PLAIN.fullmatch(term) else _split(term))]
    kept = words if keep_fillers else [pair for pair in words if not pair[1]]
    return tuple(key for key, _ in (kept if len(kept) > 1 else words))


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


_PLAIN = re.compile(r"[a-z =#]*")
_SEPARATORS = re.compile(r"[\s/\-]+")


def _split(term: str) -> list[str]:
    return [word.strip('.,:()!?"') for word in _SEPARATORS.split(fold(term).text) if word.strip('.,:()!?"')]
