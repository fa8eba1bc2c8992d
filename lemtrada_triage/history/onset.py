"""When the symptoms of a message began, as its text tells it.

A time belongs to the symptoms of its sentence. Where something else stands nearer to it, as in "had my infusion two
days ago and now a rash", it is the time of that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from lemtrada_triage.history.dates import day_of
from lemtrada_triage.history.onsetfile import TimeWords
from lemtrada_triage.history.times import Time, TimeFinder, Token, tokens_of
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.model import Onset
from lemtrada_triage.read.message import Draft

_ENDS = frozenset(".!?;\n")
_MARK = 3
Span = tuple[int, int]


def onsets(
    text: str, drafts: Sequence[Draft], said: date | datetime, history: TreatmentHistory, words: TimeWords
) -> Iterator[Onset]:
    """For each time in a text that tells when symptoms that count began: its words, the symptoms, and the days."""
    counting = [draft for draft in drafts if draft.assertion.counts]
    if not counting:
        return
    tokens = tokens_of(text)
    today = day_of(said)
    since = history.days_since(today)
    infusion = None if since is None else date.fromordinal(today.toordinal() - since)
    starts = [token.start for token in tokens]
    at = [(bisect_left(starts, draft.start), bisect_left(starts, draft.end) - 1, draft.concept) for draft in counting]
    for time in TimeFinder(words, said, infusion).times(tokens):
        recent = tuple(day for day in time.days if (today - day).days <= words.farthest)
        if recent and (concepts := _concepts(tokens, time, at, words)):
            start, end = tokens[time.first].start, tokens[time.last].end
            yield Onset(text=text[start:end], start=start, end=end, concepts=concepts, days=recent)


def _concepts(
    tokens: Sequence[Token], time: Time, at: Sequence[tuple[int, int, str]], words: TimeWords
) -> tuple[str, ...]:
    """The symptoms that a time belongs to: those of its sentence, else of what was told before it."""
    first, last = _sentence(tokens, time)
    here = [(start, end, concept) for start, end, concept in at if start <= last and end >= first]
    nearest = min((_distance(tokens, time, (start, end)) for start, end, _ in here), default=len(tokens))
    if not time.of_infusion and _event_nearer(tokens, time, (first, last), nearest, words):
        return ()
    if not here and any(token.word in words.began for token in tokens[first : last + 1]):
        before = [one for one in at if one[1] < first]
        here = before[-1:]
    return tuple(dict.fromkeys(concept for _, _, concept in here))


def _event_nearer(tokens: Sequence[Token], time: Time, within: Span, than: int, words: TimeWords) -> bool:
    first, last = within
    events = (place for place in range(first, last + 1) if tokens[place].word in words.events)
    return any(_distance(tokens, time, (place, place)) < than for place in events)


def _distance(tokens: Sequence[Token], time: Time, span: Span) -> int:
    """How far a time is from other tokens, in words; a comma parts more than a word does."""
    between = tokens[time.last + 1 : span[0]] if span[0] > time.last else tokens[span[1] + 1 : time.first]
    return sum(1 if token.word.isalnum() else _MARK for token in between)


def _sentence(tokens: Sequence[Token], time: Time) -> Span:
    """The first and last token of the sentence of a time."""
    first, last = time.first, time.last
    while first > 0 and tokens[first - 1].word not in _ENDS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].word not in _ENDS:
        last += 1
    return first, last


def days_told(history: TreatmentHistory, onsets: Iterable[Onset]) -> set[int]:
    """The days since the infusion before each day on which a symptom may have begun; none before any infusion."""
    days = (history.days_since(day) for onset in onsets for day in onset.days)
    return {day for day in days if day is not None}
