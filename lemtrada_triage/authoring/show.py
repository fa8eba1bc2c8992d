"""All that is known of a rule, a concept, a finding or a source, and who uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lemtrada_triage.authoring.cases import case_files, parsed_cases
from lemtrada_triage.conditions import FINDING, Condition, names, parts_of, span, wording
from lemtrada_triage.model import InputError
from lemtrada_triage.rulebook import Rule
from lemtrada_triage.sources import source_lines
from lemtrada_triage.triage import Triage
from lemtrada_triage.yamlfile import did_you_mean

_FEW = 12


def show(triage: Triage, name: str) -> str:
    """Everything about an id, one block for each kind of thing that has it. Raises InputError for an unknown id."""
    rulebook = triage.rulebook
    blocks = [_rule(triage, rule) for rule in rulebook.rules if rule.id == name]
    if name in triage.vocabulary.concepts:
        blocks.append(_concept(triage, name))
    if any(rule.establishes == name for rule in rulebook.rules):
        blocks.append(_finding(triage, name))
    if name in rulebook.sources:
        blocks.append(_source(triage, name))
    if not blocks:
        known = [*(rule.id for rule in rulebook.rules), *triage.vocabulary.concepts, *rulebook.sources]
        help = did_you_mean(name, known) or "give the id of a rule, concept, finding or source"
        raise InputError(f"nothing is called '{name}'; {help}")
    return "\n\n".join("\n  ".join(block) for block in blocks)


def _rule(triage: Triage, rule: Rule) -> list[str]:
    outcome = f"level {rule.level.value}" if rule.level else f"establishes {rule.establishes}"
    cites = [f"cites {cite.source}, {cite.at}" for cite in rule.citations]
    used = _listed("rules that rest on it", _resting(triage, rule.establishes)) if rule.establishes else []
    return [
        f"rule {rule.id} ({rule.status}, of {rule.pack or 'no folder'}): {rule.title}",
        outcome,
        *([f"only on {span(rule.window.first, rule.window.last)}"] if rule.window else []),
        "when",
        *(f"  {line}" for line in _tree(rule.condition, "")),
        f"because {rule.because}",
        f"limits: {rule.limits}",
        *([f"interpretation: {rule.interpretation}"] if rule.interpretation else []),
        *cites,
        *used,
        *_cases(triage, rule.id),
    ]


def _tree(condition: Condition, indent: str) -> Iterator[str]:
    yield indent + wording(condition)
    for part in parts_of(condition):
        yield from _tree(part, indent + "  ")


def _cases(triage: Triage, rule: str) -> list[str]:
    expected = [
        case.expect for _, file in parsed_cases(triage, case_files(triage.rulebook.folders)) for case in file.tests
    ]
    fired = sum(rule in expect.fired for expect in expected)
    silent = sum(rule in expect.not_fired for expect in expected)
    return [f"cases: {fired} in which it fires, {silent} in which it does not"]


def _concept(triage: Triage, name: str) -> list[str]:
    concepts = triage.vocabulary.concepts
    concept, entry = concepts[name], next(entry for entry in triage.vocabulary.entries if entry.id == name)
    finer = [other for other, each in concepts.items() if name in each.lineage[1:]]
    looking = [rule.id for rule in triage.rulebook.rules if _speaks_of(rule, {name})]
    above = [rule.id for rule in triage.rulebook.rules if _speaks_of(rule, {*concept.lineage[1:]})]
    asked = [question.id for question in triage.rulebook.questions if name in question.about]
    return [
        f"concept {name}: {concept.label}",
        *([f"code {concept.hpo}"] if concept.hpo else []),
        *(["an emergency sign: counts even when told of another person"] if concept.always_counts else []),
        *_listed("is", concept.lineage[1:]),
        *_listed("finer concepts", finer),
        *_listed("terms", entry.terms),
        f"{len(entry.frames)} frames, {len(entry.never)} look-alikes",
        *_listed("rules that look at it", looking),
        *_listed("rules that look at what it is", above),
        *_listed("questions", asked),
    ]


def _speaks_of(rule: Rule, concepts: set[str]) -> bool:
    return any(name.rpartition(":")[2] in concepts for name in names(rule.condition) if not name.startswith(FINDING))


def _finding(triage: Triage, name: str) -> list[str]:
    makers = [rule.id for rule in triage.rulebook.rules if rule.establishes == name]
    return [
        f"finding {name}",
        *_listed("established by", makers, most=99),
        *_listed("rules that rest on it", _resting(triage, name)),
    ]


def _resting(triage: Triage, finding: str) -> list[str]:
    return [rule.id for rule in triage.rulebook.rules if FINDING + finding in names(rule.condition)]


def _source(triage: Triage, name: str) -> list[str]:
    citing = [rule.id for rule in triage.rulebook.rules if any(cite.source == name for cite in rule.citations)]
    first, *others = source_lines(triage.rulebook.sources[name])
    return [f"source {first}", *others, *_listed("rules that cite it", citing, most=999)]


def _listed(what: str, words: Iterable[str], most: int = _FEW) -> list[str]:
    found = list(words)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return [f"{what}: {', '.join(found[:most])}{more}"] if found else []
