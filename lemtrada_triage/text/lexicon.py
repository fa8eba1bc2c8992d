"""Compiles a vocabulary into what the reader runs on: a trie of phrases, frames by slot, and a speller."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from lemtrada_triage.text.fold import fold
from lemtrada_triage.text.spelling import Speller
from lemtrada_triage.vocabulary import CueEntry, FrameEntry, MeasureEntry, Vocabulary

_NEAR, _SEQ = 6, 3
_EVERYDAY, _FILLER = 40, 400
EVERYTHING = "*"
# The parts that words play in a measure.
NAME, UNLESS, OTHER, DEGREE, UNIT = "name", "unless", "other", "degree", "unit:"
# Bits of Meaning.roles. A phrase without any only fills slots of frames looked for because of other words ("in").
CONCEPT, ANCHOR, CUE, BLOCK, MEASURE, BODY, COMPLAINT, WELL, CLAUSE, BUSINESS = (1 << bit for bit in range(10))
# What a phrase is, as (kind, value): a concept, a set of slots, a cue, a look-alike, part of a measure.
Role = tuple[str, Any]
_BOUNDS = frozenset({"first_person", "third_person", "preposition", "possessive", "indicative", "befalls"})


# Shared by all nodes without children: most nodes, and most of the memory.
_NO_EDGES: dict[str, Node] = {}


class Node:
    """A place in the trie of phrases: the nodes after one more word, and what the phrase that ends here means."""

    __slots__ = ("edges", "meaning")

    def __init__(self) -> None:
        self.edges: dict[str, Node] = _NO_EDGES
        self.meaning: Meaning | None = None

    def step(self, key: str) -> Node:
        """The node after one more word, made if need be."""
        if self.edges is _NO_EDGES:
            self.edges = {}
        if key not in self.edges:
            self.edges[key] = Node()
        return self.edges[key]


class Meaning(NamedTuple):
    """What a phrase can be; phrases of equal meaning share one object, which keeps what is read often in the cache.

    ``blocks`` names the concepts that may not be read out of it (EVERYTHING for all). ``mask`` has a bit for each
    slot, ``frames`` those frames whose rarest slot it fills, ``measures`` what it names in a number with a unit.
    ``roles`` are the bits above, so that one look at all of them tells what need not be looked for in a text.
    """

    concepts: tuple[str, ...]
    slots: tuple[str, ...]
    mask: int
    frames: tuple[Frame, ...]
    cues: tuple[CueEntry, ...]
    blocks: tuple[str, ...]
    measures: tuple[tuple[str, str], ...]
    roles: int


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
    """Puts every phrase into the trie and gathers its roles, then gives one Meaning to each set of roles."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.speller = Speller(vocabulary)
        self.root = Node()
        self.roles: dict[Node, list[Role]] = {}
        self.words: dict[str, tuple[str, ...]] = {}
        self.anchored: dict[str, list[Frame]] = {}
        self.inline: dict[tuple[str, ...], str] = {}
        self.wider = _wider_slots(vocabulary)
        self.bits: dict[str, int] = {}
        self.marks: dict[str, set[str]] = {}

    def compile(self) -> Lexicon:
        self._slots()
        for entry in self.vocabulary.entries:
            self._add(entry.terms, ("concept", entry.id))
            self._add(entry.never, ("block", entry.id), keep_fillers=True)
        self._add(self.vocabulary.idioms, ("block", EVERYTHING), keep_fillers=True)
        for number, cue in enumerate(self.vocabulary.cues):
            if cue.kind in _BOUNDS:
                for term in cue.terms:
                    self.marks.setdefault(f"={self.speller.form(term.removeprefix('='))}", set()).add(cue.kind)
            else:
                self._add(cue.terms, ("cue", number), keep_fillers=True)
        self._give_meanings()
        self.speller.ready(self.root)
        marks = {key: frozenset(kinds) for key, kinds in self.marks.items()}
        return Lexicon(self.vocabulary, self.speller, marks)

    def _add(self, terms: Iterable[str], role: Role, keep_fillers: bool = False) -> None:
        for term in terms:
            node = self.root
            for key in term_keys(term, self.speller, keep_fillers):
                node = node.edges.get(key) or node.step(key)
            if node is not self.root:
                self.roles.setdefault(node, []).append(role)

    def _give_meanings(self) -> None:
        meanings: dict[tuple[Role, ...], Meaning] = {}
        for node, gathered in self.roles.items():
            roles = tuple(gathered)
            meaning = meanings.get(roles)
            if meaning is None:
                meaning = meanings[roles] = self._meaning(tuple(dict.fromkeys(roles)))
            node.meaning = meaning

    def _meaning(self, roles: tuple[Role, ...]) -> Meaning:
        of: dict[str, list[Any]] = {}
        for kind, value in roles:
            of.setdefault(kind, []).append(value)
        slots = tuple(dict.fromkeys([name for names, _ in of.get("slots", ()) for name in names]))
        cues = tuple([self.vocabulary.cues[number] for number in of.get("cue", ())])
        frames = tuple([frame for name in slots for frame in self.anchored.get(name, ())])
        return Meaning(
            concepts=tuple(of.get("concept", ())),
            slots=slots,
            mask=self._mask(slots),
            frames=frames,
            cues=cues,
            blocks=tuple(of.get("block", ())),
            measures=tuple(of.get("measure", ())),
            roles=_bits(of, {cue.kind for cue in cues}, bool(frames)),
        )

    def _mask(self, slots: Iterable[str]) -> int:
        mask = 0
        for slot in slots:
            mask |= 1 << self.bits.setdefault(slot, len(self.bits))
        return mask

    def _frame(self, concept: str, entry: FrameEntry) -> Frame:
        ordered = bool(entry.seq)
        slots = tuple(
            self._slot_name(slot) for slot in (entry.seq or sorted(entry.near, key=self._is_body, reverse=True))
        )
        within = entry.within if entry.within is not None else (_SEQ if ordered else _NEAR)
        return Frame(concept, slots, self._mask(slots), ordered, within)

    def _is_body(self, slot: str | tuple[str, ...]) -> bool:
        """Whether a slot names parts of the body; the head of a frame is what is said of them."""
        return isinstance(slot, str) and self.vocabulary.slots[slot].body

    def _slot_name(self, slot: str | tuple[str, ...]) -> str:
        if isinstance(slot, str):
            return slot
        name = self.inline.setdefault(slot, f"#{len(self.inline)}")
        self.words[name] = slot
        return name

    def _slots(self) -> None:
        """Puts the words of every slot into the trie, each with the frames to look for because of it."""
        self.words = {name: self._all_words(name) for name in self.vocabulary.slots}
        frames = [self._frame(entry.id, given) for entry in self.vocabulary.entries for given in entry.frames]
        asked = Counter(word for frame in frames for slot in frame.slots for word in self.words[slot])
        used = {slot for frame in frames for slot in frame.slots}
        commonness = {slot: self._commonness(slot, asked) for slot in used}
        for frame in frames:
            self.anchored.setdefault(min(frame.slots, key=commonness.__getitem__), []).append(frame)
        for name, slot in self.vocabulary.slots.items():
            names = tuple(wide for wide in self.wider[name] if wide in used)
            self._add(slot.words, ("slots", (names, slot.body)))
        for words, name in self.inline.items():
            self._add(words, ("slots", ((name,), False)))
        for measure in self.vocabulary.measures:
            self._measure_words(measure)

    def _measure_words(self, measure: MeasureEntry) -> None:
        """Marks the words of a measure: (its id, the part that they play)."""
        parts = {NAME: measure.words, UNLESS: measure.unless, OTHER: measure.bare_unless, DEGREE: measure.named_by_unit}
        parts |= {f"{UNIT}{name}": unit.words for name, unit in measure.units.items()}
        for part, words in parts.items():
            self._add(words, ("measure", (measure.id, part)))

    def _all_words(self, name: str) -> tuple[str, ...]:
        slot = self.vocabulary.slots[name]
        return slot.words + tuple(word for inner in slot.includes for word in self._all_words(inner))

    def _commonness(self, slot: str, asked: Counter[str]) -> int:
        """How everyday a slot's words are, and how many frames ask for them: frames are looked for by their rarest."""
        known = self.vocabulary
        bare = [word.removeprefix("=") for word in self.words[slot]]
        everyday = sum([word in known.common or word in known.numbers or word.isdigit() for word in bare])
        fillers = sum([word in known.fillers for word in bare])
        return _EVERYDAY * everyday + _FILLER * fillers + max([asked[word] for word in self.words[slot]])


def _bits(of: dict[str, list[Any]], cue_kinds: set[str], anchors: bool) -> int:
    """Meaning.roles."""
    held = {
        CONCEPT: "concept" in of,
        ANCHOR: anchors,
        CUE: "cue" in of,
        BLOCK: "block" in of,
        MEASURE: "measure" in of,
        BODY: any(body for _, body in of.get("slots", ())),
        COMPLAINT: "complaint" in cue_kinds,
        WELL: "well" in cue_kinds,
        CLAUSE: "clause" in cue_kinds,
        BUSINESS: "business" in cue_kinds,
    }
    return sum(bit for bit, holds in held.items() if holds)


def term_keys(term: str, speller: Speller, keep_fillers: bool = False) -> list[str]:
    """The trie keys of a term. Fillers are dropped, unless one word alone would remain ("the runs")."""
    keys = [speller.trie_keys[word] for word in (term.split() if _PLAIN.fullmatch(term) else _split(term))]
    kept = keys if keep_fillers else [pair for pair in keys if not pair[1]]
    return [key for key, _ in (kept if len(kept) > 1 else keys)]


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
