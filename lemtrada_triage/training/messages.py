"""Labelled messages: what ``vocab/messages/*.jsonl`` holds, read and checked line by line.

A line is a message by hand (``text``, ``level`` ...) or the labels of a real turn (``source``, ``n`` ...), whose text
is taken from a folder that is not part of the repository.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.files.yamlfile import YamlFile, did_you_mean
from lemtrada_triage.model import Assertion, Problem, SourceError, Urgency
from lemtrada_triage.read.learned import MODIFIERS

Split = Literal["train", "dev", "report", "blind", "again"]
SIGNALS = ("unread_complaint", "not_english")
SPLITS: tuple[Split, ...] = ("train", "dev", "report", "blind", "again")
# Which file of the folder of texts has the turns of a source.
POOLS = {"HWU64": "everyday.jsonl", "SNIPS": "everyday.jsonl", "PsyTAR": "psytar_sentences.jsonl"}
REVIEWS = "PsyTAR"  # sentences of reviews, of which no two belong together
PATIENTS = "patients.jsonl"

_WRITTEN = {"text", "days", "concepts", "level", "tags"}, {"modifiers", "spans", "signals"}
_TURN = {"source", "where", "n", "sha", "concepts"}, {"modifiers", "spans"}

Span = tuple[int, int]


class MessageError(SourceError):
    """A mistake in the files of ``vocab/messages/``."""


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message.

    ``modifiers`` and ``spans`` are None where the writer gave none at all: not known, which is not the same as none.
    ``level`` is None for a real turn, ``text`` is empty for one whose text is not at hand.
    """

    text: str
    days: int | None
    concepts: Mapping[str, Assertion]
    modifiers: Mapping[str, tuple[str, ...]] | None
    spans: Mapping[str, Span] | None
    level: Urgency | None
    tags: tuple[str, ...]
    signals: tuple[str, ...]
    split: Split
    path: str
    line: int
    turn: Turn | None = None

    @property
    def counting(self) -> tuple[str, ...]:
        """The concepts that count as symptoms."""
        return tuple(concept for concept, said in self.concepts.items() if said.counts)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the text of a real turn lies: line ``n`` (from 0) of its pool, ``sha`` begins its SHA-256."""

    source: str
    where: str
    n: int
    sha: str


def messages_folder() -> Path:
    """The folder of the labelled messages of this checkout."""
    return data_folder("vocab") / "messages"


def load_messages(folder: Path, known: Iterable[str], texts: Path | None = None) -> list[Message]:
    """All messages below a folder, in file order; turns get their text from the folder ``texts``.

    ``known`` are the concepts of the vocabulary. Raises MessageError with every mistake in the form of a line.
    """
    problems: list[Problem] = []
    concepts = frozenset(known)
    splits = _Splits(folder / "splits.yaml")
    problems += splits.problems
    found: list[Message] = []
    for path in sorted(folder.glob("*.jsonl")):
        if path.name not in splits.files:
            problems.append(Problem("no-split", f"{path.name} has no split", splits.path, help="add it to 'files'"))
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if line.strip():
                reader = _Line(path, number, line, concepts, splits)
                message = reader.message()
                problems += reader.problems
                found += [message] if message else []
    problems += _twice(found)
    if texts is not None:
        found, missing = with_texts(found, texts)
        problems += missing
    if problems:
        raise MessageError(problems)
    return found


def with_texts(messages: Iterable[Message], texts: Path) -> tuple[list[Message], list[Problem]]:
    """The messages, turns with their texts; a turn whose text is not the labelled one is a problem."""
    pools: dict[str, list[str]] = {}
    found, problems = [], []
    for message in messages:
        if message.turn is None:
            found.append(message)
            continue
        name = POOLS.get(message.turn.source, PATIENTS)
        if name not in pools:
            pools[name] = pool_texts(texts, name)
        pool = pools[name]
        text = pool[message.turn.n] if message.turn.n < len(pool) else ""
        if sha_of(text) != message.turn.sha:
            told = f"line {message.turn.n} of {name} is not the turn that was labelled"
            problems.append(Problem("other-text", told, message.path, message.line, help="label it again"))
        found.append(replace(message, text=text))
    return found, problems


def pool_texts(texts: Path, name: str) -> list[str]:
    """The texts of a pool, which lies in the folder or in ``pool/`` below it; none if it is not there."""
    path = next((path for path in (texts / name, texts / "pool" / name) if path.is_file()), None)
    if path is None:
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["text"] for line in lines if line.strip()]


def sha_of(text: str) -> str:
    """The first 12 digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class SplitsEntry(BaseModel):
    """What ``splits.yaml`` holds: the split of each file, and of the tenths of turns."""

    model_config = ConfigDict(extra="forbid")

    files: Mapping[str, str] = {}
    tenths: Mapping[int, str] = {}


class _Splits:
    """Which file, or which turn, is used for what; read from ``splits.yaml``."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        file = YamlFile(path) if path.is_file() else None
        read = (file.validated(SplitsEntry) if file else None) or SplitsEntry()
        self.problems: list[Problem] = [*file.problems] if file else []
        self.files, self.tenths = read.files, read.tenths
        for named in {*self.files.values(), *self.tenths.values()} - {*SPLITS, "tenths"}:
            self.problems.append(Problem("unknown-split", f"'{named}' is no split", path, help=f"one of {SPLITS}"))

    def of(self, name: str, where: str) -> Split:
        """The split of a line: that of its file, or of the tenth into which its consultation falls."""
        split = self.files.get(name, "train")
        if split == "tenths":
            split = self.tenths.get(tenth_of(where), "train")
        return split if split in SPLITS else "train"


def tenth_of(where: str) -> int:
    """The tenth (0 to 9) into which a consultation falls, all its turns together."""
    return int(hashlib.sha256(where.encode()).hexdigest()[:8], 16) % 10


class _Line:
    """One line on its way to a message; ``problems`` collects what is wrong with it."""

    def __init__(self, path: Path, number: int, raw: str, known: frozenset[str], splits: _Splits) -> None:
        self.path, self.number, self.raw, self.known, self.splits = path, number, raw, known, splits
        self.problems: list[Problem] = []
        self.row: dict[str, Any] = {}

    def message(self) -> Message | None:
        """The message; None when something is wrong."""
        if self._parsed():
            self._keys()
        if not self.problems:
            self._names()
        return None if self.problems else self._made()

    def _say(self, code: str, message: str, word: str = "", help: str | None = None) -> None:
        column = self.raw.find(word) + 1 if word else 1
        shown = self.raw if len(self.raw) < 200 else None
        self.problems.append(
            Problem(code, message, self.path, self.number, max(column, 1), help, shown, max(len(word), 1))
        )

    def _parsed(self) -> bool:
        try:
            self.row = json.loads(self.raw)
        except ValueError as error:
            self._say("not-json", f"this line is no JSON: {error}")
            return False
        if not isinstance(self.row, dict):
            self._say("not-an-object", "a line must be one JSON object")
        return isinstance(self.row, dict)

    def _keys(self) -> None:
        needed, more = _WRITTEN if "text" in self.row else _TURN
        for key in sorted(needed - set(self.row)):
            self._say("missing-key", f"'{key}' is missing", help=f"a line has {', '.join(sorted(needed))}")
        for key in sorted(set(self.row) - needed - more):
            self._say("unknown-key", f"'{key}' is not a key of a message", f'"{key}"')

    def _names(self) -> None:
        row = self.row
        self._all_in(row["concepts"], self.known, "concept")
        self._all_in(row["concepts"].values(), [said.value for said in Assertion], "assertion")
        self._all_in([word for words in row.get("modifiers", {}).values() for word in words], MODIFIERS, "modifier")
        self._all_in(row.get("signals", ()), SIGNALS, "signal")
        for key in ("modifiers", "spans"):
            for concept in set(row.get(key, {})) - set(row["concepts"]):
                self._say("stray-label", f"{key} of '{concept}', which is not among the concepts", f'"{concept}"')
        if "text" in row:
            self._all_in([row["level"]], [level.value for level in Urgency], "level")
            for concept, words in row.get("spans", {}).items():
                if not words or words not in row["text"]:
                    self._say("no-such-words", f"the span of '{concept}' is not in the text: {words!r}", words)

    def _all_in(self, words: Iterable[str], known: Iterable[str], what: str) -> None:
        allowed = set(known)
        for word in words:
            if word not in allowed:
                near = did_you_mean(word, sorted(allowed))
                self._say(f"unknown-{what}", f"'{word}' is no {what}", f'"{word}"', near)

    def _made(self) -> Message:
        row, text = self.row, self.row.get("text", "")
        turn = None if "text" in row else Turn(row["source"], row["where"], row["n"], row["sha"])
        return Message(
            text=text,
            days=row.get("days"),
            concepts={concept: Assertion(said) for concept, said in row["concepts"].items()},
            modifiers=_each(row.get("modifiers"), tuple),
            spans=_each(row.get("spans"), tuple if turn else lambda words: _place(text, words)),
            level=Urgency(row["level"]) if "level" in row else None,
            tags=tuple(row.get("tags", ())),
            signals=tuple(row.get("signals", ())),
            split=self.splits.of(self.path.name, row.get("where", "")),
            path=str(self.path),
            line=self.number,
            turn=turn,
        )


def _each(labels: dict[str, Any] | None, made: Callable[[Any], Any]) -> dict[str, Any] | None:
    return None if labels is None else {concept: made(label) for concept, label in labels.items()}


def _place(text: str, words: str) -> Span:
    start = text.index(words)
    return start, start + len(words)


def _twice(messages: Iterable[Message]) -> Iterator[Problem]:
    seen: dict[object, Message] = {}
    for message in messages:
        if message.split == "again":
            continue
        key = message.text or (message.turn and message.turn.sha, message.turn and message.turn.n)
        if first := seen.get(key):
            told = f"the same message as {Path(first.path).name}:{first.line}"
            yield Problem("twice", told, message.path, message.line, help="keep one of them")
        seen[key] = message
