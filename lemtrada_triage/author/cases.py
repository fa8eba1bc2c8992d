"""Runs the cases of a rule author (``*.test.yaml``) and says what differs, with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from lemtrada_triage.decide.conditionfile import MODIFIERS
from lemtrada_triage.decide.conditions import Trace
from lemtrada_triage.decide.rulebook import CASES, Rulebook
from lemtrada_triage.files.yamlfile import Path_, YamlFile, did_you_mean, yaml_files
from lemtrada_triage.files.yamlfile import shown as shown_path
from lemtrada_triage.history.past import Past, facts_of_past
from lemtrada_triage.model import (
    Assertion,
    Assessment,
    InputError,
    Mention,
    Problem,
    RulebookError,
    Urgency,
)
from lemtrada_triage.show.layout import shown

if TYPE_CHECKING:
    from lemtrada_triage.lexicon.vocabulary import Vocabulary
    from lemtrada_triage.triage import Triage

_ONSETS = {"sudden", "gradual", "long_standing", "unstated"}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(_Model):
    """What a case hands over: a text, or the symptoms themselves (``fever``, ``{sudden: confusion}``).

    ``days`` is another name of ``days_since_infusion``, for packs that count from something else.
    ``past`` says how symptoms went in earlier messages: ``{anxiety: {lasting_days: 20, episodes: 1}}``.
    """

    text: str | None = None
    symptoms: tuple[str | dict[str, str], ...] | None = None
    days_since_infusion: int | None = Field(default=None, validation_alias=AliasChoices("days_since_infusion", "days"))
    flags: tuple[str, ...] = ()
    past: Mapping[str, Past] = {}
    months_since_first: int | None = None

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
    """What became of one case; ``differences`` is empty when it went as it should.

    ``facts`` are what the rules decided from; ``traces`` are those of the rules that the differences speak of.
    """

    path: str
    line: int
    case: Case
    differences: tuple[Difference, ...]
    read_as: str = ""
    facts: frozenset[str] = frozenset()
    traces: tuple[tuple[str, Trace], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the case went as it should; a known gap should not pass."""
        return not self.differences

    def __str__(self) -> str:
        lines = [f"FAILED {self.path}:{self.line}: {self.case.name}"]
        lines += [f"  line {difference.line}: {difference.text}" for difference in self.differences]
        lines += [f"  read as: {self.read_as}"] if self.read_as else []
        for rule, trace in self.traces:
            lines.append(f"  why {rule} {'fired' if trace.held else 'did not fire'}:")
            lines += [f"    {line}" for line in str(trace).splitlines()]
        return "\n".join(lines)


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


def folders_of(triage: Triage) -> tuple[Path, ...]:
    """The folders of the rules that a Triage decides by, where their cases lie beside them."""
    if not triage.rulebook.folders:
        raise InputError("this rulebook was not read from a folder: name the cases to run")
    return triage.rulebook.folders


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


Parsed = tuple[YamlFile, CaseFile]


def run(triage: Triage, paths: Iterable[Path], word: str = "") -> Iterator[Outcome]:
    """Runs the cases of some files, in file order; with ``word``, those whose name, rules or file it is part of.

    Raises RulebookError with every mistake in the files before the first case runs.
    """
    return run_parsed(triage, parsed_cases(triage, paths), lambda file, case: _speaks_of(case, file, word.lower()))


def run_parsed(triage: Triage, parsed: Iterable[Parsed], wanted: Callable[[YamlFile, Case], bool]) -> Iterator[Outcome]:
    """Runs those cases of some files that are wanted, in file order."""
    for file, cases in parsed:
        for index, case in enumerate(cases.tests):
            if wanted(file, case):
                yield run_case(triage, file, index, case)


class Known(Protocol):
    """What a case may name: a ``Triage``, or the workbench of an author."""

    rulebook: Rulebook
    vocabulary: Vocabulary


def parsed_cases(known: Known, paths: Iterable[Path]) -> list[Parsed]:
    """The files of cases. Raises RulebookError with every mistake in them."""
    parsed = [(file, file.validated(CaseFile)) for file in map(opened, paths)]
    problems = [problem for file, _ in parsed for problem in file.problems]
    loaded = [(file, cases) for file, cases in parsed if cases is not None]
    rules = frozenset(rule.id for rule in known.rulebook.rules)
    concepts = frozenset(known.vocabulary.concepts)
    flags = known.rulebook.medicine.flags
    problems += [problem for file, cases in loaded for problem in unknown_names(file, cases, rules, concepts, flags)]
    if problems:
        raise RulebookError(problems)
    return loaded


def _speaks_of(case: Case, file: YamlFile, word: str) -> bool:
    spoken = (case.name, file.path, *case.expect.fired, *case.expect.not_fired)
    return any(word in text.lower() for text in spoken)


def opened(path: Path) -> YamlFile:
    """A file of cases, named as it opens from where the author stands."""
    return YamlFile(path, shown_path(path))


def unknown_names(
    file: YamlFile,
    cases: CaseFile,
    rules: frozenset[str] | None,
    concepts: frozenset[str] | None,
    flags: Collection[str],
) -> Iterator[Problem]:
    """A problem for each rule, concept, modifier or flag in some cases that does not exist (None: any name will do)."""
    for index, case in enumerate(cases.tests):
        at: Path_ = ("tests", index)
        for key in ("fired", "not_fired"):
            for number, rule in enumerate(getattr(case.expect, key)):
                yield from _known(file, rule, rules, "rule", (*at, "expect", key, number))
        for concept in case.expect.mentions:
            yield from _known(file, concept, concepts, "concept", (*at, "expect", "mentions", concept), key=True)
        for concept in case.given.past:
            yield from _known(file, concept, concepts, "concept", (*at, "given", "past", concept), key=True)
        for number, leaf in enumerate(case.given.symptoms or ()):
            modifier, concept = _parts(leaf)
            place: Path_ = (*at, "given", "symptoms", number)
            yield from _known(file, concept, concepts, "concept", (*place, modifier) if modifier else place)
            yield from _known(file, modifier or "acute", MODIFIERS, "modifier", (*place, str(modifier)), key=True)
        for number, flag in enumerate(case.given.flags):
            yield from _known(file, flag, flags, "flag", (*at, "given", "flags", number))


def _known(
    file: YamlFile, name: str, names: Collection[str] | None, what: str, at: Path_, key: bool = False
) -> Iterator[Problem]:
    if names is not None and name not in names:
        yield file.problem(f"unknown-{what}", f"no {what} is called '{name}'", at, did_you_mean(name, names), key)


def _parts(leaf: str | dict[str, str]) -> tuple[str | None, str]:
    """(modifier, concept) of a symptom."""
    return (None, leaf) if isinstance(leaf, str) else next(iter(leaf.items()))


def run_case(triage: Triage, file: YamlFile, index: int, case: Case) -> Outcome:
    """What becomes of one case of a file."""
    at: Path_ = ("tests", index)
    line = file.place((*at, "name"))[0]
    try:
        assessment, facts = _assess(triage, case.given)
    except InputError as error:
        broken = Difference(file.place((*at, "given"))[0], f"cannot be decided: {error}")
        return Outcome(file.path, line, case, (broken,))
    differences = tuple(_differences(triage, file, (*at, "expect"), case.expect, assessment))
    if case.known_gap:
        closed = Difference(file.place((*at, "known_gap"))[0], "this known gap is closed: remove 'known_gap'")
        return Outcome(file.path, line, case, () if differences else (closed,), facts=facts)
    asked = _asked(case.expect, assessment) if differences else []
    traces = tuple((rule, triage.why_facts(rule, facts, case.given.days_since_infusion)) for rule in asked)
    return Outcome(
        file.path, line, case, differences, ", ".join(map(_mention, assessment.mentions)), facts, traces
    )  # fmt: skip


def _asked(expect: Expect, got: Assessment) -> list[str]:
    """The rules that explain a failure: those that should have fired or not, else those that made the level."""
    fired = {rule.rule for rule in got.fired}
    wrong = [rule for rule in expect.fired if rule not in fired] + [rule for rule in expect.not_fired if rule in fired]
    return wrong or [rule.rule for rule in got.fired if rule.level is got.urgency]


def _assess(triage: Triage, given: Given) -> tuple[Assessment, frozenset[str]]:
    """The result, and the facts that it was decided from."""
    if given.text is not None:
        days, months = given.days_since_infusion, given.months_since_first
        assessment = triage.assess(given.text, days, given.flags, given.past, months_since_first=months)
        return assessment, triage.facts.behind(assessment)
    assessment = triage.assess_facts(facts_of(triage, given), given.days_since_infusion, given.flags)
    return assessment, facts_of(triage, given) | {f"flag:{flag}" for flag in given.flags}


def facts_of(triage: Triage, given: Given) -> frozenset[str]:
    """The facts of the symptoms, of the past and of the months since the first infusion that a case hands over."""
    pairs = map(_parts, given.symptoms or ())
    past = facts_of_past(given.past, triage.rulebook.past) | triage.facts.of_months(given.months_since_first)
    return past.union(*(triage.facts.of(concept, modifiers_with(modifier)) for modifier, concept in pairs))


def modifiers_with(modifier: str | None) -> set[str]:
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
