"""What a path on the command line means: a folder of rules, of words, of labelled messages, or one file of these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lemtrada_triage.decide.rulebook import CASES, FOLLOW_UP, LEVELS, PROPERTIES, QUESTIONS, SOURCES
from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.files.yamlfile import YamlFile, yaml_files
from lemtrada_triage.lexicon.load import VocabularyFile
from lemtrada_triage.model import InputError

_REGISTRIES = (SOURCES, LEVELS, QUESTIONS, PROPERTIES, FOLLOW_UP)
_OF_WORDS = frozenset(VocabularyFile.model_fields)


@dataclass(slots=True)
class Targets:
    """The folders to check, each once; with ``only``, the files whose problems are asked for."""

    rules: list[Path] = field(default_factory=list)
    words: list[Path] = field(default_factory=list)
    messages: list[Path] = field(default_factory=list)
    only: list[Path] = field(default_factory=list)
    whole: bool = True

    def add(self, kind: str, folder: Path) -> None:
        """Adds a folder, unless it is there."""
        found: list[Path] = getattr(self, kind)
        if folder.resolve() not in [known.resolve() for known in found]:
            found.append(folder)

    def wants(self, path: Path) -> bool:
        """Whether the problems of a file are asked for."""
        return self.whole or path.resolve() in [known.resolve() for known in self.only]


def targets_of(paths: Iterable[Path]) -> Targets:
    """The targets that some paths name; without any, the shipped rules, words and messages.

    Raises InputError for a path that is not there, or holds nothing that can be checked.
    """
    given = list(paths)
    targets = Targets(whole=not given or any(path.is_dir() for path in given))
    for path in given or [data_folder("rules"), data_folder("vocab")]:
        if path.is_dir():
            _add_folder(targets, path)
        elif path.is_file():
            _add_file(targets, path)
        else:
            raise InputError(f"there is no file or folder '{path}'")
    return targets


def _add_folder(targets: Targets, folder: Path) -> None:
    inner = [folder / name for name in ("rules", "vocab") if (folder / name).is_dir()]
    if inner:
        for each in inner:
            _add_folder(targets, each)
        return
    kind = _kind_of_folder(folder)
    if kind is None:
        raise InputError(f"nothing in '{folder}' can be checked: no rules, words, cases or labelled messages")
    targets.add(kind, folder)
    if kind == "words" and (folder / "messages").is_dir():
        targets.add("messages", folder / "messages")


def _kind_of_folder(folder: Path) -> str | None:
    files = list(yaml_files(folder))
    if any((folder / name).is_file() for name in _REGISTRIES) or any(path.name.endswith(CASES) for path in files):
        return "rules"
    if any(folder.glob("*.jsonl")):
        return "messages"
    kinds = {_kind_of_file(path) for path in files}
    return "words" if "words" in kinds or (folder.name == "vocab" and files) else "rules" if files else None


def _kind_of_file(path: Path) -> str:
    value = YamlFile(path).value
    return "words" if isinstance(value, dict) and not _OF_WORDS.isdisjoint(value) else "rules"


def _add_file(targets: Targets, path: Path) -> None:
    targets.only.append(path)
    if path.suffix == ".jsonl":
        targets.add("messages", path.parent)
    elif path.suffix not in (".yaml", ".yml"):
        raise InputError(f"'{path}' cannot be checked: give a .yaml or .jsonl file, or a folder")
    elif path.name.endswith(CASES) or path.name in _REGISTRIES or _kind_of_file(path) == "rules":
        targets.add("rules", _root(path, "rules"))
    else:
        targets.add("words", _root(path, "vocab"))


def layers_of(folder: Path) -> list[Path]:
    """A folder of rules; one without levels is meant to lie on top of the shipped rules."""
    shipped = data_folder("rules")
    alone = (folder / LEVELS).is_file() or folder.resolve() == shipped.resolve()
    return [folder] if alone else [shipped, folder]


def rules_beside(cases: Iterable[Path]) -> list[Path] | None:
    """The layers that decide cases for which no rules are named: those beside them, if there are any but the shipped.

    Cases that lie beside no rules are decided by the shipped ones: None.
    """
    folders = [_root(path / "_" if path.is_dir() else path, "rules") for path in cases]
    shipped = data_folder("rules").resolve()
    own = [folder for folder in folders if folder.resolve() != shipped and _holds_rules(folder)]
    return list(dict.fromkeys(layer for folder in own for layer in layers_of(folder))) or None


def _holds_rules(folder: Path) -> bool:
    files = (path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(CASES))
    values = (YamlFile(path).value for path in files if path.name not in _REGISTRIES)
    return any(isinstance(value, dict) and "rules" in value for value in values)


def rules_root(path: Path) -> Path:
    """The folder of rules that a file of cases belongs to."""
    return _root(path, "rules")


def _root(path: Path, name: str) -> Path:
    """The folder that a file belongs to: the nearest above it with a registry or of that name, else its own."""
    for folder in path.absolute().parents:
        if folder.name == name or (name == "rules" and (folder / LEVELS).is_file()):
            here = Path.cwd()
            return folder.relative_to(here) if folder.is_relative_to(here) else folder
    return path.parent
