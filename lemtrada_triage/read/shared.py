"""Readers that several ``Triage`` objects share: what is made of the same words, or of one model, is there once.

A reader stays for as long as anything uses it. There is no lock that a fork could leave closed: of two readers that
threads make at once, the first stays.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

from lemtrada_triage.files.locate import data_folder, of_vocabulary
from lemtrada_triage.lexicon.kept import load_lexicon
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.learned import LearnedReader
from lemtrada_triage.read.reader import Reader

# The files that a vocabulary is read from, each with the time of its last change and its size.
State = frozenset[tuple[Path, int, int]]

_words: WeakValueDictionary[State, Reader] = WeakValueDictionary()
_learned: WeakValueDictionary[tuple[Path, str], LearnedReader] = WeakValueDictionary()


def words_reader(folder: Path | None) -> Reader:
    """The words reader of a vocabulary's folder (None: the shipped one), as its files are now.

    Raises VocabularyError with every mistake in them.
    """
    state = _state(folder or data_folder("vocab"))
    return _words.get(state) or _words.setdefault(state, _made(folder))


def _state(folder: Path) -> State:
    files = (path for path in folder.rglob("*.*") if of_vocabulary(path, folder))
    found = ((path.resolve(), path.stat()) for path in files if path.is_file())
    return frozenset((path, now.st_mtime_ns, now.st_size) for path, now in found)


def _made(folder: Path | None) -> Reader:
    if folder is not None:
        return Reader(Vocabulary.load(folder))
    lexicon = load_lexicon()
    return Reader(lexicon.vocabulary, lexicon)


def learned_reader(folder: Path) -> LearnedReader:
    """The learned reader of a model's folder, as its model is now."""
    reader = LearnedReader(folder)  # the network itself is loaded at first use
    return _learned.setdefault((folder.resolve(), str(reader.about)), reader)  # which holds the network's hash
