"""The schemas for editors: they take every shipped file, and refuse the mistakes that the loader refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from lemtrada_triage.author.schema import DRAFT, FILES, schemas
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.files.yamlfile import YamlFile
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent
NAMED = {f"{name}.yaml": name for name in ("sources", "levels", "questions", "properties", "onset")}
NAMED["follow_up.yaml"] = "follow-up"

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture(scope="module")
def validators() -> dict[str, Draft7Validator]:
    return {name: Draft7Validator(schema) for name, schema in schemas(Workbench()).items()}


def kind(path: Path) -> str:
    if path.is_relative_to(ROOT / "vocab") and path.name not in NAMED:
        return "vocabulary"
    return "cases" if path.name.endswith(".test.yaml") else NAMED.get(path.name, "rules")


def shipped() -> list[Path]:
    return [*(ROOT / "rules").glob("*.yaml"), *(ROOT / "vocab").glob("*.yaml"),
            *(ROOT / "vocab" / "concepts").glob("*.yaml")]  # fmt: skip


def test_every_schema_is_sound_draft_seven(validators):
    for validator in validators.values():
        Draft7Validator.check_schema(validator.schema)
        assert validator.schema["$schema"] == DRAFT
        assert "$defs" not in json.dumps(validator.schema)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.name)
def test_a_shipped_file_fits_its_schema(validators, path):
    value = json.loads(json.dumps(YamlFile(path).value))
    errors = [
        f"{list(error.absolute_path)}: {error.message[:200]}" for error in validators[kind(path)].iter_errors(value)
    ]
    assert errors == []


RULE = {
    "id": "a", "title": "A", "level": "call_911", "when": "fever", "because": "b", "limits": "l",
    "cite": [{"source": "us-label", "at": "x"}], "status": "draft",
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"when": "fevr"},
        {"when": {"any": []}},
        {"when": {"any": ["fever"], "all": ["fever"]}},
        {"when": {"suden": "confusion"}},
        {"when": {"flag": "pregnat"}},
        {"when": {"at_least": {"n": 1}}},
        {"when": {"days": {"from": -1}}},
        {"when": {"finding": "nothing_establishes_this"}},
        {"level": "call_912"},
        {"level": None, "establishes": None, "extra": 1},
        {"establishes": "possible_stroke"},
        {"status": "reviewed"},
        {"cite": []},
        {"cite": [{"source": "us-lable", "at": "x"}]},
        {"id": "A B"},
        {"window": {"from": 1.5}},
    ],
    ids=str,
)
def test_a_mistake_in_a_rule_is_underlined(validators, change):
    assert list(validators["rules"].iter_errors({"rules": [RULE]})) == []
    assert list(validators["rules"].iter_errors({"rules": [RULE | change]}))


def test_a_mistake_in_a_case_is_underlined(validators):
    good = {"name": "n", "given": {"symptoms": ["fever", {"sudden": "confusion"}]}, "expect": {"fired": ["stroke"]}}
    assert list(validators["cases"].iter_errors({"tests": [good]})) == []
    for change in (
        {"given": {"symptoms": ["fevr"]}},
        {"given": {"text": "x", "flags": ["x"]}},
        {"expect": {"fired": ["strok"]}},
        {"expect": {"mentions": {"fevr": "present"}}},
        {"expect": {"mentions": {"fever": "maybe"}}},
        {"expcet": {}},
    ):
        assert list(validators["cases"].iter_errors({"tests": [good | change]})), change


def test_schemas_are_written_with_the_settings_that_name_their_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["schema"]).exit_code == 0
    assert list(tmp_path.iterdir()) == []
    assert CliRunner().invoke(cli, ["schema", "--write"]).exit_code == 0
    settings = json.loads((tmp_path / "schemas" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert {tmp_path / name for name in settings} == {tmp_path / "schemas" / f"{name}.schema.json" for name in FILES}
    assert all((tmp_path / name).is_file() for name in settings)


def test_the_settings_name_an_authors_folders_by_whatever_name(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples" / "other_drug" / "rules", tmp_path / "clinic")
    shutil.copytree(ROOT / "examples" / "other_drug" / "vocab", tmp_path / "our words")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["schema", "--write", "--rules", "clinic", "--vocab", "our words"])
    assert done.exit_code == 0, done.output
    settings = json.loads((tmp_path / "schemas" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert "**/clinic/*.yaml" in settings["./schemas/rules.schema.json"]
    assert "!**/clinic/{sources,levels,questions,properties,follow_up}.yaml" in settings["./schemas/rules.schema.json"]
    assert "**/our words/**/*.yaml" in settings["./schemas/vocabulary.schema.json"]
