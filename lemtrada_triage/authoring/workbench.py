"""All that a rule author owns, each thing with its place: rules, words, sources, questions and cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lemtrada_triage.authoring.cases import Case, CaseFile
from lemtrada_triage.kept import load_vocabulary
from lemtrada_triage.locate import data_folder, of_words
from lemtrada_triage.model import RulebookError
from lemtrada_triage.rulebook import CASES, LEVELS, QUESTIONS, SOURCES, Rule, Rulebook
from lemtrada_triage.vocabulary import ConceptEntry, Vocabulary
from lemtrada_triage.yamlfile import YamlFile, yaml_files

_ID = re.compile(r"(?:^|[\s{,-])id:\s*[\"']?([\w-]+)")


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
    """One case of a rule author and where it stands."""

    case: Case
    file: Path
    line: int

    @property
    def place(self) -> str:
        """File and line, as they open from where the author stands."""
        return f"{shown(self.file)}:{self.line}"


class Workbench:
    """A rulebook and a vocabulary (the shipped ones by default) with all that their files say beside them.

    Raises RulebookError or VocabularyError with every mistake in the files.
    """

    def __init__(self, rules: Path | str | None = None, vocab: Path | str | None = None) -> None:
        self.rules_folder = Path(rules) if rules is not None else data_folder("rules")
        self.vocab_folder = Path(vocab) if vocab is not None else data_folder("vocab")
        self.vocabulary = load_vocabulary() if vocab is None else Vocabulary.load(vocab)
        self.rulebook = Rulebook.load(self.rules_folder, self.vocabulary.concepts)

    @cached_property
    def rules(self) -> Mapping[str, Written]:
        """Each rule as written, in file order."""
        registries = {self.rules_folder / name for name in (SOURCES, LEVELS, QUESTIONS)}
        return _by_id((path for path in _decisions(self.rules_folder) if path not in registries), "rules")

    @cached_property
    def sources(self) -> Mapping[str, Written]:
        """Each source as registered."""
        return _by_id([self.rules_folder / SOURCES], "sources")

    @cached_property
    def questions(self) -> Mapping[str, Written]:
        """Each question as written."""
        return _by_id((path for path in [self.rules_folder / QUESTIONS] if path.exists()), "questions")

    @cached_property
    def concepts(self) -> Mapping[str, Written]:
        """Each concept as written, in file order."""
        paths = (path for path in yaml_files(self.vocab_folder) if of_words(path, self.vocab_folder))
        return _by_id(paths, "concepts")

    @cached_property
    def entries(self) -> Mapping[str, ConceptEntry]:
        """Each concept with its words, groups spelled out."""
        return {entry.id: entry for entry in self.vocabulary.entries}

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules as they decide."""
        return {rule.id: rule for rule in self.rulebook.rules}

    @cached_property
    def cases(self) -> tuple[CaseAt, ...]:
        """All cases beside the rules. Raises RulebookError for a file that cannot be read."""
        return tuple(found for path in yaml_files(self.rules_folder, CASES) for found in _cases(path))

    def cases_of(self, rule: str) -> tuple[list[CaseAt], list[CaseAt]]:
        """The cases in which a rule has to fire, and those in which it has to be silent."""
        fires = [found for found in self.cases if rule in found.case.expect.fired]
        return fires, [found for found in self.cases if rule in found.case.expect.not_fired]

    def topics(self) -> dict[str, list[Written]]:
        """The rules by the name of their file, in order."""
        return _grouped(self.rules.values(), self.rules_folder)

    def chapters(self) -> dict[str, list[Written]]:
        """The concepts by the name of their file, in order."""
        return _grouped(self.concepts.values(), self.vocab_folder)


def shown(path: Path) -> str:
    """A path as it opens from the current folder."""
    here, absolute = Path.cwd(), path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def _grouped(written: Iterable[Written], root: Path) -> dict[str, list[Written]]:
    found: dict[str, list[Written]] = {}
    for one in written:
        name = one.file.relative_to(root).with_suffix("").as_posix().replace("/", "-")
        found.setdefault(name, []).append(one)
    return found


def _decisions(folder: Path) -> Iterator[Path]:
    return (path for path in yaml_files(folder) if not path.name.endswith(CASES))


def _by_id(paths: Iterable[Path], key: str) -> dict[str, Written]:
    return {found.id: found for path in paths for found in _written(path, key)}


def _written(path: Path, key: str) -> Iterator[Written]:
    """The entries of a list in a file that has been checked; lines are found by their ids, as that is quick."""
    file = YamlFile(path)
    entries = file.value.get(key) if isinstance(file.value, dict) else None
    lines: dict[str, int] = {}
    for number, line in enumerate(file.text.splitlines(), start=1):
        if found := _ID.search(line):
            lines.setdefault(found[1], number)
    for entry in entries or ():
        yield Written(entry["id"], entry, path, lines.get(entry["id"], 1))


def _cases(path: Path) -> Iterator[CaseAt]:
    file = YamlFile(path, shown(path))
    parsed = file.validated(CaseFile)
    if parsed is None:
        raise RulebookError(file.problems)
    for index, case in enumerate(parsed.tests):
        yield CaseAt(case, path, file.place(("tests", index, "name"))[0])
