"""What differs between two rulebooks and two vocabularies, entry by entry, as lines to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import ndiff
from typing import TypeVar

from lemtrada_triage.author.show import condition_lines, frame_text, outcome
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.decide.conditions import wording
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.lexicon.vocabulary import ConceptEntry

_MOST = 12
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Change:
    """A rule or concept that was ``added``, ``removed`` or ``changed``. ``decides``: it may change an outcome."""

    id: str
    how: str
    lines: tuple[str, ...]
    decides: bool


def rule_changes(old: Workbench, new: Workbench) -> list[Change]:
    """The rules that differ, in the order of the new rulebook, those that are gone last."""
    return [*_changes(old.by_id, new.by_id, _rule_lines, _decides)]


def _changes(
    old: Mapping[str, E],
    new: Mapping[str, E],
    lines: Callable[[E | None, E | None], Iterable[str]],
    decides: Callable[[E | None, E | None], bool],
) -> Iterator[Change]:
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name), new.get(name)
        if found := tuple(lines(before, after)):
            how = "added" if before is None else "removed" if after is None else "changed"
            yield Change(name, how, found, decides(before, after))


def _decides(old: Rule | None, new: Rule | None) -> bool:
    if old is None or new is None:
        return True
    return (old.condition, old.level, old.establishes) != (new.condition, new.level, new.establishes)


def _rule_lines(old: Rule | None, new: Rule | None) -> Iterator[str]:
    if old is None or new is None:
        rule = old or new
        assert rule is not None
        yield f"{rule.title}: {outcome(rule)}"
        yield from condition_lines(rule.condition, "  ")
        return
    if outcome(old) != outcome(new):
        yield f"leads to: {outcome(old)} -> {outcome(new)}"
    if old.condition != new.condition:
        yield "condition:"
        yield from _listed(condition_lines(old.condition, "  "), condition_lines(new.condition, "  "))
    for name in ("title", "because", "limits", "interpretation", "status"):
        yield from _words(name, getattr(old, name), getattr(new, name))
    yield from _words(
        "peak", *(f"{wording(one.peak.days)}: {one.peak.because}" if one.peak else "" for one in (old, new))
    )
    cites = [{f"{cite.source} {cite.at}": None for cite in rule.citations} for rule in (old, new)]
    yield from _sets("cite", *cites)


def _listed(old: list[str], new: list[str]) -> Iterator[str]:
    return (line.rstrip() for line in ndiff(old, new) if not line.startswith("?"))


def _words(name: str, old: str | None, new: str | None) -> Iterator[str]:
    if old != new:
        yield f"{name}:"
        yield from (f"- {old}" for _ in [0] if old)
        yield from (f"+ {new}" for _ in [0] if new)


def _sets(name: str, old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """What left a list and what came, the first dozen of each."""
    before, after = dict.fromkeys(old), dict.fromkeys(new)
    for sign, found in (
        ("-", [one for one in before if one not in after]),
        ("+", [one for one in after if one not in before]),
    ):
        if found:
            rest = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
            yield f"{sign} {name}: {', '.join(found[:_MOST])}{rest}"


def word_changes(old: Workbench, new: Workbench) -> list[Change]:
    """The concepts that differ, and the other parts of the vocabulary together as one change."""
    changes = [*_changes(old.entries, new.entries, _concept_lines, lambda before, after: True)]
    context = tuple(_context_lines(old, new))
    return [*changes, Change("context, slots and spelling", "changed", context, True)] if context else changes


def _concept_lines(old: ConceptEntry | None, new: ConceptEntry | None) -> Iterator[str]:
    if old is None or new is None:
        entry = old or new
        assert entry is not None
        yield f"{entry.label}: {len(entry.terms)} terms, {len(entry.frames)} frames"
        return
    yield from _words("label", old.label, new.label)
    for name in ("is_a", "terms", "never"):
        yield from _sets(name, getattr(old, name), getattr(new, name))
    yield from _sets("frames", map(frame_text, old.frames), map(frame_text, new.frames))


def _context_lines(old: Workbench, new: Workbench) -> Iterator[str]:
    before, after = old.vocabulary, new.vocabulary
    yield from _sets("slots", map(str, before.slots.items()), map(str, after.slots.items()))
    cues = [[f"{cue.kind} '{term}'" for cue in one.cues for term in cue.terms] for one in (before, after)]
    yield from _sets("cues", *cues)
    for name in ("idioms", "compounds", "fillers", "forms", "ambiguous", "feelings", "known_words"):
        yield from _sets(name.replace("_", " "), sorted(getattr(before, name)), sorted(getattr(after, name)))
    yield from _sets("measures", *([measure.model_dump_json() for measure in one.measures] for one in (before, after)))
    counting = [[one.id for one in side.concepts.values() if one.always_counts] for side in (before, after)]
    yield from _sets("always counts", *counting)


def other_changes(old: Workbench, new: Workbench) -> list[Change]:
    """What a patient is told and asked, and the sources, each as one change."""
    found = {"words for the patient": _told(old, new), "questions": _asked(old, new), "sources": _cited(old, new)}
    parts = {name: tuple(lines) for name, lines in found.items()}
    return [Change(name, "changed", lines, False) for name, lines in parts.items() if lines]


def _told(old: Workbench, new: Workbench) -> Iterator[str]:
    before, after = old.rulebook, new.rulebook
    for level, advice in after.levels.items():
        yield from _words(f"advice at {level.value}", before.levels[level], advice)
        yield from _words(f"label of {level.value}", before.labels[level], after.labels[level])
    for name in ("no_words", "nothing", "part", "no_all_clear"):
        yield from _words(name, getattr(before.not_understood, name), getattr(after.not_understood, name))
    yield from _words("disclaimer", before.disclaimer, after.disclaimer)


def _asked(old: Workbench, new: Workbench) -> Iterator[str]:
    told = [
        [
            f"{one.id}: {one.ask} (about {', '.join(sorted(one.about))}; adds {', '.join(sorted(one.adds))})"
            for one in asked
        ]
        for asked in (old.rulebook.questions, new.rulebook.questions)
    ]
    yield from _sets("question", *told)


def _cited(old: Workbench, new: Workbench) -> Iterator[str]:
    told = [
        [f"{one.id} ({one.edition}; {len(one.lines or ())} lines)" for one in side.values()]
        for side in (old.rulebook.sources, new.rulebook.sources)
    ]
    yield from _sets("source", *told)
