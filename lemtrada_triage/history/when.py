"""The day of a message: as a number of days, or as a date in a patient's history of treatment."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.history.dates import Moment, day_of
from lemtrada_triage.history.first import LAST_MONTH
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.model import InputError


class When(NamedTuple):
    """Days since the last infusion and months since the first (None: not known); with a history, the local moment."""

    days: int | None = None
    months: int | None = None
    said: date | datetime | None = None
    history: TreatmentHistory | None = None

    @property
    def on(self) -> date | None:
        """The date of the message."""
        return None if self.said is None else day_of(self.said)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What is to be said where every infusion is still ahead."""
        if self.history is None or self.days is not None:
            return ()
        return (f"The first infusion is on {self.history.infusions[0]}, after the day of the message ({self.on}).",)


def when_of(days: int | None, months: int | None, on: Moment | None, history: TreatmentHistory | None) -> When:
    """What is known of the day. Raises InputError where a history lacks its date, or is given beside days."""
    if history is None:
        if on is not None:
            raise InputError("'on' is a date in a history of treatment: give history=TreatmentHistory(...) too")
        return When(days, check_months(months))
    if not isinstance(history, TreatmentHistory):
        raise InputError(f"history must be a TreatmentHistory, not {type(history).__name__}")
    if on is None:
        raise InputError("a history needs the day of the message: give on=date(2026, 3, 2), or a datetime")
    if days is not None or months is not None:
        raise InputError("give days_since_infusion and months_since_first, or a history: not both")
    said = history.local(on)
    return When(history.days_since(day_of(said)), history.months_since_first(day_of(said)), said, history)


def check_months(months: object) -> int | None:
    """Whole months since the first infusion, or None. Raises InputError for anything else."""
    if months is None or (isinstance(months, int) and not isinstance(months, bool) and 0 <= months <= LAST_MONTH):
        return months
    raise InputError(f"months since the first infusion must be a whole number from 0 to {LAST_MONTH:,}, not {months!r}")


def bad_days(days: object) -> InputError:
    """What is wrong with days that are no whole number from 0 to ``LAST_DAY``."""
    if isinstance(days, bool) or not isinstance(days, int):
        return InputError(f"days since infusion must be a whole number or None, not {days!r}")
    return InputError(f"days since infusion must be from 0 to {LAST_DAY:,}, not {days}")
