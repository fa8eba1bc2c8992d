"""Word groups: ``<paper> says`` in a term stands for one term with each word of the group ``paper``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import product

Groups = Mapping[str, tuple[str, ...]]
_NAMED = re.compile(r"<([^<>]*)>")


def named_groups(term: str) -> list[str]:
    """The names of the groups in a term."""
    return _NAMED.findall(term)


def half_named(term: str) -> bool:
    """Whether a term has a "<" or ">" that belongs to no name."""
    return not {"<", ">"}.isdisjoint(_NAMED.sub("", term))


def expanded(terms: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """The terms with every group replaced by each of its words, in order, each term once."""
    return tuple(dict.fromkeys(whole for term in terms for whole in _expanded(term, groups)))


def _expanded(term: str, groups: Groups) -> Iterable[str]:
    pieces = _NAMED.split(term)  # plain text and names take turns
    if len(pieces) == 1:
        return (term,)
    options = [groups[piece] if place % 2 else (piece,) for place, piece in enumerate(pieces)]
    return ("".join(chosen) for chosen in product(*options))
