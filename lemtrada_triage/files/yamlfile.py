"""Reads a YAML file into plain values that remember their place, so that every mistake has a line and column.

PyYAML's own constructor drops places and keeps the last of two equal keys in silence; this one does neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from lemtrada_triage.files.plainwords import in_plain_words, shortened, strange_character, told
from lemtrada_triage.model import Problem

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


# A file beyond these is refused: nobody writes such by hand, and reading it could take all memory.
LARGEST_FILE = 8_000_000
DEEPEST = 60
_MOST_PROBLEMS = 100
_LONG_CHOICE = 200  # characters


class _Refused(Exception):
    """The rest of a file is not read; the reason is among its problems."""


class YamlFile:
    """One parsed file: ``value`` (plain Python), ``problems`` found on the way, and ``place`` of any key path.

    The value is built from the parser's events; places are worked out (by reading again) only when one is asked for.
    A file that is too large or too deeply nested is refused, and an alias is never followed: memory stays bounded.
    """

    def __init__(self, path: Path, shown: str | None = None) -> None:
        self.path = shown or str(path)
        self.problems: list[Problem] = []
        self.text = ""
        self.value: Any = None
        self._places: _Places | None = None
        self._lines: list[str] | None = None
        self._read(path)

    def _read(self, path: Path) -> None:
        try:
            self.text = self._decoded(path)
            self.value = self._document(yaml.parse(self.text, Loader=Loader))
            self._no_tags()
        except _Refused:
            self.value = None
        except yaml.MarkedYAMLError as error:
            self._add(*told(error, self._all_lines()))
        except yaml.YAMLError:
            self._add(*strange_character(self.text))
        except OSError as error:
            self._add("unreadable", f"the file cannot be read: {error.strerror or error}", 1, 1, None)

    def _decoded(self, path: Path) -> str:
        if path.stat().st_size > LARGEST_FILE:
            self._refuse("too-large", f"the file is larger than {LARGEST_FILE:,} bytes", 1, 1, "split it")
        raw = path.read_bytes()
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self.text = raw.decode("utf-8", errors="replace")
            before = raw[: error.start].decode("utf-8")
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            self._refuse("not-utf8", "this is not UTF-8 text", line, column, "save the file as UTF-8")

    def _document(self, events: Iterator[yaml.Event]) -> Any:
        value, seen = None, False
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                value, seen = self._plain(event, events, 0), True
            elif seen and isinstance(event, yaml.DocumentStartEvent):
                what = "a second document begins here, which would not be read"
                self._add("second-document", what, *spot(event), "remove the '---', or make two files", 3)
                break
        return value

    def _plain(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if depth > DEEPEST:
            what = f"this is nested more than {DEEPEST} levels deep"
            self._refuse("too-deep", what, *spot(event), "split it into several entries")
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            for item in events:
                if isinstance(item, yaml.ScalarEvent):  # the long lists of words are most of every file
                    items.append(_scalar(item))
                elif isinstance(item, yaml.SequenceEndEvent):
                    return items
                else:
                    items.append(self._plain(item, events, depth + 1))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth)
        if not any(problem.code == "alias" for problem in self.problems):  # there may be thousands
            what = "this repeats another part of the file ('*'), which is not read here"
            self._add("alias", what, *spot(event), "write the value out", _width(event))
        return None

    def _mapping(self, events: Iterator[yaml.Event], depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in events:
            if type(event) is yaml.MappingEndEvent:
                break
            if type(event) is not yaml.ScalarEvent:
                self._add("bad-key", "a key must be one word", *spot(event), None)
                self._plain(event, events, depth + 1)
                self._plain(next(events), events, depth + 1)
                continue
            key, value = str(event.value), self._plain(next(events), events, depth + 1)
            if key in result:
                self._add("duplicate-key", f"'{key}' is given twice", *spot(event), "remove one", len(key))
            else:
                result[key] = value
        return result

    def _no_tags(self) -> None:
        """Reports what has a tag ("!name"): it would be read as if it had none."""
        if not _MAY_BE_TAG.search(self.text):
            return
        for event in yaml.parse(self.text, Loader=Loader):
            if (tag := getattr(event, "tag", None)) is not None:
                shown = tag.replace("tag:yaml.org,2002:", "!!")
                self._add("tag", f"'{shown}' means nothing here", *spot(event), "put text with a '!' in quotes")

    def place(self, at: Path_, key: bool = False) -> tuple[int, int, int]:
        """(line, column, width) of the value, or with ``key`` of the key, at a path, else of its nearest parent."""
        if self._places is None:
            self._places = _Places(self.text)
        return self._places.find(at, key)

    def problem(self, code: str, message: str, at: Path_ = (), help: str | None = None, key: bool = False) -> Problem:
        """A problem drawn under the value (or key) at a path."""
        line, column, width = self.place(at, key)
        return self._problem(code, message, line, column, help, width)

    def _problem(self, code: str, message: str, line: int, column: int, help: str | None, width: int = 1) -> Problem:
        lines = self._all_lines()
        source = lines[line - 1] if 0 < line <= len(lines) else None
        return Problem(code, message, self.path, line, column, help, source, width)

    def _add(self, code: str, message: str, line: int, column: int, help: str | None, width: int = 1) -> None:
        self.problems.append(self._problem(code, message, line, column, help, width))
        if len(self.problems) >= _MOST_PROBLEMS:
            raise _Refused

    def _refuse(self, code: str, message: str, line: int, column: int, help: str | None) -> NoReturn:
        self.problems.append(self._problem(code, message, line, column, help))
        raise _Refused

    def _all_lines(self) -> list[str]:
        if self._lines is None:
            self._lines = _LINE_ENDS.split(self.text)
        return self._lines

    def validated(self, model: type[M]) -> M | None:
        """The file as ``model``; None, with ``problems`` filled, when it does not fit."""
        if self.problems and self.value is None:
            return None
        fitted = self.fit(model, {} if self.value is None else self.value, ())
        self.problems.sort(key=lambda problem: (problem.line, problem.column))
        return None if self.problems else fitted

    def fit(self, model: type[M], value: Any, at: Path_) -> M | None:
        """The value at a path as ``model``; None, with a problem added for each mistake, when it does not fit."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            found = [self._explain(model, detail, at) for detail in error.errors()[:_MOST_PROBLEMS]]
            self.problems += _once(found)
            return None

    def _explain(self, model: type[BaseModel], detail: Any, within: Path_) -> Problem:
        at = within + tuple(part for part in detail["loc"] if self._known(part))
        kind, given = detail["type"], detail["input"]
        if kind == "extra_forbidden":
            word = str(detail["loc"][-1])
            hint = _suggest(word, _model_at(model, detail["loc"][:-1]))
            return self.problem("unknown-key", f"'{word}' is not a key here", at, hint, key=True)
        if kind == "missing":
            return self.problem("missing-key", f"'{detail['loc'][-1]}' is missing", at[:-1], "add it")
        if kind in {"enum", "literal_error"}:
            choices = detail["ctx"]["expected"]
            known = f"none of {choices}" if len(choices) < _LONG_CHOICE else "no word that can stand here"
            return self.problem("bad-value", f"'{shortened(given)}' is {known}", at, _nearest(given, choices))
        help = "put it in quotes" if kind == "string_type" and isinstance(given, (int, float)) else None
        return self.problem("bad-value", in_plain_words(detail), at, help)

    @staticmethod
    def _known(part: object) -> bool:
        return isinstance(part, (str, int)) and part != "[key]"


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Of a value that may be of two kinds, each kind complains: the first is enough."""
    seen = set()
    for problem in problems:
        place = (problem.line, problem.column, problem.code)
        if problem.code != "bad-value" or place not in seen:
            yield problem
        seen.add(place)


def yaml_files(folder: Path, suffix: str = ".yaml") -> Iterator[Path]:
    """The YAML files below a folder in a stable order (hidden ones left out)."""
    return (path for path in sorted(folder.rglob(f"*{suffix}")) if not path.name.startswith("."))


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read: its path, and the place or key that comes next."""

    at: Path_
    mapping: bool
    index: int = 0
    key: str | None = None


class _Places:
    """Where each value and key of a YAML text stands, as (line, column, width)."""

    def __init__(self, text: str) -> None:
        self._values: dict[Path_, tuple[int, int, int]] = {}
        self._keys: dict[Path_, tuple[int, int, int]] = {}
        with suppress(yaml.YAMLError):  # what was read until then is known
            self._read(yaml.parse(text, Loader=Loader))

    def _read(self, events: Iterator[yaml.Event]) -> None:
        stack: list[_Open] = []
        for event in events:
            if isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
            elif isinstance(event, yaml.NodeEvent):
                at = self._note(event, stack[-1] if stack else None)
                if isinstance(event, yaml.CollectionStartEvent):
                    stack.append(_Open(at, isinstance(event, yaml.MappingStartEvent)))
            elif isinstance(event, yaml.DocumentEndEvent):
                return
            if len(stack) > DEEPEST + 2:
                return

    def _note(self, event: yaml.Event, inside: _Open | None) -> Path_:
        """Remembers where a value or key stands; gives its path."""
        place = (*spot(event), _width(event))
        if inside is None:
            at: Path_ = ()
        elif not inside.mapping:
            at, inside.index = (*inside.at, inside.index), inside.index + 1
        elif inside.key is None:
            inside.key = str(getattr(event, "value", "?"))
            at = (*inside.at, inside.key)
            self._keys.setdefault(at, place)
            return (*at, "?")
        else:
            at, inside.key = (*inside.at, inside.key), None
        self._values.setdefault(at, place)
        return at

    def find(self, at: Path_, key: bool) -> tuple[int, int, int]:
        """(line, column, width) at a path, or at its nearest parent that exists."""
        for length in range(len(at), -1, -1):
            table = self._keys if key and at[:length] in self._keys else self._values
            if place := table.get(at[:length]):
                return place
        return 1, 1, 1


# The first letters of nulls, truth values and numbers ("" for an empty value).
_MAY_BE_MORE = frozenset(["", *"~nNtTfF+-0123456789"])
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# As in YAML 1.2: a bare yes, no, on or off is a word, which matters in lists of words.
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_LONGEST_NUMBER = 18
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # those of the parser; splitlines() knows more
_MAY_BE_TAG = re.compile(r"(?:^|[\s\[{,:-])!", re.MULTILINE)
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", re.IGNORECASE)


def _scalar(event: yaml.ScalarEvent) -> Any:
    """A quoted scalar is text; a plain one may be null, a truth value or a number."""
    text: str = event.value
    if text[:1] not in _MAY_BE_MORE or not event.implicit[0] or event.style:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if (text[0].isdigit() or text[0] in "+-") and _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("+-").isdigit() and len(text) < _LONGEST_NUMBER else float(text)
    return text


def spot(node: yaml.Event) -> tuple[int, int]:
    """The line and column in which an event begins."""
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _width(event: yaml.Event) -> int:
    first, last = event.start_mark, event.end_mark
    if first is None or last is None or first.line != last.line:
        return 1
    return max(last.column - first.column, 1) if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)) else 1


def shown(path: Path) -> str:
    """A path that opens from where the author stands."""
    here, absolute = Path.cwd(), path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word most like a mistaken one, as a question; None when nothing is near."""
    best = process.extractOne(word, sorted(known), score_cutoff=70)
    return f"did you mean '{best[0]}'?" if best else None


def _suggest(word: str, model: type[BaseModel]) -> str:
    keys = [field.alias or name for name, field in model.model_fields.items()]
    return did_you_mean(word, keys) or f"the keys are {', '.join(keys)}"


def _nearest(given: object, choices: str) -> str | None:
    return did_you_mean(str(given), re.findall(r"'([^']*)'", choices))


def _model_at(model: type[BaseModel], path: Path_) -> type[BaseModel]:
    """The model of the values at a path; numbers and free keys on the way belong to the model above them."""
    for part in path:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            model = next(_models(fields[str(part)].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
