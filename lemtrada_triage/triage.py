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
from typing import Any

from rapidfuzz import fuzz, process

from lemtrada_triage.conditions import LAST_DAY, Trace
from lemtrada_triage.engine.decider import Decider, Decision, Verdict
from lemtrada_triage.kept import load_lexicon
from lemtrada_triage.model import (
    AssertionResult,
    Assessment,
    Cue,
    InputError,
    MatchKind,
    Mention,
    ReaderOpinion,
    Urgency,
)
from lemtrada_triage.past import Past, facts_of_past
from lemtrada_triage.read import learned
from lemtrada_triage.read.both import BothReaders, Thresholds, Words
from lemtrada_triage.rulebook import Folders, Rulebook, rule_folders
from lemtrada_triage.text.reader import Draft, Reader, Reading, Span
from lemtrada_triage.vocabulary import Vocabulary

_log = logging.getLogger("lemtrada_triage")
_REMEMBERED = 50_000
# Characters; a message has some hundred.
LONGEST_TEXT = 4_000_000
# Of a longer text than this, objects by the hundred thousand stay until the end of the reading.
_LONG_TEXT = 100_000
READERS = ("both", "words")
LEARNED = MatchKind.LEARNED
_NO_PAST: Mapping[str, Past] = MappingProxyType({})
# A concept that is present, and its modifiers.
Symptom = tuple[str, tuple[str, ...]]


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
        self._decided = lru_cache(maxsize=_REMEMBERED)(self._values_of)

    def __getstate__(self) -> dict[str, object]:
        kept = ("vocabulary", "rulebook", "engine", "reader", "model")
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
    ) -> Assessment:
        """The urgency of one message, whatever its wording, of up to ``LONGEST_TEXT`` characters.

        ``days_since_infusion``: whole days since what the pack counts from (the last infusion of the latest course), 0
        to 36,500, or None when not known (decided on the safe side). ``flags``: any of those of the pack
        (``rulebook.medicine.flags``). ``past``: how symptoms went in earlier messages, by concept (see
        ``batch.overtime``). Raises InputError for anything else.
        """
        known = self._checked(text, days_since_infusion, flags)
        with _no_garbage_collection() if len(text) > _LONG_TEXT else nullcontext():
            return self._assess(text, days_since_infusion, known, facts_of_past(past, self.rulebook.past))

    def _assess(
        self, text: str, days_since_infusion: int | None, known: frozenset[str], past: frozenset[str]
    ) -> Assessment:
        reading = self._reader.read(text)
        drafts = reading.drafts
        symptoms = frozenset([(draft.concept, draft.modifiers) for draft in drafts if draft.assertion.counts])
        values = self._decided(symptoms, reading.signals, days_since_infusion, known, past).copy()
        if reading.failed:
            values["readers"] = ("words", reading.failed)
        if not reading.understood:
            values["understood"] = False
            values["advice"] = self._advice_unread(values["urgency"], reading)
        if drafts:
            values["mentions"] = tuple([self._mention(draft, text) for draft in drafts])
        if reading.leftovers:
            values["not_understood"] = tuple([_cue(span, text) for span in reading.leftovers])
        if reading.withdrawn:
            values["withdrawn"] = tuple([self._mention(draft, text) for draft in reading.withdrawn])
        if reading.close:
            values["readers_disagree"] = reading.close
            values["ask"] = (*values["ask"], *map(self._doubt, reading.close))
        return Assessment.trusted(values)

    @classmethod
    def of(cls, words: Reader, rulebook: Rulebook, engine: str = "auto") -> Triage:
        """One that reads by words alone, of parts that are made already."""
        made = object.__new__(cls)
        made.vocabulary, made.rulebook, made.engine = words.vocabulary, rulebook, engine
        made.reader, made.model = "words", learned.model_folder()
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

    def first_day(self, days: int | None) -> int | None:
        """The first of the days that no rule can tell apart from these."""
        return self._decider.first_day(days)

    def assess_facts(
        self, facts: Iterable[str], days_since_infusion: int | None = None, flags: Collection[str] = ()
    ) -> Assessment:
        """The urgency of facts that are already known (see ``facts_of``), without any text."""
        known = self._checked("", days_since_infusion, flags)
        decision = self._decider.decide(frozenset(facts) | self._facts((), (), known), days_since_infusion)
        return Assessment.trusted(self._values(decision, (), days_since_infusion, known))

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
        """The trace of one rule for an assessment, whether it fired or not: each part of its condition, held or not."""
        return self.why_facts(rule, self.facts_behind(assessment), assessment.days_since_infusion)

    def why_facts(self, rule: str, facts: Iterable[str], days_since_infusion: int | None = None) -> Trace:
        """The trace of one rule for facts that are already known, flags among them (``flag:pregnant``)."""
        try:
            return self._decider.why(rule, frozenset(facts), days_since_infusion)
        except KeyError:
            raise InputError(f"no rule is called '{rule}'") from None

    def facts_behind(self, assessment: Assessment) -> frozenset[str]:
        """The facts that an assessment of a text was decided from: mentions that count, signals, flags, the past."""
        symptoms = [(mention.concept, mention.modifiers) for mention in assessment.mentions if mention.assertion.counts]
        return self._facts(symptoms, assessment.signals, assessment.flags).union(assessment.past)

    def _checked(self, text: object, days: object, flags: Collection[str]) -> frozenset[str]:
        """Raises InputError for what cannot be used; gives the flags as a set."""
        _check_text(text)
        if days is not None:
            _check_days(days)
        _check_flags(flags, self.flags)
        return frozenset(flags)

    def _advice_unread(self, urgency: Urgency, reading: Reading) -> str:
        """What to do where not all was understood: that is said first, and never that nothing needs care."""
        words = self.rulebook.not_understood
        first = words.no_words if "no_words" in reading.signals else words.part if reading.drafts else words.nothing
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
            }
        )

    def _like(self, concept: str, words: str) -> str | None:
        """The vocabulary's wording of a concept that is nearest to some words."""
        best = process.extractOne(words.lower(), self._terms.get(concept, ()), scorer=fuzz.token_set_ratio)
        return best[0].lstrip("=") if best else None

    @cached_property
    def _terms(self) -> dict[str, tuple[str, ...]]:
        return {entry.id: tuple(term for term in entry.terms if "#" not in term) for entry in self.vocabulary.entries}

    def _doubt(self, concept: str) -> str:
        label = self.vocabulary.concepts[concept].label
        return f"The readers disagree about {label}: a person should look at the words."

    def _values_of(
        self,
        symptoms: Iterable[Symptom],
        signals: Iterable[str],
        days: int | None,
        flags: Iterable[str],
        past: frozenset[str],
    ) -> dict[str, Any]:
        """An assessment's values, but for those that the text alone tells."""
        decision = self._decider.decide(self._facts(symptoms, signals, flags) | past, days)
        return self._values(decision, signals, days, flags) | {"past": tuple(sorted(past))}

    def _facts(self, symptoms: Iterable[Symptom], signals: Iterable[str], flags: Iterable[str]) -> frozenset[str]:
        facts = {f"signal:{signal}" for signal in signals} | {f"flag:{flag}" for flag in flags}
        return frozenset(facts.union(*[self.facts_of(concept, modifiers) for concept, modifiers in symptoms]))

    def _values(
        self, decision: Decision, signals: Iterable[str], days: int | None, flags: Iterable[str]
    ) -> dict[str, Any]:
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
            "ask": decision.ask,
            "days_since_infusion": days,
            "counted_from": self.rulebook.medicine.days_since,
            "flags": tuple(sorted(flags)),
            "past": (),
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


def _check_flags(flags: object, known: Sequence[str]) -> None:
    if isinstance(flags, (str, bytes, Mapping)) or not isinstance(flags, Collection):
        example = f" such as {{'{known[0]}'}}" if known else ""
        raise InputError(f"flags must be a collection of words{example}, not {_kind(flags)}")
    for flag in flags:
        if not isinstance(flag, str) or flag not in known:
            raise InputError(f"unknown flag {flag!r}; the flags are {', '.join(known) or 'none'}")


def _kind(flags: object) -> str:
    return "one string" if isinstance(flags, str) else "a mapping" if isinstance(flags, Mapping) else repr(flags)


def _check_days(days: object) -> None:
    if isinstance(days, bool) or not isinstance(days, int):
        raise InputError(f"days since infusion must be a whole number or None, not {days!r}")
    if not 0 <= days <= LAST_DAY:
        raise InputError(f"days since infusion must be from 0 to {LAST_DAY:,}, not {days}")
