"""What follows from what was told: rules that fire, questions worth asking, what to do. No text is read here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from lemtrada_triage.decide.conditions import LAST_DAY, Trace
from lemtrada_triage.decide.decider import Day, Decider, Decision, Verdict
from lemtrada_triage.decide.facts import Facts, Symptom
from lemtrada_triage.decide.interview import DOUBT, Case, Interview, day_behind, days_of
from lemtrada_triage.decide.rulebook import DAYS, Rulebook
from lemtrada_triage.history.past import is_past
from lemtrada_triage.history.when import bad_days
from lemtrada_triage.lexicon.vocabulary import Concept
from lemtrada_triage.model import Answer, Assertion, Assessment, InputError, Urgency, check_assessment
from lemtrada_triage.show.spoken import with_words

# Cases, of some three kilobytes: the frequent ones come again soon.
_REMEMBERED = 5_000
# Questions are some ten kilobytes a case.
_QUESTIONS_REMEMBERED = 2_000
# What is decided, without its text: symptoms, signals, days, flags, and facts of the past.
FactCase = tuple[Iterable[Symptom], Iterable[str], int | None, Iterable[str], Iterable[str]]


class Adviser:
    """Advises by one rulebook, on concepts of one vocabulary; what was decided before is remembered."""

    def __init__(self, rulebook: Rulebook, concepts: Mapping[str, Concept], engine: str) -> None:
        """Raises InputError for an unknown engine."""
        self.rulebook, self._concepts = rulebook, concepts
        self.facts = Facts(concepts, rulebook)
        self.warnings = _warnings(rulebook)
        self._packs = tuple(map(str, rulebook.packs))
        self._decider = Decider(rulebook, engine)
        self._interview = Interview(self._decider, rulebook, self.facts.of, self._label)
        self._decided = lru_cache(maxsize=_REMEMBERED)(self._values_of)
        self._facts_of = lru_cache(maxsize=_REMEMBERED)(self.facts.of)
        self.told = lru_cache(maxsize=_QUESTIONS_REMEMBERED)(self._told)
        self.first_day = self._decider.first_day

    def _values_of(
        self,
        symptoms: Iterable[Symptom],
        signals: Iterable[str],
        days: Day,
        flags: Iterable[str],
        past: frozenset[str],
    ) -> dict[str, Any]:
        """An assessment's values, but for the questions and those that the text alone tells."""
        decision = self._decider.decide(self.facts.told(symptoms, signals, flags) | past, days)
        return self._values(decision, signals, days, flags) | {"past": tuple(sorted(filter(is_past, past)))}

    def _told(
        self, symptoms: frozenset[Symptom], signals: frozenset[str], days: Day, flags: frozenset[str],
        past: frozenset[str], denied: frozenset[str], doubts: tuple[str, ...],
    ) -> dict[str, Any]:  # fmt: skip
        """An assessment's values with what is worth asking, but for those that the text alone tells."""
        ask = self._interview.asks(Case(self.facts.told(symptoms, signals, flags) | past, days, (), doubts, denied))
        return self._decided(symptoms, signals, days, flags, past) | {"ask": ask}

    def of_facts(self, given: frozenset[str], days: int | None, flags: frozenset[str]) -> dict[str, Any]:
        """An assessment's values for facts that are already known."""
        every = given | self.facts.told((), (), flags)
        values = self._values(self._decider.decide(every, days), (), days, flags)
        return values | {"facts": tuple(sorted(given)), "ask": self._interview.asks(Case(every, days))}

    def verdict(
        self, symptoms: Iterable[Symptom], signals: Iterable[str], days: int | None, flags: Iterable[str],
        past: frozenset[str],
    ) -> Verdict:  # fmt: skip
        """The urgency of what was read and the rules that fired, without reasons."""
        return self._decider.verdict(self.facts.told(symptoms, signals, flags) | past, days)

    def verdicts(self, cases: Iterable[FactCase]) -> list[Verdict]:
        """The same for many cases, decided together; each is the arguments of ``verdict``."""
        told: list[tuple[tuple[str | Symptom, ...], int | None]] = [
            ((*symptoms, *map("signal:".__add__, signals), *map("flag:".__add__, flags), *past), self.first_day(days))
            for symptoms, signals, days, flags, past in cases
        ]
        return self._decider.verdicts(told, self._facts_told)

    def _facts_told(self, told: str | Symptom) -> Iterable[str]:
        return (told,) if isinstance(told, str) else self._facts_of(*told)

    def why(self, rule: str, facts: frozenset[str], day: Day) -> Trace:
        """The trace of one rule. Raises InputError for an unknown one."""
        try:
            return self._decider.why(str(rule), facts, day)
        except KeyError:
            raise InputError(f"no rule is called '{rule}'") from None

    def why_told(self, rule: str, assessment: Assessment) -> Trace:
        """The same for an assessment, down to the words behind each fact."""
        check_assessment(assessment)
        found = self.why(rule, self.facts.behind(assessment), day_behind(assessment))
        return with_words(found, assessment, self.facts.of)

    def answer(self, before: Assessment, question: str, choice: str | int) -> Assessment:
        """The next assessment (see ``Triage.answer``)."""
        check_assessment(before)
        if before.rulebook != self.rulebook.label:
            made = f"these rules are {self.rulebook.label}; assess the text again"
            raise InputError(f"the assessment was made by the rules {before.rulebook}, and {made}")
        given, settles = self._interview.answer(before, question, choice)
        day = days_of(given.choice) if given.question == DAYS else None
        if isinstance(day, int) and day > LAST_DAY:
            raise bad_days(day)
        after = _answered(before, given, settles, day if isinstance(day, int) else None)
        return self._decided_anew(after, self._assumed_of_history(before))

    def _assumed_of_history(self, assessment: Assessment) -> tuple[str, ...]:
        """What was assumed about the history of treatment, which comes first and which no answer changes."""
        decided = self._decider.decide(self.facts.behind(assessment), day_behind(assessment)).assumptions
        return assessment.assumptions[: -len(decided) - len(self.warnings) or None]

    def _decided_anew(self, after: Assessment, assumed: tuple[str, ...]) -> Assessment:
        """An assessment with its last answer taken into account."""
        facts, day = self.facts.behind(after), day_behind(after)
        decision = self._decider.decide(facts, day)
        unread = self.advice_unread(decision.urgency, after.signals, bool(after.mentions))
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

    def advice_unread(self, urgency: Urgency, signals: Collection[str], found: bool) -> str:
        """What to do where not all was understood: that is said first, and never that nothing needs care."""
        words = self.rulebook.not_understood
        first = words.no_words if "no_words" in signals else words.part if found else words.nothing
        then = words.no_all_clear if urgency is Urgency.ROUTINE else self.rulebook.levels[urgency]
        return f"{first} {then}"

    def _label(self, concept: str) -> str:
        return self._concepts[concept].label

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
            "rulebook": self.rulebook.label,
            "packs": self._packs,
            "disclaimer": self.rulebook.disclaimer,
        }


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


def _warnings(rulebook: Rulebook) -> tuple[str, ...]:
    if rulebook.knows_emergencies:
        return ()
    names = ", ".join(pack.name for pack in rulebook.packs)
    return (
        f"The rules in {names} hold no emergency rule, so no emergency is noticed. To keep the shipped ones, put "
        f"yours on top of them: shipped,{names}.",
    )
