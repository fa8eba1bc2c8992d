"""What is over: "in 2018", "as a child", "had a stroke"."""

from __future__ import annotations

from typing import Final

from lemtrada_triage.lexicon.meaning import SPACE
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.context.context import Context, CueHit, Family
from lemtrada_triage.read.context.kinds import PERSONS
from lemtrada_triage.read.message import Places

# "Since my relapse in 2018": so many words before a cue of old times a "since" is looked for.
_SINCE: Final = 6
_RESOLVED: Final = frozenset({"resolved"})


class Past(Family):
    """Cues of old times; they are no word on what is new, or goes on since then."""

    def subjects(self, hit: CueHit) -> int:
        """It takes the "I" of its own clause: "in 2009 I had"."""
        return int(all(PERSONS.isdisjoint(self.context.at(place)) for place in hit.places))

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Historical, unless the sign is new, goes on since then, or stands in another part of the sentence."""
        elsewhere = self._closed(hit, places) if hit.first < places[0] else self._nearer_mention(hit, places)
        if elsewhere or self.context.is_new(places) or self._goes_on_since(hit):
            return None
        return Assertion.HISTORICAL

    def _closed(self, hit: CueHit, places: Places) -> bool:
        """Whether the time is that of another event: "we moved in 2019, my arm is numb now"."""
        closed = self.context.items.closes_before(hit.first, hit.last, places[0])
        return closed and is_of_now(self.context, self.context.items.later(hit.last, places), places)

    def _goes_on_since(self, hit: CueHit) -> bool:
        """Whether "since" stands before an "in 2018": what began then is still there."""
        for place in range(hit.first - 1, max(hit.first - 1 - _SINCE, -1), -1):
            if self.context.words.gap[place + 1] != SPACE:
                return False
            if "since" in self.context.at(place):
                return True
        return False

    def _nearer_mention(self, hit: CueHit, places: Places) -> bool:
        """Whether a cue such as "in 2011" belongs to another mention, after a comma or another person's name."""
        if self.context.ended(places[-1] + 1, hit.first, _RESOLVED):
            return False  # "from a relapse in 2012 went away years ago"
        between = range(places[-1] + 1, hit.first)
        parted = any(self.context.words.gap[place] != SPACE or self._names_person(place) for place in between)
        return parted and any(place in self.context.taken for place in between)

    def _names_person(self, place: int) -> bool:
        """Whether somebody is named at a word, but in "in my left eye" only whose eye it is."""
        named = not PERSONS.isdisjoint(self.context.at(place))
        return named and "preposition" not in self.context.at(place - 1)


def is_of_now(context: Context, item: range | None, places: Places) -> bool:
    """Whether an item of a sentence tells of now: by its verb, or by a word of time."""
    if item is None:
        return False
    verb = context.items.has(range(item.start, places[-1] + 1), "present_verb")
    return verb or context.holds_new(item) or context.items.has(item, "of_now")


def is_over(context: Context, first: int, last: int) -> bool:
    """Whether what stands between two words is over: "had a stroke", but not "has had a stroke"."""
    return any(
        "illness_verb" in context.marks.get(place, ()) and not (place and "perfect" in context.at(place - 1))
        for place in range(first, last)
    )
