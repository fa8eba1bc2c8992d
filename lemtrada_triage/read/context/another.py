"""Another time, another person: "had a seizure in 2009", "my mum has a rash", a stranger, an animal, a thing."""

from __future__ import annotations

from bisect import bisect_left
from typing import ClassVar, Final

from lemtrada_triage.lexicon.meaning import COLON, SPACE
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.context.context import Context, Family
from lemtrada_triage.read.kinds import ENDS, NONE, PERSONS
from lemtrada_triage.read.message import CueHit, Places

# "Since my relapse in 2018": so many words before a cue of old times a "since" is looked for.
_SINCE: Final = 6
_RESOLVED: Final = frozenset({"resolved"})
# "I was serving a customer and fainted": so many words back an "I" is looked for.
_BACK: Final = 12
# "I have had a bad", "I woke up with": so many words behind an "I" may stand before what the writer has.
_OWN: Final = 5
_SUDDEN: Final = frozenset({"sudden"})
_ILLNESS: Final = frozenset({"illness_verb"})


class Past(Family):
    """Cues of old times; they are no word on what is new, or goes on since then."""

    def subjects(self, hit: CueHit) -> int:
        """It takes the "I" of its own clause: "in 2009 I had"."""
        return int(all(PERSONS.isdisjoint(self.context.words.items[place].marks) for place in hit.places))

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Historical, unless the sign is new, goes on since then, or stands in another part of the sentence."""
        elsewhere = self._closed(hit, places) if hit.first < places[0] else self._nearer_mention(hit, places)
        if elsewhere or self.context.is_new(places) or self._goes_on_since(hit):
            return None
        return Assertion.HISTORICAL

    def _closed(self, hit: CueHit, places: Places) -> bool:
        """Whether the time is that of another event: "we moved in 2019, my arm is numb now"."""
        words = self.context.words
        parted = any(
            words.begins_item(place) or words.gap[place] == COLON for place in range(hit.last + 1, places[0] + 1)
        )
        if not parted or self._opens_item(hit.first):
            return False
        item = words.item(places)
        return item.start > hit.last and _is_of_now(self.context, item, places)

    def _opens_item(self, place: int) -> bool:
        """Whether nothing but joining words and fillers stands before a word in its item."""
        words = self.context.words
        while place > 0 and not words.begins_item(place):
            place -= 1
            if not words.items[place].filler and not words.marked(place, "joins"):
                return False
        return True

    def _goes_on_since(self, hit: CueHit) -> bool:
        """Whether "since" stands before an "in 2018": what began then is still there."""
        for place in range(hit.first - 1, max(hit.first - 1 - _SINCE, -1), -1):
            if self.context.words.gap[place + 1] != SPACE:
                return False
            if self.context.words.marked(place, "since"):
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
        named = not PERSONS.isdisjoint(self.context.words.items[place].marks)
        return named and not self.context.words.marked(place - 1, "preposition")


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
        if hit.first > places[0]:
            return False
        item = self.context.words.item(places)
        own = item.start > hit.last and _is_over(self.context, hit.last, item.start)
        return own and _is_of_now(self.context, item, places)

    def _told(self, place: int) -> bool:
        """Whether somebody tells of the patient ("my wife says my ...") and not of herself ("a lady said she ...")."""
        if self._of_patient or "informant" not in self.context.marks.get(place, ()):
            return self._of_patient
        after = place + 1
        return after >= len(self.context.words.items) or not self.context.words.marked(after, "third_person")


class Another(People):
    """ "My mum", "our neighbour"."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._writer_ill: bool | None = None

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Only the writer's own: "my wife says the whites of my eyes ...", but not in "a girl in my group"."""
        behind = place == hit.last + 1 and self.context.words.marked(hit.last, "preposition")
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
        if not self.context.words.marked(first, "third_person") or self.context.is_new(places):
            return None
        if not any(self.context.words.marked(place, "past_verb") for place in range(first, places[-1] + 1)):
            return None
        others = [hit for hit in before.hits if hit.cue.kind == "other_person" and not self._told(hit.last + 1)]
        return next((hit for hit in others if _is_over(self.context, hit.first, first)), None)

    def _of_carer(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Whether somebody close is described as ill now, and nothing says that the writer is the one treated."""
        close = any(self.context.words.marked(place, "close_kin") for place in hit.places)
        if not close or hit.first > places[0] or self._of_writer or self._writer_is_ill():
            return False
        if self.context.is_new(places):
            return True
        lasting = not always_counts and self._has_for_long(hit.first, places[0])
        return not lasting and not _is_over(self.context, hit.first, places[-1] + 1)

    def _has_for_long(self, first: int, last: int) -> bool:
        """Whether "has" stands there without "a", "been", "got": "mum has migraines", but "mum has a rash"."""
        has = [place for place in range(first, last) if self.context.words.marked(place, "perfect")]
        return bool(has) and not self.context.words.marked(has[-1] + 1, "episode")

    def _writer_is_ill(self) -> bool:
        """Whether the writer tells of a symptom of their own: "I have", "my arm"."""
        if self._writer_ill is None:
            self._writer_ill = any(self._own_symptom_at(place) for place in range(len(self.context.words.items)))
        return self._writer_ill

    def _own_symptom_at(self, place: int) -> bool:
        bounds = self.context.words.items[place].marks
        if "first_person" not in bounds:
            return False
        reach = 1 if "possessive" in bounds else _OWN
        for later in range(place + 1, min(place + reach, len(self.context.words.items) - 1) + 1):
            if later in self.context.taken:
                return True
            parted = self.context.words.gap[later] != SPACE or self.context.marks.get(later)
            if parted or not PERSONS.isdisjoint(self.context.words.items[later].marks):
                return False
        return False


class Stranger(People):
    """ "A customer", "the waiter": somebody who may as well stand beside what befalls the writer."""

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """ "The waiter stopped as I fainted", but "a passenger on my bus fainted"."""
        behind = place == hit.last + 1 and self.context.words.marked(hit.last, "preposition")
        if "first_person" not in marks or behind:
            return False
        return "possessive" not in marks or super().new_subject(hit, place, marks)

    def _is_patients(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Also a sudden emergency sign."""
        described = self.context.words.marked(hit.last, "preposition")  # "I had a patient with ..."
        if self._told(hit.last + 1) or (not described and self._beside_writer(hit.first)):
            return True
        return always_counts and self.context.is_new(places, _SUDDEN)

    def _beside_writer(self, place: int) -> bool:
        """Whether somebody is no subject: "I was with A CLIENT and fainted", "with A CLIENT"."""
        words, before = self.context.words, place - 1
        while before >= 0 and words.items[before].filler and words.gap[before + 1] == SPACE:
            before -= 1
        if before >= 0 and words.gap[before + 1] == SPACE and words.marked(before, "preposition"):
            return True
        for earlier in range(place - 1, max(place - _BACK, 0) - 1, -1):
            if words.gap[earlier + 1] != SPACE or not ENDS.isdisjoint(self.context.marks.get(earlier, NONE)):
                return False
            if words.marked(earlier, "first_person") and not words.marked(earlier, "possessive"):
                return True
        return False


class Thing(People):
    """ "The tulips", "our dog"."""

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """The thing's, where it stands for one."""
        return super().says(hit, places, always_counts) if self._opens(hit) else None

    def _opens(self, hit: CueHit) -> bool:
        """Whether it opens its sentence: "our dog had a fit", but "walking our dog I fainted".

        One that holds its verb ("tulips look") may also open a later part of it.
        """
        words = self.context.words
        first = bisect_left(words.sentence, words.sentence[hit.first])
        for place in range(hit.first - 1, first - 1, -1):
            joined = words.gap[place + 1] != SPACE or words.marked(place, "joins")
            if len(hit.places) > 1 and joined:
                return True
            if not words.items[place].filler:
                return False
        return True

    def _is_patients(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """ "The portal has my platelets at 88"."""
        return {"first_person", "possessive"} <= self.context.words.items[places[0] - 1].marks


def _is_of_now(context: Context, item: range, places: Places) -> bool:
    """Whether an item of a sentence tells of now: by its verb, or by a word of time."""
    if any(context.words.marked(place, "present_verb") for place in range(item.start, places[-1] + 1)):
        return True
    return context.holds_new(item) or any(context.words.marked(place, "of_now") for place in item)


def _is_over(context: Context, first: int, last: int) -> bool:
    """Whether what stands between two words is over: "had a stroke", but not "has had a stroke"."""
    return any(
        "illness_verb" in context.marks.get(place, ()) and not (place and context.words.marked(place - 1, "perfect"))
        for place in range(first, last)
    )
