"""Look-alikes (``never`` and ``idioms``), each written as a sentence that is read otherwise without it.

"the [stroke ward] rang": the words in brackets are the look-alike, the whole is its example. A sentence without
brackets is both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lemtrada_triage.lexicon.groups import Groups, expanded

_MARKED = re.compile(r"[^\[\]]*\[([^\[\]]*)\][^\[\]]*")


def is_well_marked(written: str) -> bool:
    """Whether a sentence has one pair of brackets around words, or none."""
    found = _MARKED.fullmatch(written)
    return any(map(str.isalnum, found[1])) if found else {"[", "]"}.isdisjoint(written)


def words_of(written: str) -> str:
    """The look-alike itself."""
    found = _MARKED.fullmatch(written)
    return found[1] if found else written


def example_of(written: str) -> str:
    """The sentence as somebody would write it; "=" asks for an exact form and is no part of it."""
    return written.replace("[", "").replace("]", "").replace("=", "").replace("#num", "3").replace("#year", "2009")


def look_alikes(sentences: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """The look-alikes of some sentences, with every group replaced by each of its words, each once."""
    return tuple(dict.fromkeys(map(words_of, expanded(sentences, groups))))
