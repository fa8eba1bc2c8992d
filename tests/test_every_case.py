"""A rulebook so small that every case can be tried: the engines fire what the conditions mean, alone and together."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from lemtrada_triage.decide import conditions, durable
from lemtrada_triage.decide.columns import ColumnEngine, column_of, places_of
from lemtrada_triage.decide.conditions import All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.decider import Decider
from lemtrada_triage.decide.direct import DirectEngine
from lemtrada_triage.decide.durable import DurableEngine
from lemtrada_triage.decide.rulebook import Peak, Rule, Rulebook
from lemtrada_triage.model import Urgency

A, B, C, D = map(Fact, "abcd")
LOW, HIGH = Fact("finding:low"), Fact("finding:high")
WINDOW = Days(2, 4)
CONDITIONS: list[tuple[Condition, str | None]] = [
    (A, None), (Any((A, B)), None), (All((A, B)), None), (Nothing((A, B)), None), (AtLeast(2, (A, B, C)), None),
    (AtLeast(2, (A, A, B)), None), (AtLeast(2, (A, WINDOW, C)), None), (AtLeast(3, (A, B, C)), None),
    (AtLeast(1, (B, D)), None), (WINDOW, None), (Days(None, 2), None), (Days(5, None), None), (Any((A, WINDOW)), None),
    (All((A, B, WINDOW)), None), (Nothing((A, WINDOW)), None), (All((A, Any((B, WINDOW)))), None), (Any(()), None),
    (All(()), None), (All((A, WINDOW)), "low"), (All((B, C)), "low"), (LOW, None), (Nothing((LOW,)), None),
    (Any((LOW, D)), "high"), (All((HIGH, A)), None), (All((HIGH, Nothing((LOW,)))), None),
    (AtLeast(2, (HIGH, A, C)), None), (All((Days(3, 3), HIGH)), None),
]  # fmt: skip
LEVELS = [*Urgency]
RULES = [
    Rule(f"r{place:02}", f"Rule {place}", None if finding else LEVELS[place % 5], finding, condition)
    for place, (condition, finding) in enumerate(CONDITIONS)
]
BOOK = Rulebook(tuple(RULES))
TOLD = [frozenset(some) for some in chain.from_iterable(combinations("abcd", count) for count in range(5))]
TOLD += [told | {"finding:low"} for told in TOLD]
DAYS = range(8)
MEANT = {(told, day): conditions.fired(RULES, told, day) for told in TOLD for day in DAYS}


@pytest.mark.parametrize("engine", [DirectEngine, DurableEngine])
def test_an_engine_fires_on_each_case_what_the_conditions_mean(engine: type[DirectEngine | DurableEngine]) -> None:
    if engine is DurableEngine and durable.missing():
        pytest.skip(str(durable.missing()))
    built = engine(BOOK)
    assert {case: built.fired(*case) for case in MEANT} == MEANT


def test_the_direct_engine_decides_all_days_of_a_case_at_once() -> None:
    built = DirectEngine(BOOK)
    for told in TOLD:
        held = built.held(told, built.intervals(DAYS))
        each = {day: frozenset(rule for rule, days in held.items() if days & built.intervals([day])) for day in DAYS}
        assert each == {day: MEANT[told, day] for day in DAYS}


def test_the_columns_hold_each_case_at_its_place() -> None:
    columns = {fact: column_of([place for place, (told, _) in enumerate(MEANT) if fact in told], len(MEANT))
               for fact in ("a", "b", "c", "d", "finding:low")}  # fmt: skip
    fired = ColumnEngine(BOOK).fired(columns, [day for _, day in MEANT])
    each = {rule: list(places_of(column)) for rule, column in fired.items()}
    meant = list(MEANT.values())
    assert each == {rule.id: [place for place, rules in enumerate(meant) if rule.id in rules] for rule in RULES}


@pytest.mark.parametrize("places", [[], [0], [7], [8], [0, 1, 7, 8, 9, 15, 16, 63, 64]])
def test_a_column_has_a_bit_at_each_place(places: list[int]) -> None:
    assert column_of(places, 65) == sum(1 << place for place in places)
    assert list(places_of(column_of(places, 65))) == places


def most_urgent_first(fired: frozenset[str]) -> tuple[str, ...]:
    ranks = {rule.id: rule.level.rank if rule.level else 0 for rule in RULES}
    return tuple(sorted(fired, key=lambda rule: (-ranks[rule], rule)))


def highest(fired: frozenset[str]) -> Urgency:
    return max([rule.level for rule in RULES if rule.id in fired and rule.level], default=Urgency.ROUTINE)


@pytest.mark.parametrize("name", ["direct", "auto"])
def test_a_decision_has_the_highest_level_of_what_fires_on_any_day_that_may_be(name: str) -> None:
    decider = Decider(BOOK, name)
    for told in TOLD:
        for day in (0, 3, 7, None, (1, 5), (3,), range(1, 4), range(5, 9)):
            days = [day] if isinstance(day, int) else DAYS if day is None else day
            fired = frozenset().union(*[MEANT[told, min(one, 7)] for one in days])
            expected = (highest(fired), most_urgent_first(fired))
            decision = decider.decide(told, day)
            assert (decision.urgency, tuple(rule.rule for rule in decision.fired)) == expected
            assert decider.verdict(told, day) == decider.supposed(told, day) == expected
            for than in LEVELS:
                above = decider.supposed_above(than, told, day)
                assert above == (expected if expected[0] > than else None)


def test_many_cases_are_decided_as_each_alone() -> None:
    decider = Decider(BOOK, "auto")
    cases = [(tuple(told), day) for told in TOLD for day in (0, 3, None, (1, 5))]
    alone = [decider.verdict(frozenset(told), day) for told, day in cases]
    assert decider.verdicts(cases, lambda fact: (fact,)) == alone


def test_each_interval_of_days_is_supposed_alone() -> None:
    decider = Decider(BOOK, "direct")
    firsts = BOOK.days_cuts
    assert firsts == (0, 2, 3, 4, 5)
    for told in TOLD:
        each = [MEANT[told, day] for day in firsts]
        assert decider.supposed_each(told) == [(highest(fired), most_urgent_first(fired)) for fired in each]


@pytest.mark.parametrize(
    ("day", "first"),
    [(0, 0), (1, 0), (2, 2), (4, 4), (5, 5), (900, 5), (None, None), ((0, 1), 0), ((1, 7, 9), (0, 5)),
     ((7, 2, 2), (2, 5))],
)  # fmt: skip
def test_the_first_day_of_an_interval_stands_for_all(day: object, first: object) -> None:
    assert Decider(BOOK, "direct").first_day(day) == first  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("rule", "told", "day", "because"),
    [
        ("r01", "ab", 0, "ab"), ("r01", "b", 0, "b"), ("r03", "c", 0, ""), ("r04", "abcd", 0, "abc"),
        ("r20", "a", 3, "a"), ("r20", "bcd", 0, "bc"), ("r20", "abc", 3, "abc"), ("r23", "ad", 0, "ad"),
        ("r23", "abc", 9, "abc"),
        ("r24", "d", 0, "d"), ("r25", "ac", 2, "ac"), ("r15", "ab", None, "ab"), ("r12", "a", None, "a"),
    ],
)  # fmt: skip
def test_a_rule_fires_because_of_these_facts(rule: str, told: str, day: int | None, because: str) -> None:
    decision = Decider(BOOK, "direct").decide(frozenset(told), day)
    (found,) = [fired.because_of for fired in decision.fired if fired.rule == rule]
    assert found == tuple(because)


def assumed(day: object, *told: str) -> tuple[str, ...]:
    rules = (
        Rule("early", "Early", Urgency.CALL_911, None, All((A, Days(0, 3))), peak=Peak(Days(1, 2), "Most likely now.")),
        Rule("late", "Late", Urgency.ROUTINE, None, All((A, Days(9, None)))),
        Rule("both", "Always", Urgency.ROUTINE, None, A),
    )
    return Decider(Rulebook(rules), "direct").decide(frozenset(told), day).assumptions  # type: ignore[arg-type]


def test_what_was_assumed_of_the_days_names_the_rules_that_do_not_fire_on_all_of_them() -> None:
    inside = "counted as inside the window of"
    assert assumed(None, "a") == (f"Days since treatment are not known; {inside}: Early; Late.",)
    assert assumed(range(0, 6), "a") == (f"Days since treatment are known only as 0 to 5; {inside}: Early.",)
    assert assumed(range(0, 4), "a") == assumed((0, 9), "a") == assumed(3, "a") == assumed(None) == ()


@pytest.mark.parametrize(
    ("condition", "told", "day", "changes"),
    [
        (AtLeast(2, (A, B, C)), "", 0, ["a and b", "a and c", "b and c"]),
        (AtLeast(3, (A, B, C)), "b", 0, ["a and c"]),
        (Nothing((AtLeast(2, (A, B, C)),)), "abc", 0, ["without a and without b", "without a and without c",
                                                     "without b and without c"]),
        (Nothing((AtLeast(1, (A, B)),)), "ab", 0, ["without a and without b"]),
        (Nothing((Any((A, B)),)), "ab", 0, ["without a and without b"]),
        (Nothing((All((A, B)),)), "ab", 0, ["without a", "without b"]),
        (Nothing((Nothing((A, B)),)), "", 0, ["a", "b"]),
        (Nothing((Nothing((A,)),)), "", 0, ["a"]),
        (All((A, Any((B, All((C, D)))))), "", 0, ["a and b", "a and c and d"]),
        (Any((All((A, B, C)), All((A, D)))), "", 0, ["a and d", "a and b and c"]),
        (Any((All((A, B)), C)), "", 0, ["c", "a and b"]),
        (Any((All((A, B, D)), C)), "", 0, ["c"]),
        (All((A, Nothing((B,)))), "b", 0, ["a and without b"]),
        (Any((Nothing((A,)), B)), "a", 0, ["b", "without a"]),
        (Any((B, All((C, Days(5, 6))))), "c", 0, ["b", "on days 5-6"]),
        (All((A, Days(3, 5))), "", 0, ["a and on days 3-5"]),
        (All((A, Days(3, 5))), "", 3, ["a"]),
        (All((A, Any((Days(3, 5), Days(6, 8))))), "a", 0, ["on days 3-8"]),
        (All((A, Any((Days(3, 5), Days(9, None))))), "a", 0, ["on days 3-5"]),
        (All((A, Days(9, None))), "a", 0, ["on day 9 and later"]),
        (All((A, Nothing((A,)))), "", 0, []),
    ],
)  # fmt: skip
def test_the_smallest_changes_would_make_a_rule_fire(
    condition: Condition, told: str, day: int, changes: list[str]
) -> None:
    """The fewest first, and those with one more fact; facts that come before facts that go, and these before days."""
    decider = Decider(Rulebook((Rule("r", "R", Urgency.ROUTINE, None, condition),)), "direct")
    assert [str(change) for change in decider.why("r", frozenset(told), day).needs] == changes


def test_no_more_changes_are_told_than_anybody_reads() -> None:
    condition = Any(tuple(Fact(f"x{number}") for number in range(30)))
    decider = Decider(Rulebook((Rule("r", "R", Urgency.ROUTINE, None, condition),)), "direct")
    assert [len(decider.why("r", frozenset(), day).needs) for day in (0, None)] == [24, 24]
