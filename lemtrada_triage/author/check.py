"""Checks rules, words, cases, properties and labelled messages: every mistake of every file in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lemtrada_triage.author.bare import bare_truths
from lemtrada_triage.author.cases import CaseFile, opened
from lemtrada_triage.author.lint_cases import lint_cases
from lemtrada_triage.author.lint_messages import lint_messages
from lemtrada_triage.author.lint_rules import lint_rules
from lemtrada_triage.author.lint_words import WordLint, unreached
from lemtrada_triage.author.properties import load_properties
from lemtrada_triage.author.reasoning import kin_of
from lemtrada_triage.author.targets import Targets, layers_of, targets_of
from lemtrada_triage.author.touched import Touched
from lemtrada_triage.decide.conditions import names
from lemtrada_triage.decide.rulebook import CASES
from lemtrada_triage.decide.ruleloader import Layer, RulebookReader
from lemtrada_triage.files.locate import SHIPPED, data_folder
from lemtrada_triage.files.yamlfile import yaml_files
from lemtrada_triage.history.onsetfile import TimeWords, onset_file
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import Problem
from lemtrada_triage.read.reader import Reader
from lemtrada_triage.triage import Triage

EVERYDAY = Path("tests") / "everyday.txt"


@dataclass(frozen=True, slots=True)
class Checked:
    """All problems, errors first, in the order of files and lines; ``elsewhere`` counts those of other files."""

    problems: tuple[Problem, ...]
    elsewhere: int = 0

    @property
    def errors(self) -> int:
        """How many of them are errors."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many of them are warnings."""
        return len(self.problems) - self.errors


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a run, as its reader knows them, and the terms and everyday sentences that it took as it should."""

    reader: Reader
    clean: frozenset[str]


def check(paths: Iterable[Path] = (), vocab: Path | None = None) -> Checked:
    """The problems of some files and folders (the shipped ones by default); files are seen with those beside them.

    Rules are held to the words among the paths, else to those in ``vocab``, else to the shipped ones. Raises InputError
    for a path that cannot be checked.
    """
    targets = targets_of(paths)
    found = list(Check(targets, vocab).problems())
    asked = [problem for problem in found if targets.wants(Path(problem.path))]
    return Checked(tuple(in_order(asked)), len(found) - len(asked))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, then in the order of files and lines."""
    return sorted(problems, key=lambda problem: (problem.severity, problem.path, problem.line, problem.column))


class Check:
    """One run. What needs a vocabulary or rules without mistakes is left out while there are some.

    ``vocab`` is what rules are held to where no words are among the targets. ``stacks`` are the folders of rules, those
    that lie on top of each other together; those of the targets, if left out. ``before`` is the vocabulary of an
    earlier run: of the words, those alone are heard that have changed since, or that were not taken rightly then.
    """

    def __init__(
        self,
        targets: Targets,
        vocab: Path | Vocabulary | None = None,
        stacks: Iterable[Sequence[Path]] | None = None,
        before: Heard | None = None,
    ) -> None:
        self._targets = targets
        self._words = [VocabularyReader(folder) for folder in targets.words]
        self._vocab = vocab
        self.vocabulary = self._best_vocabulary()
        self._before = before
        self.heard: Heard | None = before
        stacks = map(layers_of, targets.rules) if stacks is None else stacks
        self.rules = [RulebookReader(stack, self._concepts()) for stack in stacks]

    def problems(self) -> Iterator[Problem]:
        """Everything, in no order."""
        yield from self.of_words()
        yield from self.of_rules()
        for folder in self._targets.messages:
            known = self._concepts()
            if known is not None:
                yield from lint_messages(folder, known, self._triage())

    def of_words(self) -> Iterator[Problem]:
        """The problems of words alone."""
        for words in self._words:
            yield from words.problems
            yield from _time_problems(words.root)
            yield from self._word_lint(words)

    def of_rules(self) -> Iterator[Problem]:
        """The problems of rules, and of the cases and properties beside them."""
        for rules in self.rules:
            yield from self._rule_problems(rules)

    def _best_vocabulary(self) -> Vocabulary | None:
        """The vocabulary that rules are held to; None while it has mistakes."""
        if self._words:
            return None if self._words[0].problems else self._words[0].vocabulary()
        return self._vocab if isinstance(self._vocab, Vocabulary) else Vocabulary.load(self._vocab)

    def _concepts(self) -> frozenset[str] | None:
        """The concepts that there are; None when that cannot be told."""
        if self.vocabulary is not None:
            return frozenset(self.vocabulary.concepts)
        return self._words[0].named

    def _triage(self) -> Triage | None:
        """What messages are held to: the rules that are checked, else the shipped ones, if they have no mistakes."""
        reader = self.rules[0] if self.rules else RulebookReader([data_folder("rules")], self._concepts())
        if self.vocabulary is None or reader.problems:
            return None
        known = self.heard.reader if self.heard else None
        words = known if known and known.vocabulary is self.vocabulary else Reader(self.vocabulary)
        return Triage.of(words, reader.rulebook())

    def _word_lint(self, words: VocabularyReader) -> Iterator[Problem]:
        for file, _ in words.files:
            yield from bare_truths(file)
        if words.problems:
            return
        vocabulary = self.vocabulary if words is self._words[0] and self.vocabulary else words.vocabulary()
        reader = Reader(vocabulary)
        lint = WordLint(words, reader, _everyday(words.root), self._wanted(vocabulary))
        yield from lint.problems()
        self.heard = Heard(reader, frozenset(lint.clean))
        rules = self.rules or [RulebookReader([data_folder("rules")], None)]
        facts = {name for reader in rules for draft in reader.drafts for name in names(draft.condition)}
        yield from unreached(words, facts, {name: concept.lineage for name, concept in vocabulary.concepts.items()})

    def _wanted(self, vocabulary: Vocabulary) -> Callable[[str], bool]:
        if self._before is None:
            return lambda text: True
        clean, touched = self._before.clean, Touched(self._before.reader.vocabulary, vocabulary)
        return lambda text: text not in clean or touched(text)

    def _rule_problems(self, reader: RulebookReader) -> Iterator[Problem]:
        yield from reader.problems
        for layer in [layer for layer in reader.layers[:-1] if layer.name != SHIPPED] + reader.layers[-1:]:
            yield from self._layer_problems(reader, layer)

    def _layer_problems(self, reader: RulebookReader, layer: Layer) -> Iterator[Problem]:
        cases = [opened(path) for path in yaml_files(layer.root, CASES)]
        parsed = [(file, file.validated(CaseFile)) for file in cases]
        loaded = [(file, case_file) for file, case_file in parsed if case_file is not None]
        for file in cases:
            yield from file.problems
        readable = all(isinstance(file.value, dict) for layer in reader.layers for file in layer.rule_files)
        rules = frozenset(draft.id for draft in reader.drafts) if readable else None
        for file, case_file in loaded:
            yield from lint_cases(file, case_file, rules, self._concepts(), reader.medicine.flags)
        for file in [*layer.files.values(), *cases]:
            yield from bare_truths(file)
        yield from load_properties(layer.root, self._concepts(), reader.findings, reader.medicine.flags)[1]
        kin = kin_of(self._lineage)
        yield from lint_rules(reader, layer, [case_file for _, case_file in loaded], kin)

    def _lineage(self, concept: str) -> tuple[str, ...]:
        known = self.vocabulary.concepts.get(concept) if self.vocabulary else None
        return known.lineage if known else ()


def _time_problems(root: Path) -> list[Problem]:
    """The mistakes in a vocabulary's words for days and times, if it has some of its own."""
    file = onset_file(root)
    if file is not None:
        file.validated(TimeWords)
    return file.problems if file else []


def _everyday(root: Path) -> list[str]:
    """The sentences in which no symptom may be found, from the file beside the vocabulary's folder, if there is one."""
    path = root.absolute().parent / EVERYDAY
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
