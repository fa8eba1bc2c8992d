"""All patients at once: the rules as formulas for the solver z3, and a smallest patient for which something holds.

A patient is a set of facts and a day. Which facts can come together is stated once: a finer concept brings the coarser
ones, and whatever is present began somehow (suddenly, gradually, long ago, or nothing was said of it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import count, permutations
from typing import Any as Formula

from lemtrada_triage.decide.conditions import FINDING, LAST_DAY, All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.history.first import KINDS, LAST_MONTH, bounds, is_of_first
from lemtrada_triage.history.past import is_past, parts_of
from lemtrada_triage.model import InputError, Urgency

try:
    import z3
except ImportError:  # an extra: see ``needed``
    z3 = None

_ONSETS = ("unstated", "sudden", "gradual", "long_standing")
_MANNERS = ("severe", "lasting", "one_sided")
_MODIFIERS = (*_ONSETS, "acute", *_MANNERS)
# Steps of the solver, not seconds: the same on a busy machine. Most questions take a thousandth of it.
_MOST_STEPS = 500_000_000
_OF_THE_PATIENT = ("flag", "signal", "finding", *KINDS)
Lineages = Callable[[str], Iterable[str]]


NEEDED = "this needs the solver z3: pip install 'lemtrada-triage[author]'"


def installed() -> bool:
    """Whether the solver is there."""
    return z3 is not None


def needed() -> None:
    """Raises InputError where the solver is not installed."""
    if not installed():
        raise InputError(NEEDED)


@dataclass(frozen=True, slots=True)
class Patient:
    """Facts, a day, and the months since the first infusion (None: not known).

    ``implied`` are concepts that come with a finer one of the same manner.
    """

    facts: frozenset[str]
    day: int
    implied: frozenset[str] = frozenset()
    months: int | None = None

    @property
    def symptoms(self) -> frozenset[str]:
        """The facts that are of a concept: neither flags nor signals nor the past."""
        return frozenset(fact for fact in self.facts if _concept(fact) is not None and not is_past(fact))

    @property
    def signals(self) -> list[str]:
        """What only the reader can notice, so that no case can state it."""
        return sorted(fact for fact in self.facts if fact.startswith("signal:"))

    def given(self) -> str:
        """The patient as the ``given`` of a case, on one line; signals have no place in one."""
        parts = [f"symptoms: [{', '.join(self._symptoms())}]"]
        flags = sorted(fact.partition(":")[2] for fact in self.facts if fact.startswith("flag:"))
        parts += [f"flags: [{', '.join(flags)}]"] if flags else []
        past = _past(self.facts)
        parts += [f"past: {{{past}}}"] if past else []
        parts += [] if self.months is None else [f"months_since_first: {self.months}"]
        return "{" + ", ".join([*parts, f"days_since_infusion: {self.day}"]) + "}"

    def _symptoms(self) -> Iterator[str]:
        concepts = sorted(fact for fact in self.facts - self.implied if ":" not in fact)
        for concept in concepts:
            found = [modifier for modifier in _MODIFIERS if f"{modifier}:{concept}" in self.facts]
            written = [modifier for modifier in found if modifier not in ("unstated", "acute")]
            yield from (f"{{{modifier}: {concept}}}" for modifier in written)
            if not written or ("unstated" in found and not set(written) & set(_MANNERS)):
                yield concept


class World:
    """One patient of whom nothing is known yet, as formulas."""

    def __init__(self, rulebook: Rulebook, lineages: Lineages, more: Iterable[str] = (), prefix: str = "") -> None:
        needed()
        self._rulebook = rulebook
        self._prefix = prefix
        self.day = z3.Int("day")
        self._months, self._known = z3.Int("months"), z3.Bool("first infusion is known")
        asked = rulebook.facts | set(more)
        concepts = {_concept(fact) for fact in asked} - {None}
        self._concepts = sorted(str(concept) for concept in concepts)
        self._lineages = {
            name: [up for up in lineages(name) if up in concepts and up != name] for name in self._concepts
        }
        others = sorted(fact for fact in asked if _concept(fact) is None and not fact.startswith(FINDING))
        modified = (f"{modifier}:{name}" for modifier in _MODIFIERS for name in self._concepts)
        self._past = sorted(filter(is_past, asked))
        others += self._past
        self.facts = {fact: z3.Bool(prefix + fact) for fact in (*self._concepts, *modified, *others)}
        self._made: dict[tuple[object, str], Formula] = {}

    @cached_property
    def possible(self) -> Formula:
        """What holds of every patient."""
        return z3.And(*self._possible(), self.day >= 0, self.day <= LAST_DAY)

    def _possible(self) -> Iterator[Formula]:
        facts = self.facts
        for name in self._concepts:
            for modifier in ("", *(f"{each}:" for each in _MODIFIERS)):
                for up in self._lineages[name]:
                    yield z3.Implies(facts[modifier + name], facts[modifier + up])
            onset = {modifier: facts[f"{modifier}:{name}"] for modifier in _MODIFIERS}
            new = z3.Or(onset["unstated"], onset["sudden"], onset["gradual"])
            yield facts[name] == z3.Or(new, onset["long_standing"])
            yield onset["acute"] == new
            yield from (z3.Implies(onset[manner], facts[name]) for manner in _MANNERS)
        yield from self._of_first()
        for one, other in permutations(self._past, 2):
            (field, number, concept), (field_too, less, concept_too) = _parts(one), _parts(other)
            if (field, concept) == (field_too, concept_too) and number > less:
                yield z3.Implies(facts[one], facts[other])

    def _of_first(self) -> Iterator[Formula]:
        """The months since the first infusion are known or not, and not fewer than the days since the last."""
        yield z3.And(self._months >= 0, self._months <= LAST_MONTH)
        yield z3.Implies(self._known, self.day < (self._months + 1) * 31)
        for fact in filter(is_of_first, self.facts):
            inside, first, last = bounds(fact)
            within = z3.And(self._months >= first, self._months <= last)
            yield self.facts[fact] == z3.And(self._known, within if inside else z3.Not(within))

    def decided_by(self, rulebook: Rulebook) -> World:
        """The same patient, decided by another rulebook that asks for no other facts."""
        other = copy(self)
        other._rulebook, other._made = rulebook, {}
        return other

    def hears(self, told: World, lineages: Lineages) -> Iterator[Formula]:
        """That this patient has just what another tells: each concept, and all that it is."""
        for name in self._concepts:
            finer = [other for other in told._concepts if name in lineages(other)]
            for modifier in ("", *(f"{each}:" for each in _MODIFIERS)):
                yield self.facts[modifier + name] == z3.Or(*(told.facts[modifier + other] for other in finer))
        for fact in self.facts.keys() & told.facts.keys():
            if _concept(fact) is None or is_past(fact):
                yield self.facts[fact] == told.facts[fact]

    def holds(self, condition: Condition, day: Formula = None) -> Formula:
        """A condition as a formula, on the patient's day or on a given one."""
        day = self.day if day is None else day
        match condition:
            case Fact(name):
                return self._finding(name, day) if name.startswith(FINDING) else self.facts[name]
            case Days(first, last):
                return z3.And(day >= (first or 0), day <= (LAST_DAY if last is None else last))
            case Any(parts):
                return z3.Or(*(self.holds(part, day) for part in parts))
            case All(parts):
                return z3.And(*(self.holds(part, day) for part in parts))
            case Nothing(parts):
                return z3.Not(z3.Or(*(self.holds(part, day) for part in parts)))
            case AtLeast(n, parts):
                return z3.AtLeast(*(self.holds(part, day) for part in parts), n)

    def _finding(self, name: str, day: Formula) -> Formula:
        makers = (rule for rule in self._rulebook.rules if FINDING + str(rule.establishes) == name)
        return self._some(name, makers, day)

    def _some(self, name: object, rules: Iterable[Rule], day: Formula) -> Formula:
        """That some rule holds, made once for each name and day."""
        key = name, str(day)
        if key not in self._made:
            self._made[key] = z3.Or(*(self.holds(rule.condition, day) for rule in rules))
        return self._made[key]

    def at_least(self, level: Urgency, day: Formula = None) -> Formula:
        """That the rules lead to a level or a higher one."""
        if level is Urgency.ROUTINE:
            return z3.BoolVal(True)
        rules = (rule for rule in self._rulebook.rules if rule.level and rule.level >= level)
        return self._some(level, rules, self.day if day is None else day)

    def at_least_without_days(self, level: Urgency) -> Formula:
        """The same for a patient of whom no day is known: the most urgent of all days that can be told apart."""
        any_day = z3.Or(*(self.at_least(level, z3.IntVal(day)) for day in self._rulebook.days_cuts))
        unknown = [(self.facts[fact], z3.BoolVal(False)) for fact in filter(is_of_first, self.facts)]
        return z3.substitute(any_day, *unknown)

    def nothing_but(self, concepts: Iterable[str], lineages: Lineages) -> Formula:
        """That no concept is present but these and what they are."""
        allowed = {up for concept in concepts for up in (concept, *lineages(concept))}
        return z3.Not(z3.Or(*(self.facts[name] for name in self._concepts if name not in allowed)))

    def patient(self, model: Formula) -> Patient:
        """The patient of a solution."""
        facts = [fact for fact, variable in self.facts.items() if z3.is_true(model.eval(variable))]
        implied = (up for name in self._concepts if name in facts for up in self._implied(name, frozenset(facts)))
        asked = any(map(is_of_first, self.facts)) and z3.is_true(model.eval(self._known))
        months = model.eval(self._months, model_completion=True).as_long() if asked else None
        day = model.eval(self.day, model_completion=True).as_long()
        return Patient(frozenset(facts), day, frozenset(implied), months)

    def _implied(self, name: str, facts: frozenset[str]) -> Iterator[str]:
        def manner(concept: str) -> set[str]:
            return {modifier for modifier in _MODIFIERS if f"{modifier}:{concept}" in facts}

        yield from (up for up in self._lineages[name] if manner(up) <= manner(name))

    def smallest(self, *wanted: Formula) -> Patient | None:
        """A patient with as few facts as can be, on the first such day, for whom this holds; None if there is none."""
        search = Search(self.possible, *wanted)
        if not search.satisfiable():
            return None
        solutions = (search.solution(self._at_most(size)) for size in count())
        found = next(self.patient(solution) for solution in solutions if solution is not None)
        same = [variable == (fact in found.facts) for fact, variable in self.facts.items()]
        return self._earliest(found, Search(self.possible, *wanted, *same, self._known == (found.months is not None)))

    def _at_most(self, size: int) -> Formula:
        """That a patient has no more facts than this, weighed; to know of the first infusion is one of them."""
        weighed = [(variable, _weight(fact)) for fact, variable in self.facts.items() if _weight(fact)]
        return z3.PbLe([*weighed, (self._known, 1)], size)

    def _earliest(self, found: Patient, search: Search) -> Patient:
        """The same patient on the first day, and then in the first month, that do as well."""
        day = _first(self.day, search, found.day)
        if found.months is None:
            return replace(found, day=day)
        return replace(found, day=day, months=_first(self._months, search, LAST_MONTH, self.day == day))


class Search:
    """Asks one question after the other about what always holds."""

    def __init__(self, *always: Formula) -> None:
        self._solver = z3.SolverFor("QF_LIA")
        self._solver.set("rlimit", _MOST_STEPS)
        self._solver.add(*always)

    def satisfiable(self, *wanted: Formula) -> bool:
        """Whether all of this can hold at once. Raises InputError when the solver cannot tell."""
        return self.solution(*wanted) is not None

    def solution(self, *wanted: Formula) -> Formula | None:
        """A model in which all of this holds, if there is one. Raises InputError when the solver cannot tell."""
        self._solver.push()
        self._solver.add(*wanted)
        answer = self._solver.check()
        model = self._solver.model() if answer == z3.sat else None
        self._solver.pop()
        if answer == z3.unknown:
            raise InputError("the solver could not decide this within its bounds")
        return model


def _first(number: Formula, search: Search, last: int, *given: Formula) -> int:
    """The first number with which something can be, which can be with the last one."""
    first = 0
    while first < last:
        middle = (first + last) // 2
        if search.satisfiable(number <= middle, *given):
            last = middle
        else:
            first = middle + 1
    return first


def satisfiable(*wanted: Formula) -> bool:
    """Whether all of this can hold at once. Raises InputError when the solver cannot tell."""
    return Search(*wanted).satisfiable()


def no(formula: Formula) -> Formula:
    """That something does not hold."""
    return z3.Not(formula)


def all_of(formulas: Iterable[Formula]) -> Formula:
    """That everything holds."""
    return z3.And(*formulas)


def any_of(formulas: Iterable[Formula]) -> Formula:
    """That something of it holds."""
    return z3.Or(*formulas)


def unlike(first: Formula, second: Formula) -> Formula:
    """That one of two things holds without the other."""
    return z3.Xor(first, second)


def implies(first: Formula, second: Formula) -> Formula:
    """That one thing does not hold without another."""
    return z3.Implies(first, second)


def _weight(fact: str) -> int:
    # A plain symptom is simpler than one with a manner, and "nothing said of the onset" than any onset. A flag is known
    # of few patients, and no case can state a signal. Windows from the first infusion follow from the months.
    free = dict.fromkeys(("unstated", "acute", *KINDS), 0)
    return {**free, "": 2, "flag": 3, "signal": 4}.get(fact.rpartition(":")[0], 1)


def _parts(fact: str) -> tuple[str, int, str]:
    parts = parts_of(fact)
    assert parts is not None
    return parts


def _past(facts: Iterable[str]) -> str:
    """The past of a patient as a case gives it, on one line."""
    most: dict[str, dict[str, int]] = {}
    for field, number, concept in sorted(map(_parts, filter(is_past, facts))):
        most.setdefault(concept, {})[field] = number
    return ", ".join(f"{name}: {{{', '.join(f'{k}: {n}' for k, n in asked.items())}}}" for name, asked in most.items())


@cache
def _concept(fact: str) -> str | None:
    kind, colon, name = fact.rpartition(":")
    return None if colon and kind in _OF_THE_PATIENT else name
