"""Decides what the text says about a mention: present, absent, historical ... and the cue that decided it.

After ConText (Harkema et al. 2009): a cue has a direction and a scope; the scope ends at a terminator, at the end of
the sentence, or where somebody becomes the subject of a new clause. Every cue word lives in
``vocab/context/``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from lemtrada_triage.lexicon.meaning import COLON, COMMA, DASH, SPACE, STOP, Cue, Lexicon
from lemtrada_triage.lexicon.vocabulary import Concept
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.items import Items, Reading
from lemtrada_triage.read.message import Hit, Places
from lemtrada_triage.read.words import Words

# Which kind wins when several cues reach a mention: those that take it away, the strongest first.
_ORDER = ("absent", "hypothetical", "other_person", "historical", "resolved", "uncertain")
_LIKE = {"question": "hypothetical", "stranger": "other_person", "no_person": "other_person"}
_REACHING = frozenset(_ORDER) | frozenset(_LIKE)
_RANK = {kind: _ORDER.index(_LIKE.get(kind, kind)) for kind in _REACHING}
_MEANS = {kind: Assertion(_LIKE.get(kind, kind)) for kind in _REACHING}
# "I was serving a customer and fainted": so many words back an "I" is looked for.
_BACK = 12
# "Since my relapse in 2018": so many words before a cue of old times a "since" is looked for.
_SINCE = 6
_PERSONS = frozenset({"first_person", "third_person"})
# A cue of so short a scope ("not", "the car") does not reach over a comma.
_SHORT = 4
# The name of a field in a form ("Swelling of lips or tongue:") is no longer than this.
_FIELD = 8
_WEIGHED = _REACHING | {"pseudo", "affirms"}
_FALSE = frozenset({"pseudo", "pseudo_modifier"})
_MODIFIERS = frozenset({"sudden", "gradual", "long_standing", "severe", "lasting", "one_sided", "fresh"})
# These change what a mention is, and are no modifiers that a rule could ask for.
_CHANGING = frozenset({"both_sided", "treated", "elsewhere"})
_BESIDE = _MODIFIERS | _CHANGING
# "Out of nowhere. My neck hurts": how it began may stand in the sentence before or after, and before an "and then".
_ACROSS = frozenset({"sudden"})
_ANSWERS = frozenset({"answer_no", "answer_yes"})
_CLAUSES = frozenset({"clause"})
# "My son has a rash and is coughing": a predicate goes on about the same subject, and ends all but what names one.
_ENDS = _CLAUSES | {"terminator", "predicate"}
_OTHERS = frozenset({"other_person", "stranger", "no_person"})
_ILLNESS = frozenset({"illness_verb"})
_RESOLVED = frozenset({"resolved"})
_JOINS = frozenset({"joins"})
# The kinds without which nothing is said about any mention.
TELLING = _REACHING | _BESIDE | _ANSWERS
_MARKING = _ENDS | _ILLNESS | _RESOLVED | {"informant"}
# A cue of these kinds may be part of a mention ("had a fit", "no pain except in my arm", "mum your eyes are yellow").
_WITHIN = _BESIDE | _ILLNESS | {"pseudo_modifier", "terminator", "predicate", "patient", "affirms"}
# What the patient may take back with "but now I do".
_TAKEN_BACK = _REACHING - {"resolved", "uncertain"}
# "I have had a bad", "I woke up with": so many words behind an "I" may stand before what the writer has.
_OWN = 5
_NEW = ("fresh", "sudden")
_NO_BOUNDS: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class CueHit:
    """A cue in the text, and its first and last word."""

    cue: Cue
    places: Places
    first: int
    last: int


class Mentioned(NamedTuple):
    """The words of a mention, and those of them whose assertion counts."""

    head: Places
    places: Places


class Said(NamedTuple):
    """An assertion and the (start, end) of the cue that decided it, in the folded text."""

    assertion: Assertion
    cue: tuple[int, int] | None


PRESENT = Said(Assertion.PRESENT, None)
UNMODIFIED: tuple[str, ...] = ("acute", "unstated")
_FEW = 12


class _Nearby:
    """The cues of one sentence in text order; a text without punctuation must not cost the square of its length."""

    __slots__ = ("_farthest", "_firsts", "hits")

    def __init__(self) -> None:
        self.hits: list[CueHit] = []
        self._firsts: list[int] = []
        self._farthest = 0

    def around(self, places: Places) -> list[CueHit]:
        """The cues whose scope may reach these words."""
        if len(self.hits) < _FEW:
            return self.hits
        if not self._firsts:
            self._firsts = [hit.first for hit in self.hits]
            self._farthest = max(hit.cue.scope + hit.last - hit.first + 1 for hit in self.hits)
        low = bisect_left(self._firsts, places[0] - self._farthest)
        return self.hits[low : bisect_right(self._firsts, places[-1] + self._farthest)]


class _BySentence(dict[int, _Nearby]):
    def __missing__(self, sentence: int) -> _Nearby:
        self[sentence] = nearby = _Nearby()
        return nearby


class Context:
    """The cues of one text, ready to be asked about any span of its words."""

    def __init__(
        self, words: Words, hits: Iterable[Hit], lexicon: Lexicon, mentions: Sequence[Mentioned], given: bool = False
    ) -> None:
        """``mentions``: the words of each mention and its head; no part of one can be a cue ("can't speak").

        ``given``: the words are a caller's span, which may hold a cue in part ("no DEFINITE SIGN OF ...").
        """
        self._words = words
        self._wholes: dict[Places, Places] = {}
        for head, places in mentions:
            self._wholes[head] = max(places, self._wholes.get(head, head), key=len)
        self._taken = taken = frozenset([place for _, places in mentions for place in places])
        self._given = given
        self._bounds = lexicon.marks
        self._items = Items(words, lexicon.marks)
        self._reaching = _BySentence()
        self._modifying = _BySentence()
        self._answers: dict[int, CueHit] = {}
        self._closed: list[int] = []
        self._marks: dict[int, set[str]] = {}
        self._marked: dict[frozenset[str], list[int]] = {}
        self._answering: set[int] = set()
        self._affirming = _Nearby()
        self._of_patient = False
        self._of_writer = False
        self._own_symptom: bool | None = None
        self.cues = _longest(
            [
                CueHit(cue, places, places[0], places[-1])
                for meaning, places in hits
                for cue in meaning.cues
                if cue.kind in _WITHIN or taken.isdisjoint(places) or self._holds_cue(cue, places)
            ]
        )
        sentence = words.sentence
        for hit in self.cues:
            kind = hit.cue.kind
            if kind in _MARKING:
                self._marks.setdefault(hit.first, set()).add(kind)
            if kind in _REACHING:
                if self._stands(hit):
                    self._reaching[sentence[hit.first]].hits.append(hit)
            elif kind in _BESIDE:
                self._modifying[sentence[hit.first]].hits.append(hit)
            elif kind in _ANSWERS:
                self._answering.add(hit.first)
            elif kind == "affirms":
                self._affirming.hits.append(hit)
            elif kind == "patient":
                self._of_patient = True
            elif kind == "writer":
                self._of_writer = True
        for hit in self.cues if self._answering else ():
            if hit.cue.kind in _ANSWERS and self._is_answer(hit):
                self._answers[hit.first] = hit

    def _holds_cue(self, cue: Cue, places: Places) -> bool:
        """Whether a caller's span may hold a cue: one that goes on outside it, or a diagnosis."""
        return self._given and (cue.kind == "background" or not self._taken.issuperset(places))

    def said(self, places: Places, always_counts: bool = False) -> Said:
        """What is said about the words at ``places``; ``always_counts`` for signs that count even of another person."""
        if self._answers and (answer := self._answer_to(places)):
            denied = answer.cue.kind == "answer_no"
            return self._because(Assertion.ABSENT, answer) if denied else self._otherwise(places)
        if self._words.boxes and (box := self._words.empty_box(places[0], places[-1])):
            return Said(Assertion.ABSENT, box)
        cues = self._reaching.get(self._words.sentence[places[0]])
        if cues is None:
            return self._otherwise(places)
        for hit in _by_strength(cues.around(places), places):
            if self._reaches(hit, places) and self._weighs(hit, places, always_counts):
                return self._decided_by(hit, places, always_counts)
        return self._otherwise(places)

    def _decided_by(self, hit: CueHit, places: Places, always_counts: bool) -> Said:
        """What the strongest cue says, unless it is taken back, or might not be meant for an emergency sign."""
        if hit.cue.kind in _TAKEN_BACK and (affirmed := self._affirmed(places)):
            return self._because(Assertion.PRESENT, affirmed)
        if always_counts and hit.cue.kind == "absent" and self._own_finding(hit, places) is Reading.EITHER:
            return self._because(Assertion.UNCERTAIN, hit)
        return self._because(_MEANS[hit.cue.kind], hit)

    def _otherwise(self, places: Places) -> Said:
        """Present; but a long-term diagnosis that a caller asks about, with no word on now, is background."""
        if self._reaching and (answer := self._long_ago(places)):
            return self._because(Assertion.HISTORICAL, answer)
        if self._reaching and (other := self._still_of_another(places)):
            return self._because(Assertion.OTHER_PERSON, other)
        if self._given:
            for hit in self.cues:
                if hit.cue.kind == "background" and hit.first == places[0] and hit.last == places[-1]:
                    return self._because(Assertion.HISTORICAL, hit)
        return PRESENT

    def _long_ago(self, places: Places) -> CueHit | None:
        """The "in 1987" that answers a bare "Seizure?"; nothing of today may stand beside it."""
        after, sentence = places[-1] + 1, self._words.sentence
        if after >= len(sentence) or sentence[after] == sentence[places[-1]] or "?" not in self._words.before(after):
            return None
        if places[0] > 0 and sentence[places[0] - 1] == sentence[places[0]]:
            return None
        number = sentence[after]
        recent = self._modifying[number].hits if number in self._modifying else ()
        if number not in self._reaching or any(hit.cue.kind in ("fresh", "sudden") for hit in recent):
            return None
        cues = self._reaching[number].hits
        return next((hit for hit in cues if hit.cue.kind == "historical" and hit.first - after < _FIELD), None)

    def _still_of_another(self, places: Places) -> CueHit | None:
        """Whose old illness a sentence goes on about: "My mother had a stroke in 2010. She was in a coma"."""
        number = self._words.sentence[places[0]]
        first = bisect_left(self._words.sentence, number)
        told = range(first, places[-1] + 1)
        goes_on = "third_person" in self._bounds_at(first) and places[0] - first <= _BACK
        if not goes_on or number - 1 not in self._reaching or self._of_patient:
            return None
        if not any("past_verb" in self._bounds_at(place) for place in told) or self._has_modifier(places, _NEW):
            return None
        before = self._reaching[number - 1].hits
        others = [hit for hit in before if hit.cue.kind == "other_person" and self._past_between(hit.first, first)]
        return next((hit for hit in others if not self._informs(hit.last + 1)), None)

    def _affirmed(self, places: Places) -> CueHit | None:
        """The words behind a mention that say it is here after all: "told to watch for it, and now I have it"."""
        sentence = self._words.sentence
        for hit in self._affirming.around(places):
            behind = hit.first - places[-1] - 1
            if hit.first > places[0] and behind <= hit.cue.scope and sentence[hit.first] - sentence[places[-1]] <= 1:
                return hit
        return None

    def _answer_to(self, places: Places) -> CueHit | None:
        """The "no" of "Swelling of lips or tongue? No": the first answer behind a mention in its field."""
        for place in range(places[-1] + 1, min(places[-1] + _FIELD, len(self._words.items))):
            if answer := self._answers.get(place):
                return answer
            if self._words.gap[place] != SPACE and not self._is_label(place):
                return None
        return None

    def _is_label(self, place: int) -> bool:
        """The "A" of "Q: any fever? A: no"."""
        gap = self._words.gap
        return "label" in self._bounds_at(place) and place + 1 < len(gap) and gap[place + 1] == COLON

    def _because(self, assertion: Assertion, hit: CueHit) -> Said:
        return Said(assertion, self._words.span(hit.first, hit.last))

    def modifiers(self, places: Places) -> tuple[str, ...]:
        """The modifiers of a mention, sorted; the onset is exactly one of four."""
        kinds = self._kinds(places)
        return _modifiers(kinds) if kinds else UNMODIFIED

    def instead(self, places: Places, concept: Concept) -> str:
        """What a mention of a concept is: another concept where a cue says so."""
        kinds = self._kinds(places) if concept.instead else _NO_BOUNDS
        return next((other for kind, other in concept.instead if kind in kinds), concept.id)

    def _kinds(self, places: Places) -> frozenset[str]:
        """The kinds of the cues beside a mention that say how it is, or change what it is."""
        if not self._modifying:
            return _NO_BOUNDS
        sentence = self._words.sentence[places[0]]
        kinds: set[str] = set()
        for number in (sentence - 1, sentence, sentence + 1):
            if number in self._modifying:
                for hit in self._modifying[number].around(places):
                    kind = hit.cue.kind
                    if kind not in kinds and (number == sentence or kind in _ACROSS) and self._touches(hit, places):
                        kinds.add(kind)
        if "elsewhere" in kinds:  # the treatment may be that of another place
            kinds.discard("treated")
        return frozenset(kinds)

    def _touches(self, hit: CueHit, places: Places) -> bool:
        """A modifier reaches over commas, not over a terminator; in its direction and scope.

        "All of a sudden I sat down and I lost my balance": a sudden onset is that of all that follows in the clause.
        """
        ends = _CLAUSES if hit.cue.kind in _ACROSS else _ENDS
        if hit.last < places[0]:
            near = hit.cue.forward and places[0] - hit.last - 1 <= hit.cue.scope
            return near and not self._ended(hit.last + 1, places[0], ends)
        if hit.first > places[-1]:
            near = hit.cue.backward and hit.first - places[-1] - 1 <= hit.cue.scope
            return near and not self._ended(places[-1] + 1, hit.first + 1, ends)
        return True

    def _reaches(self, hit: CueHit, places: Places) -> bool:
        """Whether nothing stands between the mention and a cue whose scope is wide enough."""
        return self._forward(hit, places) if hit.first < places[0] else self._backward(hit, places)

    def _forward(self, hit: CueHit, places: Places) -> bool:
        if hit.first in self._answers:
            return False
        allowed = self._subjects_allowed(hit)
        barrier = COMMA if hit.cue.scope <= _SHORT else DASH
        of_others = hit.cue.kind in _OTHERS
        for place in range(hit.last + 1, places[0] + 1):
            gap = self._words.gap[place]
            if gap != SPACE and ((gap >= barrier and gap != COLON) or self._list_ends(hit, place)):
                return False
            marks = self._marks.get(place)
            if marks and marks & _ENDS and not (of_others and "predicate" in marks):
                return False
            bounds = self._bounds_at(place)
            if bounds and self._new_subject(hit, place, bounds):
                allowed -= 1
                if allowed < 0:
                    return False
        return not self._stays_behind(hit, places)

    def _stays_behind(self, hit: CueHit, places: Places) -> bool:
        """Whether a cue is done with before the item of its sentence in which a mention stands."""
        kind = hit.cue.kind
        if kind == "absent":
            return self._own_finding(hit, places) is Reading.OWN
        if kind == "historical":
            closed = self._items.closes_before(hit.first, hit.last, places[0])
            return closed and self._is_of_now(self._items.later(hit.last, places), places)
        return kind in _OTHERS and self._back_to_now(hit, places)

    def _own_finding(self, hit: CueHit, places: Places) -> Reading:
        """Whether a mention behind or before a denial's list is denied with it, or a finding of its own."""
        whole = self._wholes.get(places, places)
        singular = False
        if hit.first < places[0]:
            item = self._items.later(hit.last, whole)
        else:
            apart = self._mention_between(places[-1], hit.first)
            item = self._items.earlier(whole, hit.first) if apart else None
            singular = "singular" in self._bounds_at(hit.first)
        if item is None:
            return Reading.LISTED
        reading = Reading.OWN if self._recent_in(item) else self._items.reading(item, whole)
        return Reading.EITHER if singular and reading is Reading.LISTED else reading

    def _mention_between(self, first: int, last: int) -> bool:
        return any(place in self._taken for place in range(first + 1, last))

    def _recent_in(self, item: range) -> bool:
        """Whether an item of a list says itself that it is new, sudden or of today."""
        nearby = self._modifying.get(self._words.sentence[item.start])
        return nearby is not None and any(
            hit.cue.kind in _NEW and hit.first in item for hit in nearby.around((item.start, item.stop))
        )

    def _back_to_now(self, hit: CueHit, places: Places) -> bool:
        """Whether the old illness of another is done with: "dad had a stroke, chest pain now", "..., can't breathe"."""
        item = self._items.later(hit.last, places)
        return item is not None and self._past_between(hit.last, item.start) and self._is_of_now(item, places)

    def _is_of_now(self, item: range | None, places: Places) -> bool:
        """Whether an item tells of now: by its verb, or by a word of time."""
        if item is None:
            return False
        verb = self._items.has(range(item.start, places[-1] + 1), "present_verb")
        return verb or self._recent_in(item) or self._items.has(item, "of_now")

    def _past_between(self, first: int, last: int) -> bool:
        """Whether what stands between two words is over: "had a stroke", but not "has had a stroke"."""
        return any(
            "illness_verb" in self._marks.get(place, ()) and not (place and "perfect" in self._bounds_at(place - 1))
            for place in range(first, last)
        )

    def _closes(self, first: int, last: int) -> bool:
        """Whether more parentheses close than open before the words from ``first`` to ``last``."""
        if not self._closed:
            gaps = [self._words.before(place) for place in range(len(self._words.items))]
            self._closed = list(accumulate([gap.count(")") - gap.count("(") for gap in gaps], initial=0))
        return self._closed[last + 1] > self._closed[first]

    def _list_ends(self, hit: CueHit, place: int) -> bool:
        """Whether a cue's parenthesis closes, or what is there begins ("no rash, slight fever", "no rash, +HA")."""
        before = self._words.before(place)
        if ")" in before:
            return self._closes(hit.last + 1, place)
        return hit.cue.kind == "absent" and ("+" in before or "degree" in self._bounds_at(place))

    def _subjects_allowed(self, hit: CueHit) -> int:
        """How many new subjects a cue reaches over: "if" takes the "I" of its own clause, "if I" has it already."""
        if hit.cue.kind not in ("hypothetical", "historical"):
            return 0
        bounds = [self._bounds_at(place) for place in hit.places]
        if hit.cue.kind == "historical":  # the "in" of "in 2009" is nobody
            bounds = [marks & _PERSONS for marks in bounds]
        return int(not any(bounds))

    def _is_answer(self, hit: CueHit) -> bool:
        """The "no" of "Fever: no, cough: yes" answers what stands before it, when nothing else belongs to it."""
        gap, after = self._words.gap, hit.last + 1
        asked = set(self._words.before(hit.first).split()) in ({"?"}, {"??"})
        if gap[hit.first] not in (COLON, DASH) and not asked:
            ends = after >= len(gap) or gap[after] != SPACE
            follows = gap[hit.first] == SPACE and hit.first - 1 in self._taken
            return follows and (ends or self._answers_trail(after))
        return after >= len(gap) or gap[after] != SPACE or self._field_follows(after) or self._numbered(after)

    def _numbered(self, place: int) -> bool:
        """Whether the number of the next entry of a list stands here ("1. Headache - no 2. Rash - no")."""
        gap = self._words.gap
        numbered = self._words.items[place].stem == "#num" and place + 1 < len(gap)
        return numbered and (gap[place + 1] == STOP or self._words.before(place + 1).startswith(")"))

    def _answers_trail(self, place: int) -> bool:
        """Whether another symptom with its answer behind it follows at once ("rash no fever no")."""
        gap, last = self._words.gap, len(self._words.items) - 1
        for later in range(place + 1, min(place + _FIELD, last + 1)):
            ends = later == last or gap[later + 1] != SPACE
            if later in self._answering and later - 1 in self._taken and ends:
                return place in self._taken
        return False

    def _field_follows(self, place: int) -> bool:
        """Whether another "name: answer" or "name? answer" pair begins at a word."""
        nexts = range(place + 1, min(place + 4, len(self._words.gap)))
        return any(self._words.gap[later] == COLON or "?" in self._words.before(later) for later in nexts)

    def _bounds_at(self, place: int) -> frozenset[str]:
        return self._bounds.get(self._words.items[place].exact, _NO_BOUNDS)

    def _new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Whether somebody becomes the subject of a new clause at a word ("no fever my arm ...")."""
        kind = hit.cue.kind
        if place == hit.last + 1 and "preposition" in self._bounds_at(hit.last):
            return False  # "a girl in my group"
        if kind in ("question", "other_person") and "first_person" in marks:
            return True  # "my wife says the whites of my eyes ..."
        if kind == "stranger" and "first_person" in marks and "possessive" not in marks:
            return True  # "the waiter stopped as I fainted", but "a passenger on my bus fainted"
        if kind == "question":
            return False
        of_another = kind in ("other_person", "stranger")
        if "first_person" not in marks and ("third_person" not in marks or of_another):
            return False
        if place == hit.last + 1:
            return kind in ("absent", "other_person") and self._words.gap[place] != 0
        return "preposition" not in self._bounds_at(place - 1)

    def _backward(self, hit: CueHit, places: Places) -> bool:
        if self._ended(places[-1] + 1, hit.first, _ENDS) or self._nearer_mention(hit, places):
            return False
        return hit.cue.kind != "absent" or self._own_finding(hit, places) is not Reading.OWN

    def _nearer_mention(self, hit: CueHit, places: Places) -> bool:
        """Whether a cue such as "in 2011" belongs to another mention, after a comma or another person's name."""
        if hit.cue.kind != "historical" or self._ended(places[-1] + 1, hit.first, _RESOLVED):
            return False  # "from a relapse in 2012 went away years ago"
        between = range(places[-1] + 1, hit.first)
        parted = any(self._words.gap[place] != SPACE or self._names_person(place) for place in between)
        return parted and any(place in self._taken for place in between)

    def _names_person(self, place: int) -> bool:
        """Whether somebody is named at a word, but in "in my left eye" only whose eye it is."""
        return bool(self._bounds_at(place) & _PERSONS) and "preposition" not in self._bounds_at(place - 1)

    def _ended(self, first: int, last: int, marks: frozenset[str]) -> bool:
        if not self._marks:
            return False
        if marks not in self._marked:
            self._marked[marks] = sorted([place for place, found in self._marks.items() if found & marks])
        marked = self._marked[marks]
        at = bisect_left(marked, first)
        return at < len(marked) and marked[at] < last

    def _stands(self, hit: CueHit) -> bool:
        """Whether a cue stands where it has its meaning."""
        if hit.cue.kind == "question":
            return self._opens_question(hit)
        return hit.cue.kind != "no_person" or self._is_subject(hit)

    def _weighs(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Whether a cue that reaches really speaks of this mention."""
        kind = hit.cue.kind
        if kind == "no_person":  # but "the portal has my platelets at 88"
            return not {"first_person", "possessive"} <= self._bounds_at(places[0] - 1)
        if kind == "other_person":
            if self._of_patient or self._informs(hit.last + 1) or self._of_carer(hit, places, always_counts):
                return False
            if not always_counts:
                return True
            return self._between(hit, places, _ILLNESS) and not self._has_modifier(places, _NEW)
        if kind == "stranger":
            described = "preposition" in self._bounds_at(hit.last)  # "I had a patient with ..."
            beside = not described and self._beside_patient(hit.first)
            told = self._of_patient or self._informs(hit.last + 1) or beside
            return not told and not (always_counts and self._has_modifier(places, ("sudden",)))
        if kind == "hypothetical":
            return not self._provokes(hit) and not (always_counts and self._indicative(hit, places))
        if kind == "historical":
            return not self._has_modifier(places, _NEW) and not self._goes_on_since(hit)
        return True

    def _of_carer(self, hit: CueHit, places: Places, always_counts: bool) -> bool:
        """Whether somebody close is described as ill now, and nothing says that the writer is the one treated."""
        close = any("close_kin" in self._bounds_at(place) for place in hit.places)
        if not close or hit.first > places[0] or self._of_writer or self._writer_is_ill():
            return False
        if self._has_modifier(places, _NEW):
            return True
        lasting = not always_counts and self._has_for_long(hit.first, places[0])
        return not lasting and not self._past_between(hit.first, places[-1] + 1)

    def _has_for_long(self, first: int, last: int) -> bool:
        """Whether "has" stands there without "a", "been", "got": "mum has migraines", but "mum has a rash"."""
        has = [place for place in range(first, last) if "perfect" in self._bounds_at(place)]
        return bool(has) and "episode" not in self._bounds_at(has[-1] + 1)

    def _writer_is_ill(self) -> bool:
        """Whether the writer tells of a symptom of their own: "I have", "my arm"."""
        if self._own_symptom is None:
            self._own_symptom = any(self._own_symptom_at(place) for place in range(len(self._words.items)))
        return self._own_symptom

    def _own_symptom_at(self, place: int) -> bool:
        bounds = self._bounds_at(place)
        if "first_person" not in bounds:
            return False
        reach = 1 if "possessive" in bounds else _OWN
        for later in range(place + 1, min(place + reach, len(self._words.items) - 1) + 1):
            if later in self._taken:
                return True
            if self._words.gap[later] != SPACE or self._bounds_at(later) & _PERSONS or self._marks.get(later):
                return False
        return False

    def _beside_patient(self, place: int) -> bool:
        """Whether somebody is no subject: "I was with A CLIENT and fainted", "with A CLIENT"."""
        before = place - 1
        while before >= 0 and self._words.items[before].filler and self._words.gap[before + 1] == SPACE:
            before -= 1
        if before >= 0 and self._words.gap[before + 1] == SPACE and "preposition" in self._bounds_at(before):
            return True
        for earlier in range(place - 1, max(place - _BACK, 0) - 1, -1):
            if self._words.gap[earlier + 1] != SPACE or _ENDS & self._marks.get(earlier, set()):
                return False
            if "first_person" in self._bounds_at(earlier) and "possessive" not in self._bounds_at(earlier):
                return True
        return False

    def _goes_on_since(self, hit: CueHit) -> bool:
        """Whether "since" stands before an "in 2018": what began then is still there."""
        for place in range(hit.first - 1, max(hit.first - 1 - _SINCE, -1), -1):
            if self._words.gap[place + 1] != SPACE:
                return False
            if "since" in self._bounds_at(place):
                return True
        return False

    def _informs(self, place: int) -> bool:
        """Whether somebody tells of the patient ("my wife says my ...") and not of herself ("a lady said she ...")."""
        if "informant" not in self._marks.get(place, ()):
            return False
        after = place + 1
        return after >= len(self._words.items) or "third_person" not in self._bounds_at(after)

    def _provokes(self, hit: CueHit) -> bool:
        """Whether an "if" names what brings the sign on ("if I stand up I get dizzy"), not what might befall one."""
        after = hit.last + 1
        if len(hit.places) > 1 or after + 1 >= len(self._words.items) or self._words.items[after].exact != "=i":
            return False
        return "befalls" not in self._bounds_at(after + 1)

    def _indicative(self, hit: CueHit, places: Places) -> bool:
        """Whether an emergency sign is told as a fact of now: "should I call if my face is drooping"."""
        bounds = [self._bounds_at(place) for place in range(hit.last + 1, places[-1] + 1)]
        own = any("possessive" in marks and "first_person" in marks for marks in bounds)
        return own and any("indicative" in marks for marks in bounds)

    def _opens_question(self, hit: CueHit) -> bool:
        """Whether a question word opens a sentence that ends in a question mark, or that asks what causes what."""
        sentence = self._words.sentence
        number = sentence[hit.first]
        opens = hit.first - bisect_left(sentence, number) <= 1 or self._words.gap[hit.first] == COLON
        end = bisect_right(sentence, number)
        asks_of_cause = opens and any("causes" in self._bounds_at(place) for place in range(hit.last + 1, end))
        return asks_of_cause or (opens and "?" in self._words.before(end))

    def _is_subject(self, hit: CueHit) -> bool:
        """Whether a cue opens its sentence: "our dog had a fit", but "walking our dog I fainted".

        One that holds its verb ("tulips look") may also open a later part of it.
        """
        sentence = self._words.sentence
        first = bisect_left(sentence, sentence[hit.first])
        for place in range(hit.first - 1, first - 1, -1):
            if len(hit.places) > 1 and (self._words.gap[place + 1] != SPACE or self._bounds_at(place) & _JOINS):
                return True
            if not self._words.items[place].filler:
                return False
        return True

    def _between(self, hit: CueHit, places: Places, marks: frozenset[str]) -> bool:
        first, last = min(hit.first, places[-1]), max(hit.last, places[0])
        return self._ended(first, last + 1, marks)

    def _has_modifier(self, places: Places, kinds: tuple[str, ...]) -> bool:
        cues = self._modifying.get(self._words.sentence[places[0]])
        return cues is not None and any(
            hit.cue.kind in kinds and self._touches(hit, places) for hit in cues.around(places)
        )


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
            found.append((_RANK[cue.kind], max(distance, 0), len(found), hit))
    return [hit for *_, hit in sorted(found)] if len(found) > 1 else [hit for *_, hit in found]


@cache
def _modifiers(kinds: frozenset[str]) -> tuple[str, ...]:
    """The modifiers that some kinds of cues give, sorted."""
    onset = "unstated"
    if "sudden" in kinds:
        onset = "sudden"
    elif "long_standing" in kinds and "fresh" not in kinds:
        onset = "long_standing"
        kinds |= {"lasting"}
    elif "gradual" in kinds:
        onset = "gradual"
    if "both_sided" in kinds:
        kinds -= {"one_sided"}
    kinds -= {"sudden", "gradual", "long_standing", "fresh"} | _CHANGING
    if onset != "long_standing":
        kinds |= {"acute"}
    return tuple(sorted(kinds | {onset}))


def _longest(hits: list[CueHit]) -> list[CueHit]:
    """Cues without those that a longer cue of the same family covers; pseudo cues only cover."""
    kept = hits
    if len(hits) > 1:
        places = [place for hit in hits for place in hit.places]
        if len(places) != len(set(places)):
            kept = _uncovered(_uncovered(hits, _WEIGHED), _BESIDE | {"pseudo_modifier"})
    return [hit for hit in kept if hit.cue.kind not in _FALSE]


def _uncovered(hits: list[CueHit], family: frozenset[str]) -> list[CueHit]:
    own = [hit for hit in hits if hit.cue.kind in family]
    if len(own) < 2:
        return hits
    owner: dict[int, int] = {}
    for hit in own:
        weight = _weight(hit)
        for place in hit.places:
            if weight > owner.get(place, 0):
                owner[place] = weight
    return [
        hit for hit in hits if hit.cue.kind not in family or max([owner[place] for place in hit.places]) <= _weight(hit)
    ]


def _weight(hit: CueHit) -> int:
    """Longer cues win; of two equal ones that which says that there is none."""
    return 2 * len(hit.places) + (hit.cue.kind in _FALSE)
