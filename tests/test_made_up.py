"""Each rule of the words reader by itself, with the few words of ``tests/made_up/vocab/``, at its bounds and both ways.

A file of cases holds rules, a sentence each, with what is read of some texts; ``{9 la}`` stands for nine words that say
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.message import Draft
from lemtrada_triage.read.reader import Reader

FOLDER = Path(__file__).parent / "made_up"


@pytest.fixture(scope="module")
def made_up() -> Reader:
    return Reader(Vocabulary.load(FOLDER / "vocab"))


def rules() -> Iterator[object]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(rule["shows"], rule["reads"], id=rule["rule"])


def full(written: str) -> str:
    return re.sub(r"\{(\d+) la\}", lambda found: " ".join(["la"] * int(found[1])), written)


def said(text: str, draft: Draft) -> str:
    """Whether it counts, and the cue behind that."""
    return draft.assertion.value + (f" by {text[slice(*draft.cue)]}" if draft.cue else "")


def shown(reader: Reader, what: str, text: str) -> str:
    """One aspect of a reading, in words; or what is said of the words in angle brackets, as found by a caller."""
    if what == "a span":
        start, end = text.index("<"), text.index(">") - 1
        text = text.replace("<", "").replace(">", "")
        assertion, cue = reader.said(text, start, end)
        return assertion.value + (f" by {text[slice(*cue)]}" if cue else "")
    reading = reader.read(text)
    quoted = [(draft, text[draft.start : draft.end]) for draft in reading.drafts]
    match what:
        case "assertions":
            return ", ".join(f"{draft.concept} {said(text, draft)}" for draft, _ in quoted)
        case "modifiers":
            return ", ".join(" ".join([draft.concept, *draft.modifiers]) for draft, _ in quoted)
        case "words":
            return ", ".join(f"{draft.concept} {quote}" for draft, quote in quoted)
        case "spelling":
            return ", ".join(f"{draft.concept} {quote} {draft.score:.2f}" for draft, quote in quoted)
        case "sentences":
            return ", ".join(draft.concept for draft, _ in quoted if draft.alone)
        case "names":
            names = [text[start:end] for start, end in reader.names(text)]
            return f"names: {', '.join(names)}; signs: {', '.join(quote for _, quote in quoted)}"
        case "leftovers":
            left = [text[start:end] for start, end in reading.leftovers]
            return ", ".join([*left, *sorted(reading.signals), *(["understood"] if reading.understood else [])])
    raise ValueError(what)


@pytest.mark.parametrize(("what", "reads"), list(rules()))
def test_of_words_made_up_just_this_is_read(made_up: Reader, what: str, reads: dict[str, str]) -> None:
    assert {written: shown(made_up, what, full(written)) for written in reads} == reads
