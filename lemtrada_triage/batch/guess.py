"""What a column holds, told from its first rows, for a log whose columns have names that say nothing.

Days are not guessed: a column of numbers may be an age, and days that are not known are decided on the safe side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any

from lemtrada_triage.batch.cells import empty
from lemtrada_triage.batch.dates import date_of

Sample = Callable[[], Sequence[Mapping[str, Any]]]
"""Gives the first rows of a log by column."""

SAMPLED = 100
# A message has some words in most rows, and says new things; names, codes and addresses do not.
_WORDS, _LETTERS, _DISTINCT = 3.0, 0.6, 0.1
_DATES = 0.9
_WORD = re.compile(r"[^\W\d_]+")


def nothing() -> Sequence[Mapping[str, Any]]:
    """The sample of a log that is not looked into."""
    return ()


def texts(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The columns that hold people's own words, those with the most words first."""
    words = {name: _words([row.get(name) for row in rows]) for name in names}
    return sorted((name for name in words if words[name]), key=lambda name: -words[name])


def dates(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The columns that hold dates."""
    return [name for name in names if _dated([row.get(name) for row in rows])]


def _words(cells: Sequence[Any]) -> float:
    """How many words a cell has on average; 0 where that is no message."""
    said = [cell for cell in cells if isinstance(cell, str) and not empty(cell)]
    if not said or len(set(said)) < _DISTINCT * len(said):
        return 0
    words = [_WORD.findall(cell) for cell in said]
    letters = sum(len(word) for some in words for word in some) / sum(map(len, said))
    average = mean(map(len, words))
    return average if average >= _WORDS and letters >= _LETTERS else 0


def _dated(cells: Sequence[Any]) -> bool:
    said = [cell for cell in cells if not empty(cell)]
    return bool(said) and sum(date_of(cell) is not None for cell in said) >= _DATES * len(said)
