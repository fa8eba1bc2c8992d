"""JSON Schemas (draft-07) of the YAML files, with the ids of a rulebook and a vocabulary filled in.

An editor with the YAML language server completes by them, and underlines what ``check`` would report.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lemtrada_triage.author.cases import CaseFile
from lemtrada_triage.author.properties import PropertiesFile
from lemtrada_triage.author.signoff import Sheet
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.decide.conditionfile import MODIFIERS, SIGNALS
from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.decide.rulefiles import LevelsFile, QuestionsFile, RulesFile, SourcesFile
from lemtrada_triage.history.first import LAST_MONTH, IfUnknown
from lemtrada_triage.history.onsetfile import TimeWords
from lemtrada_triage.history.schedulefile import FollowUpFile
from lemtrada_triage.lexicon.load import VocabularyFile
from lemtrada_triage.model import Urgency

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
# Which files each schema is for, for the editor's setting `yaml.schemas`.
FILES = {
    "rules": ["**/rules/*.yaml", "!**/rules/{sources,levels,questions,properties,follow_up}.yaml", "!**/*.test.yaml"],
    "cases": ["**/*.test.yaml"],
    "sources": ["**/rules/sources.yaml"],
    "levels": ["**/rules/levels.yaml"],
    "questions": ["**/rules/questions.yaml"],
    "properties": ["**/rules/properties.yaml"],
    "follow-up": ["**/rules/follow_up.yaml"],
    "vocabulary": ["**/vocab/**/*.yaml", "!**/vocab/messages/*.yaml", "!**/vocab/onset.yaml"],
    "onset": ["**/vocab/onset.yaml"],
    "sign-off": ["**/sign-off.yaml"],
}
_MODELS: Mapping[str, type[BaseModel]] = {
    "rules": RulesFile,
    "cases": CaseFile,
    "sources": SourcesFile,
    "levels": LevelsFile,
    "questions": QuestionsFile,
    "properties": PropertiesFile,
    "follow-up": FollowUpFile,
    "vocabulary": VocabularyFile,
    "onset": TimeWords,
    "sign-off": Sheet,
}
_ID = {"type": "string", "pattern": "^[a-z0-9]+([-_][a-z0-9]+)*$"}
_PROSE = {"type": "string", "pattern": "\\S"}
_PAST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"lasting_days": {"type": "integer", "minimum": 0}, "episodes": {"type": "integer", "minimum": 1}},
}
_DAY = {"type": "integer", "minimum": 0, "maximum": LAST_DAY}
_MONTH = {"type": "integer", "minimum": 0, "maximum": LAST_MONTH}


def schemas(bench: Workbench) -> dict[str, Schema]:
    """A schema for each kind of file, by its name."""
    return {name: _schema(name, model, bench) for name, model in _MODELS.items()}


def write_schemas(bench: Workbench, folder: Path) -> list[Path]:
    """Writes ``NAME.schema.json`` for each kind of file, and ``settings.json``, which names the files of each."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{name}.schema.json": schema for name, schema in schemas(bench).items()}
    files["settings.json"] = settings(folder, bench)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [folder / name for name in files]


def settings(folder: Path, bench: Workbench) -> Schema:
    """What an editor's settings need to use the schemas of a folder, for the author's folders by whatever name."""
    named = {"rules": [one.resolve().name for one in bench.folders], "vocab": [bench.vocab_folder.resolve().name]}
    return {
        "yaml.schemas": {
            f"./{folder.as_posix()}/{name}.schema.json": list(dict.fromkeys(_in_folders(patterns, named)))
            for name, patterns in FILES.items()
        }
    }


def _in_folders(patterns: Iterable[str], named: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Some patterns, and the same for folders of other names."""
    for pattern in patterns:
        yield pattern
        for kind, names in named.items():
            yield from (pattern.replace(f"/{kind}/", f"/{name}/") for name in names)


def _schema(name: str, model: type[BaseModel], bench: Workbench) -> Schema:
    made = _plain(model.model_json_schema(by_alias=True))
    definitions = made.setdefault("definitions", {})
    definitions |= _conditions(bench)
    for owner, key, filled in _filled(bench):
        properties = definitions.get(owner, {}).get("properties", {})
        if key in properties:
            properties[key] = _kept(properties[key]) | filled
    if name == "rules":
        definitions["RuleEntry"] |= _RULE
    if name == "properties":
        definitions["PropertyEntry"] |= _PROPERTY
    if name == "cases":
        given = definitions["Given"]["properties"]
        given["days"] = given["days_since_infusion"]  # another name for it
        definitions["Given"]["oneOf"] = [{"required": ["text"]}, {"required": ["symptoms"]}]
        definitions["Expect"]["minProperties"] = 1
        made["properties"]["tests"]["minItems"] = 1
    if name == "levels":
        made["properties"]["levels"]["allOf"] = [{"contains": _with_id(level)} for level in Urgency]
    if name == "vocabulary":
        made = _loose(made)
    return {"$schema": DRAFT, **made}


# What the model checks as a whole: one outcome, and a reviewer for what is reviewed.
_RULE: Schema = {
    "oneOf": [{"required": ["level"]}, {"required": ["establishes"]}],
    "if": {"properties": {"status": {"const": "reviewed"}}, "required": ["status"]},
    "then": {"required": ["reviewed_by", "reviewed_on"]},
}


# When it holds, and what is promised.
_PROPERTY: Schema = {
    "allOf": [
        {"anyOf": [{"required": ["whenever"]}, {"required": ["nothing_but"]}]},
        {"anyOf": [{"required": ["at_least"]}, {"required": ["at_most"]}]},
    ]
}


def _or_nothing(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _with_id(level: Urgency) -> Schema:
    return {"type": "object", "properties": {"id": {"const": level.value}}, "required": ["id"]}


def _kept(old: Schema) -> Schema:
    return {key: value for key, value in old.items() if key in ("description", "title")}


def _filled(bench: Workbench) -> list[tuple[str, str, Schema]]:
    """The properties whose values are known: (definition, key, schema)."""
    rules, concepts = _one_of(bench.by_id), _one_of(bench.vocabulary.concepts)
    leaf, condition = {"$ref": "#/definitions/leaf"}, {"$ref": "#/definitions/condition"}
    some = {"type": "array", "minItems": 1}
    return [
        ("RuleEntry", "id", _ID),
        *(("RuleEntry", key, _PROSE) for key in ("title", "because", "limits")),
        ("CiteEntry", "at", _PROSE),
        ("SourceEntry", "url", _or_nothing({"type": "string", "pattern": "^https://\\S+$"})),
        ("ConceptEntry", "id", {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}),
        ("CodesEntry", "hpo", _or_nothing({"type": "string", "pattern": "^HP:[0-9]{7}$"})),
        ("RuleEntry", "when", condition),
        ("RuleEntry", "establishes", {"anyOf": [_ID, {"type": "null"}]}),
        ("RuleEntry", "cite", some | {"items": {"$ref": "#/definitions/CiteEntry"}}),
        ("CiteEntry", "source", _one_of(bench.rulebook.sources)),
        ("SourceEntry", "id", _ID),
        ("QuestionEntry", "id", _ID),
        ("QuestionEntry", "about", some | {"items": leaf}),
        ("QuestionEntry", "adds", some | {"items": leaf}),
        ("ItemEntry", "id", _ID),
        ("ItemEntry", "done_by", _one_of(bench.rulebook.medicine.flags)),
        ("PropertyEntry", "id", _ID),
        ("PropertyEntry", "whenever", condition),
        ("PropertyEntry", "nothing_but", {"type": "array", "items": concepts}),
        ("Given", "symptoms", {"type": "array", "items": {"$ref": "#/definitions/symptom"}}),
        ("Given", "days_since_infusion", {"anyOf": [_DAY, {"type": "null"}]}),
        ("Given", "months_since_first", {"anyOf": [_MONTH, {"type": "null"}]}),
        ("Given", "past", {"type": "object", "propertyNames": concepts, "additionalProperties": _PAST}),
        ("Given", "flags", {"type": "array", "items": _one_of(bench.rulebook.medicine.flags)}),
        ("Expect", "fired", {"type": "array", "items": rules}),
        ("Expect", "not_fired", {"type": "array", "items": rules}),
        ("Expect", "mentions", {"type": "object", "propertyNames": concepts,
                                "additionalProperties": {"$ref": "#/definitions/Assertion"}}),
        ("ConceptEntry", "is_a", {"type": "array", "items": concepts}),
        ("BandEntry", "concept", concepts),
        *((owner, key, {"anyOf": [_DAY, {"type": "null"}]})
          for owner in ("DayRange", "PeakEntry") for key in ("from", "to")),
    ]  # fmt: skip


def _conditions(bench: Workbench) -> Schema:
    """``condition``, the single facts that are a ``leaf``, and the ``symptom`` of a case."""
    concepts = _one_of(bench.vocabulary.concepts)
    findings = sorted({rule.establishes for rule in bench.rulebook.rules if rule.establishes})
    parts = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/condition"}}
    at_least = {
        "type": "object", "required": ["n", "of"], "additionalProperties": False,
        "properties": {"n": {"type": "integer", "minimum": 1}, "of": parts},
    }  # fmt: skip
    modified = dict.fromkeys(MODIFIERS, concepts)
    flags = _one_of(bench.rulebook.medicine.flags)
    named = {"finding": _one_of(findings), "flag": flags, "signal": _one_of(sorted(SIGNALS))}
    joined = {"any": parts, "all": parts, "none": parts, "at_least": at_least}
    asked = {
        "type": "object", "required": ["of", "from"], "additionalProperties": False,
        "properties": {"of": concepts, "from": {"type": "integer", "minimum": 1}},
    }  # fmt: skip
    past = {"lasting_days": asked, "episodes": asked}
    days = {
        "type": "object", "minProperties": 1, "additionalProperties": False, "properties": {"from": _DAY, "to": _DAY}
    }  # fmt: skip
    months = {
        "type": "object", "additionalProperties": False, "anyOf": [{"required": ["from"]}, {"required": ["to"]}],
        "properties": {"from": _MONTH, "to": _MONTH, "if_unknown": _one_of(IfUnknown)},
    }  # fmt: skip
    windows = {"days": days, "months_since_first": months}
    return {
        "condition": _either(concepts, joined | windows | past | named | modified),
        "leaf": _either(concepts, named | modified),
        "symptom": _either(concepts, modified),
    }


def _either(concepts: Schema, keys: Schema) -> Schema:
    """A concept, or a mapping with exactly one of some keys."""
    one_key = {
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False, "properties": keys
    }  # fmt: skip
    # An editor completes from `anyOf`; with `then` it underlines the wrong key, not the whole mapping.
    return {
        "anyOf": [concepts, {"type": "object", "properties": keys}],
        "if": {"type": "object"},
        "then": one_key,
    }


def _one_of(names: Iterable[str]) -> Schema:
    found = list(names)
    return {"type": "string", "enum": found} if found else {"type": "string"}


def _plain(made: Any) -> Any:
    """A schema of pydantic's as one of draft-07, without defaults that JSON has no word for."""
    if isinstance(made, dict):
        items = {("definitions" if key == "$defs" else key): _plain(value) for key, value in made.items()}
        if isinstance(items.get("default"), float) and not math.isfinite(items["default"]):
            del items["default"]
        return {key: value for key, value in items.items() if key != "default" or value is not None}
    if isinstance(made, list):
        return [_plain(item) for item in made]
    return made.replace("#/$defs/", "#/definitions/") if isinstance(made, str) else made


def _loose(made: Any) -> Any:
    """In lists of words a bare number is a word too (``911``)."""
    if isinstance(made, list):
        return [_loose(item) for item in made]
    if not isinstance(made, dict):
        return made
    return {
        key: {"type": ["string", "number"]} if key == "items" and value == {"type": "string"} else _loose(value)
        for key, value in made.items()
    }
