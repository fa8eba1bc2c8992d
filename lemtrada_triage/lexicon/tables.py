"""A compiled lexicon as plain data, kept between starts: nothing is compiled while a message waits.

Four parts: slots, frames and forms; the words that a typo may stand for; what each phrase means, a line each; and for
each word the phrases that it opens. All is JSON; the second part is parsed for the first unknown word, each line when
it is first needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lemtrada_triage.lexicon.build import CompiledPhrases, Meanings, cues_of, gather, marks_of
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.meaning import FIRST_SLOT, NO_EDGES, Cue, Edges, Frame, Meaning
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.nearest import Nearest
from lemtrada_triage.read.spelling import OwnWords, Speller

_PART = "\n\n"
_parsed = json.JSONDecoder().raw_decode


def compiled(vocabulary: Vocabulary) -> bytes:
    """The tables of a vocabulary, all of its phrases compiled."""
    _, phrases = gather(vocabulary)
    tries = [f"{opening}\t{_json(trie)}" for opening, trie in phrases.tries()]
    own = phrases.own_words()
    words = [sorted(own.forms), sorted(own.stems), own.targets, own.nearest.shortened]
    parts = _json(_head(phrases)), _json(words), "\n".join(_meaning_lines(phrases.meanings)), "\n".join(tries)
    return _PART.join(parts).encode()


def lexicon_of(vocabulary: Vocabulary, tables: bytes) -> Lexicon:
    """The lexicon that a vocabulary's tables hold. Raises ValueError, LookupError or TypeError for anything else."""
    head, words, meanings, tries = tables.decode().split(_PART)
    lines = dict(_pair(line) for line in tries.split("\n"))
    phrases = _KeptPhrases(json.loads(head), words, lines, meanings.split("\n"), vocabulary)
    speller = Speller(vocabulary)
    speller.ready(phrases, marks_of(vocabulary, speller))
    return Lexicon(vocabulary, speller, phrases.meanings)


def _pair(line: str) -> tuple[str, str]:
    opening, trie = line.split("\t", 1)
    return opening, trie


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _head(phrases: CompiledPhrases) -> dict[str, Any]:
    frames = phrases.meanings.frames
    number = {slot: place for place, slot in enumerate(frames.slots)}
    return {
        "slots": frames.slots,
        "checked": frames.checked,
        "frames": [[f.rank, f.concept, f.slots, f.ordered, f.within, f.bare] for f in frames.all],
        "needed": [[number[slot] for slot in needed] for needed in frames.others],
        "exact": sorted(phrases.exact),
    }


def _meaning_lines(meanings: Meanings) -> Iterator[str]:
    """The fields of each meaning: slots, frames and cues by number, and no bits of slots."""
    slots = {slot: number for number, slot in enumerate(meanings.frames.slots)}
    frames = {frame: number for number, frame in enumerate(meanings.frames.all)}
    cues = {id(cue): number for number, cue in enumerate(meanings.cues)}
    for one in meanings.all:
        held = [frames[frame] for _, frame in one.frames]
        filled = sorted([slots[slot] for slot in one.slots])
        yield _json(
            [one.concepts, filled, one.roles, held, [cues[id(cue)] for cue in one.cues], one.blocks, one.measures]
        )


class _KeptMeanings(dict[int, Meaning]):
    """Meanings by number, each made when it is first met.

    They are compared by identity, so of two that threads make at once the first stays.
    """

    def __init__(self, head: dict[str, Any], rows: list[str], cues: list[Cue]) -> None:
        super().__init__()
        self._rows, self._cues, self._slots = rows, cues, head["slots"]
        self._bits = [FIRST_SLOT << place for place in range(head["checked"])]
        self._bits += [0] * (len(self._slots) - len(self._bits))
        frames = [Frame(rank, concept, tuple(slots), *rest) for rank, concept, slots, *rest in head["frames"]]
        self._frames = list(zip(map(self._all_bits, head["needed"]), frames, strict=True))

    def _all_bits(self, slots: Iterable[int]) -> int:
        bits = 0
        for slot in slots:
            bits |= self._bits[slot]
        return bits

    def __missing__(self, number: int) -> Meaning:
        concepts, slots, roles, frames, cues, blocks, measures = _parsed(self._rows[number])[0]
        meaning = Meaning(
            concepts=tuple(concepts),
            slots=frozenset([self._slots[slot] for slot in slots]),
            bits=roles | self._all_bits(slots),
            roles=roles,
            frames=tuple([self._frames[frame] for frame in frames]),
            cues=tuple([self._cues[cue] for cue in cues]),
            blocks=tuple(blocks),
            measures=tuple([(measure, part) for measure, part in measures]),
        )
        return self.setdefault(number, meaning)


class _KeptPhrases:
    """All phrases of a vocabulary, compiled before."""

    def __init__(
        self, head: dict[str, Any], words: str, tries: dict[str, Any], meanings: list[str], vocabulary: Vocabulary
    ) -> None:
        self.meanings = _KeptMeanings(head, meanings, cues_of(vocabulary))
        self._exact = frozenset(head["exact"])
        self._tries, self._words = tries, words

    def opened_by(self, stem: str, exact: str) -> tuple[str, Meaning | None, Edges]:
        """The key of a word, what it means by itself, and what follows it in phrases."""
        key = exact if exact in self._exact else stem
        opening = exact if exact in self._tries else stem
        trie = self._tries.get(opening)
        if trie is None:
            return key, None, NO_EDGES
        if isinstance(trie, str):
            trie = self._tries[opening] = _parsed(trie)[0]
        number, edges = trie
        return key, self.meanings[number] if number >= 0 else None, edges or NO_EDGES

    def begins(self, stem: str) -> bool:
        """Whether a phrase begins with a word of this stem."""
        return stem in self._tries

    def own_words(self) -> OwnWords:
        """The words of all phrases."""
        forms, stems, targets, shortened = json.loads(self._words)
        return OwnWords(frozenset(forms), frozenset(stems), targets, Nearest(targets, shortened))
