"""Figures of a model on labelled messages: of each reader, and of both together, with counts and 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import Assertion, MatchKind, Urgency
from lemtrada_triage.read.join import all_modifiers
from lemtrada_triage.read.learned import MODIFIERS
from lemtrada_triage.read.message import Reading
from lemtrada_triage.training.calibrate import counted
from lemtrada_triage.training.cases import READERS, Case, Court
from lemtrada_triage.training.messages import Message
from lemtrada_triage.training.rows import Lineage

_FEW = 5  # fewer messages of a kind than this say too little
_SHORT, _LONG = 6, 60
_BEGIN, _END = "<!-- figures of {} -->", "<!-- end of figures of {} -->"


@dataclass(slots=True)
class Share:
    """A count of a whole, with its 95 % interval (Wilson)."""

    part: int = 0
    whole: int = 0

    def count(self, hit: bool) -> None:
        self.part += hit
        self.whole += 1

    @property
    def interval(self) -> tuple[float, float]:
        """The interval, as shares; (0, 1) of nothing."""
        if not self.whole:
            return 0.0, 1.0
        z, n, p = 1.96, self.whole, self.part / self.whole
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)
        return max(min(low, p), 0.0), min(max(high, p), 1.0)  # p itself is within, however it was rounded

    def __str__(self) -> str:
        if not self.whole:
            return "none"
        low, high = self.interval
        return f"{self.part / self.whole:.1%} ({self.part} of {self.whole}; {low:.1%} to {high:.1%})"


@dataclass(slots=True)
class Figures:
    """What one reader does on some messages; ``shares`` by name of the measure."""

    shares: dict[str, Share] = field(default_factory=dict)

    def count(self, measure: str, hit: bool) -> None:
        self.shares.setdefault(measure, Share()).count(hit)

    def lines(self) -> Iterator[str]:
        for measure, share in self.shares.items():
            yield f"{measure}: {share}"


def figures_of(court: Court, cases: Iterable[Case], reader: str, lineage: Lineage) -> Figures:
    """All measures of one reader on some cases."""
    figures = Figures()
    for case in cases:
        reading = court.reading(case, reader)
        if case.message.level is not None:
            _count_level(figures, case.message.level, court.level(reading, case.message.days))
        _count_concepts(figures, case, reading, lineage)
        _count_manner(figures, case, reading)
        if reader == "both":
            figures.count("readers disagree, close", bool(reading.close))
            figures.count("understood", reading.understood)
    return figures


def _count_level(figures: Figures, wanted: Urgency, got: Urgency) -> None:
    figures.count("exact level", got is wanted)
    if wanted is Urgency.CALL_911:
        figures.count("911 missed", got < Urgency.CALL_911)
    else:
        figures.count("911 false", got is Urgency.CALL_911)
    if wanted >= Urgency.GET_HELP_NOW:
        figures.count("level 4 or 5 missed", got < Urgency.GET_HELP_NOW)
    else:
        figures.count("level 4 or 5 false", got >= Urgency.GET_HELP_NOW)


def _count_concepts(figures: Figures, case: Case, reading: Reading, lineage: Lineage) -> None:
    wanted, found = counted(case, reading, lineage)
    for concept in case.message.counting:
        if concept in lineage.names:
            figures.count("symptoms found (recall)", concept in found)
    read = {draft.concept for draft in reading.drafts if draft.assertion.counts}
    for concept in read:
        figures.count("found symptoms right (precision)", concept in wanted)
    if not wanted:
        figures.count("something found where there is none", bool(read))


def _count_manner(figures: Figures, case: Case, reading: Reading) -> None:
    """Assertion, modifiers and span of the labelled concepts that were read, counting or not."""
    message = case.message
    drafts = {draft.concept: draft for draft in reversed(reading.drafts)}
    for concept, said in message.concepts.items():
        draft = drafts.get(concept)
        if draft is None:
            continue
        figures.count("assertion right", draft.assertion is said)
        figures.count("counting or not right", draft.assertion.counts == said.counts)
        if message.modifiers is not None and said.counts:
            wanted = set(all_modifiers(message.modifiers.get(concept, ()))) & set(MODIFIERS)
            figures.count("modifiers right", wanted == set(draft.modifiers) & set(MODIFIERS))
        if message.spans and concept in message.spans:
            start, end = message.spans[concept]
            figures.count("span right", draft.start < end and start < draft.end)


def report(court: Court, lineage: Lineage, cases: list[Case], tell: Callable[[str], None]) -> None:
    """Tells the figures of all readers on written messages and on real turns, and those of both readers by kind."""
    for title, some in parts_of(cases).items():
        tell(f"\n### {title}: {len(some)}")
        for reader in READERS:
            tell(f"\n{reader}:\n")
            for line in figures_of(court, some, reader, lineage).lines():
                tell(f"- {line}")
    tell("\n### Both readers, by kind of message\n")
    for kind, some in by_kind(cases).items():
        shares = figures_of(court, some, "both", lineage).shares
        wanted = ("exact level", "911 missed", "911 false")
        tell(f"- {kind}: " + "; ".join(f"{name} {shares[name]}" for name in wanted if name in shares))


def parts_of(cases: list[Case]) -> Mapping[str, list[Case]]:
    """Written messages and real turns apart."""
    parts = {
        "written messages": [case for case in cases if case.message.turn is None],
        "real turns": [case for case in cases if case.message.turn is not None],
    }
    return {title: some for title, some in parts.items() if some}


def by_kind(cases: list[Case]) -> Mapping[str, list[Case]]:
    """The written messages by their tags, by what they hold, and those of call-911 level by their sign."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        for kind in (*case.message.tags, *_kinds(case.message)):
            found.setdefault(kind, []).append(case)
    return dict(sorted((kind, some) for kind, some in found.items() if len(some) >= _FEW))


def _kinds(message: Message) -> Iterator[str]:
    said = set(message.concepts.values())
    yield from (f"holds something {assertion}" for assertion in said - {Assertion.PRESENT})
    if message.level is Urgency.CALL_911:
        yield from (f"911 with {concept}" for concept in message.counting)
    if message.level is not None and not message.concepts:
        yield "tells of no symptom at all"
    length = len(message.text.split())
    if length <= _SHORT or length >= _LONG:
        yield f"{_SHORT} words or fewer" if length <= _SHORT else f"{_LONG} words or more"


def everyday(court: Court, texts: list[str], tell: Callable[[str], None]) -> None:
    """In how many requests without a symptom one is found, and how many are at 911."""
    found, alone, called = Share(), Share(), Share()
    for text in texts:
        reading = court.both.read(text)
        counting = [draft for draft in reading.drafts if draft.assertion.counts]
        found.count(bool(counting))
        alone.count(any(draft.match is MatchKind.LEARNED for draft in counting))
        called.count(court.level(reading, None) is Urgency.CALL_911)
    tell(f"- a symptom found: {found}\n- found by the learned reader alone: {alone}\n- at 911: {called}")


def agreement(messages: list[Message], vocabulary: Vocabulary, split: str, tell: Callable[[str], None]) -> None:
    """How far the blind second labels (``again``) of a split's real turns agree with the first."""
    first = {message.turn: message for message in messages if message.turn and message.split == split}
    pairs = [
        (first[message.turn], message) for message in messages if message.split == "again" and message.turn in first
    ]
    if not pairs:
        return
    lineage, shares = Lineage(vocabulary, vocabulary.concepts), Figures()
    for one, other in pairs:
        wanted, found = lineage.all_of(one.counting), lineage.all_of(other.counting)
        for concept in one.counting:
            shares.count("symptoms found (recall)", concept in found)
        for concept in other.counting:
            shares.count("found symptoms right (precision)", concept in wanted)
        if not wanted:
            shares.count("something found where there is none", bool(found))
    tell(f"\n### A second reader of the same real turns, blind: {len(pairs)}\n")
    for line in shares.lines():
        tell(f"- {line}")


def into_card(card: Path, lines: Iterable[str], split: str) -> None:
    """Puts the figures on a split between its marks in a model card."""
    begin, end = _BEGIN.format(split), _END.format(split)
    before, _, rest = card.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    text = "\n".join(lines)
    card.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def worst(court: Court, cases: Iterable[Case]) -> Iterator[str]:
    """The written messages whose level is not exact, emergencies first."""
    wrong = []
    for case in cases:
        if case.message.level is not None:
            reading = court.reading(case, "both")
            level = court.level(reading, case.message.days)
            if level is not case.message.level:
                wrong.append((case.message.level.rank - level.rank, case, reading, level))
    for _, case, reading, level in sorted(wrong, key=lambda item: -item[0]):
        read = ", ".join(f"{draft.concept} {draft.assertion} {draft.match}" for draft in reading.drafts)
        fell = ", ".join(draft.concept for draft in reading.withdrawn)
        labels = ", ".join(f"{concept} {said}" for concept, said in case.message.concepts.items())
        assert case.message.level is not None
        yield (
            f"{case.message.level.value} read as {level.value}: {case.message.text}\n    labels: {labels}"
            f"\n    read: {read or 'nothing'}; withdrawn: {fell or 'nothing'}"
        )
