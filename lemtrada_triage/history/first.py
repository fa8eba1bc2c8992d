"""Windows that are counted from the first infusion, as facts that rules can use.

A rule asks ``{months_since_first: {from: 13, to: 33}}``. The months are whole ones. As with ``lasting_days``, each such
question is a fact with its numbers in its name, so that the engines compare no numbers: one that the patient is known
to be inside, and one that the patient is known to be outside. Neither is present where the first infusion is not known.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from lemtrada_triage.decide.conditions import Any, Condition, Fact, Nothing

INSIDE, OUTSIDE = "months_since_first", "outside_months_since_first"
LAST_MONTH = 1_200
KINDS = frozenset({INSIDE, OUTSIDE})
_FACT = re.compile(rf"({INSIDE}|{OUTSIDE}):(\d+)-(\d*)")


class IfUnknown(StrEnum):
    """What such a window counts as where the first infusion is not known."""

    INSIDE = "inside"
    OUTSIDE = "outside"


def window(first: int | None, last: int | None, unknown: IfUnknown) -> Condition:
    """The condition that the whole months since the first infusion are in a range, both ends included."""
    name = f"{first or 0}-{'' if last is None else last}"
    inside = Fact(f"{INSIDE}:{name}")
    return inside if unknown is IfUnknown.OUTSIDE else Any((inside, Nothing((Fact(f"{OUTSIDE}:{name}"),))))


def is_of_first(fact: str) -> bool:
    """Whether a fact is one of these."""
    return fact.partition(":")[0] in KINDS


def bounds(fact: str) -> tuple[bool, int, int]:
    """Of such a fact: whether it says inside, and the first and last month of its window."""
    found = _FACT.fullmatch(fact)
    assert found is not None
    return found[1] == INSIDE, int(found[2]), int(found[3] or LAST_MONTH)


def facts_of_first(months: Collection[int], asked: Iterable[str]) -> frozenset[str]:
    """Those of the facts that rules ask about that hold in some month (none: not known).

    Of several months, which a patient may be meant to be in, one inside is enough.
    """
    return frozenset(fact for fact in asked if _holds(fact, months)) if months else frozenset()


def _holds(fact: str, months: Collection[int]) -> bool:
    inside, first, last = bounds(fact)
    return any(first <= month <= last for month in months) is inside


def month_for(present: frozenset[str], asked: Iterable[str]) -> int | None:
    """A month in which exactly these of the facts that are asked hold; None where they hold in no one month."""
    asked = list(asked)
    ends = {month for fact in asked for month in (bounds(fact)[1], bounds(fact)[2] + 1)}
    months = (month for month in sorted({0, *ends}) if month <= LAST_MONTH)
    return next((month for month in months if facts_of_first([month], asked) == present), None)
