"""Which columns of a log hold what: named by the user, or found by their usual names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lemtrada_triage.batch import guess
from lemtrada_triage.batch.core import ADDED, Scored
from lemtrada_triage.batch.lines import listed
from lemtrada_triage.batch.overtime import GAP, PAST
from lemtrada_triage.model import InputError

# The knowledge: what people call their columns, the likeliest first; case and marks between words do not matter.
TEXT_COLUMNS = (
    "text", "message", "note", "symptoms", "description", "comment", "notes", "comments", "entry", "complaint",
    "chief complaint",
)  # fmt: skip
DAYS_COLUMNS = ("days_since_infusion", "days")
DATE_COLUMNS = (
    "date", "date_of_message", "message_date", "entry_date", "received", "timestamp", "created", "created_at", "time",
    "sent",
)  # fmt: skip
INFUSION_COLUMNS = ("infusion_date", "last_infusion", "date_of_infusion", "last_infusion_date")
FLAGS_COLUMNS = ("flags",)
PATIENT_COLUMNS = ("patient", "patient_id", "subject", "subject_id", "mrn", "person_id")

_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a log keeps what: column names (None: the usual ones), the prefix of the added columns, the encoding.

    ``text`` may be several names, whose cells are read one after the other. Days come from ``days``; where that is
    missing or its cell is empty, from ``date`` less ``infusion``. With ``patient``, each row is decided with that
    patient's earlier rows in mind, by ``date`` or else by the days; an episode of a symptom ends after ``gap`` days
    without a word of it. ``codes``: whether a column has the codes of the concepts.
    """

    text: str | Sequence[str] | None = None
    days: str | None = None
    flags: str | None = None
    prefix: str = ""
    encoding: str = "utf-8"
    date: str | None = None
    infusion: str | None = None
    patient: str | None = None
    gap: int = GAP
    codes: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that are read and of those that are added; ``notes`` say what was chosen.

    ``fields`` are those of ``Scored`` that are added, before any of the past; ``known`` the flags that a cell may name.
    """

    text: tuple[str, ...]
    days: str | None
    date: str | None
    infusion: str | None
    flags: str | None
    patient: str | None
    added: tuple[str, ...]
    fields: tuple[str, ...]
    notes: tuple[str, ...]
    known: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str | None, ...]:
        """All that are read but the text, in the order of ``rows.Cells``."""
        return (self.days, self.date, self.infusion, self.flags, self.patient)

    @property
    def no_past(self) -> tuple[tuple[str, ...], ...]:
        """The cells of the past of a row that has none."""
        return ((),) * (len(self.added) - len(self.fields))

    @property
    def read(self) -> tuple[str, ...]:
        """All that are read."""
        return (*self.text, *[name for name in self.others if name is not None])


def taken(names: Iterable[str]) -> InputError:
    """The error for columns of ours that the log has already."""
    return InputError(f"the log already has: {', '.join(names)}. Use --prefix to name the new columns differently.")


def chosen(
    layout: Layout, names: Sequence[str], known: tuple[str, ...] = (), sample: guess.Sample = guess.nothing
) -> Columns:
    """The columns of a log whose cells may name the ``known`` flags.

    Where no name says which is the text, ``sample`` is asked what the columns hold. Raises InputError where one is
    missing, or a name of ours is taken.
    """
    text, notes = _text(layout, names, sample)
    days = pick("days", layout.days, DAYS_COLUMNS, names)
    patient = pick("patient", layout.patient, (), names)
    date, infusion = _dates(layout, names)
    if patient and not (days or date):
        date, told = _lone_date(names, sample)
        notes += told
    if patient and not (days or date):
        raise InputError(f"no date and no days column to order the rows by. {_listing(names)} Name one with --date.")
    fields = Scored._fields if layout.codes else ADDED
    added = tuple(layout.prefix + name for name in (*fields, *(PAST if patient else ())))
    if clash := [name for name in added if name in names]:
        raise taken(clash)
    if not (days or infusion):
        notes += (f"No days column ({' or '.join(DAYS_COLUMNS)}): the days count as not known.",)
    flags = pick("flags", layout.flags, FLAGS_COLUMNS, names)
    return Columns(text, days, date, infusion, flags, patient, added, fields, notes, known)


def _dates(layout: Layout, names: Sequence[str]) -> tuple[str | None, str | None]:
    """Those of the message and of the infusion; that of the message alone serves to order a patient's rows."""
    date = pick("date", layout.date, DATE_COLUMNS, names)
    infusion = pick("infusion date", layout.infusion, INFUSION_COLUMNS, names)
    if date and infusion:
        return date, infusion
    lone = layout.infusion or (None if layout.patient else layout.date)
    if lone:
        raise InputError(
            f"'{lone}' alone gives no days: name both --date and --infusion-date; "
            f"--date alone orders the rows of a --patient. {_listing(names)}"
        )
    return (date if layout.patient else None), None


def _lone_date(names: Sequence[str], sample: guess.Sample) -> tuple[str | None, tuple[str, ...]]:
    """The one column that holds dates, whatever its name; none where there are several, for they may be of anything."""
    found = guess.dates(sample(), names)
    if len(found) != 1:
        return None, ()
    note = f"The order of the rows is taken from '{listed(found)}', which holds dates; --date names another."
    return found[0], (note,)


def _text(layout: Layout, names: Sequence[str], sample: guess.Sample) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = [layout.text] if isinstance(layout.text, str) else layout.text
    if wanted:
        return tuple(_named("text", name, names) for name in wanted), ()
    usual = _usual(TEXT_COLUMNS, names)
    found = usual or guess.texts(sample(), names)
    if not found:
        tried = ", ".join(TEXT_COLUMNS)
        raise InputError(f"no text column (one of: {tried}). {_listing(names)} Name it with --text.")
    others = listed([f"'{name}'" for name in found[1:]])
    held = "" if usual else ", which holds what people say"
    note = f"The text is taken from '{listed(found[:1])}'{held}{others and f', not from {others}'}"
    return tuple(found[:1]), () if usual and not others else (f"{note}; --text names others, or several.",)


def pick(what: str, wanted: str | None, usual: tuple[str, ...], names: Sequence[str]) -> str | None:
    """The column that is wanted, else the likeliest. Raises InputError where the one that is wanted is missing."""
    if wanted is not None:
        return _named(what, wanted, names)
    return next(iter(_usual(usual, names)), None)


def _named(what: str, name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise InputError(f"no column '{name}' for the {what}. {_listing(names)}")
    return name


def _usual(usual: tuple[str, ...], names: Sequence[str]) -> list[str]:
    """The columns that have a usual name, the likeliest first; of columns of one name the first."""
    folded = {_folded(name): name for name in reversed(names)}
    return [folded[name] for name in map(_folded, usual) if name in folded]


def _folded(name: str) -> str:
    return _BETWEEN.sub(" ", name).strip().lower()


def _listing(names: Sequence[str]) -> str:
    return f"Columns there: {listed(list(names))}." if names else "The log has no columns."
