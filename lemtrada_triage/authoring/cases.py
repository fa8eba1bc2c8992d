"""Runs the cases of a rule author (``*.test.yaml``) and says what differs, with file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, model_validator

from lemtrada_triage.explain import shown
from lemtrada_triage.model import (
    Assertion,
    Assessment,
    InputError,
    Mention,
    Problem,
    RulebookError,
    Urgency,
)
from lemtrada_triage.past import Past, facts_of_past
from lemtrada_triage.rulebook import CASES
from lemtrada_triage.rulefiles import MODIFIERS
from lemtrada_triage.yamlfile import Path_, YamlFile, did_you_mean, yaml_files

if TYPE_CHECKING:
    from lemtrada_triage.triage import Triage

_ONSETS = {"sudden", "gradual", "long_standing", "unstated"}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(_Model):
    """What a case hands over: a text, or the symptoms themselves (``fever``, ``{sudden: confusion}``).

    ``past`` says how symptoms went in earlier messages: ``{anxiety: {lasting_days: 20, episodes: 1}}``.
    """

    text: str | None = None
    symptoms: tuple[str | dict[str, str], ...] | None = None
    days_since_infusion: int | None = None
    flags: tuple[str, ...] = ()
    past: Mapping[str, Past] = {}

    @model_validator(mode="after")
    def _one_of_both(self) -> Given:
        if (self.text is None) == (self.symptoms is None):
            raise ValueError("give exactly one of 'text' and 'symptoms'")
        if any(len(leaf) != 1 for leaf in self.symptoms or () if isinstance(leaf, dict)):
            raise ValueError("a symptom with a modifier has one key, such as {sudden: confusion}")
        return self


class Expect(_Model):
    """What a case expects; only what is named here is compared."""

    level: Urgency | None = None
    fired: tuple[str, ...] = ()
    not_fired: tuple[str, ...] = ()
    mentions: Mapping[str, Assertion] = {}
    understood: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Expect:
        if not self.model_fields_set:
            raise ValueError("expect at least one thing: level, fired, not_fired, mentions, understood")
        return self


class Case(_Model):
    """One case. ``known_gap`` marks what does not work yet: such a case fails the day it starts to pass."""

    name: str
    given: Given
    expect: Expect
    known_gap: bool = False


class CaseFile(_Model):
    """One ``*.test.yaml`` file."""

    tests: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a case expected and did not get."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case; ``differences`` is empty when it went as it should."""

    path: str
    line: int
    case: Case
    differences: tuple[Difference, ...]
    read_as: str = ""

    @property
    def passed(self) -> bool:
        """Whether the case went as it should; a known gap should not pass."""
        return not self.differences

    def __str__(self) -> str:
        lines = [f"FAILED {self.path}:{self.line}: {self.case.name}"]
        lines += [f"  line {difference.line}: {difference.text}" for difference in self.differences]
        return "\n".join([*lines, f"  read as: {self.read_as}"] if self.read_as else lines)


@dataclass(slots=True)
class Tally:
    """How many cases went as they should."""

    passed: int = 0
    failed: int = 0
    gaps: int = 0

    def count(self, outcome: Outcome) -> None:
        """Adds one case."""
        self.passed += outcome.passed
        self.failed += not outcome.passed
        self.gaps += outcome.passed and outcome.case.known_gap

    def __str__(self) -> str:
        gaps = [f"{self.gaps} of them known gaps, which do not work yet"] if self.gaps else []
        return "\n".join([*gaps, f"{self.passed} passed, {self.failed} failed"])


def folder_of(triage: Triage) -> Path:
    """The folder of the rules that a Triage decides by, where their cases lie beside them."""
    if triage.rulebook.folder is None:
        raise InputError("this rulebook was not read from a folder: name the cases to run")
    return triage.rulebook.folder


def case_files(paths: Iterable[Path]) -> list[Path]:
    """The case files among files and below folders, each once, in a stable order.

    Raises InputError for a path that holds none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        files = list(yaml_files(path, CASES)) if path.is_dir() else [path]
        if not files or not files[0].is_file():
            raise InputError(f"no cases at {path}: give a *{CASES} file, or a folder that holds some")
        found |= dict.fromkeys(files)
    return list(found)


def run(triage: Triage, paths: Iterable[Path]) -> Iterator[Outcome]:
    """Runs the cases of some files, in file order.

    Raises RulebookError with every mistake in the files before the first case runs.
    """
    parsed = [(file, file.validated(CaseFile)) for file in map(_opened, paths)]
    problems = [problem for file, _ in parsed for problem in file.problems]
    loaded = [(file, cases) for file, cases in parsed if cases is not None]
    problems += [problem for file, cases in loaded for problem in _unknown_names(triage, file, cases)]
    if problems:
        raise RulebookError(problems)
    for file, cases in loaded:
        for index, case in enumerate(cases.tests):
            yield _outcome(triage, file, index, case)


def _opened(path: Path) -> YamlFile:
    here = Path.cwd()
    absolute = path.absolute()
    return YamlFile(path, str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path))


def _unknown_names(triage: Triage, file: YamlFile, cases: CaseFile) -> Iterator[Problem]:
    rules = sorted(rule.id for rule in triage.rulebook.rules)
    concepts = sorted(triage.vocabulary.concepts)
    for index, case in enumerate(cases.tests):
        at: Path_ = ("tests", index)
        for key in ("fired", "not_fired"):
            for number, rule in enumerate(getattr(case.expect, key)):
                yield from _known(file, rule, rules, "rule", (*at, "expect", key, number))
        for concept in case.expect.mentions:
            yield from _known(file, concept, concepts, "concept", (*at, "expect", "mentions", concept))
        for concept in case.given.past:
            yield from _known(file, concept, concepts, "concept", (*at, "given", "past", concept))
        for number, leaf in enumerate(case.given.symptoms or ()):
            modifier, concept = _parts(leaf)
            place: Path_ = (*at, "given", "symptoms", number)
            yield from _known(file, concept, concepts, "concept", place)
            yield from _known(file, modifier or "acute", MODIFIERS, "modifier", place)


def _known(file: YamlFile, name: str, names: Collection[str], what: str, at: Path_) -> Iterator[Problem]:
    if name not in names:
        yield file.problem(f"unknown-{what}", f"no {what} is called '{name}'", at, did_you_mean(name, names))


def _parts(leaf: str | dict[str, str]) -> tuple[str | None, str]:
    """(modifier, concept) of a symptom."""
    return (None, leaf) if isinstance(leaf, str) else next(iter(leaf.items()))


def _outcome(triage: Triage, file: YamlFile, index: int, case: Case) -> Outcome:
    at: Path_ = ("tests", index)
    line = file.place((*at, "name"))[0]
    try:
        assessment = _assess(triage, case.given)
    except InputError as error:
        broken = Difference(file.place((*at, "given"))[0], f"cannot be decided: {error}")
        return Outcome(file.path, line, case, (broken,))
    differences = tuple(_differences(triage, file, (*at, "expect"), case.expect, assessment))
    if case.known_gap:
        if differences:
            return Outcome(file.path, line, case, ())
        closed = Difference(file.place((*at, "known_gap"))[0], "this known gap is closed: remove 'known_gap'")
        return Outcome(file.path, line, case, (closed,))
    return Outcome(file.path, line, case, differences, ", ".join(map(_mention, assessment.mentions)))


def _assess(triage: Triage, given: Given) -> Assessment:
    if given.text is not None:
        return triage.assess(given.text, given.days_since_infusion, given.flags, given.past)
    facts = set(facts_of_past(given.past, triage.rulebook.past))
    for leaf in given.symptoms or ():
        modifier, concept = _parts(leaf)
        facts |= triage.facts_of(concept, _modifiers(modifier))
    return triage.assess_facts(facts, given.days_since_infusion, given.flags)


def _modifiers(modifier: str | None) -> set[str]:
    """All modifiers of a symptom with one written: an onset goes with it, and acute unless long-standing."""
    onset = modifier if modifier in _ONSETS else "unstated"
    found = {onset, *filter(None, [modifier])}
    return found if onset == "long_standing" else found | {"acute"}


def _differences(triage: Triage, file: YamlFile, at: Path_, expect: Expect, got: Assessment) -> Iterator[Difference]:
    def differs(key: str, text: str) -> Difference:
        return Difference(file.place((*at, key), key=True)[0], text)

    concepts = triage.vocabulary.concepts
    fired = [rule.rule for rule in got.fired]
    if expect.level is not None and expect.level is not got.urgency:
        yield differs("level", f"level: expected {expect.level.value}, got {got.urgency.value}")
    if missing := [rule for rule in expect.fired if rule not in fired]:
        yield differs("fired", f"fired: expected {', '.join(missing)}; got {', '.join(fired) or 'no rule'}")
    if unwanted := [rule for rule in expect.not_fired if rule in fired]:
        yield differs("not_fired", f"not_fired: {', '.join(unwanted)} fired")
    for concept, assertion in expect.mentions.items():
        # As everywhere, a finer concept counts as the coarser one.
        found = [mention for mention in got.mentions if concept in concepts[mention.concept].lineage]
        if assertion not in {mention.assertion for mention in found}:
            heard = ", ".join(map(_mention, found)) or "no such mention"
            yield differs("mentions", f"mentions: expected {concept} {assertion.value}, got {heard}")
    if expect.understood not in (None, got.understood):
        yield differs("understood", f"understood: expected {_yes(expect.understood)}, got {_yes(got.understood)}")


def _mention(mention: Mention) -> str:
    return f'{mention.concept} {mention.assertion.value} ("{shown(mention.text)}")'


def _yes(value: bool) -> str:
    return str(value).lower()
