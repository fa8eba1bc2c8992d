"""The trie finds just what a slow, obvious search finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lemtrada_triage.lexicon.build import compile_vocabulary, term_keys
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.meaning import SPACE
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.find import find
from lemtrada_triage.read.words import Words

# Inflections that share a stem, exact forms of them, words that phrases skip, and one more.
FORMS = ["ache", "aches", "aching", "swell", "swelling", "the", "my", "toe"]
TERM = st.lists(st.sampled_from([*FORMS, "=ache", "=aching", "=the", "=swelling"]), min_size=1, max_size=4)
TEXT = st.lists(st.sampled_from([*FORMS, ",", "unheard"]), max_size=12)


def compiled(terms: list[str], never: list[str]) -> Lexicon:
    """Each term is a concept of its own, each look-alike (in which fillers count) forbids one."""
    concepts: list[dict[str, object]] = [
        {"id": f"t{number}", "label": "x", "terms": [term]} for number, term in enumerate(terms)
    ]
    concepts += [{"id": f"n{number}", "label": "x", "never": [term]} for number, term in enumerate(never)]
    content = {"concepts": concepts, "spelling": {"fillers": ["the", "my"]}}
    with TemporaryDirectory() as folder:
        (Path(folder) / "words.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        return compile_vocabulary(Vocabulary.load(folder))


def matches(keys: list[str], words: Words, place: int) -> Iterator[tuple[int, ...]]:
    """All ways to read the keys from a place on, skipping fillers between them."""
    word = words.items[place]
    if keys[0] in (word.stem, word.exact):
        if len(keys) == 1:
            yield (place,)
        else:
            yield from ((place, *rest) for rest in continuations(keys[1:], words, place + 1))


def continuations(keys: list[str], words: Words, place: int) -> Iterator[tuple[int, ...]]:
    if place < len(words.items) and words.gap[place] == SPACE:
        yield from matches(keys, words, place)
        if words.items[place].filler:
            yield from continuations(keys, words, place + 1)


@given(st.lists(TERM, max_size=5), st.lists(TERM, max_size=5), TEXT)
@settings(deadline=None)
def test_the_trie_finds_just_what_an_obvious_search_finds(
    terms: list[list[str]], never: list[list[str]], text: list[str]
) -> None:
    lexicon = compiled([" ".join(term) for term in terms], [" ".join(term) for term in never])
    words = Words(" ".join(text), lexicon.speller)
    expected = {
        (f"{kind}{number}", places)
        for kind, phrases in (("t", terms), ("n", never))
        for number, term in enumerate(phrases)
        for place in range(len(words.items))
        for places in matches(term_keys(" ".join(term), lexicon.speller, kind == "n"), words, place)
    }
    hits = find(words, lexicon.meanings).all
    found = {(name, places) for meaning, places in hits for name in meaning.concepts + meaning.blocks}
    assert found == expected
