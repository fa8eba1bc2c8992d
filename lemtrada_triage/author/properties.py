"""What an author promises of the rules, in ``properties.yaml`` beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from lemtrada_triage.decide.conditions import All, Condition
from lemtrada_triage.decide.rulebook import PROPERTIES
from lemtrada_triage.decide.rulechecks import check_unique
from lemtrada_triage.decide.rulefiles import ConditionReader, Identifier, Prose
from lemtrada_triage.files.yamlfile import YamlFile, shown
from lemtrada_triage.model import Problem, Urgency


class PropertyEntry(BaseModel):
    """One promise: whenever a condition holds, or nothing but some concepts is present, the level has a bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier
    says: Prose
    whenever: object = None
    nothing_but: tuple[str, ...] | None = None
    at_least: Urgency | None = None
    at_most: Urgency | None = None

    @model_validator(mode="after")
    def _complete(self) -> PropertyEntry:
        if self.whenever is None and self.nothing_but is None:
            raise ValueError("say when it holds: 'whenever' a condition, or 'nothing_but' some concepts")
        if self.at_least is None and self.at_most is None:
            raise ValueError("say what is promised: 'at_least' a level, 'at_most' one, or both")
        return self


class PropertiesFile(BaseModel):
    """``rules/properties.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    properties: tuple[PropertyEntry, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A promise with its condition read."""

    id: str
    says: str
    whenever: Condition
    nothing_but: tuple[str, ...] | None
    at_least: Urgency | None
    at_most: Urgency | None
    place: str


def load_properties(
    folder: Path, concepts: frozenset[str] | None, findings: frozenset[str], flags: Iterable[str]
) -> tuple[list[Property], list[Problem]]:
    """The properties of a folder of rules, none where it has no such file, and every mistake in them."""
    path = folder / PROPERTIES
    if not path.is_file():
        return [], []
    file = YamlFile(path, shown(path))
    parsed = file.validated(PropertiesFile)
    reader = ConditionReader(file, concepts, findings, flags)
    found = [_property(file, reader, index, entry) for index, entry in enumerate(_entries(parsed))]
    if isinstance(file.value, dict):
        check_unique(file, "properties")
    return found, file.problems


def _entries(parsed: PropertiesFile | None) -> tuple[PropertyEntry, ...]:
    return parsed.properties if parsed else ()


def _property(file: YamlFile, reader: ConditionReader, index: int, entry: PropertyEntry) -> Property:
    at = ("properties", index)
    whenever = All(()) if entry.whenever is None else reader.read(entry.whenever, (*at, "whenever"))
    for number, concept in enumerate(entry.nothing_but or ()):
        reader.concept(concept, (*at, "nothing_but", number))
    place = f"{file.path}:{file.place((*at, 'id'))[0]}"
    return Property(entry.id, entry.says, whenever, entry.nothing_but, entry.at_least, entry.at_most, place)
