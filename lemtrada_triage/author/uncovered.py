"""Which lines of a source no rule covers, from the registry of sources alone; a copy, if given, lends their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lemtrada_triage.author.uses import citing
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.decide.rulebook import Rule, Source
from lemtrada_triage.decide.sources import fingerprint, verify
from lemtrada_triage.model import InputError, Urgency


@dataclass(frozen=True, slots=True)
class Line:
    """One registered line: what it asks for, the rules that cite it, and its words if a copy was given.

    ``changed``: the copy has other words there than the registry remembers.
    """

    place: str
    asks: Urgency | None
    rules: tuple[Rule, ...]
    words: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Covered:
    """A source line by line; ``places`` are those cited of a source whose lines are not registered."""

    source: Source
    lines: tuple[Line, ...]
    places: Mapping[str, list[Rule]]

    @property
    def missed(self) -> list[Line]:
        """The lines that ask for something beyond the routine and that no rule cites."""
        return [line for line in self.lines if line.asks and line.asks > Urgency.ROUTINE and not line.rules]

    @property
    def silent(self) -> list[list[Line]]:
        """The other lines that no rule cites, in runs of neighbours."""
        runs = groupby(self.lines, key=lambda line: not line.rules and line not in self.missed)
        return [list(lines) for uncited, lines in runs if uncited]


def covered(bench: Workbench, copies: Iterable[str] = ()) -> list[Covered]:
    """Every source, line by line; ``copies`` name a text for a source (``id=file``).

    Raises InputError as ``sources.verify`` does.
    """
    words = dict(_words(bench, copy) for copy in copies)
    return [_covered(bench, source, words.get(source.id, {})) for source in bench.rulebook.sources.values()]


def _covered(bench: Workbench, source: Source, words: Mapping[str, str]) -> Covered:
    cited = citing(bench, source.id)
    return Covered(source, tuple(_lines(source, cited, words)), {} if source.lines else cited)


def _lines(source: Source, cited: Mapping[str, list[Rule]], words: Mapping[str, str]) -> Iterator[Line]:
    for place, mark in (source.lines or {}).items():
        text = words.get(place, "")
        rules = tuple(dict.fromkeys(rule for rule in cited.get(place, ())))
        yield Line(place, source.levels.get(place), rules, text, bool(words) and fingerprint(text) != mark)


def _words(bench: Workbench, copy: str) -> tuple[str, dict[str, str]]:
    """The lines of a copy by place; their words stay on the author's machine."""
    name = verify(bench.rulebook.sources, copy).source
    try:
        text = Path(copy.partition("=")[2]).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:  # the check above has read it already
        raise InputError(f"{copy} is not UTF-8 text") from error
    return name, {f"L{number}": line for number, line in enumerate(text.split("\n"), start=1)}
