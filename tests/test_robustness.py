"""An emergency sign stays one, whatever harmless words stand around it: a look-alike must never reach into it."""

from __future__ import annotations

import pytest

from lemtrada_triage import Triage, Urgency

SIGNS = [
    "stroke", "mini stroke", "heart attack", "my face is drooping", "slurred speech", "my left arm is numb",
    "arm went weak", "cant move my legs", "one side of my body went weak", "my left leg it wont move", "i want to die",
    "i want to kill myself", "throat closing up and cant breathe", "unconscious", "wont wake up", "crushing chest pain",
    "chest pain going down my left arm", "bleeding wont stop", "thunderclap headache", "sudden loss of vision",
    "mouth crooked", "cant get my words out", "lost my balance suddenly", "paralysed on the right", "words slurring",
    "arm hangs limp", "hand wont grip", "no strength in my right hand", "leg gave way", "choking",
]  # fmt: skip
BEFORE = [
    "i think ", "maybe ", "help ", "hi, ", "hello team, ", "i have ", "just now ", "emergency: ", "not sure but ",
    "ok so ", "i am worried, ", "this morning ", "my wife here: ", "pt reports ", "c/o ",
]  # fmt: skip
AFTER = [
    " i think", " maybe", " please help", " now", " right now", " today", " what do i do", " started an hour ago",
    " and im scared", " again", " since this morning", " omg", " ???", " is this normal", " is this serious",
    " on the bus", " in the kitchen", " when i woke up", " after the infusion", " should i worry", " getting worse",
    " at home alone", " sorry to bother you", " for 10 minutes", " on and off", " i am 34", " my husband noticed",
    " not sure what to do", " thinking of calling 999 about it", " do i wait",
]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
def test_harmless_words_around_an_emergency_sign_do_not_hide_it(triage: Triage, sign: str) -> None:
    texts = [sign, *(f"{before}{sign}" for before in BEFORE), *(f"{sign}{after}" for after in AFTER)]
    assert [text for text in texts if triage.assess(text, 2).urgency < Urgency.CALL_911] == []


@pytest.mark.parametrize(
    "text",
    [
        "had a storke", "a mini sroke", "my muoth is crooked", "cant spaek", "the woords come out slurred",
        "crushing cheest pain", "my thrat is closing and i cant breathe", "beeding wont stop", "left arm nubm",
        "suddenly confusde", "heatr attack",
    ],
)  # fmt: skip
def test_a_typo_between_two_words_is_read_as_that_of_the_sign(triage: Triage, text: str) -> None:
    assert triage.assess(text, 2).urgency is Urgency.CALL_911
