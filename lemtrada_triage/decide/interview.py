"""What is worth asking about a case, what each answer would lead to, and what an answer adds.

A question is asked only when an answer would change something: a "yes" that raises the urgency, days that lower it,
or a word on a sign that the readers disagree about. The one that could lead highest comes first, and no interview has
more than ``MOST`` questions. A "no" takes nothing back that the words have said, so it never lowers the urgency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.decide.decider import Day, Decider, Verdict, between
from lemtrada_triage.decide.rulebook import DAYS, Rule, Rulebook
from lemtrada_triage.decide.rulebook import Question as Written
from lemtrada_triage.model import Answer, Assessment, Choice, InputError, Question, Urgency
from lemtrada_triage.read.join import all_modifiers

MOST = 5
DOUBT = "doubt:"
_HIGHEST = max(Urgency)
YES, NO, UNKNOWN = "yes", "no", "unknown"
_NOT_FACTS_OF_CONCEPTS = ("flag:", "signal:", "finding:")

FactsOf = Callable[[str, Iterable[str]], frozenset[str]]


class Case(NamedTuple):
    """What questions depend on: facts, day, the ids of what was answered, the concepts in doubt, and those denied.

    A doubt is a concept on which the readers disagree.
    """

    facts: frozenset[str]
    day: Day
    answered: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    denied: frozenset[str] = frozenset()


class Interview:
    """The questions of a rulebook. ``facts_of`` gives the facts of a concept with modifiers, ``label`` its name."""

    def __init__(self, decider: Decider, rulebook: Rulebook, facts_of: FactsOf, label: Callable[[str], str]) -> None:
        self._decider, self._rulebook, self._facts_of, self._label = decider, rulebook, facts_of, label
        self._by_id = {rule.id: rule for rule in rulebook.rules}
        self._adds = {question.id: self._told(question.adds) for question in rulebook.questions}
        self._signs = {question.id: _concepts(question.adds) for question in rulebook.questions}

    def asks(self, case: Case) -> tuple[Question, ...]:
        """The questions worth asking, the most decisive first, as many as the interview has left."""
        left = MOST - len(case.answered)
        if left <= 0:
            return ()
        now = self._decider.supposed(case.facts, case.day)
        days = list(self._days(case, now))
        found = sorted([*self._doubts(case, now), *self._questions(case, now)], key=lambda one: _order(one, now))
        return (*found[: left - len(days)], *days)

    def answer(self, assessment: Assessment, question_id: str, choice: str | int) -> tuple[Answer, bool]:
        """What is kept of an answer, and whether it settles a doubt.

        Raises InputError, which says what could be, for a question that is not open and a choice that is none.
        """
        question = _question(assessment, question_id)
        chosen, said, settles = _chosen(question, choice)
        adds = sorted(self._added(question_id)) if chosen == YES else ()
        words = {"question": question_id, "asked": question.question, "choice": chosen, "said": said}
        return Answer(**words, adds=tuple(adds)), settles

    def _added(self, question_id: str) -> frozenset[str]:
        concept = question_id.removeprefix(DOUBT)
        return self._adds[question_id] if concept == question_id else self._told((concept,))

    def _questions(self, case: Case, now: Verdict) -> Iterator[Question]:
        if now.urgency is _HIGHEST:
            return
        for question in self._rulebook.questions:
            if question.about.isdisjoint(case.facts) or question.id in case.answered or self._denied(question, case):
                continue
            then = self._decider.supposed_above(now.urgency, case.facts | self._adds[question.id], case.day)
            if then is not None:
                yield self._yes_or_no(question.id, question.ask, now, then)

    def _denied(self, question: Written, case: Case) -> bool:
        """Whether the message has answered it already: every sign that it asks for is denied there."""
        signs = self._signs[question.id]
        return bool(signs) and all(not case.denied.isdisjoint(self._facts_of(sign, ())) for sign in signs)

    def _doubts(self, case: Case, now: Verdict) -> Iterator[Question]:
        """One for each sign on which the readers disagree, while there is something left to decide."""
        for concept in case.doubts:
            if DOUBT + concept in case.answered or now.urgency is _HIGHEST:
                continue
            then = self._decider.supposed(case.facts | self._told((concept,)), case.day)
            words = self._rulebook.wordings.doubt.format(sign=self._label(concept))
            yield self._yes_or_no(DOUBT + concept, words, now, then, settles=True, no_settles=concept not in case.facts)

    def _yes_or_no(
        self, id: str, words: str, now: Verdict, then: Verdict, settles: bool = False, no_settles: bool = False
    ) -> Question:
        said = self._rulebook.wordings
        choices = (
            self._choice(YES, said.affirmed, then, now, settles),
            self._choice(NO, said.denied, now, now, no_settles),
            self._choice(UNKNOWN, said.unknown, now, now),
        )
        return Question(id=id, question=words, choices=choices)

    def _days(self, case: Case, now: Verdict) -> Iterator[Question]:
        """The question for the days, where some days would make another urgency."""
        if case.day is not None or DAYS in case.answered:
            return
        verdicts = zip(self._intervals(), self._decider.supposed_each(case.facts), strict=True)
        same = [list(some) for _, some in groupby(verdicts, key=lambda pair: pair[1].urgency)]
        if len(same) > 1:
            spans = [(range(some[0][0].start, some[-1][0].stop), some[0][1]) for some in same]
            choices = [self._choice(span_id(days), between(days), then, now) for days, then in spans]
            choices.append(self._choice(UNKNOWN, self._rulebook.wordings.unknown, now, now))
            words = self._rulebook.medicine.ask_days
            yield Question(id=DAYS, question=words, choices=tuple(choices))

    def _intervals(self) -> list[range]:
        return [range(first, (LAST_DAY if last is None else last) + 1) for first, last in self._rulebook.intervals]

    def _choice(self, id: str, text: str, then: Verdict, now: Verdict, settles: bool = False) -> Choice:
        rule = self._leading(then, now)
        return Choice(
            id=id,
            text=text,
            urgency=then.urgency,
            rule=rule and rule.id,
            title=rule.title if rule else "",
            because=rule.because if rule else "",
            citations=rule.citations if rule else (),
            settles=settles,
        )

    def _leading(self, then: Verdict, now: Verdict) -> Rule | None:
        """The rule that makes another urgency; one that does not fire now comes first."""
        if then.urgency is now.urgency:
            return None
        rules = [self._by_id[name] for name in then.rules if self._by_id[name].level is then.urgency]
        return min(rules, key=lambda rule: rule.id in now.rules, default=None)

    def _told(self, facts: Iterable[str]) -> frozenset[str]:
        """Facts as the reading of a message would give them: with all that a sign is, and an onset."""
        plain = {fact for fact in facts if fact.startswith(_NOT_FACTS_OF_CONCEPTS)}
        manners: defaultdict[str, set[str]] = defaultdict(set)
        for fact in set(facts) - plain:
            modifier, _, concept = fact.rpartition(":")
            manners[concept].update(filter(None, [modifier]))
        signs = [self._facts_of(concept, all_modifiers(said)) for concept, said in manners.items()]
        return frozenset(plain).union(*signs)


def _concepts(facts: Iterable[str]) -> frozenset[str]:
    return frozenset(fact.rpartition(":")[2] for fact in facts if not fact.startswith(_NOT_FACTS_OF_CONCEPTS))


def _order(question: Question, now: Verdict) -> tuple[int, bool]:
    """The highest that an answer may lead to first; of equals, a sign that one reader has found."""
    return -max(choice.urgency.rank for choice in question.choices), not question.id.startswith(DOUBT)


def span_id(days: range) -> str:
    """A stretch of days as the id of a choice: ``0-3``, ``1462+``."""
    return f"{days.start}+" if days.stop > LAST_DAY else f"{days.start}-{days.stop - 1}"


def days_of(choice: str) -> Day:
    """The days that a choice stands for: a span, whole days, or None for "unknown"."""
    if choice.endswith("+"):
        return range(int(choice[:-1]), LAST_DAY + 1)
    first, dash, last = choice.partition("-")
    return range(int(first), int(last) + 1) if dash else None if choice == UNKNOWN else int(choice)


def day_behind(assessment: Assessment) -> Day:
    """The day that an assessment was decided for: the one given, those that count, or the days that were chosen."""
    if len(assessment.days_counted) > 1:
        return assessment.days_counted
    if assessment.days_since_infusion is not None:
        return assessment.days_since_infusion
    chosen = [answer.choice for answer in assessment.answers if answer.question == DAYS]
    return days_of(chosen[0]) if chosen else None


def _question(assessment: Assessment, question_id: str) -> Question:
    for question in assessment.ask:
        if question.id == question_id:
            return question
    for answer in assessment.answers:
        if answer.question == question_id:
            raise InputError(f"'{question_id}' was answered already, with {answer.choice!r}")
    ids = ", ".join(question.id for question in assessment.ask)
    raise InputError(f"{question_id!r} is not asked here; {f'what is asked: {ids}' if ids else 'nothing is'}")


def _chosen(question: Question, choice: str | int) -> tuple[str, str, bool]:
    """Of what was chosen, the id, the words, and whether it settles a doubt."""
    wanted = str(choice).strip().lower()
    for one in question.choices:
        if wanted in (one.id, one.text.lower()):
            return one.id, one.text, one.settles
    # More digits than a day can have are no number of days, and int() would not take them without end.
    if question.id == DAYS and wanted.isascii() and wanted.isdecimal() and len(wanted) < 10:
        return str(int(wanted)), str(int(wanted)), False
    more = ", or whole days" if question.id == DAYS else ""
    ids = ", ".join(one.id for one in question.choices)
    raise InputError(f"{choice!r} is no answer to '{question.id}': choose from {ids}{more}")
