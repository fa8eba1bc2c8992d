"""Who uses what: which rules, concepts, questions and numbers rest on a concept, a finding or a place in a source."""

from __future__ import annotations

from collections.abc import Iterator

from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.decide.conditions import FINDING, names
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.history.first import KINDS
from lemtrada_triage.lexicon.vocabulary import FrameEntry

_KINDS = frozenset({"flag", "signal", "finding"}) | KINDS


def concept_of(fact: str) -> str | None:
    """The concept that a fact is about: ``confusion`` for ``sudden:confusion``; None for what is no symptom."""
    kind, _, name = fact.rpartition(":")
    return None if kind in _KINDS else name


def concepts_of(rule: Rule) -> list[str]:
    """The concepts that a rule names, in alphabetical order."""
    return sorted({concept for fact in names(rule.condition) if (concept := concept_of(fact))})


def rules_naming(bench: Workbench, concept: str) -> list[Rule]:
    """The rules whose condition names a concept itself."""
    return [rule for rule in bench.rulebook.rules if concept in concepts_of(rule)]


def finer(bench: Workbench, concept: str) -> list[str]:
    """The concepts that count as a concept, other than itself."""
    return [one.id for one in bench.vocabulary.concepts.values() if concept in one.lineage[1:]]


def including(bench: Workbench, slot: str) -> list[str]:
    """The slots that include a slot."""
    return [name for name, entry in bench.vocabulary.slots.items() if slot in entry.includes]


def with_slot(bench: Workbench, slot: str) -> list[str]:
    """The concepts that have a frame with a slot itself, be it written or made by the table."""
    return [entry.id for entry in bench.vocabulary.entries if any(slot in _members(frame) for frame in entry.frames)]


def _members(frame: FrameEntry) -> set[str]:
    """The slots of a frame, and those in its lists of words."""
    return {name for member in frame.near or frame.seq for name in ([member] if isinstance(member, str) else member)}


def rules_reached(bench: Workbench, concept: str) -> dict[str, list[Rule]]:
    """The rules that a concept can make hold, by the concept they name: itself, then coarser ones."""
    lineage = bench.vocabulary.concepts[concept].lineage
    found = {name: rules_naming(bench, name) for name in lineage}
    return {name: rules for name, rules in found.items() if rules}


def establishing(bench: Workbench, finding: str) -> list[Rule]:
    """The rules that establish a finding."""
    return [rule for rule in bench.rulebook.rules if rule.establishes == finding]


def resting_on(bench: Workbench, finding: str) -> list[Rule]:
    """The rules that look at a finding."""
    return [rule for rule in bench.rulebook.rules if FINDING + finding in names(rule.condition)]


def findings_of(rule: Rule) -> list[str]:
    """The findings that a rule looks at."""
    return sorted(name.removeprefix(FINDING) for name in names(rule.condition) if name.startswith(FINDING))


def citing(bench: Workbench, source: str) -> dict[str, list[Rule]]:
    """The rules that cite a source, by place, in the order in which the places are first met."""
    found: dict[str, list[Rule]] = {}
    for rule in bench.rulebook.rules:
        for citation in rule.citations:
            if citation.source == source:
                found.setdefault(citation.at, []).append(rule)
    return found


def questions_about(bench: Workbench, concept: str) -> Iterator[str]:
    """The questions that a concept makes sensible, or that a "yes" would add it to."""
    for question in bench.rulebook.questions:
        adds = {concept_of(fact) for fact in question.adds}
        if concept in question.about or concept in adds:
            yield question.id


def measures_of(bench: Workbench, concept: str) -> list[str]:
    """The measurements that can mean a concept."""
    measures = bench.vocabulary.measures
    return [measure.id for measure in measures if any(band.concept == concept for band in measure.bands)]
