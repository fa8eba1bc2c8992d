"""Words without quotes that other YAML programs read as true or false: "no" as a term, say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import lru_cache

import yaml

from lemtrada_triage.author.notes import warned
from lemtrada_triage.files.yamlfile import Loader, YamlFile, spot
from lemtrada_triage.model import Problem

_TRUTHS = frozenset({"yes", "no", "on", "off"})
# Where true or false is meant, either way of writing it will do.
_MEANT = frozenset({"understood", "known_gap", "body", "bare", "needs_both", "needs_name"})


def bare_truths(file: YamlFile) -> Iterator[Problem]:
    """One warning for a file that has such words as text; it names the first of them and counts the others."""
    places = _places(file.text) if file.value is not None else ()
    if places:
        word, line, column = places[0]
        more = f" ({len(places) - 1} more such words here)" if len(places) > 1 else ""
        message = f"other YAML programs read {word} without quotes as true or false{more}"
        source = file.text.split("\n")[line - 1] if line <= file.text.count("\n") + 1 else None
        help = "put it in quotes"
        yield warned(Problem("bare-truth", message, file.path, line, column, help, source, len(word)))


@lru_cache(maxsize=512)  # ``watch`` asks again for every file of which one has changed
def _places(text: str) -> tuple[tuple[str, int, int], ...]:
    """Each such word with its line and column, as far as a text can be read."""
    found, key = [], ""
    with contextlib.suppress(yaml.YAMLError):  # what follows the first document may be broken, and that is told
        for event in yaml.parse(text, Loader=Loader):
            if not isinstance(event, yaml.ScalarEvent):
                continue
            if event.value.lower() in _TRUTHS and not event.style and key not in _MEANT:
                found.append((event.value, *spot(event)))
            key = event.value
    return tuple(found)
