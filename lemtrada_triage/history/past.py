"""What a patient's earlier messages say of a symptom, as facts that rules can use.

A rule asks ``{lasting_days: {of: anxiety, from: 14}}`` or ``{episodes: {of: headache, from: 3}}``. Each such question
is one fact with its number in its name, so that the engines compare no numbers: it is present when the past reaches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_FACT = re.compile(r"(?:lasting_(?P<days>\d+)_days|(?P<episodes>\d+)_episodes):(?P<concept>.+)")


class Past(NamedTuple):
    """How a symptom went until now: how many days it has lasted, and how often it has come, this time included."""

    lasting_days: int = 0
    episodes: int = 1


def lasting_days(days: int, concept: str) -> str:
    """The fact that a symptom has lasted so many days or more."""
    return f"lasting_{days}_days:{concept}"


def episodes(count: int, concept: str) -> str:
    """The fact that a symptom has come so many times or more."""
    return f"{count}_episodes:{concept}"


def is_past(fact: str) -> bool:
    """Whether a fact is one of these."""
    return parts_of(fact) is not None


def parts_of(fact: str) -> tuple[str, int, str] | None:
    """Of such a fact: which field of ``Past`` it asks, the number, and the concept; None for any other."""
    found = _FACT.fullmatch(fact)
    if found is None:
        return None
    return ("lasting_days" if found["days"] else "episodes"), int(found["days"] or found["episodes"]), found["concept"]


def facts_of_past(past: Mapping[str, Past], asked: Iterable[str]) -> frozenset[str]:
    """Those of the facts that rules ask about that hold for the past of some symptoms, by concept."""
    return frozenset(fact for fact in asked if _reached(past, fact)) if past else frozenset()


def _reached(past: Mapping[str, Past], fact: str) -> bool:
    found = parts_of(fact)
    if found is None or found[2] not in past:
        return False
    field, number, concept = found
    return bool(getattr(past[concept], field) >= number)
