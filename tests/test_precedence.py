"""Each constant and each rule of precedence of the words reader decides something: at its bound, both ways."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lemtrada_triage import Triage
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.reader import Reader

SAID = [
    pytest.param("not numb, dizzy", "dizziness", "present", id="a short denial ends at a comma"),
    pytest.param("no more chest pain, numb arm", "limb_numbness", "present", id="four words are a short scope"),
    pytest.param(
        "I was standing there by the till of the old shop serving customers and fainted", "fainting", "present",
        id="an I twelve words back is the subject",
    ),
    pytest.param(
        "I was out the whole day in the big shop for the old customer and fainted", "fainting", "other_person",
        id="an I thirteen words back is not",
    ),
    pytest.param(
        "no rash, fever, cough, chest pain, headache, dizziness, itching, bruising, nausea, vomiting, chills, sore "
        "throat, back pain, joint pain, palpitations, hair loss, tremor, insomnia, sweating, double vision or jaundice",
        "jaundice", "absent", id="a denial without a scope of its own reaches to the end of a long list",
    ),
    pytest.param("a customer fainted", "fainting", "other_person", id="what befalls a stranger is the stranger's"),
    pytest.param("a customer suddenly fainted", "fainting", "present", id="a sudden emergency counts all the same"),
    pytest.param("a customer suddenly itched", "itching", "other_person", id="but nothing less does"),
    pytest.param(
        "since the bad relapse back then in 2018 my arm is numb", "limb_numbness", "present",
        id="a since six words before a year",
    ),
    pytest.param(
        "since the very bad relapse back then in 2018 my arm is numb", "limb_numbness", "historical",
        id="a since seven words before a year is too far",
    ),
    pytest.param("Fever of any kind in past days? No", "fever", "absent", id="an answer seven words behind its field"),
    pytest.param("Fever of any kind in the past days? No", "fever", "present", id="an answer eight words behind it"),
    pytest.param(
        "my mum has a rash and I woke up with bad itching", "rash", "other_person", id="a sign five words behind an I"
    ),
    pytest.param(
        "my mum has a rash and I woke up with very bad itching", "rash", "present", id="a sign six words behind an I"
    ),
]  # fmt: skip
MEASURED = [
    pytest.param("my pulse as taken then was 160", True, id="a name five words before its number"),
    pytest.param("my pulse as taken just then was 160", False, id="a name six words before it"),
    pytest.param("160 was my pulse", True, id="a name three words behind its number"),
    pytest.param("160 was then my pulse", False, id="a name four words behind it"),
]
LEFT = [
    pytest.param("back again today", ("back",), id="a word of the body among three"),
    pytest.param("back again today then", (), id="among four it needs an owner"),
]
SMALL = {
    "concepts": [
        {"id": "zilmo", "label": "zilmo", "terms": ["zilmo"]},
        {"id": "zanmo", "label": "zanmo", "terms": ["zanmo", "zanmo plim", "zanmo plam", "zanmo plum"]},
        {"id": "long", "label": "long", "terms": ["zalmitrop"]},
        {"id": "sore", "label": "sore", "frames": [{"near": ["limb", ["zings"]]}]},
    ],
    "slots": {"limb": {"words": ["plarm", "plarm pit"], "body": True}},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Knows words that are like no others."""
    folder: Path = tmp_path_factory.mktemp("words")
    (folder / "words.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    return Reader(Vocabulary.load(folder))


@pytest.mark.parametrize(("text", "concept", "assertion"), SAID)
def test_a_cue_reaches_just_as_far_as_it_should(triage: Triage, text: str, concept: str, assertion: str) -> None:
    said = {draft.concept: draft.assertion.value for draft in triage.read(text).drafts}
    assert said[concept] == assertion


@pytest.mark.parametrize(("text", "read"), MEASURED)
def test_a_measure_is_named_within_a_few_words(triage: Triage, text: str, read: bool) -> None:
    assert [draft.concept for draft in triage.read(text).drafts] == ["fast_heartbeat"] * read


@pytest.mark.parametrize(("text", "left"), LEFT)
def test_a_lone_word_of_the_body_is_left_over_in_few_words(triage: Triage, text: str, left: tuple[str, ...]) -> None:
    assert tuple(text[start:end] for start, end in triage.read(text).leftovers) == left


def test_of_equally_strong_cues_the_nearest_is_named(triage: Triage) -> None:
    text = "denies rash, no fever"
    spoken = {draft.concept: draft.cue and text[slice(*draft.cue)] for draft in triage.read(text).drafts}
    assert spoken == {"rash": "denies", "fever": "no"}


def test_business_silences_feelings_only_where_nothing_else_is_told(triage: Triage) -> None:
    told = {draft.concept for draft in triage.read("I'm anxious about my bill and my chest hurts").drafts}
    assert {"anxiety", "chest_pain"} <= told
    assert not triage.read("I'm anxious about my bill").drafts


def test_of_equally_near_words_for_a_slot_the_longest_is_taken(small: Reader) -> None:
    assert [(draft.start, draft.end) for draft in small.read("zings in plarm pit").drafts] == [(0, 18)]


def test_another_vowel_explains_a_typo_and_a_far_key_does_not(small: Reader) -> None:
    """However often the vocabulary has the other word."""
    assert [draft.concept for draft in small.read("zalmo").drafts] == ["zilmo"]


@pytest.mark.parametrize(("typo", "found"), [("zalmibrob", True), ("salmitrob", False)])
def test_two_edits_are_forgiven_only_behind_the_first_letter(small: Reader, typo: str, found: bool) -> None:
    assert bool(small.read(typo).drafts) is found
