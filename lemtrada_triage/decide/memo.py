"""Answers that are remembered, in a bounded way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Remembers up to ``size`` answers, then starts afresh.

    It has no lock: each step is one operation on a dict, so two threads can at worst find an answer twice.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[K, V] = {}

    def get(self, key: K, find: Callable[[], V]) -> V:
        """The answer for a key, found if it is not known; one that cannot be found (an exception) is not remembered."""
        known = self._known.get(key)
        if known is None:
            known = find()
            if len(self._known) >= self._size:
                self._known = {}
            self._known[key] = known
        return known
