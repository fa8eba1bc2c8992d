"""Compiles a vocabulary into a lexicon. Phrases are compiled when their first word is first met: most never are.

``tables`` keeps all of them, compiled, for the next start.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lemtrada_triage.lexicon.frames import Frames
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.meaning import (
    ACTING,
    ADDRESSING,
    ANCHOR,
    BEING,
    BLOCK,
    BODY,
    BUSINESS,
    CLAUSE,
    COMPLAINT,
    CONCEPT,
    CONDITION,
    CUE,
    DEGREE,
    EVERYTHING,
    FIRST_PERSON,
    GREETING,
    HELPING,
    LINKING,
    LISTING,
    MEASURE,
    NAME,
    NAMING,
    NO_EDGES,
    NONE,
    OTHER,
    OWNING,
    PAIRING,
    STRANGE,
    TELLING,
    UNIT,
    UNLESS,
    WELL,
    Cue,
    Edges,
    Meaning,
)
from lemtrada_triage.lexicon.vocabulary import MeasureEntry, Vocabulary
from lemtrada_triage.read.fold import fold
from lemtrada_triage.read.kinds import TELLING as TELLING_KINDS
from lemtrada_triage.read.spelling import OwnWords, Speller
from lemtrada_triage.read.words import cut_words

# How much a word of an emergency sign weighs where a typo could stand for several words.
_WEIGHT = 10
# What a phrase is, as (kind, value): a concept, a set of slots, a cue, a look-alike, part of a measure.
Role = tuple[str, Any]
# Kinds of words that bound a scope; they are no phrases but marks on single words.
_BOUNDS = frozenset({
    "first_person", "third_person", "pronoun", "preposition", "possessive", "indicative", "befalls", "since", "fine",
    "foreign", "english", "goes_on", "degree", "strong", "indefinite", "label", "joins", "alternative",
    "present_verb", "past_verb", "perfect", "side", "state", "singular", "of_now", "close_kin", "episode",
    "title", "acts", "pairs", "article", "addresses", "links", "being", "greets", "helps",
    "condition", "lists", "causes",
})  # fmt: skip
# Those of them that say something of a text at once, and so are bits of a word as well.
_MARKED = frozenset({
    "foreign", "title", "acts", "pairs", "article", "addresses", "links", "being", "greets", "helps",
    "condition", "lists", "first_person",
})  # fmt: skip


def compile_vocabulary(vocabulary: Vocabulary) -> Lexicon:
    """Gathers the phrases by their first word, and compiles the frames."""
    return gather(vocabulary)[0]


def gather(vocabulary: Vocabulary) -> tuple[Lexicon, CompiledPhrases]:
    """The lexicon of a vocabulary, and the phrases that it is made of."""
    speller = Speller(vocabulary)
    phrases = CompiledPhrases(speller, Meanings(vocabulary), vocabulary)
    for terms, role, keep_fillers in _roles(vocabulary, phrases.meanings.frames):
        phrases.add(terms, role, keep_fillers)
    speller.ready(phrases, marks_of(vocabulary, speller))
    return Lexicon(vocabulary, speller, phrases.meanings.all), phrases


def _roles(vocabulary: Vocabulary, frames: Frames) -> Iterator[tuple[Iterable[str], Role, bool]]:
    """All phrases of the vocabulary with what they are, and whether fillers in them count."""
    for words, names, body in frames.fillers():
        yield words, ("slots", (names, body)), False
    for measure in vocabulary.measures:
        for part, words in _measure_words(measure):
            yield words, ("measure", (measure.id, part)), False
    for entry in vocabulary.entries:
        yield entry.terms, ("concept", entry.id), False
        yield entry.never, ("block", entry.id), True
    yield vocabulary.idioms, ("block", EVERYTHING), True
    for number, cue in enumerate(vocabulary.cues):
        if cue.kind not in _BOUNDS:
            yield cue.terms, ("cue", number), True
        elif cue.kind in _MARKED:
            yield cue.terms, (cue.kind, number), True


def _measure_words(measure: MeasureEntry) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words of a measure by the part that they play."""
    yield NAME, measure.words
    yield UNLESS, measure.unless
    yield OTHER, measure.bare_unless
    yield DEGREE, measure.named_by_unit
    for name, unit in measure.units.items():
        yield f"{UNIT}{name}", unit.words


def marks_of(vocabulary: Vocabulary, speller: Speller) -> dict[str, frozenset[str]]:
    """What single words are, by their exact form."""
    marks: dict[str, set[str]] = {}
    for cue in vocabulary.cues:
        for term in cue.terms if cue.kind in _BOUNDS else ():
            marks.setdefault(f"={speller.form(term.removeprefix('='))}", set()).add(cue.kind)
    return {key: frozenset(kinds) for key, kinds in marks.items()}


class _Node:
    """A place in the trie of phrases while it is made: the nodes after one more word."""

    __slots__ = ("edges",)

    def __init__(self) -> None:
        self.edges: dict[str, _Node] = {}

    def step(self, key: str) -> _Node:
        """The node after one more word, made if need be."""
        if key not in self.edges:
            self.edges[key] = _Node()
        return self.edges[key]


class CompiledPhrases:
    """All phrases by their first key; a trie is made of them when it is first asked for.

    Threads can at worst make the same one twice.
    """

    def __init__(self, speller: Speller, meanings: Meanings, vocabulary: Vocabulary) -> None:
        self.meanings = meanings
        self._urgent = {name: concept.always_counts for name, concept in vocabulary.concepts.items()}
        self._frequent = vocabulary.frequent
        self._speller = speller
        # Beside each other, not in pairs: so many pairs would keep the garbage collector busy.
        self._terms: defaultdict[str, list[str]] = defaultdict(list)
        self._given: defaultdict[str, list[tuple[Role, bool]]] = defaultdict(list)
        self._firsts: dict[str, tuple[str, bool]] = {}
        self.exact: set[str] = set()
        self._tries: dict[str, tuple[int, Edges | None]] = {}

    def add(self, terms: Iterable[str], role: Role, keep_fillers: bool) -> None:
        """Puts terms of one role behind their first keys."""
        firsts, given = self._firsts, (role, keep_fillers)
        for term in terms:
            first = term.partition(" ")[0]
            if first not in firsts:
                firsts[first] = self._speller.trie_keys[first] if _ONE_WORD.fullmatch(first) else ("", True)
            key, is_filler = firsts[first]
            if (is_filler and not keep_fillers) or not key:
                key = next(iter(term_keys(term, self._speller, keep_fillers)), "")
            self._terms[key].append(term)
            self._given[key].append(given)
            if "=" in term:
                self._note_exact(term)

    def _note_exact(self, term: str) -> None:
        """Remembers the exact forms that a term asks for."""
        self.exact.update(self._speller.trie_keys[word][0] for word in _words(term) if word.startswith("="))

    def own_words(self) -> OwnWords:
        """The words of all phrases."""
        return self._speller.gathered(self._weighed(), self._frequent)

    def _weighed(self) -> Iterator[tuple[str, int]]:
        """Every word with its weight in all phrases: emergency signs weigh most, look-alikes nothing."""
        terms: dict[int, list[str]] = {}
        for key, own in self._terms.items():
            for term, ((kind, value), _) in zip(own, self._given[key], strict=True):
                weight = 0 if kind == "block" else _WEIGHT if kind == "concept" and self._urgent[value] else 1
                terms.setdefault(weight, []).append(term)
        for weight, alike in terms.items():
            for written, times in Counter(" ".join(alike).split()).items():
                yield from ((word, weight * times) for word in _words(written))

    def begins(self, stem: str) -> bool:
        """Whether a phrase begins with a word of this stem."""
        return stem in self._terms

    def opened_by(self, stem: str, exact: str) -> tuple[str, Meaning | None, Edges]:
        """The key of a word, what it means by itself, and what follows it in phrases.

        The key is the exact form if any term asks for it, else the stem.
        """
        key = exact if exact in self.exact else stem
        opening = exact if exact in self._terms else stem
        if opening not in self._terms:
            return key, None, NO_EDGES  # not remembered: there is no end of words that begin no phrase
        if opening not in self._tries:
            self._tries[opening] = self._trie((stem, exact) if opening is exact else (stem,))
        number, edges = self._tries[opening]
        return key, self.meanings.all[number] if number >= 0 else None, edges or NO_EDGES

    def tries(self) -> Iterator[tuple[str, tuple[int, Edges | None]]]:
        """All phrases, by the key that opens them: the number of what it means by itself, and what follows."""
        for opening in self._terms:
            stem = self._speller.stem(opening[1:]) if opening.startswith("=") else opening
            yield opening, self._trie((stem, opening) if opening.startswith("=") else (stem,))

    def _trie(self, keys: Iterable[str]) -> tuple[int, Edges | None]:
        root = _Node()
        gathered: dict[_Node, list[Role]] = {}
        for first in keys:
            for term, (role, keep_fillers) in zip(self._terms.get(first, ()), self._given.get(first, ()), strict=True):
                node = root
                for key in term_keys(term, self._speller, keep_fillers)[1:]:
                    node = node.step(key)
                gathered.setdefault(node, []).append(role)
        self._complete(root, gathered)
        return self._made(root, gathered)

    def _made(self, node: _Node, gathered: dict[_Node, list[Role]]) -> tuple[int, Edges | None]:
        """A node as plain data (see ``lexicon.Edges``)."""
        number = self.meanings.number(tuple(gathered[node])) if node in gathered else NONE
        return number, {key: self._made(after, gathered) for key, after in node.edges.items()} or None

    def _complete(self, node: _Node, gathered: dict[_Node, list[Role]]) -> None:
        """Adds to what follows an exact form all that follows its stem, so that a walk has one way on."""
        for key in [key for key in node.edges if key[0] == "="]:
            stem = node.edges.get(self._speller.stem(key[1:]))
            if stem is not None:
                _add_all(node.edges[key], stem, gathered)
        for after in node.edges.values():
            self._complete(after, gathered)


def _add_all(node: _Node, other: _Node, gathered: dict[_Node, list[Role]]) -> None:
    """Adds the phrases behind another node, and what it is itself, to those of a node."""
    if other in gathered:
        gathered.setdefault(node, []).extend(gathered[other])
    for key, after in other.edges.items():
        _add_all(node.step(key), after, gathered)


class Meanings:
    """The meanings of phrases by number: phrases that have just the same roles share one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.all: list[Meaning] = []
        self.frames = Frames(vocabulary)
        self._numbers: dict[tuple[Role, ...], int] = {}
        self.cues = cues_of(vocabulary)
        self._lock = threading.Lock()

    def number(self, roles: tuple[Role, ...]) -> int:
        """The number of what a phrase with these roles means."""
        with self._lock:
            if roles not in self._numbers:
                self.all.append(self._meaning(roles))
                self._numbers[roles] = len(self.all) - 1
            return self._numbers[roles]

    def _meaning(self, roles: tuple[Role, ...]) -> Meaning:
        of: dict[str, list[Any]] = {}
        for kind, value in dict.fromkeys(roles):
            of.setdefault(kind, []).append(value)
        slots = tuple(dict.fromkeys([name for names, _ in of.get("slots", ()) for name in names]))
        cues = tuple([self.cues[number] for number in of.get("cue", ())])
        frames = self.frames.anchored(slots)
        role_bits = _role_bits(of, {cue.kind for cue in cues}, bool(frames))
        return Meaning(
            concepts=tuple(of.get("concept", ())),
            slots=frozenset(slots),
            bits=self.frames.bits(slots) | role_bits,
            roles=role_bits,
            frames=frames,
            cues=cues,
            blocks=tuple(of.get("block", ())),
            measures=tuple(of.get("measure", ())),
        )


def cues_of(vocabulary: Vocabulary) -> list[Cue]:
    """The cues of a vocabulary, in its order."""
    return [
        Cue(cue.kind, cue.direction != "backward", cue.direction != "forward", cue.scope) for cue in vocabulary.cues
    ]


def _role_bits(of: Mapping[str, list[Any]], cue_kinds: set[str], anchors: bool) -> int:
    held = {
        CONCEPT: "concept" in of,
        ANCHOR: anchors,
        CUE: "cue" in of,
        TELLING: not cue_kinds.isdisjoint(TELLING_KINDS),
        BLOCK: "block" in of,
        MEASURE: "measure" in of,
        BODY: any(body for _, body in of.get("slots", ())),
        COMPLAINT: "complaint" in cue_kinds,
        WELL: "well" in cue_kinds,
        CLAUSE: "clause" in cue_kinds,
        BUSINESS: "business" in cue_kinds,
        STRANGE: "foreign" in of,
        NAMING: "title" in of,
        ACTING: "acts" in of,
        PAIRING: "pairs" in of,
        CONDITION: "condition" in of,
        LISTING: "lists" in of,
        FIRST_PERSON: "first_person" in of,
        OWNING: "article" in of,
        ADDRESSING: "addresses" in of,
        LINKING: "links" in of,
        BEING: "being" in of,
        GREETING: "greets" in of,
        HELPING: "helps" in of,
    }
    return sum(bit for bit, holds in held.items() if holds)


_ONE_WORD = re.compile(r"=?[a-z]+")
_PLAIN = re.compile(r"[a-z][a-z =#]*|=[a-z =#]*")
# A word of a term with what makes it more than one: "=3am" is "=3" and "=am", as a text is cut.
_WRITTEN = re.compile(r"(=?)([^\s=/&-]+)")


def term_keys(term: str, speller: Speller, keep_fillers: bool = False) -> list[str]:
    """The trie keys of a term. Fillers are dropped, unless one word alone would remain ("the runs")."""
    keys = [speller.trie_keys[word] for word in _words(term)]
    kept = keys if keep_fillers else [pair for pair in keys if not pair[1]]
    return [key for key, _ in (kept if len(kept) > 1 else keys)]


def _words(term: str) -> list[str]:
    if _PLAIN.fullmatch(term):
        return term.split()
    return [match[1] + word for match in _WRITTEN.finditer(fold(term).text) for word in cut_words(match[2])]
