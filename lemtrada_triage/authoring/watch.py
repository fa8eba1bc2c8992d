"""Checks and tests again what a save has touched: rules alone are read anew where no word has changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from threading import Event

from lemtrada_triage.authoring.cases import Tally, run
from lemtrada_triage.conditions import names
from lemtrada_triage.locate import data_folder
from lemtrada_triage.model import InputError, SourceError
from lemtrada_triage.rulebook import CASES, Folders, Rulebook, rule_folders
from lemtrada_triage.triage import Triage
from lemtrada_triage.vocabulary import Vocabulary
from lemtrada_triage.yamlfile import shown, yaml_files


class Watcher:
    """Answers saves below folders of rules and one of words (the shipped ones by default); words alone read."""

    def __init__(self, rules: Folders | None = None, vocab: Path | None = None) -> None:
        self.rules = rule_folders(rules)
        self.vocab = vocab or data_folder("vocab")
        self._given = vocab
        self._triage: Triage | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """What is watched."""
        return (*self.rules, self.vocab)

    def start(self) -> str:
        """The answer to how things stand: every mistake, or the outcome of all cases."""
        return self.saved(())

    def saved(self, paths: Collection[Path]) -> str:
        """The answer to saved files: every mistake, or the outcome of the cases that they touch; it never raises."""
        old = self._triage
        try:
            self._triage = self._loaded(paths)
            files = self._all() if old is None else self._touched(old, self._triage, paths)
            return "\n".join(self._tested(self._triage, files))
        except SourceError as error:
            return str(error)

    def _loaded(self, paths: Collection[Path]) -> Triage:
        words = any(_below(path, self.vocab) for path in paths)
        if self._triage is None or words:
            return Triage(self.rules, self._given, reader="words")
        return self._triage.with_rules(self.rules)

    def _all(self) -> list[Path]:
        return [path for folder in self.rules for path in yaml_files(folder, CASES)]

    def _touched(self, old: Triage, new: Triage, paths: Iterable[Path]) -> list[Path]:
        """The files of cases that were saved, or that name what has changed; all where context has."""
        if _context(old.vocabulary) != _context(new.vocabulary):
            return self._all()
        changed = _changed(old, new)
        named = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(changed)))})(?![\w-])") if changed else None
        saved = {path.resolve() for path in paths}
        return [path for path in self._all() if path.resolve() in saved or (named and named.search(_text(path)))]

    def _tested(self, triage: Triage, files: list[Path]) -> Iterator[str]:
        tally = Tally()
        for outcome in run(triage, files):
            tally.count(outcome)
            if not outcome.passed:
                yield f"{outcome}\n"
        left = len(self._all()) - len(files)
        untouched = f"; {left} files of cases not touched" if left else ""
        yield f"{tally}{untouched}" if files else "no mistakes; no case is touched"


def watch(watcher: Watcher, stop: Event | None = None) -> Iterator[str]:
    """The answer at the start, then one for each save, until ``stop`` is set or the user interrupts.

    Raises InputError where watchfiles is not installed.
    """
    try:
        from watchfiles import watch as saves
    except ImportError:
        raise InputError("watch needs watchfiles: pip install 'lemtrada-triage[author]'") from None
    yield watcher.start()
    for changes in saves(*watcher.folders, watch_filter=_is_yaml, stop_event=stop, raise_interrupt=False):
        paths = {Path(path) for _, path in changes}
        yield "\n".join([f"saved {', '.join(sorted(map(shown, paths)))}", watcher.saved(paths)])


def _is_yaml(_: object, path: str) -> bool:
    return path.endswith(".yaml")


def _below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _changed(old: Triage, new: Triage) -> set[str]:
    """The ids of rules that have changed, of concepts whose words have, and of rules that these can reach."""
    rules = _differing(_rules(old.rulebook), _rules(new.rulebook))
    words = _differing(*({entry.id: entry for entry in one.vocabulary.entries} for one in (old, new)))
    concepts = [concept for one in (old, new) for concept in one.vocabulary.concepts.values() if concept.id in words]
    reached = {name for concept in concepts for name in concept.lineage}
    for rule in new.rulebook.rules:
        if any(fact.rpartition(":")[2] in reached for fact in names(rule.condition)):
            rules.add(rule.id)
    return rules | words


def _rules(rulebook: Rulebook) -> dict[str, object]:
    return {rule.id: rule for rule in rulebook.rules}


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _context(vocabulary: Vocabulary) -> list[object]:
    """All of a vocabulary but the words of its concepts."""
    apart = {"concepts", "entries", "hash"}
    return [getattr(vocabulary, field.name) for field in fields(vocabulary) if field.name not in apart]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # told when the file is run
        return ""
