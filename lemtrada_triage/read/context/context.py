"""Decides what the text says about a mention: present, absent, historical ... and the cue that decided it.

After ConText (Harkema et al. 2009): a cue has a direction and a scope; the scope ends at a terminator, at the end of
the sentence, or where somebody becomes the subject of a new clause. Every cue word lives in ``vocab/context/``. What
is so of one family of cues alone (denials, the past, other people ...) is told by an object of that family.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import ClassVar, Final, NamedTuple

from lemtrada_triage.lexicon.meaning import COLON, COMMA, DASH, SPACE, STOP, Cue
from lemtrada_triage.lexicon.vocabulary import Concept
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.context.items import Items
from lemtrada_triage.read.context.kinds import (
    ACROSS,
    ANSWERS,
    BESIDE,
    CHANGING,
    CLAUSES,
    ENDS,
    FALSE,
    MARKING,
    MEANS,
    NEW,
    NONE,
    PERSONS,
    RANK,
    REACHING,
    SHORT,
    TAKEN_BACK,
    UNMODIFIED,
    WEIGHED,
    WITHIN,
)
from lemtrada_triage.read.message import Hit, Places
from lemtrada_triage.read.words import Words

# The cues of so few are gone through one by one.
_FEW: Final = 12


@dataclass(slots=True, eq=False)
class CueHit:
    """A cue in the text, and its first and last word."""

    cue: Cue
    places: Places
    first: int
    last: int


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
        hits: Iterable[Hit],
        mentions: Sequence[tuple[Places, Places]],
        families: Mapping[str, type[Family]],
        given: bool = False,
    ) -> None:
        """``mentions``: the head of each mention and its words; no part of one can be a cue ("can't speak").

        ``given``: the words are a caller's span, which may hold a cue in part ("no DEFINITE SIGN OF ...").
        """
        self.words, self.given = words, given
        self.wholes: dict[Places, Places] = {}
        for head, places in mentions:
            self.wholes[head] = max(places, self.wholes.get(head, head), key=len)
        self.taken = taken = frozenset([place for _, places in mentions for place in places])
        self.cues = _longest(
            [
                CueHit(cue, places, places[0], places[-1])
                for meaning, places in hits
                for cue in meaning.cues
                if cue.kind in WITHIN or taken.isdisjoint(places) or (given and self._holds_cue(cue, places))
            ]
        )
        self.marks: dict[int, set[str]] = {}
        self.reaching: dict[int, Nearby] = {}
        self.answers: list[CueHit] = []
        self._families: dict[str, Family] = {}
        self._modifying: dict[int, Nearby] = {}
        self._affirming = Nearby()
        self._marked: dict[frozenset[str], list[int]] = {}
        self._closed: list[int] = []
        self._items: Items | None = None
        for hit in self.cues:
            kind, sentence = hit.cue.kind, words.sentence[hit.first]
            if kind in MARKING:
                self.marks.setdefault(hit.first, set()).add(kind)
            if kind in REACHING:
                if kind not in self._families:
                    self._families[kind] = families.get(kind, Family)(self)
                if kind not in families or self._families[kind].stands(hit):
                    self.reaching.setdefault(sentence, Nearby()).hits.append(hit)
            elif kind in BESIDE:
                self._modifying.setdefault(sentence, Nearby()).hits.append(hit)
            elif kind in ANSWERS:
                self.answers.append(hit)
            elif kind == "affirms":
                self._affirming.hits.append(hit)
        # "Rash: no" and "rash no fever no" are answers; one word that no mark sets off is none.
        gap = [*words.gap, STOP] if self.answers else ()
        if len(self.answers) > 1 or any(gap[hit.first] or gap[hit.last + 1] for hit in self.answers):
            self._families["answer"] = families["answer"](self)

    @property
    def items(self) -> Items:
        """The items of its lists, once a family asks for them."""
        if self._items is None:
            self._items = Items(self.words)
        return self._items

    def _holds_cue(self, cue: Cue, places: Places) -> bool:
        """Whether a caller's span may hold a cue: one that goes on outside it, or a diagnosis."""
        return cue.kind == "background" or not self.taken.issuperset(places)

    def said(self, places: Places, always_counts: bool = False) -> Said:
        """What is said about the words at ``places``; ``always_counts`` for signs that count even of another person.

        An answer in a form goes first; then the strongest cue whose scope takes them in, if its family (``FAMILIES``)
        does not think otherwise.
        """
        answers = self._families.get("answer")
        if answers and (answer := answers.of(places)):
            if answer.cue.kind == "answer_yes":
                return self._otherwise(places)
            return Said(Assertion.ABSENT, self.words.span(answer.first, answer.last))
        if self.words.boxes and (box := self.words.empty_box(places[0], places[-1])):
            return Said(Assertion.ABSENT, box)
        cues = self.reaching.get(self.words.sentence[places[0]])
        for hit in _by_strength(cues.around(places), places) if cues else ():
            family = self._families[hit.cue.kind]
            if self._reaches(hit, places, family) and (says := family.says(hit, places, always_counts)):
                if hit.cue.kind in TAKEN_BACK and (affirmed := self._affirmed(places)):
                    return Said(Assertion.PRESENT, self.words.span(affirmed.first, affirmed.last))
                return Said(says, self.words.span(hit.first, hit.last))
        return self._otherwise(places)

    def _otherwise(self, places: Places) -> Said:
        """Present; but a long-term diagnosis that a caller asks about, with no word on now, is background."""
        others = self._families.get("other_person")
        if others and (other := others.of(places)):
            return Said(Assertion.OTHER_PERSON, self.words.span(other.first, other.last))
        for hit in self.cues if self.given else ():
            if hit.cue.kind == "background" and hit.first == places[0] and hit.last == places[-1]:
                return Said(Assertion.HISTORICAL, self.words.span(hit.first, hit.last))
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
            return not self.ended(places[-1] + 1, hit.first, ENDS)
        answers = self._families.get("answer")
        if answers and answers.answers(hit.first):
            return False
        subjects = 0
        barrier = COMMA if hit.cue.scope <= SHORT else DASH
        for place in range(hit.last + 1, places[0] + 1):
            gap = self.words.gap[place]
            if gap != SPACE and ((gap >= barrier and gap != COLON) or self._closes_at(hit, place, family)):
                return False
            marks = self.marks.get(place, NONE)
            if not ENDS.isdisjoint(marks) and not (family.over_predicates and "predicate" in marks):
                return False
            bounds = self.words.items[place].marks
            if bounds and family.new_subject(hit, place, bounds):
                subjects += 1
                if subjects > family.subjects(hit):
                    return False
        return True

    def _closes_at(self, hit: CueHit, place: int, family: Family) -> bool:
        """Whether a cue's parenthesis closes before a word, or what the cue is about is told no further."""
        before = self.words.before(place)
        return self._closes(hit.last + 1, place) if ")" in before else family.ends_list(place, before)

    def _closes(self, first: int, last: int) -> bool:
        """Whether more parentheses close than open before the words from ``first`` to ``last``."""
        if not self._closed:
            gaps = [self.words.before(place) for place in range(len(self.words.items))]
            self._closed = list(accumulate([gap.count(")") - gap.count("(") for gap in gaps], initial=0))
        return self._closed[last + 1] > self._closed[first]

    def manner(self, places: Places, concept: Concept) -> tuple[str, tuple[str, ...]]:
        """What a mention of a concept is, another concept where a cue says so, and its modifiers, sorted."""
        sentence = self.words.sentence[places[0]]
        kinds: set[str] = set()
        for number in (sentence - 1, sentence, sentence + 1) if self._modifying else ():
            if number in self._modifying:
                for hit in self._modifying[number].around(places):
                    kind = hit.cue.kind
                    if kind not in kinds and (number == sentence or kind in ACROSS) and self._touches(hit, places):
                        kinds.add(kind)
        if not kinds:
            return concept.id, UNMODIFIED
        if "elsewhere" in kinds:  # the treatment may be that of another place
            kinds.discard("treated")
        meant = next((other for kind, other in concept.instead if kind in kinds), concept.id)
        return meant, _modifiers(frozenset(kinds))

    def _touches(self, hit: CueHit, places: Places) -> bool:
        """A modifier reaches over commas, not over a terminator; in its direction and scope.

        "All of a sudden I sat down and I lost my balance": a sudden onset is that of all that follows in the clause.
        """
        ends = CLAUSES if hit.cue.kind in ACROSS else ENDS
        if hit.last < places[0]:
            near = hit.cue.forward and places[0] - hit.last - 1 <= hit.cue.scope
            return near and not self.ended(hit.last + 1, places[0], ends)
        if hit.first > places[-1]:
            near = hit.cue.backward and hit.first - places[-1] - 1 <= hit.cue.scope
            return near and not self.ended(places[-1] + 1, hit.first + 1, ends)
        return True

    def is_new(self, places: Places, kinds: frozenset[str] = NEW) -> bool:
        """Whether a mention is said to be new or sudden."""
        cues = self._modifying.get(self.words.sentence[places[0]])
        hits = cues.around(places) if cues else ()
        return any(hit.cue.kind in kinds and self._touches(hit, places) for hit in hits)

    def holds_new(self, item: range) -> bool:
        """Whether an item of a list says itself that it is new or sudden."""
        cues = self._modifying.get(self.words.sentence[item.start])
        hits = cues.around((item.start, item.stop)) if cues else ()
        return any(hit.cue.kind in NEW and hit.first in item for hit in hits)

    def at(self, place: int) -> frozenset[str]:
        """What the single word at a place is."""
        return self.words.items[place].marks

    def ended(self, first: int, last: int, kinds: frozenset[str]) -> bool:
        """Whether a cue of some kinds that mark a place stands from ``first`` to before ``last``."""
        if not self.marks:
            return False
        if kinds not in self._marked:
            self._marked[kinds] = sorted([place for place, found in self.marks.items() if found & kinds])
        marked = self._marked[kinds]
        at = bisect_left(marked, first)
        return at < len(marked) and marked[at] < last


class Family:
    """What is so of the cues of one kind; this one is of those with nothing of their own ("maybe", "went away")."""

    # Whether a predicate goes on about what the cue names: "my son has a rash and is coughing".
    over_predicates: ClassVar[bool] = False

    def __init__(self, context: Context) -> None:
        self.context = context

    def stands(self, hit: CueHit) -> bool:
        """Whether a cue stands where it has its meaning."""
        return True

    def subjects(self, hit: CueHit) -> int:
        """How many new subjects a cue reaches over."""
        return 0

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Whether somebody becomes the subject of a new clause at a word ("no fever my arm ...")."""
        if place == hit.last + 1 or PERSONS.isdisjoint(marks):
            return False
        return "preposition" not in self.context.at(place - 1)

    def ends_list(self, place: int, before: str) -> bool:
        """Whether the list of a cue ends before a word, behind which stand some marks."""
        return False

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """What a cue that reaches a mention says of it; None where it does not speak of it after all."""
        return MEANS[hit.cue.kind]

    def of(self, places: Places) -> CueHit | None:
        """The cue that speaks of a mention from outside its reach."""
        return None

    def answers(self, place: int) -> bool:
        """Whether the cue at a place answers what stands before it, and says nothing of what follows."""
        return False


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
            found.append((RANK[cue.kind], max(distance, 0), len(found), hit))
    return [hit for *_, hit in sorted(found)]


@lru_cache(maxsize=1_000)
def _modifiers(kinds: frozenset[str]) -> tuple[str, ...]:
    """The modifiers that some kinds of cues give, sorted; the onset is exactly one of four."""
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
    kinds -= {"sudden", "gradual", "long_standing", "fresh"} | CHANGING
    if onset != "long_standing":
        kinds |= {"acute"}
    return tuple(sorted(kinds | {onset}))


def _longest(hits: list[CueHit]) -> list[CueHit]:
    """Cues without those that a longer cue of the same family covers; pseudo cues only cover."""
    kept = hits
    if len(hits) > 1:
        places = [place for hit in hits for place in hit.places]
        if len(places) != len(set(places)):
            kept = _uncovered(_uncovered(hits, WEIGHED), BESIDE | {"pseudo_modifier"})
    return [hit for hit in kept if hit.cue.kind not in FALSE]


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
    return 2 * len(hit.places) + (hit.cue.kind in FALSE)
