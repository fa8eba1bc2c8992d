"""Holds labelled messages to the rules: the level that is written is the one that the rules decide from the labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lemtrada_triage.model import Problem, Urgency
from lemtrada_triage.read.join import all_modifiers
from lemtrada_triage.training.messages import Message
from lemtrada_triage.triage import Triage

# What a writer who gave no modifiers may have meant.
_PLAUSIBLE = ("sudden", "long_standing", "severe", "lasting")

Modifiers = Mapping[str, Iterable[str]]


def level_of(triage: Triage, message: Message, modifiers: Modifiers) -> Urgency:
    """What the rules decide from a message's labels."""
    symptoms = [(concept, all_modifiers(modifiers.get(concept, ()))) for concept in message.counting]
    return triage.verdict(symptoms, message.signals, message.days, ()).urgency


def check_levels(triage: Triage, messages: Iterable[Message]) -> Iterator[Problem]:
    """A problem for each message whose level is not what the rules decide from its labels."""
    for message in messages:
        if message.level is not None and message.level not in (decided := _decided(triage, message)):
            labels = ", ".join(f"{concept} {said.value}" for concept, said in message.concepts.items()) or "no concept"
            yield Problem(
                "other-level",
                f"level {message.level.value}, but the rules decide {decided[0].value} ({labels}; days {message.days})",
                message.path,
                message.line,
                help="mend the label that is wrong: the level, a concept, an assertion, a modifier or the days",
            )


def _decided(triage: Triage, message: Message) -> list[Urgency]:
    """The levels that the labels allow: one, unless the modifiers are not known."""
    if message.modifiers is not None:
        return [level_of(triage, message, message.modifiers)]
    guesses = list(_guesses(message.counting))
    return [level_of(triage, message, guess) for guess in guesses]


def _guesses(concepts: tuple[str, ...]) -> Iterator[Modifiers]:
    yield {}
    for modifier in _PLAUSIBLE:
        yield dict.fromkeys(concepts, (modifier,))
        for concept in concepts if len(concepts) > 1 else ():
            yield {concept: (modifier,)}
