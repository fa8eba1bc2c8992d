"""The verb ``follow-up``, and the options that give a history of treatment on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from lemtrada_triage.batch.log import whole_file
from lemtrada_triage.history.dates import day_of, later, local
from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.model import InputError
from lemtrada_triage.show.options import RULES, together

_MOST_DAYS = 31  # of a course that is written as a stretch
HISTORY = together(
    click.option(
        "--course",
        "courses",
        multiple=True,
        metavar="DATES",
        help="The infusions of a course: 2026-03-02..2026-03-06, or days with commas. May be repeated.",
    ),
    click.option("--history", "file", type=click.Path(path_type=Path), metavar="FILE",
                 help='The same as JSON: {"courses": [["2026-03-02"]], "zone": "America/New_York"}.'),
)  # fmt: skip


def history_of(courses: Iterable[str], file: Path | None) -> TreatmentHistory | None:
    """The history that the options give; None without any. Raises InputError for mistakes."""
    given = list(courses)
    if file is not None:
        if given:
            raise InputError("give the courses with --course or with --history, not with both")
        return _read(file)
    return TreatmentHistory([_days(course) for course in given]) if given else None


def _read(file: Path) -> TreatmentHistory:
    example = '{"courses": [["2026-03-02", "2026-03-03"]], "zone": "America/New_York"}'
    try:
        found = json.loads(file.read_bytes())
    except ValueError as error:
        raise InputError(f"{file} is not JSON ({error}): write {example}") from None
    if not isinstance(found, dict) or "courses" not in found or not found.keys() <= {"courses", "zone"}:
        raise InputError(f"{file} is no history: write {example}")
    return TreatmentHistory(found["courses"], found.get("zone"))


def _days(course: str) -> list[date]:
    days: list[date] = []
    for part in course.split(","):
        start, dots, end = part.partition("..")
        first = day_of(local(start, None, "--course"))
        last = day_of(local(end, None, "--course")) if dots else first
        if not 0 <= (last - first).days < _MOST_DAYS:
            raise InputError(f"--course: {part.strip()} is no stretch of 1 to {_MOST_DAYS} days")
        days += [later(first, day) for day in range((last - first).days + 1)]
    return days


@click.command("follow-up")
@HISTORY
@click.option("--on", metavar="DATE", help="The day that is asked about; today if left out.")
@click.option("--flag", "flags", multiple=True, metavar="FLAG", help="What is known of the patient. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--ical", type=click.Path(path_type=Path), metavar="FILE", help="Also write the dates as a calendar.")
@RULES
def follow_up(
    courses: tuple[str, ...], file: Path | None, on: str | None, flags: tuple[str, ...], as_json: bool,
    ical: Path | None, rules: str | None,
) -> None:  # fmt: skip
    """Say what is due after treatment, and when, each with its source: tests, medicines, limits, courses."""
    from lemtrada_triage.decide.rulebook import Rulebook
    from lemtrada_triage.history.plan import follow_up_of

    history = history_of(courses, file)
    if history is None:
        raise click.UsageError("Give the infusions: --course 2026-03-02..2026-03-06, or --history FILE.")
    found = follow_up_of(Rulebook.load(rules), history, on or date.today(), flags)
    if ical is not None:
        made = found.ical()
        with whole_file(ical) as sink:
            sink.write(made)
    click.echo(found.model_dump_json(indent=2) if as_json else found.text(), nl=as_json)
