"""What is read in a message: mentions, assertions, modifiers, measurements, and what was not understood."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import Assertion, Triage
from lemtrada_triage.read.message import quotable


def said(triage: Triage, text: str) -> dict[str, str]:
    return {mention.concept: mention.assertion.value for mention in triage.assess(text).mentions}


@pytest.mark.parametrize(
    ("text", "concept", "assertion"),
    [
        ("I have a fever", "fever", "present"),
        ("numb hand ever since my relapse in 2018", "limb_numbness", "present"),
        ("numb hand, a relapse in 2018", "limb_numbness", "present"),
        ("Fever? N Cough? N Headache? Y", "cough", "absent"),
        ("1) Fever - no 2) Headache - no", "fever", "absent"),
        ("no fever", "fever", "absent"),
        ("denies fever, chills or cough", "cough", "absent"),
        ("no fever but a bad cough", "cough", "present"),
        ("Fever: N  Cough: Y", "fever", "absent"),
        ("Fever: N  Cough: Y", "cough", "present"),
        ("fever - none", "fever", "absent"),
        ("the rash has not gone away", "rash", "present"),
        ("not only a rash but also a cough", "rash", "present"),
        ("maybe a fever", "fever", "uncertain"),
        ("call us if you get a fever", "fever", "hypothetical"),
        ("what if I get a fever?", "fever", "hypothetical"),
        ("I had a stroke in 2009", "stroke", "historical"),
        ("seizures as a kid", "seizure", "historical"),
        ("my mother had a stroke", "stroke", "other_person"),
        ("my flatmate has the flu, not me", "flu_like", "other_person"),
        ("my husband's mouth is crooked, he had Lemtrada on Tuesday", "facial_droop", "present"),
        ("my face drooped this morning, fine now", "facial_droop", "resolved"),
        ("no fever my left arm went numb", "limb_numbness", "present"),
        ("can't speak", "speech_difficulty", "present"),
        ("1. Headache - no 2. Rash - no 3. Cough - yes", "headache", "absent"),
        ("1. Headache - no 2. Rash - no 3. Cough - yes", "cough", "present"),
        ("Swelling of lips or tongue? No", "mouth_swelling", "absent"),
        ("[x] cough [ ] fever", "fever", "absent"),
        ("fever [ ] cough [x]", "fever", "absent"),
        ("head ache [x] rash [ ]", "rash", "absent"),
        ("headache 0/10", "headache", "absent"),
        ("Does it cause a rash?", "rash", "hypothetical"),
        ("Why do I have a rash?", "rash", "present"),
        ("Is it normal that my arm is numb?", "limb_numbness", "present"),
        ("if I get a rash I should ring, well I have had a cough since noon", "cough", "present"),
        ("my wife says the whites of my eyes look yellow", "jaundice", "present"),
        ("a lady in my group said she had a rash", "rash", "other_person"),
        ("my mother had a seizure in 1998", "seizure", "other_person"),
        ("this morning a customer fainted by the till", "fainting", "other_person"),
        ("I was serving a customer and fainted", "fainting", "present"),
        ("our poodle had a fit", "seizure", "other_person"),
        ("in the novel the queen's mouth drooped", "facial_droop", "hypothetical"),
        ("the wife is the one with the rash", "rash", "other_person"),
        ("nosebleeds 0, bruises 0", "nosebleed", "absent"),
        ("bruises 3, pain 0/10", "bruising", "present"),
        ("my numb foot from the 2010 relapse recovered fully years ago", "limb_numbness", "historical"),
        ("Have I had a fever? I have not.", "fever", "absent"),
        ("no bleeding, only this hand that went numb", "limb_numbness", "present"),
        ("my partner had a seizure an hour ago", "seizure", "present"),
        ("my face is drooping, mum had a stroke in 2011", "facial_droop", "present"),
        ("for the past month my joints hurt", "joint_pain", "present"),
        ("told to watch for arm weakness and now I have it", "limb_weakness", "present"),
        ("In 2018 I had a droopy face. Now it is back.", "facial_droop", "present"),
        ("no weakness in my arm until this morning", "limb_weakness", "present"),
        ("should I call if my face is drooping", "facial_droop", "present"),
        ("If my face ever drooped, whom would I call?", "facial_droop", "hypothetical"),
        ("my leg doesn't hurt but it's numb", "limb_numbness", "present"),
        ("if I sit down my leg goes numb", "limb_numbness", "present"),
        ("if I develop a rash, whom do I call?", "rash", "hypothetical"),
        ("rash no fever no", "rash", "absent"),
        ("fever no, numb arm yes", "limb_numbness", "present"),
        ("no headache, vision changes or weakness", "blurred_vision", "absent"),
        ("headache (no fever, no rash), cough", "cough", "present"),
        ("headache (no fever, no rash), cough", "rash", "absent"),
        ("no chest pain (not even mild), fever or cough", "fever", "absent"),
        ("no rash, slight headache", "headache", "uncertain"),
        ("no rash, some chills", "chills", "present"),
        ("no f/c/n/v, no SOB, +HA", "headache", "present"),
        ("no f/c/n/v, no SOB, +HA", "fever_and_chills", "absent"),
        ("no pain except in my left arm", "arm_pain", "present"),
        ("no numbness apart from my right foot", "limb_numbness", "present"),
        ("no sudden weakness, severe headache or rash", "rash", "absent"),
    ],
)
def test_the_assertion_follows_from_the_words_around(triage: Triage, text: str, concept: str, assertion: str) -> None:
    found = triage.assess(text).mentions
    lineages = {m.assertion.value for m in found if concept in triage.vocabulary.concepts[m.concept].lineage}
    assert lineages == {assertion}


def test_the_cue_is_returned_with_its_place(triage: Triage) -> None:
    text = "She denies any fever"
    cue = triage.assess(text).mentions[0].cue
    assert cue is not None
    assert (cue.text, text[cue.start : cue.end]) == ("denies", "denies")


def test_a_span_found_by_the_caller_gets_its_assertion(triage: Triage) -> None:
    text = "There is no evidence of pneumothorax."
    result = triage.assertion(text, 24, 36)
    assert result.assertion is Assertion.ABSENT
    assert str(result.cue) == "no evidence of"


@pytest.mark.parametrize(
    ("text", "modifier"),
    [
        ("sudden confusion", "sudden"),
        ("all of a sudden I sat down and then I was confused", "sudden"),
        ("out of nowhere I was confused", "sudden"),
        ("confusion coming on slowly over weeks", "gradual"),
        ("my usual numbness in the legs, for years", "long_standing"),
        ("severe headache", "severe"),
        ("headache", "unstated"),
        ("headache that won't go away", "lasting"),
        ("numb left arm", "one_sided"),
    ],
)
def test_modifiers_are_read(triage: Triage, text: str, modifier: str) -> None:
    assert any(modifier in mention.modifiers for mention in triage.assess(text).mentions)


def test_something_new_about_an_old_symptom_makes_it_not_long_standing(triage: Triage) -> None:
    for text in (
        "my usual numbness in the legs got much worse today",
        "numb legs for years but suddenly my arm is numb",
    ):
        assert any("long_standing" not in mention.modifiers for mention in triage.assess(text).mentions)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("temp of 101", "fever"),
        ("38.6 this morning", "fever"),
        ("fever of 100.4", "fever"),
        ("38 °C", "fever"),
        ("my temperature is 37.7", "low_grade_temperature"),
        ("temp 99.9F", "low_grade_temperature"),
        ("pulse 120 sitting down", "fast_heartbeat"),
        ("bp 182/110", "high_blood_pressure"),
        ("up 9 lbs in a week", "weight_gain"),
        ("lost 2 stone", "weight_loss"),
        ("temperature thirty eight point three", "fever"),
        ("nine pounds up in six days", "weight_gain"),
        ("platelets were 62 on Monday", "low_platelets"),
    ],
)
def test_a_measured_value_out_of_range_is_a_symptom(triage: Triage, text: str, concept: str) -> None:
    assert concept in said(triage, text)


@pytest.mark.parametrize(
    "text",
    [
        "temp 98.6",
        "temperature 36.8",
        "T 36.8 HR 72 BP 118/70",
        "pulse 72",
        "bp 120/80",
        "I take 37.5 mg",
        "lost £20",
        "I am 101 years old",
    ],
)
def test_a_value_in_the_normal_range_or_of_something_else_is_none(triage: Triage, text: str) -> None:
    assert said(triage, text) == {}


@pytest.mark.parametrize("text", ["no fever, no rash", "feeling fine today, no problems"])
def test_only_denials_is_routine_and_understood(triage: Triage, text: str) -> None:
    result = triage.assess(text, 10)
    assert (result.urgency.value, result.understood) == ("routine", True)


@pytest.mark.parametrize(
    "text",
    [
        "my elbow does a strange thing",
        "me duele mucho la cabeza y no puedo hablar",
        "у меня температура и кашель",
    ],
)
def test_a_complaint_that_is_not_understood_goes_to_a_human(triage: Triage, text: str) -> None:
    result = triage.assess(text, 10)
    assert (result.urgency.value, result.understood) == ("contact_provider", False)


def test_talk_without_any_complaint_is_routine_and_marked_as_not_understood(triage: Triage) -> None:
    result = triage.assess("What time is my appointment on Monday?", 10)
    assert (result.urgency.value, result.understood) == ("routine", False)


def test_a_lone_word_of_feeling_beside_a_payment_is_about_the_payment(triage: Triage) -> None:
    assert said(triage, "I'm confused, why was my card charged twice?") == {}
    assert said(triage, "I'm confused and don't know where I am") != {}


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("my neck veins and throat are swollen", {"neck_veins", "throat_swelling"}),
        ("diarrhea, no blood in stool", {"diarrhea", "blood_in_stool"}),
        ("not breathing well", {"dyspnea"}),
    ],
)
def test_no_danger_sign_is_lost_to_another_mention(triage: Triage, text: str, concepts: set[str]) -> None:
    assert concepts <= set(said(triage, text))


def test_a_frame_of_a_coarser_kind_does_not_take_a_finer_sign(triage: Triage) -> None:
    assert "not_breathing" in said(triage, "she is not breathing is this normal")
    assert "slurred_speech" in said(triage, "like mouth full of cotton when i talk")


def test_a_coarser_reading_of_the_same_words_is_not_shown_beside_the_finer_one(triage: Triage) -> None:
    assert set(said(triage, "my left arm went numb")) == {"limb_numbness"}


def test_the_words_left_over_are_shown(triage: Triage) -> None:
    text = "my elbow does a strange thing"
    left = triage.assess(text).not_understood
    assert left
    assert all(text[span.start : span.end] == span.text for span in left)


@given(st.text(st.characters(), max_size=300))
def test_no_text_raises_and_every_offset_gives_back_its_text(triage: Triage, text: str) -> None:
    result = triage.assess(text)
    for span in (*result.mentions, *result.not_understood, *(m.cue for m in result.mentions if m.cue)):
        assert text[span.start : span.end] == span.text
    result.model_dump_json()


PIECES = [
    "fever", "my", "left", "arm", "numb", "no", "but", "38.6", "can't", "speak", "face", "droopy",
    "🤮", "’", "ﬁts", "İ", "\ud800",
    "\n", ". ", ", ", ": ", "head", "ache", "SUDDEN", "stroke", "since", "2009", "é", "N",
    "cantbreathe", "œdema", "-", "if",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_any_mix_of_real_words_and_odd_characters_is_read_with_true_offsets(
    triage: Triage, pieces: list[str], between: str
) -> None:
    text = between.join(pieces)
    for mention in triage.assess(text).mentions:
        assert quotable(text[mention.start : mention.end]) == mention.text


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000, "numb arm " * 11_000, "no " * 33_000, "fever," * 16_000, "my face " * 12_000, "🤮" * 100_000,
        "\ufdfa" * 20_000, "(" * 100_000, "1 " * 50_000, "i am " * 20_000, "é" * 100_000, string.punctuation * 3_000,
    ],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
def test_a_hundred_thousand_characters_of_anything_are_read(triage: Triage, text: str) -> None:
    result = triage.assess(text)
    assert all(text[m.start : m.end] == m.text for m in result.mentions)
