"""The verbs of the command line for rule authors, entered only when one of them is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from lemtrada_triage.author import cases
from lemtrada_triage.author import check as checking
from lemtrada_triage.author import mutate as mutating
from lemtrada_triage.author import new as making
from lemtrada_triage.author import schema as schemas
from lemtrada_triage.author import show as showing
from lemtrada_triage.author.book import write_book
from lemtrada_triage.author.coverage import cover, packs_of
from lemtrada_triage.author.diff import diff as compared
from lemtrada_triage.author.formats import FORMATS
from lemtrada_triage.author.junit import as_junit
from lemtrada_triage.author.prove import prove as proving
from lemtrada_triage.author.reasoning import kin_of
from lemtrada_triage.author.signoff import sign_off as signed_off
from lemtrada_triage.author.targets import rules_beside
from lemtrada_triage.author.tryout import HELP, Tryout
from lemtrada_triage.author.unnoticed import reasons
from lemtrada_triage.author.watch import Watcher
from lemtrada_triage.author.watch import watch as watched
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.decide.sources import fingerprints, source_lines, verify
from lemtrada_triage.model import InputError, Urgency
from lemtrada_triage.show import resultschema
from lemtrada_triage.show.options import RULES, VOCAB
from lemtrada_triage.show.options import pack as pack_options
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

    They are in *.test.yaml files in each PATH, or beside the rules. Rules that lie beside them decide, on top of the
    shipped ones, unless --rules names others. They hold the rules and the vocabulary to what their author means, so
    words alone read them, unless --reader says both. The exit status is 1 when one fails.
    """
    triage = _of_cases(pack, paths)
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
        covered = cover(triage.rulebook, outcomes, packs_of(triage.rulebook, paths))
        low = fail_under is not None and covered.percent < fail_under
        click.echo(covered.text(coverage))
    click.echo(str(tally))
    ctx.exit(1 if tally.failed or low else 0)


def _of_cases(pack: Mapping[str, Any], paths: Iterable[Path]) -> Triage:
    """What decides some cases: the rules that are named, else those beside the cases.

    Raises InputError for a path without cases, before any mistake of the rules there.
    """
    cases.case_files(paths)
    return Triage(**{**pack, "rules": pack["rules"] or rules_beside(paths)})


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
    """Change each rule in small ways, and report the changes that no case notices, and why.

    Of each, a solver (extra [author]) shows the case that would notice it, or says that it matters to no patient.
    The changes: a level up or down, a bound a day off, a branch dropped, any and all swapped, one more or less of
    at_least. The cases are those of `test`, and the rules those beside them.
    """
    triage = _of_cases(pack, paths)
    outcomes = cases.run(triage, cases.case_files(paths or cases.folders_of(triage)))
    kin = kin_of(lambda concept: triage.vocabulary.concepts[concept].lineage)
    result = mutating.mutate(triage.rulebook, outcomes, kin, word, packs_of(triage.rulebook, paths))
    for mutant, reason in reasons(triage, result.survivors):
        click.echo(f"no case notices {mutant}\n  {reason}\n")
    click.echo(result.closing)
    ctx.exit(1 if result.percent < fail_under else 0)


@click.command()
@RULES
@VOCAB
@click.pass_context
def prove(ctx: click.Context, /, rules: str | None, vocab: Path | None) -> None:
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
@VOCAB
def show(name: str, rules: str | None, vocab: Path | None) -> None:
    """Show all that is known of a rule, a concept, a slot, a finding, a source or a question, and who uses it.

    ID may be words of a patient, too: then the concepts that they are read as are shown.
    """
    click.echo(showing.show(Workbench(rules, vocab), name))


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option(
    "--copy", "copies", multiple=True, metavar="ID=FILE", help="A copy of a source, to show its lines' words."
)
@RULES
@VOCAB
def book(out: Path, copies: tuple[str, ...], rules: str | None, vocab: Path | None) -> None:
    """Make a web site of the rulebook in DIR, for clinicians to review: open its index.html in any browser.

    With --copy, the words of a source's lines are shown too: such a book is for you alone.
    """
    files = write_book(Workbench(rules, vocab), out, copies)
    click.echo(f"{len(files)} files in {out}: open {out / 'index.html'}")


@click.command()
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@RULES
def sign_off(sheet: Path, rules: str | None) -> None:
    """Mark the rules of SHEET (sign-off.yaml, from the book) as reviewed, in their files.

    A rule that has changed since it was read is refused, and then nothing is written.
    """
    click.echo(signed_off(Workbench(rules), sheet))


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
@RULES
@VOCAB
def new_rule(name: str, when: str | None, level: str, rules: str | None, vocab: Path | None) -> None:
    """Make ID.yaml and ID.test.yaml in a folder of rules; a new folder gets its sources, too.

    Of several folders, such as shipped,my-rules, the last is written to. A folder without levels of its own lies on top
    of the shipped rules.
    """
    click.echo(str(making.new_rule(name, rules, vocab, when, Urgency(level))))


@new.command("concept")
@click.argument("name", metavar="ID")
@RULES
@VOCAB
def new_concept(name: str, rules: str | None, vocab: Path | None) -> None:
    """Make concepts/ID.yaml in a vocabulary, and its cases in a folder of rules."""
    click.echo(str(making.new_concept(name, rules, vocab)))


@click.command()
@click.option("--write", is_flag=True, help="Write the files; without it, only say what would be written.")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("schemas"),
              show_default=True, metavar="DIR")  # fmt: skip
@click.option("--assessment", is_flag=True, help="The JSON Schema of an assessment instead, as assess --json gives it.")
@RULES
@VOCAB
def schema(write: bool, out: Path, assessment: bool, rules: str | None, vocab: Path | None) -> None:
    """Make JSON Schemas of the YAML files, so that an editor completes and underlines.

    They are draft-07 and have the ids of your rules, concepts and sources in them. settings.json, written beside them,
    has what an editor with the YAML language server needs to be told. With --assessment it is the schema of a result,
    which has a version: a version that was written is not changed.
    """
    if assessment:
        click.echo(resultschema.write_schema(out) if write else resultschema.schema_text().rstrip())
        return
    bench = Workbench(rules, vocab)
    if not write:
        click.echo(f"With --write: {', '.join(schemas.FILES)} as NAME.schema.json in {out}, and settings.json")
        return
    files = schemas.write_schemas(bench, out)
    click.echo(f"{len(files)} files in {out}; put what is in {files[-1]} into your editor's settings.")


@click.command("try")
@click.option("--day", "--days", "day", metavar="N", help="Days since treatment, as the rules count them.")
@click.option("--reader", default="both", metavar="NAME", show_default=True, help="Who reads: both or words.")
@RULES
@VOCAB
def try_(day: str | None, reader: str, rules: str | None, vocab: Path | None) -> None:
    """Type messages and see what is read in them, which rules fire, and which nearly do.

    Lines from a pipe are answered one by one.
    """
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
              help="A log (CSV, JSON) whose rows are scored by both.")  # fmt: skip
@click.option("--reader", default="words", metavar="NAME", show_default=True, help="Who reads the log: both or words.")
def diff(old: str, new: str, log: Path | None, reader: str) -> None:
    """Say what changes from OLD to NEW: rules, words, and for whom.

    Each is a folder of rules, of words or of both, several folders (shipped,my-rules), a git revision
    (HEAD~3), or a folder of one (HEAD~3:rules). For each changed rule, a smallest patient is shown whose outcome
    changes, as a case to paste.
    """
    for line in compared(old, new, log, reader):
        click.echo(line)


@click.command()
@RULES
@VOCAB
def watch(rules: str | None, vocab: Path | None) -> None:
    """Check and test again what each save touches, until you press Ctrl-C."""
    for answer in watched(Watcher(rules, vocab)):
        click.echo(f"{answer}\n")


@click.group()
def sources() -> None:
    """The sources that the rules cite."""


@sources.command("list")
@RULES
def list_sources(rules: str | None) -> None:
    """List the registered sources: what each is, where it was read, and how urgent its lines are."""
    for source in Rulebook.load(rules).sources.values():
        click.echo("\n  ".join(source_lines(source)))


@sources.command("verify")
@click.argument("copies", nargs=-1, required=True, metavar="ID=FILE...")
@RULES
@click.pass_context
def verify_sources(ctx: click.Context, /, copies: tuple[str, ...], rules: str | None) -> None:
    """Compare the registered lines of a source with a copy of it.

    Each line is ok, changed or missing. The exit status is 1 when one is not ok.
    """
    registry = Rulebook.load(rules).sources
    reports = [verify(registry, copy) for copy in copies]
    for report in reports:
        click.echo(str(report))
    ctx.exit(0 if all(report.ok for report in reports) else 1)


@sources.command("fingerprint")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("places", nargs=-1, metavar="[L12]...")
def fingerprint_lines(file: Path, places: tuple[str, ...]) -> None:
    """Print the fingerprints of all lines of FILE, or of some (L12 is line 12), for rules/sources.yaml."""
    found = fingerprints(file)
    if unknown := [place for place in places if place not in found]:
        raise InputError(f"{file} has no {', '.join(unknown)}: its lines are L1 to L{len(found)}")
    for place in places or found:
        click.echo(f'{place}: "{found[place]}"')
