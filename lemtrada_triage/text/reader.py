"""Reads one message: every symptom with its place, its assertion and modifiers, and what was not understood."""

from __future__ import annotations

from typing import NamedTuple

from lemtrada_triage.model import Assertion, MatchKind
from lemtrada_triage.text.context import Context, Said
from lemtrada_triage.text.fold import Folded, fold
from lemtrada_triage.text.frames import find_frames
from lemtrada_triage.text.leftovers import find_leftovers
from lemtrada_triage.text.lexicon import EVERYTHING, Lexicon, compile_vocabulary
from lemtrada_triage.text.measures import Measured, find_measures
from lemtrada_triage.text.phrases import Hit, Places, find
from lemtrada_triage.text.words import SPACE, Words
from lemtrada_triage.vocabulary import Vocabulary

Span = tuple[int, int]
COVERS, COVERS_WORDS, COVERS_KIN, BLOCKS = range(4)


class Found(NamedTuple):
    """A concept at some words; ``head`` is the part whose assertion counts."""

    concept: str
    places: Places
    head: Places
    match: MatchKind


class Cover(NamedTuple):
    """Words that are taken by a mention of a concept, or by a look-alike that forbids one."""

    places: frozenset[int]
    concept: str
    how: int


class Draft(NamedTuple):
    """A mention before it becomes a public result; offsets are into the original text."""

    concept: str
    start: int
    end: int
    assertion: Assertion
    cue: Span | None
    match: MatchKind
    score: float
    modifiers: tuple[str, ...]


class Reading(NamedTuple):
    """What was read in one message."""

    drafts: tuple[Draft, ...]
    signals: frozenset[str]
    understood: bool
    leftovers: tuple[Span, ...]


class Reader:
    """Reads messages with one vocabulary (compiled: ``lexicon``). Pickles as the vocabulary, and compiles it again."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.lexicon: Lexicon = compile_vocabulary(vocabulary)

    def __reduce__(self) -> tuple[type[Reader], tuple[Vocabulary]]:
        return Reader, (self.vocabulary,)

    def read(self, text: str) -> Reading:
        """All mentions of a text (any string), and what of it was not understood."""
        folded = fold(text)
        words = Words(folded.text, self.lexicon.speller)
        hits = find(words)
        measured = self._measured(words, hits)
        found = self._found(words, hits, measured) if hits or measured else []
        drafts: tuple[Draft, ...] = ()
        if found:
            taken = frozenset(place for item in found for place in item.places)
            context = Context(words, [hit for hit in hits if hit[0].cues], self.lexicon, taken)
            drafts = tuple([self._draft(item, words, context, folded) for item in found])
        understood = [item.places for item in found] + [item.places for item in measured]
        left = find_leftovers(words, hits, understood, [draft.assertion for draft in drafts], self.lexicon)
        spans = tuple([folded.original(*words.span(first, last)) for first, last in left.spans])
        return Reading(drafts, left.signals, left.understood, spans)

    def said(self, text: str, start: int, end: int) -> tuple[Assertion, Span | None]:
        """The assertion of a span that the caller found, and the cue's span."""
        folded = fold(text)
        words = Words(folded.text, self.lexicon.speller)
        places = _places(words, folded, start, end)
        if not places:
            return Assertion.PRESENT, None
        said = Context(words, find(words), self.lexicon, frozenset(places), given=True).said(places)
        return said.assertion, _cue_span(said, folded)

    def _measured(self, words: Words, hits: list[Hit]) -> list[Measured]:
        if not words.has_number:
            return []
        return list(find_measures(words, hits, self.vocabulary.measures, self.vocabulary.numbers))

    def _found(self, words: Words, hits: list[Hit], measured: list[Measured]) -> list[Found]:
        found = [Found(concept, places, places, MatchKind.EXACT) for node, places in hits for concept in node.concepts]
        found += [
            Found(framed.concept, framed.places, framed.head, MatchKind.FRAME)
            for framed in find_frames(_literal(hits), words, _clauses(words, hits))
        ]
        found += [
            Found(item.concept, item.places, item.places, MatchKind.MEASUREMENT) for item in measured if item.concept
        ]
        return _resolve(words, found, hits, measured, self.vocabulary) if found else found

    def _draft(self, item: Found, words: Words, context: Context, folded: Folded) -> Draft:
        lineage = self.vocabulary.concepts[item.concept].lineage
        always = not self.vocabulary.always_counts.isdisjoint(lineage)
        said: Said = context.said(item.head, always)
        score = min(words.items[place].score for place in item.places)
        match = MatchKind.SPELLING if score < 1 and item.match is MatchKind.EXACT else item.match
        start, end = folded.original(*words.span(item.places[0], item.places[-1]))
        cue = _cue_span(said, folded)
        modifiers = context.modifiers(item.places)
        return Draft(item.concept, start, end, said.assertion, cue, match, score, modifiers)


def _literal(hits: list[Hit]) -> list[Hit]:
    """Without the parts of the body in everyday sayings: "the pain came back" is not about a back."""
    sayings = {place for node, places in hits if EVERYTHING in node.blocks for place in places}
    if not sayings:
        return hits
    return [(node, places) for node, places in hits if not node.body or not sayings.issuperset(places)]


def _clauses(words: Words, hits: list[Hit]) -> list[int]:
    """The clause of each word: sentences, parted at words such as "but"."""
    starts = {places[0] for node, places in hits if node.cues for cue in node.cues if cue.kind == "clause"}
    if not starts:
        return words.sentence
    clause, number, sentence = [], 0, 0
    for place, current in enumerate(words.sentence):
        number += place in starts or current != sentence
        sentence = current
        clause.append(number)
    return clause


def _resolve(
    words: Words, found: list[Found], hits: list[Hit], measured: list[Measured], vocabulary: Vocabulary
) -> list[Found]:
    """Without what a look-alike, a normal value or a larger mention covers, in text order, each once."""
    unique = {(item.concept, item.places): item for item in reversed(found)}
    blocks: dict[int, list[Cover]] = {}
    for node, places in hits:
        for concept in node.blocks:
            _cover(blocks, places, concept, BLOCKS)
    for value in measured:
        for band in value.measure.bands if value.concept is None else ():
            _cover(blocks, value.places, band.concept, BLOCKS)
    items = [
        item
        for item in unique.values()
        if item.match is MatchKind.MEASUREMENT or not _covered(item, blocks, vocabulary)
    ]
    covers: dict[int, list[Cover]] = {}
    for item in items:
        _cover(covers, item.places, item.concept, _covering(item, words))
    kept = [item for item in items if not _covered(item, covers, vocabulary)]
    return sorted(kept, key=lambda item: (item.places, item.concept))


def _covering(item: Found, words: Words) -> int:
    """How much a mention may take from others: a phrase all, a frame single words, one with a comma only its kin."""
    if any(gap != SPACE for gap in words.gap[item.places[0] + 1 : item.places[-1] + 1]):
        return COVERS_KIN
    return COVERS_WORDS if item.match is MatchKind.FRAME else COVERS


def _cover(covers: dict[int, list[Cover]], places: Places, concept: str, how: int) -> None:
    cover = Cover(frozenset(places), concept, how)
    for place in places:
        covers.setdefault(place, []).append(cover)


def _covered(item: Found, covers: dict[int, list[Cover]], vocabulary: Vocabulary) -> bool:
    """Whether something beats a mention; a look-alike need only touch a frame ("a chest of drawers ... heavy")."""
    own = frozenset(item.places)
    spread = item.match is MatchKind.FRAME
    return any(
        _beats(cover, item, own, vocabulary)
        for place in (item.places if spread else item.places[:1])
        for cover in covers.get(place, ())
        if own <= cover.places or (spread and cover.how == BLOCKS and cover.concept != EVERYTHING)
    )


def _beats(cover: Cover, item: Found, own: frozenset[int], vocabulary: Vocabulary) -> bool:
    """A look-alike beats its own concept and that one's kin; a larger mention beats what it takes the words of.

    A larger mention that is spread out (a frame, or one with a comma inside) beats only single words and its own kin:
    "neck veins and throat are swollen" is both. An emergency sign is beaten by its kin alone.
    """
    kin = cover.concept == EVERYTHING or _kin(cover.concept, item.concept, vocabulary)
    if cover.how == BLOCKS:
        return kin
    if own == cover.places:
        return cover.concept != item.concept and item.concept in vocabulary.concepts[cover.concept].lineage
    if kin:
        return True
    spared = not vocabulary.always_counts.isdisjoint(vocabulary.concepts[item.concept].lineage)
    return not spared and (cover.how == COVERS or (cover.how == COVERS_WORDS and len(own) == 1))


def _kin(first: str, second: str, vocabulary: Vocabulary) -> bool:
    return first in vocabulary.concepts[second].lineage or second in vocabulary.concepts[first].lineage


def _places(words: Words, folded: Folded, start: int, end: int) -> Places:
    """The words that overlap a span of the original text."""
    spans = (folded.original(*words.span(place, place)) for place in range(len(words.items)))
    return tuple(place for place, (first, last) in enumerate(spans) if first < end and last > start)


def _cue_span(said: Said, folded: Folded) -> Span | None:
    return None if said.cue is None else folded.original(*said.cue)
