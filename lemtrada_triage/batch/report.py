"""One page that shows a scored log: self-contained, without scripts, and without any network. Extra ``report``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, BinaryIO

from lemtrada_triage.batch.scoredlog import Names, ScoredRow, scored_rows
from lemtrada_triage.batch.tally import SPANS, Tally, span_name, tally
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import InputError, Urgency
from lemtrada_triage.show.explain import level_name

try:
    import jinja2
    from markupsafe import Markup

    from lemtrada_triage.batch.charts import Chart, Series, drawn
except ImportError as error:  # told when a report is asked for
    _missing: str | None = error.name
else:
    _missing = None

_MOST_PEOPLE = 200
_MOST_RULES = 12
_MOST_WEEKS = 60
_LONGEST_TEXT = 1_200
_LEVELS = sorted(Urgency, reverse=True)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a message; ``marked`` where they counted as a symptom."""

    text: str
    marked: bool = False


def report(source: BinaryIO, name: str, rulebook: Rulebook, names: Names | None = None) -> str:
    """The page, as HTML, for a scored log called ``name``; ``rulebook`` has the titles of the rules.

    Raises InputError when it is no scored log, or where what draws the page is not installed.
    """
    if _missing:
        raise InputError(f"a report needs {_missing}: pip install 'lemtrada-triage[report]'")
    counted = tally(scored_rows(source, name, names))
    titles = {rule.id: rule.title for rule in rulebook.rules}
    people = counted.most_urgent(_MOST_PEOPLE)
    template = _templates().get_template("report.html")
    return template.render(
        name=name,
        tally=counted,
        levels=[(level, counted.levels[level]) for level in _LEVELS],
        people=people,
        marked=any(person.row.spans for person in people),
        charts=_charts(counted, titles),
        titles=titles,
        rulebook=rulebook,
    )


def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("lemtrada_triage.batch"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"count": "{:,}".format, "level": level_name, "pieces": pieces, "plain": _plain}
    made.globals |= {"drawn": lambda chart, wide: Markup(drawn(chart, wide))}
    return made


def pieces(row: ScoredRow) -> list[Piece]:
    """The message in pieces, the words that counted marked; a long one is cut."""
    return list(_pieces(row))


def _pieces(row: ScoredRow) -> Iterator[Piece]:
    text, at = row.text[:_LONGEST_TEXT], 0
    for start, end in row.spans:
        if at <= start < end <= len(text):
            yield Piece(text[at:start])
            yield Piece(text[start:end], marked=True)
            at = end
    yield Piece(text[at:] + (" …" if len(row.text) > _LONGEST_TEXT else ""))


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _charts(counted: Tally, titles: dict[str, str]) -> dict[str, Chart]:
    return {"weeks": _weeks(counted), "days": _days(counted), "rules": _rules(counted, titles)}


def _weeks(counted: Tally) -> Chart:
    """By week; a log of more than a year by month."""
    mondays = sorted({monday for monday, _ in counted.weeks})
    if not mondays:
        return Chart([], [], "week")
    weeks = [mondays[0] + timedelta(weeks=place) for place in range((mondays[-1] - mondays[0]).days // 7 + 1)]
    if len(weeks) <= _MOST_WEEKS:
        found = {(monday.isoformat(), level): number for (monday, level), number in counted.weeks.items()}
        return _by_level([week.isoformat() for week in weeks], found, "week from")
    by_month: dict[Any, int] = {}
    for (monday, level), number in counted.weeks.items():
        by_month[_month(monday), level] = by_month.get((_month(monday), level), 0) + number
    return _by_level(list(dict.fromkeys(map(_month, weeks))), by_month, "month (by the Monday of its weeks)")


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _days(counted: Tally) -> Chart:
    found = {(span_name(place), level): number for (place, level), number in counted.spans.items()}
    return _by_level([*map(span_name, range(len(SPANS))), span_name(None)], found, "days since the infusion")


def _by_level(labels: Sequence[str], found: dict[Any, int], axis: str) -> Chart:
    series = [
        Series(level_name(level), f"level-{level.rank}", [found.get((label, level), 0) for label in labels])
        for level in _LEVELS
    ]
    return Chart(labels, series, axis)


def _rules(counted: Tally, titles: dict[str, str]) -> Chart:
    most = counted.rules.most_common(_MOST_RULES)
    labels = [titles.get(rule, rule) for rule, _ in most]
    return Chart(labels, [Series("rows", "plain", [number for _, number in most])], "rule", across=True)
