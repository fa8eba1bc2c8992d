"""Readers that several ``Triage`` objects share: what is made of equal words, or of one model, is there once.

A reader stays for as long as anything uses it. There is no lock that a fork could leave closed: of two readers that
threads make at once, the first stays.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.lexicon.kept import fingerprint, load_lexicon
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.learned import LearnedReader
from lemtrada_triage.read.reader import Reader

_words: WeakValueDictionary[str, Reader] = WeakValueDictionary()
_learned: WeakValueDictionary[tuple[Path, str], LearnedReader] = WeakValueDictionary()


def words_reader(folder: Path | None) -> Reader:
    """The words reader of a vocabulary's folder (None: the shipped one), as its files are now.

    Raises VocabularyError with every mistake in them.
    """
    if folder is not None:
        vocabulary = Vocabulary.load(folder)  # first, for it says what is wrong with a file in words
        known = fingerprint(folder)
        return _words.get(known) or _words.setdefault(known, Reader(vocabulary))
    known = fingerprint(data_folder("vocab"))
    return _words.get(known) or _words.setdefault(known, _shipped(known))


def _shipped(known: str) -> Reader:
    lexicon = load_lexicon(known)
    return Reader(lexicon.vocabulary, lexicon)


def learned_reader(folder: Path) -> LearnedReader:
    """The learned reader of a model's folder, as its model is now."""
    reader = LearnedReader(folder)  # the network itself is loaded at first use
    return _learned.setdefault((folder.resolve(), str(reader.about)), reader)  # which holds the network's hash
