"""How programs use the public names, with the types that they get: read by mypy, and run, in tests/test_typing.py.

A line with ``type: ignore`` is a mistake that must be found: where it is not, mypy calls the remark unused.
"""

from datetime import UTC, date, datetime
from typing import assert_type

from lemtrada_triage import (
    Answer,
    Assertion,
    AssertionResult,
    Assessment,
    Brief,
    Choice,
    Citation,
    Code,
    Cue,
    FiredRule,
    InputError,
    MatchKind,
    Mention,
    Onset,
    Question,
    RulebookError,
    TreatmentHistory,
    Triage,
    TriageError,
    Urgency,
    VocabularyError,
)


def decided(triage: Triage) -> Assessment:
    """Every way to ask for an assessment."""
    assert_type(triage.assess("fever"), Assessment)
    assert_type(triage.assess("fever", 3, {"pregnant"}), Assessment)
    history = TreatmentHistory([["2026-03-02", date(2026, 3, 3)]], zone="Europe/Berlin")
    assert_type(triage.assess("fever", on=datetime(2026, 3, 9, tzinfo=UTC), history=history), Assessment)
    assert_type(triage.assess_facts(["fever", "sudden:confusion"], days_since_infusion=None), Assessment)
    assert_type(triage.assertion("no fever", 3, 8), AssertionResult)
    return triage.assess("sore throat, no fever", days_since_infusion=20, flags=["pregnant"])


def fields(result: Assessment) -> None:
    """What a result holds."""
    assert_type(result.urgency, Urgency)
    assert_type(result.urgency >= Urgency.GET_HELP_NOW, bool)
    assert_type(result.urgency.rank, int)
    assert_type(result.advice, str)
    assert_type(result.understood, bool)
    assert_type(result.fired, tuple[FiredRule, ...])
    assert_type(result.fired[0].level, Urgency | None)
    assert_type(result.fired[0].citations, tuple[Citation, ...])
    assert_type(result.fired[0].citations[0].url, str | None)
    assert_type(result.mentions, tuple[Mention, ...])
    assert_type(result.not_understood, tuple[Cue, ...])
    assert_type(result.onsets, tuple[Onset, ...])
    assert_type(result.days_since_infusion, int | None)
    assert_type(result.on, date | None)
    assert_type(result.readers, tuple[str, ...])
    assert_type(result.explain(), str)
    assert_type(result.brief(), Brief)
    assert_type(result.model_dump_json(), str)
    assert_type(Assessment.model_validate_json(result.model_dump_json()), Assessment)


def words(mention: Mention) -> None:
    """What a mention holds."""
    assert_type((mention.start, mention.end), tuple[int, int])
    assert_type(mention.assertion, Assertion)
    assert_type(mention.assertion.counts, bool)
    assert_type(mention.cue, Cue | None)
    assert_type(mention.match, MatchKind)
    assert_type(mention.score, float)
    assert_type(mention.codes, tuple[Code, ...])


def asked(triage: Triage, result: Assessment) -> None:
    """The interview."""
    assert_type(result.ask, tuple[Question, ...])
    question = result.ask[0]
    assert_type(question.choices, tuple[Choice, ...])
    assert_type(question.choices[0].rule, str | None)
    after = triage.answer(result, question.id, "yes")
    assert_type(after, Assessment)
    assert_type(after.answers, tuple[Answer, ...])
    assert_type(str(triage.why("infection", after)), str)


def due(triage: Triage) -> None:
    """Follow-up."""
    found = triage.follow_up(TreatmentHistory([[date(2026, 3, 2)]]), on=date(2026, 3, 9), flags={"takes_antiviral"})
    assert_type(found.text(), str)
    assert_type(found.lines[0].next, date | None)
    assert_type(found.lines[0].dates, tuple[date, ...])


def errors() -> tuple[type[TriageError], ...]:
    """All of them are caught as one."""
    return InputError, RulebookError, VocabularyError


def mistakes(triage: Triage, result: Assessment) -> None:
    """What a type checker has to find; none of this is run."""
    triage.assess(b"fever")  # type: ignore[arg-type]
    triage.assess("fever", "3")  # type: ignore[arg-type]
    triage.assess("fever", date(2026, 3, 9))  # type: ignore[arg-type]
    triage.assess("fever", day=3)  # type: ignore[call-arg]
    triage.answer(result, result.ask[0], "yes")  # type: ignore[arg-type]
    TreatmentHistory([date(2026, 3, 2)])  # type: ignore[list-item]
    result.urgency = Urgency.ROUTINE  # type: ignore[misc]
    print(result.level)  # type: ignore[attr-defined]
    print(result.fired[0].level >= Urgency.CALL_911)  # type: ignore[operator]
    print(result.mentions[0].cue.text)  # type: ignore[union-attr]


def main(triage: Triage) -> None:
    """Runs what is right, so that it is also true."""
    result = decided(triage)
    fields(result)
    words(result.mentions[0])
    asked(triage, result)
    due(triage)
    errors()
