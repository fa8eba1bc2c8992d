"""Every look-alike changes how its example is read, and the benchmark of what decides reads as the reader does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.lexicon.groups import expanded
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.lexicon.lookalikes import example_of, is_well_marked, words_of
from lemtrada_triage.lexicon.meaning import EVERYTHING
from lemtrada_triage.read.reader import Reader

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
from vocabulary_use import Text, Units, unit_of

EVERYDAY = (Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def units(reader: Reader) -> Units:
    return Units(reader)


def written() -> Iterator[tuple[str, str]]:
    """Every look-alike with its concept, as it is written: a sentence with the look-alike in brackets."""
    files = VocabularyReader(data_folder("vocab"))
    for _, parsed in files.files:
        for entry in parsed.concepts:
            yield from ((entry.id, sentence) for sentence in expanded(entry.never, files.groups))
        yield from ((EVERYTHING, sentence) for sentence in expanded(parsed.idioms, files.groups))


def test_each_look_alike_changes_how_its_example_is_read(reader: Reader, units: Units) -> None:
    idle = []
    for concept, sentence in written():
        text = Text(example_of(sentence), reader, units)
        own = unit_of("never", concept, words_of(sentence), reader.lexicon.speller)
        if text.outcome(lambda unit: True) == text.outcome(lambda unit, own=own: unit != own):  # type: ignore[misc]
            idle.append((concept, sentence))
    assert idle == []


def test_the_benchmark_reads_as_the_reader_does(reader: Reader, units: Units) -> None:
    for sentence in [*EVERYDAY, *(example_of(sentence) for _, sentence in written())]:
        read = reader.read(sentence)
        drafts = frozenset((draft.concept, draft.assertion, draft.modifiers) for draft in read.drafts)
        own = Text(sentence, reader, units).outcome(lambda unit: True)
        assert own == (drafts, read.signals, read.understood), sentence


def test_words_in_brackets_are_the_look_alike_and_the_sentence_its_example() -> None:
    assert words_of("the [=stroke ward] rang in #year") == "=stroke ward"
    assert example_of("the [=stroke ward] rang in #year") == "the stroke ward rang in 2009"
    assert words_of("cabin fever") == example_of("cabin fever") == "cabin fever"


@pytest.mark.parametrize("sentence", ["a [b", "a] b", "[a] [b]", "[]", "[ ] a", "a ]b["])
def test_brackets_stand_once_around_words(sentence: str) -> None:
    assert not is_well_marked(sentence)
