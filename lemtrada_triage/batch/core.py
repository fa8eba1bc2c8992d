"""The core of scoring: each distinct text is read once, and each distinct case decided once, whatever the log's form.

What rows say comes by column, texts beside ``Situation``; so does what is found, and equal rows get the very same
objects. Files, Arrow batches, frames and Spark are thin adapters around ``Scorer``; ``batch.arrow`` has its shape for
Arrow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from lemtrada_triage.batch.judge import Asked, Facts, Judge, Outcome, Read, Said, TriageJudge
from lemtrada_triage.triage import Triage

# Remembered at once: some 200 MB at most.
_TEXTS, _CHARACTERS, _OUTCOMES = 100_000, 20_000_000, 500_000


class Situation(NamedTuple):
    """What a row says beside its text. ``days`` are what the days may mean, the likeliest first; None: not known.

    ``past`` are the facts of the patient's earlier rows.
    """

    days: tuple[int | None, ...] = (None,)
    flags: tuple[str, ...] = ()
    past: frozenset[str] = frozenset()


class Case(NamedTuple):
    """What one row says: its text, and its ``Situation``."""

    text: str
    days: tuple[int | None, ...] = (None,)
    flags: tuple[str, ...] = ()
    past: frozenset[str] = frozenset()


class Found(NamedTuple):
    """What was read and decided for some rows, by column."""

    reads: Sequence[Read]
    outcomes: Sequence[Outcome]


class Scored(NamedTuple):
    """The added columns of one row, in order.

    ``warning`` says what was made of its cells. All but that and ``error`` are empty on a row that was not scored.
    """

    urgency: str = ""
    urgency_rank: int | None = None
    concepts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    mentions: tuple[Said, ...] = ()
    readers_disagree: tuple[str, ...] = ()
    understood: bool | None = None
    warning: str = ""
    error: str = ""


ADDED = Scored._fields
NOT_DECIDED = Outcome("", None, ())
"""The outcome of a row that cannot be scored."""

# By number: what is decided together are facts and a condition, which is one number for each interval of its days.
_Condition = tuple[int, ...]
_Key = tuple[int, _Condition]
_UNREADABLE = -1
_Columns = tuple[Sequence[str], Sequence[Situation]]


def scored(read: Read, outcome: Outcome, warning: str = "", error: str = "") -> Scored:
    """What was found for a row as one."""
    if error or read.error:
        return Scored(warning=warning, error=error or read.error)
    return Scored(
        outcome.urgency,
        outcome.urgency_rank,
        read.concepts,
        outcome.rules,
        read.mentions,
        read.readers_disagree,
        read.understood,
        warning or read.warning,
    )


class Scorer:
    """Scores rows by a ``Triage`` (or another ``Judge``), each distinct case once; memory stays bounded."""

    def __init__(self, judge: Triage | Judge) -> None:
        self.judge = TriageJudge(judge) if isinstance(judge, Triage) else judge
        self._known = _Known()

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that a case may have."""
        return self.judge.flags

    def score(self, cases: Sequence[Case]) -> list[Scored]:
        """The score of each case, in order."""
        return next(self.score_all([cases]))

    def score_all(self, batches: Iterable[Sequence[Case]]) -> Iterator[list[Scored]]:
        """The scores of each batch, in order; some are read ahead where the judge has others to do the work."""
        columns = (([case.text for case in some], [Situation(*case[1:]) for case in some]) for some in batches)
        for found in self.find_all(columns):
            yield list(map(scored, *found))

    def find(self, texts: Sequence[str], situations: Sequence[Situation]) -> Found:
        """What is found for each row, in order."""
        return next(self.find_all([(texts, situations)]))

    def find_all(self, batches: Iterable[_Columns]) -> Iterator[Found]:
        """What is found for each batch of rows, in order; some are read ahead."""
        begun: deque[_Begun] = deque()
        for texts, situations in batches:
            begun.append(self._begun(texts, situations))
            if len(begun) > self.judge.ahead:
                yield self._finished(*begun.popleft())
        while begun:
            yield self._finished(*begun.popleft())

    def _begun(self, texts: Sequence[str], situations: Sequence[Situation]) -> _Begun:
        known = self._known = self._known if self._known.has_room else _Known()
        numbers = known.numbers
        before, number = len(numbers), numbers.setdefault
        rows = [number(text, len(numbers)) for text in texts]
        new = list(islice(reversed(numbers), len(numbers) - before))[::-1]
        known.characters += sum(map(len, new))
        return _Begun(rows, situations, known, self.judge.reading(new) if new else list)

    def _finished(
        self, rows: list[int], situations: Sequence[Situation], known: _Known, reading: Callable[[], list[Read]]
    ) -> Found:
        known.learn(reading())
        conditions = known.conditions_of(situations, self.judge)
        keys: list[_Key] = list(zip(map(known.facts.__getitem__, rows), conditions, strict=True))
        outcomes = list(map(known.outcomes.get, keys))
        if None in outcomes:
            known.decide([key for key, outcome in zip(keys, outcomes, strict=True) if outcome is None], self.judge)
        return Found(list(map(known.reads.__getitem__, rows)), list(map(known.outcomes.__getitem__, keys)))


class _Begun(NamedTuple):
    rows: list[int]
    situations: Sequence[Situation]
    known: _Known
    reading: Callable[[], list[Read]]


@dataclass(slots=True)
class _Known:
    """What was read and decided so far. ``reads`` and ``facts`` go by the number of a text, ``told`` by that of facts.

    ``asked`` has what there is beside facts, by the numbers of which conditions are made.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    facts: list[int] = field(default_factory=list)
    told: dict[Facts, int] = field(default_factory=dict)
    conditions: dict[Situation, _Condition] = field(default_factory=dict)
    asked: dict[Situation, int] = field(default_factory=dict)
    outcomes: dict[_Key, Outcome] = field(default_factory=dict)
    characters: int = 0

    @property
    def has_room(self) -> bool:
        texts, decided = len(self.numbers), len(self.outcomes) + len(self.conditions)
        return texts < _TEXTS and decided < _OUTCOMES and self.characters < _CHARACTERS

    def learn(self, reads: list[Read]) -> None:
        """Takes the readings of the next texts."""
        self.reads += reads
        number = self.told.setdefault
        self.facts += [_UNREADABLE if read.error else number(read.facts, len(self.told)) for read in reads]

    def conditions_of(self, situations: Sequence[Situation], judge: Judge) -> list[_Condition]:
        """The condition of each row."""
        try:
            return list(map(self.conditions.__getitem__, situations))
        except KeyError:
            for situation in dict.fromkeys(situations):
                self.conditions[situation] = self._condition(situation, judge)
        return list(map(self.conditions.__getitem__, situations))

    def _condition(self, situation: Situation, judge: Judge) -> _Condition:
        firsts = dict.fromkeys(map(judge.first_day, situation.days))
        parts = [situation._replace(days=(first,)) for first in firsts]
        return tuple([self.asked.setdefault(part, len(self.asked)) for part in parts])

    def decide(self, keys: Iterable[_Key], judge: Judge) -> None:
        """Decides what is missing: the most urgent of what days may mean; of equals the first, which is likeliest."""
        missing = dict.fromkeys(keys)
        parts = dict.fromkeys((facts, (part,)) for facts, condition in missing for part in condition)
        self.outcomes.update((key, NOT_DECIDED) for key in parts if key[0] == _UNREADABLE)
        new = [key for key in parts if key not in self.outcomes]
        told, asked = list(self.told), list(self.asked)
        cases = [Asked(told[facts], asked[one].days[0], *asked[one][1:]) for facts, (one,) in new]
        self.outcomes.update(zip(new, judge.decide(cases) if new else (), strict=True))
        for facts, condition in missing:
            if len(condition) > 1:
                found = [self.outcomes[facts, (part,)] for part in condition]
                self.outcomes[facts, condition] = max(found, key=lambda outcome: outcome.urgency_rank or 0)
