"""Why a rule fired, down to the words, and what would have made another one fire."""

from __future__ import annotations

from hypothesis import given, settings
from strategies import cases, rulebooks

from lemtrada_triage.decide.conditions import All, Any, AtLeast, Change, Condition, Days, Fact, Nothing, Trace, fired
from lemtrada_triage.decide.decider import Decider
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.model import Urgency
from lemtrada_triage.show.explain import trace_lines

A, B, C = Fact("a"), Fact("b"), Fact("c")


def rule(name: str, condition: Condition, establishes: str | None = None) -> Rule:
    return Rule(name, name.capitalize(), None if establishes else Urgency.GET_HELP_NOW, establishes, condition)


def needs(condition: Condition, *told: str, day: int | None = 9, below: tuple[Rule, ...] = ()) -> list[str]:
    found = Decider(Rulebook((rule("top", condition), *below)), "direct").why("top", frozenset(told), day)
    return [str(change) for change in found.needs]


@settings(max_examples=40, deadline=None)
@given(rulebook=rulebooks(), case=cases)
def test_what_would_have_made_a_rule_fire_makes_it_fire(rulebook, case):
    """On random rulebooks with days, none-of, at-least-n and findings."""
    facts, day = case
    decider = Decider(rulebook, "direct")
    for one in rulebook.rules:
        found = decider.why(one.id, facts, day)
        assert found.held == (one.id in fired(rulebook.rules, facts, day))
        for change in found.needs[:4]:
            there = (facts | change.adds) - change.drops
            assert one.id in fired(rulebook.rules, there, day if change.days is None else change.days.first or 0)
            assert len(change) > 0


def test_a_rule_that_fired_needs_nothing():
    assert needs(A, "a") == []


def test_each_of_several_facts_would_do_and_those_that_must_come_together_are_told_together():
    assert needs(Any((A, B))) == ["a", "b"]
    assert needs(All((A, B))) == ["a and b"]
    assert needs(AtLeast(2, (A, B, C)), "b") == ["a", "c"]


def test_a_fact_that_stands_in_the_way_and_days_that_are_others_are_told():
    assert needs(All((A, Nothing((B,)))), "a", "b") == ["without b"]
    assert needs(All((A, Days(0, 3))), "a") == ["on days 0-3"]
    assert needs(All((A, Days(0, 3))), "a", day=None) == []
    assert needs(All((A, Days(30, None)))) == ["a and on day 30 and later"]


def test_what_a_finding_lacks_is_told_in_its_own_facts():
    below = (rule("one", All((A, B)), "x"), rule("two", C, "x"))
    assert needs(Fact("finding:x"), "a", below=below) == ["b", "c"]


def test_a_rule_that_nothing_can_make_fire_has_no_needs():
    assert needs(All((A, Days(0, 3), Days(30, None)))) == []


def test_a_change_counts_its_parts():
    assert len(Change(frozenset("ab"), frozenset("c"), Days(0, 3))) == 4


def test_a_trace_goes_through_findings_to_the_words(triage):
    result = triage.assess("my face is kinda drooping, no fever", 2)
    lines = "\n".join(trace_lines(triage.why("stroke", result), held_only=True))
    assert "yes finding possible stroke" in lines
    assert "yes rule stroke-face-droop" in lines
    assert '"face is kinda drooping" (uncertain, because of "kinda")' in lines


def test_a_trace_of_a_rule_that_did_not_fire_shows_the_words_that_spoke_against_it_and_what_it_lacks(triage):
    result = triage.assess("my arm is sore, no fever", 400)
    lines = trace_lines(triage.why("infection-fever", result))
    assert any('"fever" (absent, because of "no")' in line for line in lines)
    assert lines[-1].strip().startswith("It would have fired with fever")


def test_other_days_that_a_rule_needs_are_told_in_a_sentence(triage):
    lines = trace_lines(triage.why("stroke-confusion-near-infusion", triage.assess("I am confused", 40)))
    assert lines[-1].strip() == "It would have fired on days 0-3."


def test_a_rule_below_a_finding_of_which_nothing_was_said_is_one_line(triage):
    lines = trace_lines(triage.why("stroke", triage.assess("fever", 400)))
    place = next(number for number, line in enumerate(lines) if line.strip().startswith("no  rule stroke-speech"))
    assert len(lines[place]) - len(lines[place].lstrip()) >= len(lines[place + 1]) - len(lines[place + 1].lstrip())


def test_a_flag_a_signal_and_earlier_messages_are_named_as_what_told_a_fact(triage):
    result = triage.assess("my elbow feels zorple", 20, {"pregnant"})
    said = [line for rule in result.fired for line in _said(triage.why(rule.rule, result))]
    assert {"given with the message", "seen in the message"} <= set(said)


def _said(trace: Trace) -> list[str]:
    return [*trace.said, *(line for child in trace.children for line in _said(child))]
