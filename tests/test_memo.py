"""What is decided once is remembered, up to a number of answers."""

from __future__ import annotations

import pytest

from lemtrada_triage.decide.memo import Memo


def asked(size: int, keys: str) -> str:
    """The keys for which an answer had to be found, in order."""
    memo, found = Memo[str, str](size), []
    for key in keys:
        assert memo.get(key, lambda key=key: found.append(key) or key.upper()) == key.upper()
    return "".join(found)


def test_an_answer_is_found_once():
    assert asked(2, "abab") == "ab"


def test_when_all_places_are_taken_it_starts_afresh():
    assert asked(2, "abcc") == "abc"
    assert asked(2, "abca") == "abca"
    assert asked(2, "abcba") == "abcba"


def test_what_cannot_be_found_is_asked_for_again():
    memo = Memo[str, int](2)
    with pytest.raises(ZeroDivisionError):
        memo.get("a", lambda: 1 // 0)
    assert memo.get("a", lambda: 1) == 1
