"""What becomes of two opinions. Of a text in another language the learned reader, which knows English, has none; of
others the policy, in order:

1. What the words reader finds stays, unless the learned reader gives the symptom less than ``keep``: then it falls,
   and stays visible with both opinions. Where nothing that counts is left, the text is not understood. What fills a
   sentence of its own stays, since no company can mean anything else by it; so does a value that was measured; and
   so does what stands in a sentence of which words have read every word, unless the learned reader has heard it, too,
   and as one that does not count (denied, long ago, another's, a question).
2. What the learned reader alone gives at least ``find`` counts; where the words reader has read a denial, or somebody
   else's, it needs ``overrule``, and where a surer symptom has the same words already, ``beside``.
3. A modifier is decided in the same way, by limits of its own; what fills a sentence of its own is not made an old
   symptom by its company.
4. Where the readers differ on an urgent sign and the limit is near, the case is close: a person should look.
5. What the learned reader thinks is told but does not count is shown, and decides nothing.

The limits are chosen by ``lemtrada-triage calibrate``; a concept that the model does not know is read by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lemtrada_triage.model import Assertion, MatchKind
from lemtrada_triage.read.learned import MODIFIERS, Manner
from lemtrada_triage.read.message import Draft, Opinion, Reading, Span

_OLD = "long_standing"
# So sure must the learned reader be to have heard, and as none, what words have read in a sentence wholly read.
_HEARD = 0.85
_ONSETS = ("sudden", _OLD, "gradual")
WORDS, LEARNED = "words", "learned"
FOREIGN = "not_english"
_NONE: frozenset[str] = frozenset()

Lineage = Callable[[str], Sequence[str]]


class Limits(NamedTuple):
    """The probabilities at which the learned reader's word decides about one name; see the policy above."""

    find: float
    keep: float
    overrule: float = 1.0
    urgent: bool = False
    beside: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """All limits. ``close`` is how many times the odds may lie off a limit in a close call; ``told`` is the
    probability at which what does not count is shown."""

    names: Mapping[str, Limits]
    modifiers: Mapping[str, Limits]
    close: float
    told: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the learned reader says of one name: how likely it counts, how likely it is told at all, and how."""

    name: str
    counts: float
    told: float
    manner: Manner


def all_modifiers(said: Iterable[str]) -> tuple[str, ...]:
    """The modifiers of a mention, with the onset and the duration that are always among them."""
    words = set(said)
    onset = next((word for word in _ONSETS if word in words), "unstated")
    duration = "lasting" if onset == _OLD else "acute"
    return tuple(sorted((words - {*_ONSETS, "unstated", "acute"}) | {onset, duration}))


def join(text: str, reading: Reading, told: Mapping[str, Told], policy: Policy, lineage: Lineage) -> Reading:
    """One reading of two of a text: that of the words reader, and what the learned one says of each name worth a word.

    ``told`` must hold every name of the reading that the model knows, and every name near its limits.
    """
    if FOREIGN in reading.signals:
        return reading
    return _Join(text, reading, told, policy, lineage).joined()


@dataclass
class _Join:
    text: str
    reading: Reading
    told: Mapping[str, Told]
    policy: Policy
    lineage: Lineage
    kept: list[Draft] = field(default_factory=list)
    withdrawn: list[Draft] = field(default_factory=list)
    close: dict[str, None] = field(default_factory=dict)

    def joined(self) -> Reading:
        for draft in self.reading.drafts:
            self._weigh(draft)
        self._find()
        self._show()
        return self._reading()

    def _weigh(self, draft: Draft) -> None:
        """A mention of the words reader stays or falls."""
        told = self.told.get(draft.concept)
        limits = self.policy.names.get(draft.concept)
        if told is None or limits is None:
            self.kept.append(draft)
            return
        both = replace(draft, opinions=_opinions(draft, told))
        if draft.assertion.counts and told.counts < limits.keep and not self._stays(draft, told):
            self.withdrawn.append(both)
        else:
            modifiers = self._modifiers(draft.modifiers, told.manner, draft.alone)
            self.kept.append(replace(both, modifiers=modifiers))
        if draft.assertion.counts and limits.urgent and self._near(told.counts, limits.keep):
            self.close[draft.concept] = None

    def _stays(self, draft: Draft, told: Told) -> bool:
        """Whether a mention stays although the learned reader finds no such symptom; see the first step above."""
        sure = draft.alone or draft.match is MatchKind.MEASUREMENT
        return sure or (draft.whole and told.told < _HEARD)

    def _find(self) -> None:
        """What the learned reader alone finds."""
        counting = {name for draft in self.kept if draft.assertion.counts for name in self.lineage(draft.concept)}
        denied = {name for draft in self.kept if not draft.assertion.counts for name in self.lineage(draft.concept)}
        new = [told for told in self.told.values() if told.name in self.policy.names and told.name not in counting]
        found = self._apart([told for told in new if told.counts >= self._limit(told.name, denied)])
        coarser = {name for told in found for name in self.lineage(told.name)[1:]}
        for told in found:
            if told.name not in coarser and not told.name.startswith("signal:"):
                self.kept.append(self._draft(told, told.manner.assertion(True), told.counts, self._read_coarser(told)))
        for told in new:
            near = self._near(told.counts, self._limit(told.name, denied))
            if near and self.policy.names[told.name].urgent and told.name not in coarser:
                self.close[told.name] = None

    def _apart(self, found: list[Told]) -> list[Told]:
        """Without what is too unsure for words that a surer symptom has, unless the two are kin."""
        taken = [(draft.concept, (draft.start, draft.end)) for draft in self.kept if draft.assertion.counts]
        kept: list[Told] = []
        for told in sorted(found, key=lambda told: -told.counts):
            span, kin = told.manner.span, self.lineage(told.name)
            others = [name for name, place in taken if _overlap(place, span)]
            others = [name for name in others if name not in kin and told.name not in self.lineage(name)]
            if not others or told.counts >= self.policy.names[told.name].beside:
                kept.append(told)
                taken.append((told.name, span))
        return kept

    def _read_coarser(self, told: Told) -> tuple[str, ...]:
        """The modifiers that words have read of a sign for which this is only a finer name: an old one stays old."""
        coarser = self.lineage(told.name)[1:]
        read = [draft for draft in self.reading.drafts if draft.assertion.counts and draft.concept in coarser]
        return read[0].modifiers if read else ()

    def _limit(self, name: str, denied: set[str]) -> float:
        limits = self.policy.names[name]
        return limits.overrule if name in denied else limits.find

    def _show(self) -> None:
        """What is told and does not count, where the words reader is silent on it."""
        spoken = {name for draft in (*self.kept, *self.withdrawn) for name in self.lineage(draft.concept)}
        shown = [told for told in self.told.values() if told.told >= self.policy.told and told.name not in spoken]
        shown = [told for told in shown if told.name in self.policy.names and not told.name.startswith("signal:")]
        coarser = {name for told in shown for name in self.lineage(told.name)[1:]}
        for told in shown:
            if told.name not in coarser and not self._limit(told.name, set()) <= told.counts:
                self.kept.append(self._draft(told, told.manner.assertion(False), told.told))

    def _draft(self, told: Told, assertion: Assertion, score: float, read: tuple[str, ...] = ()) -> Draft:
        start, end = told.manner.span
        modifiers = self._modifiers(read, told.manner)
        opinions = (Opinion(WORDS, None, 0.0), Opinion(LEARNED, assertion, score))
        return Draft(told.name, start, end, assertion, None, MatchKind.LEARNED, score, modifiers, opinions)

    def _modifiers(self, words: Iterable[str], manner: Manner, alone: bool = False) -> tuple[str, ...]:
        said = set(words)
        for modifier, likely in zip(MODIFIERS, manner.modifiers, strict=True):
            limits = self.policy.modifiers[modifier]
            if likely >= limits.find and not (alone and modifier == _OLD):
                said.add(modifier)
            elif likely < limits.keep:
                said.discard(modifier)
        return all_modifiers(said)

    def _near(self, likely: float, limit: float) -> bool:
        """Whether the odds are within ``close`` times those of the limit, either way."""
        ours, theirs = likely * (1 - limit), limit * (1 - likely)
        return 0 < limit < 1 and ours < theirs * self.policy.close and theirs < ours * self.policy.close

    def _reading(self) -> Reading:
        before = self.reading
        spans = [(draft.start, draft.end) for draft in self.kept if self._explains(draft)]
        left = tuple([span for span in before.leftovers if not any(_overlap(span, other) for other in spans)])
        signals = self._signals(explained=bool(before.leftovers) and not left)
        heard = before.understood or ((before.sketchy or bool(spans)) and not left and not signals)
        if self.withdrawn and not any(draft.assertion.counts for draft in self.kept):
            heard = False  # one reader has found something, the other nothing: that is no all-clear
        order = sorted(self.kept, key=lambda draft: (draft.start, draft.end, draft.concept))
        return Reading(tuple(order), signals, heard and not self.close, left, tuple(self.withdrawn), tuple(self.close))

    def _explains(self, draft: Draft) -> bool:
        """Whether the learned reader has read words that the other has not; what is no symptom needs words beside it.

        Of the bare word "blood" nothing says that it is none; and that a grave sign is denied, or long ago, is no
        all-clear where words have not read it too ("I am not afraid of dying any more").
        """
        if draft.match is not MatchKind.LEARNED or draft.assertion.counts:
            return draft.match is MatchKind.LEARNED
        beside = self.text[: draft.start] + self.text[draft.end :]
        return not self.policy.names[draft.concept].urgent and any(map(str.isalnum, beside))

    def _signals(self, explained: bool) -> frozenset[str]:
        """The signals of either reader: neither silences the other; a mention explains complaint words."""
        found = set(self.reading.signals) - ({"unread_complaint"} if explained else set())
        for name, told in self.told.items():
            limits = self.policy.names.get(name) if name.startswith("signal:") else None
            if limits is not None and told.counts >= limits.find:
                found.add(name.removeprefix("signal:"))
        return frozenset(found) if found else _NONE


def _opinions(draft: Draft, told: Told) -> tuple[Opinion, ...]:
    counts = told.counts >= 0.5
    said = told.manner.assertion(counts) if counts or told.told >= 0.5 else None
    return Opinion(WORDS, draft.assertion, draft.score), Opinion(LEARNED, said, told.counts)


def _overlap(first: Span, second: Span) -> bool:
    return first[0] < second[1] and second[0] < first[1]
