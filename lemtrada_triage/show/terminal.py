"""How the command line looks in a terminal: panels and colours, wrapped to its width."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from lemtrada_triage.batch.rowlog import Summary
from lemtrada_triage.decide.conditions import Trace
from lemtrada_triage.model import Assessment, FiredRule, Mention, Urgency
from lemtrada_triage.show import explain, layout

STYLES = {
    Urgency.ROUTINE: "green",
    Urgency.CONTACT_PROVIDER: "cyan",
    Urgency.CONTACT_PROVIDER_NOW: "yellow",
    Urgency.GET_HELP_NOW: "dark_orange",
    Urgency.CALL_911: "bright_red",
}
_WIDEST = 100
_LONGEST_MESSAGE = 1_500


def console(stderr: bool = False) -> Console:
    """A console as wide as the terminal, up to a width that reads well."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if made.is_terminal:
        made.width = min(made.width, _WIDEST)
    return made


def show(screen: Console, text: str, assessment: Assessment) -> None:
    """The urgency, the advice, the message with its symptoms marked, and the reason of each rule."""
    screen.print(_headline(assessment), *_message(text, assessment))
    _section(screen, "Read as", _readings(assessment.mentions))
    _section(screen, explain.WITHDRAWN, map(Text, explain.withdrawals(assessment)))
    decisive, others = explain.ranked(assessment)
    _section(screen, "Why", map(_brief, decisive))
    _section(screen, "Also", map(_rule_title, others))
    _remarks(screen, assessment)
    screen.print()
    screen.print(Text(assessment.disclaimer, "dim italic"))


def show_in_full(
    screen: Console,
    text: str,
    assessment: Assessment,
    traces: Mapping[str, Trace],
    asked: Mapping[str, Trace],
) -> None:
    """Everything that led to the urgency; ``traces`` and ``asked`` as in ``explain.explanation``."""
    screen.print(_headline(assessment), *_message(text, assessment))
    _section(screen, "What was read as a symptom", _readings(explain.counted(assessment)))
    _section(screen, "Said, but not counted", _readings(explain.not_counted(assessment)))
    _section(screen, explain.WITHDRAWN, map(Text, explain.withdrawals(assessment)))
    rules = (_in_full(assessment, rule, traces.get(rule.rule)) for rule in assessment.fired)
    _section(screen, "Why", _spaced(rules))
    for rule, trace in asked.items():
        _section(screen, explain.asked_title(rule, trace), _trace(trace))
    _remarks(screen, assessment)
    _section(screen, "How it was decided", [Text(explain.setting(assessment))])
    screen.print()
    screen.print(Text(assessment.disclaimer, "dim italic"))


def show_summary(screen: Console, summary: Summary, disclaimer: str, seconds: float) -> None:
    """How many rows there are at each level, as bars, how many to look at, and how many were scored a second."""
    table = Table.grid(padding=(0, 1))
    most = max(summary.levels.values(), default=1)
    room = max(screen.width - 34, 8)
    for level in sorted(Urgency, reverse=True):
        count = summary.levels[level.value]
        bar = "█" * -(-count * room // most)
        table.add_row(explain.level_name(level), Text(f"{count:,}", justify="right"), Text(bar, STYLES[level]))
    for name, count, style in _doubts(summary):
        table.add_row(Text(name, style), Text(f"{count:,}", style, justify="right"), "")
    rate = Text(f"{summary.rows / max(seconds, 0.001):,.0f} rows a second", "dim")
    screen.print(
        Panel(table, title=_rows(summary), title_align="left", subtitle=rate, subtitle_align="right", box=box.ROUNDED)
    )
    for remark in summary_remarks(summary):
        screen.print(Text(remark, "yellow"))
    screen.print(Text(disclaimer, "dim italic"))
    if summary.errors:
        screen.print(Text(_unscored(summary), "bold red"))


def _doubts(summary: Summary) -> list[tuple[str, int, str]]:
    """What a person may have to look at: its name, how often, and its style; dim where there is none."""
    counts = (
        ("not understood", summary.not_understood, "yellow"),
        ("untidy", summary.warnings, "yellow"),
        ("not scored", summary.errors, "bold red"),
    )
    return [(name, count, style if count else "dim") for name, count, style in counts]


def summary_text(summary: Summary, disclaimer: str) -> str:
    """The same as plain text."""
    levels = [
        f"  {explain.level_name(level):<21}{summary.levels[level.value]:>9,}" for level in sorted(Urgency, reverse=True)
    ]
    lines = [_rows(summary), *levels, *summary_remarks(summary)]
    last = [_unscored(summary)] if summary.errors else []
    return "\n".join([*lines, *layout.wrapped(disclaimer, ""), *last])


def summary_remarks(summary: Summary) -> list[str]:
    """What a person should look at after scoring a log."""
    remarks = list(summary.notes)
    if summary.not_understood:
        remarks.append(f"Not understood in whole or in part: {summary.not_understood:,}. A person should read these.")
    if summary.warnings:
        remarks.append(f"With untidy cells: {summary.warnings:,}. The column 'warning' says what was made of them.")
    return remarks


def _rows(summary: Summary) -> str:
    return f"Rows: {summary.rows_in:,} in, {summary.rows:,} out"


def _unscored(summary: Summary) -> str:
    return f"Not scored: {summary.errors:,} of {summary.rows:,} rows. The column 'error' says why."


@contextmanager
def progress(size: int | None, wanted: bool) -> Iterator[Callable[[Summary, int], None]]:
    """A progress bar on standard error while a log is scored; ``size`` in bytes is None when it is not known."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    # Drawn by this thread: beside another one no process can be forked.
    screen = console(stderr=True)
    with Progress(*columns, console=screen, disable=not wanted, transient=True, auto_refresh=False) as bars:
        task = bars.add_task("Scoring", total=size)
        start = time.monotonic()

        def follow(summary: Summary, place: int) -> None:
            rate = summary.rows / max(time.monotonic() - start, 0.001)
            told = f"Scoring, {summary.rows:,} rows, {rate:,.0f} a second"
            bars.update(task, completed=None if size is None else place, description=told, refresh=True)

        yield follow


def _headline(assessment: Assessment) -> RenderableType:
    style = STYLES[assessment.urgency]
    return Panel(
        Text(assessment.advice),
        title=Text(explain.level_name(assessment.urgency).upper(), f"bold {style}"),
        subtitle=Text(f"urgency {assessment.urgency.rank} of {len(Urgency)}", style),
        title_align="left",
        subtitle_align="right",
        border_style=style,
        box=box.HEAVY if assessment.urgency >= Urgency.GET_HELP_NOW else box.ROUNDED,
        padding=(0, 1),
    )


def _message(text: str, assessment: Assessment) -> list[RenderableType]:
    """The message with its symptoms marked; too long a message is left out."""
    if not text.strip() or len(text) > _LONGEST_MESSAGE:
        return []
    marked = Text(layout.visible(text))
    for mention in assessment.mentions:
        marked.stylize("bold underline" if mention.assertion.counts else "dim strike", mention.start, mention.end)
    for cue in assessment.not_understood:
        marked.stylize("yellow italic", cue.start, cue.end)
    marked.rstrip()
    return [Padding(Text("“") + marked + Text("”"), (1, 2, 0, 2))]


def _section(screen: Console, title: str, blocks: Iterable[RenderableType]) -> None:
    body = list(blocks)
    if not body:
        return
    screen.print()
    screen.print(Text(title, "bold"))
    for block in body:
        screen.print(Padding(block, (0, 0, 0, 2)))


def _brief(rule: FiredRule) -> RenderableType:
    return Group(
        _rule_title(rule),
        Padding(Group(Text(explain.reason(rule)), _dim(explain.sources(rule))), (0, 0, 0, 2)),
    )


def _rule_title(rule: FiredRule) -> Text:
    style = "bold" if rule.level is None else f"bold {STYLES[rule.level]}"
    return Text.assemble((rule.title, style), f" → {explain.outcome(rule)} ", (f"[{rule.rule}]", "dim"))


def _in_full(assessment: Assessment, rule: FiredRule, trace: Trace | None) -> RenderableType:
    lines: list[RenderableType] = [_fact(name, text) for name, text in explain.details(assessment, rule)]
    for citation, at in explain.places(rule).items():
        lines.append(_fact("Source", explain.source_line(citation, at)))
        lines += [Text(f"  {line}", "dim", overflow="fold") for line in explain.links(citation)]
    if trace:
        lines += [Text("Trace:", "dim"), *_trace(trace, held_only=True)]
    return Group(_rule_title(rule), Padding(Group(*lines), (0, 0, 0, 2)))


def _fact(name: str, text: str) -> Text:
    return Text.assemble((f"{name}: ", "dim"), text) if name else Text(text)


def _spaced(blocks: Iterable[RenderableType]) -> list[RenderableType]:
    return [part for block in blocks for part in (Text(), block)][1:]


def _trace(trace: Trace, held_only: bool = False) -> list[RenderableType]:
    return [Text(line) for line in explain.trace_lines(trace, "  ", held_only)]


def _readings(mentions: Iterable[Mention]) -> list[RenderableType]:
    return [
        Text.assemble((f"“{layout.shown(mention.text)}”", "bold"), f" {mention.label} ", _manner(mention))
        for mention in mentions
    ]


def _manner(mention: Mention) -> tuple[str, str]:
    return explain.manner(mention), "dim"


def _remarks(screen: Console, assessment: Assessment) -> None:
    left_over = explain.quoted(assessment.not_understood)
    if left_over:
        _section(screen, "Words of complaint that were not understood", [Text(left_over, "yellow")])
    answers, ask = map(explain.answer_line, assessment.answers), map(explain.ask_line, assessment.ask)
    for title, lines in (("Assumed", assessment.assumptions), ("Answered", answers), ("Worth asking", ask)):
        _section(screen, title, map(_bullet, lines))


def _bullet(text: str) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_row("•", Text(text))
    return table


def _dim(text: str) -> Text:
    return Text(text, "dim")
