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
