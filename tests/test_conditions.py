"""What a condition means, and what is told of it."""

from __future__ import annotations

from graphlib import CycleError

import pytest
from hypothesis import given
from strategies import cases, conditions

from lemtrada_triage.decide.conditions import (
    All,
    Any,
    AtLeast,
    Condition,
    Days,
    Fact,
    Nothing,
    Trace,
    fired,
    grounds,
    holds,
    known,
    names,
    span,
    strata,
    trace,
)
from lemtrada_triage.decide.rulebook import Rule

A, B, C = Fact("a"), Fact("b"), Fact("c")
NO_FACTS: frozenset[str] = frozenset()


def facts(*names: str) -> frozenset[str]:
    return frozenset(names)


def rule(rule_id: str, condition: Condition, establishes: str | None = None) -> Rule:
    return Rule(rule_id, rule_id, None, establishes, condition)


@pytest.mark.parametrize(
    ("condition", "held", "not_held"),
    [
        (A, facts("a", "b"), facts("b")),
        (Any((A, B)), facts("b"), facts("c")),
        (All((A, B)), facts("a", "b", "c"), facts("a")),
        (Nothing((A, B)), facts("c"), facts("a", "c")),
        (AtLeast(2, (A, B, C)), facts("a", "c"), facts("c")),
        (Fact("sudden:a"), facts("sudden:a"), facts("a", "unstated:a")),
    ],
)
def test_each_kind_of_condition_holds_by_the_facts_that_it_names(
    condition: Condition, held: frozenset[str], not_held: frozenset[str]
) -> None:
    """Any needs one part, all every part, none no part, at-least-n as many as it says."""
    assert holds(condition, held, 0)
    assert not holds(condition, not_held, 0)


@pytest.mark.parametrize(
    ("days", "inside", "outside"),
    [
        (Days(3, 5), [3, 4, 5], [2, 6]),
        (Days(None, 5), [0, 5], [6]),
        (Days(3, None), [3, 36_500], [2]),
        (Days(None, None), [0, 36_500], []),
    ],
)
def test_days_include_both_ends_and_a_missing_end_is_open(days: Days, inside: list[int], outside: list[int]) -> None:
    """Days from 3 to 5 hold on day 3 and on day 5."""
    assert all(holds(days, NO_FACTS, day) for day in inside)
    assert not any(holds(days, NO_FACTS, day) for day in outside)


def test_an_empty_any_never_holds_and_an_empty_all_always_does() -> None:
    """An empty list has no part that holds and none that does not."""
    assert not holds(Any(()), NO_FACTS, 0)
    assert holds(All(()), NO_FACTS, 0)
    assert holds(Nothing(()), NO_FACTS, 0)


def test_equal_parts_of_at_least_count_one_by_one() -> None:
    """At-least-n counts parts, not different facts."""
    assert holds(AtLeast(2, (A, A)), facts("a"), 0)


def test_a_finding_is_a_fact_for_the_rules_above() -> None:
    """A chain of three rules fires from its first fact, whatever the order in the file."""
    rules = [
        rule("top", Fact("finding:y")),
        rule("middle", Fact("finding:x"), "y"),
        rule("bottom", A, "x"),
    ]
    assert fired(rules, facts("a"), 0) == {"top", "middle", "bottom"}
    assert known(rules, facts("a"), 0) == {"a", "finding:x", "finding:y"}
    assert fired(rules, facts("b"), 0) == set()


def test_a_rule_that_denies_a_finding_waits_for_it() -> None:
    """None-of a finding is only decided once every rule that could establish it is."""
    rules = [rule("otherwise", Nothing((Fact("finding:x"),))), rule("one", A, "x"), rule("two", B, "x")]
    assert fired(rules, facts("b"), 0) == {"two"}
    assert fired(rules, NO_FACTS, 0) == {"otherwise"}


def test_rules_lie_as_low_as_their_findings_allow() -> None:
    """A rule without findings is in the lowest stratum; the order of the file is kept within one."""
    rules = [rule("c", Fact("finding:x")), rule("a", A, "x"), rule("b", B)]
    assert [[each.id for each in stratum] for stratum in strata(rules)] == [["a", "b"], ["c"]]
    assert strata([]) == ()


def test_findings_that_rest_on_each_other_are_refused() -> None:
    """A circle of findings has no lowest stratum."""
    with pytest.raises(CycleError):
        strata([rule("one", Fact("finding:y"), "x"), rule("two", Fact("finding:x"), "y")])


def test_grounds_are_the_present_facts_of_the_parts_that_hold() -> None:
    """A fact of a part that does not hold is no ground, and an absent fact never is."""
    condition = Any((All((A, B)), C, Nothing((Fact("d"),))))
    assert grounds(condition, facts("a", "c"), 0) == {"c"}
    assert grounds(condition, NO_FACTS, 0) == set()


def test_grounds_see_through_a_double_negation() -> None:
    """None of none of a holds because of a."""
    assert grounds(Nothing((Nothing((A,)),)), facts("a"), 0) == {"a"}


@given(condition=conditions(), case=cases)
def test_grounds_are_always_facts_of_the_case_and_of_the_condition(
    condition: Condition, case: tuple[frozenset[str], int]
) -> None:
    """No ground is invented."""
    assert grounds(condition, *case) <= case[0] & names(condition)


@given(condition=conditions(with_not=False), case=cases)
def test_grounds_alone_are_enough_where_nothing_is_denied(
    condition: Condition, case: tuple[frozenset[str], int]
) -> None:
    """A condition without none-of that holds, holds on its grounds alone."""
    if holds(condition, *case):
        assert holds(condition, grounds(condition, *case), case[1])


@given(condition=conditions(), case=cases)
def test_a_trace_tells_the_outcome_of_every_part(condition: Condition, case: tuple[frozenset[str], int]) -> None:
    """The trace has the shape of the condition and its outcome."""
    found = trace(condition, *case)
    assert found.held == holds(condition, *case)
    assert len(found.children) == len(getattr(condition, "parts", ()))


def test_a_trace_reads_as_a_small_tree() -> None:
    """As a string, each part stands on its own line, marked when it held."""
    condition = All((Any((Fact("sudden:confusion"), Fact("flag:pregnant"))), Days(0, 3), AtLeast(1, (A,))))
    assert str(trace(condition, facts("sudden:confusion"), 2)).splitlines() == [
        "[ ] all of",
        "    [x] any of",
        "        [x] sudden confusion",
        "        [ ] flag pregnant",
        "    [x] days 0-3",
        "    [ ] at least 1 of",
        "        [ ] a",
    ]


def test_a_trace_says_at_days_that_were_assumed_that_they_are_not_known() -> None:
    days = trace(All((A, Days(30, 40))), facts("a"), 30, assumed=True).children[1]
    assert days == Trace("days 30-40 (day not known)", True)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [(0, 3, "days 0-3"), (None, 3, "days 0-3"), (0, 0, "day 0"), (31, None, "day 31 and later")],
)
def test_days_are_written_for_a_reader(first: int | None, last: int | None, text: str) -> None:
    """One day, a range and an open end each have their own words."""
    assert span(first, last) == text
