"""The same sign in every carrier: what is around a sign must not take it away, nor bring one that is not there."""

from __future__ import annotations

import pytest

from lemtrada_triage import Assertion, Triage, Urgency

# Signs of level 4 and 5: as a noun, said by the patient, said of the patient by a carer.
SIGNS = {
    "limb_numbness": ("numbness in my left arm", "my left arm is numb", "his left arm is numb"),
    "slurred_speech": ("slurred speech", "my speech is slurred", "his speech is slurred"),
    "facial_droop": ("a drooping face", "my face is drooping", "his face is drooping"),
    "dyspnea": ("trouble breathing", "i can't breathe", "he can't breathe"),
    "seizure": ("a seizure", "i had a seizure", "he is having a seizure"),
    "throat_swelling": ("a swollen throat", "my throat is swelling", "his throat is swelling"),
    "vision_loss": ("loss of vision", "i can't see", "he can't see"),
    "limb_weakness": ("weakness in my right arm", "my right arm is weak", "his right arm is weak"),
    "chest_pain": ("chest pain", "my chest hurts", "his chest hurts"),
    "confusion": ("confusion", "i am confused", "he is confused"),
    "speech_difficulty": ("trouble speaking", "i can't speak", "he can't speak"),
    "coughing_blood": ("coughing up blood", "i am coughing up blood", "he is coughing up blood"),
}
COUNTING = {
    "having": [
        "experiencing {noun}",
        "suffering from {noun}",
        "getting {noun}",
        "facing {noun}",
        "side effects included {noun}",
        "had an episode of {noun}",
        "dealing with {noun} since this morning",
        "i woke up with {noun}",
        "symptoms include {noun}",
    ],
    "when it began": [
        "{noun}, started two months ago and getting worse",
        "{noun} since 2019, worse daily",
        "we moved house in 2019, {mine} today",
        "we got married in 2015, {mine} now",
        "i retired in 2020, {mine} today",
        "the kids left home in 2012, {mine} today",
        "my last infusion was in march, {mine} today",
        "{mine} and it started two weeks ago",
    ],
    "reach of a denial": [
        "no rash, {mine}",
        "no fever and {mine}",
        "no itching, {noun} now",
        "no rash. {mine}",
        "no rash, no fever, {mine}",
        "denies rash, {his} since this morning",
        "no nausea but {mine}",
        "haven't had {noun} this bad in years",
        "{mine}, pneumonia has been ruled out",
        "the only negative was {noun}",
        "no itching, severe {noun}",
        "no itching, really bad {noun}",
        "no itching, a {noun}",
        "no itching and a very bad {noun}",
    ],
    "who": [
        "my husband: {his}",
        "husband here, {his} suddenly",
        "my wife says {mine}",
        "dad had a heart attack, {mine} now",
        "mum had a stroke, {mine} now",
        "my son, {his}, please help",
        "my partner is ill, {his}",
        "my flatmate is in a bad way, {his}",
    ],
    "typing residue": [
        "{mine}&nbsp;today",
        "&quot;{mine}&quot;",
        "{mine} &amp; scared",
        "{noun} (+)",
        "rash (-), {mine}",
        "\u00ad{mine}",
        "no\u00a0rash, {mine}",
        "{mine} &lt;since noon&gt;",
    ],
}
CASES = [(kind, carrier, concept) for kind, carriers in COUNTING.items() for carrier in carriers for concept in SIGNS]


def _filled(carrier: str, concept: str) -> str:
    noun, mine, his = SIGNS[concept]
    return carrier.format(noun=noun, mine=mine, his=his).replace("can't", "can&#039;t" if "&" in carrier else "can't")


@pytest.mark.parametrize(("kind", "carrier", "concept"), CASES)
def test_a_sign_counts_in_every_carrier(triage: Triage, kind: str, carrier: str, concept: str) -> None:
    text = _filled(carrier, concept)
    result = triage.assess(text, days_since_infusion=1)
    counted = [m for m in result.mentions if m.assertion.counts and concept in (m.concept, *m.is_a)]
    assert counted, f"{kind}: {text!r} gave {[(m.concept, m.assertion.value) for m in result.mentions]}"
    old = "since 2019" in carrier  # old confusion or loss of sight is for the provider, today
    assert result.urgency >= (Urgency.CONTACT_PROVIDER_NOW if old else Urgency.GET_HELP_NOW)


NOT_COUNTING = {
    "absent": [
        "no rash, {noun} or fever",
        "no rash, severe {noun} or fever",
        "no rash, a {noun} or a fever",
        "denies {noun}",
        "no fever, chills or {noun}",
        "no {noun}, no fever",
        "{noun}: no",
        "{noun} (-)",
        "{noun} has been ruled out",
        "without {noun}",
        "fever (-), {noun} (-)",
    ],
    "other_person": [
        "my mother had {noun} in 2010",
        "my grandfather died of {noun}",
        "my mother had a stroke in 2010. she had {noun} for weeks",
        "my dad had a stroke. he had {noun} for a year",
        "a colleague had {noun}",
        "a neighbour of ours had {noun} last year",
        "i am fine, it was my uncle who had {noun} years ago",
        "my nan had {noun} when she was 80",
    ],
    "hypothetical": [
        "call us if you get {noun}",
        "what are the symptoms of {noun}?",
        "the leaflet says it can cause {noun}",
        "what if i get {noun}?",
        "can this drug cause {noun}?",
        "i was told to watch for {noun}",
        "should i call if i get {noun}?",
        "worried about getting {noun}",
    ],
}
NOUNS = [
    "a seizure",
    "slurred speech",
    "chest pain",
    "trouble breathing",
    "loss of vision",
    "confusion",
    "coughing up blood",
]


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(("assertion", "carrier"), [(kind, one) for kind, all_ in NOT_COUNTING.items() for one in all_])
def test_a_sign_does_not_count_where_it_is_denied_anothers_or_only_talked_about(
    triage: Triage, assertion: str, carrier: str, noun: str
) -> None:
    text = carrier.format(noun=noun)
    found = triage.assess(text, days_since_infusion=90).mentions
    assert found and not any(m.assertion.counts for m in found), [(m.text, m.concept, m.assertion.value) for m in found]


ABILITIES = {
    "see": "vision_loss",
    "hear": "ear_problem",
    "speak": "speech_difficulty",
    "talk": "speech_difficulty",
    "swallow": "dysphagia",
    "breathe": "dyspnea",
    "move": "paralysis",
    "stand": "unsteady_gait",
    "walk": "unsteady_gait",
    "feel anything": "numbness",
    "hold anything": "limb_weakness",
    "lift anything": "limb_weakness",
}
PLAIN = [
    "I can't {do}",
    "I suddenly can't {do}",
    "my husband suddenly can't {do}",
    "she cannot {do} at all",
    "I cant {do} since noon",
    "he couldn't {do}",
    "Sara is unable to {do}",
    "all of a sudden i could not {do}",
    "no rash, can't {do}",
    "I haven't been able to {do} since noon",
    "can no longer {do}",
    "I can&#039;t {do}",
    "dad is not able to {do} and he is scared",
]


@pytest.mark.parametrize("carrier", PLAIN)
@pytest.mark.parametrize("ability", ABILITIES)
def test_a_lost_ability_said_plainly_is_read(triage: Triage, carrier: str, ability: str) -> None:
    found = triage.assess(carrier.format(do=ability), days_since_infusion=1).mentions
    counted = {name for m in found if m.assertion.counts for name in (m.concept, *m.is_a)}
    assert ABILITIES[ability] in counted, [(m.text, m.concept, m.assertion.value) for m in found]


@pytest.mark.parametrize(
    "text",
    [
        "I can't see why you ask",
        "I can't see my doctor until Tuesday",
        "can't move my appointment",
        "I can't stand my boss",
        "I can't hear you on the phone line",
        "couldn't think of a better nurse",
        "can't walk the dog on Friday",
        "can't see anything wrong with it",
        "hard to hear that news",
    ],
)
def test_what_else_one_cannot_do_is_no_sign(triage: Triage, text: str) -> None:
    assert not triage.assess(text, days_since_infusion=1).mentions


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("P=120", "fast_heartbeat"),
        ("P 128, T 36.8", "fast_heartbeat"),
        ("HR 128", "fast_heartbeat"),
        ("hr:128", "fast_heartbeat"),
        ("T=38.9", "fever"),
        ("T38.9", "fever"),
        ("SpO2 86", "low_oxygen"),
        ("SpO2:86%", "low_oxygen"),
        ("BP 82/50", "low_blood_pressure"),
        ("bp=82/50", "low_blood_pressure"),
    ],
)
def test_vital_signs_are_read_as_nurses_write_them(triage: Triage, text: str, concept: str) -> None:
    assert concept in {m.concept for m in triage.assess(text).mentions}


@pytest.mark.parametrize(
    ("text", "there", "denied"),
    [
        ("non-stop vomiting", {"vomiting"}, set()),
        ("non-itchy rash", {"rash"}, {"itching"}),
        ("no rash, my ankles are swollen", {"limb_swelling"}, {"rash"}),
        ("no fever and gums bleed", {"gum_bleeding"}, {"fever"}),
        ("no fever, chills or cough", set(), {"fever", "chills", "cough"}),
        ("fever(+), cough(-)", {"fever"}, {"cough"}),
        ("(-)fever, (+)chest pain", {"chest_pain"}, {"fever"}),
    ],
)
def test_a_denial_reaches_what_it_denies_and_no_further(
    triage: Triage, text: str, there: set[str], denied: set[str]
) -> None:
    found = triage.assess(text).mentions
    assert {m.concept for m in found if m.assertion.counts} >= there
    assert {m.concept for m in found if m.assertion is Assertion.ABSENT} == denied


def test_where_both_readings_stand_an_emergency_sign_is_uncertain_and_so_counts(triage: Triage) -> None:
    for text in ("no rash, face drooping", "no fever, face drooping"):
        droop = next(m for m in triage.assess(text).mentions if m.concept == "facial_droop")
        assert droop.assertion is Assertion.UNCERTAIN and droop.cue is not None
