"""The command line: verbs only, no logic.

Exit status 0 when done, 1 when rows are left unscored, cases fail or sources do not verify, 2 on wrong usage or bad
input.
"""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from lemtrada_triage import __version__
from lemtrada_triage.batch import columns, files, plan
from lemtrada_triage.batch.cells import days_of
from lemtrada_triage.batch.formats import FORMATS, Format
from lemtrada_triage.batch.log import whole_file
from lemtrada_triage.batch.output import Stopped
from lemtrada_triage.batch.overtime import GAP
from lemtrada_triage.batch.pool import cores
from lemtrada_triage.batch.rowlog import Summary
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.history.commands import HISTORY, history_of
from lemtrada_triage.model import Assessment, InputError, TriageError
from lemtrada_triage.show import terminal
from lemtrada_triage.show.explain import explanation, summary
from lemtrada_triage.show.options import RULES, pack, together
from lemtrada_triage.show.prompt import interview as asked
from lemtrada_triage.triage import Triage

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """Bad input or wrong usage: the message on standard error, exit status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the message; one that was made for a file and line stands as it is."""
        start = "" if self.message.startswith("error[") else "error: "
        click.echo(f"{start}{self.message}", file=file, err=True)


@contextmanager
def _told() -> Iterator[None]:
    """Turns errors that a user can mend into a message; a closed pipe is left to click."""
    try:
        yield
    except TriageError as error:
        raise Failure(str(error)) from error
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        raise Failure(f"{error.filename or 'input or output'}: {error.strerror or error}") from error


# The verbs of rooms that are entered only for them.
_ROOMS = {
    **dict.fromkeys(("train", "calibrate", "evaluate", "check-messages", "take-turns"), "training"),
    **dict.fromkeys(("test", "check", "mutate", "prove", "show", "new", "try", "watch"), "author"),
    **dict.fromkeys(("diff", "book", "sign-off", "schema", "sources"), "author"),
    "follow-up": "history",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ROOMS])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _ROOMS:
            return super().get_command(ctx, name)
        commands = import_module(f"lemtrada_triage.{_ROOMS[name]}.commands")
        word = name.replace("-", "_")
        command: click.Command = getattr(commands, f"{word}_" if iskeyword(word) else word)
        return command

    def make_context(self, *args: Any, **settings: Any) -> click.Context:
        with _told():
            return super().make_context(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        with _told():
            return super().invoke(ctx)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"lemtrada-triage {__version__}")
        click.echo(f"rulebook {Rulebook.load().label}")
        ctx.exit()


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
              help="Show the version, and that of the rulebook with its hash.")  # fmt: skip
def cli() -> None:
    """Reads a patient's own words after Lemtrada (alemtuzumab) and says how urgent they are, and why.

    No clinician has reviewed the rules. They do not replace one.
    """


_pack_options = pack()
_message_options = together(
    click.argument("text", required=False),
    click.option("--days", metavar="N", help="Whole days since treatment, as the rules count; unknown if left out."),
    click.option(
        "--flag",
        "flags",
        multiple=True,
        metavar="FLAG",
        help="What is known of the patient, such as pregnant: a flag of the rules. May be repeated.",
    ),
    HISTORY,
    click.option("--on", metavar="DATE", help="The day of the message, or its time; with --course or --history."),
    click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON."),
)


@cli.command()
@_message_options
@_pack_options
def assess(text: str | None, days: str | None, flags: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Say how urgent TEXT is, and why. Without TEXT, or with "-", it is read from standard input."""
    text, _, assessment = _assessed(text, days, flags, **given)
    screen = terminal.console()
    if as_json:
        click.echo(assessment.model_dump_json(indent=2))
    elif screen.is_terminal:
        terminal.show(screen, text, assessment)
    else:
        click.echo(summary(assessment), nl=False)


@cli.command()
@_message_options
@click.option("--rule", "rules_asked", multiple=True, metavar="ID", help="Show why this rule fired, or not.")
@_pack_options
def explain(
    text: str | None, days: str | None, flags: tuple[str, ...], as_json: bool, rules_asked: tuple[str, ...],
    **given: Any,
) -> None:  # fmt: skip
    """Say all that led to the urgency of TEXT.

    Every rule that fired comes with its reason, the words behind it, its trace and its sources.
    """
    text, triage, assessment = _assessed(text, days, flags, **given)
    asked = {rule: triage.why(rule, assessment) for rule in rules_asked}
    traces = {rule.rule: triage.why(rule.rule, assessment) for rule in assessment.fired}
    screen = terminal.console()
    if as_json:
        click.echo(assessment.model_dump_json(indent=2))
    elif screen.is_terminal:
        terminal.show_in_full(screen, text, assessment, traces, asked)
    else:
        click.echo(explanation(assessment, traces, asked), nl=False)


@cli.command()
@_message_options
@_pack_options
def interview(text: str | None, days: str | None, flags: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Ask up to five questions about TEXT, and say how urgent it is then.

    From a pipe, the first line is the message where there is no TEXT, and each line after it an answer: yes, no,
    unknown, or days. Nothing is printed then but the result.
    """
    typed = sys.stdin.isatty()
    if text is None:
        click.echo("What do you notice? " if typed else "", nl=False, err=True)
        text = sys.stdin.readline()
    _, triage, assessment = _assessed(text, days, flags, **given)
    say = (lambda words: click.echo(words, err=True)) if typed else None
    assessment = asked(triage, assessment, sys.stdin.readline, say)
    click.echo(assessment.model_dump_json(indent=2) if as_json else summary(assessment), nl=as_json)


def _assessed(
    text: str | None, days: str | None, flags: tuple[str, ...], courses: tuple[str, ...], file: Path | None,
    on: str | None, **pack: str,
) -> tuple[str, Triage, Assessment]:  # fmt: skip
    text = _read_text(text)
    day, history = days_of(days), history_of(courses, file)
    if history is None and on is not None:
        raise click.UsageError("--on needs the infusions: --course 2026-03-02..2026-03-06, or --history FILE.")
    triage = Triage(**pack)
    return text, triage, triage.assess(text, day, flags, on=on, history=history)


def _read_text(text: str | None) -> str:
    if text not in (None, "-"):
        return text
    if text is None and sys.stdin.isatty():
        raise click.UsageError('Give the TEXT, or "-" to type it and end with Ctrl-D.')
    raw = sys.stdin.buffer.read()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not UTF-8 text (byte {error.start})") from error


def _usual(names: Iterable[str]) -> str:
    return f"One of {', '.join(names)} if left out."


@cli.command()
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.option("-o", "--out", default="-", metavar="OUT", help="The file to write; standard output if left out.")
@click.option("--format", type=click.Choice(FORMATS), help="Needed when IN has no such ending.")
@click.option("--to", type=click.Choice(FORMATS), help="The format of OUT, where its name does not say another one.")
@click.option(
    "--text",
    "--text-column",
    "text",
    multiple=True,
    metavar="NAME",
    help=f"{_usual(columns.TEXT_COLUMNS)} Repeated: these columns, in this order.",
)
@click.option("--days", "--days-column", metavar="NAME", help=_usual(columns.DAYS_COLUMNS))
@click.option(
    "--date",
    metavar="NAME",
    help="The date of the message: the days where there are none; with --patient, the order of the rows. "
    + _usual(columns.DATE_COLUMNS),
)
@click.option(
    "--infusion-date",
    "infusion",
    metavar="NAME",
    help="The date of the last infusion before it. " + _usual(columns.INFUSION_COLUMNS),
)
@click.option("--flags", "--flags-column", metavar="NAME", help=f"{columns.FLAGS_COLUMNS[0]} if left out.")
@click.option("--patient", metavar="NAME", help="Whose a row is: it is then decided with that patient's past in mind.")
@click.option(
    "--gap",
    type=click.IntRange(0),
    default=GAP,
    show_default=True,
    metavar="DAYS",
    help="With --patient: a symptom has ended after so many days without a word of it.",
)
@click.option("--encoding", default="utf-8", metavar="NAME", show_default=True, help="That of IN; OUT is UTF-8.")
@click.option("--prefix", default="", metavar="TEXT", help="Put before the name of each new column.")
@click.option("--codes", is_flag=True, help="Add the column 'codes': what HPO calls the concepts, such as HP:0001945.")
@click.option("--errors", metavar="FILE", help="Write the rows that were not scored here as well.")
@click.option("--strict", is_flag=True, help="Stop at the first row that cannot be scored, and write nothing.")
@click.option("--max-errors", type=click.IntRange(0), metavar="N", help="The same at more than N such rows.")
@click.option("--resume", is_flag=True, help="Go on with a run that was killed.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes that read; one a core if left out.")
@_pack_options
@click.pass_context
def score(
    ctx: click.Context, /, sources: tuple[str, ...], out: str, format: Format | None, to: Format | None,
    errors: str | None, strict: bool, max_errors: int | None, resume: bool, jobs: int | None, engine: str,
    reader: str, rules: str | None, vocab: str | None, **layout: Any,
) -> None:  # fmt: skip
    """Score each row of the logs IN, as one log.

    IN are files (CSV with any delimiter, JSON Lines, a JSON array, Parquet; packed with gzip or zstd or not),
    patterns such as "logs/*.csv", or "-" for standard input. Each row is copied with its urgency added, in the form
    that the name of OUT says. What was made of an untidy cell is in the column "warning". A row that cannot be
    scored is kept too, with its reason in the column "error"; the exit status is then 1.
    """
    most = 0 if strict else max_errors
    wanted = plan.Plan(sources, out, format, columns.Layout(**layout), errors, most, resume, jobs or cores(), to)
    wanted = plan.check(wanted)
    triage = Triage(rules=rules, vocab=vocab, engine=engine, reader=reader)
    seen = sys.stderr.isatty() and not (out == "-" and sys.stdout.isatty())
    start = time.monotonic()
    try:
        with terminal.progress(plan.size_of(wanted), seen) as follow:
            result = files.score_files(triage, wanted, follow)
    except files.TooManyErrors as error:
        click.echo(error, err=True)
        ctx.exit(1)
    except Stopped as stopped:
        then = "; the same command goes on from there" if resume else ""
        click.echo(f"stopped by {stopped.name} before all was scored{then}", err=True)
        raise
    _report(result, triage.rulebook.disclaimer, time.monotonic() - start)
    ctx.exit(1 if result.errors else 0)


def _report(result: Summary, disclaimer: str, seconds: float) -> None:
    screen = terminal.console(stderr=True)
    if screen.is_terminal:
        terminal.show_summary(screen, result, disclaimer, seconds)
    else:
        click.echo(terminal.summary_text(result, disclaimer), err=True)


@cli.command()
@click.argument("scored", type=click.Path(), metavar="SCORED")
@click.option("-o", "--out", required=True, metavar="OUT", help="The page to write, such as report.html.")
@click.option("--text-column", metavar="NAME", help="The usual names if left out; so for the other columns.")
@click.option("--days-column", metavar="NAME", help="Days since the infusion.")
@click.option("--date-column", metavar="NAME", help="The date of the message, such as 2026-03-02.")
@click.option("--patient-column", metavar="NAME", help="Whose message it is.")
@click.option("--prefix", default="", metavar="TEXT", help="The one that the log was scored with.")
@RULES
def report(
    scored: str, out: str, text_column: str | None, days_column: str | None, date_column: str | None,
    patient_column: str | None, prefix: str, rules: str | None,
) -> None:  # fmt: skip
    """Show the scored log SCORED as one page.

    The page holds all it needs: it runs no script and loads nothing from anywhere. It shows patients' own words, so
    treat it like the log.
    """
    from lemtrada_triage.batch import report as page
    from lemtrada_triage.batch.scoredlog import Names

    if plan.same(out, scored):
        raise click.UsageError("SCORED and OUT are the same file.")
    names = Names(text_column, days_column, date_column, patient_column, prefix)
    with open(scored, "rb") as stream:
        made = page.report(stream, Path(scored).name, Rulebook.load(rules), names)
    with whole_file(Path(out)) as sink:
        sink.write(made.encode("utf-8", "backslashreplace"))


def main() -> None:
    """Runs the command line; what the terminal's encoding lacks is shown as an escape, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    cli(prog_name="lemtrada-triage")
