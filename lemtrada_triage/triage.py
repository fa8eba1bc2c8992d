"""The way through: text and days in, Assessment out. Read this first.

text -> mentions, by the steps of ``read.reader.Reader.read``; ``read.context`` decides what is present, denied ...
     -> facts (``decide.facts.Facts``), and the rules that fired (``decide.decider.Decider.decide``) -> Assessment

``read.both.BothReaders`` joins what the learned reader says, where there is one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from rapidfuzz import fuzz, process

from lemtrada_triage.decide.adviser import Adviser, FactCase
from lemtrada_triage.decide.conditions import LAST_DAY, Trace
from lemtrada_triage.decide.decider import Day, Verdict
from lemtrada_triage.decide.facts import Facts, Symptom
from lemtrada_triage.decide.rulebook import Folders, Rulebook, rule_folders
from lemtrada_triage.files.locate import existing
from lemtrada_triage.history.dates import Moment
from lemtrada_triage.history.onset import days_told, onsets
from lemtrada_triage.history.onsetfile import TimeWords, load_time_words
from lemtrada_triage.history.past import Past, facts_of_past
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.history.when import When, bad_days, when_of
from lemtrada_triage.lexicon.kept import kept_lexicon
from lemtrada_triage.model import (
    Assertion,
    AssertionResult,
    Assessment,
    Cue,
    InputError,
    MatchKind,
    Mention,
    Onset,
    ReaderOpinion,
    Result,
)
from lemtrada_triage.read import learned
from lemtrada_triage.read.both import BothReaders, TextReader, both_readers
from lemtrada_triage.read.message import Draft, Reading, Span, quotable
from lemtrada_triage.read.reader import Reader
from lemtrada_triage.read.shared import words_reader

if TYPE_CHECKING:
    from lemtrada_triage.history.follow_up import FollowUp

_log = logging.getLogger("lemtrada_triage")
# Characters; a message has some hundred.
LONGEST_TEXT = 4_000_000
READERS = ("both", "words")
LEARNED = MatchKind.LEARNED
# Readings of messages that come again, some two kilobytes each; a text longer than so many characters seldom does.
_REMEMBERED, _LONGEST_REMEMBERED = 4_096, 2_000
R = TypeVar("R", bound=Result)
_NO_PAST: Mapping[str, Past] = MappingProxyType({})


class Triage:
    """Reads a patient's words and says how urgent they are, and why.

    ``rules`` and ``vocab`` are folders of YAML (the shipped ones by default); several ``rules``, such as
    ``["shipped", "my-rules"]``, lie on top of each other. ``engine`` is ``auto`` (durable-rules
    where it can be imported), ``durable`` or ``direct``. ``reader`` is ``both`` (the vocabulary's words and the learned
    reader, where ONNX Runtime and a model are at hand) or ``words``. Raises RulebookError or VocabularyError, which
    name every mistake with its place, and InputError for an unknown engine or reader. Safe to use from many threads;
    several of the same words share what is compiled of them; pickles as its sources.
    """

    def __init__(
        self,
        rules: Folders | None = None,
        vocab: Path | str | None = None,
        engine: str = "auto",
        reader: str = "both",
    ) -> None:
        if reader not in READERS:
            raise InputError(f"unknown reader {reader!r}; choose from {', '.join(READERS)}")
        folder = None if vocab is None else existing(vocab, "vocab")
        words = words_reader(folder)
        self.vocabulary = words.vocabulary
        self.rulebook = Rulebook.load(_rule_folders(rules), self.vocabulary.concepts)
        self.engine = engine
        self.reader = reader
        self.model = _model_folder(vocab)
        self._vocab = folder
        self._start(words)
        for warning in self.warnings:
            _log.warning("%s", warning)

    def _start(self, words: Reader | None = None) -> None:
        self._words = words or Reader(self.vocabulary)
        self._reader: TextReader = self._words
        self.readers: tuple[str, ...] = ("words",)
        if self.reader == "both":
            self._reader, self.readers = both_readers(self._words, self.model, self.vocabulary)
        self._readings = lru_cache(maxsize=_REMEMBERED)(self._reader.read)
        self._start_deciding()

    def _start_deciding(self) -> None:
        self._adviser = Adviser(self.rulebook, self.vocabulary.concepts, self.engine)

    def __getstate__(self) -> dict[str, object]:
        kept = ("vocabulary", "rulebook", "engine", "reader", "model", "_vocab")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        kept = kept_lexicon() if self._vocab is None else None
        same = kept is not None and kept.vocabulary.hash == self.vocabulary.hash
        self._start(Reader(self.vocabulary, kept) if same else None)

    def assess(
        self,
        text: str,
        days_since_infusion: int | None = None,
        flags: Collection[str] = (),
        past: Mapping[str, Past] = _NO_PAST,
        *,
        on: Moment | None = None,
        history: TreatmentHistory | None = None,
        months_since_first: int | None = None,
    ) -> Assessment:
        """The urgency of one message, whatever its wording, of up to ``LONGEST_TEXT`` characters.

        ``days_since_infusion``: whole days since what the pack counts from (the last infusion of the latest course), 0
        to 36,500, or None when not known (decided on the safe side). ``flags``: any of those of the pack
        (``rulebook.medicine.flags``). ``past``: how symptoms went in earlier messages, by concept (see
        ``batch.overtime``). In the place of days, ``history`` and ``on``, the day (or time) of the message: then a
        window also holds where the text tells that a symptom began inside it ("since yesterday").
        ``months_since_first``: whole months since the first infusion, or None. Raises InputError for anything else.
        """
        known = self._checked(text, days_since_infusion, flags)
        dated = not (on is None and history is None and months_since_first is None)
        when = when_of(days_since_infusion, months_since_first, on, history) if dated else When(days_since_infusion)
        reading = (self._readings if len(text) <= _LONGEST_REMEMBERED else self._reader.read)(text)
        told: dict[str, Any] = self._told_of_days(text, reading, when) if dated else {}
        counted = told.get("days_counted", ())
        day: Day = counted if len(counted) > 1 else when.days
        before = facts_of_past(past, self.rulebook.past) if past else frozenset()
        if when.months is not None:
            before |= self.facts.of_months(when.months)
        drafts = reading.drafts
        symptoms = frozenset([(draft.concept, draft.modifiers) for draft in drafts if draft.assertion.counts])
        denied = frozenset([draft.concept for draft in drafts if draft.assertion is Assertion.ABSENT])
        values = self._adviser.told(symptoms, reading.signals, day, known, before, denied, reading.close) | told
        values["assumptions"] = (*when.assumptions, *values["assumptions"]) if dated else values["assumptions"]
        return self._assessment(values, text, reading)

    def _assessment(self, values: dict[str, Any], text: str, reading: Reading) -> Assessment:
        """The result, of what was decided and what was read."""
        drafts, text = reading.drafts, text if text.isascii() else quotable(text)
        values["mentions"] = tuple([self._mention(draft, text) for draft in drafts])
        values["vocabulary"] = self.vocabulary.hash
        values["readers"] = ("words", reading.failed) if reading.failed else self.readers
        if reading.failed and len(text) <= _LONGEST_REMEMBERED:
            self._readings.cache_clear()  # the second reader may be heard the next time
        if not reading.understood:
            values["understood"] = False
            values["advice"] = self._adviser.advice_unread(values["urgency"], reading.signals, bool(drafts))
        if reading.leftovers:
            values["not_understood"] = tuple([_cue(span, text) for span in reading.leftovers])
        if reading.withdrawn:
            values["withdrawn"] = tuple([self._mention(draft, text) for draft in reading.withdrawn])
        if reading.close:
            values["readers_disagree"] = reading.close
        return _made(Assessment, values)

    def answer(self, assessment: Assessment, question: str, choice: str | int) -> Assessment:
        """The next assessment, once a question of ``assessment.ask`` is answered; the one before stays as it is.

        ``question`` is the id of the question, ``choice`` that of one of its choices; ``days`` takes any whole number
        of days too. A "yes" counts as a symptom that is present. A "no" takes nothing back that was told in words, so
        it never lowers the urgency. Raises InputError for a question that is not asked and a choice that is none, or
        where the assessment was made by other rules.
        """
        return self._adviser.answer(assessment, question, choice)

    def _told_of_days(self, text: str, reading: Reading, when: When) -> dict[str, Any]:
        """What is known of the day of a message, and the days on which its symptoms began.

        What is told of days may only raise the urgency.
        """
        began: tuple[Onset, ...] = ()
        days: tuple[int, ...] = ()
        if when.history is not None and when.said is not None:
            began = tuple(onsets(text, reading.drafts, when.said, when.history, self.time_words))
            days = () if when.days is None else tuple(sorted({when.days} | days_told(when.history, began)))
        known = {"days_since_infusion": when.days, "months_since_first": when.months, "on": when.on}
        return known | {"onsets": began, "days_counted": days}

    @cached_property
    def time_words(self) -> TimeWords:
        """The words for days and times: those of the vocabulary's folder, or the shipped ones."""
        return load_time_words(self._vocab)

    def follow_up(self, history: TreatmentHistory, *, on: Moment, flags: Collection[str] = ()) -> FollowUp:
        """What is due for a patient on a day, and when, each line with its sources: tests, medicines, limits, courses.

        ``on`` is a date, or a time, which is taken on the patient's date. Raises InputError for what is no history,
        date or flag, and where the rules have no ``follow_up.yaml``.
        """
        from lemtrada_triage.history.plan import follow_up_of  # most programs never ask

        return follow_up_of(self.rulebook, history, on, flags)

    @classmethod
    def of(cls, words: Reader, rulebook: Rulebook, engine: str = "auto") -> Triage:
        """One that reads by words alone, of parts that are made already."""
        made = object.__new__(cls)
        made.vocabulary, made.rulebook, made.engine = words.vocabulary, rulebook, engine
        made.reader, made.model = "words", learned.model_folder()
        made._vocab = None
        made._start(words)
        return made

    def with_rulebook(self, rulebook: Rulebook) -> Triage:
        """The same words and readers with another rulebook."""
        other = object.__new__(Triage)
        other.__dict__.update(self.__dict__, rulebook=rulebook)
        other._start_deciding()
        return other

    @property
    def flags(self) -> tuple[str, ...]:
        """What may be known of a patient, as the rules name it."""
        return self.rulebook.medicine.flags

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know of the rules, such as that they hold no emergency."""
        return self._adviser.warnings

    @property
    def facts(self) -> Facts:
        """What mentions, flags and answers come to, in the words of the rules."""
        return self._adviser.facts

    @property
    def by_words_alone(self) -> tuple[str, ...]:
        """The concepts that the learned reader, where there is one, does not know."""
        return self._reader.unknown if isinstance(self._reader, BothReaders) else ()

    def read(self, text: str) -> Reading:
        """The mentions alone, without a decision and without result objects."""
        _check_text(text)
        return self._reader.read(text)

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """The same for several texts, each read as if it were alone."""
        for text in texts:
            _check_text(text)
        if isinstance(self._reader, BothReaders):
            return self._reader.read_all(texts)
        return [self._reader.read(text) for text in texts]

    def names(self, text: str) -> tuple[Span, ...]:
        """Where the names of people stand in a text."""
        return self._words.names(text)

    def verdict(
        self,
        symptoms: Iterable[Symptom],
        signals: Iterable[str],
        days: int | None,
        flags: Iterable[str],
        past: frozenset[str] = frozenset(),
    ) -> Verdict:
        """The urgency of what was read and the rules that fired, without reasons; nothing is checked."""
        return self._adviser.verdict(symptoms, signals, days, flags, past)

    def verdicts(self, cases: Iterable[FactCase]) -> list[Verdict]:
        """The same for many cases, decided together; each is the arguments of ``verdict``."""
        return self._adviser.verdicts(cases)

    def first_day(self, days: int | None) -> int | None:
        """The first of the days that no rule can tell apart from these."""
        return self._adviser.first_day(days)

    def assess_facts(
        self, facts: Iterable[str], days_since_infusion: int | None = None, flags: Collection[str] = ()
    ) -> Assessment:
        """The urgency of facts that are already known (see ``facts``), without any text.

        Raises InputError for a fact of a concept that there is none of, and for what ``assess`` refuses.
        """
        known = self._checked("", days_since_infusion, flags)
        values = self._adviser.of_facts(self.facts.checked(facts), days_since_infusion, known)
        return _made(Assessment, values | {"readers": self.readers, "vocabulary": self.vocabulary.hash})

    def assertion(self, text: str, start: int, end: int) -> AssertionResult:
        """Whether the span ``text[start:end]`` is present, absent ... in its context, and the cue that decided it."""
        _check_text(text)
        if not (type(start) is type(end) is int and 0 <= start <= end <= len(text)):
            raise InputError(f"the span {start}..{end} does not lie within the text of {len(text)} characters")
        assertion, cue = self._words.said(text, start, end)
        return AssertionResult(assertion=assertion, cue=_cue(cue, quotable(text)))

    def why(self, rule: str, assessment: Assessment) -> Trace:
        """Why one rule fired for an assessment, or not: each part of its condition, down through findings to the words.

        For one that did not fire, ``needs`` are the smallest changes that would have made it fire. Raises InputError
        for an unknown rule.
        """
        return self._adviser.why_told(rule, assessment)

    def why_facts(self, rule: str, facts: Iterable[str], days_since_infusion: int | None = None) -> Trace:
        """The same for facts that are already known, flags among them (``flag:pregnant``), without any words."""
        return self._adviser.why(rule, self.facts.checked(facts), days_since_infusion)

    def _checked(self, text: object, days: object, flags: Collection[str]) -> frozenset[str]:
        """Raises InputError for what cannot be used; gives the flags as a set."""
        if not isinstance(text, str) or len(text) > LONGEST_TEXT:
            _check_text(text)
        if days is not None and not (type(days) is int and 0 <= days <= LAST_DAY):
            raise bad_days(days)
        if flags != ():
            self.rulebook.medicine.check_flags(flags)
        return frozenset(flags)

    def _mention(self, draft: Draft, text: str) -> Mention:
        concept = self.vocabulary.concepts[draft.concept]
        words = text[draft.start : draft.end]
        values = {
            "concept": concept.id,
            "is_a": concept.lineage[1:],
            "label": concept.label,
            "text": words,
            "start": draft.start,
            "end": draft.end,
            "assertion": draft.assertion,
            "cue": _cue(draft.cue, text),
            "match": draft.match,
            "score": draft.score,
            "modifiers": draft.modifiers,
            "like": self._like(concept.id, words) if draft.match is LEARNED else None,
            "opinions": tuple([_made(ReaderOpinion, opinion._asdict()) for opinion in draft.opinions]),
            "codes": concept.codes,
        }
        return _made(Mention, values)

    def _like(self, concept: str, words: str) -> str | None:
        """The vocabulary's wording of a concept that is nearest to some words."""
        best = process.extractOne(words.lower(), self._terms.get(concept, ()), scorer=fuzz.token_set_ratio)
        return best[0].lstrip("=") if best else None

    @cached_property
    def _terms(self) -> dict[str, tuple[str, ...]]:
        return {entry.id: tuple(term for term in entry.terms if "#" not in term) for entry in self.vocabulary.entries}


def _model_folder(vocab: Path | str | None) -> Path:
    """The model of a vocabulary of one's own, if it has one; else the shipped one."""
    own = Path(vocab) / "model" if vocab is not None else None
    return own if own is not None and own.is_dir() else learned.model_folder()


def _rule_folders(given: Folders | None) -> list[Path]:
    folders = [existing(folder, "rules") for folder in rule_folders(given)]
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InputError("rules: a folder is named twice")
    return folders


def _cue(span: Span | None, text: str) -> Cue | None:
    return None if span is None else _made(Cue, {"text": text[span[0] : span[1]], "start": span[0], "end": span[1]})


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise InputError(f"the text must be a string, not {type(text).__name__}")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read: send it in parts")


def _made(kind: type[R], values: dict[str, Any]) -> R:
    """A result of values that are right already; to check them would take a tenth as long as reading the message."""
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", set(values))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made
