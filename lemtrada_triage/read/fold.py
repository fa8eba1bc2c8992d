"""Folds text to plain lower case while every offset still leads back to the original."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_LOOKS_LIKE: Final = {
    **dict.fromkeys("‘’‚‛′`´ʼʹ＇", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys("º˚", "°"),
    **dict.fromkeys("\u2028\u2029\x85\x0b\x0c\r", "\n"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\ufe0e", ""),
    "ß": "ss",
    "⁄": "/",
}


# What a web form leaves of "can't": "can&#039;t".
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")


# Characters; Unicode has a million.
_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class Folded:
    """Folded text; ``offsets[i]`` is the original (start, end) of folded character i (None: the same place)."""

    text: str
    offsets: list[tuple[int, int]] | None

    def cased(self, original: str) -> str:
        """The folded text with the capitals of the original, character for character."""
        if self.offsets is None:
            return original
        spans = zip(self.text, self.offsets, strict=True)
        return "".join([original[start] if end - start == 1 else folded for folded, (start, end) in spans])

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original span of a non-empty folded span."""
        if self.offsets is None:
            return start, end
        return self.offsets[start][0], self.offsets[end - 1][1]


class _Table(dict[int, str]):
    """Character code -> folded text, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


def _fold_character(character: str) -> str:
    if 0xD800 <= ord(character) <= 0xDFFF:
        return "\n"  # half of a broken character: nothing may be read across it
    folded, before = character, ""
    while folded != before:
        before = folded
        looked_up = "".join(_LOOKS_LIKE.get(part, part) for part in folded)
        parts = unicodedata.normalize("NFKD", looked_up).casefold()
        folded = "".join(part for part in parts if not unicodedata.combining(part))
    return folded


_TABLE: Final = _Table()


def fold(text: str) -> Folded:
    """Lower case, plain quotes and dashes, no accents or HTML entities, one place per folded character."""
    if "&" in text and ";" in text:
        return _fold_pieces(_unescaped(text))
    pieces = [_TABLE[ord(character)] for character in text]
    folded = "".join(pieces)
    if all(len(piece) == 1 for piece in pieces):
        return Folded(folded, None)
    return Folded(folded, [(place, place + 1) for place, piece in enumerate(pieces) for _ in piece])


def _unescaped(text: str) -> Iterator[tuple[str, int, int]]:
    """Each character, an entity as the one that it stands for, with its (start, end)."""
    place = 0
    for entity in _ENTITY.finditer(text):
        yield from ((text[at], at, at + 1) for at in range(place, entity.start()))
        yield from ((character, *entity.span()) for character in html.unescape(entity[0]))
        place = entity.end()
    yield from ((text[at], at, at + 1) for at in range(place, len(text)))


def _fold_pieces(characters: Iterable[tuple[str, int, int]]) -> Folded:
    folded = [(piece, start, end) for character, start, end in characters for piece in _TABLE[ord(character)]]
    return Folded("".join([piece for piece, _, _ in folded]), [(start, end) for _, start, end in folded])
