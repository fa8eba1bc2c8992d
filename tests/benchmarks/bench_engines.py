"""Measures what deciding a case costs. Run by hand: python tests/benchmarks/bench_engines.py"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from lemtrada_triage.decide import durable
from lemtrada_triage.decide.decider import Decider
from lemtrada_triage.decide.direct import DirectEngine
from lemtrada_triage.decide.durable import DurableEngine
from lemtrada_triage.decide.rulebook import Rulebook

Case = tuple[frozenset[str], int | None]


def cases(book: Rulebook, count: int, known_day: bool = True) -> list[Case]:
    dice, names = random.Random(7), sorted(book.facts)
    return [(frozenset(dice.sample(names, 4)), dice.randrange(1500) if known_day else None) for _ in range(count)]


def measure(what: str, decide: Callable[..., object], some: Sequence[Case]) -> None:
    started = time.perf_counter()
    for case in some:
        decide(*case)
    print(f"{what:56} {(time.perf_counter() - started) / len(some) * 1e6:10.1f}")


def once(what: str, build: Callable[[], object]) -> None:
    started = time.perf_counter()
    build()
    print(f"{what:56} {(time.perf_counter() - started) * 1e6:10.1f}")


def main() -> None:
    book = Rulebook.load()
    few = cases(book, 5000)
    print(f"{len(book.rules)} rules, {len(book.facts)} facts, {len(book.intervals)} intervals; microseconds")
    once("load the rulebook", Rulebook.load)
    once("compile for the direct engine", lambda: DirectEngine(book))
    measure("a case, direct engine", DirectEngine(book).fired, few)
    if durable.missing() is None:
        engine = DurableEngine(book)
        once("compile for durable-rules", lambda: DurableEngine(book))
        once("the first case of a thread, durable-rules", lambda: engine.fired(frozenset(), 0))
        measure("a case, durable-rules", engine.fired, few)
    for name in ("direct", "durable") if durable.missing() is None else ("direct",):
        decider = Decider(book, name)
        measure(f"a decision, {name}, first time, day known", decider.decide, few[:1000])
        measure(f"a decision, {name}, remembered", decider.decide, few[:1000] * 5)
        unknown = cases(book, 300, known_day=False)
        measure(f"a decision, {name}, first time, day unknown", decider.decide, unknown)


if __name__ == "__main__":
    main()
