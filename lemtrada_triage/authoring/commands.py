"""The verbs of the command line for rule authors: ``test``, ``check``, ``mutate``, ``prove``, ``show``, ``new``."""

from __future__ import annotations

from pathlib import Path

import click

from lemtrada_triage.authoring import cases
from lemtrada_triage.authoring import check as checking
from lemtrada_triage.authoring import mutate as mutating
from lemtrada_triage.authoring import new as beginning
from lemtrada_triage.authoring import show as showing
from lemtrada_triage.authoring.coverage import cover
from lemtrada_triage.authoring.formats import FORMATS
from lemtrada_triage.authoring.junit import as_junit
from lemtrada_triage.authoring.prove import prove as proving
from lemtrada_triage.authoring.reasoning import kin_of
from lemtrada_triage.options import RULES
from lemtrada_triage.options import pack as pack_options
from lemtrada_triage.triage import Triage


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("-k", "word", default="", metavar="WORD", help="Only cases whose name, rules or file hold this.")
@click.option("--coverage", is_flag=True, help="Say which rules and branches of conditions no case tries.")
@click.option("--fail-under", type=click.IntRange(0, 100), metavar="N", help="Fail when coverage is below N percent.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JUnit XML, too.")
@pack_options(reader="words")
@click.pass_context
def test(
    ctx: click.Context, /, paths: tuple[Path, ...], word: str, coverage: bool, fail_under: int | None,
    junit: Path | None, **pack: str,
) -> None:  # fmt: skip
    """Run the cases of a rule author.

    They are in *.test.yaml files in each PATH, or beside the rules. They hold the rules and the vocabulary to what
    their author means, so words alone read them, unless --reader says both. The exit status is 1 when one fails.
    """
    triage = Triage(**pack)
    if pack["vocab"] and (alone := Triage(**{**pack, "reader": "both"}).by_words_alone):
        click.echo(f"Read by words alone, as the model does not know them: {', '.join(alone)}\n")
    tally, outcomes = cases.Tally(), []
    for outcome in cases.run(triage, cases.case_files(paths or cases.folders_of(triage)), word):
        tally.count(outcome)
        outcomes.append(outcome)
        if not outcome.passed:
            click.echo(f"{outcome}\n")
    if junit:
        junit.write_bytes(as_junit(outcomes))
    low = False
    if coverage or fail_under is not None:
        covered = cover(triage.rulebook, outcomes)
        low = fail_under is not None and covered.percent < fail_under
        click.echo(covered.text(coverage))
    click.echo(str(tally))
    ctx.exit(1 if tally.failed or low else 0)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--format", "style", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--vocab", type=click.Path(path_type=Path), metavar="FOLDER", help="The words that rules are held to.")
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[Path, ...], style: str, vocab: Path | None) -> None:
    """Look for mistakes in rules, words, cases and labelled messages.

    Each PATH is a file or a folder; without one, the shipped ones are checked. All mistakes of all files come at once.
    The exit status is 1 when one of them is an error.
    """
    checked = checking.check(paths, vocab)
    click.echo(FORMATS[style](checked))
    ctx.exit(1 if checked.errors else 0)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("-k", "word", default="", metavar="WORD", help="Only rules whose id holds this.")
@click.option("--fail-under", type=click.IntRange(0, 100), default=0, metavar="N", help="Fail below N percent noticed.")
@pack_options(reader="words")
@click.pass_context
def mutate(ctx: click.Context, /, paths: tuple[Path, ...], word: str, fail_under: int, **pack: str) -> None:
    """Change each rule in small ways, and report the changes that no case notices.

    The changes: a level up or down, a bound a day off, a branch dropped, any and all swapped, one more or less of
    at_least. The cases are those of `test`.
    """
    triage = Triage(**pack)
    outcomes = cases.run(triage, cases.case_files(paths or cases.folders_of(triage)))
    kin = kin_of(lambda concept: triage.vocabulary.concepts[concept].lineage)
    result = mutating.mutate(triage.rulebook, outcomes, kin, word)
    click.echo(str(result))
    ctx.exit(1 if result.percent < fail_under else 0)


@click.command()
@RULES
@click.option("--vocab", type=click.Path(), metavar="FOLDER", help="Your own vocabulary.")
@click.pass_context
def prove(ctx: click.Context, /, rules: str | None, vocab: str | None) -> None:
    """Prove what the rules promise for all patients on all days, or show a smallest patient that breaks it.

    The promises are in properties.yaml beside the rules; that adding a symptom or not knowing the days never lowers
    the level, and that every rule can fire, comes built in. Needs the extra [author]. The exit status is 1 when a
    promise is broken.
    """
    verdicts = []
    for verdict in proving(Triage(rules=rules, vocab=vocab, reader="words")):
        verdicts.append(verdict)
        click.echo(str(verdict))
    kept = sum(verdict.proved for verdict in verdicts)
    click.echo(f"{kept} proved, {len(verdicts) - kept} refuted")
    ctx.exit(0 if kept == len(verdicts) else 1)


@click.command()
@click.argument("name", metavar="ID")
@RULES
@click.option("--vocab", type=click.Path(), metavar="FOLDER", help="Your own vocabulary.")
def show(name: str, rules: str | None, vocab: str | None) -> None:
    """Show all that is known of the rule, concept, finding or source ID, and who uses it."""
    click.echo(showing.show(Triage(rules=rules, vocab=vocab, reader="words"), name))


_FOLDER = click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("."), show_default=True,
    metavar="FOLDER", help="Where to write.",
)  # fmt: skip


@click.group()
def new() -> None:
    """Write files to begin with."""


@new.command("rule")
@click.argument("name", metavar="ID")
@click.option("--when", "concept", default="symptom", show_default=True, metavar="CONCEPT", help="What it looks at.")
@_FOLDER
def rule(name: str, concept: str, out: Path) -> None:
    """Write a rule ID with a case in which it fires and one in which it does not."""
    click.echo("\n".join(beginning.new_rule(name, out, concept)))


@new.command("concept")
@click.argument("name", metavar="ID")
@_FOLDER
def concept(name: str, out: Path) -> None:
    """Write a concept ID."""
    click.echo("\n".join(beginning.new_concept(name, out)))
