"""The words reader, one way of telling at a time: what is read, in order, and the words that decided it."""

from __future__ import annotations

import pytest

from lemtrada_triage import Triage


def told(triage: Triage, text: str) -> str:
    """Each concept with its assertion, and the cue behind it where there is one."""
    drafts = triage.read(text).drafts
    cues = [f" by {text[slice(*draft.cue)].lower()}" if draft.cue else "" for draft in drafts]
    return ", ".join(f"{draft.concept} {draft.assertion.value}{cue}" for draft, cue in zip(drafts, cues, strict=True))


def cases(*pairs: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "expected"), pairs, ids=[text[:60] for text, _ in pairs])


@cases(
    ("no rash, slight fever", "rash absent by no, fever uncertain by slight"),
    ("no rash, +fever", "rash absent by no, fever present"),
    ("no rash, new fever", "rash absent by no, fever present"),
    ("no rash, yesterday fever", "rash absent by no, fever present"),
    ("no rash, my face is drooping", "rash absent by no, facial_droop present"),
    ("no cough, chest pain now", "cough absent by no, chest_pain present"),
    ("no cough and gums bleed", "cough absent by no, gum_bleeding present"),
    ("(no rash) fever", "rash absent by no, fever present"),
    ("no rash, gums bleed. Fever or cough", "rash absent by no, gum_bleeding present, fever present, cough present"),
    ("no fever my arm is numb", "fever absent by no, limb_numbness present"),
    ("no fever or rash my arm is numb", "fever absent by no, rash absent by no, limb_numbness present"),
    ("no fever but a cough", "fever absent by no, cough present"),
    ("denies fever; rash today", "fever absent by denies, rash present"),
)
def test_a_denial_ends_where_a_finding_of_its_own_begins(triage, text, expected):
    assert told(triage, text) == expected


@cases(
    ("no fever and cough", "fever absent by no, cough absent by no"),
    ("no rash, fever or cough", "rash absent by no, fever absent by no, cough absent by no"),
    ("no rash, slurred speech or fever", "rash absent by no, slurred_speech absent by no, fever absent by no"),
    ("no rash nor fever", "rash absent by no, fever absent by nor"),
    ("denies fever, chills, or rash", "fever absent by denies, chills absent by denies, rash absent by denies"),
)
def test_a_denial_goes_on_through_a_list_of_bare_nouns(triage, text, expected):
    assert told(triage, text) == expected


def test_an_emergency_sign_that_may_be_a_finding_of_its_own_is_uncertain_in_a_denied_list(triage):
    assert told(triage, "no rash, face drooping") == "rash absent by no, facial_droop uncertain by no"


@cases(
    ("Q: any fever? A: no", "fever absent by no"),
    ("Q: any fever? A: yes", "fever present"),
    ("Swelling of lips or tongue? No", "lip_swelling absent by no, mouth_swelling absent by no"),
    ("Swelling of lips or tongue? Yes", "lip_swelling present, mouth_swelling present"),
    ("Fever: no, cough: yes", "fever absent by no, cough present"),
    ("Fever - no, cough - yes", "fever absent by no, cough present"),
    ("fever no cough yes", "fever absent by no, cough present"),
    ("rash no fever no", "rash absent by no, fever absent by no"),
    ("rash no fever yes", "rash absent by no, fever present"),
    ("1. Headache - no 2. Rash - no", "headache absent by no, rash absent by no"),
    ("1. Headache - no 2. Rash - yes", "headache absent by no, rash present"),
)
def test_an_answer_belongs_to_the_field_before_it(triage, text, expected):
    assert told(triage, text) == expected


@cases(
    ("[ ] fever [x] rash", "fever absent by [ ], rash present"),
    ("[x] fever [ ] rash", "fever present, rash absent by [ ]"),
    ("fever [ ] rash [x]", "fever absent by [ ], rash present"),
    ("fever [x] rash [ ]", "fever present, rash absent by [ ]"),
    ("fever (-) rash (+)", "fever absent by (-), rash present"),
    ("(-) fever (+) rash", "fever absent by (-), rash present"),
    ("( ) fever", "fever present"),
)
def test_an_empty_box_denies_what_stands_on_its_side(triage, text, expected):
    assert told(triage, text) == expected


@cases(
    ("told to watch for a fever, and now I have it", "fever present by now i have it"),
    ("Seizure? In 1987, and today", "seizure present"),
    ("had a seizure in 2009 and my arm is numb today", "seizure historical by in 2009, limb_numbness present"),
    ("seizure in 2009 but not since", "seizure historical by in 2009"),
    ("in 2019 my arm was numb", "limb_numbness historical by in 2019"),
    ("arm, numb in 2011", "limb_numbness historical by in 2011"),
    ("since 2019 my arm is numb", "limb_numbness present"),
    ("we moved in 2019, my arm is numb", "limb_numbness present"),
    ("we moved house in 2019 and my arm is numb", "limb_numbness present"),
    ("fever went away yesterday", "fever resolved by went away"),
)
def test_what_is_over_and_what_is_here_are_told_apart(triage, text, expected):
    assert told(triage, text) == expected


@cases(
    (
        "My mother had a stroke in 2010. She was in a coma",
        "stroke other_person by mother had, unconscious other_person by my mother",
    ),
    ("My mother had a stroke in 2010. She is in a coma", "stroke other_person by mother had, unconscious present"),
    ("My mother had a stroke in 2010. I was in a coma", "stroke other_person by mother had, unconscious present"),
    ("dad had a stroke, chest pain now", "stroke other_person by dad, chest_pain present"),
    ("dad had a stroke, can't breathe", "stroke other_person by dad, dyspnea present"),
    ("dad had a stroke, chest pain", "stroke other_person by dad, chest_pain other_person by dad"),
    ("mum has migraines", "migraine other_person by mum has"),
    ("mum has a rash", "rash present"),
    ("mum had a rash", "rash other_person by mum"),
    ("mum has had a rash", "rash present"),
    ("My son has a rash and I am coughing", "rash other_person by son has, cough present"),
    ("My son has a rash and is coughing", "rash present, cough present"),
)
def test_the_illness_of_somebody_close_is_theirs_when_it_is_over_or_the_writer_is_ill(triage, text, expected):
    assert told(triage, text) == expected


@cases(
    ("a client fainted", "fainting other_person by a client"),
    ("with a client I fainted", "fainting present"),
    ("I was with a client and fainted", "fainting present"),
    ("the waiter stopped as I fainted", "fainting present"),
    ("a passenger on my bus fainted", "fainting other_person by a passenger"),
    ("I had a patient with a rash", "rash other_person by had a patient with"),
    ("my wife says the whites of my eyes are yellow", "jaundice present"),
    ("a lady said she has a rash", "rash present"),
    ("our dog had a fit", "seizure other_person by our dog"),
    ("walking our dog I fainted", "fainting present"),
    ("the portal has my platelets at 88", "low_platelets present"),
)
def test_a_stranger_or_a_thing_is_the_one_only_where_it_is_the_subject(triage, text, expected):
    assert told(triage, text) == expected


@cases(
    ("should I call if my face is drooping", "facial_droop present"),
    ("should I call if a face is drooping", "facial_droop hypothetical by call if"),
    ("should I call if my face droops", "facial_droop hypothetical by call if"),
    ("should I call if my face was drooping", "facial_droop hypothetical by call if"),
    ("should I call if her face is drooping", "facial_droop hypothetical by call if"),
    ("if I stand up I get dizzy", "orthostatic_lightheadedness present"),
    ("if I get dizzy I will call", "dizziness hypothetical by if i get"),
    ("what causes a rash?", "rash hypothetical by what causes"),
    ("can this cause numbness? my arm is numb", "numbness hypothetical by can this cause, limb_numbness present"),
    (
        "Call us if you have any of the following:\n- fever\n- rash",
        "fever hypothetical by any of the following, rash hypothetical by any of the following",
    ),
    (
        "if you have any of the following: fever. My arm is numb",
        "fever hypothetical by any of the following, limb_numbness present",
    ),
)
def test_a_what_if_is_none_where_it_tells_of_now(triage, text, expected):
    assert told(triage, text) == expected


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [
        ("my arm went numb suddenly", ("acute", "sudden")),
        ("my arm went numb slowly over weeks", ("acute", "gradual")),
        ("my arm has been numb for years", ("lasting", "long_standing")),
        ("my arm has been numb for years, worse today", ("acute", "unstated")),
        ("All of a sudden I sat down and I lost my balance", ("acute", "sudden")),
        ("Out of nowhere. My neck hurts", ("acute", "sudden")),
        ("My neck hurts. Out of nowhere", ("acute", "sudden")),
        ("numbness left and right alike", ("acute", "unstated")),
        ("weak on one side", ("acute", "one_sided", "unstated")),
        ("dizzy all day", ("acute", "lasting", "unstated")),
    ],
)
def test_the_onset_and_manner_are_those_of_the_words_beside_a_sign(triage, text, modifiers):
    (draft,) = triage.read(text).drafts
    assert draft.modifiers == modifiers


@cases(
    ("temp 37.4", ""),
    ("temp 37.5", "low_grade_temperature present"),
    ("temp 37.9", "low_grade_temperature present"),
    ("temp 38.0", "fever present"),
    ("temp 100.3 F", "low_grade_temperature present"),
    ("temp 100.4 F", "fever present"),
    ("temp 101.2", "fever present"),
    ("98.6 F", ""),
    ("102 F", "fever present"),
    ("38.9 this morning", "fever present"),
    ("38.9 euros", ""),
    ("$38.90 for the visit", ""),
    ("38.5 kg", ""),
    ("fever of 39,2", "fever present"),
    ("temp thirty nine", "fever present"),
    ("temp of thirty eight point three", "fever present"),
    ("temp thirty seven point two", ""),
    ("temp thirty seven point six", "low_grade_temperature present"),
    ("pulse 100", ""),
    ("pulse 101", "fast_heartbeat present"),
    ("heart rate 45 bpm", "slow_heartbeat present"),
    ("BP 118/76, pulse 68", ""),
    ("BP 118/76, pulse 128", "fast_heartbeat present"),
    ("P 72, BP 118", ""),
    ("T 36.8 HR 128", "fast_heartbeat present"),
    ("T 38.9 HR 72", "fever present"),
    ("hr 128 and temp 38.1", "fast_heartbeat present, fever present"),
    ("my temp was normal. 39 patients waited", ""),
)
def test_a_number_is_read_with_its_name_and_unit_and_else_where_it_is_plausible(triage, text, expected):
    assert told(triage, text) == expected


@pytest.mark.parametrize(
    ("text", "words", "concept"),
    [
        ("T 38.9 HR 72", "38.9", "fever"),
        ("pulse: 120", "pulse: 120", "fast_heartbeat"),
        ("it is 38.5 C", "38.5 C", "fever"),
        ("head ache", "head ache", "headache"),
        ("haedache", "haedache", "headache"),
        ("a hedache today", "hedache", "headache"),
        ("so dizzzzzy", "dizzzzzy", "dizziness"),
        ("dizy", "dizy", "dizziness"),
        ("feverr", "feverr", "fever"),
        ("fevre", "fevre", "fever"),
        ("i cantbreathe", "cantbreathe", "dyspnea"),
        ("numbnes in my arm", "numbnes in my arm", "limb_numbness"),
        ("numb nes in my arm", "numb nes in my arm", "limb_numbness"),
        ("vomitting blod", "vomitting blod", "vomiting_blood"),
        ("wobblier than ever", "wobblier", "unsteady_gait"),
        ("Heart Papitations", "Heart Papitations", "palpitations"),
        ("My Fase is drooping", "Fase is drooping", "facial_droop"),
        ("I have a Rash", "Rash", "rash"),
    ],
)
def test_a_sign_is_read_in_the_words_in_which_it_was_typed(triage, text, words, concept):
    (draft,) = triage.read(text).drafts
    assert (text[draft.start : draft.end], draft.concept) == (words, concept)


@pytest.mark.parametrize(
    "text",
    [
        "Dr Payne will see me", "Dr. Payne called", "Mrs Rash rang", "my name is Rash", "my name is Ms Payne",
        "Rash and I are going", "my nurse is Payne", "thank you Payne", "hi, this is Payne", "ask Payne about it",
        "spoke with Payne today", "is Payne working today", "Payne will drive me", "Payne and I are home",
        "Dr Anna Maria Payne said no", "Dizy will drive me home", "Numb will drive me home",
    ],
)  # fmt: skip
def test_a_name_is_no_sign(triage, text):
    reading = triage.read(text)
    assert (reading.drafts, reading.leftovers) == ((), ())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("send it back", ["back"]),
        ("send it back to me please today", []),
        ("legs fine", []),
        ("my heart", ["heart"]),
        ("a full stop in my head", ["head"]),
        ("#101 temp", ["temp"]),
    ],
)
def test_what_speaks_of_the_body_and_was_not_read_is_left_over(triage, text, left):
    reading = triage.read(text)
    assert [text[start:end] for start, end in reading.leftovers] == left
    assert ("unread_complaint" in reading.signals) is bool(left)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("me duele la cabeza", True), ("j'ai mal à la tête", True), ("ich habe kopfschmerzen", True),
        ("у меня болит голова", True), ("que tal", True), ("ok que", False), ("my hed is splittin open", False),
    ],
)  # fmt: skip
def test_another_language_is_known_by_its_words_and_bad_typing_is_none(triage, text, foreign):
    assert ("not_english" in triage.read(text).signals) is foreign


@cases(
    ("cough comma no rash full stop", "cough present, rash absent by no"),
    ("not breathing, is this normal", "not_breathing present, dyspnea uncertain by is this"),
    ("a chest of drawers was heavy", ""),
    ("my chest is heavy", "chest_tightness present"),
    ("face and arm numb", "facial_numbness present, limb_numbness present"),
    ("swollen lips and tongue", "lip_swelling present, mouth_swelling present"),
    ("numb left arm and leg", "one_sided_numbness present"),
    ("lips blue", "blue_lips present, dyspnea present"),
)
def test_words_that_several_want_go_to_those_that_mean_them(triage, text, expected):
    assert told(triage, text) == expected
