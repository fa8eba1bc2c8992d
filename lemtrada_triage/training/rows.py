"""What the network is trained on: labelled texts as numbers, from messages, turns, terms and public sentences."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from tokenizers import Encoding, Tokenizer

from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import Assertion, Urgency
from lemtrada_triage.read.learned import ASSERTIONS, MODIFIERS
from lemtrada_triage.training.messages import SIGNALS, Message
from lemtrada_triage.training.tokens import FIRST, LAST

LONGEST = 256  # tokens of a text in training, [CLS] and [SEP] among them
# Every 25th request of the pool is set apart to count false findings.
APART = 25
# Texts of at most so many characters are joined, with one of these between them.
_SHORT = 90
_NAMED = 0.75
_APART, _TOGETHER = (". ", "; ", " but ", "\n", "... "), (", ", " and ", " n ", " + ", ", also ", " - ", " ", " & ")
_ANY = 6  # where a symptom counts, one name in so many is any name at all
# A name of at most so many words, and none of these, can stand wherever another does.
_NOUN, _DENYING = 3, frozenset(("no", "not", "never", "cannot", "cant", "can't", "without"))
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(slots=True)
class Row:
    """One text with its labels by name; ``masked`` names have no known label, and are not trained on."""

    text: str
    counts: frozenset[str]
    told: frozenset[str]
    masked: frozenset[str] = frozenset()
    said: Mapping[str, Assertion] = field(default_factory=dict)
    modifiers: Mapping[str, tuple[str, ...]] | None = None
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Sample:
    """A row as token ids and numbers of names; ``spans`` are the places of tokens."""

    ids: list[int]
    counts: list[int]
    told: list[int]
    masked: list[int]
    said: list[tuple[int, int]]
    modifiers: list[tuple[int, list[int]]]
    spans: list[tuple[int, list[int]]]


def names_of(vocabulary: Vocabulary) -> tuple[str, ...]:
    """What the network tells of a text: all concepts but the root, which says nothing, and the signals."""
    concepts = sorted(set(vocabulary.concepts) - {"symptom"})
    return (*concepts, *(f"signal:{signal}" for signal in SIGNALS))


class Lineage:
    """A concept and all that it counts as, as far as the network has names for them."""

    def __init__(self, vocabulary: Vocabulary, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.concepts = vocabulary.concepts

    def all_of(self, concepts: Iterable[str]) -> frozenset[str]:
        found = {name for concept in concepts for name in self.concepts[concept].lineage}
        return frozenset(found) & self.names


def message_row(message: Message, lineage: Lineage) -> Row:
    """A message, or a turn with its text, as a row."""
    counting = message.counting
    signals = frozenset(f"signal:{signal}" for signal in message.signals)
    vague = message.level is Urgency.CONTACT_PROVIDER and not counting and not signals
    known = message.level is not None and not counting and not vague
    masked = frozenset() if known or signals else frozenset(f"signal:{signal}" for signal in SIGNALS)
    return Row(
        text=message.text,
        counts=lineage.all_of(counting) | signals,
        told=lineage.all_of(message.concepts) | signals,
        masked=masked,
        said=message.concepts,
        modifiers=message.modifiers,
        spans=message.spans or {},
    )


def negative_rows(folder: Path, apart: bool = False) -> tuple[list[Row], list[Row]]:
    """Everyday requests and questions to a bank, in which no symptom is told; ``apart``: those set apart alone."""
    everyday = [
        Row(line["text"], frozenset(), frozenset())
        for number, line in enumerate(_lines(folder / "pool" / "everyday.jsonl"))
        if (number % APART == 0) is apart
    ]
    banking = [Row(line["text"], frozenset(), frozenset()) for line in _lines(folder / "banking77.jsonl")]
    return everyday, [] if apart else banking


def term_rows(vocabulary: Vocabulary, lineage: Lineage) -> list[Row]:
    """The vocabulary's own terms, each a symptom by itself."""
    rows = []
    for entry in vocabulary.entries:
        counts = lineage.all_of([entry.id])
        for term in entry.terms if counts else ():
            if "#" not in term:
                text = term.replace("=", "")
                told = {entry.id: Assertion.PRESENT}
                rows.append(Row(text, counts, counts, frozenset(), told, None, {entry.id: (0, len(text))}))
    return rows


def joined_rows(names: Sequence[Row], company: Sequence[Row], number: int, rng: random.Random) -> list[Row]:
    """So many texts of two or three short ones, as people tell one thing after another: "no rash, cant speak".

    Most have a bare name of a symptom among them, which must be heard in any company. Of a concept that occurs twice,
    what counts is kept. Modifiers are not known of what stands in new company.
    """
    short = [row for row in company if row.text and len(row.text) <= _SHORT]
    made = []
    for _ in range(number if len(short) > 2 else 0):
        parts = rng.sample(short, rng.choice((1, 1, 2)))
        parts.append(rng.choice(names if rng.random() < _NAMED else short))
        rng.shuffle(parts)
        made.append(_joined(parts, rng))
    return made


def _joined(parts: list[Row], rng: random.Random) -> Row:
    text, said, spans = "", dict[str, Assertion](), dict[str, tuple[int, int]]()
    plain = True
    for part in parts:
        text += rng.choice((*_APART, *_TOGETHER) if plain else _APART) if text else ""
        # What is denied, or somebody else's, must not reach into the next text.
        plain = plain and bool(part.said) and all(assertion.counts for assertion in part.said.values())
        for concept, assertion in part.said.items():
            if concept not in said or (assertion.counts and not said[concept].counts):
                said[concept] = assertion
                spans.pop(concept, None)
                if concept in part.spans:
                    start, end = part.spans[concept]
                    spans[concept] = (start + len(text), end + len(text))
        text += part.text
    labels = [frozenset[str]().union(*map(attrgetter(key), parts)) for key in ("counts", "told", "masked")]
    counts, told, masked = labels
    return Row(text, counts, told, masked - counts, said, None, spans)


def swapped_rows(
    names: Sequence[Row], told: Sequence[Row], lineage: Lineage, number: int, rng: random.Random
) -> list[Row]:
    """So many texts in which the name of one symptom stands where that of another stood, with its assertion.

    What a symptom is lies in its words, and how it is meant in the words around it: seen with one symptom alone, a
    text is learned by heart instead. Names of the vocabulary are exchanged for short ones, nouns for the most part;
    one in ``_ANY`` where a symptom counts for any other ("suffering from can't lift my arm"), as people's grammar is
    no reason not to hear them. Modifiers are not known of what has new words.
    """
    wordings = {(concept, row.text) for row in names for concept in row.said}
    places = [
        (row, concept)
        for row in told
        for concept, (start, end) in row.spans.items()
        if (concept, row.text[start:end].casefold()) in wordings
    ]
    nouns: dict[str, list[Row]] = {}
    for row in names:
        if row.text.count(" ") < _NOUN and not _DENYING & set(row.text.split()):
            nouns.setdefault(next(iter(row.said)), []).append(row)
    concepts = list(nouns.values())  # each as often as any other, however many names it has
    made = []
    for _ in range(number if places and nouns else 0):
        row, concept = rng.choice(places)
        anything = rng.random() < 1 / _ANY and row.said[concept].counts
        name = rng.choice(names if anything else rng.choice(concepts))
        made.append(_swapped(row, concept, name, lineage))
    return [row for row in made if row is not None]


def _swapped(row: Row, old: str, name: Row, lineage: Lineage) -> Row | None:
    """The row with the name's words in the place of a concept; None where the text tells its kin already."""
    ((new, _),) = name.said.items()
    others = {concept: said for concept, said in row.said.items() if concept != old}
    apart = lineage.all_of([new]).isdisjoint(others) and lineage.all_of(others).isdisjoint({new})
    start, end = row.spans[old]
    if not apart or any(first < end and last > start for concept, (first, last) in row.spans.items() if concept != old):
        return None
    longer = len(name.text) - (end - start)
    spans = {
        concept: (first + longer * (first >= end), last + longer * (first >= end))
        for concept, (first, last) in row.spans.items()
        if concept != old
    }
    said = {**others, new: row.said[old]}
    counting = [concept for concept, assertion in said.items() if assertion.counts]
    signals = frozenset(label for label in row.counts if label.startswith("signal:"))
    return Row(
        text=row.text[:start] + name.text + row.text[end:],
        counts=lineage.all_of(counting) | signals,
        told=lineage.all_of(said) | signals,
        masked=row.masked,
        said=said,
        spans={**spans, new: (start, start + len(name.text))},
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                yield json.loads(line)


class Numbers:
    """Turns rows into samples with one tokenizer and one list of names."""

    def __init__(self, tokenizer: Tokenizer, names: tuple[str, ...]) -> None:
        self.tokenizer = tokenizer
        self.number = {name: number for number, name in enumerate(names)}
        self.first, self.last = tokenizer.token_to_id(FIRST), tokenizer.token_to_id(LAST)

    def samples(self, rows: list[Row], rng: random.Random | None = None) -> list[Sample]:
        """The samples of some rows; with ``rng`` a few letters are mistyped, in one text of eight."""
        texts = [typed(row.text, rng) if rng and rng.random() < 0.125 else row.text for row in rows]
        encoded = self.tokenizer.encode_batch(texts)
        return [self._sample(row, encoding) for row, encoding in zip(rows, encoded, strict=True)]

    def _sample(self, row: Row, encoding: Encoding) -> Sample:
        ids = encoding.ids[: LONGEST - 2]
        offsets = encoding.offsets[: LONGEST - 2]
        spans = []
        for concept, (start, end) in row.spans.items():
            # The first token is [CLS], so that places are one further than in the encoding.
            places = [place for place, (first, last) in enumerate(offsets, 1) if first < end and last > start]
            if concept in self.number and places:
                spans.append((self.number[concept], places))
        return Sample(
            ids=[self.first, *ids, self.last],
            counts=self._all(row.counts),
            told=self._all(row.told),
            masked=self._all(row.masked),
            said=[
                (self.number[name], ASSERTIONS.index(said)) for name, said in row.said.items() if name in self.number
            ],
            modifiers=[
                (self.number[name], [int(word in (row.modifiers or {}).get(name, ())) for word in MODIFIERS])
                for name in (row.said if row.modifiers is not None else ())
                if name in self.number
            ],
            spans=spans,
        )

    def _all(self, names: Iterable[str]) -> list[int]:
        return sorted(self.number[name] for name in names)


def typed(text: str, rng: random.Random) -> str:
    """The text with one to three slips of the finger, as long as before, so that offsets stay."""
    letters = list(text)
    places = [place for place in range(1, len(text) - 1) if text[place - 1 : place + 2].isalpha()]
    for place in rng.sample(places, min(len(places), rng.randint(1, 3))):
        if rng.random() < 0.5:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        else:
            letters[place] = _beside(letters[place], rng)
    return "".join(letters)


def _beside(letter: str, rng: random.Random) -> str:
    row = next((keys for keys in _KEYS if letter.lower() in keys), None)
    if row is None:
        return letter
    place = row.index(letter.lower())
    return rng.choice([row[near] for near in (place - 1, place + 1) if 0 <= near < len(row)])
