"""What changes between two rulebooks or vocabularies: entries, then patients, then the rows of a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lemtrada_triage.author.changes import Change, other_changes, rule_changes, word_changes
from lemtrada_triage.author.revisions import Side, side
from lemtrada_triage.author.solver import NEEDED, installed
from lemtrada_triage.author.witness import Comparison, Judge, Witness
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.batch.core import Scored
from lemtrada_triage.batch.formats import format_of, unpacked
from lemtrada_triage.batch.log import Layout, scored_cases
from lemtrada_triage.model import InputError, TriageError, Urgency
from lemtrada_triage.show.explain import level_name
from lemtrada_triage.show.layout import shown
from lemtrada_triage.triage import Triage

_EXAMPLES, _LONGEST = 3, 100


@dataclass(slots=True)
class LogChanges:
    """How the rows of a log moved: counts by (old level, new level), a few messages of each, and other changes."""

    rows: int = 0
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rules_only: int = 0

    def count(self, text: str, old: Scored, new: Scored) -> None:
        """Adds one row, scored by both sides."""
        self.rows += 1
        if old.urgency != new.urgency:
            pair = (old.urgency, new.urgency)
            self.moved[pair] += 1
            if len(seen := self.examples.setdefault(pair, [])) < _EXAMPLES:
                seen.append(text)
        elif old.rules != new.rules:
            self.rules_only += 1

    def lines(self) -> Iterator[str]:
        """The report, the most urgent moves first."""
        yield f"Rows: {self.rows}. Other urgency: {sum(self.moved.values())}. Only other rules: {self.rules_only}."
        for pair in sorted(self.moved, key=lambda pair: [-Urgency(level).rank for level in pair]):
            yield f"  {' -> '.join(level_name(Urgency(level)) for level in pair)}: {self.moved[pair]}"
            yield from (f'    "{_short(text)}"' for text in self.examples[pair])


def diff(old: str, new: str, log: Path | None = None, reader: str = "words") -> Iterator[str]:
    """The comparison of two sides (see ``revisions.side``), line by line; with a log, also of its rows.

    Raises InputError for a side or log that cannot be read, and the errors of the loaders with the side's name.
    """
    with side(old) as before, side(new) as after:
        benches = _loaded(before), _loaded(after)
        changes = rule_changes(*benches), word_changes(*benches), other_changes(*benches)
        yield from _rules(benches, changes[0])
        yield from _words(benches, changes[1])
        for change in changes[2]:
            yield from _entry(change)
        if not any(changes):
            yield "Nothing differs."
        if log:
            yield ""
            yield from _log(before, after, log, reader)


def _loaded(one: Side) -> Workbench:
    try:
        return Workbench(one.rules, one.vocab)
    except TriageError as error:
        raise InputError(f"'{one.name}' cannot be loaded:\n{error}") from error


def _comparison(benches: tuple[Workbench, Workbench], more: Iterable[str] = ()) -> Comparison | None:
    """Both sides for the solver; None where it is not installed."""
    old, new = (Judge(bench.rulebook, bench.lineage) for bench in benches)
    return Comparison.of(old, new, more) if installed() else None


def _rules(benches: tuple[Workbench, Workbench], changes: list[Change]) -> Iterator[str]:
    yield _headline("Rules", changes)
    comparison = _comparison(benches) if any(change.decides for change in changes) else None
    for change in changes:
        yield from _entry(change)
        if change.decides and comparison:
            yield from _patient(change.id, comparison.of_rule(change.id), change.id in benches[1].by_id)
        elif change.decides:
            yield f"  for a smallest patient: {NEEDED}"


def _words(benches: tuple[Workbench, Workbench], changes: list[Change]) -> Iterator[str]:
    yield ""
    yield _headline("Words", changes)
    kin = [change.id for change in changes if len({bench.lineage(change.id) for bench in benches} - {()}) == 2]
    comparison = _comparison(benches, kin) if kin else None
    for change in changes:
        yield from _entry(change)
        if change.id in kin and comparison and (found := comparison.of_symptom(change.id)):
            yield f"  decided differently: {_outcomes(found)}"
            yield f"  given: {found.patient.given()}"


def _headline(what: str, changes: Iterable[Change]) -> str:
    counts = Counter(change.how for change in changes)
    return f"{what}: " + ", ".join(f"{counts[how]} {how}" for how in ("added", "removed", "changed"))


def _entry(change: Change) -> Iterator[str]:
    yield ""
    yield f"{change.how} {change.id}"
    yield from (f"  {line}" for line in change.lines)


def _patient(rule: str, found: Witness | None, known: bool) -> Iterator[str]:
    if found is None:
        yield "  this changes nothing for any patient"
        return
    kind = (
        "a smallest patient whose urgency changes"
        if found.urgent
        else "the urgency stays; a smallest patient it is about"
    )
    yield f"  {kind}: {_outcomes(found)}"
    if found.patient.signals:
        facts = ", ".join([found.patient.given(), *found.patient.signals])
        yield f"  {facts} (no case can state a signal of the reader)"
    elif known:
        yield from found.case(rule).splitlines()
    else:
        yield f"    given: {found.patient.given()}"


def _outcomes(found: Witness) -> str:
    return f"{level_name(found.old.urgency)} -> {level_name(found.new.urgency)}"


def _log(before: Side, after: Side, path: Path, reader: str) -> Iterator[str]:
    kind = format_of(str(path))
    if kind is None or kind == "parquet":
        raise InputError(f"'{path}' is no log of rows: its name ends in .csv, .jsonl or .json")
    changes = LogChanges()
    with path.open("rb") as first, path.open("rb") as second:
        sides = [
            scored_cases(Triage(one.rules, one.vocab, reader=reader), unpacked(stream), kind, Layout(prefix="diff_"))
            for one, stream in ((before, first), (after, second))
        ]
        for (case, old), (_, new) in zip(*sides, strict=True):
            if not (old.error or new.error):
                changes.count(case.text, old, new)
    yield from changes.lines()


def _short(text: str) -> str:
    line = shown(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
