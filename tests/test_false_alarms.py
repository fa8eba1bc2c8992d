"""Alarms out of nothing, a kind a table; beside each, the real sign that looks like it and must count."""

from __future__ import annotations

import pytest

from lemtrada_triage import Triage, Urgency

SIGNS = ["chest pain", "slurred speech", "a stroke", "a seizure", "a heart attack", "numbness in the arm", "fainting"]
LINES = ["fever", "chest pain", "trouble breathing", "slurred speech", "a numb arm"]


def counted(triage: Triage, text: str) -> set[str]:
    """The concepts that count in a text."""
    return {mention.concept for mention in triage.assess(text, 2).mentions if mention.assertion.counts}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    "question",
    [
        "Can a bad tooth cause {}", "can stress trigger {}", "Could a cold lead to {}", "does coffee cause {}",
        "will flying provoke {}",
    ],
)  # fmt: skip
def test_a_question_about_causes_needs_no_question_mark(triage: Triage, question: str, sign: str) -> None:
    assert counted(triage, question.format(sign)) == set()


@pytest.mark.parametrize("text", ["can the heat cause my chest pain", "Could a cold lead to the numb arm I have now"])
def test_a_question_about_the_patient_s_own_sign_counts(triage: Triage, text: str) -> None:
    assert triage.assess(text, 2).urgency >= Urgency.GET_HELP_NOW


@pytest.mark.parametrize("between", ["\n", "\n- ", ",\n", "\n\n", "\n* ", ";\n", "\r\n", "\n\u2022 "])
@pytest.mark.parametrize(
    "head",
    [
        "Call us if you experience any of the following:", "If any of the following occur, get help:",
        "Should you notice any of the following:", "Watch for the following signs:",
    ],
)  # fmt: skip
def test_a_leaflet_s_list_is_instruction_to_its_last_item(triage: Triage, head: str, between: str) -> None:
    assert counted(triage, head + between.lstrip(",;") + between.join(LINES)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Call us if you have any of the following:\nfever\nchills\n\nI have slurred speech now",
        "call if any of the following: fever\nMy face is drooping",
        "Do you have any of the following:\nfever: no\nslurred speech: yes",
        "If you have any of the following:\nfever: no\nslurred speech: yes",
    ],
)
def test_what_the_patient_says_after_a_leaflet_s_list_counts(triage: Triage, text: str) -> None:
    assert counted(triage, text) & {"slurred_speech", "facial_droop"}


@pytest.mark.parametrize("mark", ["full stop", "new line", "new paragraph", "semicolon"])
@pytest.mark.parametrize(
    "denial", ["no cough comma no rash", "no cough comma rash comma fever", "denies cough comma rash"]
)
def test_dictated_punctuation_ends_a_denial_s_list(triage: Triage, denial: str, mark: str) -> None:
    assert counted(triage, f"{denial} {mark}") == set()
    assert counted(triage, f"{denial} {mark} my left arm is numb {mark}") == {"limb_numbness"}


@pytest.mark.parametrize("text", ["the pain came to a full stop", "a new line of red spots", "he is in a comma"])
def test_the_same_words_behind_an_article_are_words(triage: Triage, text: str) -> None:
    assert triage._reader.lexicon.speller.punctuated(text) == text


@pytest.mark.parametrize("sign", ["weakness", "numbness", "paralysis", "drooping"])
def test_facing_a_sign_is_no_sign_of_the_face(triage: Triage, sign: str) -> None:
    for text in (f"Facing {sign}", f"I am facing {sign} again", f"facing some {sign} now"):
        assert not {concept for concept in counted(triage, text) if concept.startswith("facial")}
    assert {concept for concept in counted(triage, f"I have facial {sign}") if concept.startswith("facial")}


@pytest.mark.parametrize(
    "text",
    [
        "periods go on for weeks and the bleeding won't stop, gynae is treating it",
        "heavy periods, bleeding won't stop, I am on tranexamic acid for it",
        "period bleeding heavily for three weeks, my gynaecologist has put me on the pill",
        "menstrual bleeding won't stop, the doctor gave me norethisterone",
        "bleeding heavily with my period, under the gynaecologist",
        "my periods are heavy bleeding, having treatment",
        "my gynae is treating periods where the bleeding never stops",
    ],
)
def test_periods_that_are_treated_are_no_bleeding_that_will_not_stop(triage: Triage, text: str) -> None:
    assert "heavy_periods" in counted(triage, text)
    assert triage.assess(text, 2).urgency < Urgency.CALL_911


@pytest.mark.parametrize(
    "text",
    [
        "my periods go on for weeks and the bleeding won't stop",
        "my period is heavy bleeding, not being treated",
        "period bleeding won't stop despite being treated",
        "gynae is treating my periods but the bleeding won't stop",
        "nosebleed won't stop, gynae is treating my periods",
        "the cut on my leg won't stop bleeding, gynae treats my periods",
        "gynae is treating my periods and the cut on my hand is bleeding heavily",
        "heavy bleeding, the doctor is treating it",
        "gynae is treating my periods, soaking a pad every 20 minutes",
    ],
)
def test_bleeding_that_no_treatment_of_periods_explains_counts(triage: Triage, text: str) -> None:
    assert triage.assess(text, 2).urgency is Urgency.CALL_911


ALIKE = [
    "left and right alike", "both sides the same", "equally on both sides", "on both sides alike", "symmetrical",
    "the same on both sides", "right and left equally",
]  # fmt: skip


@pytest.mark.parametrize("alike", ALIKE)
@pytest.mark.parametrize(
    ("sign", "concept"),
    [
        ("numb on the left side", "numbness"),
        ("tingling on the right", "tingling"),
        ("left side weak", "weakness_general"),
    ],
)
def test_what_is_alike_on_both_sides_is_not_one_sided(triage: Triage, sign: str, concept: str, alike: str) -> None:
    mentions = triage.assess(f"{sign}, {alike}", 2).mentions
    assert concept in {name for mention in mentions for name in (mention.concept, *mention.is_a)}
    assert not any(mention.concept.startswith("one_sided") or "one_sided" in mention.modifiers for mention in mentions)


@pytest.mark.parametrize(
    "text",
    [
        "numb on the left side, not the same on both sides",
        "left side numb, both sides of my family have MS",
        "numb on one side, not on both sides",
        "it is not symmetrical, left side numb",
        "my face is not symmetrical, left side numb",
        "weak left side, was the same on both sides until lunch",
        "was symmetrical but now the left side is numb",
        "left side weak, it isn't symmetrical",
    ],
)
def test_what_is_not_alike_on_both_sides_stays_one_sided(triage: Triage, text: str) -> None:
    assert any(name.startswith("one_sided") for name in counted(triage, text))
    assert triage.assess(text, 2).urgency is Urgency.CALL_911


HARMLESS = [
    "My arm is tanned",
    "my hand had a splinter",
    "My leg was in plaster once",
    "And my eye looks fine",
    "his arm is long",
]
LESSER = [
    "my tooth is numb",
    "my nose is weak",
    "my heel feels numb from the shoe",
    "his jacket was limp",
    "my plant looks droopy",
]


@pytest.mark.parametrize("lesser", LESSER)
@pytest.mark.parametrize("harmless", HARMLESS)
def test_a_second_thing_with_a_verb_of_its_own_lends_no_sensation_to_the_first(
    triage: Triage, harmless: str, lesser: str
) -> None:
    alone = triage.assess(lesser, 2).urgency
    assert triage.assess(f"{harmless} and {lesser}", 2).urgency <= max(alone, triage.assess(harmless, 2).urgency)


@pytest.mark.parametrize(
    "text",
    [
        "My arm is heavy and my leg is numb", "My face was fine at lunch and now my mouth is hanging",
        "I am weak and my left side is the worst", "my speech is slurred and my hand is limp",
        "and my left arm is numb", "my left arm and my left leg are numb", "my arm is numb and my tooth is fine",
    ],
)  # fmt: skip
def test_signs_of_two_things_are_both_read(triage: Triage, text: str) -> None:
    assert triage.assess(text, 2).urgency is Urgency.CALL_911


@pytest.mark.parametrize("holder", ["Portal has", "The car has", "My phone has"])
@pytest.mark.parametrize(
    ("sign", "concept"), [("platelets at 62", "low_platelets"), ("pulse at 130", "fast_heartbeat")]
)
def test_what_a_thing_has_is_no_one_s_but_what_is_mine_is_mine(
    triage: Triage, holder: str, sign: str, concept: str
) -> None:
    found = {mention.concept: mention.assertion for mention in triage.assess(f"{holder} my {sign}", 100).mentions}
    assert found[concept].counts


@pytest.mark.parametrize("text", ["every time I play the game {} comes", "when they play the song {} starts again"])
@pytest.mark.parametrize("sign", ["my seizure", "chest pain"])
def test_a_song_or_game_beside_a_sign_is_no_title(triage: Triage, text: str, sign: str) -> None:
    assert triage.assess(text.format(sign), 2).urgency >= Urgency.GET_HELP_NOW


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("temp 39, two tablets left", "fever"), ("39 tablets left in the box and my temp is 38.6", "fever"),
        ("temp is 40 capsules left me dizzy", "fever"), ("temp 103 pounding headache", "fever"),
        ("temp 39.8 ibuprofen not working", "fever"), ("my heart rate is 170 pounding away", "fast_heartbeat"),
    ],
)  # fmt: skip
def test_a_value_counts_whatever_medicine_stands_behind_it(triage: Triage, text: str, concept: str) -> None:
    assert concept in counted(triage, text)


@pytest.mark.parametrize("text", ["my foot is quite swollen", "my left hand is quite cold"])
def test_quite_is_not_quit(triage: Triage, text: str) -> None:
    assert triage.assess(text, None).urgency < Urgency.GET_HELP_NOW


@pytest.mark.parametrize("text", ["my left leg quit on me", "my right arm just quit", "half my face quit working"])
def test_a_limb_that_quit_is_weak(triage: Triage, text: str) -> None:
    assert triage.assess(text, None).urgency is Urgency.CALL_911


@pytest.mark.parametrize("sign", ["a headache", "chest pain", "a sore throat", "pain in my back"])
@pytest.mark.parametrize(
    "text",
    [
        "I've never had {} like it", "never felt {} like this in my life", "I have not had {} like it in years",
        "she has never had {} like this before",
    ],
)  # fmt: skip
def test_a_sign_that_has_no_equal_is_there(triage: Triage, text: str, sign: str) -> None:
    assert counted(triage, text.format(sign))


@pytest.mark.parametrize("sign", ["a seizure", "chest pain", "a sore throat", "pain in my back"])
@pytest.mark.parametrize(
    "text",
    ["I have never had {}", "never had {} in my life", "never had {} or anything like it", "I have no {} like that"],
)
def test_a_sign_that_was_never_there_is_denied(triage: Triage, text: str, sign: str) -> None:
    assert not counted(triage, text.format(sign))
