"""The core of scoring: each distinct text is read once, and each distinct case decided once, whatever the log's form.

A ``Case`` is what a row says; equal ones get the very same ``Scored``. Files, Arrow batches, frames and Spark are thin
adapters around ``Scorer``; ``batch.arrow`` has its shape for Arrow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter
from typing import NamedTuple

from lemtrada_triage.batch.judge import Asked, Judge, Outcome, Read, Said, TriageJudge
from lemtrada_triage.triage import Triage

_TEXTS, _CHARACTERS = 100_000, 20_000_000  # remembered at once: some 200 MB at most


class Case(NamedTuple):
    """What a row says. ``days`` are what the days may mean, the likeliest first; None: not known.

    ``past`` are the facts of the patient's earlier rows.
    """

    text: str
    days: tuple[int | None, ...] = (None,)
    flags: tuple[str, ...] = ()
    past: frozenset[str] = frozenset()


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

# A case in numbers: that of its text, the intervals of its days, its flags, its past.
_Key = tuple[int, tuple[int | None, ...], tuple[str, ...], frozenset[str]]
_Reading = Callable[[], list[Read]]
_rank = attrgetter("urgency_rank")


class Scorer:
    """Scores cases by a ``Triage`` (or another ``Judge``), each distinct one once; memory stays bounded."""

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
        for keys, known in self._all(batches):
            yield [known.scored[key] for key in keys]

    def score_and_read(self, batches: Iterable[Sequence[Case]]) -> Iterator[list[tuple[Scored, Read]]]:
        """The same, each score with what was read for it."""
        for keys, known in self._all(batches):
            yield [(known.scored[key], known.reads[key[0]]) for key in keys]

    def _all(self, batches: Iterable[Sequence[Case]]) -> Iterator[tuple[list[_Key], _Known]]:
        begun: deque[tuple[list[_Key], _Known, _Reading]] = deque()
        for cases in batches:
            begun.append(self._begun(cases))
            if len(begun) > self.judge.ahead:
                yield self._finished(*begun.popleft())
        while begun:
            yield self._finished(*begun.popleft())

    def _begun(self, cases: Sequence[Case]) -> tuple[list[_Key], _Known, _Reading]:
        known = self._known = self._known if self._known.has_room else _Known()
        firsts = {days: tuple(map(self.judge.first_day, days)) for days in {case.days for case in cases}}
        before = len(known.texts)
        number = known.texts.setdefault
        keys = [(number(text, len(known.texts)), firsts[days], flags, past) for text, days, flags, past in cases]
        new = list(islice(reversed(known.texts), len(known.texts) - before))[::-1]
        known.characters += sum(map(len, new))
        return keys, known, self.judge.reading(new) if new else list

    def _finished(self, keys: list[_Key], known: _Known, reading: _Reading) -> tuple[list[_Key], _Known]:
        known.reads += reading()
        missing = [key for key in dict.fromkeys(keys) if key not in known.scored]
        asked = list(map(known.asked, missing))
        new = [case for case in dict.fromkeys(chain.from_iterable(asked)) if case not in known.outcomes]
        known.outcomes.update(zip(new, self.judge.decide(new) if new else (), strict=True))
        known.scored.update(zip(missing, map(known.score, missing, asked), strict=True))
        return keys, known


@dataclass(slots=True)
class _Known:
    """What was read and decided so far. ``reads`` has the readings by the number of their text."""

    texts: dict[str, int] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    outcomes: dict[Asked, Outcome] = field(default_factory=dict)
    scored: dict[_Key, Scored] = field(default_factory=dict)
    characters: int = 0

    @property
    def has_room(self) -> bool:
        return len(self.scored) < _TEXTS and len(self.texts) < _TEXTS and self.characters < _CHARACTERS

    def asked(self, key: _Key) -> list[Asked]:
        """What is to be decided for a case: as many outcomes as its days may mean intervals."""
        text, days, flags, past = key
        read = self.reads[text]
        return [] if read.error else [Asked(read.facts, day, flags, past) for day in days]

    def score(self, key: _Key, asked: Sequence[Asked]) -> Scored:
        """The most urgent of what the days may mean; of equals the first, which is the likeliest."""
        read = self.reads[key[0]]
        if read.error:
            return Scored(error=read.error)
        outcomes = [self.outcomes[case] for case in asked]
        outcome = max(outcomes, key=_rank) if len(outcomes) > 1 else outcomes[0]
        return Scored(
            outcome.urgency,
            outcome.urgency_rank,
            read.concepts,
            outcome.rules,
            read.mentions,
            read.readers_disagree,
            read.understood,
            read.warning,
        )
