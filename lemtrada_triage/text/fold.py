"""Folds text to plain lower case while every offset still leads back to the original."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_LOOKS_LIKE = {
    **dict.fromkeys("‘’‚‛′`´ʼʹ＇", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys("º˚", "°"),
    **dict.fromkeys("\u2028\u2029\x85\x0b\x0c\r", "\n"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\ufe0e", ""),
    "ß": "ss",
    "⁄": "/",
}


@dataclass(slots=True)
class Folded:
    """Folded text; ``offsets[i]`` is the place of folded character i in the original (None: the same place)."""

    text: str
    offsets: list[int] | None

    def cased(self, original: str) -> str:
        """The folded text with the capitals of the original, character for character."""
        return original if self.offsets is None else "".join([original[place] for place in self.offsets])

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original span of a non-empty folded span."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


class _Table(dict[int, str]):
    """Character code -> folded text, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
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


_TABLE = _Table()


def fold(text: str) -> Folded:
    """Lower case, plain quotes and dashes, no accents, one place per folded character."""
    if text.isascii():
        return Folded(text.lower().replace("\r", "\n").replace("`", "'"), None)
    pieces = [_TABLE[ord(character)] for character in text]
    folded = "".join(pieces)
    if all(len(piece) == 1 for piece in pieces):
        return Folded(folded, None)
    return Folded(folded, [place for place, piece in enumerate(pieces) for _ in piece])
