"""The days of a rulebook as a picture: where a rule's windows lie on an axis that gives early days more room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from lemtrada_triage.decide.conditions import Days, leaves, span
from lemtrada_triage.decide.rulebook import Rule, Rulebook

Kind = Literal["window", "part", "peak"]
_TICKS = {0: "0", 1: "1 d", 3: "3 d", 7: "1 wk", 31: "1 mo", 122: "4 mo", 365: "1 y", 1461: "4 y"}
_TICKS |= {3652: "10 y", 18_262: "50 y"}
_BEYOND = 1.6  # how far the axis goes on behind the last bound, times that bound


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of days in percent of the axis, and what it means: ``window``, a ``part`` of a condition, ``peak``."""

    start: float
    width: float
    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A named day, in percent of the axis."""

    at: float
    label: str


class Axis:
    """The axis of a rulebook: from day 0 to some way beyond the last day that it names, logarithmic."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.last = max(int(rulebook.days_cuts[-1] * _BEYOND), 31)

    def at(self, day: int) -> float:
        """The place of the start of a day, in percent."""
        return round(100 * min(math.log1p(day) / math.log1p(self.last), 1), 2)

    @property
    def ticks(self) -> list[Tick]:
        """The days that are named below the axis."""
        return [Tick(self.at(day), label) for day, label in _TICKS.items() if day <= self.last]

    def bars(self, rule: Rule) -> list[Bar]:
        """The stretches that a rule names; none for a rule of every day."""
        bars = [self._bar(rule.window, "window")] if rule.window else []
        parts = [leaf for leaf in leaves(rule.condition) if isinstance(leaf, Days)]
        bars += [self._bar(days, "part") for days in dict.fromkeys(parts) if days != rule.window]
        return [*bars, self._bar(rule.peak.days, "peak")] if rule.peak else bars

    def _bar(self, days: Days, kind: Kind) -> Bar:
        start, end = self.at(days.first or 0), 100.0 if days.last is None else self.at(days.last + 1)
        return Bar(start, round(end - start, 2), kind, span(days.first, days.last))
