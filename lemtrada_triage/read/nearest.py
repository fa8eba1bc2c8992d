"""Finds the words that are one or two edits from a written one without looking at all of them.

An edit is a letter more, less or changed, or two neighbours swapped (optimal string alignment).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

# So many letters a word needs for each edit.
LETTERS: Final = 4


class Nearest:
    """Some words of at least ``LETTERS`` letters, ready to be searched."""

    def __init__(self, words: Iterable[str], shortened: Mapping[str, str] | None = None) -> None:
        """``shortened`` is that of an index of the same words."""
        words = list(words)
        self.shortened = _index(words) if shortened is None else shortened
        self._alike: dict[tuple[str, int], list[str]] = {}
        for word in words:
            if len(word) >= 2 * LETTERS:
                for length in range(len(word) - 2, len(word) + 3):
                    self._alike.setdefault((word[0], length), []).append(word)

    def one_edit(self, form: str) -> list[tuple[str, int]]:
        """Each word at most one edit away, with its distance: the two are alike but for a letter of either."""
        near = [self.shortened[shortened] for shortened in _shortened(form) if shortened in self.shortened]
        return _within(1, form, list({word for words in near for word in words.split()}))

    def two_edits(self, form: str) -> list[tuple[str, int]]:
        """Each long word with the same first letter that is at most two edits away, with its distance."""
        return _within(2, form, self._alike.get((form[0], len(form)), ()))


def _index(words: Iterable[str]) -> dict[str, str]:
    """The words that are left of each shortened one, parted by spaces: so many lists would be much to look after."""
    index: dict[str, str] = {}
    for word in words:
        for shortened in _shortened(word):
            index[shortened] = f"{index[shortened]} {word}" if shortened in index else word
    return index


def _shortened(word: str) -> set[str]:
    """A word itself, and without each of its letters."""
    return {word, *[word[:place] + word[place + 1 :] for place in range(len(word))]}


def _within(edits: int, form: str, options: Sequence[str]) -> list[tuple[str, int]]:
    if not options:
        return []
    scored = process.extract(form, options, scorer=OSA.distance, score_cutoff=edits, limit=None, processor=None)
    return [(word, distance) for word, distance, _ in scored]
