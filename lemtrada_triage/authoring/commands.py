"""The verbs of the command line for a rule author, entered only when one of them is asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lemtrada_triage.authoring.workbench import Workbench
from lemtrada_triage.model import Urgency

_RULES = click.option("--rules", type=click.Path(path_type=Path), metavar="FOLDER", help="Your own rules.")
_VOCAB = click.option("--vocab", type=click.Path(path_type=Path), metavar="FOLDER", help="Your own vocabulary.")


@click.command()
@click.argument("name", metavar="ID")
@_RULES
@_VOCAB
def show(name: str, rules: Path | None, vocab: Path | None) -> None:
    """Show all that is known of a rule, a concept, a finding, a source or a question, and who uses it."""
    from lemtrada_triage.authoring.show import show as shown

    click.echo(shown(Workbench(rules, vocab), name))


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option(
    "--copy", "copies", multiple=True, metavar="ID=FILE", help="A copy of a source, to show its lines' words."
)
@_RULES
@_VOCAB
def book(out: Path, copies: tuple[str, ...], rules: Path | None, vocab: Path | None) -> None:
    """Make a web site of the rulebook in DIR, for clinicians to review: open its index.html in any browser.

    With --copy, the words of a source's lines are shown too: such a book is for you alone.
    """
    from lemtrada_triage.authoring.book import write_book

    files = write_book(Workbench(rules, vocab), out, copies)
    click.echo(f"{len(files)} files in {out}: open {out / 'index.html'}")


@click.command()
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_RULES
def sign_off(sheet: Path, rules: Path | None) -> None:
    """Mark the rules of SHEET (sign-off.yaml, from the book) as reviewed, in their files.

    A rule that has changed since it was read is refused, and then nothing is written.
    """
    from lemtrada_triage.authoring import signoff

    click.echo(str(signoff.sign_off(Workbench(rules), sheet)))


@click.group()
def new() -> None:
    """Make the files of a new rule or concept, with the cases that it needs, ready to edit."""


@new.command("rule")
@click.argument("name", metavar="ID")
@click.option("--when", metavar="CONCEPT", help="The concept that it is about; guessed from the ID if left out.")
@click.option(
    "--level",
    type=click.Choice([level.value for level in Urgency]),
    default="contact_provider",
    show_default=True,
    help="How urgent it is.",
)
@_RULES
@_VOCAB
def new_rule(name: str, when: str | None, level: str, rules: Path | None, vocab: Path | None) -> None:
    """Make ID.yaml and ID.test.yaml in a folder of rules; a new folder gets sources and levels too."""
    from lemtrada_triage.authoring import new as making

    click.echo(str(making.new_rule(name, rules, vocab, when, Urgency(level))))


@new.command("concept")
@click.argument("name", metavar="ID")
@_RULES
@_VOCAB
def new_concept(name: str, rules: Path | None, vocab: Path | None) -> None:
    """Make concepts/ID.yaml in a vocabulary, and its cases in a folder of rules."""
    from lemtrada_triage.authoring import new as making

    click.echo(str(making.new_concept(name, rules, vocab)))


@click.command()
@click.option("--write", is_flag=True, help="Write the files; without it, only say what would be written.")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("schemas"),
              show_default=True, metavar="DIR")  # fmt: skip
@_RULES
@_VOCAB
def schema(write: bool, out: Path, rules: Path | None, vocab: Path | None) -> None:
    """Make JSON Schemas of the YAML files, so that an editor completes and underlines.

    They are draft-07 and have the ids of your rules, concepts and sources in them. settings.json, written beside them,
    has what an editor with the YAML language server needs to be told.
    """
    from lemtrada_triage.authoring import schema as making

    bench = Workbench(rules, vocab)
    if not write:
        click.echo(f"With --write: {', '.join(making.FILES)} as NAME.schema.json in {out}, and settings.json")
        return
    files = making.write_schemas(bench, out)
    click.echo(f"{len(files)} files in {out}; put what is in {files[-1]} into your editor's settings.")


@click.command("try")
@click.option("--day", "--days", "day", metavar="N", help="Days since treatment, as the rules count them.")
@click.option("--reader", default="both", metavar="NAME", show_default=True, help="Who reads: both or words.")
@_RULES
@_VOCAB
def try_(day: str | None, reader: str, rules: Path | None, vocab: Path | None) -> None:
    """Type messages and see what is read in them, which rules fire, and which nearly do.

    Lines from a pipe are answered one by one.
    """
    from lemtrada_triage.authoring.tryout import HELP, Tryout
    from lemtrada_triage.triage import Triage

    tried = Tryout(Triage(rules, vocab, reader=reader))
    typed = sys.stdin.isatty()
    if day is not None:
        click.echo(tried.answer(f":day {day}"))
    if typed:
        click.echo(HELP)
    while not tried.ended:
        if typed:
            click.echo("\n> ", nl=False)
        line = sys.stdin.readline()
        if not line:
            break
        if line.strip():
            click.echo("" if typed else f"> {line.strip()}\n", nl=False)
            click.echo(f"{tried.answer(line)}\n")


@click.command()
@click.argument("old")
@click.argument("new", default=".")
@click.option("--log", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="A .csv or .jsonl log whose rows are scored by both.")  # fmt: skip
@click.option("--reader", default="words", metavar="NAME", show_default=True, help="Who reads the log: both or words.")
def diff(old: str, new: str, log: Path | None, reader: str) -> None:
    """Say what changes from OLD to NEW: rules, words, and for whom.

    Each is a folder of rules, of words or of both, a git revision (HEAD~3), or a folder of one (HEAD~3:rules). For each
    changed rule, a smallest patient is shown whose outcome changes, as a case to paste.
    """
    from lemtrada_triage.authoring.diff import diff as compared

    for line in compared(old, new, log, reader):
        click.echo(line)


@click.command()
@_RULES
@_VOCAB
def watch(rules: Path | None, vocab: Path | None) -> None:
    """Check and test again what each save touches, until you press Ctrl-C."""
    from lemtrada_triage.authoring.watch import Watcher
    from lemtrada_triage.authoring.watch import watch as watched

    for answer in watched(Watcher(rules, vocab)):
        click.echo(f"{answer}\n")
