"""The public results and errors: what an assessment is made of."""

from __future__ import annotations

from datetime import date
from enum import Enum, StrEnum
from functools import total_ordering
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Sequence


@total_ordering
class Urgency(Enum):
    """How soon a patient needs care, ordered from ``ROUTINE`` to ``CALL_911``."""

    ROUTINE = "routine"
    CONTACT_PROVIDER = "contact_provider"
    CONTACT_PROVIDER_NOW = "contact_provider_now"
    GET_HELP_NOW = "get_help_now"
    CALL_911 = "call_911"

    @property
    def rank(self) -> int:
        """1 (routine) to 5 (call 911)."""
        return _RANK[self.value]

    def __lt__(self, other: Urgency) -> bool:
        if not isinstance(other, Urgency):
            return NotImplemented
        return self.rank < other.rank


_RANK = {level.value: rank for rank, level in enumerate(Urgency, start=1)}


class Assertion(StrEnum):
    """What the text says about a symptom (after ConText); the first three count as symptoms."""

    PRESENT = "present"
    UNCERTAIN = "uncertain"
    RESOLVED = "resolved"
    ABSENT = "absent"
    HISTORICAL = "historical"
    HYPOTHETICAL = "hypothetical"
    OTHER_PERSON = "other_person"

    counts: bool
    """Whether a mention with this assertion is a symptom of the patient."""


for _assertion in Assertion:  # asked of every mention, so worked out once
    _assertion.counts = _assertion in (Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.RESOLVED)


class MatchKind(StrEnum):
    """How the words of a mention met the vocabulary."""

    EXACT = "exact"
    SPELLING = "spelling"
    FRAME = "frame"
    MEASUREMENT = "measurement"
    LEARNED = "learned"


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)


class Cue(Result):
    """The words that decided something, with offsets into the original text."""

    text: str
    start: int
    end: int

    def __str__(self) -> str:
        return self.text


class AssertionResult(Result):
    """The assertion of a span and the cue that decided it (None: nothing spoke against ``present``)."""

    assertion: Assertion
    cue: Cue | None = None


class ReaderOpinion(Result):
    """What one reader says of a symptom: its assertion (None: not told), and how sure it is that it counts (0 to 1)."""

    reader: str
    assertion: Assertion | None
    score: float


class Code(Result):
    """A code of a terminology, as FHIR has it: the URI of the code system, and the code. ``str`` gives the code."""

    system: str
    code: str

    def __str__(self) -> str:
        return self.code


class Mention(Result):
    """A symptom found in the text; ``text == original[start:end]`` always holds.

    ``is_a`` names the coarser concepts that it counts as, nearest first. ``score`` is 1.0, the similarity (0 to 1)
    of a corrected word to the vocabulary's word, or for a mention that only the learned reader found (``match`` is
    ``learned``) its probability; ``like`` is then the vocabulary's nearest wording. ``opinions`` are those of both
    readers, where both were asked.
    ``modifiers`` are facts about the symptom such as ``sudden``, ``severe`` or ``long_standing``. ``codes`` are what
    terminologies call the concept (the Human Phenotype Ontology); a concept that none of them has, has none.
    """

    concept: str
    is_a: tuple[str, ...]
    label: str
    text: str
    start: int
    end: int
    assertion: Assertion
    cue: Cue | None
    match: MatchKind
    score: float
    modifiers: tuple[str, ...]
    like: str | None = None
    opinions: tuple[ReaderOpinion, ...] = ()
    codes: tuple[Code, ...] = ()


class Citation(Result):
    """A pointer to the place in a source that a rule rests on.

    ``url`` is the publisher's own address of the source, None where none was seen. Where it was read in another's
    copy or report, ``via`` says whose, and ``read_at`` its address; both are None for what was read at its publisher.
    """

    source: str
    title: str
    at: str
    edition: str
    url: str | None
    read_at: str | None
    via: str | None


class FiredRule(Result):
    """A rule that held, with its reason in plain words and its sources.

    ``level`` is None for a rule that establishes a finding for other rules.
    ``because_of`` names the facts that made it hold, ``pack`` the folder of rules that it came from.
    """

    rule: str
    title: str
    level: Urgency | None
    establishes: str | None
    because: str
    limits: str
    citations: tuple[Citation, ...]
    interpretation: str | None
    peak: str | None
    window: str | None
    because_of: tuple[str, ...]
    status: str
    pack: str = ""


class Onset(Result):
    """Words that tell when symptoms began, with offsets into the original text, and the dates that they may mean."""

    text: str
    start: int
    end: int
    concepts: tuple[str, ...]
    days: tuple[date, ...]


class Choice(Result):
    """An answer that may be given to a question, and what it would lead to.

    ``id`` is what ``Triage.answer`` takes, ``text`` its words. ``urgency`` is that of the next assessment; ``rule``,
    ``title``, ``because`` and ``citations`` are those of the rule that leads there. They are None and empty where the
    urgency stays as it is, and where no rule asks for anything. ``settles`` says that the answer ends a disagreement of
    the readers.
    """

    id: str
    text: str
    urgency: Urgency
    rule: str | None
    title: str
    because: str
    citations: tuple[Citation, ...]
    settles: bool = False


class Question(Result):
    """A question worth asking, since an answer would change something; as a string it is its words.

    ``id`` is that of the rulebook's question, ``days`` for the days, or ``doubt:`` and a concept for a sign on which
    the readers disagree.
    """

    id: str
    question: str
    choices: tuple[Choice, ...]

    def __str__(self) -> str:
        return self.question


class Answer(Result):
    """A question that was answered: ``choice`` is the id of what was chosen, or the days, and ``said`` its words.

    ``adds`` are the facts that it added.
    """

    question: str
    asked: str
    choice: str
    said: str
    adds: tuple[str, ...] = ()


class Brief(Result):
    """An assessment for a small screen; ``model_dump_json()`` has at most 1,024 bytes.

    ``why`` has the decisive rules, each with its sources; ``words`` the patient's own; ``ask`` the next question.
    What does not fit is left out from the end, or of the advice cut short with "...".
    """

    urgency: Urgency
    rank: int
    understood: bool
    advice: str
    note: str
    why: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    ask: str | None = None


class Assessment(Result):
    """The urgency of one message, and everything that led to it.

    ``rulebook`` is the version and hash of the rules, ``packs`` the folders that they came from, ``vocabulary`` the
    hash of the words that decided; ``readers`` names the readers, the learned one with version and hash of its model.
    ``counted_from`` says what the days are counted from. ``ask`` are the questions worth asking, the most decisive
    first, and ``answers`` those that were answered (see ``Triage.answer``). ``withdrawn`` are mentions of the words
    reader that the learned one sees through: they decide nothing. ``readers_disagree`` names the urgent signs on which
    the readers disagree in a close call. ``on`` is the local date of the message, where a history of treatment was
    given; ``onsets`` say when the text tells that symptoms began, and ``days_counted`` all the days that windows were
    held against.
    """

    urgency: Urgency
    advice: str
    fired: tuple[FiredRule, ...]
    mentions: tuple[Mention, ...]
    withdrawn: tuple[Mention, ...] = ()
    readers_disagree: tuple[str, ...] = ()
    understood: bool
    not_understood: tuple[Cue, ...] = Field(description="Words of complaint that no symptom accounts for.")
    signals: tuple[str, ...]
    assumptions: tuple[str, ...]
    ask: tuple[Question, ...]
    answers: tuple[Answer, ...] = ()
    days_since_infusion: int | None
    counted_from: str = "treatment"
    months_since_first: int | None = None
    on: date | None = None
    onsets: tuple[Onset, ...] = ()
    days_counted: tuple[int, ...] = ()
    flags: tuple[str, ...]
    past: tuple[str, ...] = Field(default=(), description="What rules asked about earlier messages and held.")
    facts: tuple[str, ...] = Field(default=(), description="Facts that were given without any words.")
    engine: str
    readers: tuple[str, ...] = ("words",)
    rulebook: str
    packs: tuple[str, ...] = ()
    vocabulary: str
    disclaimer: str

    def explain(self) -> str:
        """What held, in which words, and the sources, as plain text."""
        from lemtrada_triage.show.explain import explanation

        return explanation(self)

    def brief(self) -> Brief:
        """The same for a small screen, in at most 1,024 bytes of JSON."""
        from lemtrada_triage.show.brief import brief

        return brief(self)


class TriageError(Exception):
    """Base of every error that this library raises on purpose."""


class InputError(TriageError, ValueError):
    """The text, days, flags or engine name handed over cannot be used; the message says why."""


def check_assessment(given: object) -> None:
    """Raises InputError for what is no assessment, such as one that is still JSON."""
    if not isinstance(given, Assessment):
        stored = "Assessment.model_validate_json reads one that was stored"
        raise InputError(f"the assessment must be an Assessment, not {type(given).__name__}: {stored}")


class SourceError(TriageError, ValueError):
    """A rulebook or vocabulary has a mistake. ``problems`` holds all of them, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n\n".join(str(problem) for problem in self.problems))


class RulebookError(SourceError):
    """A mistake in the files of ``rules/``."""


class VocabularyError(SourceError):
    """A mistake in the files of ``vocab/``."""


class EngineLimit(TriageError):
    """A rule needs more than the inference engine can hold; the message says how to split it."""


class Problem:
    """One mistake in a file: its kind, what is wrong, where, and what to do.

    ``severity`` is ``error``, or ``warning`` for what can be loaded all the same.
    """

    __slots__ = ("code", "column", "help", "line", "message", "path", "severity", "source", "width")

    def __init__(
        self,
        code: str,
        message: str,
        path: Path | str,
        line: int = 1,
        column: int = 1,
        help: str | None = None,
        source: str | None = None,
        width: int = 1,
        severity: str = "error",
    ) -> None:
        self.severity = severity
        self.code, self.message, self.path = code, message, str(path)
        self.line, self.column, self.help = line, column, help
        self.source, self.width = source, width

    def __str__(self) -> str:
        gutter = " " * len(str(self.line))
        lines = [f"{self.severity}[{self.code}]: {self.message}", f"{gutter}--> {self.path}:{self.line}:{self.column}"]
        if self.source is not None:
            source, column = self._excerpt()
            caret = " " * (column - 1) + "^" * max(min(self.width, len(source) - column + 1), 1)
            lines += [f"{gutter} |", f"{self.line} | {source}", f"{gutter} | {caret}"]
        if self.help:
            lines.append(f"{gutter} = help: {self.help}")
        return "\n".join(lines)

    def _excerpt(self) -> tuple[str, int]:
        """The line, or of a long one what stands around the mistake, and the column of the mistake in that."""
        source = (self.source or "").replace("\t", " ")  # as wide as the caret takes it to be
        start = max(self.column - 1 - _EXCERPT // 2, 0) if len(source) > _EXCERPT else 0
        return source[start : start + _EXCERPT], self.column - start


_EXCERPT = 160  # characters
