"""The files of a rulebook as their authors write them: their keys, and what each may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.history.first import LAST_MONTH, IfUnknown
from lemtrada_triage.model import Urgency


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
