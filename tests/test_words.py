"""Words, gaps and sentences, and the correction of spelling."""

from __future__ import annotations

import pytest

from lemtrada_triage.lexicon.meaning import COLON, COMMA, DASH, SPACE, STOP
from lemtrada_triage.read.fold import fold
from lemtrada_triage.read.reader import Reader
from lemtrada_triage.read.spelling import Speller, plain
from lemtrada_triage.read.words import Words, gap_kind


@pytest.fixture(scope="module")
def speller(reader: Reader) -> Speller:
    return reader.lexicon.speller


@pytest.mark.parametrize(
    ("between", "kind"),
    [
        (" ", SPACE),
        ("-", SPACE),
        ("/", SPACE),
        (", ", COMMA),
        (" (", COMMA),
        (": ", COLON),
        (" - ", DASH),
        (". ", STOP),
        ("\n", STOP),
    ],
)
def test_the_gap_between_two_words_has_the_kind_of_its_strongest_mark(between: str, kind: int) -> None:
    assert gap_kind(between) == kind


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("can't", "cant"),
        ("she'll", "she"),
        ("doctor's", "doctor"),
        ("i'm", "i"),
        ("o'clock", "oclock"),
        ("rash", "rash"),
    ],
)
def test_apostrophes_fall_away_without_making_other_words(written: str, form: str) -> None:
    assert plain(written) == form


@pytest.mark.parametrize(
    ("typo", "word"),
    [
        ("siezure", "seizure"), ("diahrea", "diarrhea"), ("nausious", "nauseous"), ("shortnes", "shortness"),
        ("breth", "breath"), ("headahce", "headache"), ("sooooo", "so"), ("tiiired", "tired"), ("numbb", "numb"),
        ("swolen", "swollen"), ("slured", "slurred"), ("confussed", "confused"), ("vommiting", "vomiting"),
    ],
)  # fmt: skip
def test_a_typo_is_read_as_the_word_it_stands_for(speller: Speller, typo: str, word: str) -> None:
    assert speller[typo].stem == speller[word].stem


@pytest.mark.parametrize(
    ("typo", "word", "other"),
    [("hnad", "hand", "head"), ("weqk", "weak", "week"), ("druk", "drunk", "drug"), ("chating", "chatting", "coating")],
)
def test_of_equally_near_words_the_one_that_a_slip_explains_is_taken(
    speller: Speller, typo: str, word: str, other: str
) -> None:
    assert speller[typo].stem == speller[word].stem != speller[other].stem


@pytest.mark.parametrize(
    "word",
    [
        "week",
        "tried",
        "crash",
        "couch",
        "lives",
        "strike",
        "dumb",
        "well",
        "threat",
        "dropping",
        "leading",
        "never",
        "more",
        "cash",
        "wash",
        "bash",
    ],
)
def test_a_known_english_word_is_never_corrected(speller: Speller, word: str) -> None:
    assert speller[word].score == 1.0
    assert speller[word].exact == f"={word}"


def test_words_written_as_one_are_read_as_two(speller: Speller) -> None:
    assert [part.exact for part in speller["cantbreathe"].parts] == ["=cant", "=breathe"]


def test_a_compound_written_apart_is_read_as_one(speller: Speller) -> None:
    words = Words(fold("a head ache").text, speller)
    assert [word.exact for word in words.items] == ["=a", "=headache"]
    assert words.span(1, 1) == (2, 11)


def test_a_full_stop_starts_a_new_sentence_and_a_decimal_point_does_not(speller: Speller) -> None:
    words = Words("temp 38.6 today. rash", speller)
    assert words.sentence == [0, 0, 0, 1]
