"""Reads one message: every symptom with its place, its assertion and modifiers, and what was not understood."""

from __future__ import annotations

from lemtrada_triage.lexicon.build import compile_vocabulary
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
    Lexicon,
)
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import Assertion, MatchKind
from lemtrada_triage.read.context import PRESENT, UNMODIFIED, Context, Mentioned
from lemtrada_triage.read.find import Hits, find, find_frames, possible_frames
from lemtrada_triage.read.fold import Folded, fold
from lemtrada_triage.read.leftovers import find_leftovers, is_foreign, is_foreign_word
from lemtrada_triage.read.measures import Measured, find_measures
from lemtrada_triage.read.message import Draft, Found, Hit, Places, Reading, Span
from lemtrada_triage.read.overlaps import resolve
from lemtrada_triage.read.words import Words

# What a text may say beside symptoms: complaint or body words left over, that all is well, business, other languages.
_WORTH_READING = BODY | BUSINESS | COMPLAINT | STRANGE | WELL
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
        folded = fold(text)
        words = Words(folded.text, self.lexicon.speller, folded.cased(text))
        hits = find(words, self.lexicon.meanings)
        bits = hits.bits
        measured = find_measures(words, hits, self.vocabulary.measures) if bits & NUMBER else []
        found = self._found(words, hits, measured)
        if not (found or measured or bits & _WORTH_READING):
            return _NOTHING if any(map(str.isalnum, text)) else _NO_WORDS
        foreign = bits & STRANGE != 0 and is_foreign(words, self.lexicon)
        if foreign and any(is_foreign_word(word, self.lexicon) for word in words.items):
            found = [item for item in found if _score(item, words) == 1]  # no typos of English words
        if bits & BUSINESS and self._only_feelings(found, words):
            found = []
        drafts = self._drafts(found, words, hits, folded) if found else ()
        if (found or measured) and not (foreign or bits & COMPLAINT):
            return Reading(drafts, _NO_SIGNALS, True, ())
        understood = [item.places for item in found] + [item.places for item in measured]
        left = find_leftovers(words, hits, understood, [draft.assertion for draft in drafts], self.lexicon, foreign)
        spans = tuple([folded.original(*words.span(first, last)) for first, last in left.spans])
        return Reading(drafts, left.signals, left.understood, spans)

    def said(self, text: str, start: int, end: int) -> tuple[Assertion, Span | None]:
        """The assertion of a span that the caller found, and the cue's span."""
        folded = fold(text)
        words = Words(folded.text, self.lexicon.speller, folded.cased(text))
        places = _places(words, folded, start, end)
        if not places:
            return Assertion.PRESENT, None
        cues = find(words, self.lexicon.meanings).having(CUE)
        context = Context(words, cues, self.lexicon, [Mentioned(places, places)], given=True)
        assertion, cue = context.said(places)
        return assertion, cue and folded.original(*cue)

    def _found(self, words: Words, hits: Hits, measured: list[Measured]) -> list[Found]:
        bits = hits.bits
        found = [
            Found(concept, places, places, MatchKind.EXACT)
            for meaning, places in (hits.having(CONCEPT) if bits & CONCEPT else ())
            for concept in meaning.concepts
        ]
        blocking = hits.having(BLOCK) if bits & BLOCK else []
        frames = possible_frames(hits) if bits & ANCHOR else []
        if frames:
            found += find_frames(frames, hits, words, _sayings(blocking), self.lexicon.marks)
        if measured:
            found += [
                Found(item.concept, item.places, item.places, MatchKind.MEASUREMENT)
                for item in measured
                if item.concept
            ]
        return resolve(words, found, blocking, measured, self.vocabulary) if found else found

    def _only_feelings(self, found: list[Found], words: Words) -> bool:
        """Whether only single words of feeling were found: "I'm confused" beside a payment is about the payment."""
        feelings = self.vocabulary.feelings
        return all(len(item.places) == 1 and words.items[item.places[0]].exact in feelings for item in found)

    def _drafts(self, found: list[Found], words: Words, hits: Hits, folded: Folded) -> tuple[Draft, ...]:
        context = None  # most texts say nothing beside their mentions
        if hits.bits & TELLING or words.boxes:
            mentions = [Mentioned(item.head, item.places) for item in found]
            context = Context(words, hits.having(CUE), self.lexicon, mentions)
        strange = hits.bits & STRANGE != 0
        assertion, cue, modifiers = PRESENT.assertion, PRESENT.cue, UNMODIFIED
        drafts: dict[tuple[str, Places], Draft] = {}
        for item in found:
            places, concept = item.places, self.vocabulary.concepts[item.concept]
            meant = item.concept
            if context:
                assertion, cue = context.said(item.head, concept.always_counts)
                meant = context.instead(places, concept)
                modifiers = context.modifiers(places)
            score = _score(item, words) if strange else 1.0
            match = MatchKind.SPELLING if score < 1 and item.match is MatchKind.EXACT else item.match
            start, end = folded.original(*words.span(places[0], places[-1]))
            spoken = cue and folded.original(*cue)
            alone = words.is_sentence(places[0], places[-1])
            draft = Draft(meant, start, end, assertion, spoken, match, score, modifiers, alone=alone)
            drafts.setdefault((meant, places), draft)  # what a cue changed may be there already
        return tuple(drafts.values())


def _score(item: Found, words: Words) -> float:
    """How well the words of a mention are spelled: that of the worst one."""
    return min([words.items[place].score for place in item.places])


def _sayings(blocking: list[Hit]) -> frozenset[int]:
    """The words of everyday sayings: "the pain came back" is not about a back."""
    return frozenset(place for meaning, places in blocking if EVERYTHING in meaning.blocks for place in places)


def _places(words: Words, folded: Folded, start: int, end: int) -> Places:
    """The words that overlap a span of the original text."""
    spans = (folded.original(*words.span(place, place)) for place in range(len(words.items)))
    return tuple(place for place, (first, last) in enumerate(spans) if first < end and last > start)
