"""Random rulebooks and cases for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from lemtrada_triage.decide.conditions import All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.rulebook import Peak, Rule, Rulebook
from lemtrada_triage.model import Urgency

FACTS = [f"{modifier}{concept}" for modifier in ("", "sudden:") for concept in "abcdefgh"] + ["flag:pregnant"]
FINDINGS = ["low", "middle", "high"]
LAST = 40

facts = st.sampled_from(FACTS)
days = st.integers(0, LAST + 2)
cases = st.tuples(st.frozensets(facts, max_size=8), days)
bounds = st.none() | st.integers(0, LAST)


def spans() -> st.SearchStrategy[Days]:
    """Days in order, with either end, both or none of them open."""
    ordered = st.tuples(bounds, bounds).map(_in_order)
    return ordered.map(lambda ends: Days(*ends))


def _in_order(ends: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    first, last = ends
    return (last, first) if first is not None and last is not None and first > last else ends


def conditions(findings: tuple[str, ...] = (), with_not: bool = True) -> st.SearchStrategy[Condition]:
    """Conditions of every kind, nested; ``findings`` are those that they may rest on."""
    names = st.sampled_from([*FACTS, *(f"finding:{finding}" for finding in findings)])
    leaf = names.map(Fact) | spans()
    return st.recursive(leaf, lambda inner: _groups(inner, with_not), max_leaves=14)


def _groups(inner: st.SearchStrategy[Condition], with_not: bool) -> st.SearchStrategy[Condition]:
    # Up to 12 parts, so that some lists are longer than what durable-rules is handed one by one.
    parts = st.lists(inner, min_size=1, max_size=12).map(tuple)
    counted = parts.flatmap(lambda some: st.integers(1, len(some)).map(lambda n: AtLeast(n, some)))
    kinds = [parts.map(Any), parts.map(All), counted] + [parts.map(Nothing)] * with_not
    return st.one_of(kinds)


@st.composite
def rulebooks(draw: st.DrawFn, with_not: bool = True) -> Rulebook:
    """Rulebooks of up to 12 rules in up to 4 strata: a rule may rest on findings below its own."""
    rules = []
    for number in range(draw(st.integers(1, 12))):
        height = draw(st.integers(0, len(FINDINGS)))
        condition = draw(conditions(tuple(FINDINGS[:height]), with_not))
        finding = FINDINGS[height] if height < len(FINDINGS) else None
        window = draw(st.none() | spans())
        peak = draw(st.none() | spans())
        rules.append(
            Rule(
                id=f"rule-{number}",
                title=f"Rule {number}",
                level=None if finding else draw(st.sampled_from(Urgency)),
                establishes=finding,
                condition=All((window, condition)) if window else condition,
                window=window,
                peak=peak and Peak(peak, "It weighs most then."),
            )
        )
    return Rulebook(tuple(rules))
