"""The files of a rulebook as their authors write them: their keys, and conditions turned into values.

Whatever an author gets wrong ends as a ``Problem`` with its place; nothing here raises on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lemtrada_triage.decide.conditions import LAST_DAY, All, Any, AtLeast, Condition, Days, Fact, Nothing, names
from lemtrada_triage.files.yamlfile import Path_, YamlFile, did_you_mean
from lemtrada_triage.history.first import LAST_MONTH, OUTSIDE, IfUnknown, window
from lemtrada_triage.history.past import episodes, lasting_days
from lemtrada_triage.model import Urgency

MODIFIERS = ("sudden", "gradual", "long_standing", "unstated", "acute", "severe", "lasting", "one_sided")
SIGNALS = frozenset({"unread_complaint", "not_english", "no_words"})


def _prose(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ValueError("this text is empty")
    return text


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)*", text):
        raise ValueError(f"'{text}' is not an id: use small letters and digits, joined by '-' or '_'")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://\S+", text):
        raise ValueError(f"'{text}' is not a web address: it starts with https:// and has no spaces")
    return text


def _day(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LAST_DAY:
        raise ValueError(f"{number} is not a day: days are whole numbers from 0 to {LAST_DAY}")
    return number


def _month(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LAST_MONTH:
        raise ValueError(f"{number} is not a number of months: it is whole, from 0 to {LAST_MONTH}")
    return number


def _number(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= LAST_DAY:
        raise ValueError(f"{number} is not a number of days or episodes: it is whole, from 1 to {LAST_DAY}")
    return number


def _some(items: tuple[T, ...]) -> tuple[T, ...]:
    if not items:
        raise ValueError("this list is empty")
    return items


T = TypeVar("T")
Prose = Annotated[str, AfterValidator(_prose)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Address = Annotated[str, AfterValidator(_address)]
Day = Annotated[int, BeforeValidator(_day)]
Month = Annotated[int, BeforeValidator(_month)]
Number = Annotated[int, BeforeValidator(_number)]
Some = Annotated[tuple[T, ...], AfterValidator(_some)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class _Range(_Entry):
    """Both ends are included; either may be open."""

    first: int | None = Field(default=None, alias="from")
    last: int | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first is None and self.last is None:
            raise ValueError("give 'from', 'to' or both")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"'from' ({self.first}) is after 'to' ({self.last})")
        return self


class DayRange(_Range):
    """Whole days since what the pack counts from, both ends included; either end may be open."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")


class MonthRange(_Range):
    """Whole months since the first infusion; ``if_unknown`` is what they count as where that is not known."""

    first: Month | None = Field(default=None, alias="from")
    last: Month | None = Field(default=None, alias="to")
    if_unknown: IfUnknown = IfUnknown.INSIDE


class PeakEntry(DayRange):
    """The days on which a rule weighs most, and why; they do not gate it."""

    because: Prose


class PastEntry(_Entry):
    """What a condition asks of earlier messages: a number of days or episodes of a symptom, or more."""

    of: str
    first: Number = Field(alias="from")


class CiteEntry(_Entry):
    """The place in a source that a rule rests on."""

    source: str
    at: Prose
    edition: Prose | None = None


class RuleEntry(_Entry):
    """One rule; ``when`` is read by ``ConditionReader``, so that its mistakes have their own words."""

    id: Identifier
    title: Prose
    level: Urgency | None = None
    establishes: Identifier | None = None
    when: object
    window: DayRange | None = None
    peak: PeakEntry | None = None
    because: Prose
    limits: Prose
    cite: Some[CiteEntry]
    interpretation: Prose | None = None
    status: Literal["draft", "reviewed"]
    reviewed_by: Prose | None = None
    reviewed_on: date | None = None

    @model_validator(mode="after")
    def _one_outcome(self) -> RuleEntry:
        if (self.level is None) == (self.establishes is None):
            raise ValueError("a rule has a 'level' or 'establishes' a finding: exactly one of the two")
        if self.status == "reviewed" and not (self.reviewed_by and self.reviewed_on):
            raise ValueError("a reviewed rule names its reviewer: add 'reviewed_by' and 'reviewed_on'")
        return self


class RulesFile(_Entry):
    """``rules/<topic>.yaml``."""

    rules: tuple[RuleEntry, ...]


class SourceEntry(_Entry):
    """A source that rules cite. With ``lines``, only the places that it registers can be cited.

    ``levels`` lists, for an urgency, the lines that ask for it: ``L96``, or ``L7 to L81`` for all from one to another.
    """

    id: Identifier
    title: Prose
    publisher: Prose
    edition: Prose
    read: Prose
    url: Address | None = None
    read_at: Address | None = None
    via: Prose | None = None
    lines: Mapping[str, str] | None = None
    levels: Mapping[Urgency, Some[Prose]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_through_whom(self) -> SourceEntry:
        if self.read_at and not self.via:
            raise ValueError("'read_at' is the address of another's copy: say in 'via' whose it is")
        return self


class SourcesFile(_Entry):
    """``rules/sources.yaml``: the version of the rulebook and the registry of sources."""

    version: Prose = "unversioned"
    sources: tuple[SourceEntry, ...]


class LevelEntry(_Entry):
    """What a patient is told at one level."""

    id: Urgency
    label: Prose
    advice: Prose


class NotUnderstoodEntry(_Entry):
    """What is told first where not all of a message was understood; see NotUnderstood."""

    no_words: Prose
    nothing: Prose
    part: Prose
    no_all_clear: Prose


class MedicineEntry(_Entry):
    """What the rules are about; see Medicine."""

    name: Prose
    days_since: Prose
    ask_days: Prose
    months_since: Prose = "the first treatment"
    flags: tuple[Identifier, ...] = ()


class LevelsFile(_Entry):
    """``rules/levels.yaml``. Without ``medicine``, the rules are about the medicine of the shipped ones."""

    medicine: MedicineEntry | None = None
    levels: tuple[LevelEntry, ...]
    not_understood: NotUnderstoodEntry
    disclaimer: Prose


class QuestionEntry(_Entry):
    """A question to ask; ``about`` and ``adds`` are read like the leaves of a condition."""

    id: Identifier
    about: Some[object]
    ask: Prose
    adds: Some[object]


def _with_sign(text: str) -> str:
    if text.count("{sign}") != 1 or not {"{", "}"}.isdisjoint(text.replace("{sign}", "")):
        raise ValueError("this needs '{sign}' once, where the name of the sign is to stand")
    return text


class WordingsEntry(_Entry):
    """The words of the choices ("yes", "no", "cannot tell"), and of the question for a sign in doubt."""

    affirmed: Prose
    denied: Prose
    unknown: Prose
    doubt: Annotated[Prose, AfterValidator(_with_sign)]


class QuestionsFile(_Entry):
    """``rules/questions.yaml``."""

    wordings: WordingsEntry | None = None
    questions: tuple[QuestionEntry, ...]


# Stands where a condition could not be read; its meaning is of no account, as such a rulebook is never used.
BROKEN: Final = Any(())

Reader = Callable[[object, Path_], Condition]


class ConditionReader:
    """Turns the conditions of one file into values. Every mistake is added to the file's problems.

    ``concepts`` are those that exist (None: any name will do), ``findings`` those that rules establish, ``flags`` those
    of the pack.
    """

    def __init__(
        self, file: YamlFile, concepts: frozenset[str] | None, findings: frozenset[str], flags: Iterable[str]
    ) -> None:
        self._file = file
        self._concepts = concepts
        self._readers: dict[str, Reader] = {
            "any": lambda value, at: Any(self._parts(value, at)),
            "all": lambda value, at: All(self._parts(value, at)),
            "none": self._none,
            "at_least": self._at_least,
            "days": self._days,
            "months_since_first": self._months,
            "lasting_days": self._past(lasting_days),
            "episodes": self._past(episodes),
            "finding": self._named("finding", findings),
            "flag": self._named("flag", frozenset(flags)),
            "signal": self._named("signal", SIGNALS),
        }
        self._readers |= {modifier: self._modified(modifier) for modifier in MODIFIERS}

    def read(self, value: object, at: Path_) -> Condition:
        """The condition at a path of the file."""
        if isinstance(value, str):
            return self.concept(value, at)
        if not isinstance(value, dict):
            return self._wrong("bad-condition", "a condition is a concept, or a mapping with one key", at)
        if len(value) != 1:
            found = f"{len(value)} keys ({', '.join(value)})" if value else "none"
            what = f"a condition has exactly one key; this one has {found}"
            return self._wrong("bad-condition", what, at, "join several conditions with 'all' or 'any'")
        ((key, inner),) = value.items()
        if key not in self._readers:
            what = f"'{key}' is not a key of a condition"
            help = did_you_mean(key, self._readers) or f"the keys are {', '.join(self._readers)}"
            return self._wrong("unknown-key", what, (*at, key), help, key=True)
        return self._readers[key](inner, (*at, key))

    def fact(self, value: object, at: Path_) -> str:
        """The name of the fact at a path, where only a single fact makes sense; empty for a mistake."""
        condition = self.read(value, at)
        if isinstance(condition, Fact):
            return condition.name
        if condition != BROKEN:
            self._wrong("bad-condition", "only a single concept, flag, signal or finding can stand here", at)
        return ""

    def concept(self, value: object, at: Path_) -> Condition:
        """The concept at a path."""
        if not isinstance(value, str) or not value:
            return self._wrong("bad-condition", "the id of a concept is needed here", at)
        if ":" in value:
            kind, _, name = value.partition(":")
            help = f"write {{{kind}: {name.strip()}}}"
            return self._wrong("bad-condition", f"'{value}' is not a concept", at, help)
        if self._concepts is not None and value not in self._concepts:
            help = did_you_mean(value, self._concepts) or "add it to the vocabulary first"
            return self._wrong("unknown-concept", f"no concept is called '{value}'", at, help)
        return Fact(value)

    def _parts(self, value: object, at: Path_) -> tuple[Condition, ...]:
        if not isinstance(value, list) or not value:
            found = "is not a list" if value else "is empty"
            self._wrong("empty-list", f"'{at[-1]}' {found}: it needs a list of conditions", at)
            return ()
        parts = tuple(self.read(part, (*at, index)) for index, part in enumerate(value))
        seen: set[Condition] = {BROKEN}
        for index, part in enumerate(parts):
            if part in seen and part != BROKEN:
                self._wrong("listed-twice", "this condition is listed twice", (*at, index), "remove one of them")
            seen.add(part)
        return parts

    def _at_least(self, value: object, at: Path_) -> Condition:
        example = "write {n: 2, of: [...]}"
        if not isinstance(value, dict):
            return self._wrong("bad-condition", "'at_least' needs a number and a list", at, example)
        for key in [key for key in value if key not in ("n", "of")]:
            self._wrong("unknown-key", f"'{key}' is not a key of 'at_least'", (*at, key), example, key=True)
        missing = [key for key in ("n", "of") if key not in value]
        for key in missing:
            self._wrong("missing-key", f"'{key}' is missing in 'at_least'", at, example)
        if missing:
            return BROKEN
        parts = self._parts(value["of"], (*at, "of"))
        n = value["n"]
        if isinstance(n, bool) or not isinstance(n, int):
            return self._wrong("bad-value", f"'n' is {n!r}, but it must be a whole number", (*at, "n"))
        if parts and not 1 <= n <= len(parts):
            what = f"'n' is {n}, but there are {len(parts)} conditions"
            return self._wrong("out-of-range", what, (*at, "n"))
        return AtLeast(n, parts)

    def _days(self, value: object, at: Path_) -> Condition:
        days = self._file.fit(DayRange, value, at)
        return BROKEN if days is None else Days(days.first, days.last)

    def _months(self, value: object, at: Path_) -> Condition:
        months = self._file.fit(MonthRange, value, at)
        return BROKEN if months is None else window(months.first, months.last, months.if_unknown)

    def _none(self, value: object, at: Path_) -> Condition:
        condition = Nothing(self._parts(value, at))
        if any(fact.startswith(OUTSIDE) for fact in names(condition)):
            what = "in 'none', a window that counts as inside when it is not known would lower the urgency"
            help = "say there 'if_unknown: outside', or ask for the other months"
            return self._wrong("bad-condition", what, at, help)
        return condition

    def _past(self, fact: Callable[[int, str], str]) -> Reader:
        def read(value: object, at: Path_) -> Condition:
            asked = self._file.fit(PastEntry, value, at)
            concept = self.concept(asked.of, (*at, "of")) if asked else BROKEN
            if asked is None or not isinstance(concept, Fact):
                return BROKEN
            return All((concept, Fact(fact(asked.first, concept.name))))  # what is not told now lasts no longer

        return read

    def _named(self, kind: str, names: frozenset[str]) -> Reader:
        def read(value: object, at: Path_) -> Condition:
            if isinstance(value, str) and value in names:
                return Fact(f"{kind}:{value}")
            meaning, help = f"there is no {kind}", f"choose from {', '.join(sorted(names))}"
            if kind == "finding":
                meaning, help = "no rule establishes the finding", "add a rule that establishes it"
            help = did_you_mean(str(value), names) or help
            return self._wrong(f"unknown-{kind}", f"{meaning} '{value}'", at, help)

        return read

    def _modified(self, modifier: str) -> Reader:
        def read(value: object, at: Path_) -> Condition:
            concept = self.concept(value, at)
            return Fact(f"{modifier}:{concept.name}") if isinstance(concept, Fact) else BROKEN

        return read

    def _wrong(self, code: str, message: str, at: Path_, help: str | None = None, key: bool = False) -> Condition:
        self._file.problems.append(self._file.problem(code, message, at, help, key))
        return BROKEN
