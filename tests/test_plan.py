"""What durable-rules is handed for a condition, and how many rules one ruleset holds."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from lemtrada_triage.decide import durable_plan
from lemtrada_triage.decide.conditions import All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.durable_plan import BASE, Plan, Size, plans, size_of
from lemtrada_triage.decide.rulebook import Rule, Rulebook

A, B, C = Fact("a"), Fact("b"), Fact("c")
FROM_3, TO_5 = {"$gte": {"day": 3}}, {"$lte": {"day": 5}}
EIGHT, NINE = ([Fact(f"x{number}") for number in range(count)] for count in (8, 9))


def planned(*conditions: Condition) -> list[list[Plan]]:
    """The rulesets of each stratum, for a rule of each condition."""
    rules = [Rule(f"r{number}", "", None, None, condition) for number, condition in enumerate(conditions)]
    return [list(stratum) for stratum in plans(Rulebook(tuple(rules))).strata]


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        (A, [{"f0": 1}]),
        (Nothing((A,)), [{"$nex": {"f0": 1}}]),
        (Any((A, B)), [{"$or": [{"f0": 1}, {"f1": 1}]}]),
        (All((A, B)), [{"f0": 1}, {"f1": 1}]),
        (Nothing((A, B)), [{"$nex": {"f0": 1}}, {"$nex": {"f1": 1}}]),
        (Nothing((All((A, B)),)), [{"$or": [{"$nex": {"f0": 1}}, {"$nex": {"f1": 1}}]}]),
        (All((A, Nothing((Any((B, C)),)))), [{"f0": 1}, {"$nex": {"f1": 1}}, {"$nex": {"f2": 1}}]),
        (Nothing((Nothing((A,)),)), [{"f0": 1}]),
        (Days(3, 5), [FROM_3, TO_5]),
        (Days(0, 5), [TO_5]),
        (Days(None, 5), [TO_5]),
        (Days(3, None), [FROM_3]),
        (Nothing((Days(3, 5),)), [{"$or": [{"$lte": {"day": 2}}, {"$gte": {"day": 6}}]}]),
        (Any((A, Days(3, 5))), [{"$or": [{"f0": 1}, {"$and": [FROM_3, TO_5]}]}]),
        (AtLeast(2, (A, B, C)), [{"$gte": {"n0": 2}}]),
        (Nothing((AtLeast(2, (A, B, C)),)), [{"$lte": {"n0": 1}}]),
        (Any((A, Any((B, C)))), [{"$or": [{"f0": 1}, {"f1": 1}, {"f2": 1}]}]),
        (Any((A, A)), [{"f0": 1}]),
        (Any((A, All((A, B)), A)), [{"$or": [{"f0": 1}, {"$and": [{"f0": 1}, {"f1": 1}]}]}]),
        (All((A, Days(None, None))), [{"f0": 1}]),
        (Any((A, All(()))), []),
        (Any(tuple(EIGHT)), [{"$or": [{f"f{number}": 1} for number in range(8)]}]),
        (Any(tuple(NINE)), [{"$gte": {"n0": 1}}]),
        (All(tuple(NINE)), [{"$gte": {"n0": 9}}]),
        (Nothing(tuple(NINE)), [{"$lte": {"n0": 0}}]),
        (Nothing((All(tuple(NINE)),)), [{"$lte": {"n0": 8}}]),
        (Any((*NINE, Days(3, 5))), [{"$or": [{"$gte": {"n0": 1}}, {"$and": [FROM_3, TO_5]}]}]),
    ],
)
def test_a_condition_is_one_expression_in_which_every_not_stands_at_a_leaf(
    condition: Condition, members: list[object]
) -> None:
    """Behind the marker; a list of more than eight facts is counted."""
    (((plan,)),) = planned(condition)
    assert plan.antecedents == (({"$and": [{"case": 1}, *members]}, ("r0",)),)


def test_a_rule_that_never_holds_is_not_handed_over() -> None:
    assert planned(Any(())) == [[]]
    assert planned(All((A, Any(())))) == [[]]


def test_what_is_counted_and_no_fact_is_moved_into_a_rule_below() -> None:
    (below,), (above,) = planned(AtLeast(1, (A, Days(3, 5))))
    assert below.antecedents == (({"$and": [{"case": 1}, FROM_3, TO_5]}, ("r0/0",)),)
    assert (above.counters, above.fields) == (("n0",), (("a", "n0"), ("finding:r0/0", "n0")))


def test_a_ruleset_knows_its_facts_its_counters_and_the_days_that_it_can_tell_apart() -> None:
    ((plan,),) = planned(AtLeast(2, (A, B)), All((A, Days(3, 5), Nothing((Days(7, 9),)))))
    assert (plan.counters, plan.fields) == (("n1",), (("a", "f0"), ("a", "n1"), ("b", "n1")))
    assert plan.cuts == (3, 6, 7, 10)


def test_equal_conditions_are_handed_over_once() -> None:
    ((plan,),) = planned(A, B, A)
    assert sorted(sorted(ids) for _, ids in plan.antecedents) == [["r0", "r2"], ["r1"]]


def _apart(count: int, kind: type[All | Nothing], same: Iterable[Condition] = ()) -> list[Condition]:
    return [kind((*same, *[Fact(f"y{rule} {number}") for number in range(count)])) for rule in range(130)]


@pytest.mark.parametrize(
    ("conditions", "held"),
    [
        pytest.param(_apart(1, All), [63, 63, 4], id="64 ways to hold, one of them the sentinel's"),
        pytest.param(_apart(8, All), [30, 30, 30, 30, 10], id="250 facts"),
        pytest.param(_apart(2, Nothing), [50, 50, 30], id="100 absent facts"),
        pytest.param(_apart(1, All, EIGHT[1:]), [44, 44, 42], id="400 comparisons"),
    ],
)
def test_a_ruleset_holds_so_many_rules(conditions: list[Condition], held: list[int]) -> None:
    (stratum,) = planned(*conditions)
    assert [len(plan.antecedents) for plan in stratum] == held


@pytest.mark.parametrize(
    ("expression", "size"),
    [
        ({"f": 1}, Size(1, 0, 0, 1, frozenset("f"))),
        ({"$nex": {"f": 1}}, Size(1, 0, 1, 1, frozenset("f"))),
        (FROM_3, Size(1, 0, 0, 1, frozenset({"day"}))),
        ({"$or": [{"f": 1}, {"g": 1}]}, Size(2, 1, 0, 2, frozenset("fg"))),
        (
            {"$and": [{"f": 1}, {"$or": [{"g": 1}, {"$nex": {"h": 1}}]}, {"$or": [{"f": 1}, {"$and": [{"i": 1}]}]}]},
            Size(4, 4, 1, 5, frozenset("fghi")),
        ),
    ],
)
def test_an_expression_asks_for_so_much(expression: dict[str, object], size: Size) -> None:
    """Choices of several lists multiply, all else adds up."""
    assert size_of(expression) == size


def test_two_expressions_ask_for_both_but_groups_are_limited_for_each_alone() -> None:
    both = Size(2, 5, 3, 4, frozenset("f")) + Size(3, 7, 1, 2, frozenset("g"))
    assert both == Size(5, 7, 4, 6, frozenset("fg"))
    assert Size(1, 1, 0, 1, frozenset({"sid", "id", "case", "day"})) == BASE


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (Size(64, 15, 100, 400, frozenset(map(str, range(250)))), None),
        (Size(65, 0, 0, 0, frozenset()), "65 ways to hold, at most 64"),
        (Size(0, 16, 0, 0, frozenset()), "16 nested groups, at most 15"),
        (Size(0, 0, 101, 0, frozenset()), "101 absent facts, at most 100"),
        (Size(0, 0, 0, 401, frozenset()), "401 comparisons, at most 400"),
        (Size(0, 0, 0, 0, frozenset(map(str, range(251)))), "251 facts, at most 250"),
    ],
)
def test_what_is_too_much_for_a_ruleset_is_told(size: Size, said: str | None) -> None:
    assert size.excess() == said


def test_a_name_is_used_once_whatever_its_kind() -> None:
    fields = durable_plan.Fields()
    named = [fields.fact("a"), fields.counter(("a", "b")), fields.fact("b"), fields.fact("a")]
    assert named == ["f0", "n1", "f2", "f0"]
    assert fields.counter(("a", "b")) == "n1"
