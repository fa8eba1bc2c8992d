"""Decides what the text says about a mention: present, absent, historical ... and the cue that decided it.

After ConText (Harkema et al. 2009): a cue has a direction and a scope; the scope ends at a terminator, at the end of
the sentence, or where somebody becomes the subject of a new clause. Every cue word lives in ``vocab/context/``. What
is so of one family of cues alone (denials, the past, other people ...) is told by an object of that family.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Final, NamedTuple

from lemtrada_triage.lexicon.meaning import COLON, COMMA, DASH, SPACE, STOP
from lemtrada_triage.lexicon.vocabulary import Concept
from lemtrada_triage.model import Assertion
from lemtrada_triage.read import kinds
from lemtrada_triage.read.message import CueHit, Places
from lemtrada_triage.read.words import LIST, Words

# The cues of so few are gone through one by one.
_FEW: Final = 12
# What makes an item of a list more than a bare noun.
_OWN: Final = frozenset({"present_verb", "past_verb", "possessive", "side", "of_now", "strong"})


class Said(NamedTuple):
    """An assertion and the (start, end) of the cue that decided it, in the folded text."""

    assertion: Assertion
    cue: tuple[int, int] | None


PRESENT: Final = Said(Assertion.PRESENT, None)


@dataclass(slots=True, eq=False)
class Nearby:
    """The cues of one sentence in text order; a text without punctuation must not cost the square of its length."""

    hits: list[CueHit] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)
    _farthest: int = 0

    def around(self, places: Places) -> list[CueHit]:
        """The cues whose scope may reach these words."""
        if len(self.hits) < _FEW:
            return self.hits
        if not self._firsts:
            self._firsts = [hit.first for hit in self.hits]
            self._farthest = max(hit.cue.scope + hit.last - hit.first + 1 for hit in self.hits)
        low = bisect_left(self._firsts, places[0] - self._farthest)
        return self.hits[low : bisect_right(self._firsts, places[-1] + self._farthest)]


class Context:
    """The cues of one text, ready to be asked about any span of its words.

    ``taken`` are the words of all mentions, and ``marks`` the kinds of cues that end or bound a scope, by their first
    word.
    """

    def __init__(
        self,
        words: Words,
        cues: list[CueHit],
        mentions: Sequence[tuple[Places, Places]],
        families: Mapping[str, type[Family]],
    ) -> None:
        """``mentions``: the head of each mention and its words; ``families``: what has more to say than ``Family``."""
        self.words, self.cues = words, cues
        self.wholes: dict[Places, Places] = {}
        for head, places in mentions:
            self.wholes[head] = max(places, self.wholes.get(head, head), key=len)
        self.taken = frozenset([place for _, places in mentions for place in places])
        self.marks: dict[int, set[str]] = {}
        self.reaching: dict[int, Nearby] = {}
        self.answers: list[CueHit] = []
        self._families: dict[str, Family] = {}
        self._modifying: dict[int, Nearby] = {}
        self._affirming = Nearby()
        self._marked: dict[frozenset[str], list[int]] = {}
        treated = any(hit.cue.kind == "treated" for hit in cues)
        for hit in cues:
            kind, sentence = hit.cue.kind, words.sentence[hit.first]
            if kind in kinds.MARKING:
                self.marks.setdefault(hit.first, set()).add(kind)
            if kind in kinds.REACHING:
                if kind not in self._families:
                    self._families[kind] = families.get(kind, Family)(self)
                self.reaching.setdefault(sentence, Nearby()).hits.append(hit)
            elif kind in kinds.BESIDE and (treated or kind != "elsewhere"):  # it is only a treatment's other place
                self._modifying.setdefault(sentence, Nearby()).hits.append(hit)
            elif kind in kinds.ANSWERS:
                self.answers.append(hit)
            elif kind == "affirms":
                self._affirming.hits.append(hit)
        # "Rash: no" and "rash no fever no" are answers; one word that no mark sets off is none.
        answers, gap = self.answers, [*words.gap, STOP] if self.answers else ()
        if len({hit.first for hit in answers}) > 1 or any(gap[hit.first] or gap[hit.last + 1] for hit in answers):
            self._families["answer"] = families["answer"](self)

    def said(self, places: Places, always_counts: bool = False) -> Said:
        """What is said about the words at ``places``; ``always_counts`` for signs that count even of another person.

        An answer in a form goes first, or an empty box beside them ("[ ] rash"); then the strongest cue whose scope
        takes them in, if its family (``FAMILIES``) does not think otherwise.
        """
        answers = self._families.get("answer")
        answer = answers.of(places) if answers else None
        if answer and answer.cue.kind == "answer_no":
            return Said(Assertion.ABSENT, self.words.span(answer.first, answer.last))
        if self.words.boxes and not answer and (box := self.words.empty_box(places[0], places[-1])):
            return Said(Assertion.ABSENT, box)
        cues = None if answer else self.reaching.get(self.words.sentence[places[0]])
        for hit in _by_strength(cues.around(places), places) if cues else ():
            family = self._families[hit.cue.kind]
            if self._reaches(hit, places, family) and (says := family.says(hit, places, always_counts)):
                takes_back = hit.cue.kind in kinds.TAKEN_BACK and self._affirming.hits
                if takes_back and (affirmed := self._affirmed(places)):
                    return Said(Assertion.PRESENT, self.words.span(affirmed.first, affirmed.last))
                return Said(says, self.words.span(hit.first, hit.last))
        if (others := self._families.get("other_person")) and (other := others.of(places)):
            return Said(Assertion.OTHER_PERSON, self.words.span(other.first, other.last))
        return PRESENT

    def _affirmed(self, places: Places) -> CueHit | None:
        """The words behind a mention that say it is here after all: "told to watch for it, and now I have it"."""
        sentence = self.words.sentence
        for hit in self._affirming.around(places):
            behind = hit.first - places[-1] - 1
            if hit.first > places[0] and behind <= hit.cue.scope and sentence[hit.first] - sentence[places[-1]] <= 1:
                return hit
        return None

    def _reaches(self, hit: CueHit, places: Places, family: Family) -> bool:
        """Whether nothing stands between the mention and a cue whose scope is wide enough."""
        if hit.first >= places[0]:
            return not self.ended(places[-1] + 1, hit.first, kinds.ENDS)
        answers = self._families.get("answer")
        if answers and answers.answers(hit.first):
            return False
        subjects = 0
        barrier = COMMA if hit.cue.scope <= kinds.SHORT else DASH
        for place in range(hit.last + 1, places[0] + 1):
            gap = self.words.gap[place]
            if gap != SPACE:
                before = self.words.before(place)
                closes = self.words.closes(hit.last + 1, place) if ")" in before else family.ends_list(place, before)
                if closes or (gap >= barrier and gap != COLON):
                    return False
            marks = self.marks.get(place, kinds.NONE)
            if not kinds.ENDS.isdisjoint(marks) and not (family.over_predicates and "predicate" in marks):
                return False
            bounds = self.words.items[place].marks
            if bounds and not kinds.PERSONS.isdisjoint(bounds) and family.new_subject(hit, place, bounds):
                subjects += 1
                if subjects > family.subjects(hit):
                    return False
        return True

    def manner(self, places: Places, concept: Concept) -> tuple[str, tuple[str, ...]]:
        """What a mention of a concept is, another concept where a cue says so, and its modifiers, sorted."""
        sentence = self.words.sentence[places[0]]
        found: set[str] = set()
        for number in (sentence - 1, sentence, sentence + 1) if self._modifying else ():
            if number in self._modifying:
                for hit in self._modifying[number].around(places):
                    kind = hit.cue.kind
                    beside = number == sentence or kind in kinds.ACROSS
                    if beside and kind not in found and self._touches(hit, places):
                        found.add(kind)
        if not found:
            return concept.id, kinds.UNMODIFIED
        if "elsewhere" in found:  # the treatment may be that of another place
            found.discard("treated")
        meant = next((other for kind, other in concept.instead if kind in found), concept.id)
        return meant, _modifiers(frozenset(found))

    def _touches(self, hit: CueHit, places: Places) -> bool:
        """A modifier reaches over commas, not over a terminator; in its direction and scope.

        "All of a sudden I sat down and I lost my balance": a sudden onset is that of all that follows in the clause.
        """
        ends = kinds.CLAUSES if hit.cue.kind in kinds.ACROSS else kinds.ENDS
        if hit.last < places[0]:
            near = hit.cue.forward and places[0] - hit.last - 1 <= hit.cue.scope
            return near and not self.ended(hit.last + 1, places[0], ends)
        if hit.first > places[-1]:
            near = hit.cue.backward and hit.first - places[-1] - 1 <= hit.cue.scope
            return near and not self.ended(places[-1] + 1, hit.first + 1, ends)
        return True

    def is_new(self, places: Places, among: frozenset[str] = kinds.NEW) -> bool:
        """Whether a mention is said to be new or sudden."""
        cues = self._modifying.get(self.words.sentence[places[0]])
        hits = cues.around(places) if cues else ()
        return any(hit.cue.kind in among and self._touches(hit, places) for hit in hits)

    def holds_new(self, item: range) -> bool:
        """Whether an item of a list says itself that it is new or sudden."""
        cues = self._modifying.get(self.words.sentence[item.start])
        hits = cues.around((item.start, item.stop)) if cues else ()
        return any(hit.cue.kind in kinds.NEW and hit.first in item for hit in hits)

    def ended(self, first: int, last: int, among: frozenset[str]) -> bool:
        """Whether a cue of some kinds that mark a place stands from ``first`` to before ``last``."""
        if not self.marks:
            return False
        if among not in self._marked:
            self._marked[among] = sorted([place for place, found in self.marks.items() if found & among])
        marked = self._marked[among]
        at = bisect_left(marked, first)
        return at < len(marked) and marked[at] < last


class Family:
    """What is so of the cues of one kind; this one is of those with nothing of their own ("maybe", "went away")."""

    # Whether a predicate goes on about what the cue names: "my son has a rash and is coughing".
    over_predicates: ClassVar[bool] = False
    # Whether somebody may be a new subject right behind the cue, where something parts the two: "no, my arm ...".
    parted: ClassVar[bool] = False

    def __init__(self, context: Context) -> None:
        self.context = context

    def subjects(self, hit: CueHit) -> int:
        """How many new subjects a cue reaches over."""
        return 0

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Whether somebody named at a word becomes the subject of a new clause ("no fever my arm ...")."""
        if self.context.words.marked(place - 1, "preposition"):
            return False
        return place != hit.last + 1 or (self.parted and self.context.words.gap[place] != SPACE)

    def ends_list(self, place: int, before: str) -> bool:
        """Whether the list of a cue ends before a word, behind which stand some marks."""
        return False

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """What a cue that reaches a mention says of it; None where it does not speak of it after all."""
        return kinds.MEANS[hit.cue.kind]

    def of(self, places: Places) -> CueHit | None:
        """The cue that speaks of a mention from outside its reach."""
        return None

    def answers(self, place: int) -> bool:
        """Whether the cue at a place answers what stands before it, and says nothing of what follows."""
        return False


class Denial(Family):
    """ "No", "denies", "without": "no fever, chills or cough" denies three, "no rash, my face is drooping" one.

    A finding of a list is denied with it unless it has its own verb, owner, time, side or degree.
    """

    parted: ClassVar[bool] = True

    def ends_list(self, place: int, before: str) -> bool:
        """Whether what is there begins: "no rash, slight fever", "no rash, +HA"."""
        return "+" in before or self.context.words.marked(place, "degree")

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Absent, unless it is a finding of its own; an emergency sign that may be either is uncertain."""
        context = self.context
        whole = context.wholes.get(places, places)
        item, behind = context.words.item(whole), hit.first < places[0]
        apart = item.start > hit.last if behind else item.stop <= hit.first
        if not apart or not (behind or any(place in context.taken for place in range(places[-1] + 1, hit.first))):
            return Assertion.ABSENT
        says = self._of_item(item, whole, hit.last + 1)
        if says is Assertion.ABSENT and not behind and context.words.marked(hit.first, "singular"):
            says = Assertion.UNCERTAIN
        return Assertion.ABSENT if says is Assertion.UNCERTAIN and not always_counts else says

    def _of_item(self, item: range, places: Places, first: int) -> Assertion | None:
        """What is said of a mention in a later item of its list, the first item of which begins at ``first``.

        Absent as the list; None, being a finding of its own; or uncertain, as it may be either.
        """
        context, last = self.context, places[-1]
        if context.holds_new(item):
            return None
        if self._alternative(item):
            return Assertion.ABSENT
        # "No rash, a droopy face", and "I haven't got a rash, a fever".
        if context.words.marked(item.start, "indefinite"):
            return Assertion.UNCERTAIN if context.words.marked(first, "indefinite") else None
        states = [context.words.marked(place, "state") for place in (places[0], last)]
        said_of_part = len(places) > 1 and states == [False, True]  # "lips blue", "gums bleed"
        if said_of_part or any(not _OWN.isdisjoint(context.words.items[place].marks) for place in item):
            return None
        may_be_verb = len(places) > 1 and context.words.items[last].exact.endswith("ing")  # "face drooping", or a noun
        return Assertion.UNCERTAIN if may_be_verb else Assertion.ABSENT

    def _alternative(self, item: range) -> bool:
        """Whether "or" or "nor" stands before an item, or later in its list: "no rash, slurred speech or fever"."""
        if item.start and self.context.words.marked(item.start - 1, "alternative"):
            return True
        gap = self.context.words.gap
        for place in range(item.stop - 1, min(item.stop + LIST, len(gap))):
            if (gap[place] == STOP and place >= item.stop) or self.context.words.marked(place, "present_verb"):
                return False
            if self.context.words.marked(place, "alternative"):
                return True
        return False


class WhatIf(Family):
    """ "If", "in case", "told to watch for"."""

    def subjects(self, hit: CueHit) -> int:
        """ "If" takes the "I" of its own clause, "if I" has it already."""
        return int(not any(self.context.words.items[place].marks for place in hit.places))

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Hypothetical, unless it is told as what happens."""
        told = self._provokes(hit) or (always_counts and self._indicative(hit, places))
        return None if told else Assertion.HYPOTHETICAL

    def _provokes(self, hit: CueHit) -> bool:
        """Whether an "if" names what brings the sign on ("if I stand up I get dizzy"), not what might befall one."""
        after, items = hit.last + 1, self.context.words.items
        if len(hit.places) > 1 or after + 1 >= len(items) or items[after].exact != "=i":
            return False
        return not self.context.words.marked(after + 1, "befalls")

    def _indicative(self, hit: CueHit, places: Places) -> bool:
        """Whether an emergency sign is told as a fact of now: "should I call if my face is drooping"."""
        bounds = [self.context.words.items[place].marks for place in range(hit.last + 1, places[-1] + 1)]
        own = any("possessive" in marks and "first_person" in marks for marks in bounds)
        return own and any("indicative" in marks for marks in bounds)


class Question(Family):
    """ "Can", "does", "is it", where they open a question."""

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Hypothetical, where it asks."""
        return super().says(hit, places, always_counts) if self._asks(hit) else None

    def _asks(self, hit: CueHit) -> bool:
        """Whether it opens a sentence that ends in a question mark, or that asks what causes what."""
        words, sentence = self.context.words, self.context.words.sentence
        number = sentence[hit.first]
        if hit.first - bisect_left(sentence, number) > 1 and words.gap[hit.first] != COLON:
            return False
        end = bisect_right(sentence, number)
        return "?" in words.before(end) or any(
            self.context.words.marked(place, "causes") for place in range(hit.last + 1, end)
        )

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Only the writer's own: "can it cause a rash, my arm is numb"."""
        behind = place == hit.last + 1 and self.context.words.marked(hit.last, "preposition")
        return "first_person" in marks and not behind


def _by_strength(hits: list[CueHit], places: Places) -> list[CueHit]:
    """The cues whose direction and scope take in a mention: the strongest first, of equal ones the nearest."""
    first, last = places[0], places[-1]
    found: list[tuple[int, int, int, CueHit]] = []
    for hit in hits:
        cue = hit.cue
        if hit.first < first:
            distance, fits = first - hit.last - 1, cue.forward
        else:
            distance, fits = hit.first - last - 1, cue.backward and hit.last > last
        if fits and distance <= cue.scope:
            found.append((kinds.RANK[cue.kind], max(distance, 0), len(found), hit))
    return [hit for *_, hit in sorted(found)]


@lru_cache(maxsize=1_000)
def _modifiers(found: frozenset[str]) -> tuple[str, ...]:
    """The modifiers that some kinds of cues give, sorted; the onset is exactly one of four."""
    onset = "unstated"
    if "sudden" in found:
        onset = "sudden"
    elif "long_standing" in found and "fresh" not in found:
        onset = "long_standing"
        found |= {"lasting"}
    elif "gradual" in found:
        onset = "gradual"
    if "both_sided" in found:
        found -= {"one_sided"}
    found -= {"sudden", "gradual", "long_standing", "fresh"} | kinds.CHANGING
    if onset != "long_standing":
        found |= {"acute"}
    return tuple(sorted(found | {onset}))
