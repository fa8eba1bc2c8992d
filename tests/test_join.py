"""What becomes of two opinions: the policy of ``read.join``, held to its words by examples and by properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage.model import Assertion, MatchKind
from lemtrada_triage.read.both import Scale, Thresholds
from lemtrada_triage.read.join import Limits, Policy, Told, all_modifiers, join
from lemtrada_triage.read.learned import ASSERTIONS, MODIFIERS, Manner
from lemtrada_triage.read.message import Draft, Reading

TEXT = "some words beside others"
LINEAGE = {"slurred_speech": ("slurred_speech", "speech_difficulty"), "new_sign": ("new_sign",)}
NAMES = ("stroke", "slurred_speech", "speech_difficulty", "rash")
LIMITS = Limits(find=0.4, keep=0.05, overrule=0.8, urgent=True)
POLICY = Policy(
    names={
        **dict.fromkeys(NAMES, LIMITS),
        "rash": Limits(0.5, 0.2, 0.7),
        "itching": Limits(0.3, 0.1, 0.7, beside=0.6),
        "signal:unread_complaint": Limits(0.6, 0.1),
    },
    modifiers={modifier: Limits(0.6, 0.1) for modifier in MODIFIERS},
    close=1.5,
    told=0.5,
)
probabilities = st.floats(0, 1)
KEPT = {
    "names": {"a": [0.4, 0.1, 0.8, True], "b": [0.4, 0.1, 0.8, True, 0.6]},
    "modifiers": {modifier: [0.5, 0.1] for modifier in MODIFIERS}, "close": 1.0, "told": 0.5,
    "scales": {"counts": [1, 0], "told": [1, 0]},
}  # fmt: skip
names = st.sampled_from(NAMES)


def lineage(name: str) -> tuple[str, ...]:
    return LINEAGE.get(name, (name,))


def manner(
    said: Assertion = Assertion.PRESENT, modifiers: tuple[str, ...] = (), span: tuple[int, int] = (0, 4)
) -> Manner:
    assertions = tuple(0.9 if assertion is said else 0.01 for assertion in ASSERTIONS)
    return Manner(assertions, tuple(0.9 if word in modifiers else 0.3 for word in MODIFIERS), span)


def told(name: str, counts: float, how: Manner | None = None, at_all: float | None = None) -> Told:
    return Told(name, counts, counts if at_all is None else at_all, how or manner())


def draft(name: str, said: Assertion = Assertion.PRESENT) -> Draft:
    return Draft(name, 0, 4, said, None, MatchKind.EXACT, 1.0, ("acute", "unstated"))


def reading(*drafts: Draft, **more: object) -> Reading:
    return replace(Reading(drafts, frozenset(), True, ()), **more)  # type: ignore[arg-type]


def joined(words: Reading, *opinions: Told) -> Reading:
    return join(TEXT, words, {opinion.name: opinion for opinion in opinions}, POLICY, lineage)


def counting(result: Reading) -> set[str]:
    return {mention.concept for mention in result.drafts if mention.assertion.counts}


def test_a_value_that_was_measured_stays_whatever_the_learned_reader_says() -> None:
    measured = replace(draft("stroke"), match=MatchKind.MEASUREMENT)
    assert joined(reading(measured), told("stroke", 0.001)).drafts[0].assertion is Assertion.PRESENT
    assert joined(reading(draft("stroke")), told("stroke", 0.001)).drafts == ()


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.5, 1.0])
def test_the_logit_of_a_probability_is_finite_and_gives_it_back(probability: float) -> None:
    scale = Scale(0.8, -1.1)
    assert scale.probability(scale.logit(probability)) == pytest.approx(probability, abs=2e-9)


def test_a_row_of_limits_may_be_shorter_than_what_is_read_of_it() -> None:
    limits = Thresholds.of(KEPT).policy.names
    assert limits["a"] == Limits(0.4, 0.1, 0.8, True)
    assert limits["b"] == Limits(0.4, 0.1, 0.8, True, 0.6)


def test_a_mention_that_the_learned_reader_is_all_but_sure_against_falls_and_stays_visible() -> None:
    result = joined(reading(draft("stroke")), told("stroke", 0.001))
    assert result.drafts == ()
    (fallen,) = result.withdrawn
    assert [(opinion.reader, opinion.assertion) for opinion in fallen.opinions] == [
        ("words", Assertion.PRESENT),
        ("learned", None),
    ]


def test_words_that_have_a_symptom_already_get_another_one_only_when_it_is_sure() -> None:
    elsewhere = manner(span=(10, 14))
    assert counting(joined(reading(draft("stroke")), told("stroke", 0.9), told("itching", 0.5))) == {"stroke"}
    assert counting(joined(reading(draft("stroke")), told("stroke", 0.9), told("itching", 0.7))) == {
        "stroke",
        "itching",
    }
    assert counting(joined(reading(draft("stroke")), told("stroke", 0.9), told("itching", 0.5, elsewhere))) == {
        "stroke",
        "itching",
    }
    assert counting(joined(reading(), told("rash", 0.6), told("itching", 0.5))) == {"rash"}
    assert counting(joined(reading(), told("rash", 0.4), told("itching", 0.5))) == {"itching"}


def test_words_that_are_a_sentence_of_their_own_neither_fall_nor_grow_old() -> None:
    alone = replace(draft("stroke"), alone=True)
    company = manner(modifiers=("long_standing", "one_sided"))
    (mention,) = joined(reading(alone), told("stroke", 0.001, company)).drafts
    assert mention.modifiers == ("acute", "one_sided", "unstated")
    (mention,) = joined(reading(draft("stroke")), told("stroke", 0.9, company)).drafts
    assert mention.modifiers == ("lasting", "long_standing", "one_sided")


def test_a_bare_word_is_not_explained_by_an_assertion_that_nothing_beside_it_tells() -> None:
    unread = reading(understood=False, leftovers=((0, 4),), signals=frozenset({"unread_complaint"}))
    denied = {"rash": told("rash", 0.01, manner(Assertion.ABSENT), at_all=0.9)}
    for text, understood in (("rash", False), ("rash, none", True)):
        result = join(text, unread, denied, POLICY, lineage)
        assert (result.understood, result.signals == frozenset()) == (understood, understood)


def test_a_mention_that_the_learned_reader_merely_doubts_stays() -> None:
    assert counting(joined(reading(draft("stroke")), told("stroke", 0.2))) == {"stroke"}


def test_a_concept_that_the_model_does_not_know_is_read_by_words_alone() -> None:
    assert joined(reading(draft("new_sign"))).drafts == (draft("new_sign"),)


def test_what_the_learned_reader_alone_finds_counts_from_its_limit_on() -> None:
    assert counting(joined(reading(), told("stroke", 0.4))) == {"stroke"}
    assert counting(joined(reading(), told("stroke", 0.39, at_all=0.3))) == set()


def test_a_denial_is_overruled_only_by_a_higher_limit() -> None:
    words = reading(draft("stroke", Assertion.ABSENT))
    assert counting(joined(words, told("stroke", 0.7))) == set()
    assert counting(joined(words, told("stroke", 0.85))) == {"stroke"}


def test_a_finer_sign_takes_the_place_of_the_coarser_one() -> None:
    result = joined(reading(), told("slurred_speech", 0.9), told("speech_difficulty", 0.95))
    assert [mention.concept for mention in result.drafts] == ["slurred_speech"]


def test_a_close_call_on_an_urgent_sign_is_for_a_person_to_look_at() -> None:
    result = joined(reading(), told("stroke", 0.42))
    assert (result.close, result.understood) == (("stroke",), False)
    assert joined(reading(), told("rash", 0.52)).close == ()


def test_what_is_told_and_does_not_count_is_shown_with_its_assertion() -> None:
    (mention,) = joined(reading(), told("rash", 0.1, manner(Assertion.OTHER_PERSON), at_all=0.9)).drafts
    assert (mention.assertion, mention.match) == (Assertion.OTHER_PERSON, MatchKind.LEARNED)


def test_a_modifier_of_either_reader_holds_unless_the_learned_one_is_sure_against_it() -> None:
    (mention,) = joined(reading(draft("stroke")), told("stroke", 0.9, manner(modifiers=("sudden",)))).drafts
    assert mention.modifiers == ("acute", "sudden")
    usual = replace(draft("stroke"), modifiers=("lasting", "long_standing"))
    unlikely = Manner(manner().assertions, (0.01,) * len(MODIFIERS), (0, 4))
    (mention,) = joined(reading(usual), told("stroke", 0.9, unlikely)).drafts
    assert mention.modifiers == ("acute", "unstated")


def test_complaint_words_that_a_learned_mention_explains_are_understood() -> None:
    words = reading(understood=False, leftovers=((0, 4),), signals=frozenset({"unread_complaint"}))
    result = joined(words, told("rash", 0.9, manner(span=(2, 6))))
    assert (result.leftovers, result.signals, result.understood) == ((), frozenset(), True)


def test_complaint_words_elsewhere_stay_not_understood() -> None:
    words = reading(understood=False, leftovers=((10, 14),), signals=frozenset({"unread_complaint"}))
    result = joined(words, told("rash", 0.9))
    assert (result.leftovers, result.understood) == (((10, 14),), False)


@given(st.dictionaries(names, st.tuples(probabilities, probabilities), max_size=4), st.lists(names, max_size=3))
def test_no_symptom_of_the_words_reader_is_lost_from_sight(
    opinions: dict[str, tuple[float, float]], found: list[str]
) -> None:
    heard = [told(name, likely, at_all=tell) for name, (likely, tell) in opinions.items()]
    result = joined(reading(*map(draft, found)), *heard)
    shown = {mention.concept for mention in (*result.drafts, *result.withdrawn)}
    assert shown >= set(found)
    likely_enough = {name for name, (likely, _) in opinions.items() if likely >= 0.2}
    assert not {mention.concept for mention in result.withdrawn} & likely_enough


@given(st.sets(names), st.dictionaries(names, probabilities, max_size=4), names, probabilities)
def test_a_learned_reader_that_is_surer_never_takes_a_symptom_away(
    found: set[str], opinions: dict[str, float], name: str, more: float
) -> None:
    words = reading(*map(draft, sorted(found)))
    before = joined(words, *[told(*pair) for pair in opinions.items()])
    surer = opinions | {name: max(opinions.get(name, 0.0), more)}
    after = joined(words, *[told(*pair) for pair in surer.items()])
    if name in opinions or name not in found:  # a first opinion on a mention may withdraw it
        covered = {part for concept in counting(after) for part in lineage(concept)}
        assert counting(before) <= covered


@given(st.sets(st.sampled_from((*MODIFIERS, "acute", "unstated"))))
def test_a_mention_has_one_onset_and_is_acute_unless_long_standing(words: set[str]) -> None:
    modifiers = all_modifiers(words)
    assert len({"sudden", "gradual", "long_standing", "unstated"} & set(modifiers)) == 1
    assert ("acute" in modifiers) is ("long_standing" not in modifiers)


def test_a_finer_name_for_an_old_sign_that_words_have_read_is_old_as_well() -> None:
    old = replace(draft("speech_difficulty"), modifiers=("lasting", "long_standing"))
    result = joined(reading(old), told("speech_difficulty", 0.9), told("slurred_speech", 0.9))
    finer = next(mention for mention in result.drafts if mention.concept == "slurred_speech")
    assert "long_standing" in finer.modifiers and "acute" not in finer.modifiers
    fresh = next(
        mention
        for mention in joined(reading(), told("slurred_speech", 0.9)).drafts
        if mention.concept == "slurred_speech"
    )
    assert "acute" in fresh.modifiers


def test_what_one_reader_alone_withdrew_is_no_all_clear() -> None:
    assert not joined(reading(draft("rash")), told("rash", 0.001)).understood
    assert joined(reading(draft("rash"), draft("stroke")), told("rash", 0.001), told("stroke", 0.9)).understood


def test_the_learned_reader_has_read_the_words_that_left_a_list_sketchy() -> None:
    quiet = reading(draft("rash", Assertion.ABSENT), understood=False, sketchy=True)
    assert joined(quiet, told("rash", 0.001)).understood
    assert not joined(replace(quiet, sketchy=False), told("rash", 0.001)).understood
    assert not joined(quiet, told("rash", 0.001), told("signal:unread_complaint", 0.7)).understood


def test_a_grave_sign_that_only_the_learned_reader_says_is_denied_gives_no_all_clear() -> None:
    unheard = Reading((), frozenset(), False, ())
    denied = manner(Assertion.ABSENT, span=(0, 4))
    assert joined(unheard, told("rash", 0.01, denied, at_all=0.9)).understood
    assert not joined(unheard, told("stroke", 0.01, denied, at_all=0.9)).understood


def test_of_a_text_in_another_language_the_learned_reader_has_no_opinion() -> None:
    foreign = reading(draft("rash"), signals=frozenset({"not_english"}))
    assert joined(foreign, told("stroke", 0.9), told("rash", 0.001)) == foreign


def test_what_fills_a_sentence_of_its_own_stays_whatever_the_learned_reader_says() -> None:
    lone = replace(draft("stroke"), alone=True)
    assert counting(joined(reading(lone), told("stroke", 0.0001))) == {"stroke"}


def test_what_stands_in_a_sentence_that_is_wholly_read_stays_unless_the_learned_reader_has_heard_it_too() -> None:
    read = replace(draft("stroke"), whole=True)
    assert counting(joined(reading(read), told("stroke", 0.0001))) == {"stroke"}
    assert counting(joined(reading(read), told("stroke", 0.0001, at_all=0.9))) == set()  # "what is a stroke"
