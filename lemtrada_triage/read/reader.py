"""Reads one message with the vocabulary's words; ``Reader.read`` has the steps, in order."""

from __future__ import annotations

from typing import Final

from lemtrada_triage.lexicon.build import compile_vocabulary
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.meaning import (
    ANCHOR,
    BLOCK,
    BODY,
    BUSINESS,
    COMPLAINT,
    CONCEPT,
    CUE,
    EVERYTHING,
    NUMBER,
    STRANGE,
    TELLING,
    WELL,
)
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import Assertion, MatchKind
from lemtrada_triage.read.context import FAMILIES
from lemtrada_triage.read.context.context import Context
from lemtrada_triage.read.find import Hits, find, find_cues, find_frames, possible_frames, settle
from lemtrada_triage.read.fold import Folded, fold
from lemtrada_triage.read.leftovers import find_leftovers, is_foreign
from lemtrada_triage.read.measures import find_measures
from lemtrada_triage.read.message import Draft, Measured, Places, Reading, Span
from lemtrada_triage.read.words import Words

# What a text may say beside symptoms: complaint or body words left over, that all is well, business, other languages.
_WORTH_READING = BODY | BUSINESS | COMPLAINT | STRANGE | WELL
# A list knows only its own words: where it finds no symptom, or none but a feeling, what it left unread may hold one.
# On `dev` eight words part most all-clears that are wrong from most that are right.
_UNREAD: Final = 8
_UNREAD_BESIDE_FEELINGS: Final = 1
# Words that could have been part of a sign, and of which no mention was made.
_HALF_READ: Final = ANCHOR | CONCEPT
_NO_SIGNALS: frozenset[str] = frozenset()
_NOTHING = Reading((), _NO_SIGNALS, False, ())
_NO_WORDS = Reading((), frozenset({"no_words"}), False, ())


class Reader:
    """Reads messages with one vocabulary (compiled: ``lexicon``). Pickles as the vocabulary, and compiles it again."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon | None = None) -> None:
        """``lexicon`` is that of the vocabulary, where it is at hand."""
        self.vocabulary = vocabulary
        self.lexicon = lexicon or compile_vocabulary(vocabulary)

    def __reduce__(self) -> tuple[type[Reader], tuple[Vocabulary]]:
        return Reader, (self.vocabulary,)

    def read(self, text: str) -> Reading:
        """All mentions of a text (any string), and what of it was not understood."""
        if text.isascii() and "&" not in text:  # no need to look at each character
            folded = Folded(text.lower().replace("\r", "\n").replace("`", "'"), None)
        else:
            folded = fold(text)
        words = Words(folded.text, self.lexicon.speller, text if folded.offsets is None else folded.cased(text))
        hits = find(words, self.lexicon.meanings)
        bits = hits.bits
        measured = find_measures(words, hits, self.vocabulary.measures) if bits & NUMBER else []
        found = self.found(words, hits, measured)
        if not (found or measured or bits & _WORTH_READING):
            return _NOTHING if any(map(str.isalnum, text)) else _NO_WORDS
        foreign = bits & STRANGE != 0 and is_foreign(words)
        if foreign and any("foreign" in word.marks for word in words.items):
            found = [draft for draft in found if _score(draft, words) == 1]  # no typos of English words
        if bits & BUSINESS and self._only_feelings(found, words):
            found = []
        told = frozenset([place for draft in found for place in draft.places])
        drafts = self._in_context(found, told, words, hits, folded) if found else ()
        counting = [draft for draft in drafts if draft.assertion.counts]
        limit = _UNREAD_BESIDE_FEELINGS if counting else _UNREAD
        feelings = self.vocabulary.feelings
        symptoms = any(feelings.isdisjoint([words.items[place].exact for place in draft.places]) for draft in counting)
        sketchy = not (symptoms or measured or len(words.items) <= limit) and self._unread(words, hits, told) > limit
        open_to_others = sketchy and not counting  # beside a feeling, what is left unread stays so
        unread = bits & COMPLAINT and any(told.isdisjoint(places) for _, places in hits.having(COMPLAINT))
        if (found or measured) and not (foreign or unread):
            return Reading(drafts, _NO_SIGNALS, not sketchy, (), sketchy=open_to_others)
        understood = [draft.places for draft in found] + [value.places for value in measured]
        left = find_leftovers(words, hits, understood, [draft.assertion for draft in drafts], self.lexicon, foreign)
        spans = tuple([folded.original(*words.span(first, last)) for first, last in left.spans])
        clear = left.understood and not sketchy
        return Reading(drafts, left.signals, clear, spans, sketchy=left.understood and open_to_others)

    def names(self, text: str) -> tuple[Span, ...]:
        """Where the names of people stand in a text: no words, whatever they are spelled like."""
        folded = fold(text)
        cased = folded.cased(text)
        if cased == folded.text:
            return ()
        words = Words(folded.text, self.lexicon.speller, cased)
        return tuple([folded.original(*words.span(place, place)) for place in words.people()])

    def said(self, text: str, start: int, end: int) -> tuple[Assertion, Span | None]:
        """The assertion of a span that the caller found, and the cue's span."""
        folded = fold(text)
        words = Words(folded.text, self.lexicon.speller, folded.cased(text))
        places = _places(words, folded, start, end)
        if not places:
            return Assertion.PRESENT, None
        cues = find_cues(find(words, self.lexicon.meanings).having(CUE), frozenset(places), given=True)
        assertion, cue = Context(words, cues, [(places, places)], FAMILIES).said(places)
        # A long-term diagnosis with no word on now is background.
        ends = (places[0], places[-1])
        if cue is None and any(hit.cue.kind == "background" and (hit.first, hit.last) == ends for hit in cues):
            assertion, cue = Assertion.HISTORICAL, words.span(*ends)
        return assertion, cue and folded.original(*cue)

    def found(self, words: Words, hits: Hits, measured: list[Measured]) -> list[Draft]:
        """The mentions that phrases, frames and measures make, of rivals for the same words the best, in text order."""
        bits = hits.bits
        found: list[Draft] = []
        if bits & CONCEPT:
            for meaning, places in hits.having(CONCEPT):
                found += [Draft(concept, places=places, head=places) for concept in meaning.concepts]
        blocking = hits.having(BLOCK) if bits & BLOCK else []
        if bits & ANCHOR and (frames := possible_frames(hits)):
            # The words of everyday sayings: "the pain came back" is not about a back.
            everything = [places for meaning, places in blocking if EVERYTHING in meaning.blocks]
            found += find_frames(frames, hits, words, frozenset().union(*everything))
        for concept, places, _ in measured:
            if concept:
                found.append(Draft(concept, match=MatchKind.MEASUREMENT, places=places, head=places))
        return settle(words, found, blocking, measured, self.vocabulary) if found else found

    def _unread(self, words: Words, hits: Hits, told: frozenset[int]) -> int:
        """How many words meant nothing: of no mention, no filler, no part of a phrase; of the body they count twice."""
        phrases = [places for meaning, places in hits.all if meaning.roles & ~_HALF_READ and not meaning.roles & BODY]
        read = told.union(*phrases)
        beside = [word for place, word in enumerate(words.items) if place not in read and not word.filler]
        return sum([2 if word.bits & BODY else 1 for word in beside if word.exact[1:2].isalpha()])

    def _only_feelings(self, found: list[Draft], words: Words) -> bool:
        """Whether only single words of feeling were found: "I'm confused" beside a payment is about the payment."""
        feelings = self.vocabulary.feelings
        return all(len(draft.places) == 1 and words.items[draft.places[0]].exact in feelings for draft in found)

    def _in_context(
        self, found: list[Draft], told: frozenset[int], words: Words, hits: Hits, folded: Folded
    ) -> tuple[Draft, ...]:
        """The mentions with what the text says of each (present, denied ..., and how), and how well it is spelled.

        ``told`` are the words of all of them.
        """
        context, cues = None, hits.having(CUE)  # most texts say nothing beside their mentions
        if hits.bits & TELLING or words.boxes:
            mentions = [(draft.head, draft.places) for draft in found]
            context = Context(words, find_cues(cues, told), mentions, FAMILIES)
        strange, same = hits.bits & STRANGE != 0, folded.offsets is None
        alone = words.wholly(told)
        whole = words.wholly(told.union(*[places for _, places in cues])) if cues else alone
        drafts: dict[tuple[str, Places], Draft] = {}
        for draft in found:
            places = draft.places
            first, last = places[0], places[-1]
            if context:
                concept = self.vocabulary.concepts[draft.concept]
                draft.assertion, cue = context.said(draft.head, concept.always_counts)
                draft.cue = cue if cue is None or same else folded.original(*cue)
                draft.concept, draft.modifiers = context.manner(places, concept)
            if strange and (score := _score(draft, words)) < 1:
                draft.score = score
                draft.match = MatchKind.SPELLING if draft.match is MatchKind.EXACT else draft.match
            span = words.span(first, last)
            draft.start, draft.end = span if same else folded.original(*span)
            draft.alone, draft.whole = first in alone, first in whole
            drafts.setdefault((draft.concept, places), draft)  # what a cue changed may be there already
        if context:  # its families hold it: what is in no circle is freed at once, and needs no looking for
            context._families.clear()
        return tuple(drafts.values())


def _score(draft: Draft, words: Words) -> float:
    """How well the words of a mention are spelled: that of the worst one."""
    return min([words.items[place].score for place in draft.places])


def _places(words: Words, folded: Folded, start: int, end: int) -> Places:
    """The words that overlap a span of the original text."""
    spans = (folded.original(*words.span(place, place)) for place in range(len(words.items)))
    return tuple(place for place, (first, last) in enumerate(spans) if first < end and last > start)
