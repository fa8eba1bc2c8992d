"""The JSON Schema of an assessment: it fits what is given, is kept for every version, and is not changed in silence."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lemtrada_triage.show import resultschema
from lemtrada_triage.show.cli import cli
from lemtrada_triage.show.resultschema import VERSION, assessment_schema, schema_text, shape

KEPT = Path(__file__).resolve().parent.parent / "docs" / "schema"
# The shape of each version, for good. A new version adds a line; no line is ever changed.
SHAPES = {1: "f95f5a10f08cf8f7"}
VALIDATOR = Draft202012Validator(assessment_schema())


def digest(schema: object) -> str:
    return sha256(json.dumps(shape(schema), sort_keys=True).encode()).hexdigest()[:16]


def test_the_kept_schema_is_what_the_code_says():
    kept = (KEPT / f"assessment-{VERSION}.json").read_text(encoding="utf-8")
    assert kept == schema_text(), (
        "run: lemtrada-triage schema --assessment --write -o docs/schema (it says when VERSION must be raised)"
    )


def test_every_version_is_kept_in_the_shape_that_it_had():
    found = {int(path.stem.rpartition("-")[2]): path for path in KEPT.glob("assessment-*.json")}
    assert {number: digest(json.loads(path.read_text(encoding="utf-8"))) for number, path in found.items()} == SHAPES
    assert max(SHAPES) == VERSION


def test_the_schema_is_sound_and_names_its_version():
    Draft202012Validator.check_schema(assessment_schema())
    assert assessment_schema()["$id"].endswith(f":{VERSION}")


TEXTS = ("", "my face is kinda drooping n cant talk rite", "no fever, mother had a stroke, zorple", "me duele mucho")
WORDS = ("no", "fever", "arm numb", "since monday", "hives", "zorple", ".", "maybe")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("days", [None, 2])
def test_an_assessment_fits(text, days, triage):
    result = triage.assess(text, days)
    VALIDATOR.validate(json.loads(result.model_dump_json()))
    if result.ask:
        answered = triage.answer(result, result.ask[0].id, result.ask[0].choices[0].id)
        VALIDATOR.validate(json.loads(answered.model_dump_json()))


@settings(max_examples=30)
@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_whatever_is_said_its_assessment_fits(triage, words):
    VALIDATOR.validate(json.loads(triage.assess(" ".join(words), 3).model_dump_json()))


def test_what_is_no_assessment_does_not_fit(triage):
    record = json.loads(triage.assess("fever", 3).model_dump_json())
    assert not VALIDATOR.is_valid(record | {"urgency": "soon"})
    assert not VALIDATOR.is_valid(record | {"more": 1})
    assert not VALIDATOR.is_valid({key: value for key, value in record.items() if key != "disclaimer"})


def written(folder: Path) -> str:
    result = CliRunner().invoke(cli, ["schema", "--assessment", "--write", "-o", str(folder)])
    return f"{result.exit_code} {result.output}"


def test_the_command_prints_and_writes_the_schema(tmp_path):
    assert CliRunner().invoke(cli, ["schema", "--assessment"]).stdout == schema_text()
    assert written(tmp_path / "new").startswith("0 ")
    assert (tmp_path / "new" / f"assessment-{VERSION}.json").read_text(encoding="utf-8") == schema_text()


def test_a_version_of_another_shape_is_not_written_over_but_other_descriptions_are(tmp_path, monkeypatch):
    path = tmp_path / f"assessment-{VERSION}.json"
    schema = assessment_schema()
    path.write_text(json.dumps(schema | {"description": "Other words."}), encoding="utf-8")
    assert written(tmp_path).startswith("0 ")
    other = json.dumps(schema | {"required": ["urgency"]})
    path.write_text(other, encoding="utf-8")
    assert f"raise VERSION in resultschema.py to {VERSION + 1}" in written(tmp_path)
    assert path.read_text(encoding="utf-8") == other
    monkeypatch.setattr(resultschema, "VERSION", VERSION + 1)
    assert written(tmp_path).startswith("0 ")


def test_a_field_named_title_is_a_part_of_the_shape():
    """Choices have a title and sources a description that are fields, not words about the schema."""
    fields = assessment_schema()["$defs"]["Choice"]["properties"]
    assert shape(fields)["title"] == {"type": "string"}
