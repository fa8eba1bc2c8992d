"""Denials: "no fever, chills or cough" denies three, "no rash, my face is drooping" one."""

from __future__ import annotations

from lemtrada_triage.lexicon.meaning import SPACE
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.context.context import CueHit, Family
from lemtrada_triage.read.context.items import Reading
from lemtrada_triage.read.context.kinds import PERSONS
from lemtrada_triage.read.message import Places


class Denial(Family):
    """ "No", "denies", "without"; what is said of a list of findings."""

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Also right behind the denial, where something parts the two: "no, my arm ..."."""
        if place == hit.last + 1 and not PERSONS.isdisjoint(marks):
            return self.context.words.gap[place] != SPACE and "preposition" not in self.context.at(hit.last)
        return super().new_subject(hit, place, marks)

    def ends_list(self, place: int, before: str) -> bool:
        """Whether what is there begins: "no rash, slight fever", "no rash, +HA"."""
        return "+" in before or "degree" in self.context.at(place)

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Absent, unless it is a finding of its own; an emergency sign that may be either is uncertain."""
        finding = self._finding(hit, places)
        if finding is Reading.OWN:
            return None
        return Assertion.UNCERTAIN if always_counts and finding is Reading.EITHER else Assertion.ABSENT

    def _finding(self, hit: CueHit, places: Places) -> Reading:
        """Whether a mention behind or before a denial's list is denied with it, or a finding of its own."""
        whole = self.context.wholes.get(places, places)
        singular = False
        if hit.first < places[0]:
            item = self.context.items.later(hit.last, whole)
        else:
            apart = any(place in self.context.taken for place in range(places[-1] + 1, hit.first))
            item = self.context.items.earlier(whole, hit.first) if apart else None
            singular = "singular" in self.context.at(hit.first)
        if item is None:
            return Reading.LISTED
        reading = Reading.OWN if self.context.holds_new(item) else self.context.items.reading(item, whole, hit.last + 1)
        return Reading.EITHER if singular and reading is Reading.LISTED else reading
