"""Keeps the compiled vocabulary in the user's cache folder, so that a start need not read a megabyte of YAML.

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
from pathlib import Path

import pydantic
import Stemmer
from platformdirs import user_cache_path

from lemtrada_triage.locate import data_folder
from lemtrada_triage.text.compiler import compile_vocabulary
from lemtrada_triage.text.lexicon import Lexicon
from lemtrada_triage.vocabulary import Vocabulary

SETTING = "LEMTRADA_TRIAGE_CACHE"
_COPIES = 4  # older ones are removed


def load_lexicon(folder: Path | None = None) -> Lexicon:
    """The compiled vocabulary of a folder; without one the shipped vocabulary, from the kept copy if there is one.

    Raises VocabularyError as ``Vocabulary.load`` does.
    """
    cache = _cache_folder()
    if folder is not None or cache is None:
        return compile_vocabulary(Vocabulary.load(folder))
    path = cache / f"vocabulary-{_fingerprint(data_folder('vocab'))}.pickle"
    lexicon = _read(path)
    if lexicon is None:
        lexicon = compile_vocabulary(Vocabulary.load())
        _write(path, lexicon)
    return lexicon


def _cache_folder() -> Path | None:
    named = os.environ.get(SETTING)
    if named is not None:
        return Path(named) if named else None
    try:
        return user_cache_path("lemtrada-triage", appauthor=False)
    except (OSError, RuntimeError):  # a user without a home
        return None


def _fingerprint(vocabulary: Path) -> str:
    """Of everything that the compiled vocabulary depends on."""
    digest = hashlib.sha256(f"{sys.version} {pydantic.VERSION} {Stemmer.version()}".encode())
    code = Path(__file__).parent.parent
    for path in (*sorted(code.rglob("*.py")), *sorted(vocabulary.rglob("*.*"))):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:32]


def _read(path: Path) -> Lexicon | None:
    """The kept copy; None when there is none that can be read, or when somebody else wrote it."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            lexicon = pickle.load(file)
    except Exception:
        return None
    return lexicon if isinstance(lexicon, Lexicon) else None


def _write(path: Path, lexicon: Lexicon) -> None:
    """Writes all of it or nothing, and removes the oldest copies; a folder that cannot be written is no mistake."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                pickle.dump(lexicon, file, protocol=pickle.HIGHEST_PROTOCOL)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        copies = sorted(path.parent.glob("vocabulary-*.pickle"), key=lambda copy: copy.stat().st_mtime, reverse=True)
        for old in copies[_COPIES:]:
            old.unlink(missing_ok=True)
