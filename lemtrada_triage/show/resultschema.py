"""The JSON Schema (2020-12) of an assessment, under a version of its own.

``docs/schema`` keeps every version, so that whoever stores assessments can tell what a field was at the time. A version
that was written once is never changed in its shape, only in its descriptions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lemtrada_triage.model import Assessment, InputError

Schema = dict[str, Any]
# Raised with every change of what the JSON of an assessment holds.
VERSION = 1
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WORDS = ("title", "description")


def assessment_schema() -> Schema:
    """What ``Assessment.model_dump_json`` and ``lemtrada-triage assess --json`` give, as a JSON Schema."""
    head = {"$schema": _DRAFT, "$id": f"urn:lemtrada-triage:assessment:{VERSION}"}
    return head | Assessment.model_json_schema(mode="serialization")


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(assessment_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(folder: Path) -> Path:
    """Writes ``assessment-VERSION.json``; InputError where that version is there already with another shape."""
    path = folder / f"assessment-{VERSION}.json"
    if path.exists() and shape(json.loads(path.read_text(encoding="utf-8"))) != shape(assessment_schema()):
        raise InputError(
            f"{path} has another shape, and a version that was written is not changed: "
            f"raise VERSION in {Path(__file__).name} to {VERSION + 1}, and write again"
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")
    return path


def shape(schema: Any) -> Any:
    """A schema without its titles and descriptions: what decides which JSON fits it."""
    if isinstance(schema, list):
        return [shape(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: shape(part) for key, part in schema.items() if key not in _WORDS or not isinstance(part, str)}
