"""What is wrong with labelled messages: first the form of each line, then their labels and levels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.files.plainwords import in_plain_words
from lemtrada_triage.files.yamlfile import YamlFile, shown
from lemtrada_triage.model import Problem, SourceError
from lemtrada_triage.training.check import check_levels
from lemtrada_triage.training.messages import Message, SplitsEntry, load_messages
from lemtrada_triage.triage import Triage

_SPLITS = "splits.yaml"


class _Line(BaseModel):
    """The types of a line's values; which of them must be there, and their words, are checked with the labels."""

    model_config = ConfigDict(extra="allow", strict=True)

    text: str | None = None
    days: int | None = None
    concepts: dict[str, str] | None = None
    modifiers: dict[str, list[str]] | None = None
    spans: dict[str, Any] | None = None
    level: str | None = None
    tags: list[str] | None = None
    signals: list[str] | None = None
    source: str | None = None
    where: str | None = None
    n: int | None = None
    sha: str | None = None


def lint_messages(folder: Path, concepts: frozenset[str], triage: Triage | None) -> Iterator[Problem]:
    """The problems of the messages in a folder; levels are compared where there are rules to decide by."""
    splits = YamlFile(folder / _SPLITS, shown(folder / _SPLITS)) if (folder / _SPLITS).is_file() else None
    if splits and splits.validated(SplitsEntry) and not isinstance(splits.value, dict):
        help = "add 'files: {...}', or remove it"
        splits.problems.append(splits.problem("bad-value", "this file is empty", (), help))
    malformed = [*(splits.problems if splits else ()), *_malformed(folder)]
    yield from malformed
    if malformed:
        return
    try:
        messages: list[Message] = load_messages(folder, concepts)
    except SourceError as error:
        yield from map(_from_here, error.problems)
        return
    if triage is not None:
        yield from map(_from_here, check_levels(triage, messages))


def _from_here(problem: Problem) -> Problem:
    problem.path = shown(Path(problem.path))
    return problem


def _malformed(folder: Path) -> Iterator[Problem]:
    for path in sorted(folder.glob("*.jsonl")):
        raw = path.read_bytes()
        try:
            lines = raw.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8")
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            yield Problem("not-utf8", "this is not UTF-8 text", shown(path), line, column, "save the file as UTF-8")
            continue
        for number, line_text in enumerate(lines, 1):
            if line_text.strip():
                yield from _line_problems(shown(path), number, line_text)


def _line_problems(path: str, number: int, text: str) -> Iterator[Problem]:
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        help = "a line is one object in braces, its texts in double quotes"
        yield Problem("not-json", "this line is no JSON from here on", path, number, error.colno, help, text)
        return
    except (ValueError, RecursionError):
        yield Problem("too-deep", "this line is nested too deep", path, number)
        return
    if not isinstance(row, dict):
        yield Problem("not-json", "a line is one object in braces", path, number, 1, None, text, len(text))
        return
    yield from _wrong_values(path, number, text, row)
    try:
        _Line.model_validate(row)
    except ValidationError as error:
        for detail in error.errors()[:20]:
            word = json.dumps(str(detail["loc"][0]))
            column = max(text.find(word), 0) + 1
            yield Problem("bad-value", in_plain_words(detail), path, number, column, None, text, len(word))


# These may be left out, but when they are there they are no null.
_NO_NULLS = ("text", "concepts", "modifiers", "spans", "level", "tags", "signals", "source", "where", "n", "sha")


def _wrong_values(path: str, number: int, text: str, row: dict[str, Any]) -> Iterator[Problem]:
    for key in _NO_NULLS:
        if key in row and row[key] is None:
            column = max(text.find(f'"{key}"'), 0) + 1
            yield Problem(
                "bad-value", f"'{key}' has no value", path, number, column, "leave it out", text, len(key) + 2
            )
    days = row.get("days")
    if type(days) is int and not 0 <= days <= LAST_DAY:
        column = max(text.find('"days"'), 0) + 1
        yield Problem("bad-days", f"{days} is not a day, 0 to {LAST_DAY}", path, number, column, None, text, 6)
    for concept, words in (row.get("spans") or {}).items() if isinstance(row.get("spans"), dict) else ():
        fits = isinstance(words, str) if "text" in row else _is_span(words)
        if not fits:
            what = "the words of the text" if "text" in row else "two offsets"
            column = max(text.find(f'"{concept}"'), 0) + 1
            yield Problem("bad-value", f"the span of '{concept}' must be {what}", path, number, column, None, text)


def _is_span(words: object) -> bool:
    return isinstance(words, list) and len(words) == 2 and all(type(place) is int for place in words)
