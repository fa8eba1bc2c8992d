"""Finds the words that are one or two edits from a written one without looking at all of them.

An edit is a letter more, less or changed, or two neighbours swapped (optimal string alignment).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

# So many letters a word needs for each edit.
LETTERS = 4


class Nearest:
    """Some words of at least ``LETTERS`` letters, ready to be searched."""

    def __init__(self, words: Iterable[str]) -> None:
        self._shortened: dict[str, list[str]] = {}
        self._alike: dict[tuple[str, int], list[str]] = {}
        for word in words:
            for shortened in _shortened(word):
                self._shortened.setdefault(shortened, []).append(word)
            if len(word) >= 2 * LETTERS:
                for length in range(len(word) - 2, len(word) + 3):
                    self._alike.setdefault((word[0], length), []).append(word)

    def one_edit(self, form: str) -> Iterator[tuple[str, int]]:
        """Each word at most one edit away, with its distance: the two are alike but for a letter of either."""
        options = {word for shortened in _shortened(form) for word in self._shortened.get(shortened, ())}
        return _within(1, form, list(options))

    def two_edits(self, form: str) -> Iterator[tuple[str, int]]:
        """Each long word with the same first letter that is at most two edits away, with its distance."""
        return _within(2, form, self._alike.get((form[0], len(form)), ()))


def _shortened(word: str) -> set[str]:
    """A word itself, and without each of its letters."""
    return {word, *[word[:place] + word[place + 1 :] for place in range(len(word))]}


def _within(edits: int, form: str, options: Sequence[str]) -> Iterator[tuple[str, int]]:
    if options:
        scored = process.extract(form, options, scorer=OSA.distance, score_cutoff=edits, limit=None, processor=None)
        yield from ((word, distance) for word, distance, _ in scored)
