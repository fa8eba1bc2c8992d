"""Days and times as clients write them, and a patient's history of treatment made of them.

Only what RFC 3339 writes is taken. Numbers are none: a count of seconds would pass for a day in 1970, and a midnight
with a zone for a day without one, which may be another day where the patient lives.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from lemtrada_triage import TreatmentHistory

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_ON: dict[str, Any] = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}],
    "description": "The day of the message, or the time: then it counts on the patient's date, in the patient's zone.",
    "examples": ["2026-03-12"],
}


def _day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise PydanticCustomError("no_day", "this is no day of the calendar: write it as 2026-03-12")


def _moment(value: object) -> date | datetime:
    if isinstance(value, str) and _TIME.fullmatch(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value.upper())
    return _day(value)


Day = Annotated[date, BeforeValidator(_day)]
On = Annotated[date | datetime, PlainValidator(_moment), WithJsonSchema(_ON)]
Course = Annotated[list[Day], Field(min_length=1, max_length=31)]


class Courses(BaseModel):
    """The dates of a patient's infusions, course by course; those still ahead may be among them."""

    model_config = ConfigDict(extra="forbid")

    courses: list[Course] = Field(min_length=1, max_length=50, examples=[[["2026-03-02", "2026-03-03"]]])
    zone: str | None = Field(None, max_length=64, description="Where the patient lives.", examples=["America/New_York"])

    def history(self) -> TreatmentHistory:
        """The same for the library. Raises InputError for courses that overlap and for a zone that is none."""
        return TreatmentHistory(self.courses, self.zone)
