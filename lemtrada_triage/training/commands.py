"""The verbs of the command line for whoever raises the learned reader: ``train``, ``calibrate``, ``evaluate``."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import click

from lemtrada_triage.model import InputError
from lemtrada_triage.training.messages import PATIENTS, messages_folder

_FOLDER = click.Path(path_type=Path, file_okay=False)
_TEXTS = click.option(
    "--texts", type=_FOLDER, metavar="FOLDER", help="Where the public texts lie; without it, only messages are used."
)
_MESSAGES = click.option(
    "--messages", type=_FOLDER, metavar="FOLDER", help="The labelled messages; those of the checkout if left out."
)


@click.command()
@_TEXTS
@_MESSAGES
@click.option("-o", "--out", type=_FOLDER, default=Path("vocab/model"), show_default=True, help="The model's folder.")
@click.option("--work", type=_FOLDER, default=Path("build/learned"), show_default=True, help="For the checkpoint.")
@click.option("--encoder", type=click.Path(path_type=Path), help="The encoder's zip, if its package is not installed.")
@click.option("--layers", type=click.IntRange(1, 6), default=4, show_default=True, help="How many of the encoder's.")
@click.option("--passes", type=int, default=4, show_default=True)
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="A checkpoint to go on from.")
@click.option("--rate", type=float, help="The size of the steps at first, if not the recipe's.")
@click.option("--minutes", type=float, help="End after so many, with what was learned by then.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--share", type=float, default=1.0, help="A part of the data, to try something out.")
@click.option("--threads", type=int, default=1, show_default=True)
@click.option("--name", default=None, help="The model's version; the date if left out.")
def train(
    texts: Path | None, messages: Path | None, out: Path, work: Path, encoder: Path | None, layers: int, passes: int,
    start: Path | None, rate: float | None, minutes: float | None, seed: int, share: float, threads: int,
    name: str | None,
) -> None:  # fmt: skip
    """Train the learned reader on vocab/messages and public texts, and write it to a folder."""
    if absent := [name for name in ("torch", "onnx", "safetensors", "tokenizers") if find_spec(name) is None]:
        raise InputError(f"training needs {', '.join(absent)}: pip install 'lemtrada-triage[train]'")
    import torch

    from lemtrada_triage.lexicon.vocabulary import Vocabulary
    from lemtrada_triage.training.export import export
    from lemtrada_triage.training.fit import Recipe
    from lemtrada_triage.training.run import run

    torch.set_num_threads(threads)
    checkpoint, labels = work / "network.pt", messages or messages_folder()
    plain = Recipe(passes=passes, seed=seed, minutes=minutes)
    recipe = plain if rate is None else replace(plain, rate=rate, head_rate=plain.head_rate * rate / plain.rate)
    try:
        run(Vocabulary.load(), labels, texts, checkpoint, tuple(range(layers)), recipe, encoder, share, start, _tell)
    except FileNotFoundError as error:
        raise InputError(str(error)) from error
    export(checkpoint, out, name or time.strftime("%Y.%m.%d"))
    click.echo(f"The model is in {out}. Next: lemtrada-triage calibrate, then evaluate.")


_MODEL = click.option(
    "--model", type=_FOLDER, default=Path("vocab/model"), show_default=True, help="The model's folder."
)


@click.command()
@_TEXTS
@_MESSAGES
@_MODEL
def calibrate(texts: Path | None, messages: Path | None, model: Path) -> None:
    """Choose the limits of a model on the dev messages."""
    from lemtrada_triage.training.calibrate import calibrate as choose
    from lemtrada_triage.training.messages import load_messages
    from lemtrada_triage.triage import Triage

    triage = Triage(reader="words")
    labelled = load_messages(messages or messages_folder(), triage.vocabulary.concepts, texts)
    choose(triage, model, [message for message in labelled if message.split == "dev"], _tell)
    click.echo(f"The limits are in {model}. Next: lemtrada-triage evaluate.")


@click.command()
@_TEXTS
@_MESSAGES
@_MODEL
@click.option("--split", type=click.Choice(["train", "dev", "report", "blind"]), default="dev", show_default=True)
@click.option("--card", type=click.Path(path_type=Path), metavar="FILE", help="Write the figures into this card, too.")
@click.option("--errors", is_flag=True, help="Print the messages whose level is wrong, too; of dev or train.")
def evaluate(
    texts: Path | None, messages: Path | None, model: Path, split: str, card: Path | None, errors: bool
) -> None:
    """Print the figures of words, learned and both readers on a part of the messages."""
    from lemtrada_triage.read.both import Thresholds
    from lemtrada_triage.read.learned import LearnedReader
    from lemtrada_triage.training import evaluate as figures
    from lemtrada_triage.training.cases import Court, cases_of
    from lemtrada_triage.training.messages import load_messages
    from lemtrada_triage.training.rows import Lineage, negative_rows
    from lemtrada_triage.triage import Triage

    triage = Triage(reader="words")
    labelled = load_messages(messages or messages_folder(), triage.vocabulary.concepts, texts)
    learned, thresholds = LearnedReader(model), Thresholds.load(model)
    cases = cases_of(triage, learned, [message for message in labelled if message.split == split])
    lines: list[str] = []
    court = Court(triage, learned, thresholds)
    lines.append(f"Model {learned.label}, on `{split}`.")
    figures.report(court, Lineage(triage.vocabulary, learned.names), cases, lines.append)
    figures.agreement(labelled, triage.vocabulary, split, lines.append)
    if texts is not None:
        requests = [row.text for row in negative_rows(texts, apart=True)[0]]
        lines.append(f"\n### Everyday requests set apart: {len(requests)}\n")
        figures.everyday(court, requests, lines.append)
    click.echo("\n".join(lines))
    if card is not None:
        figures.into_card(card, lines, split)
    if errors and split in ("dev", "train"):
        for line in figures.worst(court, cases):
            click.echo(line)


@click.command("check-messages")
@_TEXTS
@_MESSAGES
def check_messages(texts: Path | None, messages: Path | None) -> None:
    """Hold the labelled messages to their labels and to the rules."""
    from lemtrada_triage.training.check import check_levels
    from lemtrada_triage.training.messages import load_messages
    from lemtrada_triage.triage import Triage

    triage = Triage(reader="words")
    labelled = load_messages(messages or messages_folder(), triage.vocabulary.concepts, texts)
    problems = list(check_levels(triage, labelled))
    for problem in problems:
        click.echo(f"{problem}\n")
    click.echo(f"{len(labelled)} messages, {len(problems)} of another level than the rules decide")
    if problems:
        raise click.exceptions.Exit(1)


@click.command("take-turns")
@click.argument("labels", type=click.Path(path_type=Path, exists=True))
@click.option("--texts", type=_FOLDER, required=True, metavar="FOLDER", help="Where the public texts lie.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="The file in vocab/messages.")
@click.option("--pool", default=PATIENTS, show_default=True, help="The file whose lines are labelled.")
def take_turns(labels: Path, texts: Path, out: Path, pool: str) -> None:
    """Take in the LABELS of real turns: line numbers and offsets instead of their words."""
    from lemtrada_triage.training.turns import take_turns as take

    click.echo(f"{take(labels, texts, out, pool)} turns in {out}")


def _tell(line: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {line}")
