"""Reads the files of a rulebook, and reports every mistake in them at once, each with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from lemtrada_triage.conditions import All, Condition, Days, Fact, strata
from lemtrada_triage.locate import data_folder
from lemtrada_triage.model import Citation, Problem, RulebookError, Urgency
from lemtrada_triage.rulebook import (
    CASES,
    LEVELS,
    QUESTIONS,
    SOURCES,
    Medicine,
    NotUnderstood,
    Peak,
    Question,
    Rule,
    Rulebook,
    Source,
)
from lemtrada_triage.rulefiles import (
    BROKEN,
    CiteEntry,
    ConditionReader,
    LevelsFile,
    MedicineEntry,
    QuestionEntry,
    QuestionsFile,
    RuleEntry,
    RulesFile,
    SourceEntry,
    SourcesFile,
)
from lemtrada_triage.yamlfile import Path_, YamlFile, did_you_mean, yaml_files

M = TypeVar("M", bound=BaseModel)
_LEVELS = frozenset(level.value for level in Urgency)
_LINES_HELP = "write a line as L96, several as L7 to L81"


def load_rulebook(root: Path, concepts: frozenset[str] | None) -> Rulebook:
    """The rulebook in a folder (see ``Rulebook.load``)."""
    return _Loader(root, concepts).load()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A rule as it stands in its file: checked as far as it can be, even when other parts of it are wrong."""

    file: YamlFile
    at: Path_
    raw: Mapping[str, object]
    condition: Condition

    @property
    def id(self) -> str:
        return str(self.raw.get("id"))

    @property
    def level(self) -> Urgency | None:
        level = self.raw.get("level")
        return Urgency(level) if level in _LEVELS else None

    @property
    def establishes(self) -> str | None:
        finding = self.raw.get("establishes")
        return finding if isinstance(finding, str) else None

    @property
    def place(self) -> str:
        return f"{self.file.path}:{self.file.place((*self.at, 'id'))[0]}"

    def wrong(self, code: str, message: str, key: Path_, help: str | None = None) -> None:
        self.file.problems.append(self.file.problem(code, message, (*self.at, *key), help))


class _Loader:
    """Reads every file before it complains, so that one run shows all mistakes."""

    def __init__(self, root: Path, concepts: frozenset[str] | None) -> None:
        self.root = root
        self.concepts = concepts
        self.paths = [path for path in yaml_files(root) if not path.name.endswith(CASES)] if root.is_dir() else []
        self.files = {path: YamlFile(path, _shown(path)) for path in self.paths}
        registries = {root / name for name in (SOURCES, LEVELS, QUESTIONS)}
        self.rule_files = [file for path, file in self.files.items() if path not in registries]
        self.missing: list[Problem] = []

    def load(self) -> Rulebook:
        raw = [entry for file in self.rule_files for entry in _raw_rules(file)]
        entries = [entry for file in self.rule_files for entry in _entries(file)]
        self.findings = frozenset(str(rule["establishes"]) for _, _, rule in raw if rule.get("establishes"))
        sources, levels = self._registry(SOURCES, SourcesFile), self._registry(LEVELS, LevelsFile)
        self.medicine = _medicine(levels)
        drafts = [self._draft(file, at, rule) for file, at, rule in raw]
        questions = self._questions()
        registry = (
            {entry.id: self._source(index, entry) for index, entry in enumerate(sources.sources)} if sources else {}
        )
        _check_ids(drafts)
        _check_findings(drafts)
        if sources:
            _check_citations(drafts, registry)
            _check_urgency(drafts, registry)
        if levels:
            self._check_levels(levels)
        self._check_registries()
        self._raise_problems(drafts)
        assert sources is not None and levels is not None, "their absence is a problem"
        return Rulebook(
            rules=tuple(_rule(entry, draft.condition, registry) for entry, draft in zip(entries, drafts, strict=True)),
            questions=questions,
            sources=registry,
            levels={level.id: level.advice for level in levels.levels},
            labels={level.id: level.label for level in levels.levels},
            not_understood=NotUnderstood(**dict(levels.not_understood)),
            disclaimer=levels.disclaimer,
            medicine=self.medicine,
            version=sources.version,
            hash=_digest(self.paths),
            folder=self.root,
        )

    def _draft(self, file: YamlFile, at: Path_, raw: Mapping[str, object]) -> _Draft:
        # A missing 'when' is reported with the other missing keys.
        condition = self._reader(file).read(raw["when"], (*at, "when")) if "when" in raw else BROKEN
        return _Draft(file, at, raw, condition)

    def _reader(self, file: YamlFile) -> ConditionReader:
        return ConditionReader(file, self.concepts, self.findings, self.medicine.flags)

    def _registry(self, name: str, model: type[M]) -> M | None:
        file = self.files.get(self.root / name)
        if file is None:
            help = f"a rulebook has a file {name}, beside the files with its rules"
            self.missing.append(Problem("missing-file", f"there is no {name}", _shown(self.root / name), help=help))
            return None
        return file.validated(model)

    def _source(self, index: int, entry: SourceEntry) -> Source:
        return Source(**dict(entry) | {"levels": self._line_levels(index, entry)})

    def _line_levels(self, index: int, entry: SourceEntry) -> dict[str, Urgency]:
        """The urgency that each line of a source asks for; a line is registered, and listed once."""
        file, lines, levels = self.files[self.root / SOURCES], list(entry.lines or ()), dict[str, Urgency]()
        for level, places in entry.levels.items():
            for number, place in enumerate(places):
                at = ("sources", index, "levels", level.value, number)
                first, _, last = place.partition(" to ")
                if first not in lines or (last or first) not in lines:
                    help = f"{_LINES_HELP}, and register each of them under 'lines'"
                    file.problems.append(file.problem("unknown-line", f"'{place}' is not a registered line", at, help))
                    continue
                asked = lines[lines.index(first) : lines.index(last or first) + 1]
                if again := [line for line in asked if line in levels]:
                    what = f"{', '.join(again)} asks for {levels[again[0]].value} already"
                    file.problems.append(file.problem("listed-twice", what, at, "a line asks for one urgency"))
                levels |= dict.fromkeys(asked, level)
        return levels

    def _questions(self) -> tuple[Question, ...]:
        file = self.files.get(self.root / QUESTIONS)
        asked = file.validated(QuestionsFile) if file else None
        if file is None or asked is None:
            return ()
        return tuple(self._question(file, index, entry) for index, entry in enumerate(asked.questions))

    def _question(self, file: YamlFile, index: int, entry: QuestionEntry) -> Question:
        reader, at = self._reader(file), ("questions", index)
        for number, concept in enumerate(entry.about):
            reader.concept(concept, (*at, "about", number))
        adds = frozenset(reader.fact(leaf, (*at, "adds", number)) for number, leaf in enumerate(entry.adds))
        return Question(entry.id, frozenset(entry.about), entry.ask, adds)

    def _check_levels(self, levels: LevelsFile) -> None:
        file = self.files[self.root / LEVELS]
        given = {level.id for level in levels.levels}
        if absent := [level.value for level in Urgency if level not in given]:
            what = f"no words for {', '.join(absent)}"
            file.problems.append(file.problem("missing-level", what, ("levels",)))

    def _check_registries(self) -> None:
        """Each source, level and question has its id to itself."""
        for name, key in ((SOURCES, "sources"), (LEVELS, "levels"), (QUESTIONS, "questions")):
            file = self.files.get(self.root / name)
            if file and isinstance(file.value, dict):
                _check_unique(file, key)

    def _raise_problems(self, drafts: list[_Draft]) -> None:
        problems = list(self.missing)
        for file in self.files.values():
            problems += sorted(file.problems, key=lambda problem: (problem.line, problem.column))
        if not self.root.is_dir():
            problems = [Problem("missing-folder", f"there is no folder {self.root}", _shown(self.root))]
        elif not drafts and problems == self.missing:
            problems.append(Problem("no-rules", "there is no rule in this folder", _shown(self.root)))
        if problems:
            raise RulebookError(problems)


def _medicine(levels: LevelsFile | None) -> Medicine:
    """What the rules are about; a folder that does not say it is about the medicine of the shipped rules."""
    entry = levels.medicine if levels and levels.medicine else _shipped_medicine()
    return Medicine(**dict(entry)) if entry else Medicine()


@cache
def _shipped_medicine() -> MedicineEntry | None:
    levels = YamlFile(data_folder("rules") / LEVELS).validated(LevelsFile)
    return levels.medicine if levels else None


def _shown(path: Path) -> str:
    here, absolute = Path.cwd(), path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def _raw_rules(file: YamlFile) -> Iterator[tuple[YamlFile, Path_, Mapping[str, object]]]:
    found = file.value.get("rules") if isinstance(file.value, dict) else None
    for index, raw in enumerate(found if isinstance(found, list) else ()):
        if isinstance(raw, dict):
            yield file, ("rules", index), raw


def _entries(file: YamlFile) -> tuple[RuleEntry, ...]:
    parsed = file.validated(RulesFile)
    return parsed.rules if parsed else ()


def _check_unique(file: YamlFile, key: str) -> None:
    entries, seen = file.value.get(key), set()
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = str(entry.get("id")) if isinstance(entry, dict) else ""
        if name in seen:
            at: Path_ = (key, index, "id")
            file.problems.append(file.problem("duplicate-id", f"the id '{name}' is given twice", at))
        seen.add(name)


def _check_ids(drafts: list[_Draft]) -> None:
    first: dict[str, _Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.id, draft)
        if other is not draft and "id" in draft.raw:
            help = f"the other one is at {other.place}"
            draft.wrong("duplicate-id", f"two rules are called '{draft.id}'", ("id",), help)


def _check_findings(drafts: list[_Draft]) -> None:
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


def _check_citations(drafts: list[_Draft], registry: Mapping[str, Source]) -> None:
    for draft in drafts:
        cites = draft.raw.get("cite")
        for index, cite in enumerate(cites if isinstance(cites, list) else ()):
            if isinstance(cite, dict):
                _check_citation(draft, cite, ("cite", index), registry)


def _check_citation(draft: _Draft, cite: Mapping[str, object], at: Path_, registry: Mapping[str, Source]) -> None:
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


def _check_urgency(drafts: list[_Draft], registry: Mapping[str, Source]) -> None:
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


def _level(draft: _Draft, drafts: list[_Draft]) -> Urgency | None:
    """The level that a rule leads to: its own, or that of the rules that rest on its finding alone."""
    if draft.establishes is None:
        return draft.level
    finding = Fact(f"finding:{draft.establishes}")
    return max((other.level for other in drafts if other.level and other.condition == finding), default=None)


def _speaks_of(place: str, interpretation: object) -> bool:
    return isinstance(interpretation, str) and re.search(rf"\b{place.removeprefix('L')}\b", interpretation) is not None


def _rule(entry: RuleEntry, condition: Condition, registry: Mapping[str, Source]) -> Rule:
    window = Days(entry.window.first, entry.window.last) if entry.window else None
    peak = Peak(Days(entry.peak.first, entry.peak.last), entry.peak.because) if entry.peak else None
    return Rule(
        id=entry.id,
        title=entry.title,
        level=entry.level,
        establishes=entry.establishes,
        condition=All((window, condition)) if window else condition,
        because=entry.because,
        limits=entry.limits,
        citations=tuple(_citation(cite, registry[cite.source]) for cite in entry.cite),
        window=window,
        peak=peak,
        interpretation=entry.interpretation,
        status=entry.status,
    )


def _citation(cite: CiteEntry, source: Source) -> Citation:
    edition = cite.edition or source.edition
    return Citation(
        source=source.id,
        title=source.title,
        at=cite.at,
        edition=edition,
        url=source.url,
        read_at=source.read_at,
        via=source.via,
    )


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))  # a checkout on Windows is the same rulebook
    return digest.hexdigest()[:8]
