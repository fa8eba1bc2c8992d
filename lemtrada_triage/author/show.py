"""All that is known of a rule, a concept, a slot of frames, a finding, a source or a question, as plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lemtrada_triage.author import uses
from lemtrada_triage.author.workbench import CaseAt, Workbench
from lemtrada_triage.decide.conditions import Condition, parts_of, span, wording
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.decide.sources import source_lines
from lemtrada_triage.files.yamlfile import did_you_mean
from lemtrada_triage.lexicon.vocabulary import FrameEntry
from lemtrada_triage.model import InputError
from lemtrada_triage.read.reader import Reader
from lemtrada_triage.show.explain import fact_name, level_name
from lemtrada_triage.show.layout import wrapped

_MOST = 12  # cases, before the rest is only counted


def show(bench: Workbench, name: str) -> str:
    """Everything that has this id, one block each, and where the vocabulary lists it as words.

    Where nothing has it, the concepts that its words are read as. Raises InputError where there is nothing at all.
    """
    tables: dict[str, tuple[Iterable[str], Callable[[Workbench, str], Iterator[str]]]] = {
        "rule": (bench.by_id, _rule),
        "concept": (bench.vocabulary.concepts, _concept),
        "slot": (bench.slots, _slot),
        "finding": (_findings(bench), _finding),
        "source": (bench.rulebook.sources, _source),
        "question": ([question.id for question in bench.rulebook.questions], _question),
    }
    blocks = ["\n".join(block(bench, name)) for known, block in tables.values() if name in known]
    read = [] if blocks else _read_as(bench, name)
    if read:
        told = f"nothing is called '{name}', but it is read as {', '.join(read)}:"
        blocks = [told, *("\n".join(_concept(bench, concept)) for concept in read)]
    if places := [f"  {place}" for place in bench.listed.places(name)]:
        blocks.append("\n".join([f"words '{name}'", *places]))
    if not blocks:
        every = {one for known, _ in tables.values() for one in known}
        help = did_you_mean(name, every) or f"give the id of a {', a '.join(list(tables)[:-1])} or a question"
        raise InputError(f"nothing is called '{name}', and no concept is read in it: {help}")
    return "\n\n".join(blocks)


def _read_as(bench: Workbench, words: str) -> list[str]:
    """The concepts that words alone read in what may be a patient's words."""
    drafts = Reader(bench.vocabulary).read(words.replace("_", " ").replace("-", " ")).drafts
    return list(dict.fromkeys(draft.concept for draft in drafts))


def condition_lines(condition: Condition, indent: str = "    ") -> list[str]:
    """A condition as a small indented tree."""
    inner = [line for part in parts_of(condition) for line in condition_lines(part, f"{indent}  ")]
    return [f"{indent}{wording(condition)}", *inner]


def outcome(rule: Rule) -> str:
    """What a rule leads to: its level or its finding."""
    return f"establishes {rule.establishes}" if rule.level is None else level_name(rule.level)


def _findings(bench: Workbench) -> list[str]:
    return sorted({rule.establishes for rule in bench.rulebook.rules if rule.establishes})


def _rule(bench: Workbench, name: str) -> Iterator[str]:
    rule, written = bench.by_id[name], bench.rules[name]
    fires, silent = bench.cases_of(name)
    reviewer = written.raw.get("reviewed_by")
    pack = f", of {rule.pack}" if len(bench.rulebook.packs) > 1 else ""
    yield f"rule {name}  ({written.place}{pack})"
    yield from wrapped(f"{rule.title}: {outcome(rule)}")
    if rule.window:
        yield f"  only on {span(rule.window.first, rule.window.last)}"
    yield from ["  holds when", *condition_lines(rule.condition)]
    yield from _field("because", rule.because)
    yield from _field("peak", f"{wording(rule.peak.days)}: {rule.peak.because}" if rule.peak else "")
    yield from _field("limits", rule.limits)
    yield from _field("reading of the source", rule.interpretation)
    yield from _field("cites", "; ".join(f"{one.source} {one.at}" for one in rule.citations))
    yield from _field("rests on findings", ", ".join(map(_ids_of(bench), uses.findings_of(rule))))
    above = uses.resting_on(bench, rule.establishes) if rule.establishes else []
    yield from _field("used by rules", _ids(above))
    signed = f"reviewed by {reviewer}, {written.raw.get('reviewed_on')}"
    yield from _field("status", signed if reviewer else rule.status)
    yield from _cases("cases in which it fires", fires)
    yield from _cases("cases in which it is silent", silent)


def _ids_of(bench: Workbench) -> Callable[[str], str]:
    return lambda finding: f"{finding} (established by {_ids(uses.establishing(bench, finding))})"


def _concept(bench: Workbench, name: str) -> Iterator[str]:
    concept, entry = bench.vocabulary.concepts[name], bench.entries[name]
    yield f"concept {name}  ({bench.concepts[name].place})"
    yield from wrapped(concept.label)
    yield from _field("counts as", ", ".join(concept.lineage[1:]))
    yield from _field("finer ones", ", ".join(uses.finer(bench, name)))
    yield from _field("codes", ", ".join(f"{code.code} ({code.system})" for code in concept.codes))
    yield from _field("always counts", "also when told of somebody else" if concept.always_counts else "")
    yield from _field("words", ", ".join(entry.terms))
    yield from _field("frames", "; ".join(map(frame_text, entry.frames)))
    yield from _field("never in", ", ".join(entry.never))
    yield from _field("numbers", ", ".join(uses.measures_of(bench, name)))
    for named, rules in uses.rules_reached(bench, name).items():
        yield from _field("used by rules" if named == name else f"used as {named} by rules", _ids(rules))
    yield from _field("questions", ", ".join(uses.questions_about(bench, name)))
    yield from _cases("cases", [found for found in bench.cases if name in concepts_of(found)])


def _slot(bench: Workbench, name: str) -> Iterator[str]:
    slot = bench.vocabulary.slots[name]
    yield f"slot {name}  ({bench.slots[name].place})"
    yield from _field("words", ", ".join(slot.words))
    yield from _field("includes", ", ".join(slot.includes))
    yield from _field("included by", ", ".join(uses.including(bench, name)))
    yield from _field("in frames of", ", ".join(uses.with_slot(bench, name)))


def _finding(bench: Workbench, name: str) -> Iterator[str]:
    yield f"finding {name}"
    yield from _field("established by rules", _ids(uses.establishing(bench, name)))
    yield from _field("used by rules", _ids(uses.resting_on(bench, name)))


def _source(bench: Workbench, name: str) -> Iterator[str]:
    source, cited = bench.rulebook.sources[name], uses.citing(bench, name)
    first, *lines = source_lines(source)
    yield f"source {first}  ({bench.sources[name].place})"
    yield from (text for line in lines for text in wrapped(line))
    for place, rules in cited.items():
        yield from _field(f"cited at {place}", _ids(rules))
    silent = [f"{place} ({level_name(level)})" for place, level in source.levels.items() if place not in cited]
    yield from _field("lines that ask for something and that no rule cites", ", ".join(silent))
    if not cited:
        yield "  cited by no rule"


def _question(bench: Workbench, name: str) -> Iterator[str]:
    question = next(one for one in bench.rulebook.questions if one.id == name)
    yield f"question {name}  ({bench.questions[name].place})"
    yield from wrapped(question.ask)
    yield from _field("asked about", ", ".join(sorted(question.about)))
    yield from _field('a "yes" adds', ", ".join(map(fact_name, sorted(question.adds))))


def concepts_of(found: CaseAt) -> set[str]:
    """The concepts that a case names."""
    given = found.case.given.symptoms or ()
    named = {leaf if isinstance(leaf, str) else next(iter(leaf.values())) for leaf in given}
    return named | set(found.case.expect.mentions)


def frame_text(frame: FrameEntry) -> str:
    """A frame for a reader: ``kneecap .. hurt`` in this order, ``kneecap & hurt`` in any."""
    members = frame.near or frame.seq
    parts = (member if isinstance(member, str) else f"[{', '.join(member)}]" for member in members)
    return (" & " if frame.near else " .. ").join(parts)


def _ids(rules: Iterable[Rule]) -> str:
    return ", ".join(rule.id for rule in rules)


def _field(name: str, text: str | None) -> list[str]:
    return wrapped(f"{name}: {text}", "  ", "      ") if text else []


def _cases(title: str, found: list[CaseAt]) -> Iterator[str]:
    if found:
        yield f"  {title}: {len(found)}"
        yield from (f"    {one.place}  {one.case.name}" for one in found[:_MOST])
        if len(found) > _MOST:
            yield f"    and {len(found) - _MOST} more"
