"""What is due for a patient, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lemtrada_triage.history.follow_up import FollowUp, FollowUpLine, State
from lemtrada_triage.show.explain import cited
from lemtrada_triage.show.layout import wrapped

_TITLES = {
    State.NOW: "Now",
    State.AFTER: "After its days",
    State.AHEAD: "Still ahead",
    State.DONE: "Done, as declared",
    State.OVER: "Over",
}


def follow_up_text(found: FollowUp) -> str:
    """Everything that is due, by state, each with its days and its sources; what is over in one line each."""
    sections = [_head(found)]
    for state, title in _TITLES.items():
        lines = _brief(found.in_state(state)) if state is State.OVER else _in_full(found.in_state(state))
        if body := list(lines):
            sections.append([title, *body])
    sections.append(wrapped(found.disclaimer, indent=""))
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _head(found: FollowUp) -> list[str]:
    days = found.days_since_infusion
    when = "before the first infusion" if days is None else f"{_plural(days, 'day')} after the last infusion"
    if found.months_since_first is not None:
        when += f", {_plural(found.months_since_first, 'month')} after the first"
    return wrapped(f"Follow-up for {found.medicine} on {found.on}: {when}.", indent="")


def _plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _in_full(lines: Iterable[FollowUpLine]) -> Iterator[str]:
    for group in _alike(lines):
        line = group[0]
        yield from wrapped(f"{_title(line)}: {'; '.join(map(_days, group))}", "  ", "      ")
        yield from wrapped(" ".join([line.says, *line.notes]), "    ")
        yield from wrapped(f"Source: {cited(line.citations)}", "    ")


def _alike(lines: Iterable[FollowUpLine]) -> list[list[FollowUpLine]]:
    """Lines that differ in their days alone, together: the infusions of a course."""
    found: dict[tuple[str, int | None, str], list[FollowUpLine]] = {}
    for line in lines:
        found.setdefault((line.id, line.course, line.says), []).append(line)
    return list(found.values())


def _brief(lines: Iterable[FollowUpLine]) -> Iterator[str]:
    for group in _alike(lines):
        yield from wrapped(f"{_title(group[-1])}: until {group[-1].last}", "  ", "      ")


def _title(line: FollowUpLine) -> str:
    plain = line.course is None or line.id.startswith("course-")
    return line.title if plain else f"{line.title} (course {line.course})"


def _days(line: FollowUpLine) -> str:
    first, last = line.first, line.last
    if line.every:
        upcoming = f", next on {line.next}" if line.next else ""
        return f"{line.every}{upcoming}, until {last}"
    if last is None:
        return f"not before {first}"
    if first is None:
        return f"by {last}"
    return f"on {first}" if first == last else f"{first} to {last}"
