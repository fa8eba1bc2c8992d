"""Keeps the compiled vocabulary and the rulebook in the user's cache folder: a start need not read megabytes of YAML.

A kept copy is named after everything that it was made from, and used only while all of that is the same, byte for
byte. LEMTRADA_TRIAGE_CACHE names another folder; empty, it turns this off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pydantic
import Stemmer
from platformdirs import user_cache_path

from lemtrada_triage.locate import data_folder, of_words
from lemtrada_triage.rulebook import Rulebook
from lemtrada_triage.text.compiler import compile_vocabulary
from lemtrada_triage.text.lexicon import Lexicon
from lemtrada_triage.vocabulary import Vocabulary

SETTING = "LEMTRADA_TRIAGE_CACHE"
_COPIES = 4  # of each; older ones are removed

T = TypeVar("T")


def load_lexicon(folder: Path | None = None) -> Lexicon:
    """The compiled vocabulary of a folder; without one the shipped vocabulary, from the kept copy if there is one.

    Raises VocabularyError as ``Vocabulary.load`` does.
    """
    if folder is not None:
        return compile_vocabulary(Vocabulary.load(folder))
    return _kept("vocabulary", "vocab", lambda: compile_vocabulary(Vocabulary.load()), Lexicon)


def load_rulebook(folder: Path | None, vocabulary: Vocabulary) -> Rulebook:
    """The rulebook of a folder; without one the shipped rules, from the copy kept for this vocabulary.

    Raises RulebookError as ``Rulebook.load`` does.
    """
    if folder is not None:
        return Rulebook.load(folder, vocabulary.concepts)
    return _kept(f"rules-{vocabulary.hash}", "rules", lambda: Rulebook.load(None, vocabulary.concepts), Rulebook)


def _kept(name: str, data: str, make: Callable[[], T], kind: type[T]) -> T:
    cache = _cache_folder()
    if cache is None:
        return make()
    path = cache / f"{name}-{_fingerprint(data_folder(data))}.pickle"
    found = _read(path, kind)
    if found is None:
        found = make()
        _write(path, found)
    return found


def _cache_folder() -> Path | None:
    named = os.environ.get(SETTING)
    if named is not None:
        return Path(named) if named else None
    try:
        return user_cache_path("lemtrada-triage", appauthor=False)
    except (OSError, RuntimeError):  # a user without a home
        return None


def _fingerprint(data: Path) -> str:
    """Of everything that what is made of some data depends on."""
    digest = hashlib.sha256(f"{sys.version} {pydantic.VERSION} {Stemmer.version()} {data}".encode())
    files = (path for path in sorted(data.rglob("*.*")) if path.is_file() and of_words(path, data))
    for path in (*sorted(Path(__file__).parent.rglob("*.py")), *files):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:32]


def _read(path: Path, kind: type[T]) -> T | None:
    """The kept copy; None when there is none that can be read, or when somebody else wrote it."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            found = pickle.load(file)
    except Exception:
        return None
    return found if isinstance(found, kind) else None


def _write(path: Path, made: object) -> None:
    """Writes all of it or nothing, and removes the oldest copies; a folder that cannot be written is no mistake."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        alike = path.parent.glob(f"{path.name.partition('-')[0]}-*.pickle")
        copies = sorted(alike, key=lambda copy: copy.stat().st_mtime, reverse=True)
        for old in copies[_COPIES:]:
            old.unlink(missing_ok=True)
