"""All that a rule author owns, each thing with its place: rules, words, sources, questions and cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lemtrada_triage.author.cases import Case, parsed_cases
from lemtrada_triage.author.listed import Listed
from lemtrada_triage.decide.rulebook import (
    CASES,
    FOLLOW_UP,
    LEVELS,
    PROPERTIES,
    QUESTIONS,
    SOURCES,
    Folders,
    Rule,
    Rulebook,
    rule_folders,
)
from lemtrada_triage.files.locate import data_folder, of_words
from lemtrada_triage.files.yamlfile import YamlFile, shown, yaml_files
from lemtrada_triage.lexicon.kept import load_vocabulary
from lemtrada_triage.lexicon.vocabulary import ConceptEntry, Vocabulary

_SLOTS = ("slots", "states", "abilities", "failures")


@dataclass(frozen=True, slots=True)
class Written:
    """Something with an id, as it stands in its file."""

    id: str
    raw: Mapping[str, Any]
    file: Path
    line: int

    @property
    def place(self) -> str:
        """File and line, as they open from where the author stands."""
        return f"{shown(self.file)}:{self.line}"


@dataclass(frozen=True, slots=True)
class CaseAt:
    """One case of a rule author, and where it stands: file and line, as they open from where the author stands."""

    case: Case
    place: str


class Workbench:
    """A rulebook and a vocabulary (the shipped ones by default) with all that their files say beside them.

    ``rules`` as for ``Rulebook.load``: of several folders, each lies on top of those before it. Raises RulebookError or
    VocabularyError with every mistake in the files.
    """

    def __init__(self, rules: Folders | None = None, vocab: Path | str | None = None) -> None:
        self.folders = rule_folders(rules)
        self.vocab_folder = Path(vocab) if vocab is not None else data_folder("vocab")
        self.vocabulary = load_vocabulary() if vocab is None else Vocabulary.load(vocab)
        self.rulebook = Rulebook.load(self.folders, self.vocabulary.concepts)

    @cached_property
    def rules(self) -> Mapping[str, Written]:
        """Each rule as written, in the order in which they stand; one that replaces another, in its place."""
        return _by_id((path for folder in self.folders for path in _of_rules(folder)), "rules")

    @cached_property
    def sources(self) -> Mapping[str, Written]:
        """Each source as registered."""
        return _by_id(self._registries(SOURCES), "sources")

    @cached_property
    def questions(self) -> Mapping[str, Written]:
        """Each question as written."""
        return _by_id(self._registries(QUESTIONS), "questions")

    def _registries(self, name: str) -> Iterator[Path]:
        return (folder / name for folder in self.folders if (folder / name).exists())

    @cached_property
    def concepts(self) -> Mapping[str, Written]:
        """Each concept as written, in file order."""
        paths = (path for path in yaml_files(self.vocab_folder) if of_words(path, self.vocab_folder))
        return _by_id(paths, "concepts")

    @cached_property
    def slots(self) -> Mapping[str, Written]:
        """Each slot and each word class, which is a slot too, as written."""
        paths = [path for path in yaml_files(self.vocab_folder) if of_words(path, self.vocab_folder)]
        return {found.id: found for path in paths for found in _slots(path)}

    @cached_property
    def entries(self) -> Mapping[str, ConceptEntry]:
        """Each concept with its words, groups spelled out."""
        return {entry.id: entry for entry in self.vocabulary.entries}

    @cached_property
    def listed(self) -> Listed:
        """Where the vocabulary lists words."""
        return Listed(self.vocab_folder, self.vocabulary)

    def lineage(self, concept: str) -> tuple[str, ...]:
        """What a concept is, itself first; nothing for one that is not known."""
        found = self.vocabulary.concepts.get(concept)
        return found.lineage if found else ()

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules as they decide."""
        return {rule.id: rule for rule in self.rulebook.rules}

    @cached_property
    def cases(self) -> tuple[CaseAt, ...]:
        """All cases beside the rules. Raises RulebookError with every mistake in them."""
        paths = [path for folder in self.folders for path in yaml_files(folder, CASES)]
        return tuple(
            CaseAt(case, f"{file.path}:{file.place(('tests', index, 'name'))[0]}")
            for file, cases in parsed_cases(self, paths)
            for index, case in enumerate(cases.tests)
        )

    def cases_of(self, rule: str) -> tuple[list[CaseAt], list[CaseAt]]:
        """The cases in which a rule has to fire, and those in which it has to be silent."""
        fires = [found for found in self.cases if rule in found.case.expect.fired]
        return fires, [found for found in self.cases if rule in found.case.expect.not_fired]

    def topics(self) -> dict[str, list[Written]]:
        """The rules by the name of their file, in order; of a folder on top, with the folder's name before it."""
        return _grouped(self.rules.values(), self.folders)

    def chapters(self) -> dict[str, list[Written]]:
        """The concepts by the name of their file, in order."""
        return _grouped(self.concepts.values(), [self.vocab_folder])


def _grouped(written: Iterable[Written], roots: Sequence[Path]) -> dict[str, list[Written]]:
    found: dict[str, list[Written]] = {}
    for one in written:
        root = max((root for root in roots if one.file.is_relative_to(root)), key=lambda root: len(root.parts))
        pack = "" if root == roots[0] else f"{root.resolve().name}-"
        name = one.file.relative_to(root).with_suffix("").as_posix().replace("/", "-")
        found.setdefault(f"{pack}{name}", []).append(one)
    return found


def _of_rules(folder: Path) -> Iterator[Path]:
    registries = {folder / name for name in (SOURCES, LEVELS, QUESTIONS, PROPERTIES, FOLLOW_UP)}
    return (path for path in yaml_files(folder) if not path.name.endswith(CASES) and path not in registries)


def _by_id(paths: Iterable[Path], key: str) -> dict[str, Written]:
    return {found.id: found for path in paths for found in _written(path, key)}


def _slots(path: Path) -> Iterator[Written]:
    file = YamlFile(path)
    for key in _SLOTS if isinstance(file.value, dict) else ():
        for name, entry in (file.value.get(key) or {}).items():
            yield Written(name, entry, path, file.place((key, name), key=True)[0])


def _written(path: Path, key: str) -> Iterator[Written]:
    """The entries of a list in a file that has been checked."""
    file = YamlFile(path)
    entries = file.value.get(key) if isinstance(file.value, dict) else None
    for index, entry in enumerate(entries or ()):
        yield Written(entry["id"], entry, path, file.place((key, index, "id"))[0])
