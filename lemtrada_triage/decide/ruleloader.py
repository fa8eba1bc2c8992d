"""Reads the files of a rulebook, and reports every mistake in them at once, each with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from lemtrada_triage.decide.conditions import All, Days
from lemtrada_triage.decide.rulebook import (
    CASES,
    DAYS,
    FOLLOW_UP,
    LEVELS,
    PROPERTIES,
    QUESTIONS,
    SOURCES,
    Medicine,
    NotUnderstood,
    Pack,
    Peak,
    Question,
    Rule,
    Rulebook,
    Source,
    Wordings,
)
from lemtrada_triage.decide.rulechecks import (
    Draft,
    check_citations,
    check_findings,
    check_ids,
    check_unique,
    check_urgency,
)
from lemtrada_triage.decide.rulefiles import (
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
from lemtrada_triage.files.locate import SHIPPED, data_folder
from lemtrada_triage.files.yamlfile import Path_, YamlFile, shown, yaml_files
from lemtrada_triage.history.schedule import Schedule
from lemtrada_triage.history.schedulefile import FollowUpFile, schedule_of, unknown_flags
from lemtrada_triage.model import Citation, Problem, RulebookError, Urgency

M = TypeVar("M", bound=BaseModel)
Raw = tuple[YamlFile, Path_, Mapping[str, object]]
_LINES_HELP = "write a line as L96, several as L7 to L81"


def load_rulebook(roots: Sequence[Path], concepts: frozenset[str] | None) -> Rulebook:
    """The rulebook in some folders, the later ones on top of the earlier (see ``Rulebook.load``)."""
    return RulebookReader(roots, concepts).rulebook()


class Layer:
    """One folder of a rulebook: its files, parsed as far as they can be."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = SHIPPED if _is_shipped(root) else root.resolve().name
        found = yaml_files(root) if root.is_dir() else ()
        self.paths = [path for path in found if not path.name.endswith(CASES) and path != root / PROPERTIES]
        self.files = {path: YamlFile(path, shown(path)) for path in self.paths}
        registries = {root / name for name in (SOURCES, LEVELS, QUESTIONS, FOLLOW_UP)}
        self.rule_files = [file for path, file in self.files.items() if path not in registries]
        self.raw = [entry for file in self.rule_files for entry in _raw_rules(file)]
        self.entries = [entry for file in self.rule_files for entry in _entries(file)]
        self.sources = self._registry(SOURCES, SourcesFile)
        self.levels = self._registry(LEVELS, LevelsFile)
        self.questions = self._registry(QUESTIONS, QuestionsFile)
        self.follow_up = self._registry(FOLLOW_UP, FollowUpFile)
        self._registry_ids()

    def _registry(self, name: str, model: type[M]) -> M | None:
        file = self.files.get(self.root / name)
        return file.validated(model) if file else None

    def _registry_ids(self) -> None:
        """Each source, level and question has its id to itself."""
        registries = ((SOURCES, "sources"), (LEVELS, "levels"), (QUESTIONS, "questions"), (FOLLOW_UP, "follow_up"))
        for name, key in registries:
            file = self.files.get(self.root / name)
            if file and isinstance(file.value, dict):
                check_unique(file, key)

    @property
    def pack(self) -> Pack:
        """What a result says of this folder."""
        version = self.sources.version if self.sources else "unversioned"
        return Pack(self.name, version, _digest(self.paths), self.root)


class RulebookReader:
    """Reads every file before it complains, so that one run shows all mistakes.

    ``drafts`` are the rules as far as they could be read, those of later folders in the place of earlier ones of the
    same id; ``registry`` the sources; ``problems`` all mistakes in file order, of which ``rulebook`` raises.
    """

    def __init__(self, roots: Sequence[Path], concepts: frozenset[str] | None) -> None:
        self.roots = roots
        self.concepts = concepts
        self.layers = [Layer(root) for root in roots]
        self.medicine = _medicine(self.layers)
        replaced = {str(raw.get("id")): number for number, layer in enumerate(self.layers) for _, _, raw in layer.raw}
        self._top = replaced
        kept = [raw for number, layer in enumerate(self.layers) for _, _, raw in layer.raw if self._kept(raw, number)]
        self.findings = frozenset(str(raw["establishes"]) for raw in kept if raw.get("establishes"))
        every = [self._drafts(layer) for layer in self.layers]
        self.drafts = [
            draft for number, drafts in enumerate(every) for draft in drafts if self._kept(draft.raw, number)
        ]
        self.registry = {name: source for layer in self.layers for name, source in self._sources(layer).items()}
        self.questions = {question.id: question for layer in self.layers for question in self._questions(layer)}
        for drafts in every:
            check_ids(drafts)
        check_findings(self.drafts)
        if all(layer.sources or layer.root / SOURCES not in layer.files for layer in self.layers) and self.registry:
            check_citations(self.drafts, self.registry)
            check_citations(self._due(), self.registry)
            check_urgency(self.drafts, self.registry)
        for layer in self.layers:
            _check_levels(layer)
            self._check_flags(layer)
        self.problems = list(self._problems())

    def rulebook(self) -> Rulebook:
        """The rulebook. Raises RulebookError with all problems, if there are any."""
        if self.problems:
            raise RulebookError(self.problems)
        levels = [layer.levels for layer in self.layers if layer.levels][-1]
        return Rulebook(
            rules=self._in_order(),
            questions=tuple(self.questions.values()),
            wordings=self._wordings(),
            sources=self.registry,
            levels={level.id: level.advice for level in levels.levels},
            labels={level.id: level.label for level in levels.levels},
            not_understood=NotUnderstood(**dict(levels.not_understood)),
            disclaimer=levels.disclaimer,
            medicine=self.medicine,
            packs=tuple(layer.pack for layer in self.layers),
            schedule=self._schedule(),
        )

    def _due(self) -> Iterator[Draft]:
        """What is due and the usual courses, with their citations."""
        for layer in self.layers:
            file = layer.files.get(layer.root / FOLLOW_UP)
            value = file.value if file and isinstance(file.value, dict) else {}
            for key in ("courses", "follow_up"):
                entries = value.get(key)
                for index, raw in enumerate(entries if isinstance(entries, list) else ()):
                    if file and isinstance(raw, dict):
                        yield Draft(file, (key, index), raw, BROKEN, layer.name)

    def _check_flags(self, layer: Layer) -> None:
        file = layer.files.get(layer.root / FOLLOW_UP)
        if file and layer.follow_up:
            file.problems += unknown_flags(file, layer.follow_up, self.medicine.flags)

    def _schedule(self) -> Schedule:
        found = [layer.follow_up for layer in self.layers if layer.follow_up]
        return schedule_of(found, lambda entry: _citation(entry, self.registry[entry.source]))

    def _in_order(self) -> tuple[Rule, ...]:
        """All rules; one that replaces another stands in its place."""
        drafts = iter(self.drafts)
        made: dict[str, Rule] = {}
        for number, layer in enumerate(self.layers):
            for entry in layer.entries:
                if self._top[entry.id] == number:
                    made[entry.id] = _rule(entry, next(drafts), self.registry)
                else:
                    made.setdefault(entry.id, _PLACE)
        return tuple(made.values())

    def _kept(self, raw: Mapping[str, object], number: int) -> bool:
        """Whether a rule of a layer is not replaced by one of a later layer."""
        return self._top[str(raw.get("id"))] == number or "id" not in raw

    def _drafts(self, layer: Layer) -> list[Draft]:
        return [self._draft(layer, *raw) for raw in layer.raw]

    def _draft(self, layer: Layer, file: YamlFile, at: Path_, raw: Mapping[str, object]) -> Draft:
        # A missing 'when' is reported with the other missing keys.
        condition = self._reader(file).read(raw["when"], (*at, "when")) if "when" in raw else BROKEN
        return Draft(file, at, raw, condition, layer.name)

    def _reader(self, file: YamlFile) -> ConditionReader:
        return ConditionReader(file, self.concepts, self.findings, self.medicine.flags)

    def _sources(self, layer: Layer) -> dict[str, Source]:
        entries = layer.sources.sources if layer.sources else ()
        file = layer.files.get(layer.root / SOURCES)
        return {entry.id: _source(file, index, entry) for index, entry in enumerate(entries) if file}

    def _questions(self, layer: Layer) -> Iterator[Question]:
        file = layer.files.get(layer.root / QUESTIONS)
        if file and layer.questions:
            yield from (self._question(file, index, entry) for index, entry in enumerate(layer.questions.questions))

    def _wordings(self) -> Wordings:
        """Those of the topmost folder that has some."""
        said = [layer.questions.wordings for layer in self.layers if layer.questions and layer.questions.wordings]
        return Wordings(**dict(said[-1])) if said else Wordings()

    def _question(self, file: YamlFile, index: int, entry: QuestionEntry) -> Question:
        reader, at = self._reader(file), ("questions", index)
        about = frozenset(reader.fact(leaf, (*at, "about", number)) for number, leaf in enumerate(entry.about))
        adds = frozenset(reader.fact(leaf, (*at, "adds", number)) for number, leaf in enumerate(entry.adds))
        if entry.id == DAYS:
            what = f"'{DAYS}' is the id of the question for the days"
            file.problems.append(file.problem("taken-id", what, (*at, "id"), "give this question another one"))
        return Question(entry.id, about, entry.ask, adds)

    def _problems(self) -> Iterator[Problem]:
        absent = [layer.root for layer in self.layers if not layer.root.is_dir()]
        if absent:
            yield from (Problem("missing-folder", f"there is no folder {root}", shown(root)) for root in absent)
            return
        missing = list(self._missing())
        yield from missing
        found = [file.problems for layer in self.layers for file in layer.files.values()]
        for problems in found:
            yield from sorted(problems, key=lambda problem: (problem.line, problem.column))
        if not self.drafts and not any(found):
            yield Problem("no-rules", "there is no rule in this folder", shown(self.roots[-1]))

    def _missing(self) -> Iterator[Problem]:
        """A rulebook has sources and levels; a folder on top of another may do without its own."""
        for name in (SOURCES, LEVELS):
            if not any(layer.root / name in layer.files for layer in self.layers):
                folder = shown(self.roots[-1])
                help = f"on top of the shipped rules it is not needed: --rules {SHIPPED},{folder}; or add it"
                yield Problem("missing-file", f"there is no {name}", f"{folder}/{name}", help=help)


# Stands where a rule was that a later folder replaces, until that one is met.
_PLACE = Rule("", "", None, None, BROKEN)


def _medicine(layers: Iterable[Layer]) -> Medicine:
    """What the topmost folder that says it says; rules that do not are about the medicine of the shipped ones."""
    said = [layer.levels.medicine for layer in layers if layer.levels and layer.levels.medicine]
    entry = said[-1] if said else _shipped_medicine()
    return Medicine(**dict(entry)) if entry else Medicine()


@cache
def _shipped_medicine() -> MedicineEntry | None:
    levels = YamlFile(data_folder("rules") / LEVELS).validated(LevelsFile)
    return levels.medicine if levels else None


def _is_shipped(root: Path) -> bool:
    return root.is_dir() and root.resolve() == data_folder("rules").resolve()


def _source(file: YamlFile, index: int, entry: SourceEntry) -> Source:
    return Source(**dict(entry) | {"levels": _line_levels(file, index, entry)})


def _line_levels(file: YamlFile, index: int, entry: SourceEntry) -> dict[str, Urgency]:
    """The urgency that each line of a source asks for; a line is registered, and listed once."""
    lines, levels = {line: place for place, line in enumerate(entry.lines or ())}, dict[str, Urgency]()
    for level, places in entry.levels.items():
        for number, place in enumerate(places):
            at = ("sources", index, "levels", level.value, number)
            first, _, last = place.partition(" to ")
            if first not in lines or (last or first) not in lines:
                help = f"{_LINES_HELP}, and register each of them under 'lines'"
                file.problems.append(file.problem("unknown-line", f"'{place}' is not a registered line", at, help))
                continue
            asked = list(lines)[lines[first] : lines[last or first] + 1]
            if again := [line for line in asked if line in levels]:
                what = f"{', '.join(again[:9])} asks for {levels[again[0]].value} already"
                file.problems.append(file.problem("listed-twice", what, at, "a line asks for one urgency"))
            levels |= dict.fromkeys(asked, level)
    return levels


def _check_levels(layer: Layer) -> None:
    if layer.levels is None:
        return
    given = {level.id for level in layer.levels.levels}
    if absent := [level.value for level in Urgency if level not in given]:
        file = layer.files[layer.root / LEVELS]
        file.problems.append(file.problem("missing-level", f"no words for {', '.join(absent)}", ("levels",)))


def _raw_rules(file: YamlFile) -> Iterator[Raw]:
    found = file.value.get("rules") if isinstance(file.value, dict) else None
    for index, raw in enumerate(found if isinstance(found, list) else ()):
        if isinstance(raw, dict):
            yield file, ("rules", index), raw


def _entries(file: YamlFile) -> tuple[RuleEntry, ...]:
    parsed = file.validated(RulesFile)
    return parsed.rules if parsed else ()


def _rule(entry: RuleEntry, draft: Draft, registry: Mapping[str, Source]) -> Rule:
    window = Days(entry.window.first, entry.window.last) if entry.window else None
    peak = Peak(Days(entry.peak.first, entry.peak.last), entry.peak.because) if entry.peak else None
    return Rule(
        id=entry.id,
        title=entry.title,
        level=entry.level,
        establishes=entry.establishes,
        condition=All((window, draft.condition)) if window else draft.condition,
        because=entry.because,
        limits=entry.limits,
        citations=tuple(_citation(cite, registry[cite.source]) for cite in entry.cite),
        window=window,
        peak=peak,
        interpretation=entry.interpretation,
        status=entry.status,
        pack=draft.pack,
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
