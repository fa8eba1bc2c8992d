"""Which texts a change of the vocabulary can be heard in: those that hold one of its words, or one much like it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields

from rapidfuzz import fuzz, process

from lemtrada_triage.lexicon.vocabulary import ConceptEntry, CueEntry, FrameEntry, Vocabulary

_WORD = re.compile(r"(?<![#\w])[^\W_]+")  # "#num" is no word of its own
# A misspelling that the reader corrects is nearer than this (of 100); other endings leave the beginning as it is.
_ALIKE, _STEM = 70, 4
# Sets of words, each of which speaks of itself alone; and what maps one word to another.
_SETS = ("idioms", "compounds", "fillers", "frequent", "common", "ambiguous", "feelings", "known_words")
_MAPS = ("forms", "dictated")
_APART = {*_SETS, *_MAPS, "concepts", "entries", "slots", "cues", "hash"}
# What a wording is for, and the wording.
Item = tuple[object, str]


class Touched:
    """The texts that may be read differently by one vocabulary than by another; all of them where that is not known."""

    def __init__(self, old: Vocabulary, new: Vocabulary) -> None:
        same = old is new or _frame_of(old) == _frame_of(new)
        changed = list(_changed(old, new)) if same and old is not new else []
        words = [_telling(wording, old.common | old.fillers) for wording in changed]
        self.everything = not same or not all(words)
        self._words = {word for some in words for word in some}
        self._stems = {word[:_STEM] for word in self._words}
        self._forms = {**old.forms, **new.forms}
        self._known: dict[str, bool] = {}

    def __call__(self, text: str) -> bool:
        """Whether a text is one of them."""
        return self.everything or (bool(self._words) and any(map(self._touches, _WORD.findall(text.lower()))))

    def _touches(self, word: str) -> bool:
        if word not in self._known:
            self._known[word] = self._near(word) or any(map(self._near, _WORD.findall(self._forms.get(word, ""))))
        return self._known[word]

    def _near(self, word: str) -> bool:
        if word in self._words or word[:_STEM] in self._stems:
            return True
        if any(len(changed) >= _STEM and changed in word for changed in self._words):  # a space was left out
            return True
        return process.extractOne(word, self._words, scorer=fuzz.ratio, score_cutoff=_ALIKE) is not None


def _telling(wording: str, common: frozenset[str]) -> list[str]:
    """The words of a wording, the everyday ones only where there are no others."""
    words = _WORD.findall(wording.lower())
    return [word for word in words if word not in common] or words


def _frame_of(vocabulary: Vocabulary) -> list[object]:
    """What touches every text: all but wordings."""
    concepts = [(one.lineage, one.always_counts, one.instead) for one in vocabulary.concepts.values() if one.instead]
    slots = [(name, slot.includes, slot.body) for name, slot in vocabulary.slots.items()]
    others = sorted({field.name for field in fields(vocabulary)} - _APART)
    return [concepts, slots, *(getattr(vocabulary, name) for name in others)]


def _changed(old: Vocabulary, new: Vocabulary) -> Iterator[str]:
    """Every wording that one of the two has alone, or has for something else."""
    before, after = ({entry.id: entry for entry in one.entries} for one in (old, new))
    for name in _differing(before, after):
        items = [set(_of_concept(side.get(name), one)) for side, one in ((before, old), (after, new))]
        yield from (wording for _, wording in items[0] ^ items[1])
    for name in _differing(old.slots, new.slots):
        words = [set(one.slots[name].words if name in one.slots else ()) for one in (old, new)]
        yield from words[0] ^ words[1]
    alike = set(old.cues) & set(new.cues)
    yield from (term for _, term in set(_of_cues(old, alike)) ^ set(_of_cues(new, alike)))
    for name in _SETS:
        yield from set(getattr(old, name)) ^ set(getattr(new, name))
    for name in _MAPS:
        yield from _differing(getattr(old, name), getattr(new, name))


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def _of_cues(vocabulary: Vocabulary, alike: Set[CueEntry]) -> Iterator[Item]:
    for cue in vocabulary.cues:
        if cue not in alike:
            yield from (((cue.kind, cue.direction, cue.scope), term) for term in cue.terms)


def _of_concept(entry: ConceptEntry | None, vocabulary: Vocabulary) -> Iterator[Item]:
    """The wordings of a concept, each with all that is not wording: a concept of another kind is another thing."""
    if entry is None:
        return
    kind = (vocabulary.concepts[entry.id], entry.codes)
    yield from (((kind, "term"), term) for term in entry.terms)
    yield from (((kind, "never"), term) for term in entry.never)
    for frame in entry.frames:
        yield from (((kind, frame), word) for word in _of_frame(frame, vocabulary))


def _of_frame(frame: FrameEntry, vocabulary: Vocabulary) -> Iterator[str]:
    """The words of a frame's shortest slot: a text without any of them cannot fill it."""
    slots = [list(_of_slot(slot, vocabulary)) for slot in (*frame.near, *frame.seq)]
    yield from min(slots, key=lambda words: (any("#" in word for word in words), len(words)), default=())


def _of_slot(slot: str | tuple[str, ...], vocabulary: Vocabulary) -> Iterator[str]:
    """The words of a named slot, of all that it includes, or of a list of words and of slots."""
    members: Iterable[str] = (slot,) if isinstance(slot, str) else slot
    for member in members:
        found = vocabulary.slots.get(member)
        if found is None:
            yield member
        else:
            yield from found.words
            yield from _of_slot(found.includes, vocabulary)
