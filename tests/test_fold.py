"""Folding loses nothing that matters and keeps every place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage.read.fold import fold

ANY_TEXT = st.text(st.characters())


@given(ANY_TEXT)
def test_folding_twice_gives_what_folding_once_gives(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(ANY_TEXT)
def test_every_folded_character_leads_back_into_the_original(text: str) -> None:
    folded = fold(text)
    for place in range(len(folded.text)):
        start, end = folded.original(place, place + 1)
        assert 0 <= start < end <= len(text)


@given(ANY_TEXT)
def test_places_never_run_backwards(text: str) -> None:
    folded = fold(text)
    starts = [folded.original(place, place + 1)[0] for place in range(len(folded.text))]
    assert starts == sorted(starts)


def test_smart_quotes_dashes_accents_and_wide_letters_become_plain() -> None:
    assert fold("Can’t — Œdème ＦＥＶＥＲ 38º").text == "can't - œdeme fever 38°"
