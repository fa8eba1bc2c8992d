"""Which rules, and which branches of their conditions both ways, the cases of an author try."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lemtrada_triage.author.cases import Outcome
from lemtrada_triage.decide.conditions import Condition, holds, known, parts_of, wording
from lemtrada_triage.decide.rulebook import Rule, Rulebook

Situation = tuple[frozenset[str], int]


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of a rule's condition, and whether it was seen to hold and to fail."""

    rule: str
    path: tuple[str, ...]
    held: bool
    failed: bool

    @property
    def missing(self) -> str:
        """What no case shows of it; empty when nothing is missing."""
        never = [what for what, seen in (("holds", self.held), ("fails", self.failed)) if not seen]
        return f"{' > '.join(self.path)}: never {' and never '.join(never)}" if never else ""


@dataclass(frozen=True, slots=True)
class Covered:
    """What was tried: the rules that fired in some case, and all branches."""

    rules: tuple[str, ...]
    silent: tuple[str, ...]
    branches: tuple[Branch, ...]

    @property
    def percent(self) -> int:
        """The lower of the two percentages, rounded down."""
        return min(self.of_rules[2], self.of_branches[2])

    @property
    def of_rules(self) -> tuple[int, int, int]:
        """(fired in some case, all, percent rounded down)."""
        return _share(len(self.rules), len(self.rules) + len(self.silent))

    @property
    def of_branches(self) -> tuple[int, int, int]:
        """(ways seen, two for each branch, percent rounded down)."""
        return _share(sum(branch.held + branch.failed for branch in self.branches), 2 * len(self.branches))

    def text(self, in_full: bool) -> str:
        """The two figures; ``in_full`` lists what is missing before them."""
        return "\n".join([*(self._missing() if in_full else ()), *self._figures()])

    def _missing(self) -> Iterator[str]:
        yield from (f"{rule}: fires in no case" for rule in self.silent)
        for branch in self.branches:
            if branch.missing and branch.rule not in self.silent:
                yield f"{branch.rule}: {branch.missing}"

    def _figures(self) -> Iterator[str]:
        for what, (seen, every, percent) in (("rules", self.of_rules), ("branches, both ways", self.of_branches)):
            yield f"{percent} % of {what} ({seen} of {every})"


def _share(seen: int, every: int) -> tuple[int, int, int]:
    return seen, every, 100 * seen // every if every else 100


def packs_of(rulebook: Rulebook, cases: Iterable[Path]) -> frozenset[str]:
    """The packs beside whose rules some cases lie; all of them where none does."""
    paths = [path.resolve() for path in cases]
    beside = (
        pack.name
        for pack in rulebook.packs
        if pack.folder and any(path.is_relative_to(pack.folder.resolve()) for path in paths)
    )
    return frozenset(beside) or frozenset(pack.name for pack in rulebook.packs)


def cover(rulebook: Rulebook, outcomes: Iterable[Outcome], packs: frozenset[str] | None = None) -> Covered:
    """What some cases try of the rules of some packs (all, if left out); one that does not know the day tries all."""
    situations = list(dict.fromkeys(situation for outcome in outcomes for situation in _situations(rulebook, outcome)))
    seen = [(known(rulebook.rules, facts, day), day) for facts, day in situations]
    rules = [rule for rule in rulebook.rules if packs is None or rule.pack in packs]
    fired = {rule.id for rule in rules if any(holds(rule.condition, *one) for one in seen)}
    return Covered(
        tuple(rule.id for rule in rules if rule.id in fired),
        tuple(rule.id for rule in rules if rule.id not in fired),
        tuple(branch for rule in rules for branch in _branches(rule, seen)),
    )


def _situations(rulebook: Rulebook, outcome: Outcome) -> Iterator[Situation]:
    day, cuts = outcome.case.given.days_since_infusion, rulebook.days_cuts
    days = cuts if day is None else cuts[max(bisect_right(cuts, day) - 1, 0) :][:1]
    yield from ((outcome.facts & rulebook.facts, day) for day in days)


def _branches(rule: Rule, seen: list[Situation]) -> Iterator[Branch]:
    for path, condition in _parts(rule.condition, ()):
        found = {holds(condition, facts, day) for facts, day in seen}
        yield Branch(rule.id, path, True in found, False in found)


def _parts(condition: Condition, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Condition]]:
    path = (*above, wording(condition))
    yield path, condition
    for part in parts_of(condition):
        yield from _parts(part, path)
