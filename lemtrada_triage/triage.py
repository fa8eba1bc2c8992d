"""The way through: text and days in, Assessment out. Read this first.

text -> Reader (mentions and their assertions) -> facts -> Decider (rules that fired) -> Assessment
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process

from lemtrada_triage.decide.conditions import LAST_DAY, Trace
from lemtrada_triage.decide.decider import Day, Decider, Decision, Verdict
from lemtrada_triage.decide.interview import DOUBT, Case, Interview, day_behind, days_of
from lemtrada_triage.decide.rulebook import DAYS, Folders, Rulebook, rule_folders
from lemtrada_triage.history.dates import Moment
from lemtrada_triage.history.first import facts_of_first
from lemtrada_triage.history.onset import days_told, onsets
from lemtrada_triage.history.onsetfile import TimeWords, load_time_words
from lemtrada_triage.history.past import Past, facts_of_past, is_past
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.history.when import When, when_of
from lemtrada_triage.lexicon.kept import load_lexicon
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import (
    Answer,
    Assertion,
    AssertionResult,
    Assessment,
    Cue,
    InputError,
    MatchKind,
    Mention,
    Onset,
    Question,
    ReaderOpinion,
    Urgency,
)
from lemtrada_triage.read import learned
from lemtrada_triage.read.both import BothReaders, Thresholds, Words
from lemtrada_triage.read.message import Draft, Reading, Span
from lemtrada_triage.read.reader import Reader
from lemtrada_triage.show.spoken import with_words

if TYPE_CHECKING:
    from lemtrada_triage.history.follow_up import FollowUp

_log = logging.getLogger("lemtrada_triage")
_REMEMBERED = 50_000
# Questions are some ten kilobytes a case.
_QUESTIONS_REMEMBERED = 2_000
# Characters; a message has some hundred.
LONGEST_TEXT = 4_000_000
# Of a longer text than this, objects by the hundred thousand stay until the end of the reading.
_LONG_TEXT = 100_000
READERS = ("both", "words")
LEARNED = MatchKind.LEARNED
_NO_PAST: Mapping[str, Past] = MappingProxyType({})
# A concept that is present, and its modifiers.
Symptom = tuple[str, tuple[str, ...]]
# What is decided, without its text: symptoms, signals, days, flags, and facts of the past.
FactCase = tuple[Iterable[Symptom], Iterable[str], int | None, Iterable[str], Iterable[str]]


class Triage:
    """Reads a patient's words and says how urgent they are, and why.

    ``rules`` and ``vocab`` are folders of YAML (the shipped ones by default); several ``rules``, such as
    ``["shipped", "my-rules"]``, lie on top of each other. ``engine`` is ``auto`` (durable-rules
    where it can be imported), ``durable`` or ``direct``. ``reader`` is ``both`` (the vocabulary's words and the learned
    reader, where ONNX Runtime and a model are at hand) or ``words``. Raises RulebookError or VocabularyError, which
    name every mistake with its place, and InputError for an unknown engine or reader. Safe to use from many threads;
    pickles as its sources.
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
        with _no_garbage_collection():
            folder = _folder(vocab, "vocab")
            lexicon = load_lexicon() if folder is None else None
            self.vocabulary = lexicon.vocabulary if lexicon else Vocabulary.load(folder)
            self.rulebook = Rulebook.load(_rule_folders(rules), self.vocabulary.concepts)
            self.engine = engine
            self.reader = reader
            self.model = _model_folder(vocab)
            self._vocab = folder
            self._start(Reader(self.vocabulary, lexicon))
        for warning in self.warnings:
            _log.warning("%s", warning)

    def _start(self, words: Reader | None = None) -> None:
        self._words = words or Reader(self.vocabulary)
        self._reader: Words = self._words
        self.readers: tuple[str, ...] = ("words",)
        if self.reader == "both":
            self._reader, self.readers = _both(self._words, self.model, self.vocabulary)
        self._start_deciding()

    def _start_deciding(self) -> None:
        self.warnings = tuple(_warnings(self.rulebook))
        self._packs = tuple(map(str, self.rulebook.packs))
        self._decider = Decider(self.rulebook, self.engine)
        self._interview = Interview(self._decider, self.rulebook, self.facts_of, self._label)
        self._decided = lru_cache(maxsize=_REMEMBERED)(self._values_of)
        self._asked = lru_cache(maxsize=_QUESTIONS_REMEMBERED)(self._questions_of)

    def __getstate__(self) -> dict[str, object]:
        kept = ("vocabulary", "rulebook", "engine", "reader", "model", "_vocab")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._start()

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
        when = when_of(days_since_infusion, months_since_first, on, history)
        with _no_garbage_collection() if len(text) > _LONG_TEXT else nullcontext():
            return self._assess(text, when, known, facts_of_past(past, self.rulebook.past))

    def _assess(self, text: str, when: When, known: frozenset[str], past: frozenset[str]) -> Assessment:
        reading = self._reader.read(text)
        drafts = reading.drafts
        symptoms = frozenset([(draft.concept, draft.modifiers) for draft in drafts if draft.assertion.counts])
        began = self._onsets(text, reading, when)
        days = self._days_counted(when, began)
        day = days if len(days) > 1 else when.days
        past |= self.facts_of_months(when.months)
        values = self._decided(symptoms, reading.signals, day, known, past).copy()
        denied = frozenset([draft.concept for draft in drafts if draft.assertion is Assertion.ABSENT])
        values["ask"] = self._asked(symptoms, reading.signals, day, known, past, denied, reading.close)
        if when.months is not None or when.on is not None:
            values |= {"days_since_infusion": when.days, "months_since_first": when.months, "on": when.on}
            values |= {"onsets": began, "days_counted": days}
            values["assumptions"] = (*when.assumptions, *values["assumptions"])
        if reading.failed:
            values["readers"] = ("words", reading.failed)
        if not reading.understood:
            values["understood"] = False
            values["advice"] = self._advice_unread(values["urgency"], reading.signals, bool(drafts))
        if drafts:
            values["mentions"] = tuple([self._mention(draft, text) for draft in drafts])
        if reading.leftovers:
            values["not_understood"] = tuple([_cue(span, text) for span in reading.leftovers])
        if reading.withdrawn:
            values["withdrawn"] = tuple([self._mention(draft, text) for draft in reading.withdrawn])
        if reading.close:
            values["readers_disagree"] = reading.close
        return Assessment.trusted(values)

    def answer(self, assessment: Assessment, question: str, choice: str | int) -> Assessment:
        """The next assessment, once a question of ``assessment.ask`` is answered; the one before stays as it is.

        ``question`` is the id of the question, ``choice`` that of one of its choices; ``days`` takes any whole number
        of days too. A "yes" counts as a symptom that is present. A "no" takes nothing back that was told in words, so
        it never lowers the urgency. Raises InputError for a question that is not asked and a choice that is none, or
        where the assessment was made by other rules.
        """
        if assessment.rulebook != self.rulebook.label:
            made = f"these rules are {self.rulebook.label}; assess the text again"
            raise InputError(f"the assessment was made by the rules {assessment.rulebook}, and {made}")
        given, settles = self._interview.answer(assessment, question, choice)
        day = days_of(given.choice) if given.question == DAYS else None
        if isinstance(day, int):
            _check_days(day)
        after = _answered(assessment, given, settles, day if isinstance(day, int) else None)
        return self._decided_anew(after, self._assumed_of_history(assessment))

    def _assumed_of_history(self, assessment: Assessment) -> tuple[str, ...]:
        """What was assumed about the history of treatment, which comes first and which no answer changes."""
        decided = self._decider.decide(self.facts_behind(assessment), day_behind(assessment)).assumptions
        return assessment.assumptions[: -len(decided) - len(self.warnings) or None]

    def _decided_anew(self, after: Assessment, assumed: tuple[str, ...]) -> Assessment:
        """An assessment with its last answer taken into account."""
        facts, day = self.facts_behind(after), day_behind(after)
        decision = self._decider.decide(facts, day)
        unread = self._advice_unread(decision.urgency, after.signals, bool(after.mentions))
        return after.model_copy(
            update={
                "urgency": decision.urgency,
                "advice": self.rulebook.levels[decision.urgency] if after.understood else unread,
                "fired": decision.fired,
                "assumptions": (*assumed, *decision.assumptions, *self.warnings),
                "engine": decision.engine,
                "ask": self._interview.asks(_case(after, facts, day)),
            }
        )

    def _onsets(self, text: str, reading: Reading, when: When) -> tuple[Onset, ...]:
        if when.history is None or when.said is None:
            return ()
        return tuple(onsets(text, reading.drafts, when.said, when.history, self.time_words))

    def _days_counted(self, when: When, began: Iterable[Onset]) -> tuple[int, ...]:
        """The day of the message, and those on which symptoms began: what is told may only raise the urgency."""
        if when.history is None or when.days is None:
            return ()
        return tuple(sorted({when.days} | days_told(when.history, began)))

    @cached_property
    def time_words(self) -> TimeWords:
        """The words for days and times: those of the vocabulary's folder, or the shipped ones."""
        return load_time_words(self._vocab)

    def facts_of_months(self, months: int | None) -> frozenset[str]:
        """The facts that rules ask about of whole months since the first infusion; none where they are not known."""
        return frozenset() if months is None else facts_of_first([months], self.rulebook.since_first)

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

    def verdict(
        self,
        symptoms: Iterable[Symptom],
        signals: Iterable[str],
        days: int | None,
        flags: Iterable[str],
        past: frozenset[str] = frozenset(),
    ) -> Verdict:
        """The urgency of what was read and the rules that fired, without reasons; nothing is checked."""
        return self._decider.verdict(self._facts(symptoms, signals, flags) | past, days)

    def verdicts(self, cases: Iterable[FactCase]) -> list[Verdict]:
        """The same for many cases, decided together; each is the arguments of ``verdict``."""
        told: list[tuple[tuple[str | Symptom, ...], int | None]] = [
            ((*symptoms, *map("signal:".__add__, signals), *map("flag:".__add__, flags), *past), self.first_day(days))
            for symptoms, signals, days, flags, past in cases
        ]
        return self._decider.verdicts(told, self._facts_told)

    def _facts_told(self, told: str | Symptom) -> Iterable[str]:
        return (told,) if isinstance(told, str) else self.facts_of(told[0], told[1])

    def first_day(self, days: int | None) -> int | None:
        """The first of the days that no rule can tell apart from these."""
        return self._decider.first_day(days)

    def assess_facts(
        self, facts: Iterable[str], days_since_infusion: int | None = None, flags: Collection[str] = ()
    ) -> Assessment:
        """The urgency of facts that are already known (see ``facts_of``), without any text."""
        known = self._checked("", days_since_infusion, flags)
        given = frozenset(facts)
        every = given | self._facts((), (), known)
        values = self._values(self._decider.decide(every, days_since_infusion), (), days_since_infusion, known)
        values["ask"] = self._interview.asks(Case(every, days_since_infusion))
        return Assessment.trusted(values | {"facts": tuple(sorted(given))})

    def facts_of(self, concept: str, modifiers: Iterable[str] = ("acute", "unstated")) -> frozenset[str]:
        """The facts that a present mention gives: the concept and all it is, plain and with each modifier."""
        found = self.vocabulary.concepts.get(concept)
        if found is None:
            raise InputError(f"no concept is called '{concept}'")
        return frozenset(
            fact for name in found.lineage for fact in (name, *(f"{modifier}:{name}" for modifier in modifiers))
        )

    def assertion(self, text: str, start: int, end: int) -> AssertionResult:
        """Whether the span ``text[start:end]`` is present, absent ... in its context, and the cue that decided it."""
        _check_text(text)
        if not 0 <= start <= end <= len(text):
            raise InputError(f"the span {start}..{end} does not lie within the text of {len(text)} characters")
        assertion, cue = self._words.said(text, start, end)
        return AssertionResult(assertion=assertion, cue=_cue(cue, text))

    def why(self, rule: str, assessment: Assessment) -> Trace:
        """Why one rule fired for an assessment, or not: each part of its condition, down through findings to the words.

        For one that did not fire, ``needs`` are the smallest changes that would have made it fire. Raises InputError
        for an unknown rule.
        """
        found = self._why(rule, self.facts_behind(assessment), day_behind(assessment))
        return with_words(found, assessment, self.facts_of)

    def why_facts(self, rule: str, facts: Iterable[str], days_since_infusion: int | None = None) -> Trace:
        """The same for facts that are already known, flags among them (``flag:pregnant``), without any words."""
        return self._why(rule, frozenset(facts), days_since_infusion)

    def _why(self, rule: str, facts: frozenset[str], day: Day) -> Trace:
        try:
            return self._decider.why(rule, facts, day)
        except KeyError:
            raise InputError(f"no rule is called '{rule}'") from None

    def facts_behind(self, assessment: Assessment) -> frozenset[str]:
        """The facts behind an assessment: what was told, flags, the past, the months since the first infusion, what
        was given without words, and answers."""
        symptoms = [(mention.concept, mention.modifiers) for mention in assessment.mentions if mention.assertion.counts]
        told = self._facts(symptoms, assessment.signals, assessment.flags)
        months = self.facts_of_months(assessment.months_since_first)
        return told.union(assessment.past, months, assessment.facts, *(answer.adds for answer in assessment.answers))

    def _checked(self, text: object, days: object, flags: Collection[str]) -> frozenset[str]:
        """Raises InputError for what cannot be used; gives the flags as a set."""
        _check_text(text)
        if days is not None:
            _check_days(days)
        self.rulebook.medicine.check_flags(flags)
        return frozenset(flags)

    def _advice_unread(self, urgency: Urgency, signals: Collection[str], found: bool) -> str:
        """What to do where not all was understood: that is said first, and never that nothing needs care."""
        words = self.rulebook.not_understood
        first = words.no_words if "no_words" in signals else words.part if found else words.nothing
        then = words.no_all_clear if urgency is Urgency.ROUTINE else self.rulebook.levels[urgency]
        return f"{first} {then}"

    def _mention(self, draft: Draft, text: str) -> Mention:
        concept = self.vocabulary.concepts[draft.concept]
        return Mention.trusted(
            {
                "concept": concept.id,
                "is_a": concept.lineage[1:],
                "label": concept.label,
                "text": text[draft.start : draft.end],
                "start": draft.start,
                "end": draft.end,
                "assertion": draft.assertion,
                "cue": _cue(draft.cue, text),
                "match": draft.match,
                "score": draft.score,
                "modifiers": draft.modifiers,
                "like": self._like(concept.id, text[draft.start : draft.end]) if draft.match is LEARNED else None,
                "opinions": tuple([ReaderOpinion.trusted(opinion._asdict()) for opinion in draft.opinions]),
                "codes": concept.codes,
            }
        )

    def _like(self, concept: str, words: str) -> str | None:
        """The vocabulary's wording of a concept that is nearest to some words."""
        best = process.extractOne(words.lower(), self._terms.get(concept, ()), scorer=fuzz.token_set_ratio)
        return best[0].lstrip("=") if best else None

    @cached_property
    def _terms(self) -> dict[str, tuple[str, ...]]:
        return {entry.id: tuple(term for term in entry.terms if "#" not in term) for entry in self.vocabulary.entries}

    def _label(self, concept: str) -> str:
        return self.vocabulary.concepts[concept].label

    def _questions_of(
        self, symptoms: Iterable[Symptom], signals: Iterable[str], days: Day, flags: Iterable[str],
        past: frozenset[str], denied: frozenset[str], doubts: tuple[str, ...],
    ) -> tuple[Question, ...]:  # fmt: skip
        """What is worth asking about a message."""
        return self._interview.asks(Case(self._facts(symptoms, signals, flags) | past, days, (), doubts, denied))

    def _values_of(
        self,
        symptoms: Iterable[Symptom],
        signals: Iterable[str],
        days: Day,
        flags: Iterable[str],
        past: frozenset[str],
    ) -> dict[str, Any]:
        """An assessment's values, but for those that the text alone tells."""
        decision = self._decider.decide(self._facts(symptoms, signals, flags) | past, days)
        return self._values(decision, signals, days, flags) | {"past": tuple(sorted(filter(is_past, past)))}

    def _facts(self, symptoms: Iterable[Symptom], signals: Iterable[str], flags: Iterable[str]) -> frozenset[str]:
        facts = {f"signal:{signal}" for signal in signals} | {f"flag:{flag}" for flag in flags}
        return frozenset(facts.union(*[self.facts_of(concept, modifiers) for concept, modifiers in symptoms]))

    def _values(self, decision: Decision, signals: Iterable[str], days: Day, flags: Iterable[str]) -> dict[str, Any]:
        return {
            "urgency": decision.urgency,
            "advice": self.rulebook.levels[decision.urgency],
            "fired": decision.fired,
            "mentions": (),
            "withdrawn": (),
            "readers_disagree": (),
            "understood": True,
            "not_understood": (),
            "signals": tuple(sorted(signals)),
            "assumptions": (*decision.assumptions, *self.warnings),
            "ask": (),
            "answers": (),
            "days_since_infusion": days,
            "counted_from": self.rulebook.medicine.days_since,
            "months_since_first": None,
            "on": None,
            "onsets": (),
            "days_counted": (),
            "flags": tuple(sorted(flags)),
            "past": (),
            "facts": (),
            "engine": decision.engine,
            "readers": self.readers,
            "rulebook": self.rulebook.label,
            "packs": self._packs,
            "vocabulary": self.vocabulary.hash,
            "disclaimer": self.rulebook.disclaimer,
        }


def _both(words: Reader, folder: Path, vocabulary: Vocabulary) -> tuple[Words, tuple[str, ...]]:
    """Both readers and their names; words alone, with the reason, where there is no other."""
    if reason := learned.missing(folder):
        return words, ("words", f"no learned reader: {reason}")
    both = BothReaders(words, learned.LearnedReader(folder), Thresholds.load(folder), vocabulary)
    return both, ("words", f"learned {both.learned.label}")


def _model_folder(vocab: Path | str | None) -> Path:
    """The model of a vocabulary of one's own, if it has one; else the shipped one."""
    own = Path(vocab) / "model" if vocab is not None else None
    return own if own is not None and own.is_dir() else learned.model_folder()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A third to a half of the time would go into looking for garbage among objects that all stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _case(assessment: Assessment, facts: frozenset[str], day: Day) -> Case:
    """What the questions about an assessment depend on."""
    answered = tuple(answer.question for answer in assessment.answers)
    denied = [mention.concept for mention in assessment.mentions if mention.assertion is Assertion.ABSENT]
    return Case(facts, day, answered, assessment.readers_disagree, frozenset(denied))


def _answered(before: Assessment, given: Answer, settles: bool, days: int | None) -> Assessment:
    """An assessment with one more answer, before it is decided anew.

    A sign on which both readers and the patient now agree leaves nothing in doubt, unless something else was.
    """
    flags = {fact.removeprefix("flag:") for fact in given.adds if fact.startswith("flag:")}
    close = tuple(name for name in before.readers_disagree if not settles or DOUBT + name != given.question)
    confirmed = settles and bool(given.adds) and not (close or before.not_understood or before.signals)
    return before.model_copy(
        update={
            "answers": (*before.answers, given),
            "days_since_infusion": before.days_since_infusion if days is None else days,
            "flags": tuple(sorted(flags.union(before.flags))),
            "readers_disagree": close,
            "understood": before.understood or confirmed,
        }
    )


def _cue(span: Span | None, text: str) -> Cue | None:
    if span is None:
        return None
    start, end = span
    return Cue.trusted({"text": text[start:end], "start": start, "end": end})


def _warnings(rulebook: Rulebook) -> Iterator[str]:
    if not rulebook.knows_emergencies:
        names = ", ".join(pack.name for pack in rulebook.packs)
        yield (
            f"The rules in {names} hold no emergency rule, so no emergency is noticed. To keep the shipped ones, put "
            f"yours on top of them: shipped,{names}."
        )


def _rule_folders(given: Folders | None) -> list[Path]:
    folders = rule_folders(given)
    for folder in folders:
        _folder(folder, "rules")
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InputError("rules: a folder is named twice")
    return folders


def _folder(given: Path | str | None, kind: str) -> Path | None:
    if given is None:
        return None
    folder = Path(given)
    if not folder.is_dir():
        raise InputError(f"{kind}: there is no folder '{folder}'")
    return folder


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise InputError(f"the text must be a string, not {type(text).__name__}")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read: send it in parts")


def _check_days(days: object) -> None:
    if isinstance(days, bool) or not isinstance(days, int):
        raise InputError(f"days since infusion must be a whole number or None, not {days!r}")
    if not 0 <= days <= LAST_DAY:
        raise InputError(f"days since infusion must be from 0 to {LAST_DAY:,}, not {days}")
