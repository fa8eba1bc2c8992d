"""What told of each fact of a trace, or spoke against it: words of the patient, answers, flags, earlier messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from lemtrada_triage.decide.conditions import FINDING, Trace
from lemtrada_triage.history.first import is_of_first
from lemtrada_triage.model import Assessment, Mention
from lemtrada_triage.show.explain import manner
from lemtrada_triage.show.layout import shown

FactsOf = Callable[[str, Iterable[str]], frozenset[str]]


def with_words(trace: Trace, assessment: Assessment, facts_of: FactsOf) -> Trace:
    """The trace with the words behind each of its facts, and those that spoke against it."""
    children = tuple(with_words(child, assessment, facts_of) for child in trace.children)
    fact = trace.fact
    said = () if fact is None or fact.startswith(FINDING) else tuple(_said(fact, trace.held, assessment, facts_of))
    return replace(trace, children=children, said=said)


def _said(fact: str, held: bool, assessment: Assessment, facts_of: FactsOf) -> Iterator[str]:
    kind, _, concept = fact.rpartition(":")
    for mention in assessment.mentions:
        if concept in (mention.concept, *mention.is_a) and held in (False, _tells(mention, fact, facts_of)):
            yield _words(mention)
    if not held:
        withdrawn = [mention for mention in assessment.withdrawn if concept in (mention.concept, *mention.is_a)]
        yield from (f'withdrawn: "{shown(mention.text)}"' for mention in withdrawn)
    for answer in assessment.answers:
        if fact in answer.adds:
            yield f'answered "{answer.said}" to "{answer.asked}"'
    if fact in assessment.past or fact in assessment.facts:
        yield "known from earlier messages" if fact in assessment.past else "given without words"
    if is_of_first(fact):
        months = assessment.months_since_first
        yield f"months since the first: {'not known' if months is None else months}"
    if kind == "signal" and held:
        yield "seen in the message"
    if kind == "flag" and held and not any(fact in answer.adds for answer in assessment.answers):
        yield "given with the message"


def _tells(mention: Mention, fact: str, facts_of: FactsOf) -> bool:
    return mention.assertion.counts and fact in facts_of(mention.concept, mention.modifiers)


def _words(mention: Mention) -> str:
    return f'"{shown(mention.text)}" ({manner(mention)})'
