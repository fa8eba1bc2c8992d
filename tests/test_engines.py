"""The engines agree with the meaning of conditions, and the decider turns what fired into a decision."""

from __future__ import annotations

import gc
import logging
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import FACTS, LAST, cases, rulebooks

from lemtrada_triage.decide import conditions, durable, durable_plan
from lemtrada_triage.decide.columns import ColumnEngine, column_of, places_of
from lemtrada_triage.decide.conditions import All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.decider import Decider, Decision
from lemtrada_triage.decide.direct import DirectEngine
from lemtrada_triage.decide.durable import DurableEngine
from lemtrada_triage.decide.rulebook import Peak, Rule, Rulebook
from lemtrada_triage.history.first import IfUnknown, facts_of_first, window
from lemtrada_triage.model import EngineLimit, InputError, Urgency

needs_durable = pytest.mark.skipif(durable.missing() is not None, reason=str(durable.missing()))
ENGINES = [
    pytest.param(DirectEngine, id="direct"),
    pytest.param(DurableEngine, id="durable", marks=needs_durable),
]
NAMES = [pytest.param("direct", id="direct"), pytest.param("durable", id="durable", marks=needs_durable)]
ROUTINE, SOON, TODAY, NOW, CALL = Urgency
A, B = Fact("a"), Fact("b")


def facts(*names: str) -> frozenset[str]:
    return frozenset(names)


def rule(rule_id: str, condition: Condition, level: Urgency = TODAY, establishes: str | None = None, **more):
    return Rule(rule_id, rule_id.capitalize(), None if establishes else level, establishes, condition, **more)


def book(*rules: Rule) -> Rulebook:
    return Rulebook(rules)


def windowed(rule_id: str, condition: Condition, first: int | None, last: int | None, level: Urgency = NOW) -> Rule:
    window = Days(first, last)
    return rule(rule_id, All((window, condition)), level, window=window)


def ids(decision: Decision) -> list[str]:
    return [fired.rule for fired in decision.fired]


@cache
def shipped() -> Rulebook:
    return Rulebook.load()


shipped_facts = st.deferred(lambda: st.sampled_from(sorted(shipped().facts)))
shipped_days = st.deferred(lambda: st.sampled_from([cut + n for cut in shipped().days_cuts for n in (0, 1)]))
any_day = (
    st.none()
    | shipped_days
    | st.sets(shipped_days, min_size=1, max_size=4).map(lambda days: tuple(sorted(days)))
    | st.sets(shipped_days, min_size=2, max_size=2).map(lambda days: range(min(days), max(days)))
)
months = st.integers(0, 40)
shipped_cases = st.tuples(st.frozensets(shipped_facts, max_size=8), shipped_days)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=100, deadline=None)
@given(rulebook=rulebooks(), some=st.lists(cases, min_size=1, max_size=12))
def test_an_engine_fires_what_the_conditions_mean(engine, rulebook, some):
    """On random rulebooks with days, none-of, at-least-n and strata, case by case."""
    built = engine(rulebook)
    for case in some:
        assert built.fired(*case) == conditions.fired(rulebook.rules, *case)


@settings(max_examples=200)
@given(rulebook=rulebooks(), some=st.lists(cases, min_size=1, max_size=40))
def test_columns_fire_for_many_cases_what_the_conditions_mean_for_each(rulebook, some):
    """The same random rulebooks, all cases at once."""
    columns = {fact: column_of((n for n, (held, _) in enumerate(some) if fact in held), len(some)) for fact in FACTS}
    held = ColumnEngine(rulebook).fired(columns, [day for _, day in some])
    fired = [{rule_id for rule_id, column in held.items() if n in places_of(column)} for n in range(len(some))]
    assert fired == [conditions.fired(rulebook.rules, *case) for case in some]


@pytest.mark.parametrize("name", NAMES)
@given(st.lists(st.tuples(st.frozensets(shipped_facts, max_size=8), any_day), max_size=30))
def test_many_cases_decided_at_once_have_the_verdicts_of_each_alone(name, some):
    """With a day, several days, days between which it lies, and none that is known, on the shipped rules."""
    decider = _shipped_decider(name)
    assert decider.verdicts(some, lambda fact: (fact,)) == [decider.verdict(*case) for case in some]


@given(
    windows=st.lists(st.tuples(months, months, st.sampled_from(IfUnknown)), min_size=1, max_size=6),
    some=st.lists(st.tuples(st.frozensets(st.sampled_from("ab")), st.none() | months, st.integers(0, 9)), max_size=30),
)
def test_many_cases_at_once_fire_what_windows_of_months_mean_for_each(windows, some):
    """Months since the first infusion that are known and that are not, in windows that count either way then."""
    since = [window(*sorted(ends), unknown) for *ends, unknown in windows]
    rules = [windowed(f"rule-{n}", All((A, one)), n, None) for n, one in enumerate(since)]
    rules += [rule(f"not-{n}", All((B, Nothing((one,))))) for n, one in enumerate(since)]
    rulebook = book(*rules)
    every = [
        (told | facts_of_first([] if month is None else [month], rulebook.since_first), day)
        for told, month, day in some
    ]
    found = Decider(rulebook, "direct").verdicts(every, lambda fact: (fact,))
    assert [set(verdict.rules) for verdict in found] == [conditions.fired(rules, *case) for case in every]


@cache
def _shipped_decider(name: str) -> Decider:
    return Decider(shipped(), name)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=300, deadline=None)
@given(case=shipped_cases)
def test_an_engine_fires_what_the_shipped_rules_mean(engine, case):
    """On the rulebook that patients are decided by."""
    assert _built(engine).fired(*case) == conditions.fired(shipped().rules, *case)


def test_a_rule_that_only_establishes_a_finding_comes_after_all_that_ask_for_something():
    """Even for routine care."""
    rulebook = book(rule("finding", A, establishes="x"), rule("nothing", A, Urgency.ROUTINE))
    decision = Decider(rulebook).decide(facts("a"), 0)
    assert (decision.urgency, ids(decision)) == (Urgency.ROUTINE, ["nothing", "finding"])


@settings(max_examples=100, deadline=None)
@given(rulebook=rulebooks(), case=cases)
def test_the_direct_engine_decides_all_days_at_once_as_each_alone(rulebook, case):
    """Findings that hold on some days only are facts on these days only."""
    engine = DirectEngine(rulebook)
    held = engine.held(case[0], engine.intervals(rulebook.days_cuts))
    for day in rulebook.days_cuts:
        then = {rule_id for rule_id, days in held.items() if days & engine.intervals((day,))}
        assert then == conditions.fired(rulebook.rules, case[0], day)


@settings(max_examples=100, deadline=None)
@given(rulebook=rulebooks(), case=cases)
def test_an_unknown_day_fires_all_that_fires_on_some_day_and_nothing_else(rulebook, case):
    """Days that are decided together are alike for every rule."""
    verdict = Decider(rulebook, "direct").verdict(case[0], None)
    assert set(verdict.rules) == set().union(
        *[conditions.fired(rulebook.rules, case[0], day) for day in rulebook.days_cuts]
    )


@needs_durable
def test_a_ruleset_is_asked_once_for_what_its_rules_can_tell_apart(monkeypatch):
    """Other symptoms, and other days within the same bounds, are no new question."""
    asked = []
    start = durable.durable_rules_engine.start_action_for_state
    monkeypatch.setattr(
        durable.durable_rules_engine, "start_action_for_state", lambda *given: (asked.append(1), start(*given))[1]
    )
    engine = DurableEngine(book(rule("a", All((A, Days(3, 9)))), rule("b", B, establishes="x")))
    answers = [
        engine.fired(*case) for case in [(facts("a"), 5), (facts("a", "c"), 8), (facts("a"), 9), (facts("a"), 10)]
    ]
    assert answers == [{"a"}, {"a"}, {"a"}, frozenset()]
    assert len(asked) == 2


@cache
def _built(engine):
    return engine(shipped())


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_takes_a_given_finding_as_a_fact(engine):
    """A finding need not come from a rule."""
    rulebook = book(rule("on", Fact("finding:x")), rule("from", A, establishes="x"))
    assert engine(rulebook).fired(facts("finding:x"), 0) == {"on"}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_knows_conditions_that_always_or_never_hold(engine):
    """Empty lists and days without ends are decided, not handed on."""
    rulebook = book(
        rule("always", All(())), rule("any-day", Days(None, None)), rule("never", Any(())),
        rule("from-the-first", Days(0, None)), rule("too-many", AtLeast(3, (A, B))),
        rule("enough", AtLeast(0, (A,))),
    )  # fmt: skip
    assert engine(rulebook).fired(facts(), 0) == {"always", "any-day", "from-the-first", "enough"}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_gives_the_same_answers_after_pickling_and_from_threads(engine):
    """Eight threads share an engine; a pickled one is rebuilt from its rulebook."""
    built = pickle.loads(pickle.dumps(engine(shipped())))
    names = sorted(shipped().facts)
    asked = [(frozenset(names[start : start + 4]), start % 50) for start in range(0, len(names), 2)]
    expected = [conditions.fired(shipped().rules, *case) for case in asked]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: [built.fired(*case) for case in asked], range(16)))
    assert answers == [expected] * 16


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(Any(tuple(Fact(f"x{n}") for n in range(500))), id="a list of 500 facts"),
        pytest.param(All(tuple(Fact(f"x{n}") for n in range(500))), id="500 facts at once"),
        pytest.param(Nothing(tuple(Fact(f"x{n}") for n in range(500))), id="none of 500 facts"),
        pytest.param(AtLeast(2, tuple(Fact(f"x{n}") for n in range(500))), id="two of 500 facts"),
        pytest.param(
            All(tuple(Any((Fact(f"x{n}"), Fact(f"x{n + 1}"))) for n in range(0, 60, 2))),
            id="30 choices of two",
        ),
        pytest.param(
            AtLeast(2, tuple(Any((Fact(f"x{n}"), Nothing((Fact(f"x{n + 1}"),)))) for n in range(0, 60, 2))),
            id="two of 30 conditions",
        ),
        pytest.param(
            Any(tuple(All((Fact(f"x{n}"), Nothing((Fact(f"x{n + 1}"),)))) for n in range(0, 300, 2))),
            id="150 pairs",
        ),
    ],
)
def test_a_large_condition_is_decided_all_the_same(engine, condition):
    """What is too large for durable-rules is counted, moved into rules of its own, or dealt out."""
    built = engine(book(rule("large", condition), rule("small", Fact("x0"))))
    for case in (facts(), facts("x0"), facts("x0", "x2"), frozenset(f"x{n}" for n in range(0, 60, 2)),
                 frozenset(f"x{n}" for n in range(500))):  # fmt: skip
        expected = {"large": conditions.holds(condition, case, 0), "small": "x0" in case}
        assert built.fired(case, 0) == {name for name, holds in expected.items() if holds}


@needs_durable
def test_many_rules_are_dealt_out_to_several_rulesets_within_every_limit():
    """2,000 rules of all kinds, 300 of them equal, agree with the direct engine."""
    kinds = [
        lambda n: Fact(f"x{n % 700}"),
        lambda n: All((Fact(f"x{n}"), Nothing((Fact(f"x{n + 1}"),)))),
        lambda n: Any((Fact(f"x{n}"), Fact(f"x{n + 3}"), Days(n % 30, None))),
        lambda n: AtLeast(2, tuple(Fact(f"x{m}") for m in range(n, n + 12))),
    ]
    rules = [rule(f"r{n}", kinds[n % 4](n)) for n in range(1700)] + [rule(f"e{n}", A) for n in range(300)]
    rulebook = book(*rules)
    engine, direct = DurableEngine(rulebook), DirectEngine(rulebook)
    for plan in (plan for stratum in engine._plans.strata for plan in stratum):
        size = sum((durable_plan.size_of(each) for each, _ in plan.antecedents), start=durable_plan.BASE)
        assert size.excess() is None
    for case in (facts(), facts("a"), frozenset(f"x{n}" for n in range(0, 1700, 7)), facts("x1", "x2", "x5")):
        assert engine.fired(case, 12) == direct.fired(case, 12)


@needs_durable
def test_one_rule_beyond_every_limit_is_named_with_what_to_do():
    """EngineLimit names the rule and how to split it, and the decider decides by the direct engine."""
    rulebook = book(rule("monster", Any(tuple(Days(n, n) for n in range(0, 400, 2)))))
    with pytest.raises(EngineLimit, match=r"'monster' is too large .* establishes a finding"):
        DurableEngine(rulebook)
    decision = Decider(rulebook, "durable").decide(facts(), 4)
    assert (decision.engine, ids(decision)) == ("direct", ["monster"])


def test_field_names_never_share_a_hash(monkeypatch):
    """durable-rules compares names by hash alone, so a name whose hash is taken is passed over."""
    monkeypatch.setattr(durable_plan, "name_hash", lambda name: len(name) if len(name) > 2 else hash(name))
    fields = durable_plan.Fields()
    names = [fields.fact(f"fact {number}") for number in range(10)]
    assert len(set(names)) == len({durable_plan.name_hash(name) for name in names}) == 10


def test_the_hash_is_that_of_durable_rules():
    """The value that its C source gives for "sid"."""
    assert durable_plan.name_hash("sid") == 3593476751


@needs_durable
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError, ValueError])
def test_an_interrupted_ruleset_is_never_used_again(interruption, monkeypatch):
    """The next case is decided by new rulesets and fully."""
    engine = DurableEngine(shipped())
    case = facts("fever", "chills"), 2
    expected = conditions.fired(shipped().rules, *case)
    engine.fired(facts("rash"), 2)
    complete = durable.durable_rules_engine.complete_and_start_action
    with monkeypatch.context() as patch:
        patch.setattr(durable.durable_rules_engine, "complete_and_start_action", _raiser(interruption))
        with pytest.raises(interruption):
            engine.fired(*case)
    assert durable.durable_rules_engine.complete_and_start_action is complete
    assert engine.fired(*case) == expected


INTERRUPTED = """
from lemtrada_triage.decide import durable
from lemtrada_triage.decide.rulebook import Rulebook

clib = durable.durable_rules_engine
start, complete = clib.start_action_for_state, clib.complete_and_start_action

def interrupted(*_):
    raise KeyboardInterrupt

engine = durable.DurableEngine(Rulebook.load())
for step in ("start_action_for_state", "complete_and_start_action") * 10:
    setattr(clib, step, interrupted)
    for fact in ("facial_droop", "fever", "rash"):
        try:
            engine.fired(frozenset({fact, f"sudden:{fact}"}), 2)  # the rulesets of the last one are freed
            raise AssertionError("it was not interrupted")
        except KeyboardInterrupt:
            pass
    clib.start_action_for_state, clib.complete_and_start_action = start, complete
del engine
print("alive")
"""


@needs_durable
def test_freeing_an_interrupted_ruleset_does_not_end_the_process():
    """Freed memory is overwritten here, so that what is freed twice or read later ends it at once."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], env=os.environ | {"MALLOC_PERTURB_": "165"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


@needs_durable
def test_a_missing_sentinel_is_an_error_and_not_an_empty_answer(monkeypatch):
    """An evaluation in which no action came up has failed."""
    engine = DurableEngine(shipped())
    with monkeypatch.context() as patch:
        patch.setattr(durable.durable_rules_engine, "start_action_for_state", lambda *_: None)
        with pytest.raises(RuntimeError, match="did not fire"):
            engine.fired(facts("fever"), 2)
    assert engine.fired(facts("fever"), 2) == conditions.fired(shipped().rules, facts("fever"), 2)


@needs_durable
def test_rulesets_are_freed_with_their_engine(monkeypatch):
    """Every ruleset that was made is given back to the C library, used or not."""
    freed = []
    delete = durable.durable_rules_engine.delete_ruleset
    monkeypatch.setattr(
        durable.durable_rules_engine, "delete_ruleset", lambda handle: (freed.append(handle), delete(handle))
    )
    engine = DurableEngine(book(rule("a", A, establishes="x"), rule("b", Fact("finding:x"))))
    engine.fired(facts("a"), 0)
    del engine
    gc.collect()
    assert len(freed) >= 2


def test_auto_is_durable_rules_where_it_can_be_imported(monkeypatch):
    """Elsewhere it is the direct engine."""
    expected = "direct" if durable.missing() else "durable"
    assert Decider(book(rule("a", A))).decide(facts("a"), 0).engine == expected
    monkeypatch.setattr(durable, "_problem", "not here")
    assert Decider(book(rule("a", A))).decide(facts("a"), 0).engine == "direct"


def test_an_unknown_engine_is_refused_with_the_choices():
    """The message lists them."""
    with pytest.raises(InputError, match="unknown engine 'drools'; choose from auto, durable, direct"):
        Decider(book(rule("a", A)), "drools")


def test_durable_asked_for_where_it_is_missing_says_why_and_what_to_do(monkeypatch):
    """It is not silently replaced."""
    monkeypatch.setattr(durable, "_problem", "durable-rules cannot be imported (no module)")
    with pytest.raises(InputError, match=r"cannot be imported \(no module\).*engine='direct'"):
        Decider(book(rule("a", A)), "durable")


@needs_durable
def test_a_failing_engine_loses_no_decision(monkeypatch, caplog):
    """The direct engine decides and the decision says so; the next case is decided by durable-rules again."""
    decider, sound = Decider(shipped(), "durable"), Decider(shipped(), "direct")
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "lemtrada_triage"):
        patch.setattr(durable.durable_rules_engine, "start_action_for_state", _raiser(RuntimeError))
        assert decider.decide(facts("fever"), 2) == sound.decide(facts("fever"), 2)
    assert "the durable engine failed" in caplog.text
    assert decider.decide(facts("chills"), 2).engine == "durable"


@pytest.mark.parametrize("engine", NAMES)
def test_nothing_fired_is_routine(engine):
    """Without a rule there is nothing to say."""
    decision = Decider(book(rule("a", A)), engine).decide(facts("b"), 3)
    assert decision == Decision(ROUTINE, (), (), engine)


@pytest.mark.parametrize("engine", NAMES)
def test_the_highest_level_decides_and_every_fired_rule_is_told_highest_first(engine):
    """Rules of one level come in the order of the rulebook, those that establish findings last."""
    rulebook = book(
        rule("finds", A, establishes="x"), rule("soon", A, SOON), rule("now", Fact("finding:x"), NOW),
        rule("today", A, TODAY), rule("also-now", A, NOW),
    )  # fmt: skip
    decision = Decider(rulebook, engine).decide(facts("a"), 3)
    assert decision.urgency is NOW
    assert ids(decision) == ["now", "also-now", "today", "soon", "finds"]


@pytest.mark.parametrize("engine", NAMES)
def test_an_unknown_day_counts_as_inside_every_window_and_says_so(engine):
    """One assumption names the rules."""
    rulebook = book(windowed("early", A, 0, 3, CALL), windowed("late", A, 30, None), rule("always", A, SOON))
    decision = Decider(rulebook, engine).decide(facts("a"), None)
    assert ids(decision) == ["early", "late", "always"]
    assert decision.assumptions == (
        "Days since treatment are not known; counted as inside the window of: Early; Late.",
    )
    assert Decider(rulebook, engine).decide(facts("a"), 2).assumptions == ()


def test_a_rule_of_no_possible_day_never_fires_on_an_unknown_one():
    """An unknown day is some day: windows that exclude each other are not both inside."""
    rulebook = book(rule("impossible", All((A, Days(0, 3), Days(30, None)))))
    assert ids(Decider(rulebook).decide(facts("a"), None)) == []


@pytest.mark.parametrize("engine", NAMES)
@settings(max_examples=40, deadline=None)
@given(rulebook=rulebooks(), case=cases)
def test_an_unknown_day_never_lowers_the_urgency(engine, rulebook, case):
    """Whatever fires on some day fires on the unknown one."""
    decider = Decider(rulebook, engine)
    on_day, on_unknown = decider.decide(*case), decider.decide(case[0], None)
    assert on_unknown.urgency >= on_day.urgency
    assert set(ids(on_unknown)) >= set(ids(on_day)) == conditions.fired(rulebook.rules, *case)


@settings(max_examples=50, deadline=None)
@given(rulebook=rulebooks(with_not=False), case=cases, added=st.sampled_from(FACTS))
def test_adding_a_fact_never_lowers_the_urgency_where_nothing_is_denied(rulebook, case, added):
    """Only none-of could take a rule back."""
    decider = Decider(rulebook, "direct")
    assert decider.decide(case[0] | {added}, case[1]).urgency >= decider.decide(*case).urgency


@settings(max_examples=500, deadline=None)
@given(case=shipped_cases, added=shipped_facts, known=st.booleans())
def test_adding_a_fact_never_lowers_the_urgency_of_the_shipped_rules(case, added, known):
    """More symptoms are never less urgent, whether or not the day is known."""
    names, day = case[0], case[1] if known else None
    decider = _decider()
    assert decider.decide(names | {added}, day).urgency >= decider.decide(names, day).urgency


@cache
def _decider() -> Decider:
    return Decider(shipped(), "direct")


@settings(max_examples=300, deadline=None)
@given(case=shipped_cases)
def test_an_unknown_day_never_lowers_the_urgency_of_the_shipped_rules(case):
    """A missing date is decided on the safe side."""
    assert _decider().decide(case[0], None).urgency >= _decider().decide(*case).urgency


def test_intervals_are_cut_by_every_bound_of_windows_days_and_peaks():
    """Within an interval nothing can change."""
    peak = Peak(Days(10, None), "then")
    rulebook = book(windowed("early", A, 0, 3), rule("late", Days(30, 40)), rule("peaked", A, peak=peak))
    assert rulebook.days_cuts == (0, 4, 10, 30, 41)
    assert rulebook.intervals == ((0, 3), (4, 9), (10, 29), (30, 40), (41, None))
    assert book(rule("no-days", A)).intervals == ((0, None),)


@settings(max_examples=40, deadline=None)
@given(rulebook=rulebooks(), names=st.frozensets(st.sampled_from(FACTS), max_size=6))
def test_the_days_of_one_interval_are_decided_alike(rulebook, names):
    """So one decision can be remembered for all of them."""
    for first, last in rulebook.intervals:
        expected = conditions.fired(rulebook.rules, names, first)
        for day in {first + 1, (first + LAST) // 2, last or LAST + 2}:
            if first <= day and (last is None or day <= last):
                assert conditions.fired(rulebook.rules, names, day) == expected


def test_a_decision_is_remembered_by_what_the_rules_look_at():
    """Facts of no rule, and another day of the same interval, are the same case."""
    decider = Decider(book(windowed("early", A, 0, 3)))
    assert decider.decide(facts("a", "unheard-of"), 1) is decider.decide(facts("a"), 3)


def test_the_memory_is_bounded(monkeypatch):
    """A flood of different cases does not fill the machine."""
    monkeypatch.setattr("lemtrada_triage.decide.decider.REMEMBERED", 10)
    decider = Decider(book(rule("any", Any(tuple(Fact(f"x{n}") for n in range(100))))), "direct")
    for number in range(100):
        assert decider.decide(facts(f"x{number}"), 0).urgency is TODAY
    assert len(decider._decisions._known) <= 10


@pytest.mark.parametrize("engine", NAMES)
def test_a_decider_decides_the_same_after_pickling_and_from_threads(engine):
    """It drops what it remembers and its engine, and builds them again."""
    decider = Decider(shipped(), engine)
    names = sorted(shipped().facts)
    asked = [(frozenset(names[n : n + 3]), None if n % 3 else n) for n in range(0, len(names), 5)]
    expected = [Decider(shipped(), engine).decide(*case) for case in asked]
    copied = pickle.loads(pickle.dumps(decider))
    assert [copied.decide(*case) for case in asked] == expected
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda n: decider.decide(*asked[n % len(asked)]), range(400))) <= set(expected)


def test_because_of_names_the_present_facts_through_findings():
    """The facts of the case, sorted, and neither absent ones nor those of parts that did not hold."""
    rulebook = book(
        rule("top", All((Fact("finding:x"), Nothing((Fact("c"),)))), NOW),
        rule("one", Any((Fact("b"), All((Fact("d"), Fact("e"))))), establishes="x"),
        rule("two", A, establishes="x"),
    )
    top = Decider(rulebook).decide(facts("a", "b", "d"), 0).fired[0]
    assert (top.rule, top.because_of) == ("top", ("a", "b"))


def test_because_of_keeps_a_finding_that_was_given():
    """Where no rule established it, the finding itself is the ground."""
    rulebook = book(rule("top", Fact("finding:x")), rule("one", A, establishes="x"))
    assert Decider(rulebook).decide(facts("finding:x"), 0).fired[0].because_of == ("finding:x",)


def test_a_peak_adds_its_text_inside_it_and_on_an_unknown_day():
    """It does not gate the rule."""
    decider = Decider(book(rule("stroke", A, CALL, peak=Peak(Days(0, 3), "Most happen in three days."))))
    told = [decider.decide(facts("a"), day).fired[0].peak for day in (3, 4, None)]
    assert told == ["Most happen in three days.", None, "Most happen in three days."]


def test_a_window_is_told_in_words():
    """So that a reader sees why the day mattered."""
    assert Decider(book(windowed("early", A, 0, 3))).decide(facts("a"), 1).fired[0].window == "days 0-3"


def test_equal_fired_rules_are_one_object():
    """They are built once, as building them costs more than deciding."""
    decider = Decider(book(rule("a", A), rule("b", B)))
    first, second = decider.decide(facts("a"), 0), decider.decide(facts("a", "b"), 0)
    assert first.fired[0] is second.fired[0]


def test_why_traces_a_rule_through_its_findings_whether_it_fired_or_not():
    """On an unknown day too."""
    rules = rule("top", Fact("finding:x")), rule("one", All((A, Days(30, None))), establishes="x")
    decider = Decider(book(*rules))
    assert decider.why("top", facts("a"), None).held
    assert not decider.why("top", facts("a"), 3).held
    with pytest.raises(KeyError):
        decider.why("absent", facts("a"), 3)


@pytest.mark.skipif(durable.missing() is None, reason="durable-rules can be imported here")
def test_the_reason_why_durable_rules_is_missing_names_the_python_that_it_needs():
    """So that a user of 3.13 or later knows that nothing is broken."""
    assert re.search(r"3\.12 or earlier", durable.missing())


def _raiser(error: type[BaseException]):
    def fail(*_: object) -> None:
        raise error

    return fail
