"""Options that several verbs of the command line share."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def together(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """One decorator for several options, which the help shows in this order."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


RULES = click.option(
    "--rules", metavar="FOLDERS", help="Your own rules; several lie on top of each other: shipped,my-rules."
)
VOCAB = click.option("--vocab", type=click.Path(path_type=Path), metavar="FOLDER", help="Your own vocabulary.")


def pack(reader: str = "both") -> Callable[[F], F]:
    """The options that say what a Triage is made of."""
    return together(
        click.option(
            "--engine",
            default="auto",
            metavar="NAME",
            show_default=True,
            help="The inference engine: auto, durable or direct.",
        ),
        click.option(
            "--reader",
            default=reader,
            metavar="NAME",
            show_default=True,
            help="Who reads: both (the words reader and the learned one) or words.",
        ),
        RULES,
        VOCAB,
    )
