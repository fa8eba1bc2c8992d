"""The verbs of the command line for a rule author, entered only when one of them is asked for."""

from __future__ import annotations

from pathlib import Path

import click

from lemtrada_triage.authoring.workbench import Workbench

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
