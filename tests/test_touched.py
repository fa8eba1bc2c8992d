"""Which texts a change of the words can be heard in: never one too few."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lemtrada_triage import Triage
from lemtrada_triage.author.touched import Touched
from lemtrada_triage.lexicon.vocabulary import ConceptEntry, CueEntry, FrameEntry, Vocabulary


def with_entry(vocabulary: Vocabulary, name: str, **update: object) -> Vocabulary:
    entries = [one.model_copy(update=update) if one.id == name else one for one in vocabulary.entries]
    return replace(vocabulary, entries=tuple(entries))


def entry(vocabulary: Vocabulary, name: str) -> ConceptEntry:
    return next(one for one in vocabulary.entries if one.id == name)


@pytest.fixture(scope="module")
def words(triage: Triage) -> Vocabulary:
    return triage.vocabulary


def test_the_same_words_touch_nothing(words):
    assert not Touched(words, words)("my face is drooping")


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ("got the glimmerings again", True),  # another ending
        ("it was glimering", True),  # a slip of the pen
        ("myglimmering", True),  # a space left out
        ("my face is drooping", False),
        ("", False),
    ],
)
def test_a_new_term_touches_the_texts_that_hold_its_telling_words(words, text, touched):
    new = with_entry(words, "hiccups", terms=(*entry(words, "hiccups").terms, "the glimmering of my"))
    assert Touched(words, new)(text) is touched
    assert Touched(new, words)(text) is touched


def test_a_new_frame_touches_the_texts_that_hold_a_word_of_its_shortest_slot(words):
    frame = FrameEntry(seq=(("zorple", "wobble"), tuple(f"word{n}" for n in range(9))))
    touched = Touched(words, with_entry(words, "hiccups", frames=(frame,)))
    assert touched("a wobble again") and not touched("nothing of that")


def test_a_new_cue_of_everyday_words_touches_the_texts_that_hold_them(words):
    new = replace(words, cues=(*words.cues, CueEntry(kind="absent", terms=("not the",))))
    assert Touched(words, new)("it is not there") and not Touched(words, new)("fever")


def test_what_is_no_wording_touches_everything(words):
    numbers = {**words.numbers, "zorple": 3.0}
    assert Touched(words, replace(words, numbers=numbers))("whatever")


@pytest.mark.parametrize("term", ["giddy spell", "zorple", "#num zorples", "can't zorple"])
def test_a_text_that_is_read_differently_is_always_among_the_touched(words, triage, term):
    from lemtrada_triage.read.reader import Reader

    new = with_entry(words, "hiccups", terms=(*entry(words, "hiccups").terms, term))
    touched, reader = Touched(words, new), Reader(new)
    for text in ("a giddy spell", "giddy spels", "3 zorples", "cant zorple now", "zorplez", "no zorple", "my zorpling"):
        if reader.read(text).drafts != triage.read(text).drafts:
            assert touched(text), text
