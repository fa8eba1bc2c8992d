"""The core of scoring: each distinct text is read once, and each distinct case decided once, whatever the log's form.

What rows say comes by column, texts beside ``Situation``; so does what is found, and equal rows get the very same
objects. Files, Arrow batches, frames and Spark are thin adapters around ``Scorer``; ``batch.arrow`` has its shape for
Arrow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, filterfalse
from operator import or_
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


@dataclass(slots=True, eq=False)
class Found:
    """What was read and decided for a row; rows of equal text and equal outcome share one object, which is its key."""

    read: Read
    outcome: Outcome


class Scored(NamedTuple):
    """The added columns of one row, in order.

    ``warning`` says what was made of its cells. All but that and ``error`` are empty on a row that was not scored.
    ``codes`` are written only where they are asked for.
    """

    urgency: str = ""
    urgency_rank: int | None = None
    concepts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    mentions: tuple[Said, ...] = ()
    readers_disagree: tuple[str, ...] = ()
    understood: bool | None = None
    warning: str = ""
    error: str = ""


CODES = "codes"
ADDED = tuple(name for name in Scored._fields if name != CODES)
NOT_DECIDED = Outcome("", None, ())
"""The outcome of a row that cannot be scored."""

# A case by number: that of what its text tells, and that of its condition. A condition is made of some parts, one for
# each interval that its days may lie in; a part is a condition too.
_Key = int
_SHIFT = 20
_CONDITION = (1 << _SHIFT) - 1
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
        read.codes,
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
            yield [scored(one.read, one.outcome) for one in found]

    def find(self, texts: Sequence[str], situations: Sequence[Situation]) -> list[Found]:
        """What is found for each row, in order."""
        return next(self.find_all([(texts, situations)]))

    def find_all(self, batches: Iterable[_Columns]) -> Iterator[list[Found]]:
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
        new = list(dict.fromkeys(filterfalse(known.numbers.__contains__, texts)))
        known.numbers.update(zip(new, count(len(known.numbers) << _SHIFT, 1 << _SHIFT), strict=False))
        rows = list(map(known.numbers.__getitem__, texts))
        known.characters += sum(map(len, new))
        return _Begun(rows, situations, known, self.judge.reading(new) if new else list)

    def _finished(
        self, rows: list[int], situations: Sequence[Situation], known: _Known, reading: Callable[[], list[Read]]
    ) -> list[Found]:
        known.learn(reading())
        return known.found_for(list(map(or_, rows, known.conditions_of(situations, self.judge))), self.judge)


class _Begun(NamedTuple):
    rows: list[int]
    situations: Sequence[Situation]
    known: _Known
    reading: Callable[[], list[Read]]


@dataclass(slots=True)
class _Known:
    """What was read and decided so far. ``reads`` and ``facts`` go by the number of a text, ``told`` by that of facts.

    ``conditions`` has the number of a condition, ``parts`` those of what it is made of, ``asked`` what each part is.
    The keys of ``outcomes`` are facts beside a condition, those of ``found`` a text beside a condition; ``numbers``
    and ``facts`` leave room for a condition.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    facts: list[int] = field(default_factory=list)
    told: dict[Facts, int] = field(default_factory=dict)
    conditions: dict[Situation, int] = field(default_factory=dict)
    parts: list[tuple[int, ...]] = field(default_factory=list)
    asked: list[Situation] = field(default_factory=list)
    outcomes: dict[_Key, Outcome] = field(default_factory=dict)
    kinds: dict[Outcome, Outcome] = field(default_factory=dict)
    found: dict[_Key, Found] = field(default_factory=dict)
    pairs: dict[tuple[int, int], Found] = field(default_factory=dict)
    characters: int = 0

    @property
    def has_room(self) -> bool:
        texts, decided = len(self.numbers), len(self.found) + len(self.outcomes) + len(self.conditions)
        return texts < _TEXTS and decided < _OUTCOMES and self.characters < _CHARACTERS

    def learn(self, reads: list[Read]) -> None:
        """Takes the readings of the next texts."""
        self.reads += reads
        number = self.told.setdefault
        numbers = [_UNREADABLE if read.error else number(read.facts, len(self.told)) for read in reads]
        self.facts += [number << _SHIFT for number in numbers]

    def found_for(self, keys: list[_Key], judge: Judge) -> list[Found]:
        """What was found for each row: its text beside its condition."""
        if new := list(dict.fromkeys(filterfalse(self.found.__contains__, keys))):
            self._find(new, judge)
        return list(map(self.found.__getitem__, keys))

    def _find(self, keys: list[_Key], judge: Judge) -> None:
        cases = [self.facts[key >> _SHIFT] | key & _CONDITION for key in keys]
        self.decide(dict.fromkeys(cases), judge)
        for key, case in zip(keys, cases, strict=True):
            text, outcome = key >> _SHIFT, self.outcomes[case]
            pair = text, id(outcome)
            if pair not in self.pairs:
                self.pairs[pair] = Found(self.reads[text], outcome)
            self.found[key] = self.pairs[pair]

    def conditions_of(self, situations: Sequence[Situation], judge: Judge) -> list[int]:
        """The condition of each row."""
        try:
            return list(map(self.conditions.__getitem__, situations))
        except KeyError:
            for situation in dict.fromkeys(situations):
                if situation not in self.conditions:
                    self.conditions[situation] = self._condition(situation, judge)
        return list(map(self.conditions.__getitem__, situations))

    def _condition(self, situation: Situation, judge: Judge) -> int:
        firsts = tuple(dict.fromkeys(map(judge.first_day, situation.days)))
        plain = situation._replace(days=firsts)
        if plain not in self.conditions:
            parts = [self._condition(plain._replace(days=(first,)), judge) for first in firsts[1:] and firsts]
            self.conditions[plain] = len(self.parts)
            self.parts.append(tuple(parts) or (len(self.parts),))
            self.asked.append(plain)
        return self.conditions[plain]

    def decide(self, keys: Iterable[_Key], judge: Judge) -> None:
        """Decides what is missing: the most urgent of what days may mean; of equals the first, which is likeliest."""
        missing = list(filterfalse(self.outcomes.__contains__, keys))
        joint = [key for key in missing if len(self.parts[key & _CONDITION]) > 1]
        parts = dict.fromkeys(missing)
        for key in joint:
            del parts[key]
            parts |= dict.fromkeys(self._parts(key))
        self.outcomes.update((part, NOT_DECIDED) for part in parts if part >> _SHIFT == _UNREADABLE)
        new = [part for part in parts if part not in self.outcomes]
        told = list(self.told) if new else []
        cases = [self._case(told[part >> _SHIFT], part) for part in new]
        for part, outcome in zip(new, judge.decide(cases) if new else (), strict=True):
            self.outcomes[part] = self.kinds.setdefault(outcome, outcome)
        for key in joint:
            found = [self.outcomes[part] for part in self._parts(key)]
            self.outcomes[key] = max(found, key=lambda outcome: outcome.urgency_rank or 0)

    def _parts(self, key: _Key) -> list[_Key]:
        facts = key >> _SHIFT << _SHIFT
        return [facts | part for part in self.parts[key & _CONDITION]]

    def _case(self, facts: Facts, part: _Key) -> Asked:
        (first,), flags, past = self.asked[part & _CONDITION]
        return Asked(facts, first, flags, past)
