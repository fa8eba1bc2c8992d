"""Small changes to a rule, such as a slip of an author would make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lemtrada_triage.decide.conditions import LAST_DAY, All, Any, AtLeast, Condition, Days, Fact, Nothing, span, wording
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.history.first import LAST_MONTH, bounds, is_of_first
from lemtrada_triage.model import Urgency

Changed = tuple[str, Condition]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one change, and what was changed."""

    rule: Rule
    change: str

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.change}"


Group = Any | All | Nothing | AtLeast


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """The rule one level up and down, each bound a day off, each branch dropped, any and all swapped."""
    levels = list(Urgency)
    for step in (-1, 1) if rule.level else ():
        assert rule.level is not None
        place = rule.level.rank - 1 + step
        if 0 <= place < len(levels):
            change = f"level {levels[place].value} instead of {rule.level.value}"
            yield Mutant(replace(rule, level=levels[place]), change)
    for change, condition in _changes(rule.condition):
        yield Mutant(replace(rule, condition=condition), change)


def _changes(condition: Condition) -> Iterator[Changed]:
    match condition:
        case Fact(name) if is_of_first(name):
            yield from _other_months(name)
        case Fact():
            return
        case Days():
            yield from _moved(condition)
        case Any(parts):
            yield from _regrouped(condition, Any, All, parts, "all instead of any")
        case All(parts):
            yield from _regrouped(condition, All, Any, parts, "any instead of all")
        case Nothing(parts):
            yield from _regrouped(condition, Nothing, Any, parts, "any instead of none")
        case AtLeast(_, parts):
            yield from _counted(condition)
            yield from _dropped(condition, parts)
            yield from _inside(condition, parts)


def _moved(days: Days) -> Iterator[Changed]:
    for step in (-1, 1):
        if days.first is not None and 0 <= days.first + step <= (LAST_DAY if days.last is None else days.last):
            yield _told(days, Days(days.first + step, days.last))
        if days.last is not None and (days.first or 0) <= days.last + step <= LAST_DAY:
            yield _told(days, Days(days.first, days.last + step))


def _other_months(name: str) -> Iterator[Changed]:
    kind, (_, first, last) = name.partition(":")[0], bounds(name)
    for start, end in ((first - 1, last), (first + 1, last), (first, last - 1), (first, last + 1)):
        if 0 <= start <= end < LAST_MONTH:
            changed = Fact(f"{kind}:{start}-{end}")
            yield f"{wording(changed)} instead of {wording(Fact(name))}", changed


def _told(days: Days, moved: Days) -> Changed:
    return f"{span(moved.first, moved.last)} instead of {span(days.first, days.last)}", moved


def _regrouped(
    condition: Group,
    same: type[Any | All | Nothing],
    other: type[Any | All],
    parts: tuple[Condition, ...],
    change: str,
) -> Iterator[Changed]:
    if len(parts) > 1 or same is Nothing:
        yield f"{change} ({_list(parts)})", other(parts)
    yield from _dropped(condition, parts)
    yield from _inside(condition, parts)


def _counted(condition: AtLeast) -> Iterator[Changed]:
    for n in (condition.n - 1, condition.n + 1):
        if 1 <= n <= len(condition.parts):
            yield f"at least {n} instead of {condition.n}", replace(condition, n=n)


def _dropped(condition: Group, parts: tuple[Condition, ...]) -> Iterator[Changed]:
    for place in range(len(parts)) if len(parts) > 1 else ():
        left = parts[:place] + parts[place + 1 :]
        if not isinstance(condition, AtLeast) or condition.n <= len(left):
            yield f"without {_told_part(parts[place])}", replace(condition, parts=left)


def _inside(condition: Group, parts: tuple[Condition, ...]) -> Iterator[Changed]:
    for place, part in enumerate(parts):
        for change, changed in _changes(part):
            whole = (*parts[:place], changed, *parts[place + 1 :])
            yield change, replace(condition, parts=whole)


def _list(parts: tuple[Condition, ...]) -> str:
    shown = ", ".join(map(_told_part, parts[:3]))
    return shown if len(parts) <= 3 else f"{shown} ..."


def _told_part(condition: Condition) -> str:
    if isinstance(condition, (Fact, Days)):
        return f"'{wording(condition)}'"
    return f"'{wording(condition)} {_list(condition.parts)}'"
