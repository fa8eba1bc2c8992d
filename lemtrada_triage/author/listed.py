"""Where the vocabulary lists some words: the file and line of each list, and what they are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lemtrada_triage.files.yamlfile import Path_, YamlFile
from lemtrada_triage.lexicon.build import term_keys
from lemtrada_triage.lexicon.groups import expanded
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.lexicon.lookalikes import words_of
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.spelling import Speller

_KEYS = {"terms": "a term of the concept", "never": "a look-alike of", "frames": "in a frame of the concept"}
_NAMED = {
    "slots": "a word of the slot",
    "states": "a word of the state",
    "abilities": "a word of the ability",
    "failures": "a word of the failure",
    "groups": "a word of the group",
    "spelling": "a word of the spelling's list",
}
_LISTS = {"idioms": "a saying", "compounds": "a compound", "ambiguous": "an ambiguous word", "feelings": "a feeling"}


class Listed:
    """The lists of a vocabulary's folder, read once."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        reader, self._speller = VocabularyReader(folder), Speller(vocabulary)
        self._found: dict[tuple[str, ...], list[tuple[YamlFile, Path_, str]]] = {}
        for file, _ in reader.files:
            for at, text in _texts(file.value):
                if what := _what(file.value, at):
                    for words in {self._bare(one) for one in expanded((words_of(text),), reader.groups)}:
                        self._found.setdefault(words, []).append((file, at, what))

    def places(self, words: str) -> list[str]:
        """A line for each place of some words: ``vocab/context/denied.yaml:8  a cue: absent``.

        Words are compared as those of a text are, small words included.
        """
        return [f"{file.path}:{file.place(at)[0]}  {what}" for file, at, what in self._found.get(self._bare(words), ())]

    def _bare(self, words: str) -> tuple[str, ...]:
        return tuple(term_keys(words.replace("=", ""), self._speller, keep_fillers=True))


def _texts(value: Any, at: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Every text of a file that stands in a list, with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if isinstance(inner, str):
                yield (*at, number), inner
            else:
                yield from _texts(inner, (*at, number))


def _what(value: Any, at: Path_) -> str | None:
    """What a text of a list is; None for what is no word of patients, such as what a concept is."""
    section, name, *inner = at
    if section == "concepts" and inner[0] in _KEYS:
        return f"{_KEYS[inner[0]]} {value[section][name]['id']}"
    if section == "cues":
        return f"a cue: {value[section][name]['kind']}"
    if section in _NAMED and inner[0] != "includes":
        return f"{_NAMED[section]} {name}"
    return _LISTS.get(str(section))
