"""Reads one written word: its stem, and the vocabulary word that a typo stands for.

A known English word is never changed (most symptom words have an everyday neighbour: numb/dumb, rash/cash).
Everything is decided once for each distinct written word and remembered.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import Stemmer

from lemtrada_triage.lexicon.meaning import HALF, NUMBER, STRANGE, Edges, Meaning, Word
from lemtrada_triage.read.nearest import LETTERS, Nearest

if TYPE_CHECKING:
    from lemtrada_triage.lexicon.vocabulary import Vocabulary

_UNMARKED: frozenset[str] = frozenset()
# Some 500 bytes a word; a log of a million messages has some 50,000 different ones.
_REMEMBERED: Final = 50_000
_LONGEST: Final = 40
_COMPARED: Final = ("ier", "iest")
_CUT_OFF: Final = ("s", "ll", "d", "re", "ve", "m")
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d{1,2})?")
_STRETCH: Final = re.compile(r"(.)\1{2,}")
# The place of each letter on the keyboard, as (row, column).
_KEYS: Final = {
    key: (row, column)
    for row, keys in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm"))
    for column, key in enumerate(keys)
}
_DOUBLE: Final = re.compile(r"(.)\1+")


class _Keys(dict[str, tuple[str, bool]]):
    """``Speller.key`` of each word of the vocabulary, worked out once."""

    def __init__(self, speller: Speller) -> None:
        super().__init__()
        self._speller = speller

    def __missing__(self, written: str) -> tuple[str, bool]:
        self[written] = key = self._speller.key(written)
        return key


class OwnWords(NamedTuple):
    """The words of the vocabulary: as written, their stems, and those that a typo may stand for with their weights."""

    forms: frozenset[str]
    stems: frozenset[str]
    targets: Mapping[str, int]
    nearest: Nearest


class Phrases(Protocol):
    """What a speller needs to know of the vocabulary's phrases."""

    def opened_by(self, stem: str, exact: str) -> tuple[str, Meaning | None, Edges]:
        """The key of a word, what it means by itself, and what follows it in phrases."""

    def begins(self, stem: str) -> bool:
        """Whether a phrase begins with a word of this stem."""

    def own_words(self) -> OwnWords:
        """The words of all phrases; asked for once."""


class Speller(dict[str, Word]):
    """Written word -> Word, read when first met; one for each vocabulary. Threads can only ever add equal values."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._english = vocabulary.known_words
        self._forms = {plain(key): plain(value) for key, value in vocabulary.forms.items()}
        self._numbers = vocabulary.numbers
        self.dictated = vocabulary.dictated
        self._spoken_marks = _spoken_marks(vocabulary.dictated)
        self._stemmer = Stemmer.Stemmer("english", 0)
        self._fillers = frozenset(self.form(word) for word in vocabulary.fillers)
        self._compounds = frozenset(self.stem(word) for word in vocabulary.compounds)
        self._compound_heads = frozenset(
            word[:cut]
            for word in vocabulary.compounds
            for cut in range(3, len(word) - 2)
            if word[:cut] in self._english and word[cut:] in self._english
        )
        self.trie_keys = _Keys(self)
        self._own_words: OwnWords | None = None

    def key(self, written: str) -> tuple[str, bool]:
        """The trie key of a word in a vocabulary term, and whether it is a filler (see ``trie_keys``).

        ``=word`` is that exact form, ``#num`` a class of words, any other word its stem.
        """
        if written.startswith("#"):
            return written, False
        form = self.form(written.removeprefix("="))
        if written.startswith("="):
            return sys.intern(f"={form}"), False
        return sys.intern(self.stem(form)), form in self._fillers

    def ready(self, phrases: Phrases, marks: Mapping[str, frozenset[str]]) -> None:
        """Called once, before the first word is read; ``marks`` are those of words by their exact form."""
        self._phrases, self._marks = phrases, marks

    @property
    def own_words(self) -> OwnWords:
        """Asked for when the first word is met that is not English; most short texts have none."""
        # By hand, for compiled by mypyc a cached_property forgets.
        if self._own_words is None:
            self._own_words = self._phrases.own_words()
        return self._own_words

    def gathered(self, words: Iterable[tuple[str, int]], frequent: Collection[str] = ()) -> OwnWords:
        """The own words of a vocabulary, from each word of its phrases with its weight.

        ``frequent`` words weigh least, in however many phrases they are: "thrat" is a throat, and no "that".
        """
        weights: Counter[str] = Counter()
        for word, weight in words:
            if not word.startswith("#"):
                weights[word.removeprefix("=")] += weight
        forms: Counter[str] = Counter()
        for word, weight in weights.items():
            forms[self.form(word)] += weight
        forms.update({form: 1 - weight for form, weight in forms.items() if weight and form in frequent})
        targets = {form: weight for form, weight in forms.items() if len(form) >= LETTERS and form.isalpha() and weight}
        return OwnWords(frozenset(forms), frozenset(map(self.stem, forms)), targets, Nearest(targets))

    def form(self, written: str) -> str:
        """The normal form of a word: no apostrophes, one spelling of common short forms."""
        bare = plain(written)
        return self._forms.get(bare, bare)

    def punctuated(self, folded: str) -> str:
        """The text, no longer or shorter, with marks for spoken ones: "no cough comma no rash full stop"."""
        if self._spoken_marks is None:
            return folded
        return self._spoken_marks.sub(lambda found: self.dictated[found[0]].ljust(len(found[0])), folded)

    def _number(self, form: str) -> float | None:
        """The value of a number in digits or of one spoken word."""
        if _DIGITS.fullmatch(form):
            return float(form.replace(",", "."))
        return self._numbers.get(form)

    def stem(self, form: str) -> str:
        """The stem under which all regular inflections meet; numbers share ``#num`` and years ``#year``."""
        if form[:1].isdigit():
            return "#year" if len(form) == 4 and form[:2] in ("19", "20") else "#num"
        if form in self._numbers:
            return "#num"
        if form.endswith(_COMPARED) and (plainer := re.sub(r"ie(r|st)$", "y", form)) in self._english:
            form = plainer  # "wobblier" is "wobbly"
        stem: str = self._stemmer.stemWord(form)
        return stem

    def __missing__(self, written: str) -> Word:
        if len(self) >= _REMEMBERED:
            self.clear()
        word = self._read(written)
        if word.parts or self.form(written) in self._compound_heads:
            word.bits |= HALF
        self[written] = word
        return word

    def join(self, first: str, second: str) -> Word | None:
        """The compound that two written words make together ("head ache"), or None."""
        form = self.form(first + second)
        return self._word(form, 1.0, True) if self.stem(form) in self._compounds else None

    def _read(self, written: str) -> Word:
        form = self.form(written)
        is_word = self._is_word(form)
        if is_word or len(written) > _LONGEST:
            return self._word(form, 1.0, is_word)
        for squeezed in self._squeezed(written):
            if self._is_word(squeezed):
                return self._word(squeezed, 1.0, True)
        return self._corrected(form) or self._word(form, 1.0, False)

    def _is_word(self, form: str) -> bool:
        if form in self._english or not form.isalpha():
            return True
        stem = self.stem(form)
        return self._phrases.begins(stem) or form in self.own_words.forms or stem in self.own_words.stems

    def _squeezed(self, written: str) -> tuple[str, ...]:
        """Stretched letters taken back: "sooo" -> "soo", "so"."""
        if not _STRETCH.search(written):
            return ()
        forms = _STRETCH.sub(r"\1\1", written), _STRETCH.sub(r"\1", written), _DOUBLE.sub(r"\1", written)
        return tuple(self.form(form) for form in forms)

    def _corrected(self, form: str) -> Word | None:
        squeezed = _STRETCH.sub(r"\1\1", form)
        return self._nearest(squeezed, 1) or self._parted(form) or self._nearest(squeezed, 2)

    def _nearest(self, form: str, edits: int) -> Word | None:
        """The vocabulary word at most ``edits`` away, two only in long words: the weightiest of several."""
        if len(form) < LETTERS * edits:
            return None
        weights, nearest = self.own_words.targets, self.own_words.nearest
        near = nearest.one_edit(form) if edits == 1 else nearest.two_edits(form)
        best = min(
            ((distance, word[0] != form[0], not _is_slip(form, word), -weights[word], word) for word, distance in near),
            default=None,
        )
        if best is None:
            return None
        distance, *_, word = best
        return self._word(word, 1 - distance / max(len(word), len(form)), True)

    def _parted(self, form: str) -> Word | None:
        """Words written as one ("cantbreathe"), when every part is a word and one is the vocabulary's own."""
        if len(form) < 7:
            return None
        for cut in range(3, len(form) - 2):
            parts = form[:cut], form[cut:]
            if all(self._is_word(part) for part in parts) and any(
                len(part) >= 4 and self.stem(part) in self.own_words.stems for part in parts
            ):
                score = 1 - 1 / len(form)
                return self._word(form, score, True, tuple(self._word(part, score, True) for part in parts))
        return None

    def _word(self, form: str, score: float, known: bool, parts: tuple[Word, ...] = ()) -> Word:
        stem, exact = self.stem(form), f"={form}"
        key, meaning, edges = self._phrases.opened_by(stem, exact)
        live = meaning is not None and meaning.roles != 0
        bits = NUMBER * (stem == "#num") | STRANGE * (score < 1 or not known)
        return Word(
            key=key,
            has_form=key is not stem,
            stem=stem,
            exact=exact,
            score=score,
            known=known,
            filler=form in self._fillers,
            meaning=meaning if live else None,
            passive=None if live else meaning,
            bits=bits | (meaning.roles if meaning else 0),
            slots=meaning.bits if meaning else 0,
            edges=edges,
            number=self._number(form),
            parts=parts,
            marks=self._marks.get(exact, _UNMARKED),
        )


def _spoken_marks(dictated: Iterable[str]) -> re.Pattern[str] | None:
    words = "|".join(map(re.escape, dictated))
    return re.compile(rf"(?<!\ba )(?<!\bthe )(?<!\bin )\b(?:{words})\b") if words else None


def _is_slip(written: str, word: str) -> bool:
    """Whether fingers or ears explain a typo: a letter more or less, two swapped, the next key, another vowel."""
    wrong = [pair for pair in zip(written, word, strict=False) if pair[0] != pair[1]]
    if len(written) != len(word) or len(wrong) != 1:
        return True
    (was, meant), none = wrong[0], (9, 9)
    rows, columns = zip(_KEYS.get(was, none), _KEYS.get(meant, none), strict=True)
    return max(rows) - min(rows) < 2 > max(columns) - min(columns) or {was, meant} <= set("aeiouy")


def plain(written: str) -> str:
    """A folded word without apostrophes: "can't" -> "cant", "she'll" -> "she", "o'clock" -> "oclock"."""
    if "'" not in written:
        return written
    head, _, tail = written.rpartition("'")
    if tail in _CUT_OFF:
        written = head
    return written.replace("'", "")
