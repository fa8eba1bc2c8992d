"""What a deployment may set, each by an environment variable of the same name in capitals after ``TRIAGE_``."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

LONGEST_TEXT = 10_000  # characters; it stands in the published schema, so it is no setting


@dataclass(frozen=True, slots=True)
class Settings:
    """``rate`` is how often one address may ask, as the package ``limits`` writes it; ``drain`` is in seconds."""

    reader: str = "both"
    rate: str = "300/minute"
    largest_body: int = 65_536  # bytes
    slowest_body: float = 10.0  # seconds
    threads: int = 4
    workers: int = 2
    host: str = "127.0.0.1"
    port: int = 8000
    drain: float = 5.0

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises ValueError, naming the variable, where a number is none."""
        return cls(**{field.name: _read(field.name, field.default) for field in fields(cls)})  # type: ignore[arg-type]


def _read(name: str, default: object) -> object:
    variable = f"TRIAGE_{name.upper()}"
    written = os.environ.get(variable)
    if written is None:
        return default
    try:
        return type(default)(written)  # type: ignore[call-arg]
    except ValueError:
        raise ValueError(f"{variable} should be a number, not {written!r}") from None
