"""What was not understood is never reassuring: it is told first, and nobody is told that nothing needs care."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.show.cli import cli

ALARMS = [
    "911", "999", "emergency", "an emergency", "dying", "im dying", "blood", "numb", "help", "help me", "please help",
    "Help me please!", "i need help", "sos", "ambulance", "need a doctor", "head injury", "heart problems", "injured",
    "BLOOD", "brain", "heart", "my heart", "chest", "arm", "my arm", "liver", "eyes", "leg problem", "health problem",
]  # fmt: skip
NO_WORDS = ["", " ", "   \n", "...", "?", "!!!", "-", "\N{SLIGHTLY SMILING FACE}", "\N{ZERO WIDTH SPACE}", "*** / ***"]
OTHER_LANGUAGES = [
    "me duele mucho", "j'ai très mal", "ich kann nicht sprechen", "me duele la cabeza", "no puedo mover el brazo",
    "tengo un rash en el brazo", "me duele el chest mucho", "je ne peux pas bouger", "mal au ventre depuis hier",
    "j'ai un rash et de la fatigue", "mein arm ist taub", "ich habe hand und arm pain", "ho mal di testa",
    "non riesco a respirare", "não consigo falar", "ik kan niet praten", "nie mogę mówić", "başım çok ağrıyor",
    "jag kan inte prata", "tidak bisa bicara", "masakit ang ulo ko", "mujhe bukhar hai", "у меня болит голова",
    "लगातार सिर में दर्द", "头很痛", "머리가 아파요", "لا أستطيع التنفس",
]  # fmt: skip
BADLY_TYPED = [
    "no haedache no nothin thx for checkn on me", "itchin evrywere dunno y", "wat tiem is my apointment tomorow",
    "thx for the leter, il bring the forms wiv me", "gonna b late, trafic is a nitemare", "I prefer Mastecard.",
    "Tried paxil and celexa before", "I love Lexapro", "can u move my apt plz", "ok tnx see u munday",
]  # fmt: skip


@pytest.mark.parametrize("text", ALARMS)
def test_words_of_alarm_or_of_the_body_alone_go_to_a_person(triage: Triage, text: str) -> None:
    result = triage.assess(text, 10)
    assert result.urgency >= Urgency.CONTACT_PROVIDER
    assert not result.understood


@pytest.mark.parametrize(
    "text",
    [
        "blood test on Monday at ten", "my emergency contact is Jo", "can you help me change my appointment",
        "I need help with the form", "my phone keeps dying", "which floor is the head office on",
    ],
)  # fmt: skip
def test_the_same_words_about_other_things_are_no_complaint(triage: Triage, text: str) -> None:
    assert triage.assess(text, 10).urgency is Urgency.ROUTINE


@pytest.mark.parametrize("text", OTHER_LANGUAGES)
def test_text_in_another_language_is_marked_and_goes_to_the_provider(triage: Triage, text: str) -> None:
    """Even when it is short, or a word in it happens to be English."""
    result = triage.assess(text, 10)
    assert result.urgency >= Urgency.CONTACT_PROVIDER
    assert (result.understood, "not_english" in result.signals) == (False, True)


@pytest.mark.parametrize("text", BADLY_TYPED)
def test_badly_typed_english_is_no_other_language(triage: Triage, text: str) -> None:
    assert "not_english" not in triage.assess(text, 10).signals


@pytest.mark.parametrize("text", NO_WORDS)
def test_a_text_without_words_is_routine_and_says_that_there_was_nothing_to_read(triage: Triage, text: str) -> None:
    result = triage.assess(text, 10)
    assert (result.urgency, result.understood, result.signals) == (Urgency.ROUTINE, False, ("no_words",))
    assert result.advice.startswith("There were no words to read")


@pytest.mark.parametrize("text", ["nothing to report", "no fever, no rash", "all good", "No problems, feeling fine."])
def test_a_text_that_only_denies_or_says_that_all_is_well_is_understood(triage: Triage, text: str) -> None:
    result = triage.assess(text, 10)
    assert (result.urgency, result.understood) == (Urgency.ROUTINE, True)
    assert result.advice == triage.rulebook.levels[Urgency.ROUTINE]


@pytest.mark.parametrize(
    "text",
    [
        "zorbling my grommet since we docked and I am scared",
        "the whole pantry zigged and zagged under my slippers, really worried now",
        "no rash. the pantry zigged about under my slippers, gran caught me by the apron and walked me home",
        "all good till the pantry zigged about under my slippers, gran caught me by the apron, walked me home",
    ],
)
def test_a_list_that_knew_few_of_the_words_gives_no_all_clear(triage: Triage, text: str) -> None:
    assert not triage.assess(text, 200).understood


@pytest.mark.parametrize("days", [None, 2, 200])
@pytest.mark.parametrize(
    "text",
    [
        *ALARMS, *NO_WORDS, *OTHER_LANGUAGES, "What time is it?", "12", "I feel anxious, weird sensation too",
        "my face is drooping, weird sensation too", "no fever but something is wrong with my elbow",
    ],
)  # fmt: skip
def test_advice_says_first_what_was_not_read_and_never_that_nothing_needs_care(
    triage: Triage, text: str, days: int | None
) -> None:
    result, words = triage.assess(text, days), triage.rulebook.not_understood
    assert not result.understood
    assert result.advice.startswith((words.no_words, words.nothing, words.part))
    routine = triage.rulebook.levels[Urgency.ROUTINE]
    then = words.no_all_clear if result.urgency is Urgency.ROUTINE else triage.rulebook.levels[result.urgency]
    assert routine not in result.advice
    assert result.advice.endswith(then)


@pytest.mark.parametrize("text", ["", "?", "911", "me duele mucho", "all good"])
def test_every_door_gives_the_same_advice(triage: Triage, text: str) -> None:
    """The library, ``assess``, ``assess --json`` and ``explain``."""
    result = triage.assess(text, 10)
    advice = " ".join(result.advice.split())
    json_door = CliRunner().invoke(cli, ["assess", text, "--days", "10", "--reader", "words", "--json"]).stdout
    assert advice in json_door
    for verb in ("assess", "explain"):
        shown = CliRunner().invoke(cli, [verb, text, "--days", "10", "--reader", "words"]).stdout
        assert advice in " ".join(shown.split())
