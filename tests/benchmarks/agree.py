"""Compares the engines with the meaning of conditions on many cases. Run by hand:

    python tests/benchmarks/agree.py [CASES]

Half of the cases ask the shipped rulebook, half ask random ones, each often enough that its rulesets are
used again and again. It shows the most memory used, which must not grow with the number of cases. Exit
status 1 when a case differs.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator

from lemtrada_triage.decide import conditions, durable
from lemtrada_triage.decide.conditions import All, Any, AtLeast, Condition, Days, Fact, Nothing
from lemtrada_triage.decide.direct import DirectEngine
from lemtrada_triage.decide.durable import DurableEngine
from lemtrada_triage.decide.rulebook import Rule, Rulebook
from lemtrada_triage.model import Urgency

Case = tuple[frozenset[str], int]
CASES_PER_RULEBOOK = 200


def condition(dice: random.Random, names: list[str], depth: int) -> Condition:
    kind = dice.choice(["fact", "fact", "days", "any", "all", "none", "at_least"] if depth else ["fact", "days"])
    if kind == "fact":
        return Fact(dice.choice(names))
    if kind == "days":
        first = dice.randrange(40)
        return Days(dice.choice([None, first]), dice.choice([None, first + dice.randrange(20)]))
    longest = dice.choice([3, 3, 6, 14])
    parts = tuple(condition(dice, names, depth - 1) for _ in range(dice.randint(1, longest)))
    groups = {"any": Any, "all": All, "none": Nothing}
    return groups[kind](parts) if kind in groups else AtLeast(dice.randint(1, len(parts)), parts)


def rulebook(dice: random.Random) -> Rulebook:
    facts = [f"fact-{number}" for number in range(dice.choice([4, 12, 40]))]
    rules = []
    for number in range(dice.choice([3, 20, 80])):
        height = dice.randrange(4)
        names = facts + [f"finding:f{below}" for below in range(height)]
        level, finding = (dice.choice(list(Urgency)), None) if dice.random() < 0.5 else (None, f"f{height}")
        rules.append(Rule(f"r{number}", "", level, finding, condition(dice, names, dice.randint(0, 3))))
    return Rulebook(tuple(rules))


def cases(dice: random.Random, book: Rulebook, count: int) -> Iterator[Case]:
    names = sorted(name for name in book.facts if not name.startswith(conditions.FINDING)) or ["none"]
    days = [day for cut in book.days_cuts for day in (cut, cut + 1)]
    for _ in range(count):
        some = dice.sample(names, min(len(names), dice.choice([0, 1, 2, 3, 5, 8, 20])))
        yield frozenset(some), dice.choice(days)


def differing(book: Rulebook, some: Iterator[Case]) -> Iterator[Case]:
    engines = [DirectEngine(book), DurableEngine(book)]
    for case in some:
        expected = conditions.fired(book.rules, *case)
        if any(engine.fired(*case) != expected for engine in engines):
            yield case


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count: int) -> int:
    if reason := durable.missing():
        print(reason)
        return 1
    dice, started = random.Random(20), time.perf_counter()
    shipped = Rulebook.load()
    wrong = sum(1 for _ in differing(shipped, cases(dice, shipped, count // 2)))
    print(f"shipped rulebook: {count // 2} cases, {wrong} differ, {megabytes():.0f} MB at most")
    for number in range(count // 2 // CASES_PER_RULEBOOK):
        book = rulebook(dice)
        for case in differing(book, cases(dice, book, CASES_PER_RULEBOOK)):
            wrong += 1
            print(f"random rulebook {number} differs on {sorted(case[0])}, day {case[1]}")
    print(f"{count} cases, {wrong} differ, {time.perf_counter() - started:.0f} s, {megabytes():.0f} MB at most")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
