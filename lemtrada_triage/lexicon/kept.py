"""Keeps the checked vocabulary and its lexicon, so that a start need not read, check and compile megabytes of YAML.

A wheel has a copy of its own vocabulary, made when it was built; a checkout keeps one in the user's cache folder.

A kept copy is data (JSON) and runs no code. It is used only while everything that it was made from is the same, byte
for byte, and while its own checksum is right; one in the cache only while the user alone can write it. Anything else
is made again. LEMTRADA_TRIAGE_CACHE names another folder; empty, nothing is kept there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

import pydantic
from platformdirs import user_cache_path

from lemtrada_triage.files.locate import data_folder, of_vocabulary
from lemtrada_triage.lexicon.build import compile_vocabulary
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.tables import compiled, lexicon_of
from lemtrada_triage.lexicon.vocabulary import Vocabulary

SETTING = "LEMTRADA_TRIAGE_CACHE"
# The copy that a wheel has, beside the folder of its vocabulary.
SHIPPED_COPY = "vocabulary.json"
_COPIES = 4  # older ones are removed
# What a copy that is odd in any way may lead to.
_ODD = (OSError, ValueError, LookupError, TypeError)
# A link is not followed, and a pipe that nobody writes to is not waited for.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def load_vocabulary() -> Vocabulary:
    """The shipped vocabulary, from a kept copy if there is a good one. Raises VocabularyError as ``load`` does."""
    kept = kept_lexicon()
    return kept.vocabulary if kept else Vocabulary.load() if _cache_folder() is None else load_lexicon().vocabulary


def load_lexicon() -> Lexicon:
    """The same with all that is compiled of it; compiled word by word where nothing can be kept."""
    if kept := kept_lexicon():
        return kept
    vocabulary, cache = Vocabulary.load(), _cache_folder()
    if cache is None or not _is_writable(cache):  # to compile all of it would be in vain
        return compile_vocabulary(vocabulary)
    fingerprint = _fingerprint(data_folder("vocab"))
    content = _copy(vocabulary, fingerprint)
    _write(_place(cache, fingerprint), content)
    return _lexicon(content, fingerprint)


def kept_lexicon() -> Lexicon | None:
    """That of the shipped vocabulary from a good copy, the shipped one or one in the cache; None: there is none."""
    data, cache = data_folder("vocab"), _cache_folder()
    fingerprint = _fingerprint(data)
    with contextlib.suppress(*_ODD):
        return _lexicon((data.parent / SHIPPED_COPY).read_bytes(), fingerprint)
    with contextlib.suppress(*_ODD):
        return _lexicon(_read(_place(cache, fingerprint)), fingerprint) if cache else None
    return None


def shipped_copy() -> bytes:
    """What a wheel has as ``SHIPPED_COPY``."""
    return _copy(Vocabulary.load(), _fingerprint(data_folder("vocab")))


def _place(cache: Path, fingerprint: str) -> Path:
    return cache / f"vocabulary-{fingerprint[:32]}.json"


def _copy(vocabulary: Vocabulary, fingerprint: str) -> bytes:
    """A checksum, the vocabulary and its tables, a line each but for the last."""
    content = pydantic.TypeAdapter(Vocabulary).dump_json(vocabulary) + b"\n" + compiled(vocabulary)
    return _checksum(fingerprint, content) + b"\n" + content


def _lexicon(copy: bytes, fingerprint: str) -> Lexicon:
    """What a copy holds. Raises one of ``_ODD`` for anything that is not just what ``_copy`` made of the same data."""
    checksum, _, content = copy.partition(b"\n")
    if checksum != _checksum(fingerprint, content):
        raise ValueError("the copy was made from something else, or changed")
    checked, _, made = content.partition(b"\n")
    return lexicon_of(pydantic.TypeAdapter(Vocabulary).validate_json(checked), made)


def _cache_folder() -> Path | None:
    named = os.environ.get(SETTING)
    if named is not None:
        return Path(named) if named else None
    try:
        return user_cache_path("lemtrada-triage", appauthor=False)
    except (OSError, RuntimeError):  # a user without a home
        return None


def _is_writable(cache: Path) -> bool:
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.access(cache, os.W_OK)
    return False


def _fingerprint(data: Path) -> str:
    """Of everything that what is made of some data depends on."""
    digest = hashlib.sha256()
    files = (path for path in sorted(data.rglob("*.*")) if path.is_file() and of_vocabulary(path, data))
    package = Path(__file__).parents[1]
    for path in (*sorted(package.rglob("*.py")), *files):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _checksum(fingerprint: str, content: bytes) -> bytes:
    return hashlib.sha256(fingerprint.encode() + content).hexdigest().encode()


def _read(path: Path) -> bytes:
    """A file that nobody but the user can have written, and that is one itself; nothing for any other.

    Raises OSError when it cannot be opened.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS)) as file:
        state = os.fstat(file.fileno())
        own = not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o022)
        return file.read() if own and stat.S_ISREG(state.st_mode) else b""


def _write(path: Path, content: bytes) -> None:
    """Writes all of it or nothing, and removes the oldest copies; a folder that cannot be written is no mistake."""
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        alike = path.parent.glob(f"{path.name.partition('-')[0]}-*")
        copies = sorted(alike, key=lambda copy: copy.lstat().st_mtime, reverse=True)
        for old in copies[_COPIES:]:
            old.unlink(missing_ok=True)
