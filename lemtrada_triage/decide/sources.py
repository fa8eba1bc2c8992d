"""Checks that the lines which rules cite still read as they did, without shipping anybody's text.

The registry (``rules/sources.yaml``) keeps a fingerprint of each line; a copy of the source is compared with
them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from lemtrada_triage.decide.rulebook import Source
from lemtrada_triage.files.yamlfile import did_you_mean
from lemtrada_triage.model import InputError, Urgency
from lemtrada_triage.show.explain import links


class State(StrEnum):
    """What a copy of the source says at a line of the registry."""

    OK = "ok"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class LineCheck:
    """One line of the registry, compared; ``moved_to`` names where its words stand now, if elsewhere."""

    place: str
    state: State
    moved_to: str = ""

    def __str__(self) -> str:
        moved = f" (its words now stand at {self.moved_to})" if self.moved_to else ""
        return f"{self.place}: {self.state.value}{moved}"


@dataclass(frozen=True, slots=True)
class Report:
    """A source compared with a copy, line by line in the order of the registry."""

    source: str
    checks: tuple[LineCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether every registered line reads as it did."""
        return all(check.state is State.OK for check in self.checks)

    def __str__(self) -> str:
        good = sum(check.state is State.OK for check in self.checks)
        return "\n".join([f"{self.source}: {good} of {len(self.checks)} registered lines ok", *self._lines()])

    def _lines(self) -> Iterator[str]:
        """Runs of lines that are ok in one line of text, every other line by itself."""
        for state, group in groupby(self.checks, key=lambda check: check.state):
            run = list(group)
            if state is State.OK:
                places = run[0].place if len(run) == 1 else f"{run[0].place} to {run[-1].place}"
                yield f"  {places}: ok"
            else:
                yield from (f"  {check}" for check in run)


def source_lines(source: Source) -> list[str]:
    """A registered source for a reader: id, title, publisher, edition, what was read and where, and its lines."""
    asked = [f"asks for {level.value}: {_runs(source, level)}" for level in sorted(set(source.levels.values()))]
    return [
        source.id,
        source.title,
        f"{source.publisher}; edition: {source.edition}",
        f"read: {source.read}",
        *links(source),
        *([f"{len(source.lines)} registered lines"] if source.lines else []),
        *reversed(asked),
    ]


def _runs(source: Source, level: Urgency) -> str:
    """The lines of a source that ask for a level, with those that follow each other as "L7 to L81"."""
    groups = groupby(source.lines or (), key=lambda place: source.levels.get(place) is level)
    runs = [list(places) for asked, places in groups if asked]
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def fingerprint(line: str) -> str:
    """16 hex digits that stay the same when only white space or Unicode composition changes."""
    plain = " ".join(unicodedata.normalize("NFC", line).split())
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def fingerprints(path: Path) -> dict[str, str]:
    """The fingerprint of each line of a UTF-8 text file, by place (``L1`` is the first).

    Raises InputError when the file is not UTF-8, OSError when it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})") from error
    if not lines[-1]:
        lines.pop()
    return {f"L{number}": fingerprint(line) for number, line in enumerate(lines, start=1)}


def verify(registry: Mapping[str, Source], copy: str) -> Report:
    """The registered lines of a source compared with a copy, both named by ``id=file``.

    Raises InputError when the source is not registered, has no fingerprints, or the copy is not UTF-8 text.
    """
    name, equals, file = copy.partition("=")
    if not (name and equals and file):
        raise InputError(f"'{copy}' does not name a source and its copy, such as goodrx-lemtrada=page.txt")
    source = registry.get(name)
    if source is None:
        raise InputError(f"no source is called '{name}'; {did_you_mean(name, registry) or _listed(registry)}")
    if not source.lines:
        raise InputError(f"'{name}' has no fingerprints to compare: no 'lines' in the registry of sources")
    return Report(name, tuple(_checks(source.lines, fingerprints(Path(file)))))


def _listed(names: Iterable[str]) -> str:
    return f"there are: {', '.join(names)}"


def _checks(registered: Mapping[str, str], found: Mapping[str, str]) -> Iterator[LineCheck]:
    places = {mark: place for place, mark in reversed(list(found.items()))}
    for place, wanted in registered.items():
        if found.get(place) == wanted:
            yield LineCheck(place, State.OK)
        else:
            state = State.CHANGED if place in found else State.MISSING
            yield LineCheck(place, state, places.get(wanted, ""))
