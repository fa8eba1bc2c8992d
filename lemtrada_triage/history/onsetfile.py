"""The words for days and times, as ``vocab/onset.yaml`` has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from lemtrada_triage.files.locate import ONSET, data_folder
from lemtrada_triage.files.yamlfile import YamlFile, shown
from lemtrada_triage.model import VocabularyError

Range = tuple[int, int]


def _ends(value: object) -> object:
    return (value, value) if isinstance(value, int) else value


def _in_order(ends: Range) -> Range:
    if not 0 <= ends[0] <= ends[1]:
        raise ValueError(f"{list(ends)} is no range: write the smaller number first, from 0")
    return ends


_COUNT = {"type": "integer", "minimum": 0}
_PAIR = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}
Ends = Annotated[
    Range, BeforeValidator(_ends), AfterValidator(_in_order), WithJsonSchema({"anyOf": [_COUNT, _PAIR]})
]  # fmt: skip
Word = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Words = tuple[Word, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Unit(_Entry):
    """A unit of time: its words, its hours, and by how many hours a number of them may be off."""

    words: Words
    hours: int = Field(ge=0)
    give_or_take: int = Field(default=0, ge=0)


class NamedDay(_Entry):
    """Wordings for a day, and how many days before the message it is; ``night``: an hour of the clock tells which."""

    words: Words
    ago: Ends
    night: bool = False


class TimeWords(_Entry):
    """All of them; what each key is for stands beside it in the file."""

    numbers: Mapping[Word, Ends]
    units: tuple[Unit, ...]
    ago: Words
    lasting: Words
    now: Words
    skipped: Words
    days: tuple[NamedDay, ...]
    evening: Ends
    at: Words
    weekdays: Annotated[tuple[Words, ...], Field(min_length=7, max_length=7)]
    weekend: Words
    last: Words
    to_come: Words
    months: Annotated[tuple[Words, ...], Field(min_length=12, max_length=12)]
    ordinals: Words
    infusion: Words
    since: Words
    events: Words
    began: Words
    farthest: int = Field(ge=0)

    @cached_property
    def unit_of(self) -> dict[str, Unit]:
        """The unit that a word names."""
        return {word: unit for unit in self.units for word in unit.words}

    @cached_property
    def day_of(self) -> dict[tuple[str, ...], NamedDay]:
        """The day that some words in a row name."""
        return {tuple(words.lower().split()): day for day in self.days for words in day.words}

    @cached_property
    def longest(self) -> int:
        """The most words that name a day."""
        return max(map(len, self.day_of), default=0)

    @cached_property
    def weekday_of(self) -> dict[str, int]:
        """The number of a weekday, Monday being 0."""
        return {word: number for number, words in enumerate(self.weekdays) for word in words}

    @cached_property
    def month_of(self) -> dict[str, int]:
        """The number of a month, January being 1."""
        return {word: number for number, words in enumerate(self.months, start=1) for word in words}


def onset_file(folder: Path) -> YamlFile | None:
    """The file of a vocabulary's folder, if it has one."""
    path = folder / ONSET
    return YamlFile(path, shown(path)) if path.is_file() else None


@cache
def load_time_words(folder: Path | None = None) -> TimeWords:
    """Those of a vocabulary; the shipped ones where it has none. Raises VocabularyError with every mistake."""
    file = (onset_file(folder) if folder else None) or onset_file(data_folder("vocab"))
    assert file is not None
    words = file.validated(TimeWords)
    if words is None:
        raise VocabularyError(file.problems)
    return words
