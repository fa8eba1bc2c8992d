"""The follow-up of a patient by a rulebook."""

from __future__ import annotations

from collections.abc import Collection

from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.history.dates import Moment, day_of
from lemtrada_triage.history.follow_up import FollowUp, lines_of
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.model import InputError


def follow_up_of(rulebook: Rulebook, history: TreatmentHistory, on: Moment, flags: Collection[str]) -> FollowUp:
    """What the rulebook's schedule says for a day, or for the patient's date at a time.

    Raises InputError for what is no history, date or flag, and for rules without a schedule.
    """
    if not isinstance(history, TreatmentHistory):
        raise InputError(f"history must be a TreatmentHistory, not {type(history).__name__}")
    rulebook.medicine.check_flags(flags)
    if not (rulebook.schedule.items or rulebook.schedule.courses):
        raise InputError("these rules say nothing of follow-up: there is no follow_up.yaml beside them")
    day = day_of(history.local(on))
    return FollowUp(
        on=day,
        medicine=rulebook.medicine.name,
        days_since_infusion=history.days_since(day),
        months_since_first=history.months_since_first(day),
        flags=tuple(sorted(flags)),
        lines=tuple(lines_of(rulebook.schedule, history, day, flags)),
        rulebook=rulebook.label,
        disclaimer=rulebook.disclaimer,
    )
