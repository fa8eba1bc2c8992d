"""What the cells of a log mean. People fill them in, so they are read as kindly as is safe.

A cell whose meaning is plain is read; any other counts as not known, which is decided on the safe side. Whatever was
made of a cell that does not say it itself is told in a warning. What a program or an option passes is read by
``days_of`` alone, which guesses nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import NamedTuple

from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.model import InputError

# The knowledge: units in days, numbers in words, and what people put before and behind a count of days.
_UNITS = {
    "h hr hrs hour hours": 1 / 24,
    "d day days": 1,
    "w wk wks week weeks": 7,
    "mo mos mth mths month months": 365.25 / 12,
    "y yr yrs year years": 365.25,
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ROUGHLY = r"~|≈|about|around|approx\.?|approximately|roughly|circa|ca\.?|almost|nearly|just over|just under|maybe"
_SINCE = r"(?:ago|post|after|since|later)(?:[ -](?:the |my )?(?:last )?(?:infusion|treatment|dose|course))?"

_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,18})(?:\.0*)?\s*")
_LENGTHS = {name: length for names, length in _UNITS.items() for name in names.split()}
_COUNTS = {"a": 1, "an": 1} | {name: number for number, name in enumerate(_NUMBERS)}
_UNIT = "|".join(_LENGTHS)
_LOOSE = re.compile(
    rf"(?P<roughly>(?:{_ROUGHLY})\s*)?(?P<day>d(?:ay)?\s*[+#]?\s*)?"
    rf"(?P<count>[0-9]{{1,6}}|(?:{'|'.join(_NUMBERS)})\b|an?(?= (?:{_UNIT})\b))(?:\.0*)?"
    rf"(?:[\s-]*(?P<unit>{_UNIT})\b\.?)?(?:\s+{_SINCE})?"
)
_NO_FLAGS = ("none", "no", "na", "n/a", "nan", "null", "-", "?", "unknown")
_PART = re.compile(r"[^;,|]+")


class Days(NamedTuple):
    """What a cell says of the days: the likeliest first, then the ends of what it may mean; ``(None,)``: not known."""

    choices: tuple[int | None, ...]
    warning: str = ""


class Flags(NamedTuple):
    """The ``known`` flags of a cell, sorted, each once."""

    flags: tuple[str, ...]
    warning: str = ""


def shortened(value: object) -> str:
    """A value for a message: its repr, cut at 60 characters."""
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:57]}..."


def days_of(value: object) -> int | None:
    """Whole days from a cell, a field or an option; None when it is empty.

    Raises InputError when it is not a whole number. The range is checked where the days are used.
    """
    if empty(value):
        return None
    whole = _whole(value)
    if whole is None:
        raise InputError(f"days since infusion must be a whole number, not {shortened(value)}")
    return whole


def loose_days(value: object) -> Days:
    """The days of a cell or field: those of ``days_of`` from 0 to LAST_DAY, and periods such as "about 3 weeks"."""
    if empty(value):
        return Days((None,))
    whole = _whole(value)
    if whole is not None and 0 <= whole <= LAST_DAY:
        return Days((whole,))
    loose = _LOOSE.fullmatch(" ".join(value.lower().split())) if isinstance(value, str) else None
    days, slack = _period(loose) if loose else (-1, 0)
    if not 0 <= days <= LAST_DAY:
        return Days((None,), f"{shortened(value)} is not a whole number from 0 to {LAST_DAY:,}, so counts as not known")
    if not slack:
        return Days((days,), "" if str(value).strip().startswith(str(days)) else _read_as(value, days))
    ends = max(days - slack, 0), min(days + slack, LAST_DAY)
    return Days((days, *ends), f"{_read_as(value, days)}, give or take {slack}")


def _whole(value: object) -> int | None:
    written = value if isinstance(value, str) else repr(value)
    whole = None if isinstance(value, bool) else _WHOLE.fullmatch(written)
    return int(whole[1]) if whole else None


def _period(loose: re.Match[str]) -> tuple[int, int]:
    """The days, and by how many they may be off: half a unit; a fifth when roughly said; one when days are numbered."""
    length = _LENGTHS[loose["unit"] or "day"]
    count = loose["count"]
    days = int((_COUNTS[count] if count in _COUNTS else int(count)) * length)
    rough = -(-days // 5) if loose["roughly"] else 0
    return days, max(int(length / 2), rough, 1 if loose["day"] or loose["roughly"] else 0)


def _read_as(value: object, days: int) -> str:
    return f"{shortened(value)} is read as {days} days"


def loose_flags(value: object, known: Collection[str]) -> Flags:
    """The ``known`` flags of a cell ("pregnant; history of cancer") or of a list.

    What is no flag is left out with a warning.
    """
    if empty(value):
        return Flags(())
    parts = _PART.findall(value) if isinstance(value, str) else value if isinstance(value, list) else [value]
    words = [word for part in parts for word in _words(part, known)]
    unknown = [word for word in words if word not in (*known, *_NO_FLAGS)]
    shown = ", ".join([*map(shortened, unknown[:3]), *["..."] * (len(unknown) > 3)])
    warning = f"left out {shown}: the flags are {', '.join(known) or 'none'}" if unknown else ""
    return Flags(tuple(sorted(flag for flag in known if flag in words)), warning)


def _words(part: object, known: Collection[str]) -> list[object]:
    """A flag may be written with spaces ("history of cancer"), and flags may be parted by them."""
    if not isinstance(part, str):
        return [part]
    words = re.split(r"[\s-]+", part.strip().lower())
    whole = "_".join(words)
    return [whole] if whole in known else list(part.lower().split())


def text_of(value: object) -> tuple[str, str]:
    """The message, and a warning if it is no string: what it holds is then read as JSON."""
    if value is None:
        return "", ""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape"), ""
    written = json.dumps(value, ensure_ascii=False, default=str)
    return written, f"{shortened(value)} is not a string; what is written there was read"


def empty(value: object) -> bool:
    """Whether a cell or field says nothing at all."""
    return value is None or (isinstance(value, str) and not value.strip())
