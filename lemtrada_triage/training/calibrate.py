"""Chooses the limits of ``read.join`` on the ``dev`` messages, by a stated cost, and writes them with their figures.

The cost: a missed emergency weighs 20 false ones, at level 5 and again at level 4 or more; a message whose level is
not exact costs 1 on top, and on real turns a symptom that is missed or wrongly found, which costs a quarter on others:
there the level says most, but a nurse reads the findings too. Emergencies are more common on dev than in what patients
write, so false ones have a bound besides: at level 5 at most 2.5 % of the messages below. The names of grave signs in
plain company (``plain``) count as emergencies, half of one each, as nobody wrote them so: what a list knows should not
fall.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lemtrada_triage.model import Urgency
from lemtrada_triage.read.both import Thresholds
from lemtrada_triage.read.learned import MODIFIERS, THRESHOLDS, LearnedReader
from lemtrada_triage.read.message import Reading
from lemtrada_triage.training.cases import Case, Court, Levels, cases_of
from lemtrada_triage.training.messages import Message
from lemtrada_triage.training.plain import plain_messages
from lemtrada_triage.training.rows import Lineage, message_row
from lemtrada_triage.triage import Triage

MISSED = 20.0  # what a missed emergency costs; a false one costs 1
PLAIN = 10.0  # what it costs when the name of a grave sign falls in plain company
FINDING = 0.25  # what a symptom costs that is missed or wrongly found in a message whose level is labelled
FALSE = 0.025  # of the messages below level 5, at most so many may be read as level 5
GROUPS = ("call_911", "get_help_now", "other", "signal")
# Talk without any symptom is far more common than on dev: nothing counts that is less likely than one in five.
_FIND = (0.2, 0.3, 0.4, 0.5, 0.6, 0.75)
# What words have read falls only where the other reader gives it less than one in ten.
_KEEP = (0.0, 0.003, 0.01, 0.02, 0.05, 0.1)
_OVERRULE = (0.9, 0.97)  # a cue that words have read weighs much
_BESIDE = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SUDDEN = (0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
_START = {"find": 0.5, "keep": 0.03, "overrule": 0.9, "beside": 0.0}
_SHRINK = 40.0  # positives on dev at which a concept's own limit weighs as much as its group's
_CLOSE = (3.0, 2.5, 2.0, 1.6, 1.3, 1.1, 1.0)
_MARKED = 0.03  # of dev messages at most may be a close call

Array = np.ndarray[Any, Any]


def calibrate(triage: Triage, folder: Path, messages: Iterable[Message], tell: Callable[[str], None]) -> None:
    """Writes ``thresholds.json`` into a model's folder; ``triage`` reads with words, ``messages`` are all of dev."""
    learned = LearnedReader(folder)
    dev = list(messages)
    plain = plain_messages(triage, dev, learned.names)
    cases = cases_of(triage, learned, dev)
    tell(f"{len(dev)} messages of dev and {len(plain)} plain emergencies are read")
    kept = Chooser(triage, learned, cases, cases_of(triage, learned, plain), tell).chosen()
    (folder / THRESHOLDS).write_text(_written(kept), encoding="utf-8")


def _written(kept: Mapping[str, Any]) -> str:
    """JSON with a line for each name, so that a change can be read."""
    names = ",\n".join(f"  {json.dumps(name)}: {json.dumps(limits)}" for name, limits in kept["names"].items())
    rest = {key: value for key, value in kept.items() if key != "names"}
    return json.dumps(rest, indent=1)[:-2] + ',\n "names": {\n' + names + "\n }\n}\n"


def groups_of(triage: Triage, names: Iterable[str]) -> dict[str, str]:
    """The group of each name: what it can lead to by itself, at worst."""
    found = {}
    for name in names:
        if name.startswith("signal:"):
            found[name] = "signal"
        elif name in triage.vocabulary.concepts:
            level = triage.assess_facts(triage.facts.of(name, ("acute", "sudden")), None).urgency
            found[name] = level.value if level >= Urgency.GET_HELP_NOW else "other"
    return found


class Chooser:
    """Goes through the limits of each group in turn and keeps what costs least on the cases."""

    def __init__(
        self, triage: Triage, learned: LearnedReader, cases: list[Case], plain: list[Case], tell: Callable[[str], None]
    ) -> None:
        self.triage, self.learned, self.cases, self.plain, self.tell = triage, learned, cases, plain, tell
        self.lineage = Lineage(triage.vocabulary, learned.names)
        self.groups = groups_of(triage, learned.names)
        self.limits = {group: dict(_START) for group in GROUPS}
        self.limits["signal"] = {"find": 0.5, "keep": 0.3, "overrule": 0.5, "beside": 0.0}
        self.modifiers = {modifier: {"find": 0.5, "keep": 0.05} for modifier in MODIFIERS}
        self.own: dict[str, float] = {}
        self.levels: Levels = {}
        self.close, self.told = 1.0, 0.5
        below = [case for case in cases if case.message.level not in (None, Urgency.CALL_911)]
        self.bound = FALSE * len(below)
        self.scales = self._scales()

    def chosen(self) -> dict[str, Any]:
        """The file's content."""
        self._search(rounds=2)
        self._own_limits()
        self._close_calls()
        cost, figures = self.cost(self._thresholds())
        return {**self._kept(), "model": self.learned.about["hash"], "cost": {"missed": MISSED, "dev": cost},
                "groups": self.limits, "figures": figures, "names": self._kept()["names"]}  # fmt: skip

    def _kept(self) -> dict[str, Any]:
        names = {}
        for name, group in self.groups.items():
            limits = self.limits[group]
            find = round(self.own.get(name, limits["find"]), 4)
            # Only signs of level 5 are worth a close call: half of all symptoms can lead to level 4 in the first days.
            overrule = max(limits["overrule"], find)
            names[name] = [find, limits["keep"], overrule, group == "call_911", limits["beside"]]
        return {
            "scales": self.scales,
            "close": self.close,
            "told": self.told,
            "modifiers": {name: [limits["find"], limits["keep"]] for name, limits in self.modifiers.items()},
            "names": names,
        }

    def _thresholds(self) -> Thresholds:
        return Thresholds.of(self._kept())

    def _search(self, rounds: int) -> None:
        best = self.cost(self._thresholds())[0]
        self.tell(f"cost on dev at the start: {best:.0f}")
        for number in range(rounds):
            for limits, key, grid in self._grids():
                best = self._best(limits, key, grid, best)
            self.tell(f"round {number + 1}: {best:.0f}, {self.limits}")

    def _grids(self) -> Iterable[tuple[dict[str, float], str, tuple[float, ...]]]:
        for group in GROUPS:
            yield self.limits[group], "find", _FIND
            yield self.limits[group], "keep", _KEEP
            if group != "signal":
                yield self.limits[group], "overrule", _OVERRULE
                yield self.limits[group], "beside", _BESIDE
        for modifier in MODIFIERS:
            yield self.modifiers[modifier], "find", _SUDDEN
            yield self.modifiers[modifier], "keep", _KEEP

    def _best(self, limits: dict[str, float], key: str, grid: tuple[float, ...], best: float) -> float:
        """Tries the values of one limit, and keeps the cheapest; of equals the one that is there already."""
        kept = limits[key]
        for value in grid:
            limits[key] = value
            if limits["keep"] <= limits["find"]:
                cost = self.cost(self._thresholds())[0]
                if cost < best - 1e-9:
                    best, kept = cost, value
        limits[key] = kept
        return best

    def cost(self, thresholds: Thresholds) -> tuple[float, dict[str, int]]:
        """What the decisions by some limits cost, and the counts behind it."""
        court = Court(self.triage, self.learned, thresholds, self.levels)
        counts = dict.fromkeys(
            (
                "inexact",
                "missed_911",
                "false_911",
                "missed_help",
                "false_help",
                "plain_missed",
                "turn_missed",
                "turn_found",
                "missed",
                "found",
            ),
            0,
        )
        manner = 0.0
        for case in self.cases:
            reading = court.reading(case, "both")
            manner += _wrong_modifiers(case, reading)
            missed, found = _differences(case, reading, self.lineage)
            of_turn = "turn_" if case.message.level is None else ""
            counts[f"{of_turn}missed"] += missed
            counts[f"{of_turn}found"] += found
            if case.message.level is None:
                continue
            level = court.level(reading, case.message.days)
            counts["inexact"] += level is not case.message.level
            for name, limit in (("911", Urgency.CALL_911), ("help", Urgency.GET_HELP_NOW)):
                counts[f"missed_{name}"] += case.message.level >= limit > level
                counts[f"false_{name}"] += level >= limit > case.message.level
        for case in self.plain:
            level = court.level(court.reading(case, "both"), case.message.days)
            counts["plain_missed"] += level < (case.message.level or Urgency.ROUTINE)
        missed = counts["missed_911"] + counts["missed_help"]
        others = ("inexact", "false_911", "false_help", "turn_missed", "turn_found")
        cost = MISSED * missed + PLAIN * counts["plain_missed"] + sum(counts[name] for name in others) + 0.1 * manner
        cost += FINDING * (counts["missed"] + counts["found"])
        return cost + MISSED * max(counts["false_911"] - self.bound, 0), counts

    def _scales(self) -> dict[str, list[float]]:
        """Slope and shift that make probabilities of logits, fitted over all names and messages."""
        rows = [message_row(case.message, self.lineage) for case in self.cases]
        found = {}
        for head in ("counts", "told"):
            logits, labels = [], []
            for case, row in zip(self.cases, rows, strict=True):
                positive = getattr(row, head) or ()
                known = [number for number, name in enumerate(self.learned.names) if name not in row.masked]
                logits.append(getattr(case.opinion, head)[known])
                labels.append(np.array([self.learned.names[number] in positive for number in known]))
            found[head] = platt(np.concatenate(logits), np.concatenate(labels)) if logits else [1.0, 0.0]
        return found

    def _own_limits(self) -> None:
        """For concepts that dev tells often, a limit of their own, drawn towards that of the group."""
        rows = [message_row(case.message, self.lineage) for case in self.cases]
        slope, shift = self.scales["counts"]
        for number, name in enumerate(self.learned.names):
            group = self.groups.get(name)
            if group is None or group == "signal":
                continue
            likely = 1 / (1 + np.exp(-(slope * np.array([case.opinion.counts[number] for case in self.cases]) + shift)))
            labels = np.array([name in row.counts for row in rows])
            self.own[name] = own_limit(likely, labels, self.limits[group]["find"], MISSED if group != "other" else 1.0)

    def _close_calls(self) -> None:
        for close in _CLOSE:
            self.close = close
            court = Court(self.triage, self.learned, self._thresholds())
            marked = sum(bool(court.reading(case, "both").close) for case in self.cases)
            if marked <= _MARKED * len(self.cases):
                break
        self.tell(f"close calls: odds within {self.close} times, {marked} of {len(self.cases)} messages")


def own_limit(likely: Array, labels: Array, group: float, missed: float) -> float:
    """The limit at which one name costs least, drawn towards that of its group when it has few positives."""
    positives = int(labels.sum())
    if positives < 5:
        return group
    grid = np.array([value for value in _FIND if group / 4 <= value <= min(group * 4, 0.9)] or [group])
    costs = [
        missed * float((labels & (likely < value)).sum()) + float((~labels & (likely >= value)).sum()) for value in grid
    ]
    best = float(grid[int(np.argmin(costs))])
    weight = positives / (positives + _SHRINK)
    mixed = weight * _log_odds(best) + (1 - weight) * _log_odds(group)
    return 1 / (1 + math.exp(-mixed))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def platt(logits: Array, labels: Array) -> list[float]:
    """Slope and shift of the logistic curve through logits and labels: Newton's steps, halved where they overshoot."""
    x, y = np.stack([logits, np.ones_like(logits)], axis=1).astype(np.float64), labels.astype(np.float64)
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -40, 40)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 0.1 * np.eye(2)
        step = np.linalg.solve(hessian, x.T @ (p - y) + 0.1 * (weights - [1, 0]))
        while _loss(x, y, weights - step) > _loss(x, y, weights) and np.abs(step).max() > 1e-6:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return [round(max(float(weights[0]), 0.2), 4), round(float(weights[1]), 4)]


def _loss(x: Array, y: Array, weights: Array) -> float:
    logits = x @ weights
    return float((np.logaddexp(0, logits) - y * logits).sum() + 0.05 * ((weights - [1, 0]) ** 2).sum())


def _differences(case: Case, reading: Reading, lineage: Lineage) -> tuple[int, int]:
    """Symptoms that count: how many were missed, how many were found that are not there."""
    wanted, found = counted(case, reading, lineage)
    missed = [name for name in case.message.counting if name in lineage.names and name not in found]
    extra = {draft.concept for draft in reading.drafts if draft.assertion.counts} - wanted
    return len(missed), len(extra)


def counted(case: Case, reading: Reading, lineage: Lineage) -> tuple[frozenset[str], frozenset[str]]:
    """All that counts, with what it counts as: by the labels, and as it was read."""
    read = [draft.concept for draft in reading.drafts if draft.assertion.counts]
    return lineage.all_of(case.message.counting), lineage.all_of(read)


def _wrong_modifiers(case: Case, reading: Reading) -> int:
    """Modifiers that are missing or too many, of the concepts that were read where they are labelled."""
    labelled = case.message.modifiers
    if labelled is None:
        return 0
    wrong = 0
    for draft in reading.drafts:
        if draft.assertion.counts and draft.concept in case.message.counting:
            said = set(labelled.get(draft.concept, ()))
            wrong += len((said ^ set(draft.modifiers)) & set(MODIFIERS))
    return wrong
