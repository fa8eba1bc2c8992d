"""What is to be scored, and whether that can be done: asked before anything is read or written."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lemtrada_triage.batch.columns import Layout
from lemtrada_triage.batch.formats import FORMATS, Format, format_of
from lemtrada_triage.batch.output import is_device
from lemtrada_triage.model import InputError

STREAM = "-"
_ANY = "*?["
_OF_ERRORS: dict[Format, Format] = {"json": "jsonl"}  # rows by themselves are lines


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be scored, and how.

    ``to``: the format of ``out``, where its name does not say it. ``max_errors``: how many rows may be left unscored;
    None: any number.
    """

    sources: tuple[str, ...]
    out: str = STREAM
    format: Format | None = None
    layout: Layout = field(default_factory=Layout)
    errors: str | None = None
    max_errors: int | None = None
    resume: bool = False
    jobs: int = 1
    to: Format | None = None


def found(sources: Sequence[str]) -> tuple[str, ...]:
    """The files that names and patterns stand for, each once. Raises InputError for a pattern without any."""
    files: list[str] = []
    for source in sources:
        matching = [source]
        if any(mark in source for mark in _ANY) and not os.path.exists(source):
            matching = sorted(glob.glob(source, recursive=True))
            if not matching:
                raise InputError(f"no file is called like '{source}'")
        files += matching
    return tuple(dict.fromkeys(files))


def check(plan: Plan) -> Plan:
    """The plan with all its files. Raises InputError where they cannot be what it wants of them."""
    plan = replace(plan, sources=found(plan.sources))
    if STREAM in plan.sources and len(plan.sources) > 1:
        raise InputError("standard input can only be scored alone")
    kinds = {kind_of(source, plan.format) for source in plan.sources}
    if len(kinds) > 1:
        raise InputError(f"logs of different formats ({', '.join(sorted(kinds))}) cannot be scored together")
    wanted = written(plan)
    if plan.errors and format_of(plan.errors) not in (None, wanted, _OF_ERRORS.get(wanted)):
        other = "".join(Path(plan.errors).suffixes[-2:])
        raise InputError(f"OUT is written as {wanted}, so the file of --errors cannot be {other}.")
    for path in filter(None, (plan.out, plan.errors)):
        if any(same(path, source) for source in plan.sources):
            raise InputError("IN and OUT are the same file.")
    if plan.errors and os.path.abspath(plan.errors) == os.path.abspath(plan.out):
        raise InputError("OUT and the file of --errors are the same.")
    if wanted == "parquet" and plan.out == STREAM:
        raise InputError("Parquet cannot be written to standard output: name a file with -o")
    if plan.resume and (STREAM in (*plan.sources, plan.out) or streams(plan)):
        raise InputError("--resume needs files to go on with, not streams")
    return plan


def size_of(plan: Plan) -> int | None:
    """The bytes that there are to read, twice where patients have a past; None when that cannot be known."""
    sources = list(map(Path, plan.sources))
    seekable = all(map(Path.is_file, sources)) and kind_of(plan.sources[0], plan.format) != "parquet"
    times = 2 if plan.layout.patient else 1
    return times * sum(source.stat().st_size for source in sources) if seekable else None


def kind_of(source: str, given: Format | None) -> Format:
    """The format of a source. Raises InputError where neither its name nor the user says it."""
    kind = given or format_of(source)
    if kind is None:
        raise InputError(f"--format is needed ({', '.join(FORMATS)}): the name of IN does not say it.")
    return kind


def written(plan: Plan) -> Format:
    """The format of the output: what its name or the user says, else that of the sources."""
    return format_of(plan.out) or plan.to or kind_of(plan.sources[0], plan.format)


def same(path: str, source: str) -> bool:
    """Whether both are one file that is there."""
    return os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source)


def streams(plan: Plan) -> bool:
    """Whether the output goes where nothing can be put into place at the end."""
    return plan.out == STREAM or is_device(Path(plan.out))
