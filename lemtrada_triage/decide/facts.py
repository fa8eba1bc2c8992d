"""The facts that rules are asked about: what symptoms, signals, flags, a history and answers come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lemtrada_triage.decide.conditionfile import MODIFIERS
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.history.first import facts_of_first, is_of_first
from lemtrada_triage.history.past import parts_of
from lemtrada_triage.lexicon.vocabulary import Concept
from lemtrada_triage.model import Assessment, InputError

# A concept that is present, and its modifiers.
Symptom = tuple[str, tuple[str, ...]]


class Facts:
    """The facts of one vocabulary's concepts and one rulebook."""

    def __init__(self, concepts: Mapping[str, Concept], rulebook: Rulebook) -> None:
        self._concepts, self._rulebook = concepts, rulebook

    def of(self, concept: str, modifiers: Iterable[str] = ("acute", "unstated")) -> frozenset[str]:
        """The facts that a present mention gives: the concept and all it is, plain and with each modifier.

        Raises InputError for an unknown concept.
        """
        found = self._concepts.get(concept)
        if found is None:
            raise InputError(f"no concept is called '{concept}'")
        return frozenset(
            fact for name in found.lineage for fact in (name, *(f"{modifier}:{name}" for modifier in modifiers))
        )

    def checked(self, given: object) -> frozenset[str]:
        """Facts that were handed over. Raises InputError for what is none: a slip is not to pass for no symptom."""
        if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
            raise InputError(f"facts must be a collection of words such as {{'fever'}}, not {given!r}")
        facts = frozenset(map(str, given))
        for fact in facts:
            self._check(fact)
        return facts

    def _check(self, fact: str) -> None:
        kind, _, name = fact.rpartition(":")
        if kind == "flag":
            self._rulebook.medicine.check_flags([name])
        elif past := parts_of(fact):
            self.of(past[2])
        elif kind in MODIFIERS or fact == name:
            self.of(name)
        elif kind != "signal" and not is_of_first(fact):
            raise InputError(f"'{fact}' is no fact; facts are concepts, such as 'fever', alone or as 'sudden:fever'")

    def told(self, symptoms: Iterable[Symptom], signals: Iterable[str], flags: Iterable[str]) -> frozenset[str]:
        """The facts of what a message says, and of what is known of its writer."""
        facts = {f"signal:{signal}" for signal in signals} | {f"flag:{flag}" for flag in flags}
        return frozenset(facts.union(*[self.of(concept, modifiers) for concept, modifiers in symptoms]))

    def of_months(self, months: int | None) -> frozenset[str]:
        """Those that rules ask about of whole months since the first infusion; none where they are not known."""
        return frozenset() if months is None else facts_of_first([months], self._rulebook.since_first)

    def behind(self, assessment: Assessment) -> frozenset[str]:
        """The facts behind an assessment: what was told, flags, the past, the months since the first infusion, what
        was given without words, and answers."""
        symptoms = [(mention.concept, mention.modifiers) for mention in assessment.mentions if mention.assertion.counts]
        told = self.told(symptoms, assessment.signals, assessment.flags)
        months = self.of_months(assessment.months_since_first)
        return told.union(assessment.past, months, assessment.facts, *(answer.adds for answer in assessment.answers))
