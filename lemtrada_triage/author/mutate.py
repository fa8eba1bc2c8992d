"""Which small changes to the rules would no case notice?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lemtrada_triage.author.cases import Expect, Outcome
from lemtrada_triage.author.mutants import Mutant, mutants_of
from lemtrada_triage.author.reasoning import Kin, implies
from lemtrada_triage.decide.conditions import fired, holds, known, names
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.history.first import facts_of_first, is_of_first
from lemtrada_triage.model import Urgency


@dataclass(frozen=True, slots=True)
class Mutated:
    """How many changes were tried, and those that no case notices.

    ``alike`` counts changes that were left out, as they make no difference to any patient.
    """

    tried: int
    survivors: tuple[Mutant, ...]
    alike: int = 0

    @property
    def percent(self) -> int:
        """How many of a hundred changes are noticed, rounded down."""
        return 100 * (self.tried - len(self.survivors)) // self.tried if self.tried else 100

    @property
    def closing(self) -> str:
        """How many changes are noticed, in one line."""
        noticed = self.tried - len(self.survivors)
        more = f"; {self.alike} more make no difference to any patient" if self.alike else ""
        return f"{self.percent} % of the changes are noticed ({noticed} of {self.tried}){more}"

    def __str__(self) -> str:
        return "\n".join([*(f"no case notices {mutant}" for mutant in self.survivors), self.closing])


@dataclass(frozen=True, slots=True)
class _Tried:
    """A case on the days that it stands for, with the facts that are known then, findings included."""

    expect: Expect
    facts: frozenset[str]
    days: tuple[tuple[int, frozenset[str]], ...]


def mutate(
    rulebook: Rulebook, outcomes: Iterable[Outcome], kin: Kin, word: str = "", packs: frozenset[str] | None = None
) -> Mutated:
    """Tries every small change of each rule of some packs (all, if left out) against cases that pass unchanged.

    With ``word``, of those rules whose id holds it.
    """
    own = [rule for rule in rulebook.rules if packs is None or rule.pack in packs]
    rules = [rule for rule in own if word.lower() in rule.id]
    pairs = [(rule, mutant) for rule in rules for mutant in mutants_of(rule)]
    asked = rulebook.facts.union(*(names(mutant.rule.condition) for _, mutant in pairs))
    tried = [_tried(rulebook, outcome, asked) for outcome in outcomes if outcome.passed and not outcome.case.known_gap]
    unseen = [(rule, mutant) for rule, mutant in pairs if not _noticed(rulebook.rules, mutant, tried)]
    survivors = tuple(mutant for rule, mutant in unseen if not _alike(rule, mutant.rule, kin))
    alike = len(unseen) - len(survivors)
    return Mutated(len(pairs) - alike, survivors, alike)


def _alike(rule: Rule, changed: Rule, kin: Kin) -> bool:
    """Whether a change makes no difference to any patient: a finer sign beside a coarser one, say."""
    one, other = rule.condition, changed.condition
    return rule.level is changed.level and implies(one, other, kin) and implies(other, one, kin)


def _tried(rulebook: Rulebook, outcome: Outcome, asked: frozenset[str]) -> _Tried:
    """A case, with what it tells of all that is asked, by changed rules too."""
    day, months = outcome.case.given.days_since_infusion, outcome.case.given.months_since_first
    # One day on either side of each bound: a changed rule cuts the days elsewhere.
    near = {max(cut + step, 0) for cut in rulebook.days_cuts for step in (-2, -1, 0, 1)}
    days = sorted(near) if day is None else [day]
    since_first = facts_of_first([] if months is None else [months], filter(is_of_first, asked))
    facts = (outcome.facts & rulebook.facts) | since_first
    return _Tried(outcome.case.expect, facts, tuple((each, known(rulebook.rules, facts, each)) for each in days))


def _noticed(rules: Sequence[Rule], mutant: Mutant, tried: Iterable[_Tried]) -> bool:
    original = next(rule for rule in rules if rule.id == mutant.rule.id)
    changed = [mutant.rule if rule is original else rule for rule in rules]
    return any(_differs(case, original, mutant.rule) and not _passes(case, changed) for case in tried)


def _differs(case: _Tried, original: Rule, changed: Rule) -> bool:
    """Whether the change could matter to a case at all: only then are all rules asked."""
    if original.level is not changed.level:
        return any(holds(original.condition, facts, day) for day, facts in case.days)
    return any(
        holds(original.condition, facts, day) != holds(changed.condition, facts, day) for day, facts in case.days
    )  # fmt: skip


def _passes(case: _Tried, rules: Sequence[Rule]) -> bool:
    ids = frozenset().union(*(fired(rules, case.facts, day) for day, _ in case.days))
    levels = [rule.level for rule in rules if rule.id in ids and rule.level]
    level = max(levels, default=Urgency.ROUTINE)
    expect = case.expect
    return expect.level in (None, level) and ids.issuperset(expect.fired) and ids.isdisjoint(expect.not_fired)
