"""The work on a text grows as its length does, whatever it says. Work is counted in lines run, not in seconds."""

from __future__ import annotations

import random
import string
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from lemtrada_triage import InputError, Triage
from lemtrada_triage.lexicon.vocabulary import MeasureEntry, Vocabulary
from lemtrada_triage.triage import LONGEST_TEXT

# A text of 4 n words is expected to be four times the work of one of n; so much more is forgiven.
FORGIVEN = 1.3
WORDS = 350

TYPING = {
    "typo": "feverr ", "stretched": "sooo ", "digits in a word": "f3v3r ", "two in one": "cantbreathe ",
    "box before": "[ ] fever\n", "box behind": "rash [ ] ", "box alone": "[ ] ", "list": "1. ", "number": "38.9 ",
    "parenthesis": "no (rash) ", "answer": "fever? no ", "field": "cough: yes, ", "measure": "fever 38.9 ",
    "pair": "bp 120/80 ", "spoken number": "thirty eight point five ", "one word": "a", "one number": "9",
    "points": "1.", "apostrophes": "a'", "blanks": "rash" + " " * 20, "marks": "?!", "lines": "rash\n",
    "emoji": "\U0001f600", "accents": "e\u0301 ", "another language": "que dolor ", "fillers": "it is ",
    "denied": "no rash ", "another's": "my mum had a stroke ", "long ago": "had a rash years ago ",
    "affirmed": "if a rash but now i have it ", "frame": "jaw ache chest tight ", "clauses": "but my arm is numb ",
    "parts and denials": "numb arm and my face no fever if ", "small words": "of all of it ",
    "denied list": "no fever, ", "sentences": "numb. ", "open parenthesis": "(no ", "article": "the ",
}  # fmt: skip


@pytest.fixture(scope="module")
def direct() -> Triage:
    return Triage(engine="direct", reader="words")


def spoken(term: str) -> str:
    return term.replace("=", "").replace("#num", "50").replace("#year", "2019")


def of_slots(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    yield from ((f"slot {name}", f"{spoken(slot.words[0])} ") for name, slot in vocabulary.slots.items() if slot.words)


def of_measures(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for measure in vocabulary.measures:
        for part, words in parts(measure).items():
            yield from ((f"{measure.id} {part}", f"{text} ") for text in beside_number(spoken(words[0])))


def parts(measure: MeasureEntry) -> dict[str, tuple[str, ...]]:
    units = {f"unit {name}": unit.words for name, unit in measure.units.items()}
    named = {"name": measure.words, "degree": measure.named_by_unit, "unless": measure.unless}
    return {part: words for part, words in (named | units).items() if words}


def beside_number(word: str) -> tuple[str, str]:
    return f"{word} 50", f"50 {word}"


def of_cues(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for kind in {cue.kind: cue for cue in vocabulary.cues}.values():
        yield f"cue {kind.kind}", f"{spoken(kind.terms[0])} rash "


def lines_run(triage: Triage, text: str) -> int:
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        triage.assess(text, 2)
    finally:
        sys.settrace(before)
    return count


def too_much(triage: Triage, short: str, long: str) -> bool:
    for text in (short, long):
        triage.assess(text, 2)  # every word is known when the work is counted, and no reading
    triage._readings.cache_clear()
    return lines_run(triage, long) > FORGIVEN * len(long) / len(short) * lines_run(triage, short)


def repeated(unit: str, words: int) -> str:
    return unit * max(words // len(unit.split() or "?"), 2)


@pytest.mark.parametrize("unit", [pytest.param(unit, id=name) for name, unit in TYPING.items()])
def test_four_times_the_text_is_four_times_the_work_however_it_is_typed(direct: Triage, unit: str) -> None:
    assert not too_much(direct, repeated(unit, WORDS), repeated(unit, 4 * WORDS))


@pytest.mark.parametrize("kinds", [of_slots, of_measures, of_cues])
def test_four_times_the_text_is_four_times_the_work_for_all_that_the_vocabulary_knows(
    direct: Triage, kinds: Any
) -> None:
    units = dict(kinds(direct.vocabulary))
    wrong = [name for name, unit in units.items() if too_much(direct, repeated(unit, 120), repeated(unit, 480))]
    assert len(units) >= 20
    assert wrong == []


def test_a_log_that_repeats_itself_tells_each_concept_once_for_the_same_words(direct: Triage) -> None:
    unit = TYPING["frame"]
    assessed = direct.assess(repeated(unit, 8_000), 2)
    told: dict[str, list[tuple[int, int]]] = {}
    for mention in assessed.mentions:
        told.setdefault(mention.concept, []).append((mention.start, mention.end))
    assert assessed.urgency is direct.assess(unit, 2).urgency
    assert len(told["jaw_pain"]) == len(told["chest_tightness"]) == 2_000
    assert all(len(spans) <= 2_000 for spans in told.values())


def test_words_never_seen_before_cost_the_same_however_many_they_are() -> None:
    dice = random.Random(8)
    unknown = ["".join(dice.choices(string.ascii_lowercase, k=dice.randint(4, 12))) for _ in range(2_000)]
    fresh = Triage(engine="direct", reader="words")
    fresh.assess("qwrtz", 2)  # what is made ready for the first of them
    counts = [lines_run(fresh, " ".join(unknown[first : first + words])) for first, words in ((0, 400), (400, 1_600))]
    assert counts[1] < 4 * FORGIVEN * counts[0]
    assert counts[1] < 1_600 * 400  # an index is asked, not every word of the vocabulary


def test_a_text_that_is_too_long_is_refused_with_its_length(direct: Triage) -> None:
    for ask in (direct.assess, direct.read, lambda text: direct.assertion(text, 0, 1)):
        with pytest.raises(InputError, match=r"4,000,001 characters.*at most 4,000,000"):
            ask("a" * (LONGEST_TEXT + 1))
