"""Which sentences the words reader has read to the last word: what stands there, the other reader leaves."""

from __future__ import annotations

import pytest

from lemtrada_triage import Triage

WHOLE = [
    "{}",
    "Hi Rosa, {}",
    "I have {}.",
    "side effects included {}",
    "symptoms include {}",
    "suffering from {}",
    "dealing with {} since this morning",
    "had an episode of {}",
    "the only negative was {}",
    "haven't had {} this bad in years",
    "no itching, severe {}",
    "no itching and a very bad {}",
    "We baked a cake. {}. It is raining.",
]
NOT_WHOLE = [
    "the {} ward rang",
    "our network had {}",
    "{} in the kettle",
    "the accountant gave me {}",
    "a poem about {}",
    "{} was the name of the band",
    "is {} a sign",
]
SIGNS = ["chest pain", "slurred speech", "confusion", "a seizure"]


def whole(triage: Triage, text: str) -> list[bool]:
    return [draft.whole for draft in triage.read(text).drafts if draft.assertion.counts]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("carrier", WHOLE)
def test_words_of_having_time_and_degree_are_read(triage: Triage, carrier: str, sign: str) -> None:
    found = whole(triage, carrier.format(sign))
    assert found and all(found)


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("carrier", NOT_WHOLE)
def test_a_word_that_nobody_has_read_leaves_the_sentence_open(triage: Triage, carrier: str, sign: str) -> None:
    assert not any(whole(triage, carrier.format(sign)))
