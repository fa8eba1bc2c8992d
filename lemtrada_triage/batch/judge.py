"""What scoring a log needs of a ``Triage``, in plain values that are small and travel between processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain
from typing import NamedTuple, Protocol, TypeVar

from lemtrada_triage.decide.facts import Symptom
from lemtrada_triage.model import InputError
from lemtrada_triage.read.message import Draft, Reading, quotable
from lemtrada_triage.triage import LONGEST_TEXT, Triage

# What a text says that decides: its symptoms, and its signals.
Facts = tuple[frozenset[Symptom], frozenset[str]]
_NO_SYMPTOMS: frozenset[Symptom] = frozenset()
_NEAR = 10_000  # so many characters before its longest a part may end
_ENDS = ("\n", "\r", ". ", "! ", "? ")
T = TypeVar("T")


class Said(NamedTuple):
    """A mention: ``text`` is ``original[start:end]``, ``cue`` the words that decided the assertion."""

    concept: str
    assertion: str
    start: int
    end: int
    text: str
    cue: str | None

    def moved(self, by: int) -> Said:
        """The same in a text that begins so much earlier."""
        return self._replace(start=self.start + by, end=self.end + by)


class Read(NamedTuple):
    """What one text says, whenever it was said. ``error`` says why it could not be read; all else is then empty.

    ``concepts`` are those that count, each once, and ``codes`` what terminologies call them, such as "HP:0001945".
    """

    facts: Facts = (frozenset(), frozenset())
    concepts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    mentions: tuple[Said, ...] = ()
    readers_disagree: tuple[str, ...] = ()
    understood: bool = False
    warning: str = ""
    error: str = ""


class Asked(NamedTuple):
    """A case to decide. ``day`` stands for all days of its interval; None: not known."""

    facts: Facts
    day: int | None
    flags: tuple[str, ...]
    past: frozenset[str] = frozenset()


class Outcome(NamedTuple):
    """The decision on a case: its level, and the ids of the rules that fired, the most urgent first.

    ``urgency_rank`` is None where nothing could be decided.
    """

    urgency: str
    urgency_rank: int | None
    rules: tuple[str, ...]


class Judge(Protocol):
    """Reads texts and decides cases: by a ``Triage`` here, or by several elsewhere.

    ``ahead`` is how many batches may be handed over before the first is asked back, ``flags`` what may be known of a
    patient, ``lineages`` all that each concept is, ``past`` the facts that rules ask of earlier rows.
    """

    ahead: int
    flags: tuple[str, ...]

    @property
    def lineages(self) -> Mapping[str, Collection[str]]: ...
    @property
    def past(self) -> Collection[str]: ...

    def reading(self, texts: Sequence[str]) -> Callable[[], list[Read]]:
        """What to call for the readings of some distinct texts."""
        ...

    def decide(self, cases: Sequence[Asked]) -> list[Outcome]:
        """The decisions on some distinct cases."""
        ...

    def first_day(self, day: int | None) -> int | None:
        """The day that stands for the interval of a day."""
        ...


class TriageJudge:
    """Judges by a ``Triage`` in this process."""

    ahead = 0

    def __init__(self, triage: Triage) -> None:
        self._triage = triage
        self.flags = triage.flags
        self.first_day = triage.first_day
        self.lineages = {name: concept.lineage for name, concept in triage.vocabulary.concepts.items()}
        self.past = triage.rulebook.past
        coded = triage.vocabulary.concepts.values()
        self._codes = {concept.id: tuple([code.code for code in concept.codes]) for concept in coded}

    def reading(self, texts: Sequence[str]) -> Callable[[], list[Read]]:
        return partial(self.read, texts)

    def read(self, texts: Sequence[str]) -> list[Read]:
        """The readings of some texts. One that fails spoils no other."""
        try:
            return list(map(self._told, texts, self._triage.read_all(texts)))
        except Exception as error:
            if len(texts) > 1:
                return [read for text in texts for read in self.read([text])]
            if isinstance(texts[0], str) and len(parts := _parts(texts[0])) > 1:
                return [self._in_parts(texts[0], parts)]
            return [Read(error=str(error) if isinstance(error, InputError) else f"it could not be read: {error!r}")]

    def _in_parts(self, text: str, parts: list[str]) -> Read:
        """What a text says that is too long to be read at once, as a cell of a log may be: all that its parts say."""
        reads = [self.read([part])[0] for part in parts]
        if error := next((read.error for read in reads if read.error), ""):
            return Read(error=error)
        starts = accumulate(map(len, parts[:-1]), initial=0)
        # A part in which nothing is told takes nothing from the others.
        telling = [read for read in reads if any(read.facts) or read.mentions or read.understood]
        cut = f"the text has {len(text):,} characters and was read in {len(parts)} parts"
        return Read(
            facts=(_all([read.facts[0] for read in reads]), _all([read.facts[1] for read in reads])),
            concepts=_each_once([read.concepts for read in reads]),
            codes=_each_once([read.codes for read in reads]),
            mentions=tuple([said.moved(by) for by, read in zip(starts, reads, strict=True) for said in read.mentions]),
            readers_disagree=_each_once([read.readers_disagree for read in reads]),
            understood=bool(telling) and all(read.understood for read in telling),
            warning="; ".join(dict.fromkeys([cut, *[read.warning for read in reads if read.warning]])),
        )

    def decide(self, cases: Sequence[Asked]) -> list[Outcome]:
        verdicts = self._triage.verdicts([(*facts, day, flags, past) for facts, day, flags, past in cases])
        return [Outcome(urgency.value, urgency.rank, rules) for urgency, rules in verdicts]

    def _told(self, text: str, reading: Reading) -> Read:
        drafts, text = reading.drafts, quotable(text)
        if not drafts and not reading.failed:
            return Read((_NO_SYMPTOMS, reading.signals), (), (), (), reading.close, reading.understood)
        counting = [draft for draft in drafts if draft.assertion.counts]
        concepts = tuple(dict.fromkeys([draft.concept for draft in counting]))
        return Read(
            facts=(frozenset([(draft.concept, draft.modifiers) for draft in counting]), reading.signals),
            concepts=concepts,
            codes=tuple(dict.fromkeys([code for concept in concepts for code in self._codes[concept]])),
            mentions=tuple([_said(text, draft) for draft in drafts]),
            readers_disagree=reading.close,
            understood=reading.understood,
            warning=f"read by words alone; {reading.failed}" if reading.failed else "",
        )


def _parts(text: str) -> list[str]:
    """A text cut where lines or sentences end, into parts that can be read; none where that is not possible.

    A cut elsewhere could part a sign's words.
    """
    parts = []
    while len(text) > LONGEST_TEXT:
        near = LONGEST_TEXT - _NEAR
        ends = [(text.rfind(mark, near, LONGEST_TEXT), len(mark)) for mark in _ENDS]
        cut = max([place + length for place, length in ends if place >= 0], default=0)
        if not cut:
            return []
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


def _all(sets: Iterable[frozenset[T]]) -> frozenset[T]:
    return frozenset[T]().union(*sets)


def _each_once(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


def _said(text: str, draft: Draft) -> Said:
    cue = text[draft.cue[0] : draft.cue[1]] if draft.cue else None
    start, end = draft.start, draft.end
    return Said(draft.concept, draft.assertion.value, start, end, text[start:end], cue)
