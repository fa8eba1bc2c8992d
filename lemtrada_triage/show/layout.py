"""Plain text in lines of one width, fit for any terminal."""

from __future__ import annotations

import textwrap
import unicodedata

WIDTH = 80


def wrapped(text: str, indent: str = "  ", further: str | None = None) -> list[str]:
    """Text as lines of at most ``WIDTH`` columns; long words are not broken."""
    later = indent if further is None else further
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=later,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def visible(text: str) -> str:
    """The text fit for a terminal, character for character: none of them can steer it."""
    return "".join(char if char == "\n" or unicodedata.category(char)[0] != "C" else _stand_in(char) for char in text)


def _stand_in(char: str) -> str:
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"


def shown(text: str) -> str:
    """A quotation in one line."""
    return " ".join(visible(text).split())
