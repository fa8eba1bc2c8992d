"""Values of one form of log in another: as the text of a cell, as JSON, under names that each stand once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lemtrada_triage.batch.lines import encoded, json_text

OTHERS = "other_fields"
"""The column for what JSON objects hold beside the columns of the first of them."""


class Flat:
    """Makes rows of cells of the entries of a log of these ``names``; objects may hold more than those."""

    def __init__(self, names: Sequence[str], added: Sequence[str], objects: bool) -> None:
        self._names, self._objects = list(names), objects
        self.names = unique([*names, OTHERS] if objects else names, added)

    def cells(self, values: Sequence[Any] | Mapping[str, Any]) -> list[str | None]:
        """The text of each cell, in the order of ``names``."""
        if not isinstance(values, Mapping):
            return [*map(as_text, values)]
        others = {name: value for name, value in values.items() if name not in self._names}
        return [*[as_text(values.get(name)) for name in self._names], json_text(others) if others else None]


def unique(names: Sequence[str], added: Sequence[str]) -> list[str]:
    """The names, each once: a second one of a name gets a number, as does a column without any."""
    taken = {*names, *added}
    given: list[str] = []
    for place, name in enumerate(names, start=1):
        number, tried = 2, name or f"column_{place}"
        while tried in given or (tried != name and tried in taken):
            number, tried = number + 1, f"{name or f'column_{place}'}_{number}"
        given.append(tried)
    return given


def as_text(value: object) -> str | None:
    """A value as the text of a cell; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (bool, list, dict)) else str(value)


def as_json(value: Any) -> Any:
    """A value that JSON can write."""
    if isinstance(value, float) and value != value:
        return None
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return json.loads(json.dumps(value, default=str)) if isinstance(value, (list, dict)) else as_text(value)


def sound(text: str) -> str:
    """The same, with half of a surrogate pair, which JSON allows and UTF-8 does not, as an escape."""
    try:
        encoded(text)
    except UnicodeEncodeError:
        return "".join(one if _writable(one) else f"\\u{ord(one):04x}" for one in text)
    return text


def _writable(letter: str) -> bool:
    return not "\ud800" <= letter <= "\udfff" or "\udc80" <= letter <= "\udcff"
