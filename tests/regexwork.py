"""Counts what a backtracking matcher does with a regular expression on a text, so that no test needs a clock.

It walks the tree that Python's own parser makes of the expression, as the matcher of ``re`` does but without its short
cuts: the counts are above the true ones, and grow as they do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

MOST = 2_000  # steps for each character; more are not counted
FAVOURITES = "\n a0.,-[(<'\"#d!"  # what a text is made of where the expression leaves a choice
LOOPS = (_parser.MAX_REPEAT, _parser.MIN_REPEAT, _parser.POSSESSIVE_REPEAT)
MARKS = (_parser.AT, _parser.ASSERT, _parser.ASSERT_NOT, _parser.GROUPREF)


def worst(pattern: re.Pattern[str], size: int, whole: bool) -> float:
    """The most steps for each character of a hostile text, to find all matches or, if ``whole``, to match all of it.

    Infinite where they are more than MOST.
    """
    try:
        return max(_steps(pattern, text, whole) / len(text) for text in hostile(pattern, size))
    except OverflowError:
        return math.inf


def hostile(pattern: re.Pattern[str], size: int) -> set[str]:
    """Texts that keep an expression in its loops for ``size`` rounds and then fail it, or make it begin as often."""
    tree = list(_parser.parse(pattern.pattern, pattern.flags))
    texts = {favourite * size for favourite in FAVOURITES}
    for favourite, branch, rounds in product(FAVOURITES, (0, -1), ((size, 1), (1, size))):
        for end in (place + 1 for place in range(len(tree))):
            once = _sample(tree[:end], rounds, favourite, branch)
            texts |= {once, once + "\0", _sample(tree[:end], (1, 1), favourite, branch) * size}
    return texts - {""}


def matches(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """The (start, end) of what is found, as ``finditer`` has them."""
    return _Matcher(pattern, text).find_all()


def _steps(pattern: re.Pattern[str], text: str, whole: bool) -> int:
    matcher = _Matcher(pattern, text)
    matcher.match_whole() if whole else matcher.find_all()
    return matcher.steps


class _Matcher:
    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.steps = 0
        self._text, self._flags, self._groups = text, pattern.flags, dict[int | None, str]()
        self._tree = list(_parser.parse(pattern.pattern, pattern.flags))

    def match_whole(self) -> bool:
        return any(end == len(self._text) for end in self._all(self._tree, 0))

    def find_all(self) -> list[tuple[int, int]]:
        found, at = [], 0
        while at <= len(self._text):
            end = next(self._all(self._tree, at), None)
            found += [] if end is None else [(at, end)]
            at = max(end or 0, at + 1)
        return found

    def _all(self, nodes: list[Any], at: int) -> Iterator[int]:
        """Where the nodes, one after the other, can end that begin at a place; the matcher's first choice first."""
        if not nodes:
            yield at
            return
        for end in self._one(*nodes[0], at):
            yield from self._all(nodes[1:], end)

    def _one(self, kind: Any, given: Any, at: int) -> Iterator[int]:
        self.steps += 1
        if self.steps > MOST * len(self._text) + MOST:
            raise OverflowError
        if kind in LOOPS:
            ends = self._loop(*given, at)
            yield from ends if kind is not _parser.POSSESSIVE_REPEAT else list(ends)[:1]
        elif kind is _parser.SUBPATTERN:
            for end in self._all(list(given[-1]), at):
                self._groups[given[0]] = self._text[at:end]
                yield end
        elif kind is _parser.BRANCH:
            for nodes in given[1]:
                yield from self._all(list(nodes), at)
        elif kind is _parser.GROUPREF:
            if self._text.startswith(self._groups[given], at):
                yield at + len(self._groups[given])
        elif kind in (_parser.ASSERT, _parser.ASSERT_NOT) and given[0] == 1:
            holds = any(True for _ in self._all(list(given[1]), at))
            yield from [at] if holds is (kind is _parser.ASSERT) else []
        elif found := _leaf(kind, _Held(given), self._flags).match(self._text, at):
            yield found.end()

    def _loop(self, least: int, most: int, body: Any, at: int, rounds: int = 0) -> Iterator[int]:
        if rounds < most:
            for end in self._all(list(body), at):
                if end > at:  # an empty round is the last
                    yield from self._loop(least, most, body, end, rounds + 1)
        if rounds >= least:
            yield at


class _Held:
    """A part of a tree, as a key."""

    def __init__(self, given: Any) -> None:
        self.given, self._name = given, repr(given)

    def __hash__(self) -> int:
        return hash(self._name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other._name == self._name


@cache
def _leaf(kind: Any, held: _Held, flags: int) -> re.Pattern[str]:
    """An expression for one character, a mark such as ``$``, or what stands before a place: these go to ``re``."""
    state = _parser.State()
    state.flags, state.str = flags, ""
    compiled: re.Pattern[str] = _compiler.compile(_parser.SubPattern(state, [(kind, held.given)]), flags)
    return compiled


def _sample(nodes: Any, rounds: tuple[int, int], favourite: str, branch: int) -> str:
    """A text that the nodes match, as far as marks allow it, with ``rounds`` of outer loops and of inner ones."""
    return "".join(_sampled(kind, given, rounds, favourite, branch) for kind, given in nodes)


def _sampled(kind: Any, given: Any, rounds: tuple[int, int], favourite: str, branch: int) -> str:
    if kind in LOOPS:
        least, most, body = given
        if most is not _parser.MAXREPEAT:
            return _sample(body, rounds, favourite, branch) * max(least, 1)
        return _sample(body, (rounds[1], 1), favourite, branch) * rounds[0]
    if kind is _parser.SUBPATTERN:
        return _sample(given[-1], rounds, favourite, branch)
    if kind is _parser.BRANCH:
        return _sample(given[1][branch], rounds, favourite, branch)
    return "" if kind in MARKS else _matching(kind, _Held(given), favourite)


@cache
def _matching(kind: Any, held: _Held, favourite: str) -> str:
    leaf = _leaf(kind, held, re.UNICODE)
    return next((one for one in (favourite, *map(chr, range(0x3000))) if leaf.match(one)), "\U0001f600")
