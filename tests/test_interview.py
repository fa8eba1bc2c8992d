"""What is asked, what each answer is said to lead to, and that it does."""

from __future__ import annotations

from functools import cache

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from lemtrada_triage import Assessment, InputError, TreatmentHistory, Triage, Urgency
from lemtrada_triage.decide.conditions import All, Days, Fact
from lemtrada_triage.decide.decider import Decider
from lemtrada_triage.decide.interview import DOUBT, MOST, Case, Interview, days_of, span_id
from lemtrada_triage.decide.rulebook import Question as Written
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.model import Question
from lemtrada_triage.show.cli import cli
from lemtrada_triage.show.prompt import interview as at_prompt

ROUTINE, SOON, TODAY, NOW, CALL = Urgency
WORDS = [
    "headache", "chills", "confused", "my arm is numb", "rash", "cough", "I feel anxious", "bruises on my legs",
    "nausea", "chest feels tight", "blurred vision", "tired", "no fever", "swollen glands", "something is zorple wrong",
    "dizzy", "joint pain", "my periods are late", "no chest pain", "itchy", "belly pain", "my neck hurts",
]  # fmt: skip
messages = st.lists(st.sampled_from(WORDS), max_size=4, unique=True).map(". ".join)
days = st.none() | st.sampled_from([0, 2, 4, 20, 40, 400, 2000])


@cache
def shared() -> Triage:
    return Triage(reader="words", engine="direct")


def ids(result: Assessment) -> list[str]:
    return [question.id for question in result.ask]


def doubted(text: str, *concepts: str) -> Assessment:
    """The assessment of a text on which the readers would disagree about these signs."""
    triage, plain = shared(), shared().assess(text, 400)
    facts, denied = triage.facts.behind(plain), frozenset[str]()
    asks = triage._adviser._interview.asks(Case(facts, 400, (), concepts, denied))
    return plain.model_copy(update={"readers_disagree": concepts, "understood": False, "ask": asks})


@settings(max_examples=30, deadline=None)
@given(text=messages, day=days, picks=st.lists(st.integers(0, 9), min_size=MOST, max_size=MOST))
def test_an_interview_ends_within_five_and_each_answer_does_as_announced(text, day, picks):
    """A yes never lowers, a no and "cannot tell" change nothing, and some answer to each question changes something."""
    triage = shared()
    result = triage.assess(text, day)
    for pick in picks:
        if not result.ask:
            break
        before, question = result, result.ask[0]
        for asked in result.ask:
            assert any(choice.urgency is not result.urgency or choice.settles for choice in asked.choices)
        choice = question.choices[pick % len(question.choices)]
        result = triage.answer(before, question.id, choice.id)
        assert result.urgency is choice.urgency
        assert before.urgency <= choice.urgency or question.id == "days"
        assert choice.id not in ("no", "unknown") or choice.urgency is before.urgency
        assert choice.rule is None or choice.rule in [rule.rule for rule in result.fired]
        assert len(result.ask) + len(result.answers) <= MOST
        assert question.id not in ids(result)
    assert len(result.answers) <= MOST


@settings(max_examples=20, deadline=None)
@given(text=messages, day=st.none())
def test_days_that_are_told_decide_as_if_they_had_been_given_at_once(text, day):
    triage = shared()
    for question in (before := triage.assess(text, day)).ask:
        if question.id == "days":
            for told in (0, 3, 4, 45, 5000):
                assert triage.answer(before, "days", told).urgency is triage.assess(text, told).urgency
            for choice in question.choices:
                assert triage.answer(before, "days", choice.id).urgency <= before.urgency


@settings(max_examples=20, deadline=None)
@given(text=messages, day=days)
def test_a_screen_has_at_most_1024_bytes_and_the_urgency(text, day):
    result = shared().assess(text, day)
    screen = result.brief()
    assert len(screen.model_dump_json().encode()) <= 1024
    assert (screen.urgency, screen.rank) == (result.urgency, result.urgency.rank)
    assert screen.advice == result.advice


def test_a_screen_of_long_words_cuts_the_advice_between_words_and_keeps_the_urgency(triage):
    result = triage.assess("my arm went numb", 2).model_copy(update={"advice": "Näher " * 400, "disclaimer": "x" * 900})
    screen = result.brief()
    assert len(screen.model_dump_json().encode()) <= 1024
    assert screen.advice.endswith("Näher ...")
    assert screen.urgency is CALL


def test_a_question_is_its_words_as_a_string_and_says_what_yes_leads_to_on_which_source(triage):
    question = next(one for one in triage.assess("headache", 400).ask if one.id == "worst-headache")
    assert str(question) == question.question == next(q.ask for q in triage.rulebook.questions if q.id == question.id)
    yes, no, unknown = question.choices
    assert (yes.id, yes.urgency, yes.rule) == ("yes", CALL, "stroke")
    assert yes.title and yes.because and yes.citations[0].source == "goodrx-lemtrada"
    assert (no.id, no.urgency, no.rule) == ("no", TODAY, None)
    assert (unknown.id, unknown.urgency) == ("unknown", TODAY)


def test_the_question_that_could_lead_highest_comes_first_and_days_have_a_place(triage):
    result = triage.assess("itchy rash, headache, nausea, cough")
    tops = [max(choice.urgency for choice in question.choices) for question in result.ask if question.id != "days"]
    assert tops == sorted(tops, reverse=True)
    assert len(result.ask) <= MOST
    assert triage.assess("itchy rash").ask[-1].id == "days"


def test_what_the_message_denies_is_not_asked(triage):
    assert "any-fever" in ids(triage.assess("chills", 400))
    assert "any-fever" not in ids(triage.assess("chills, no fever", 400))


def test_red_flags_are_asked_about_where_a_complaint_was_not_understood(triage):
    result = triage.assess("my elbow feels zorple", 400)
    assert result.signals == ("unread_complaint",)
    assert ids(result)[:2] == ["where-is-the-weakness", "face-or-speech-too"]
    after = triage.answer(result, "face-or-speech-too", "yes")
    assert (after.urgency, after.understood) == (CALL, False)
    assert after.advice.startswith("This message was not understood")


def test_an_answer_makes_a_new_assessment_and_survives_json(triage):
    before = triage.assess("chills", 400)
    kept = before.model_dump_json()
    after = triage.answer(Assessment.model_validate_json(kept), "any-fever", " Yes ")
    assert before.model_dump_json() == kept
    assert after.urgency is NOW
    assert (after.answers[0].question, after.answers[0].choice) == ("any-fever", "yes")
    assert "fever" in after.answers[0].adds
    assert Assessment.model_validate_json(after.model_dump_json()) == after
    assert "Answered" in after.explain()
    assert triage.why("infection-fever", after).children[0].said[0].startswith('answered "Yes, or maybe"')


def test_a_span_of_days_is_decided_on_the_safe_side_and_the_result_says_what_is_known(triage):
    before = triage.assess("itchy rash")
    (_, late, _) = next(question for question in before.ask if question.id == "days").choices
    after = triage.answer(before, "days", late.id)
    assert (late.id, late.text) == ("4+", "4 or more")
    assert (after.urgency, after.days_since_infusion) == (TODAY, None)
    assert "days" not in ids(after)
    assert triage.answer(before, "days", "12").days_since_infusion == 12


@pytest.mark.parametrize("text", ["headache since yesterday", "rash and swollen glands for 3 days", "tired"])
def test_with_a_history_each_answer_does_as_announced_and_the_months_still_count(text):
    triage, history = shared(), TreatmentHistory([["2025-03-03"], ["2026-03-09", "2026-03-10"]])
    result = triage.assess(text, on="2026-04-11", history=history)
    assert result.ask and "days" not in ids(result)
    for question in result.ask:
        for choice in question.choices:
            after = triage.answer(result, question.id, choice.id)
            assert after.urgency is choice.urgency
            assert (after.months_since_first, after.days_counted) == (13, result.days_counted)
            assert all(triage.why(fired.rule, after).held for fired in after.fired)


def test_what_is_assumed_of_a_history_stays_said_after_an_answer():
    triage, history = shared(), TreatmentHistory([["2026-03-09"]])
    result = triage.assess("headache", on="2026-03-01", history=history)
    after = triage.answer(result, result.ask[0].id, "unknown")
    assert after.assumptions == result.assumptions
    assert "The first infusion is on 2026-03-09" in after.assumptions[0]


def test_an_answer_about_the_patient_becomes_a_flag(triage):
    rulebook = triage.rulebook
    flag = Written("p", frozenset({"hair_loss"}), "Pregnant?", frozenset({"flag:pregnant"}))
    rules = (*rulebook.rules, Rule("watch", "Watch", CALL, None, Fact("flag:pregnant")))
    other = object.__new__(Triage)
    made = Rulebook(rules, (flag,), rulebook.sources, rulebook.levels, not_understood=rulebook.not_understood)
    other.__dict__.update(triage.__dict__, rulebook=made)
    other._start_deciding()
    after = other.answer(other.assess("hair loss", 2), "p", "yes")
    assert (after.flags, after.urgency) == (("pregnant",), CALL)


@pytest.mark.parametrize(
    ("question", "choice", "said"),
    [
        ("any-fever", "perhaps", "'perhaps' is no answer to 'any-fever': choose from yes, no, unknown"),
        ("any-fever", 3, "3 is no answer to 'any-fever': choose from yes, no, unknown"),
        ("any-fevr", "yes", "'any-fevr' is not asked here; what is asked: "),
        ("days", "yes", "'days' is not asked here; what is asked: "),
    ],
)
def test_what_cannot_be_answered_is_told_with_what_can(triage, question, choice, said):
    with pytest.raises(InputError) as error:
        triage.answer(triage.assess("chills", 400), question, choice)
    assert str(error.value).startswith(said)


def test_days_that_are_none_are_refused(triage):
    before = triage.assess("itchy rash")
    for wrong in ("-1", "soon", "1e3", "9" * 5000, True, 1.5, "²"):
        with pytest.raises(InputError, match="choose from 0-3, 4\\+, unknown, or whole days"):
            triage.answer(before, "days", wrong)
    with pytest.raises(InputError, match="from 0 to 36,500, not 40000"):
        triage.answer(before, "days", 40_000)


def test_a_question_is_answered_once_and_by_the_rules_that_asked_it(triage):
    after = triage.answer(triage.assess("chills", 400), "any-fever", "no")
    with pytest.raises(InputError, match="'any-fever' was answered already, with 'no'"):
        triage.answer(after, "any-fever", "yes")
    with pytest.raises(InputError, match=r"was made by the rules old, and .* assess the text again"):
        triage.answer(after.model_copy(update={"rulebook": "old"}), after.ask[0].id, "yes")


def test_facts_without_a_text_can_be_answered_and_traced(triage):
    before = triage.assess_facts(triage.facts.of("chills"), 400)
    assert triage.answer(before, "any-fever", "yes").urgency is NOW
    assert triage.why("infection-one-sign", before).held == ("infection-one-sign" in [r.rule for r in before.fired])


def test_a_sign_on_which_the_readers_disagree_is_asked_about_first_and_a_yes_settles_it():
    triage, before = shared(), doubted("chills", "facial_droop")
    question = before.ask[0]
    assert (question.id, question.choices[0].urgency) == (DOUBT + "facial_droop", CALL)
    assert "drooping or crooked face" in question.question
    yes = triage.answer(before, question.id, "yes")
    assert (yes.urgency, yes.readers_disagree, yes.understood) == (CALL, (), True)
    no = triage.answer(before, question.id, "no")
    assert (no.urgency, no.readers_disagree, no.understood) == (before.urgency, (), False)
    unsure = triage.answer(before, question.id, "unknown")
    assert (unsure.readers_disagree, question.id in ids(unsure)) == (("facial_droop",), False)


@pytest.mark.parametrize(
    "more",
    [
        {"readers_disagree": ("facial_droop", "dyspnea")},
        {"not_understood": ("odd",)},
        {"signals": ("unread_complaint",)},
    ],
)
def test_a_yes_makes_no_message_understood_in_which_something_else_is_not(more):
    before = doubted("chills", "facial_droop").model_copy(update=more)
    yes = shared().answer(before, DOUBT + "facial_droop", "yes")
    assert (yes.urgency, yes.understood) == (CALL, False)


def test_a_no_takes_nothing_back_that_the_words_have_said():
    triage, before = shared(), doubted("I can't breathe", "dyspnea")
    assert before.urgency is NOW
    no = triage.answer(before, DOUBT + "dyspnea", "no")
    assert (no.urgency, no.readers_disagree, no.understood) == (NOW, ("dyspnea",), False)


def test_nothing_is_asked_about_a_doubt_where_911_is_decided_already():
    assert doubted("my face is drooping", "facial_droop").ask == ()


A, B = Fact("a"), Fact("b")


def asks(rules: tuple[Rule, ...], questions: tuple[Written, ...], *told: str, day: int | None = 0) -> list[Question]:
    book = Rulebook(rules, questions)
    facts_of = lambda concept, modifiers=(): frozenset({concept, *(f"{one}:{concept}" for one in modifiers)})  # noqa: E731
    return list(Interview(Decider(book, "direct"), book, facts_of, str).asks(Case(frozenset(told), day)))


def rule(name: str, condition, level: Urgency = TODAY) -> Rule:
    return Rule(name, name.capitalize(), level, None, condition)


def test_a_question_is_asked_only_when_yes_would_raise_the_urgency():
    """It needs a fact that it is about, and must not have been answered by the message."""
    question = Written("sudden", frozenset("a"), "Was it sudden?", frozenset({"sudden:a"}))
    rules = rule("plain", A, SOON), rule("sudden", Fact("sudden:a"), CALL), rule("b", B, CALL)
    assert [str(one) for one in asks(rules, (question,), "a")] == ["Was it sudden?"]
    assert asks(rules, (question,), "c") == []
    assert asks(rules, (question,), "a", "b") == []
    assert asks(rules, (question,), "a", "sudden:a") == []


def test_a_question_may_be_about_a_fact_that_no_rule_looks_at():
    question = Written("more", frozenset({"vague"}), "Any fever?", frozenset("a"))
    assert [str(one) for one in asks((rule("a", A),), (question,), "vague")] == ["Any fever?"]


def test_days_are_asked_for_only_when_they_can_matter():
    early = rule("early", All((Days(0, 3), A)), CALL)
    (question,) = asks((early, rule("always", A, SOON)), (), "a", day=None)
    assert str(question) == "How many days ago was the last treatment?"
    assert [(choice.id, choice.urgency) for choice in question.choices] == [
        ("0-3", CALL),
        ("4+", SOON),
        ("unknown", CALL),
    ]
    assert asks((rule("early", All((Days(0, 3), A)), TODAY), rule("always", A)), (), "a", day=None) == []


def piped(typed: str, *options: str):
    return CliRunner().invoke(cli, ["interview", "--reader", "words", *options], input=typed)


def test_a_piped_interview_is_quiet_and_prints_the_result_alone():
    result = piped("chills\nn\ny\n", "--days", "400")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].startswith(("GET HELP NOW", "CALL 911"))
    assert "Answered" in result.stdout
    assert result.stderr == ""
    assert "Answered" not in piped("", "chills", "--days", "400").stdout


def test_a_piped_answer_that_is_none_is_told_kindly_with_its_number():
    result = piped("n\nbanana\n", "chills", "--days", "400")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: answer 2 (")
    assert "'banana' is no answer to" in result.stderr


def test_at_a_prompt_a_wrong_answer_can_be_given_again_and_q_ends(triage):
    lines, said = iter(["banana\n", "Y\n", "q\n"]), []
    before = triage.assess("chills", 400)
    after = at_prompt(triage, before, lambda: next(lines), said.append)
    assert any(line.startswith("'banana' is no answer to") for line in said)
    assert any("That makes it: call 911." in line or "That makes it: get help now." in line for line in said)
    assert [answer.choice for answer in after.answers] == ["yes"]


def test_at_a_prompt_with_nothing_to_ask_that_is_said(triage):
    said = []
    at_prompt(triage, triage.assess("my face is drooping", 2), lambda: "", said.append)
    assert said[-1] == "There is nothing to ask."


def test_the_question_for_the_days_has_its_place_among_those_that_are_left(triage):
    result = triage.assess("my arm tingles, headache, rash, cough, tired, anxious, sore throat, bruise")
    for left in (5, 4, 3):
        assert len(result.ask) == left
        assert result.ask[-1].id == "days"
        result = triage.answer(result, result.ask[0].id, "unknown")


def test_a_choice_of_days_stands_for_all_of_them_and_no_others(triage):
    assert [days_of(one) for one in ("0-3", "4-4", "1462+", "12", "unknown")] == [
        range(0, 4), range(4, 5), range(1462, 36_501), 12, None
    ]  # fmt: skip
    assert [span_id(days_of(one)) for one in ("0-3", "4-29", "1462+")] == ["0-3", "4-29", "1462+"]


def test_an_answer_to_a_plain_question_settles_no_doubt(triage):
    result = triage.assess("sore throat and a cough", 20)
    assert {choice.settles for question in result.ask for choice in question.choices} == {False}
