"""A name is never spelled into a sign, and a typo is still read as the sign that it stands for."""

from __future__ import annotations

from importlib.resources import files

import pytest

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.model import MatchKind

SENTENCES = [
    "My nurse is {} and she is lovely.", "Please ask {} to call me about my appointment.", "Say hello to {} from me.",
    "{} will drive me to the clinic on Monday.", "Thank you {} for the letter.", "Is {} working on Tuesday?",
    "I spoke with {} at reception yesterday.", "{} and I are going to the cinema.",
    "Hi, this is {}, can I move my visit?", "I gave the form to {} on Friday.",
    "{} will bring the children.", "We are having lunch with {} and the children.",
    "Could {} send me the address?", "My nurse is {}.", "My doctor is {} today.",
]  # fmt: skip
TITLED = [
    "My name is {} and I need a new form.", "Name: {}", "Please ask Dr {} to call me.", "Mrs. {} will drive me there.",
    "Is Miss {} working on Tuesday?", "Letter for Mr {}, please.", "Thank you Dr. Anna {} for the letter.",
]  # fmt: skip
SPELLED_INTO_SIGNS = ["Angila", "Loma", "Chastain", "Roper", "Noma", "Welch", "Setzer", "Pyke", "Sweatt", "Youngblood"]
SIGNS_THEMSELVES = [
    "Payne",
    "Rash",
    "Pain",
    "Stroke",
    "Chin",
    "Moody",
    "Hurt",
    "Fever",
    "Shivers",
    "Blood",
    "Tia",
    "Bo",
]


@pytest.fixture(scope="module")
def both() -> Triage:
    return Triage(reader="both")


def _listed(name: str, step: int) -> list[str]:
    lines = files("names").joinpath(name).read_text(encoding="ascii").splitlines()
    return [line.split()[0].title() for line in lines[:20_000:step]]


SAMPLE = [*_listed("dist.female.first", 40), *_listed("dist.male.first", 20), *_listed("dist.all.last", 100)]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_name_is_spelled_into_a_sign(triage: Triage, sentence: str) -> None:
    plain = triage.assess(sentence.format("Smith"), 2).urgency
    for name in [*SAMPLE, *SPELLED_INTO_SIGNS]:
        result = triage.assess(sentence.format(name), 2)
        assert [mention.text for mention in result.mentions if mention.match is MatchKind.SPELLING] == []
        assert result.urgency is plain, name


@pytest.mark.parametrize("sentence", [*SENTENCES, *TITLED])
def test_what_stands_where_a_name_stands_is_a_name_even_when_it_is_a_sign_s_own_word(
    triage: Triage, sentence: str
) -> None:
    plain = triage.assess(sentence.format("Smith"), 2).urgency
    changed = [
        name
        for name in [*SAMPLE, *SPELLED_INTO_SIGNS, *SIGNS_THEMSELVES]
        if triage.assess(sentence.format(name), 2).urgency is not plain
    ]
    assert changed == []


@pytest.mark.parametrize("sign", ["Choking", "Seizures", "Weakness on one side", "Fever", "Chest Pain"])
@pytest.mark.parametrize(
    "before",
    [
        "Lunch led to", "Thanks. Since then with", "Hello, I am with", "Ask about it, with", "I gave up and woke with",
        "Thank you. Back home with", "Dinner, then on to",
    ],
)  # fmt: skip
def test_a_sign_with_a_capital_is_no_name_because_somebody_was_thanked_before(
    triage: Triage, before: str, sign: str
) -> None:
    urgency = triage.assess(f"{before} {sign}", 10).urgency
    assert urgency is triage.assess(f"{before} {sign.casefold()}", 10).urgency


@pytest.mark.parametrize("sentence", [*SENTENCES, *TITLED])
def test_no_name_changes_what_both_readers_say(both: Triage, sentence: str) -> None:
    plain = both.assess(sentence.format("Smith"), 2).urgency
    others = ["Judith", "Hazel", "Miss", "Grounds", "Cola", "Hallum"]
    names = [*SAMPLE[::5], *SPELLED_INTO_SIGNS, *SIGNS_THEMSELVES, *others]
    assert [name for name in names if both.assess(sentence.format(name), 2).urgency is not plain] == []


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("My fase is droopin", "facial_droop"), ("my Fase is droopin", "facial_droop"),
        ("Numness in my arm", "limb_numbness"),
        ("FEVER AND CHILS", "chills"), ("Fever And Chils", "chills"), ("Bad Hedache", "headache"),
        ("Numness", "numbness"),
        ("Hedache since Monday", "headache"), ("Hedache will not go away", "headache"),
        ("I have Chils and Fever", "chills"),
        ("Vommiting and it wont stop", "vomiting"), ("the Numness is back", "numbness"),
        ("My Left Arm is Nubm", "limb_numbness"),
        ("Dear Dr Smith, Hedache again", "headache"), ("heart Papitations", "palpitations"),
        ("Slured speech", "slurred_speech"),
        ("I saw the Dr. Fevr of 39 now.", "fever"), ("Mrs Gill: No. Chils all night", "chills"),
        ("due to my MS. Shingles now", "shingles"),
    ],
)  # fmt: skip
def test_a_typo_with_a_capital_is_still_read(triage: Triage, text: str, concept: str) -> None:
    found = {name for mention in triage.assess(text, 2).mentions for name in (mention.concept, *mention.is_a)}
    assert concept in found


@pytest.mark.parametrize("sign", ["Stroke", "Fever", "Seizure", "Chest Pain", "Numb Arm", "Slurred Speech"])
@pytest.mark.parametrize(
    "carrier",
    [
        "I had a {} today",
        "{} since noon",
        "he has had {} since noon",
        "Dr Smith, {} now",
        "I think it is {}",
        "Hi, {} now",
        "Thanks, {} again",
        "ask about {}",
        "my husband is having a {} now",
        "{} and we are at the hospital",
        "Hi, this is {} symptoms",
        "{} and I feel awful",
    ],
)
def test_a_sign_with_a_capital_and_no_title_counts(triage: Triage, carrier: str, sign: str) -> None:
    assert triage.assess(carrier.format(sign), 2).urgency >= Urgency.GET_HELP_NOW
