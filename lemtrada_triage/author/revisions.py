"""Where a side of a comparison lies: a folder of rules, of words or of both, or a revision of a git repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lemtrada_triage.author.targets import layers_of, targets_of
from lemtrada_triage.decide.rulebook import rule_folders
from lemtrada_triage.files.locate import LEARNED
from lemtrada_triage.model import InputError

_PARTS = ("rules", "vocab")


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its name, and its folders (None: the shipped ones); rules without levels lie on the shipped ones."""

    name: str
    rules: list[Path] | None
    vocab: Path | None


@contextmanager
def side(named: str) -> Iterator[Side]:
    """The folders that a name means; those of a revision last as long as the context.

    A name is a folder, several folders of rules (``shipped,my-rules``), a revision (``HEAD~3``) or a folder of one
    (``HEAD~3:examples/my-rules``). Raises InputError for any other.
    """
    if Path(named).is_dir():
        yield _of_folder(named, Path(named))
        return
    folders = rule_folders(named)
    if all(folder.is_dir() for folder in folders):
        yield Side(named, folders, None)
        return
    with tempfile.TemporaryDirectory(prefix="lemtrada-triage-") as made:
        _unpack(named, Path(made))
        yield _of_folder(named, Path(made))


def _of_folder(name: str, folder: Path) -> Side:
    try:
        found = targets_of([folder])
    except InputError:
        raise InputError(f"'{name}' holds neither rules nor words, nor a folder rules or vocab with them") from None
    rules, words = next(iter(found.rules), None), next(iter(found.words), None)
    return Side(name, layers_of(rules) if rules else None, words)


def _unpack(named: str, target: Path) -> None:
    """The rules and words of a revision, without messages and model."""
    revision, _, inner = named.partition(":")
    if revision.startswith("-") or _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise InputError(f"'{named}' is neither a folder here nor a git revision")
    top = (_git("rev-parse", "--show-toplevel") or b"").decode().strip()
    if inner:
        packed = _git("-C", top, "archive", f"{revision}:{inner.rstrip('/')}")
    else:
        held = (_git("-C", top, "ls-tree", "-d", "--name-only", revision, *_PARTS) or b"").decode().split()
        left_out = [f":(exclude)vocab/{name}" for name in sorted(LEARNED)]
        packed = _git("-C", top, "archive", revision, "--", *held, *left_out) if held else None
    if packed is None:
        raise InputError(f"the revision '{revision}' has no {inner or 'rules or vocab'}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(target, filter="data")


def _git(*arguments: str) -> bytes | None:
    """What git prints; None where it fails, or is not there."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
