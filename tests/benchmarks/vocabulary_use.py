"""Which words of the vocabulary decide anything. Run by hand:

    python tests/benchmarks/vocabulary_use.py [--texts FILE_OR_FOLDER ...] [--splits train dev] [--unused FILE]

Reads the labelled messages of the splits and the files given (``.jsonl`` with a ``text`` or ``sentence``, or plain
lines), with words alone. A unit is a term, a frame, a frame of the table (``pair``), a look-alike or a saying. It *is
met* where its words stand in a text, and *decides* where the reading of a text is another without it: a concept, an
assertion, a modifier, a signal, or whether all was understood. ``--unused`` gets those that could go, one JSON object a
line: what is left is enough, in the fewest and shortest units, to read all texts as before, and the rule cases,
``tests/everyday.txt`` and the texts in the tests.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

import yaml

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.lexicon.build import term_keys
from lemtrada_triage.lexicon.frames import Frames, _identity
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.lexicon.meaning import ANCHOR, BLOCK, BUSINESS, CONCEPT, EVERYTHING, NUMBER, STRANGE, Meaning
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import MatchKind
from lemtrada_triage.read.find import Hits, find, find_frames, possible_frames, settle
from lemtrada_triage.read.fold import fold
from lemtrada_triage.read.leftovers import find_leftovers, is_foreign
from lemtrada_triage.read.measures import find_measures
from lemtrada_triage.read.message import Draft, Hit
from lemtrada_triage.read.reader import Reader, _score
from lemtrada_triage.read.spelling import Speller
from lemtrada_triage.read.words import Words
from lemtrada_triage.training.messages import load_messages, messages_folder

ROOT = Path(__file__).parent.parent.parent
KINDS = ("term", "frame", "pair", "never")
_LONGEST = 3000
# The tag of messages that were terms themselves once.
_WORDING = "wording"


class Unit(NamedTuple):
    """A term or look-alike (``what``: its keys) or a frame (its number in the concept) of a concept ("*": a saying)."""

    kind: str
    concept: str
    what: tuple[str, ...] | int


def unit_of(kind: str, concept: str, term: str, speller: Speller) -> Unit:
    """The unit that a term or look-alike is."""
    return Unit(kind, concept, tuple(term_keys(term, speller, kind == "never")))


class Units:
    """All units of a vocabulary, by what they are found with."""

    def __init__(self, reader: Reader) -> None:
        vocabulary, speller = reader.vocabulary, reader.lexicon.speller
        self.written: dict[Unit, list[str]] = defaultdict(list)
        self.by_keys: dict[tuple[str, ...], list[Unit]] = defaultdict(list)
        for kind, concept, term in _phrases(vocabulary):
            unit = unit_of(kind, concept, term, speller)
            if not self.written[unit]:
                self.by_keys[unit.what].append(unit)
            self.written[unit].append(term)
        frames = Frames(vocabulary)
        by_hand = {name: len(entry.frames) for name, entry in VocabularyReader(data_folder("vocab")).concepts.items()}
        given = [
            (frames._frame(entry.id, frame), Unit("frame" if number < by_hand[entry.id] else "pair", entry.id, number))
            for entry in vocabulary.entries
            for number, frame in enumerate(entry.frames)
        ]
        for _, unit in given:
            self.written[unit].append("")
        self.frames = [unit for _, unit in sorted(given, key=lambda pair: _identity(pair[0]))]

    def of(self, words: Words, places: tuple[int, ...]) -> list[Unit]:
        """The terms and look-alikes that the words at some places are."""
        options = [{words.items[place].stem, words.items[place].exact} for place in places]
        return [unit for keys in product(*options) for unit in self.by_keys.get(keys, ())]


def _phrases(vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    for entry in vocabulary.entries:
        yield from (("term", entry.id, term) for term in entry.terms)
        yield from (("never", entry.id, term) for term in entry.never)
    yield from (("never", EVERYTHING, term) for term in vocabulary.idioms)


Outcome = tuple[frozenset[object], frozenset[str], bool]


class Text:
    """One text, whose words and phrases are found once, read with any choice of units."""

    def __init__(self, text: str, reader: Reader, units: Units) -> None:
        self.text, self.reader, self.units = text, reader, units
        self.folded = fold(text)
        self.words = Words(self.folded.text, reader.lexicon.speller, self.folded.cased(text))
        self.hits = find(self.words, reader.lexicon.meanings)
        self.met: set[Unit] = set()
        self.owners: list[tuple[Meaning, tuple[int, ...], list[Unit]]] = []
        for meaning, places in self.hits.all:
            own = self.units.of(self.words, places) if meaning.roles & (CONCEPT | BLOCK) else []
            self.owners.append((meaning, places, own))
            self.met.update(own)
        self.frames = possible_frames(self.hits) if self.hits.bits & ANCHOR else []
        self._held: dict[tuple[int, frozenset[int]], list[Draft]] = {}
        self.met.update(self.units.frames[frame.rank] for frame in self.frames if self._frame(frame, frozenset()))
        numbers = self.hits.bits & NUMBER
        self.measured = find_measures(self.words, self.hits, reader.vocabulary.measures) if numbers else []
        self.foreign = self.hits.bits & STRANGE != 0 and is_foreign(self.words)

    def _frame(self, frame: object, sayings: frozenset[int]) -> list[Draft]:
        key = (frame.rank, sayings)  # type: ignore[attr-defined]
        if key not in self._held:
            self._held[key] = find_frames([frame], self.hits, self.words, sayings)  # type: ignore[list-item]
        return self._held[key]

    def _with(self, kept: Callable[[Unit], bool]) -> Hits:
        chosen: list[Hit] = []
        for meaning, places, own in self.owners:
            if own:
                terms = {unit.concept for unit in own if unit.kind == "term" and kept(unit)}
                looks = {unit.concept for unit in own if unit.kind == "never" and kept(unit)}
                concepts = tuple(name for name in meaning.concepts if name in terms)
                blocks = tuple(name for name in meaning.blocks if name in looks)
                if concepts != meaning.concepts or blocks != meaning.blocks:
                    gone = (0 if concepts else CONCEPT) | (0 if blocks else BLOCK)
                    roles, bits = meaning.roles & ~gone, meaning.bits & ~gone
                    meaning = replace(meaning, concepts=concepts, blocks=blocks, roles=roles, bits=bits)
            chosen.append((meaning, places))
        return Hits(chosen, self.hits.bits, self.hits.slots)

    def outcome(self, kept: Callable[[Unit], bool]) -> Outcome:
        """What is read with the units that are kept: as ``Reader.read`` does."""
        reader, words = self.reader, self.words
        hits = self._with(kept)
        blocking = hits.having(BLOCK)
        everyday = [places for meaning, places in blocking if EVERYTHING in meaning.blocks]
        sayings = frozenset[int]().union(*everyday)
        found = [
            Draft(concept, places=places, head=places)
            for meaning, places in hits.having(CONCEPT)
            for concept in meaning.concepts
        ]
        for frame in self.frames:
            if kept(self.units.frames[frame.rank]):
                found += self._frame(frame, sayings)
        found += [
            Draft(item.concept, match=MatchKind.MEASUREMENT, places=item.places, head=item.places)
            for item in self.measured
            if item.concept
        ]
        found = settle(words, found, blocking, self.measured, reader.vocabulary) if found else found
        if self.foreign and any("foreign" in word.marks for word in words.items):
            found = [item for item in found if _score(item, words) == 1]
        if hits.bits & BUSINESS and reader._only_feelings(found, words):
            found = []
        told = frozenset(place for item in found for place in item.places)
        drafts = reader._in_context(found, told, words, hits, self.folded) if found else ()
        understood = [item.places for item in found] + [item.places for item in self.measured]
        said = [draft.assertion for draft in drafts]
        left = find_leftovers(words, hits, understood, said, reader.lexicon, self.foreign)
        return frozenset((d.concept, d.assertion, d.modifiers) for d in drafts), left.signals, left.understood


def cost(unit: Unit, often: Counter[Unit]) -> tuple[int, int]:
    """How dear a unit is to keep: look-alikes and long terms most, what is met often least."""
    length = len(unit.what) if isinstance(unit.what, tuple) else 2
    dear = 3 if unit.kind == "never" else 2 if length > 3 else 1 if unit.kind in ("frame", "pair") else 0
    return dear, -often[unit]


def enough(texts: list[Text], often: Counter[Unit], given: Iterable[Unit] = ()) -> set[Unit]:
    """Units that together keep the reading of every text, found greedily; ``given`` stay in any case."""
    kept: set[Unit] = set(given)
    before = -1
    while len(kept) > before:  # what a later text needs may ask for a look-alike in an earlier one
        before = len(kept)
        for text in texts:
            kept |= _needed(text, kept, often)
    return kept


def _needed(text: Text, kept: set[Unit], often: Counter[Unit]) -> set[Unit]:
    """The units that a text needs beside those that are kept."""
    whole = text.outcome(lambda unit: True)
    if text.outcome(kept.__contains__) == whole:
        return set()
    needed = set(text.met)
    for unit in sorted(text.met - kept, key=lambda unit: (cost(unit, often), unit), reverse=True):
        if text.outcome((needed - {unit}).__contains__) == whole:
            needed.discard(unit)
    return needed


def deciding(texts: list[Text], units: Iterable[Unit]) -> set[Unit]:
    """The units without which some text is read otherwise, all others being there."""
    wanted, found = set(units), set[Unit]()
    for text in texts:
        whole = None
        for unit in (text.met & wanted) - found:
            whole = whole or text.outcome(lambda unit: True)
            if text.outcome(lambda other, gone=unit: other != gone) != whole:  # type: ignore[misc]
                found.add(unit)
    return found


def given_texts(paths: Iterable[Path]) -> Iterator[str]:
    """The texts of files and folders: of a line of JSON its text or sentence, else the line."""
    for path in paths:
        files = sorted(path.rglob("*.jsonl")) + sorted(path.rglob("*.txt")) if path.is_dir() else [path]
        for line in (line for file in files for line in file.read_text(encoding="utf-8").split("\n")):
            if line.startswith("{"):
                row = json.loads(line)
                yield row.get("text") or row.get("sentence") or ""
            elif line.strip():
                yield line


def own_texts() -> Iterator[str]:
    """The texts of the rule cases, of the everyday sentences, and every sentence that stands in a test."""
    for path in (ROOT / "rules").glob("*.test.yaml"):
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            yield str(case["given"].get("text", ""))
    yield from (ROOT / "tests" / "everyday.txt").read_text(encoding="utf-8").splitlines()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield node.value


def all_texts(vocabulary: Vocabulary, splits: Iterable[str], more: list[Path]) -> list[str]:
    """Every text once, the program's own first."""
    pool = next((path for path in more if (path / "pool").is_dir() or (path / "patients.jsonl").is_file()), None)
    messages = load_messages(messages_folder(), vocabulary.concepts, pool)
    held = {message.text for message in messages if message.split not in splits}
    labelled = (message.text for message in messages if message.split in splits and _WORDING not in message.tags)
    texts = dict.fromkeys([*own_texts(), *labelled, *given_texts(more)])
    return [text for text in texts if text and text not in held and len(text) < _LONGEST]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", nargs="*", type=Path, default=[])
    parser.add_argument("--splits", nargs="*", default=["train", "dev"])
    parser.add_argument("--unused", type=Path)
    options = parser.parse_args()
    reader = Reader(Vocabulary.load())
    units = Units(reader)
    own = set(own_texts())
    read = all_texts(reader.vocabulary, options.splits, options.texts)
    texts = [Text(text, reader, units) for text in read if options.unused or text not in own]
    often = Counter(unit for text in texts for unit in text.met)
    print(f"{len(texts):,} texts, {sum(bool(text.met) for text in texts):,} of which have a unit")
    texts = [text for text in texts if text.met]
    decisive = deciding([text for text in texts if text.text not in own], often)
    for kind in KINDS:
        units_of_kind = [unit for unit in units.written if unit.kind == kind]
        total = sum(len(units.written[unit]) for unit in units_of_kind)
        counts = [sum(unit in some for unit in units_of_kind) for some in (often, decisive)]
        shares = ", ".join(
            f"{name} {count:,} ({count / total:.1%})" for name, count in zip(("met", "decide"), counts, strict=True)
        )
        print(f"{kind}: {total:,} written, {len(units_of_kind):,} different; {shares}")
    if options.unused:
        kept = enough(texts, often)
        lines = [
            json.dumps({"kind": unit.kind, "concept": unit.concept, "what": unit.what, "written": written})
            for unit, written in units.written.items()
            if unit not in kept
        ]
        options.unused.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
