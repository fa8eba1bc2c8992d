"""What must hold among the rules of a rulebook: ids, findings, citations, and how urgent a cited line is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError

from lemtrada_triage.decide.conditions import Condition, Fact, strata
from lemtrada_triage.decide.rulebook import SOURCES, Source
from lemtrada_triage.files.yamlfile import Path_, YamlFile, did_you_mean
from lemtrada_triage.model import Problem, Urgency

_LEVELS = frozenset(level.value for level in Urgency)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as it stands in its file: checked as far as it can be, even when other parts of it are wrong."""

    file: YamlFile
    at: Path_
    raw: Mapping[str, object]
    condition: Condition
    pack: str = ""

    @property
    def id(self) -> str:
        return str(self.raw.get("id"))

    @property
    def level(self) -> Urgency | None:
        level = self.raw.get("level")
        return Urgency(level) if isinstance(level, str) and level in _LEVELS else None

    @property
    def establishes(self) -> str | None:
        finding = self.raw.get("establishes")
        return finding if isinstance(finding, str) else None

    @property
    def place(self) -> str:
        return f"{self.file.path}:{self.file.place((*self.at, 'id'))[0]}"

    def problem(self, code: str, message: str, key: Path_, help: str | None = None) -> Problem:
        """A problem drawn under the value of one of the rule's keys."""
        return self.file.problem(code, message, (*self.at, *key), help)

    def wrong(self, code: str, message: str, key: Path_, help: str | None = None) -> None:
        """Adds a problem to the rule's file."""
        self.file.problems.append(self.problem(code, message, key, help))


def check_unique(file: YamlFile, key: str) -> None:
    """Each entry of a registry has its id to itself."""
    entries, seen = file.value.get(key), set()
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = str(entry.get("id")) if isinstance(entry, dict) else ""
        if name in seen:
            at: Path_ = (key, index, "id")
            file.problems.append(file.problem("duplicate-id", f"the id '{name}' is given twice", at))
        seen.add(name)


def check_ids(drafts: Iterable[Draft]) -> None:
    """No two rules of one pack have the same id."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.id, draft)
        if other is not draft and "id" in draft.raw:
            help = f"the other one is at {other.place}"
            draft.wrong("duplicate-id", f"two rules are called '{draft.id}'", ("id",), help)


def check_findings(drafts: list[Draft]) -> None:
    """No rule rests, by findings, on itself."""
    by_id = {draft.id: draft for draft in drafts}
    if len(by_id) < len(drafts):  # rules of one name cannot be told apart; that is reported already
        return
    try:
        strata(drafts)
    except CycleError as error:
        circle = error.args[1]
        help = "take the finding out of one of these rules"
        what = f"these rules rest on each other: {' -> '.join(reversed(circle))}"
        by_id[circle[-1]].wrong("finding-cycle", what, ("when",), help)


def check_citations(drafts: Iterable[Draft], registry: Mapping[str, Source]) -> None:
    """What a rule cites is registered."""
    for draft in drafts:
        cites = draft.raw.get("cite")
        for index, cite in enumerate(cites if isinstance(cites, list) else ()):
            if isinstance(cite, dict):
                _check_citation(draft, cite, ("cite", index), registry)


def _check_citation(draft: Draft, cite: Mapping[str, object], at: Path_, registry: Mapping[str, Source]) -> None:
    name, place = cite.get("source"), cite.get("at")
    if not isinstance(name, str):
        return
    source = registry.get(name)
    if source is None:
        help = did_you_mean(name, registry) or f"register it in {SOURCES}"
        draft.wrong("unknown-source", f"no source is called '{name}'", (*at, "source"), help)
    elif source.lines is not None and isinstance(place, str) and place not in source.lines:
        help = f"register its fingerprint in {SOURCES}, or cite another line"
        draft.wrong("unknown-line", f"'{place}' is not a registered line of '{name}'", (*at, "at"), help)


def check_urgency(drafts: list[Draft], registry: Mapping[str, Source]) -> None:
    """A rule that is less urgent than a line that it cites says why, and names that line."""
    for draft in drafts:
        level = _level(draft, drafts)
        cites = draft.raw.get("cite")
        for index, cite in enumerate(cites if isinstance(cites, list) and level else ()):
            source = registry.get(str(cite.get("source"))) if isinstance(cite, dict) else None
            place = str(cite.get("at")) if source else ""
            asked = source.levels.get(place) if source else None
            if asked is None or level is None or level >= asked or _speaks_of(place, draft.raw.get("interpretation")):
                continue
            what = f"this rule leads to {level.value}, but {place} asks for {asked.value}"
            help = f"raise the level, or say in 'interpretation' why line {place[1:]} is read so"
            draft.wrong("less-urgent-than-line", what, ("cite", index, "at"), help)


def _level(draft: Draft, drafts: list[Draft]) -> Urgency | None:
    """The level that a rule leads to: its own, or that of the rules that rest on its finding alone."""
    if draft.establishes is None:
        return draft.level
    finding = Fact(f"finding:{draft.establishes}")
    return max((other.level for other in drafts if other.level and other.condition == finding), default=None)


def _speaks_of(place: str, interpretation: object) -> bool:
    return isinstance(interpretation, str) and re.search(rf"\b{place.removeprefix('L')}\b", interpretation) is not None
