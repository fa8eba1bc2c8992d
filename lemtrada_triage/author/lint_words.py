"""What is wrong with words that can be loaded: they say nothing, say too much, or are never heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from lemtrada_triage.author.notes import warned
from lemtrada_triage.files.yamlfile import Path_, YamlFile
from lemtrada_triage.lexicon.build import term_keys
from lemtrada_triage.lexicon.groups import expanded
from lemtrada_triage.lexicon.load import VocabularyFile, VocabularyReader, sentences_of
from lemtrada_triage.lexicon.lookalikes import example_of, look_alikes, words_of
from lemtrada_triage.lexicon.vocabulary import ConceptEntry, CueEntry
from lemtrada_triage.model import Problem
from lemtrada_triage.read.message import Draft
from lemtrada_triage.read.reader import Reader

# A name has no more words than these; what is longer is one sentence of many.
MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Term:
    """One wording of a concept, and where it stands."""

    words: str
    concept: ConceptEntry
    file: YamlFile
    at: Path_

    def problem(self, code: str, message: str, help: str) -> Problem:
        """A problem drawn under the term."""
        return self.file.problem(code, message, self.at, help)


@dataclass(frozen=True, slots=True, eq=False)
class CueTerm:
    """One term of a cue with the ``words`` that it stands for, and where it stands."""

    term: str
    words: tuple[str, ...]
    cue: CueEntry
    file: YamlFile
    at: Path_

    def within(self, other: CueTerm) -> bool:
        """Whether another one speaks of all that this one speaks of."""
        return other.cue.scope >= self.cue.scope and other.cue.direction in (self.cue.direction, "both")


class WordLint:
    """Looks at the words of a vocabulary without problems, with a reader that was made of it.

    Of the terms, look-alikes and everyday sentences, those are heard for which ``wanted`` says so; ``clean`` are then
    all but those that were not taken as they should.
    """

    def __init__(
        self, files: VocabularyReader, reader: Reader, everyday: Iterable[str], wanted: Callable[[str], bool]
    ) -> None:
        self._files = files
        self._reader = reader
        self._everyday = list(everyday)
        self._wanted = wanted
        self._lineage = {name: concept.lineage for name, concept in reader.vocabulary.concepts.items()}
        self._terms = list(self._all_terms())
        self._marked = [(file, *one) for file, parsed in files.files for one in sentences_of(parsed)]
        marked = (words_of(written) for _, written, _ in self._marked)
        self.clean = {*self._everyday, *(term.words for term in self._terms), *marked}

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong."""
        yield from self._empty()
        yield from self._idle_cues()
        yield from self._everyday_words()
        yield from self._long()
        yield from self._shared()
        yield from self._unheard()
        yield from self._idle()
        yield from self._everyday_sentences()

    def _all_terms(self) -> Iterator[Term]:
        for file, parsed in self._files.files:
            for index, entry in enumerate(parsed.concepts):
                for number, term in enumerate(entry.terms):
                    at: Path_ = ("concepts", index, "terms", number)
                    yield from (Term(words, entry, file, at) for words in expanded((term,), self._files.groups))

    def _empty(self) -> Iterator[Problem]:
        for file, parsed in self._files.files:
            for words, at in _listed(parsed):
                if not any(map(str.isalnum, words)):
                    message = f"'{words}' holds no word" if words.strip() else "this term is empty"
                    yield file.problem("empty-term", message, at, "take it out")

    def _idle_cues(self) -> Iterator[Problem]:
        """Cue words that another entry of their kind takes as far or farther, so that they decide nothing."""
        reach: defaultdict[tuple[str, str], list[CueTerm]] = defaultdict(list)
        for file, parsed in self._files.files:
            for index, cue in enumerate(parsed.cues):
                for number, term in enumerate(cue.terms):
                    words = expanded((term,), self._files.groups)
                    one = CueTerm(term, words, cue, file, ("cues", index, "terms", number))
                    for word in words:
                        reach[cue.kind, word].append(one)
        idle: list[CueTerm] = []
        for one in dict.fromkeys(one for alike in reach.values() if len(alike) > 1 for one in alike):
            over = [
                next(filter(one.within, _without(reach[one.cue.kind, word], [one, *idle])), None) for word in one.words
            ]
            if over[0] is not None and None not in over:
                idle.append(one)
                place = f"{over[0].file.path}:{over[0].file.place(over[0].at)[0]}"
                message = f"'{one.term}' is a cue of the kind '{one.cue.kind}' already, which reaches as far or farther"
                yield warned(
                    one.file.problem("idle-cue", message, one.at, f"take it out here; the other is at {place}")
                )

    def _everyday_words(self) -> Iterator[Problem]:
        vocabulary = self._reader.vocabulary
        common = vocabulary.common | vocabulary.fillers
        for term in self._terms:
            if term.words.strip("= ") in common:
                message = f"'{term.words}' is an everyday word, so '{term.concept.id}' would be found everywhere"
                yield term.problem("everyday-word", message, "add the words that make it a symptom")

    def _long(self) -> Iterator[Problem]:
        for term in self._terms:
            count = len(term.words.split())
            if count > MOST_WORDS:
                message = f"'{term.words}' has {count} words: hardly anybody else will say just these"
                help = "name it in three words or fewer, make a frame of it, or put the sentence into 'messages/'"
                yield warned(term.problem("long-term", message, help))

    def _shared(self) -> Iterator[Problem]:
        owners: defaultdict[tuple[str, ...], list[Term]] = defaultdict(list)
        for term in self._terms:
            owners[tuple(term_keys(term.words, self._reader.lexicon.speller))].append(term)
        for terms in owners.values():
            first = terms[0]
            for term in terms[1:]:
                if term.concept.id == first.concept.id:
                    continue
                place = f"{first.file.path}:{first.file.place(first.at)[0]}"
                help = f"keep it in one of the two; the other is at {place}"
                alike = (
                    "" if term.words == first.words else f" as '{first.words}': small words and endings do not count"
                )
                message = f"'{term.words}' is a term of '{first.concept.id}' too{alike}"
                yield warned(term.problem("shared-term", message, help))

    def _unheard(self) -> Iterator[Problem]:
        for term in self._terms:
            text = term.words.replace("=", "").replace("#num", "3").replace("#year", "2009")
            if not any(map(str.isalnum, text)) or not self._wanted(term.words):
                continue
            drafts = self._reader.read(text).drafts
            own = [draft for draft in drafts if term.concept.id in self._lineage[draft.concept]]
            if not any(draft.assertion.counts for draft in own):
                self.clean.discard(term.words)
                yield self._why_unheard(term, text, drafts, own)

    def _why_unheard(self, term: Term, text: str, drafts: tuple[Draft, ...], own: list[Draft]) -> Problem:
        if own:
            start, end = own[0].cue or (0, 0)
            message = f"the cue '{text[start:end]}' in '{term.words}' makes it {own[0].assertion.value}"
            return term.problem("swallowed-term", message, "a term holds no cue: leave that word out")
        if never := self._killed_by(term):
            message = f"the look-alike '{never}' of '{term.concept.id}' takes '{term.words}' away"
            return term.problem("never-kills-term", message, "make one of them longer, or take one out")
        told = f"is read as '{drafts[0].concept}', not as '{term.concept.id}'" if drafts else "is not found"
        message = f"'{term.words}' alone {told}"
        return term.problem("unheard-term", message, "a look-alike or saying elsewhere takes it: try 'explain'")

    def _killed_by(self, term: Term) -> str | None:
        speller = self._reader.lexicon.speller
        keys = f" {' '.join(term_keys(term.words, speller, keep_fillers=True))} "
        for never in look_alikes(term.concept.never, self._files.groups):
            if f" {' '.join(term_keys(never, speller, keep_fillers=True))} " in keys:
                return never
        return None

    def _idle(self) -> Iterator[Problem]:
        """Look-alikes whose example is read the same where nobody knows any look-alike."""
        wanted = [one for one in self._marked if self._wanted(words_of(one[1]))]
        if not wanted:
            return
        vocabulary = self._reader.vocabulary
        bare = tuple(entry.model_copy(update={"never": ()}) for entry in vocabulary.entries)
        without = Reader(replace(vocabulary, entries=bare, idioms=()))
        for file, written, at in wanted:
            texts = map(example_of, expanded((written,), self._files.groups))
            if all(self._reader.read(text) == without.read(text) for text in texts):
                self.clean.discard(words_of(written))
                message = f"the look-alike '{words_of(written)}' changes nothing in \"{example_of(written)}\""
                help = "write a sentence that is read wrongly without it: the [stroke ward] rang; or take it out"
                yield file.problem("idle-look-alike", message, at, help)

    def _everyday_sentences(self) -> Iterator[Problem]:
        for sentence in filter(self._wanted, self._everyday):
            for draft in self._reader.read(sentence).drafts:
                if draft.assertion.counts:
                    self.clean.discard(sentence)
                    yield self._found_in(sentence, draft)

    def _found_in(self, sentence: str, draft: Draft) -> Problem:
        words = sentence[draft.start : draft.end]
        speller = self._reader.lexicon.speller
        keys = term_keys(words, speller)
        message = f"'{words}' in the everyday sentence \"{sentence}\" is taken for '{draft.concept}'"
        help = "make the term or frame longer, or add what it is mistaken for to 'never'"
        for term in self._terms:
            if term.concept.id == draft.concept and term_keys(term.words, speller) == keys:
                return term.problem("everyday-sentence", message, help)
        for file, parsed in self._files.files:
            for index, entry in enumerate(parsed.concepts):
                if entry.id == draft.concept:
                    at: Path_ = ("concepts", index, "id")
                    return file.problem("everyday-sentence", message, at, help)
        return Problem("everyday-sentence", message, self._files.root, help=help)


def unreached(files: VocabularyReader, facts: Iterable[str], lineage: dict[str, tuple[str, ...]]) -> Iterator[Problem]:
    """A warning for each concept that no rule looks at, nor at anything that it is."""
    seen = {fact.rpartition(":")[2] for fact in facts}
    for file, parsed in files.files:
        for index, entry in enumerate(parsed.concepts):
            if seen.isdisjoint(lineage[entry.id]):
                message = f"no rule looks at '{entry.id}', nor at anything that it is"
                help = "add 'is_a: [symptom]', or a rule for it"
                yield warned(file.problem("unreached-concept", message, ("concepts", index, "id"), help))


def _listed(parsed: VocabularyFile) -> Iterator[tuple[str, Path_]]:
    """Every list of words of a file, with the place of each."""
    for index, entry in enumerate(parsed.concepts):
        for key in ("terms", "never"):
            yield from _numbered(getattr(entry, key), ("concepts", index, key))
    for index, cue in enumerate(parsed.cues):
        yield from _numbered(cue.terms, ("cues", index, "terms"))
    for name, slot in parsed.slots.items():
        yield from _numbered(slot.words, ("slots", name, "words"))
    for name, words in parsed.groups.items():
        yield from _numbered(words, ("groups", name))
    yield from _numbered(parsed.idioms, ("idioms",))
    yield from _numbered(parsed.compounds, ("compounds",))


def _without(some: Iterable[CueTerm], others: list[CueTerm]) -> Iterator[CueTerm]:
    return (one for one in some if one not in others)


def _numbered(words: Iterable[str], at: Path_) -> Iterator[tuple[str, Path_]]:
    yield from ((word, (*at, number)) for number, word in enumerate(words))
