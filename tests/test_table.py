"""The table of closed classes: every pair in plain sentences, and what its mistakes are called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import VocabularyError
from lemtrada_triage.read.reader import Reader

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
from pairs import Pairs, unread

# Another seed chooses other sentences; with any, each pair of words has one.
SEED = 12
ALL = Pairs(VocabularyReader(data_folder("vocab")))


def test_every_pair_of_words_is_read_in_a_plain_sentence(reader: Reader) -> None:
    assert [(pair.concept, pair.sentence) for pair in unread(ALL.once(SEED), reader)] == []


def test_every_cell_of_the_table_is_read_in_all_sentences_with_its_first_words(reader: Reader) -> None:
    assert [(pair.concept, pair.sentence) for pair in unread(ALL.first(), reader)] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "I suddenly can't see", "suddenly i cannot see", "i cant suddenly see", "my wife suddenly couldn't see",
        "I'm suddenly no longer able to see", "hello comma i can't see anything full stop",
    ],
)  # fmt: skip
def test_losing_sight_is_read_wherever_suddenly_stands(reader: Reader, sentence: str) -> None:
    assert "vision_loss" in {draft.concept for draft in reader.read(sentence).drafts if draft.assertion.counts}


CLASSES = """
concepts: [{id: numbness, label: numbness}, {id: blindness, label: blindness}]
slots: {arm: {words: [arm]}, in_part: {words: [in]}, ability_any: {words: [anything]},
  any_failure: {includes: [no_way]}, part_fails: {includes: [no_way]}}
states: {numb: {is: [numb], has: [numbness]}}
abilities: {see: {do: [see]}}
failures: {no_way: {verb: [can't]}}
"""


def load(folder: Path, table: str) -> Vocabulary:
    (folder / "words.yaml").write_text(f"{CLASSES}table: {table}\n", encoding="utf-8")
    return Vocabulary.load(folder)


def test_a_pair_becomes_the_frames_of_its_concept(tmp_path: Path) -> None:
    words = load(tmp_path, "{states: {numb: {arm: numbness}}, abilities: {see: {no_way: blindness}}}")
    frames = {entry.id: [frame.seq for frame in entry.frames] for entry in words.entries}
    assert frames == {
        "numbness": [("arm", "numb"), ("numb", "arm"), ("numb", "in_part", "arm")],
        "blindness": [("no_way", "see")],
    }


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("{states: {num: {arm: numbness}}}", "unknown-state"),
        ("{states: {numb: {leg: numbness}}}", "unknown-slot"),
        ("{states: {numb: {arm: deafness}}}", "unknown-concept"),
        ("{abilities: {hear: {no_way: blindness}}}", "unknown-ability"),
        ("{abilities: {see: {never: blindness}}}", "unknown-failure"),
        ("{uses: {see: {leg: blindness}}}", "unknown-slot"),
    ],
)
def test_a_row_or_column_that_no_class_has_is_named_with_its_place(tmp_path: Path, table: str, error: str) -> None:
    with pytest.raises(VocabularyError) as caught:
        load(tmp_path, table)
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [(error, 8)]


def test_a_table_without_the_slots_that_its_frames_need_says_which(tmp_path: Path) -> None:
    text = CLASSES.replace("in_part: {words: [in]}, ", "") + "table: {states: {numb: {arm: numbness}}}\n"
    (tmp_path / "words.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(VocabularyError, match="no slot is called 'in_part'"):
        Vocabulary.load(tmp_path)
