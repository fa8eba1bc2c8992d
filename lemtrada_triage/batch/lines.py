"""The lines of a log, decoded so that no byte of it is ever lost."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import filterfalse, repeat
from typing import Any, BinaryIO

from lemtrada_triage.model import InputError

_FIRST, _FEW, _BLOCK = 1 << 16, 1 << 12, 1 << 18
_json = json.JSONEncoder(ensure_ascii=False).encode
_BYTE = re.compile("[\udc80-\udcff]")
_UTF_8 = repeat("utf-8"), repeat("surrogateescape")
_MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What stands for a letter or a mark of punctuation in most logs of Windows programs.
_USUAL = "‘’“”‚„–—…•€£°²³·½¼¾´«»§™\N{NO-BREAK SPACE}"


def unreadable(text: str) -> bool:
    """Whether it holds bytes that could not be decoded."""
    return not text.isascii() and _BYTE.search(text) is not None


def first_unreadable(texts: Iterable[str]) -> str | None:
    """The first that holds such bytes."""
    return next(filter(_BYTE.search, filterfalse(str.isascii, texts)), None)


def encoded(text: str) -> bytes:
    """UTF-8, and the bytes that could not be decoded as they were."""
    return text.encode("utf-8", "surrogateescape")


def writable(text: str) -> bool:
    """Whether UTF-8 can write it: half of a surrogate pair, which JSON allows as an escape, it cannot."""
    try:
        encoded(text)
    except UnicodeEncodeError:
        return False
    return True


def json_text(value: object) -> str:
    """JSON in one line; in escapes where it holds what UTF-8 cannot write."""
    written = _json(value)
    return written if writable(written) else json.dumps(value)


def listed(names: list[str]) -> str:
    """Names for a message; bytes that could not be decoded are shown as escapes."""
    return ", ".join(names).encode("utf-8", "backslashreplace").decode()


class Borrowed(io.RawIOBase):
    """A stream that is read from and stays its owner's: closing this does not close it."""

    def __init__(self, source: Any) -> None:
        self._read = getattr(source, "read1", source.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Lines:
    """The lines of a stream, each with its end; bytes that are not in its encoding become lone surrogates.

    ``odd`` says whether there were any so far, ``hint`` what to do about them. Raises InputError for an encoding that
    is not known, and for a log that is plainly in another one.
    """

    def __init__(self, source: BinaryIO, encoding: str = "utf-8") -> None:
        self.encoding = name_of(encoding)
        self._source = _split(source if self.encoding == "utf-8" else decoding(source, encoding))
        self._begun = False
        self._again: list[str] = []  # the next line last
        self.since: list[str] = []
        self.number = 0
        self.odd = False
        self.hint = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._again:
            self._again = self._next()[::-1]
        line = self._again.pop()
        self.number += 1
        self.since.append(line)
        return line

    def block(self) -> list[str]:
        """Some of the lines to come, more than were un-read if there are more; none at the end."""
        lines = self._again[::-1]
        self._again = []
        with contextlib.suppress(StopIteration):
            lines += self._next()
        self.number += len(lines)
        return lines

    def unread(self, lines: list[str]) -> None:
        """Puts back lines that were taken last."""
        self._again += reversed(lines)
        self.number -= len(lines)

    def _next(self) -> list[str]:
        """The next lines that were not taken before."""
        try:
            raws: Any = next(self._source)
        except UnicodeError as error:
            raise InputError(f"line {self.number + 1} is not {self.encoding} text: {error}") from error
        if not self._begun and isinstance(raws[0], bytes) and (wide := _wide(raws[0])):
            raise InputError(f"the log is not UTF-8 text but looks like {wide.upper()}: try --encoding {wide}")
        lines = self._decoded(raws) if isinstance(raws[0], bytes) else self._looked_at(list(raws))
        if not self._begun:
            lines[0] = lines[0].removeprefix("\ufeff")
        self._begun = True
        return lines

    def _decoded(self, raws: Sequence[bytes]) -> list[str]:
        try:
            return list(map(bytes.decode, raws))
        except UnicodeDecodeError:
            return self._looked_at(list(map(bytes.decode, raws, *_UTF_8)))

    def _looked_at(self, lines: list[str]) -> list[str]:
        """The lines, once it is known whether they hold bytes that could not be decoded."""
        if odd := first_unreadable(lines):
            self.odd = True
            self.hint = self.hint or _hint(odd)
        return lines

    def problem(self, text: str) -> str:
        """What is wrong with a text that holds bytes which could not be decoded; empty for any other."""
        return f"bytes that are not {self.encoding.upper()}" if unreadable(text) else ""

    def mark(self) -> int:
        """Forgets the lines taken so far; returns the number of the line to come."""
        self.since.clear()
        return self.number + 1

    def keep(self, count: int) -> list[str]:
        """Un-reads the lines taken since the mark, but for the first ``count``, which it returns."""
        kept, rest = self.since[:count], self.since[count:]
        self.unread(rest)
        return kept


def name_of(encoding: str) -> str:
    """The usual name of an encoding. Raises InputError where there is none."""
    try:
        name = codecs.lookup(encoding).name
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except LookupError:
        raise InputError(f"no text encoding is called '{encoding}'; usual ones are utf-8, cp1252, utf-16") from None
    return "utf-8" if name == "utf-8-sig" else name


def decoding(source: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """The text of a stream, with its line ends as they are."""
    name = name_of(encoding)
    # A unit of two or four bytes cannot be kept as surrogates; what it was is then shown as an escape.
    errors = "backslashreplace" if name.startswith(("utf-16", "utf-32")) else "surrogateescape"
    return io.TextIOWrapper(io.BufferedReader(Borrowed(source)), encoding=name, errors=errors, newline="\n")


def _split(source: BinaryIO | io.TextIOWrapper) -> Iterator[Sequence[bytes | str]]:
    """The lines of a stream, some at a time: few at first, so that a pipe soon has something to hand on.

    Where no line ends as it should, those that end with a carriage return alone.
    """
    first: Any = source.readline(_FIRST)
    line, old = (b"\n", b"\r") if isinstance(first, bytes) else ("\n", "\r")
    if first.endswith(line) or old not in first.rstrip(old):
        whole = first if first.endswith(line) else first + source.readline()
        size = _FEW
        lines: list[Any] = [whole] if whole else []
        while lines:
            yield lines
            lines, size = source.readlines(size), min(2 * size, _BLOCK)
        return
    while block := source.read(_FIRST):
        *lines, first = (first + block).split(old)
        yield from [[part + old] for part in lines]
    yield [part + old for part in first.removesuffix(old).split(old)]


def _wide(raw: bytes) -> str:
    """UTF-16 or UTF-32 by its mark, or by the zero bytes of plain letters."""
    for mark, name in _MARKS.items():
        if raw.startswith(mark):
            return name
    if b"\0" not in raw:
        return ""
    return "utf-16-le" if raw.find(b"\0") % 2 else "utf-16-be"


def _hint(text: str) -> str:
    odd = "".join(_BYTE.findall(text)).encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    if not all(character.isalpha() or character in _USUAL for character in odd):
        return "Some bytes are not UTF-8. If the log is in another encoding, name it with --encoding."
    return "Some bytes are not UTF-8 but would be text in CP-1252 (or Latin-1): try --encoding cp1252."
