"""Says in an author's words what the parsers of YAML and of models complain about in theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

Told = tuple[str, str, int, int, str | None]  # code, message, line, column, help

# What the parser says, what that means, and what to do.
_YAML = (
    ("mapping values are not allowed", "a second ':' stands in this line", "put the text in quotes"),
    ("did not find expected key", "this does not fit the lines above it", "indent it like its neighbours, or close a "
     "quotation mark or bracket above it"),
    ("expected '-'", "this line belongs to no entry of the list above it", "indent it like its neighbours"),
    ("did not find expected ',' or ']'", "a list in '[...]' is not closed before this", "add a ',' or the ']'"),
    ("did not find expected ',' or '}'", "keys in '{...}' are not closed before this", "add a ',' or the '}'"),
    ("expected ':'", "a ':' is missing after a key", "write 'key: value'"),
    ("unexpected end of stream", "a quotation mark is opened here and never closed", "add the other one"),
    ("unexpected document indicator", "a quotation mark is not closed before this", "add the other one"),
    ("unknown escape character", "a '\\' stands in double quotes", "use single quotes"),
    ("hexadecimal", "a '\\' stands in double quotes", "use single quotes"),
    ("block sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    ("block mapping", "a key cannot stand here", "begin a new line"),
    ("<document start>", "this stands behind the end of the file's content", "indent it like the lines above it"),
    ("cannot start any token", "text cannot begin with this character", "put the text in quotes"),
    ("alias", "text cannot begin with this character", "put the text in quotes"),
    ("anchor", "text cannot begin with this character", "put the text in quotes"),
    ("tag", "text cannot begin with '!'", "put the text in quotes"),
    ("exceeded", "this is nested too deep", "split it into several entries"),
    ("expected the node content", "a value is missing or in the wrong place", "check the brackets and commas here"),
)  # fmt: skip
_HELP = "check indentation, quotes and brackets here"

_MODELS = {
    "string_type": "text is needed here",
    "tuple_type": "a list is needed here",
    "list_type": "a list is needed here",
    "dict_type": "keys with values ('key: value') are needed here",
    "mapping_type": "keys with values ('key: value') are needed here",
    "model_type": "keys with values ('key: value') are needed here",
    "model_attributes_type": "keys with values ('key: value') are needed here",
    "int_type": "a whole number is needed here",
    "int_parsing": "a whole number is needed here",
    "int_from_float": "a whole number is needed here",
    "float_type": "a number is needed here",
    "float_parsing": "a number is needed here",
    "bool_type": "true or false is needed here",
    "bool_parsing": "true or false is needed here",
    "too_short": "this list is empty",
}

_STAR = re.compile("alias|anchor")
_STRANGE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def told(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> Told:
    """What is wrong with a file that is no YAML, where, and what to do."""
    problem = f"{error.problem}; {error.context}" if _STAR.search(error.context or "") else error.problem or ""
    opened = "unexpected end of stream" in problem  # said of the end, but it is the beginning that must be seen
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    before = lines[line - 1][: column + 1] if line <= len(lines) else ""
    if "\t" in before or "tab character" in problem:
        return "tab", "a tab stands here", line, before.find("\t") + 1 or column, "indent with spaces"
    for words, meaning, help in _YAML:
        if words in problem:
            return "yaml", meaning, line, column, help
    return "yaml", "this cannot be read", line, column, _HELP


def strange_character(text: str) -> Told:
    """The first character of a text that no text should hold."""
    found = _STRANGE.search(text)
    start = found.start() if found else 0
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    code = f"U+{ord(text[start]):04X}" if found else "unknown"
    return "strange-character", f"a character stands here that is no text ({code})", line, column, "remove it"


def in_plain_words(detail: Any) -> str:
    """What is wrong with a value, from a detail of pydantic's ValidationError."""
    kind, limits = detail["type"], detail.get("ctx", {})
    if kind in _MODELS:
        return _MODELS[kind]
    if kind.startswith("date"):
        return "a date such as 2026-01-31 is needed here"
    if kind == "greater_than_equal":
        return f"this must be at least {limits['ge']}"
    if kind == "less_than_equal":
        return f"this must be at most {limits['le']}"
    message: str = detail["msg"]
    return message.removeprefix("Value error, ")


def shortened(value: object, most: int = 60) -> str:
    """A value for a message, which stays one line long."""
    text = " ".join(str(value).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."
