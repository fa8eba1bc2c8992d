"""Every pair of ``vocab/table.yaml`` in twelve plain sentences. All of them, by hand:

    python tests/benchmarks/pairs.py [STEP]

prints the sentences (of every STEPth, which is quicker) that are not read as the concept of their pair;
``tests/test_table.py`` reads one sentence of each two words, and all of the first words of each cell.
"""

from __future__ import annotations

import random
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


class Shape(NamedTuple):
    """One plain sentence for each way in which a pair is said.

    "My arm" ({it}; {his}, {her}) is numb, has numbness or tingles ({word}); somebody can't ({not}) see ({see}), is
    unable to see, or has trouble seeing.
    """

    is_: str
    has: str
    does: str
    verb: str
    to: str
    with_: str

    @property
    def fails(self) -> str:
        """A part that fails: "my arm won't lift"."""
        return self.does.replace("{word}", "{not} {see}")


SHAPES = (
    # first person
    Shape(
        "{it} is {word}",
        "I have {word} in {it}",
        "{it} {word}",
        "I {not} {see}",
        "I am {not} to {see}",
        "I have {not} {see}",
    ),
    # carer
    Shape(
        "My husband says {his} is {word}.",
        "My husband has {word} in {his}.",
        "My husband says {his} {word}.",
        "My husband {not} {see}.",
        "My husband is {not} to {see}.",
        "My husband has {not} {see}.",
    ),
    # suddenly before
    Shape(
        "Suddenly {it} is {word}",
        "suddenly {word} in {it}",
        "Suddenly {it} {word}",
        "suddenly I {not} {see}",
        "suddenly I am {not} to {see}",
        "suddenly I have {not} {see}",
    ),
    # suddenly inside
    Shape(
        "{it} is suddenly {word}",
        "{word} in {it}",
        "{it} suddenly {word}",
        "I suddenly {not} {see}",
        "I'm suddenly {not} to {see}",
        "I suddenly have {not} {see}",
    ),
    # in few words
    Shape(
        "{it}'s {word}",
        "i've got {word} in {it}",
        "{it} just {word}",
        "all of a sudden my wife {not} {see}",
        "all of a sudden my wife is {not} to {see}",
        "all of a sudden my wife has {not} {see}",
    ),
    # beside a denial
    Shape(
        "no fever but {it} is {word}",
        "no fever but {word} in {it}",
        "no fever but {it} {word}",
        "no fever but i {not} {see}",
        "no fever but i am {not} to {see}",
        "no fever but i have {not} {see}",
    ),
    # dictated
    Shape(
        "hello comma {it} is {word} full stop what should i do",
        "hello comma i have {word} in {it} full stop",
        "hello comma {it} {word} full stop what should i do",
        "hello comma i {not} {see} full stop",
        "hello comma i am {not} to {see} full stop",
        "hello comma i have {not} {see} full stop",
    ),
    # with a name
    Shape(
        "Hi, Sarah Miller here, {it} is {word}",
        "Hi, Sarah Miller here, I've {word} in {it}",
        "Hi, Sarah Miller here, {it} {word}",
        "Hi, Sarah Miller here, I {not} {see}",
        "Hi, Sarah Miller here, I'm {not} to {see}",
        "Hi, Sarah Miller here, I've {not} {see}",
    ),
    # in the past
    Shape(
        "{it} was {word} this morning",
        "I had {word} in {it} this morning",
        "{it} {word} this morning",
        "this morning I {not} {see}",
        "this morning I was {not} to {see}",
        "this morning I had {not} {see}",
    ),
    # lasting
    Shape(
        "{it} has been {word} since yesterday",
        "I have had {word} in {it} since yesterday",
        "{it} {word} since yesterday",
        "I {not} {see} since yesterday",
        "I am {not} to {see} since yesterday",
        "I have had {not} {see} since yesterday",
    ),
    # on waking
    Shape(
        "I woke up and {it} was {word}",
        "I woke up with {word} in {it}",
        "I woke up and {it} {word}",
        "I woke up and {not} {see}",
        "I woke up {not} to {see}",
        "I woke up with {not} {see}",
    ),
    # of a wife
    Shape(
        "My wife's on day 2 and {her} feels {word}",
        "My wife's on day 2 and she has {word} in {her}",
        "My wife's on day 2 and {her} {word}",
        "she {not} {see} at all",
        "she is {not} to {see} at all",
        "she has {not} {see}",
    ),
)


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
        """All sentences of each cell with its first words."""
        first = len(SHAPES)
        return (Pair(*cell, sentence) for cell, sentences in self._cells() for sentence in islice(sentences, first))

    def once(self, seed: int) -> Iterator[Pair]:
        """Every two words that make a pair, in one of the sentences each."""
        chosen = random.Random(seed)
        for cell, sentences in self._cells():
            while alike := tuple(islice(sentences, len(SHAPES))):
                yield Pair(*cell, chosen.choice(alike))

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
            for number, words in enumerate((entry.is_, entry.has, entry.does)):
                for word in self._written(words):
                    yield from (shape[number].format(word=word, **it) for shape in SHAPES)

    def _abilities(self, row: str, column: str) -> Iterator[str]:
        ability, failure = self._files.classes.abilities[row], self._files.classes.failures[column]
        given = ((failure.verb, ability.do), (failure.to, ability.do), (failure.with_, ability.doing))
        for number, (ways, does) in enumerate(given, 3):
            for way in self._written(ways):
                for does_it in self._written(does):
                    yield from (shape[number].format(**{"not": way, "see": does_it}) for shape in SHAPES)

    def _uses(self, row: str, column: str) -> Iterator[str]:
        ability, failures = self._files.classes.abilities[row], self._files.classes.failures
        doing = self._written(ability.do)
        for part in self._words(column):
            does = [f"{word} {owned('my', part)}" for word in doing]
            for way in self._written(failures["can_not"].verb):
                yield from (shape.verb.format(**{"not": way, "see": word}) for word in does for shape in SHAPES)
            it = {"it": owned("my", part), "his": owned("his", part), "her": owned("her", part)}
            for name in self._files.slots[PART_FAILS].includes:
                for way in self._written(failures[name].verb) if name in failures else ():
                    yield from (
                        shape.fails.format(**{"not": way, "see": word}, **it) for word in doing for shape in SHAPES
                    )

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
