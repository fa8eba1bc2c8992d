"""What is due for a patient as an iCalendar file, by the library ``icalendar`` (extra ``[ical]``)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from lemtrada_triage import __version__
from lemtrada_triage.history.follow_up import FollowUp, FollowUpLine, State
from lemtrada_triage.model import InputError
from lemtrada_triage.show.explain import cited


def calendar_of(found: FollowUp) -> bytes:
    """A calendar of whole days, from the day that was asked about on. The same follow-up gives the same bytes.

    Raises InputError where the library is not installed.
    """
    try:
        from icalendar import Calendar
    except ImportError:
        raise InputError("a calendar needs the library icalendar: pip install 'lemtrada-triage[ical]'") from None
    calendar = Calendar()
    calendar.add("prodid", f"-//lemtrada-triage//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{found.medicine}: follow-up")
    stamp = datetime(found.on.year, found.on.month, found.on.day, tzinfo=UTC)
    for line, day in _events(found):
        calendar.add_component(_event(found, line, day, stamp))
    return bytes(calendar.to_ical())


def _events(found: FollowUp) -> Iterator[tuple[FollowUpLine, date]]:
    pairs = [(line, day) for line in found.in_state(State.NOW, State.AHEAD) for day in line.dates]
    pairs.sort(key=lambda pair: (pair[1], pair[0].id, pair[0].course or 0))
    for _, same in groupby(pairs, key=lambda pair: (pair[1], pair[0].id, pair[0].course)):
        yield next(same)


def _event(found: FollowUp, line: FollowUpLine, day: date, stamp: datetime) -> object:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{_digest(found, line, day)}@lemtrada-triage")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    if day < date.max:  # without it, an event lasts its one day
        event.add("dtend", day + timedelta(days=1))
    event.add("summary", _summary(line, day))
    parts = [" ".join([line.says, *line.notes]), f"Source: {cited(line.citations)}", found.disclaimer]
    event.add("description", "\n\n".join(parts))
    event.add("transp", "TRANSPARENT")
    return event


def _digest(found: FollowUp, line: FollowUpLine, day: date) -> str:
    """The same for the same thing on the same day, so that a calendar that is read in again holds nothing twice."""
    named = f"{found.medicine}|{line.id}|{line.course}|{day}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _summary(line: FollowUpLine, day: date) -> str:
    if line.every or line.first == line.last:
        return line.title
    if line.last is None:
        return f"{line.title}: not before today"
    if day == line.last:
        return f"{line.title}: by today" if line.first is None else f"{line.title}: at least until today"
    return f"{line.title}: from today"
