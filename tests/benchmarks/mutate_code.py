"""Changes the code in small ways, one at a time, and counts the changes that the tests notice. Run by hand:

    pip install cosmic-ray
    python tests/benchmarks/mutate_code.py [--sample 400] [--seed 1] [--jobs 2] [WHERE ...]

The changes are those of cosmic-ray, within functions and in constants of a module. WHERE is a room (``read/``), a file
(``read/find.py``), a line (``read/find.py:40:``) or a whole change as it is printed; ``read/`` and ``decide/``, if left
out. One change is drawn for each place of the sample. The tests of its room are run up to the first that fails, in a
process that forks from one in which they are collected and nothing has been read or decided yet; one that takes too
long has noticed it, too; tests of Hypothesis try few examples, and those that are slow all the same are left out (they
measure time, or ask the learned reader). Prints what no test notices.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import os
import random
import re
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol
from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lemtrada_triage"
# The tests that speak of what a file does, the quickest first; of several beginnings of its name the longest counts.
_WORDS = ("made_up", "ways_of_telling", "precedence", "reading", "words", "fold", "rules", "names", "phrases")
_LEARNED = ("join", "both_readers")
_LOADING = ("rulebook", "layers", "follow_up", "check", "rules")
TESTS = {
    "read/": (*_WORDS, "not_understood", "false_alarms"),
    "read/both": (*_LEARNED, "rules"),
    "read/join": _LEARNED,
    "read/learned": _LEARNED,
    "decide/": ("every_case", "conditions", "why", "rules", "engines"),
    "decide/adviser": ("interview", "triage", "not_understood", "rules"),
    "decide/conditionfile": _LOADING,
    "decide/durable_plan": ("plan", "every_case", "engines"),
    "decide/facts": ("interview", "triage", "rules"),
    "decide/interview": ("interview",),
    "decide/memo": ("memo",),
    "decide/rulebook": _LOADING,
    "decide/rulechecks": _LOADING,
    "decide/rulefiles": _LOADING,
    "decide/ruleloader": _LOADING,
    "decide/sources": _LOADING,
}
# "is" for "==", or the other way, is mostly no change; a decorator spares work; the last need names.
LEFT_OUT = re.compile("_Is|Decorator|Variable|NoOp")
# How much is remembered changes no answer, nor does what only type checkers read.
NO_ANSWER = re.compile(r"\b_?[A-Z_]*REMEMBERED\b|\bTYPE_CHECKING\b")
EXAMPLES = 20  # of each test of Hypothesis
SECONDS = 120  # of work, after which a run is ended
SLOW = 0.5  # seconds of work of one test


class Change(NamedTuple):
    """One change of one file, and where it stands."""

    file: str
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def place(self) -> tuple[str, int, int, str]:
        """All that are alike but for what is put there."""
        return (self.file, self.line, self.column, self.operator.partition("_")[0])

    @property
    def path(self) -> Path:
        """The changed file."""
        return PACKAGE / self.file

    @property
    def after(self) -> str:
        """The changed text of the file."""
        operator = plugins.get_operator(f"core/{self.operator}")()
        return str(mutate_code(self.path.read_text(encoding="utf-8"), operator, self.occurrence))

    def told(self) -> str:
        """The change with the lines that it changes."""
        before = self.path.read_text(encoding="utf-8").splitlines()
        lines = difflib.unified_diff(before, self.after.splitlines(), lineterm="", n=0)
        shown = (f"    {line}" for line in lines if not line.startswith(("---", "+++", "@@")))
        return "\n".join([":".join(map(str, self)), *shown])


def changes(path: Path) -> Iterator[Change]:
    """Every change of a file that can be made while it is loaded."""
    nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
    name = path.relative_to(PACKAGE).as_posix()
    for operator in plugins.operator_names():
        if LEFT_OUT.search(operator):
            continue
        found = plugins.get_operator(operator)()
        places = [(node, start) for node in nodes for start, _ in found.mutation_positions(node)]
        for occurrence, (node, (line, column)) in enumerate(places):
            if _is_run(node):
                yield Change(name, line, column, operator.removeprefix("core/"), occurrence)


def _is_run(node: Any) -> bool:
    """Whether a node stands in a function or in a constant, and is no type, bound of a memory, or ``strict=True``."""
    above, inside = node.parent, False
    asked = node.children[1] if node.type == "if_stmt" else node
    if asked.type in ("and_test", "comparison", "name") and NO_ANSWER.search(asked.get_code()):
        return False
    while above is not None:
        if above.type == "argument" and above.get_code().strip() == "strict=True":
            return False  # it only says what holds
        if above.type in ("and_test", "comparison", "expr_stmt") and NO_ANSWER.search(above.get_code()):
            return False
        if above.type in ("tfpdef", "annassign") or above.type == "decorator":
            return False
        if above.type == "funcdef":
            if node is above.annotation:
                return False
            inside = True
        if above.type == "classdef":
            return inside
        node, above = above, above.parent
    return True


def drawn(where: list[str], sample: int, dice: random.Random) -> list[Change]:
    """One change for each place of a sample."""
    rooms = sorted({one.partition("/")[0] for one in where})
    files = [path for room in rooms for path in sorted((PACKAGE / room).rglob("*.py"))]
    places: dict[tuple[str, int, int, str], list[Change]] = {}
    for path in files:
        for change in changes(path):
            if any(":".join(map(str, change)).startswith(one) for one in where):
                places.setdefault(change.place, []).append(change)
    chosen = dice.sample(sorted(places), min(sample, len(places)))
    print(f"{len(chosen)} of {len(places)} places, in each one of its changes", flush=True)
    return [dice.choice(places[place]) for place in chosen]


def make(change: Change) -> None:
    """Changes the loaded functions and constants of a file."""
    name = f"{PACKAGE.name}.{change.file.removesuffix('.py').replace('/', '.')}"
    module = sys.modules[name]
    after = compile(change.after, str(module.__file__), "exec")
    codes = {(code.co_qualname, code.co_firstlineno): code for code in _codes(after)}
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == module.__file__:
            code = codes.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
            if code is not None and code != function.__code__:
                function.__code__ = code
    space: dict[str, Any] = {"__name__": name, "__file__": module.__file__}
    exec(after, space)
    for key, new in space.items():
        old = vars(module).get(key)
        plain = isinstance(new, (int, float, str, tuple, frozenset, dict, list, set, re.Pattern))
        if (plain or (is_dataclass(new) and not isinstance(new, type))) and repr(new) != repr(old):
            for other in list(sys.modules.values()):
                if vars(other).get(key) is old and old is not None:
                    setattr(other, key, new)
        for was, becomes in _functions(old, new):
            was.__defaults__, was.__kwdefaults__ = becomes.__defaults__, becomes.__kwdefaults__


def _functions(old: Any, new: Any) -> Iterator[tuple[FunctionType, FunctionType]]:
    """A function as it was and as it becomes, or those of a class."""
    if isinstance(old, type) and isinstance(new, type):
        for key, member in vars(new).items():
            yield from _functions(vars(old).get(key), member)
    elif isinstance(old, FunctionType) and isinstance(new, FunctionType):
        yield old, new


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


def hurry(test: Any) -> None:
    """Lets a test of Hypothesis try fewer examples, and not look for a smaller one: that it fails is enough."""
    test = getattr(test, "__func__", test)
    if known := getattr(test, "_hypothesis_internal_use_settings", None):
        import hypothesis  # after pytest, which rewrites its asserts

        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        few = {"max_examples": min(EXAMPLES, known.max_examples), "phases": phases, "database": None}
        patient = {"derandomize": True, "suppress_health_check": list(hypothesis.HealthCheck)}
        test._hypothesis_internal_use_settings = hypothesis.settings(known, **few, **patient)


class Tried:
    """A plugin that runs the collected tests once for each change, and prints those that pass all the same."""

    def __init__(self, chosen: list[Change], jobs: int) -> None:
        self.chosen = chosen
        self.jobs = jobs
        self.noticed: list[Change] = []
        self.slow = -1  # a pipe that tells the slow tests

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of the one run."""
        started = time.monotonic()
        for item in session.items:
            hurry(getattr(item, "obj", None))
        reading, self.slow = os.pipe()
        _, status, used = os.wait4(self._child(session, None), 0)
        os.close(self.slow)
        if status:
            raise pytest.UsageError("a test fails without any change")
        with os.fdopen(reading) as slow:
            left_out = set(map(int, slow.read().split()))
        session.items = [item for place, item in enumerate(session.items) if place not in left_out]
        work = f"{used.ru_utime + used.ru_stime:.1f} s of work"
        print(f"\nunchanged: {work}, {len(session.items)} tests without {len(left_out)} slow ones", flush=True)
        left, running = self.chosen[::-1], {}
        while left or running:
            while left and len(running) < self.jobs:
                change = left.pop()
                running[self._child(session, change)] = change
            child, status = os.wait()
            change = running.pop(child)
            done = f"{len(self.chosen) - len(left) - len(running)} tried, {time.monotonic() - started:.0f} s"
            if status:
                self.noticed.append(change)
                print(done, end="\r", flush=True)
            else:
                print(f"{done}. No test notices {change.told()}", flush=True)
        return True

    def _child(self, session: pytest.Session, change: Change | None) -> int:
        child = os.fork()
        if child:
            return child
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            quiet = os.open(os.devnull if change else "/dev/stderr", os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            if change:
                make(change)
            for place, (item, following) in enumerate(zip(session.items, [*session.items[1:], None], strict=True)):
                begun = time.process_time()
                reports = runtestprotocol(item, log=False, nextitem=following)
                if failed := [report for report in reports if report.failed]:
                    if change is None:
                        print(failed[0].longreprtext, file=sys.stderr)
                    os._exit(1)
                if change is None and place and time.process_time() - begun > SLOW:  # the first one compiles the words
                    os.write(self.slow, f"{place} ".encode())
            os._exit(0)
        except BaseException:
            os._exit(1)


def tests_of(change: Change) -> tuple[str, ...]:
    """The files of tests that a change is tried with."""
    return TESTS[max((one for one in TESTS if change.file.startswith(one)), key=len)]


def tried(tests: tuple[str, ...], chosen: list[Change], jobs: int) -> int:
    """How many changes some tests notice."""
    from lemtrada_triage.lexicon.vocabulary import Vocabulary

    Vocabulary.load = cache(Vocabulary.load)  # what is read of the words' files is the same each time
    Vocabulary.load()
    plugin = Tried(chosen, jobs)
    plugins_of_pytest = ["-p", "no:cacheprovider", "-p", "no:terminal", "-p", "lemtrada_triage.author.pytest_plugin"]
    paths = [one if one == "rules" else f"tests/test_{one}.py" for one in tests]
    words_alone = [] if "both_readers" in tests else ["-k", "not both_readers"]
    pytest.main(["-o", "addopts=", *plugins_of_pytest, *words_alone, *paths], plugins=[plugin])
    return len(plugin.noticed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("where", nargs="*", default=["read/", "decide/"])
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    chosen = drawn(asked.where, asked.sample, random.Random(asked.seed))
    count = 0
    for tests in sorted({tests_of(change) for change in chosen}):
        own = [change for change in chosen if tests_of(change) == tests]
        noticed = tried(tests, own, asked.jobs)
        print(f"{' '.join(tests)}: {noticed} of {len(own)} changes were noticed", flush=True)
        count += noticed
    print(f"{count} of {len(chosen)} changes were noticed ({100 * count / len(chosen):.1f} %)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
