"""Whose symptom it is: another person's ("my mum has a rash"), a stranger's, a thing's ("the tulips look droopy")."""

from __future__ import annotations

from bisect import bisect_left
from typing import ClassVar, Final

from lemtrada_triage.lexicon.meaning import SPACE
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.context.context import Context, CueHit, Family
from lemtrada_triage.read.context.kinds import ENDS, NONE, PERSONS
from lemtrada_triage.read.context.past import is_of_now, is_over
from lemtrada_triage.read.message import Places

# "I was serving a customer and fainted": so many words back an "I" is looked for.
_BACK: Final = 12
# "I have had a bad", "I woke up with": so many words behind an "I" may stand before what the writer has.
_OWN: Final = 5
_SUDDEN: Final = frozenset({"sudden"})
_ILLNESS: Final = frozenset({"illness_verb"})
_JOINS: Final = frozenset({"joins"})


class People(Family):
    """What is so of all others: they stay the subject over predicates, until the message is back to now."""

    over_predicates: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        kinds = {hit.cue.kind for hit in context.cues}
        self._of_patient, self._of_writer = "patient" in kinds, "writer" in kinds

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """The other's, unless the message is back to its writer, or tells of the patient."""
        mine = self._back_to_now(hit, places) or self._is_patients(hit, places, always_counts)
        return None if mine else Assertion.OTHER_PERSON

    def _is_patients(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Whether the mention is the patient's own all the same."""
        raise NotImplementedError

    def _back_to_now(self, hit: CueHit, places: Places) -> bool:
        """Whether the old illness of another is done with: "dad had a stroke, chest pain now", "..., can't breathe"."""
        item = self.context.items.later(hit.last, places) if hit.first < places[0] else None
        over = item is not None and is_over(self.context, hit.last, item.start)
        return over and is_of_now(self.context, item, places)

    def _told(self, place: int) -> bool:
        """Whether somebody tells of the patient ("my wife says my ...") and not of herself ("a lady said she ...")."""
        if self._of_patient or "informant" not in self.context.marks.get(place, ()):
            return self._of_patient
        after = place + 1
        return after >= len(self.context.words.items) or "third_person" not in self.context.at(after)


class Another(People):
    """ "My mum", "our neighbour"."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._writer_ill: bool | None = None

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Only the writer's own: "my wife says the whites of my eyes ...", but not in "a girl in my group"."""
        behind = place == hit.last + 1 and "preposition" in self.context.at(hit.last)
        return "first_person" in marks and not behind

    def _is_patients(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Also an emergency sign that is not told as an illness, or is new."""
        if self._told(hit.last + 1) or self._of_carer(hit, places, always_counts):
            return True
        if not always_counts:
            return False
        first, last = min(hit.first, places[-1]), max(hit.last, places[0])
        return self.context.is_new(places) or not self.context.ended(first, last + 1, _ILLNESS)

    def of(self, places: Places) -> CueHit | None:
        """Whose old illness a sentence goes on about: "My mother had a stroke in 2010. She was in a coma"."""
        number = self.context.words.sentence[places[0]]
        first = bisect_left(self.context.words.sentence, number)
        before = self.context.reaching.get(number - 1)
        if before is None or self._of_patient or places[0] - first > _BACK:
            return None
        if "third_person" not in self.context.at(first) or self.context.is_new(places):
            return None
        if not any("past_verb" in self.context.at(place) for place in range(first, places[-1] + 1)):
            return None
        others = [hit for hit in before.hits if hit.cue.kind == "other_person" and not self._told(hit.last + 1)]
        return next((hit for hit in others if is_over(self.context, hit.first, first)), None)

    def _of_carer(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Whether somebody close is described as ill now, and nothing says that the writer is the one treated."""
        close = any("close_kin" in self.context.at(place) for place in hit.places)
        if not close or hit.first > places[0] or self._of_writer or self._writer_is_ill():
            return False
        if self.context.is_new(places):
            return True
        lasting = not always_counts and self._has_for_long(hit.first, places[0])
        return not lasting and not is_over(self.context, hit.first, places[-1] + 1)

    def _has_for_long(self, first: int, last: int) -> bool:
        """Whether "has" stands there without "a", "been", "got": "mum has migraines", but "mum has a rash"."""
        has = [place for place in range(first, last) if "perfect" in self.context.at(place)]
        return bool(has) and "episode" not in self.context.at(has[-1] + 1)

    def _writer_is_ill(self) -> bool:
        """Whether the writer tells of a symptom of their own: "I have", "my arm"."""
        if self._writer_ill is None:
            self._writer_ill = any(self._own_symptom_at(place) for place in range(len(self.context.words.items)))
        return self._writer_ill

    def _own_symptom_at(self, place: int) -> bool:
        bounds = self.context.at(place)
        if "first_person" not in bounds:
            return False
        reach = 1 if "possessive" in bounds else _OWN
        for later in range(place + 1, min(place + reach, len(self.context.words.items) - 1) + 1):
            if later in self.context.taken:
                return True
            parted = self.context.words.gap[later] != SPACE or self.context.marks.get(later)
            if parted or not PERSONS.isdisjoint(self.context.at(later)):
                return False
        return False


class Stranger(People):
    """ "A customer", "the waiter": somebody who may as well stand beside what befalls the writer."""

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """ "The waiter stopped as I fainted", but "a passenger on my bus fainted"."""
        if "first_person" not in marks or (place == hit.last + 1 and "preposition" in self.context.at(hit.last)):
            return False
        return "possessive" not in marks or super().new_subject(hit, place, marks)

    def _is_patients(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Also a sudden emergency sign."""
        described = "preposition" in self.context.at(hit.last)  # "I had a patient with ..."
        if self._told(hit.last + 1) or (not described and self._beside_writer(hit.first)):
            return True
        return always_counts and self.context.is_new(places, _SUDDEN)

    def _beside_writer(self, place: int) -> bool:
        """Whether somebody is no subject: "I was with A CLIENT and fainted", "with A CLIENT"."""
        words, before = self.context.words, place - 1
        while before >= 0 and words.items[before].filler and words.gap[before + 1] == SPACE:
            before -= 1
        if before >= 0 and words.gap[before + 1] == SPACE and "preposition" in self.context.at(before):
            return True
        for earlier in range(place - 1, max(place - _BACK, 0) - 1, -1):
            if words.gap[earlier + 1] != SPACE or not ENDS.isdisjoint(self.context.marks.get(earlier, NONE)):
                return False
            if "first_person" in self.context.at(earlier) and "possessive" not in self.context.at(earlier):
                return True
        return False


class Thing(People):
    """ "The tulips", "our dog"."""

    def stands(self, hit: CueHit) -> bool:
        """Whether it opens its sentence: "our dog had a fit", but "walking our dog I fainted".

        One that holds its verb ("tulips look") may also open a later part of it.
        """
        words = self.context.words
        first = bisect_left(words.sentence, words.sentence[hit.first])
        for place in range(hit.first - 1, first - 1, -1):
            joined = words.gap[place + 1] != SPACE or not _JOINS.isdisjoint(self.context.at(place))
            if len(hit.places) > 1 and joined:
                return True
            if not words.items[place].filler:
                return False
        return True

    def _is_patients(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """ "The portal has my platelets at 88"."""
        return {"first_person", "possessive"} <= self.context.at(places[0] - 1)
