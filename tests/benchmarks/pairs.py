"""Every pair of ``vocab/table.yaml`` in twelve plain sentences. All of them, by hand:

    python tests/benchmarks/pairs.py [STEP]

prints the sentences (of every STEPth, which is quicker) that are not read as the concept of their pair;
``tests/test_table.py`` reads a sample of them.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.lexicon.groups import expanded
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.lexicon.pairs import PART_FAILS, rows
from lemtrada_triage.lexicon.vocabulary import SlotEntry, Text, Vocabulary
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.reader import Reader

OTHER = Assertion.OTHER_PERSON
# {it}: "my arm"; {his}: "his arm"; {arm}: "arm"; {word}: how it is.
IS = (
    "{it} is {word}", "My husband says {his} is {word}.", "Suddenly {it} is {word}", "{it} is suddenly {word}",
    "{it}'s {word}", "no fever but {it} is {word}", "hello comma {it} is {word} full stop what should i do",
    "Hi, Sarah Miller here, {it} is {word}", "{it} was {word} this morning", "{it} has been {word} since yesterday",
    "I woke up and {it} was {word}", "My wife's on day 2 and {her} feels {word}",
)  # fmt: skip
HAS = (
    "I have {word} in {it}", "My husband has {word} in {his}.", "suddenly {word} in {it}", "{word} in {it}",
    "i've got {word} in {it}", "no fever but {word} in {it}", "hello comma i have {word} in {it} full stop",
    "Hi, Sarah Miller here, I've {word} in {it}", "I had {word} in {it} this morning",
    "I have had {word} in {it} since yesterday", "I woke up with {word} in {it}",
    "My wife's on day 2 and she has {word} in {her}",
)  # fmt: skip
DOES = (
    "{it} {word}", "My husband says {his} {word}.", "Suddenly {it} {word}", "{it} suddenly {word}",
    "{it} just {word}", "no fever but {it} {word}", "hello comma {it} {word} full stop what should i do",
    "Hi, Sarah Miller here, {it} {word}", "{it} {word} this morning", "{it} {word} since yesterday",
    "I woke up and {it} {word}", "My wife's on day 2 and {her} {word}",
)  # fmt: skip
# {see}: the ability, with what it is done to; {not}: the failure.
VERB = (
    "I {not} {see}", "My husband {not} {see}.", "I suddenly {not} {see}", "suddenly I {not} {see}",
    "all of a sudden my wife {not} {see}", "no fever but i {not} {see}", "hello comma i {not} {see} full stop",
    "Hi, Sarah Miller here, I {not} {see}", "this morning I {not} {see}", "I {not} {see} since yesterday",
    "I woke up and {not} {see}", "she {not} {see} at all",
)  # fmt: skip
TO = (
    "I am {not} to {see}", "My husband is {not} to {see}.", "I'm suddenly {not} to {see}",
    "suddenly I am {not} to {see}", "all of a sudden my wife is {not} to {see}", "no fever but i am {not} to {see}",
    "hello comma i am {not} to {see} full stop", "Hi, Sarah Miller here, I'm {not} to {see}",
    "this morning I was {not} to {see}", "I am {not} to {see} since yesterday", "I woke up {not} to {see}",
    "she is {not} to {see} at all",
)  # fmt: skip
WITH = (
    "I have {not} {see}", "My husband has {not} {see}.", "I suddenly have {not} {see}", "suddenly I have {not} {see}",
    "all of a sudden my wife has {not} {see}", "no fever but i have {not} {see}",
    "hello comma i have {not} {see} full stop", "Hi, Sarah Miller here, I've {not} {see}",
    "this morning I had {not} {see}", "I have had {not} {see} since yesterday", "I woke up with {not} {see}",
    "she has {not} {see}",
)  # fmt: skip
FAILS = tuple(frame.replace("{word}", "{not} {see}") for frame in DOES)


class Pair(NamedTuple):
    """One sentence of a pair, and the concept that it must be read as."""

    row: str
    column: str
    concept: str
    sentence: str


class Pairs:
    """The sentences of all pairs of a vocabulary."""

    def __init__(self, files: VocabularyReader) -> None:
        self._files = files
        self._groups = files.groups

    def __iter__(self) -> Iterator[Pair]:
        return (Pair(*cell, sentence) for cell, sentences in self._cells() for sentence in sentences)

    def first(self) -> Iterator[Pair]:
        """The twelve sentences of each cell with its first words."""
        return (Pair(*cell, sentence) for cell, sentences in self._cells() for sentence in islice(sentences, len(IS)))

    def _cells(self) -> Iterator[tuple[tuple[str, str, str], Iterator[str]]]:
        """Row, column and concept of each cell, with all its sentences."""
        makers = {"states": self._states, "abilities": self._abilities, "uses": self._uses}
        for _, parsed in self._files.files:
            for kind, row, column, concept in rows(parsed.table):
                yield (row, column, concept), makers[kind](row, column)

    def _states(self, row: str, column: str) -> Iterator[str]:
        entry = self._files.classes.states[row]
        for part in self._words(column):
            it = {"it": owned("my", part), "his": owned("his", part), "her": owned("her", part)}
            for words, frames in ((entry.is_, IS), (entry.has, HAS), (entry.does, DOES)):
                for word in self._written(words):
                    yield from (frame.format(word=word, **it) for frame in frames)

    def _abilities(self, row: str, column: str) -> Iterator[str]:
        ability, failure = self._files.classes.abilities[row], self._files.classes.failures[column]
        given = ((failure.verb, ability.do, VERB), (failure.to, ability.do, TO), (failure.with_, ability.doing, WITH))
        for ways, does, frames in given:
            for way in self._written(ways):
                for does_it in self._written(does):
                    yield from (frame.format(**{"not": way, "see": does_it}) for frame in frames)

    def _uses(self, row: str, column: str) -> Iterator[str]:
        ability, failures = self._files.classes.abilities[row], self._files.classes.failures
        doing = self._written(ability.do)
        for part in self._words(column):
            does = [f"{word} {owned('my', part)}" for word in doing]
            for way in self._written(failures["can_not"].verb):
                yield from (frame.format(**{"not": way, "see": word}) for word in does for frame in VERB)
            it = {"it": owned("my", part), "his": owned("his", part), "her": owned("her", part)}
            for name in self._files.slots[PART_FAILS].includes:
                for way in self._written(failures[name].verb) if name in failures else ():
                    yield from (frame.format(**{"not": way, "see": word}, **it) for word in doing for frame in FAILS)

    def _words(self, slot: str) -> list[str]:
        entry: SlotEntry = self._files.slots[slot]
        return self._written(entry.words) + [word for inner in entry.includes for word in self._words(inner)]

    def _written(self, words: tuple[Text, ...]) -> list[str]:
        return [word.replace("=", "") for word in expanded(words, self._groups)]


def owned(whose: str, part: str) -> str:
    """A part with whose it is, unless it says so itself ("left side of my face")."""
    own = part.split()
    if own[0] in ("my", "his", "her", "the", "both", "one", "all", "on", "behind", "under", "down", "around", "over"):
        return part
    return f"{whose} {part}"


def unread(pairs: Iterable[Pair], reader: Reader) -> Iterator[Pair]:
    """The pairs whose sentence is not read as their concept, or as one that is it.

    It must count, except that a lesser symptom of a husband or wife may be that of another person.
    """
    concepts = reader.vocabulary.concepts
    for pair in pairs:
        own = [draft for draft in reader.read(pair.sentence).drafts if pair.concept in concepts[draft.concept].lineage]
        lesser = not concepts[pair.concept].always_counts
        if not any(draft.assertion.counts or (lesser and draft.assertion is OTHER) for draft in own):
            yield pair


def main() -> int:
    files = VocabularyReader(data_folder("vocab"))
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    missed = list(unread(islice(Pairs(files), 0, None, step), Reader(Vocabulary.load())))
    for pair in missed:
        print(f"{pair.row} x {pair.column} -> {pair.concept}: {pair.sentence}")
    for (row, column), count in Counter((pair.row, pair.column) for pair in missed).most_common():
        print(f"{count:6} {row} x {column}")
    total = sum(1 for _ in islice(Pairs(files), 0, None, step))
    print(f"{total:,} sentences, {len(missed):,} not read")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
