"""Finds the data that the package is shipped with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

# The name of the rules and words that the package is shipped with.
SHIPPED = "shipped"
# Folders of ``vocab/`` that belong to the learned reader: no words for the words reader in them.
LEARNED = frozenset({"messages", "model"})
# The words for days and times, which the reader of symptoms does not need.
ONSET = "onset.yaml"


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


def of_words(path: Path, root: Path) -> bool:
    """Whether a file of a vocabulary is one of the words reader's."""
    first = path.relative_to(root).parts[:1]
    return LEARNED.isdisjoint(first) and first != (ONSET,)
