"""Reads a YAML file into plain values that remember their place, so that every mistake has a line and column.

PyYAML's own constructor drops places and keeps the last of two equal keys in silence; this one does neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from lemtrada_triage.model import Problem

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class YamlFile:
    """One parsed file: ``value`` (plain Python), ``problems`` found on the way, and ``place`` of any key path.

    The value is built from the parser's events; places are worked out (by reading again) only when one is asked for.
    """

    def __init__(self, path: Path, shown: str | None = None) -> None:
        self.path = shown or str(path)
        self.problems: list[Problem] = []
        self.text = ""
        self.value: Any = None
        self._places: _Places | None = None
        self._read(path)

    def _read(self, path: Path) -> None:
        try:
            self.text = path.read_text(encoding="utf-8")
            self.value = self._document(yaml.parse(self.text, Loader=Loader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            what = error.problem or "the file cannot be parsed"
            self._add("yaml", f"not valid YAML: {what}", line, column, "check indentation, quotes and brackets here")
        except yaml.YAMLError as error:
            self._add("yaml", f"not valid YAML: {error}", 1, 1, None)
        except (OSError, UnicodeDecodeError) as error:
            self._add("unreadable", f"the file cannot be read: {error}", 1, 1, "save it as UTF-8 text")

    def _document(self, events: Iterator[yaml.Event]) -> Any:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                return self._plain(event, events)
        return None

    def _plain(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            for item in events:
                if isinstance(item, yaml.ScalarEvent):  # the long lists of words are most of every file
                    items.append(_scalar(item))
                elif isinstance(item, yaml.SequenceEndEvent):
                    return items
                else:
                    items.append(self._plain(item, events))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events)
        self._add("alias", "anchors and aliases are not used here", *_spot(event), "write the value out")
        return None

    def _mapping(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in events:
            if type(event) is yaml.MappingEndEvent:
                break
            if type(event) is not yaml.ScalarEvent:
                self._add("bad-key", "a key must be one word", *_spot(event), None)
                self._plain(event, events)
                self._plain(next(events), events)
                continue
            key, value = str(event.value), self._plain(next(events), events)
            if key in result:
                self._add("duplicate-key", f"'{key}' is given twice", *_spot(event), "remove one", len(key))
            else:
                result[key] = value
        return result

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
        lines = self.text.splitlines()
        source = lines[line - 1] if 0 < line <= len(lines) else None
        return Problem(code, message, self.path, line, column, help, source, width)

    def _add(self, code: str, message: str, line: int, column: int, help: str | None, width: int = 1) -> None:
        self.problems.append(self._problem(code, message, line, column, help, width))

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
            self.problems += [self._explain(model, detail, at) for detail in error.errors()]
            return None

    def _explain(self, model: type[BaseModel], detail: Any, within: Path_) -> Problem:
        at = within + tuple(part for part in detail["loc"] if self._known(part))
        kind, given = detail["type"], detail["input"]
        if kind == "extra_forbidden":
            word = str(detail["loc"][-1])
            hint = _suggest(word, _model_at(model, detail["loc"][:-1]))
            return self.problem("unknown-key", f"'{word}' is not a key here", at, hint, key=True)
        if kind == "missing":
            parent = at[:-1]
            return self.problem("missing-key", f"'{detail['loc'][-1]}' is missing", parent, "add it")
        if kind in {"enum", "literal_error"}:
            choices = detail["ctx"]["expected"]
            return self.problem("bad-value", f"'{given}' is none of {choices}", at, _nearest(given, choices))
        help = "put it in quotes" if kind == "string_type" and isinstance(given, (int, float)) else None
        return self.problem("bad-value", detail["msg"].removeprefix("Value error, "), at, help)

    @staticmethod
    def _known(part: object) -> bool:
        return isinstance(part, (str, int)) and part != "[key]"


def yaml_files(folder: Path, suffix: str = ".yaml") -> Iterator[Path]:
    """The YAML files below a folder in a stable order (hidden ones left out)."""
    return (path for path in sorted(folder.rglob(f"*{suffix}")) if not path.name.startswith("."))


class _Places:
    """Where each value and key of a YAML text stands."""

    def __init__(self, text: str) -> None:
        self._values: dict[Path_, yaml.Node] = {}
        self._keys: dict[Path_, yaml.Node] = {}
        try:
            node = yaml.compose(text, Loader=Loader)
        except yaml.YAMLError:
            return
        if node is not None:
            self._walk(node, ())

    def _walk(self, node: yaml.Node, at: Path_) -> None:
        self._values[at] = node
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._keys.setdefault((*at, str(key.value)), key)
                if (*at, str(key.value)) not in self._values:
                    self._walk(value, (*at, str(key.value)))
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._walk(item, (*at, index))

    def find(self, at: Path_, key: bool) -> tuple[int, int, int]:
        """(line, column, width) at a path, or at its nearest parent that exists."""
        for length in range(len(at), -1, -1):
            table = self._keys if key and at[:length] in self._keys else self._values
            if node := table.get(at[:length]):
                return (*_spot(node), _width(node))
        return 1, 1, 1


# The first letters of nulls, truth values and numbers ("" for an empty value).
_MAY_BE_MORE = frozenset(["", *"~nNtTfF+-0123456789"])
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# As in YAML 1.2: a bare yes, no, on or off is a word, which matters in lists of words.
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
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
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    return text


def _spot(node: yaml.Node | yaml.Event) -> tuple[int, int]:
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _width(node: yaml.Node) -> int:
    one_line = isinstance(node, yaml.ScalarNode) and node.start_mark.line == node.end_mark.line
    return node.end_mark.column - node.start_mark.column if one_line else 1


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
