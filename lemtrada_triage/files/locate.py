"""Finds the data that the package is shipped with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lemtrada_triage.model import InputError

# The name of the rules and words that the package is shipped with.
SHIPPED = "shipped"
# Folders of ``vocab/`` that belong to the learned reader: no words for the words reader in them.
LEARNED = frozenset({"messages", "model"})
# The words for days and times, which the reader of symptoms does not need.
ONSET = "onset.yaml"
# English words, which are never corrected.
KNOWN = "known-words.txt"


def data_folder(kind: str) -> Path:
    """The folder of the shipped ``rules`` or ``vocab``: inside the installed package, else in the checkout.

    A checkout counts only when ``pyproject.toml`` lies beside the folder, so that a stray folder of that name
    next to an installed package is never taken. Raises FileNotFoundError when there is neither.
    """
    packaged = Path(str(files("lemtrada_triage"))) / "_data" / kind
    if packaged.is_dir():
        return packaged
    root = Path(__file__).resolve().parents[2]
    if (root / kind).is_dir() and (root / "pyproject.toml").is_file():
        return root / kind
    raise FileNotFoundError(f"the shipped {kind} files are missing: install lemtrada-triage again")


def of_vocabulary(path: Path, root: Path) -> bool:
    """Whether a file changes what is read with a vocabulary: words, known words, times; no model and no messages."""
    if path.suffix != ".yaml" or path.name.startswith("."):
        return path == root / KNOWN
    return LEARNED.isdisjoint(path.relative_to(root).parts[:1])


def of_words(path: Path, root: Path) -> bool:
    """Whether it is one of the words reader's; the words for times are not."""
    return of_vocabulary(path, root) and path != root / ONSET


def existing(given: Path | str, kind: str) -> Path:
    """A folder that a user names. Raises InputError where there is none."""
    if not isinstance(given, (Path, str)) or not Path(given).is_dir():
        raise InputError(f"{kind}: there is no folder '{given}'")
    return Path(given)
