"""Runs a rulebook on durable-rules, in the one way of using that library that proved to be safe.

Only its ``Ruleset`` is used, never its ``Host`` or module functions: they start threads and share state. Each
case is asserted as a fact and retracted again. A sentinel rule that matches every case tells "no rule fired"
from "the evaluation failed".
"""

from __future__ import annotations

import json
import threading
import weakref
from bisect import bisect_right
from collections import defaultdict
from contextlib import suppress
from typing import Any as Anything

from lemtrada_triage.decide.durable_plan import MARKER, Plan, plans
from lemtrada_triage.decide.memo import Memo
from lemtrada_triage.decide.rulebook import Rulebook

_problem: str | None = None
try:
    import durable_rules_engine
    from durable.engine import Ruleset
except ImportError as error:
    _problem = f"durable-rules cannot be imported ({error}); it needs Python 3.12 or earlier and a C compiler"

_SENTINEL = "every-case"
_REMEMBERED = 5_000
Case = dict[str, Anything]


def missing() -> str | None:
    """Why durable-rules cannot be used here; None when it can."""
    return _problem


class DurableEngine:
    """Compiles a rulebook once for durable-rules; each thread builds its own rulesets from that.

    Raises EngineLimit when one rule is more than a ruleset can hold.
    """

    name = "durable"

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._rule_ids = frozenset(rule.id for rule in rulebook.rules)
        self._plans = plans(rulebook)
        self._local = threading.local()

    def fired(self, facts: frozenset[str], day: int) -> frozenset[str]:
        """The ids of all rules that hold for the facts on that day. Raises when the evaluation failed.

        After any exception, one from outside such as KeyboardInterrupt included, the next call builds new
        rulesets: an interrupted one would go on to say that no rule fired.
        """
        # Taken out while in use, and put back only when all went well.
        networks = self._local.__dict__.pop("networks", None) or self._networks()
        findings = self._plans.findings
        held: set[str] = set()
        for stratum in networks:
            now = set().union(*[network.fired(facts, day) for network in stratum])
            facts |= {findings[part] for part in now & findings.keys()}
            held |= now
        self._local.networks = networks
        return self._rule_ids & held

    def _networks(self) -> list[list[_Network]]:
        return [[_Network(plan) for plan in stratum] for stratum in self._plans.strata]

    def __reduce__(self) -> tuple[type[DurableEngine], tuple[Rulebook]]:
        return DurableEngine, (self._rulebook,)


class _Network:
    """One ruleset of durable-rules, for use by one thread.

    It is asked once for each set of the facts that its rules look at, on days that they tell apart: most rulesets know
    none of a case's symptoms, and few look at the day.
    """

    def __init__(self, plan: Plan) -> None:
        self._empty: Case = {"sid": "0", "case": 1, **dict.fromkeys(plan.counters, 0)}
        self._fields: defaultdict[str, list[str]] = defaultdict(list)
        for fact, name in plan.fields:
            self._fields[fact].append(name)
        self._known = frozenset(self._fields)
        self._cuts = plan.cuts
        self._said: Memo[tuple[frozenset[str], int], frozenset[str]] = Memo(_REMEMBERED)
        self._ids = {f"r{number}": ids for number, (_, ids) in enumerate(plan.antecedents)}
        antecedents = {f"r{number}": antecedent for number, (antecedent, _) in enumerate(plan.antecedents)}
        antecedents[_SENTINEL] = {"$and": [MARKER]}
        rules = {name: {"all": [{"m": antecedent}], "run": _nothing} for name, antecedent in antecedents.items()}
        self._ruleset = Ruleset("rulebook", None, rules)
        self._handle: int = self._ruleset._handle
        self._asserted: list[Case] = []
        weakref.finalize(self, _release, self._ruleset, self._asserted)

    def fired(self, facts: frozenset[str], day: int) -> frozenset[str]:
        """The ids of the rules that hold. Raises RuntimeError when the sentinel is missing among them."""
        own = facts & self._known
        return self._said.get((own, bisect_right(self._cuts, day)), lambda: self._ask(own, day))

    def _ask(self, facts: frozenset[str], day: int) -> frozenset[str]:
        case = self._case(facts, day)
        self._asserted.append(case)
        names = self._run(self._ruleset.assert_fact(case))
        self._ruleset.retract_fact(case)
        self._asserted.clear()
        if _SENTINEL not in names:
            raise RuntimeError("durable-rules failed: the rule that matches every case did not fire")
        return frozenset([rule_id for name in names - {_SENTINEL} for rule_id in self._ids[name]])

    def _case(self, facts: frozenset[str], day: int) -> Case:
        case = self._empty | {"day": day}
        for fact in facts:
            for name in self._fields.get(fact, ()):
                case[name] = case.get(name, 0) + 1
        return case

    def _run(self, state: int) -> set[str]:
        """The names of the rules that match, each action completed. A rule may come up several times.

        This is ``Ruleset.do_actions`` without its closures, which would swallow a KeyboardInterrupt.
        """
        names: set[str] = set()
        started = durable_rules_engine.start_action_for_state(self._handle, state)
        messages = started[1] if started else None
        while messages:
            names |= json.loads(messages).keys()
            messages = durable_rules_engine.complete_and_start_action(self._handle, state)
        return names


def _nothing(_: object) -> None:
    """The action of every rule; that it comes up is all that matters."""


def _release(ruleset: Anything, asserted: list[Case]) -> None:
    """Frees what the C library holds for a ruleset; the state first, as it cannot be found afterwards.

    A state that was interrupted stays in memory: freeing it while it holds a fact or a result can end the process.
    """
    if not asserted:
        with suppress(Exception):  # there is no state before the first case
            ruleset.delete_state("0")
    durable_rules_engine.delete_ruleset(ruleset._handle)
