"""What a log may hold of an error that nobody foresaw: its kind and its way, never its message."""

from __future__ import annotations

from traceback import format_tb


def way_of(error: BaseException) -> str:
    """The lines of code through which an error came, and its kind.

    Its message is left out: that of another library may quote what it was given, which may be a patient's words.
    """
    return "".join((*format_tb(error.__traceback__), type(error).__qualname__))
