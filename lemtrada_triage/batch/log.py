"""Scores a symptom log row by row, in constant memory: rows in are rows out, and a bad cell loses nothing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from lemtrada_triage.batch.cells import loose_days, loose_flags, text_of
from lemtrada_triage.batch.formats import CsvLog, Format, JsonLog, Row, taken
from lemtrada_triage.batch.lines import listed, unreadable
from lemtrada_triage.batch.overtime import GAP
from lemtrada_triage.batch.patients import PAST, Diary, Implied, Known, When, rewindable
from lemtrada_triage.model import Assessment, InputError, Mention
from lemtrada_triage.past import Past, facts_of_past
from lemtrada_triage.rulebook import Rulebook
from lemtrada_triage.vocabulary import Vocabulary

ADDED = ("urgency", "urgency_rank", "concepts", "rules", "understood", "warning", "error")
TEXT_COLUMNS = ("text", "message", "note", "symptoms", "description", "comment")
DAYS_COLUMNS = ("days_since_infusion", "days")
FLAGS_COLUMNS = ("flags",)
DATE_COLUMNS = ("date", "message_date", "entry_date", "received", "timestamp", "created", "created_at", "time", "sent")

_REMEMBERED_TEXTS, _REMEMBERED_LENGTH = 20_000, 2_000


class Assessor(Protocol):
    """What a log is scored with: a ``Triage``, or anything that assesses like one."""

    vocabulary: Vocabulary
    rulebook: Rulebook

    def assess(
        self,
        text: str,
        days_since_infusion: int | None = None,
        flags: Collection[str] = (),
        past: Mapping[str, Past] = ...,
    ) -> Assessment:
        """The assessment of one message."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a log keeps what: column names (None: the usual ones), the prefix of the added columns, the encoding.

    With ``patient``, each row is decided with that patient's earlier rows in mind, by ``date`` or else by ``days``; an
    episode of a symptom ends after ``gap`` days without a word of it.
    """

    text: str | None = None
    days: str | None = None
    flags: str | None = None
    prefix: str = ""
    encoding: str = "utf-8"
    patient: str | None = None
    date: str | None = None
    gap: int = GAP


class Scored(NamedTuple):
    """The added columns of one row, in the order of ``ADDED``.

    ``warning`` says what was made of its cells. All but that and ``error`` are empty on a row that was not scored.
    """

    urgency: str = ""
    urgency_rank: int | None = None
    concepts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    understood: bool | None = None
    warning: str = ""
    error: str = ""
    mentions: tuple[Mention, ...] = ()
    """Not a column."""


@dataclass(slots=True)
class Summary:
    """What became of a log: how many rows, how many at each level, how many with an error, a warning or a doubt."""

    rows: int = 0
    errors: int = 0
    warnings: int = 0
    not_understood: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()

    def count(self, scored: Scored) -> None:
        """Adds one row."""
        self.rows += 1
        self.warnings += bool(scored.warning)
        if scored.error:
            self.errors += 1
            return
        self.levels[scored.urgency] += 1
        self.not_understood += not scored.understood


Decide = Callable[[str, int | None, tuple[str, ...]], Scored]


def score(
    triage: Assessor,
    source: BinaryIO,
    sink: BinaryIO,
    format: Format,
    layout: Layout | None = None,
    on_row: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Copies a log from ``source`` to ``sink`` with the columns of ``ADDED``; ``on_row`` follows the count.

    Raises InputError when the log as a whole cannot be used: no text column, a column of ours taken, another encoding.
    """
    layout = layout or Layout()
    with rewindable(source) if layout.patient else nullcontext(source) as stream:
        return _score(triage, stream, sink, format, layout, on_row)


def _score(
    triage: Assessor,
    source: BinaryIO,
    sink: BinaryIO,
    format: Format,
    layout: Layout,
    on_row: Callable[[Summary], None],
) -> Summary:
    reader = CsvLog if format == "csv" else JsonLog
    start = source.tell() if layout.patient else 0
    log = reader(source, sink, layout.encoding)
    columns = _chosen(layout, log.names)
    summary = Summary(notes=columns.notes)
    decide = _decider(triage)
    diary = _diary(triage, log, columns, decide) if columns.when else None
    if diary:
        source.seek(start)
        log = reader(source, sink, layout.encoding)
        summary.notes += diary.notes
    log.begin(columns.text, columns.added)
    for place, row in enumerate(log.rows()):
        known = diary.known[place] if diary else None
        scored = _score_row(row, columns, _with_past(triage, decide, known) if known else decide)
        cells = (*scored[: len(ADDED)], *(known.cells if known else ()))
        log.put(row, dict(zip(columns.added, cells, strict=True)))
        summary.count(scored)
        on_row(summary)
    sink.flush()
    summary.notes += (log.hint,) if log.hint else ()
    return summary


def _diary(triage: Assessor, log: CsvLog | JsonLog, columns: _Columns, decide: Decide) -> Diary:
    """All rows, each scored by itself, by patient."""
    assert columns.when is not None
    implied = Implied({name: concept.lineage for name, concept in triage.vocabulary.concepts.items()})
    diary = Diary(columns.when)
    for row in log.rows():
        scored = _score_row(row, columns, decide)
        said = None if scored.error else implied.said(scored.mentions)
        diary.note(row.read, scored.concepts, scored.urgency_rank, said)
    return diary


def _with_past(triage: Assessor, decide: Decide, known: Known) -> Decide:
    """Decides with a row's past, where it has one that a rule asks about; else as before."""
    if not facts_of_past(known.past, triage.rulebook.past):
        return decide
    return lambda text, days, flags: _columns_of(triage.assess(text, days, flags, known.past))


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its place only when all went well; devices and pipes are written to."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            yield device
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _opened(part, path) as stream:
            yield stream
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _opened(part: Path, path: Path) -> BinaryIO:
    try:
        return part.open("wb")
    except OSError as error:  # named as the user named it
        raise OSError(error.errno, error.strerror, str(path)) from error


@dataclass(frozen=True, slots=True)
class _Columns:
    text: str
    days: str | None
    flags: str | None
    added: tuple[str, ...]
    notes: tuple[str, ...]
    when: When | None = None


def _chosen(layout: Layout, names: list[str]) -> _Columns:
    text = _pick("text", layout.text, TEXT_COLUMNS, names)
    if text is None:
        usual = ", ".join(TEXT_COLUMNS)
        raise InputError(f"no text column (one of: {usual}). {_listing(names)} Name it with --text-column.")
    days = _pick("days", layout.days, DAYS_COLUMNS, names)
    flags = _pick("flags", layout.flags, FLAGS_COLUMNS, names)
    when = _when(layout, names, days)
    added = tuple(layout.prefix + name for name in (*ADDED, *(PAST if when else ())))
    if clash := [name for name in added if name in names]:
        raise taken(clash)
    notes = () if days else (f"No days column ({' or '.join(DAYS_COLUMNS)}): the days count as not known.",)
    return _Columns(text, days, flags, added, notes, when)


def _when(layout: Layout, names: list[str], days: str | None) -> When | None:
    patient = _pick("patient", layout.patient, (), names)
    date = _pick("date", layout.date, DATE_COLUMNS, names)
    if patient is None:
        if layout.date:
            raise InputError("a date column tells nothing without --patient, the column that says whose a row is.")
        return None
    if not (date or days):
        raise InputError(f"no date and no days column to order the rows by. {_listing(names)} Name one with --date.")
    return When(patient, date, days, layout.gap)


def _pick(what: str, wanted: str | None, usual: tuple[str, ...], names: list[str]) -> str | None:
    if wanted is not None:
        if wanted not in names:
            raise InputError(f"no column '{wanted}' for the {what}. {_listing(names)}")
        return wanted
    folded = {name.strip().lower(): name for name in reversed(names)}
    return next((folded[name] for name in usual if name in folded), None)


def _listing(names: list[str]) -> str:
    return f"Columns there: {listed(names)}." if names else "The log has no columns."


def _decider(triage: Assessor) -> Decide:
    """Decides equal rows once, as long as they are short enough to remember."""

    def decide(text: str, days: int | None, flags: tuple[str, ...]) -> Scored:
        return _columns_of(triage.assess(text, days_since_infusion=days, flags=flags))

    remembered = lru_cache(maxsize=_REMEMBERED_TEXTS)(decide)
    return lambda text, days, flags: (
        remembered(text, days, flags) if len(text) <= _REMEMBERED_LENGTH else decide(text, days, flags)
    )


def _columns_of(assessment: Assessment) -> Scored:
    concepts = dict.fromkeys(mention.concept for mention in assessment.mentions if mention.assertion.counts)
    return Scored(
        urgency=assessment.urgency.value,
        urgency_rank=assessment.urgency.rank,
        concepts=tuple(concepts),
        rules=tuple(rule.rule for rule in assessment.fired),
        understood=assessment.understood,
        mentions=assessment.mentions,
    )


def _score_row(row: Row, columns: _Columns, decide: Decide) -> Scored:
    try:
        text, odd_text = _text_of(row, columns.text)
    except InputError as error:
        return Scored(warning=row.warning, error=f"line {row.line}: {error}")
    days = loose_days(row.read.get(columns.days) if columns.days else None)
    flags = loose_flags(row.read.get(columns.flags) if columns.flags else None)
    # Most urgent of what the days may mean; of equals the first, which is the likeliest.
    scored = max((decide(text, day, flags.flags) for day in days.choices), key=lambda one: one.urgency_rank or 0)
    kept = f"{row.unreadable}, kept as they are" if row.unreadable else ""
    told = ((columns.text, odd_text), (columns.days, days.warning), (columns.flags, flags.warning))
    warnings = [row.warning, kept, *(f"'{column}': {warning}" for column, warning in told if warning)]
    return scored._replace(warning="; ".join(filter(None, warnings)))


def _text_of(row: Row, name: str) -> tuple[str, str]:
    if row.error:
        raise InputError(row.error)
    if name not in row.read:
        raise InputError(f"no text: '{name}' is missing")
    text, warning = text_of(row.read[name])
    if row.unreadable and unreadable(text):
        raise InputError(f"{row.unreadable} in '{name}'")
    return text, warning
