"""Checks and tests again what a save has touched: words are read anew only where one has changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from lemtrada_triage.author.cases import Case, Parsed, Tally, parsed_cases, run_parsed
from lemtrada_triage.author.check import Check, Heard, in_order
from lemtrada_triage.author.targets import Targets
from lemtrada_triage.author.touched import Touched
from lemtrada_triage.decide.rulebook import CASES, Folders, Rulebook, rule_folders
from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.files.yamlfile import YamlFile, shown, yaml_files
from lemtrada_triage.model import InputError, Problem, SourceError
from lemtrada_triage.triage import Triage

Wanted = Callable[[YamlFile, Case], bool]


@dataclass(slots=True)
class _State:
    """How things stand: the words as they were heard, the problems, and the last Triage that could be made.

    ``broken``: words that cannot be loaded, so that they have to be looked at again.
    """

    heard: Heard | None = None
    broken: bool = True
    words: tuple[Problem, ...] = ()
    names: frozenset[tuple[str, str, str]] = frozenset()
    triage: Triage | None = None


class Watcher:
    """Answers saves below folders of rules and one of words (the shipped ones by default); words alone read."""

    def __init__(self, rules: Folders | None = None, vocab: Path | None = None) -> None:
        self.rules = rule_folders(rules)
        self.vocab = vocab or data_folder("vocab")
        self._state = _State()

    @property
    def folders(self) -> tuple[Path, ...]:
        """What is watched."""
        return (*self.rules, self.vocab)

    def start(self) -> str:
        """The answer to how things stand: every problem, and the outcome of all cases."""
        return self.saved(())

    def saved(self, paths: Collection[Path]) -> str:
        """The answer to saved files: problems in them or new, and the outcome of the cases that they touch.

        It never raises.
        """
        return "\n".join(self._answer({path.resolve() for path in paths}))

    def _answer(self, saved: set[Path]) -> Iterator[str]:
        old = self._state
        anew = old.broken or any(path.is_relative_to(self.vocab.resolve()) for path in saved)
        check = self._check(old, anew)
        words = tuple(check.of_words()) if anew else old.words
        problems = [*words, *check.of_rules()]
        triage = self._triage(check, old)
        names = frozenset(map(_name, problems))
        self._state = _State(check.heard, check.vocabulary is None, words, names, triage or old.triage)
        yield from _told(problems, old.names, saved)
        parsed = self._cases(triage) if triage else None
        if triage is None or parsed is None:
            yield "no case is run until the errors are gone"
        else:
            yield from _tested(triage, parsed, self._wanted(old.triage, triage, saved))

    def _check(self, old: _State, anew: bool) -> Check:
        """Of the rules, and ``anew`` of the words."""
        known = old.heard.reader.vocabulary if old.heard and not anew else None
        return Check(Targets(words=[self.vocab] if anew else []), known, [self.rules], old.heard)

    def _triage(self, check: Check, old: _State) -> Triage | None:
        """A Triage of what was checked, with the words of the old one where they are the same; None with mistakes."""
        (rules,) = check.rules
        if check.vocabulary is None or check.heard is None or rules.problems:
            return None
        if old.triage and old.triage.vocabulary is check.vocabulary:
            return old.triage.with_rulebook(rules.rulebook())
        return Triage.of(check.heard.reader, rules.rulebook())

    def _wanted(self, old: Triage | None, new: Triage, saved: set[Path]) -> Wanted:
        """The cases of saved files, those beside one that names a changed rule, and those that hold changed words."""
        if old is None:
            return lambda file, case: True
        touched = Touched(old.vocabulary, new.vocabulary)
        changed = _differing(_rules(old.rulebook), _rules(new.rulebook))
        named = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(changed)))})(?![\w-])") if changed else None

        def wanted(file: YamlFile, case: Case) -> bool:
            if touched.everything or Path(file.path).resolve() in saved:
                return True
            return bool(named and named.search(file.text)) or touched(case.given.text or "")

        return wanted

    def _cases(self, triage: Triage) -> list[Parsed] | None:
        """All cases beside the rules; None while there are mistakes in them, which have been told."""
        try:
            return parsed_cases(triage, [path for folder in self.rules for path in yaml_files(folder, CASES)])
        except SourceError:
            return None


def watch(watcher: Watcher, stop: Event | None = None) -> Iterator[str]:
    """The answer at the start, then one for each save, until ``stop`` is set or the user interrupts.

    Raises InputError where watchfiles is not installed.
    """
    try:
        from watchfiles import watch as saves
    except ImportError:
        raise InputError("watch needs watchfiles: pip install 'lemtrada-triage[author]'") from None
    yield watcher.start()
    for changes in saves(
        *watcher.folders, watch_filter=_is_yaml, stop_event=stop, raise_interrupt=False, debounce=200, step=50
    ):
        paths = {Path(path) for _, path in changes}
        yield "\n".join([f"saved {', '.join(sorted(map(shown, paths)))}", watcher.saved(paths)])


def _tested(triage: Triage, parsed: list[Parsed], wanted: Wanted) -> Iterator[str]:
    """The cases that fail, and how many were tried."""
    tally = Tally()
    for outcome in run_parsed(triage, parsed, wanted):
        tally.count(outcome)
        if not outcome.passed:
            yield f"{outcome}\n"
    tried = tally.passed + tally.failed
    left = sum(len(cases.tests) for _, cases in parsed) - tried
    untouched = f"; {left} cases not touched" if left else ""
    yield f"{tally}{untouched}" if tried else "no case is touched"


def _told(problems: list[Problem], before: frozenset[tuple[str, str, str]], saved: set[Path]) -> Iterator[str]:
    """The problems that are new or stand in a saved file, and how many others there are."""
    asked = [one for one in problems if _name(one) not in before or Path(one.path).resolve() in saved]
    yield from (f"{problem}\n" for problem in in_order(asked))
    if others := len(problems) - len(asked):
        yield f"{others} more as before: lemtrada-triage check shows all"
    if not problems:
        yield "no mistakes"


def _name(problem: Problem) -> tuple[str, str, str]:
    return problem.path, problem.code, problem.message


def _is_yaml(_: object, path: str) -> bool:
    return path.endswith(".yaml")


def _rules(rulebook: Rulebook) -> dict[str, object]:
    return {rule.id: rule for rule in rulebook.rules}


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
