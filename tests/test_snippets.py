"""Every snippet of CONTRIBUTING and of what it left to the reference is loaded; every command of a page exists."""

from __future__ import annotations

import re
import shutil
from functools import reduce
from importlib import import_module
from pathlib import Path

import click
import pytest
import yaml
from pages import blocks

import lemtrada_triage
from lemtrada_triage import Triage
from lemtrada_triage import triage as triage_module
from lemtrada_triage.author.cases import run
from lemtrada_triage.author.lint_messages import lint_messages
from lemtrada_triage.author.properties import load_properties
from lemtrada_triage.lexicon.load import VocabularyReader
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent
README, CONTRIBUTING = (ROOT / name for name in ("README.md", "CONTRIBUTING.md"))
WORDS, RULES = (ROOT / "docs" / "reference" / name for name in ("words.md", "rules.md"))
# Those of README are run by test_examples.py.
BLOCKS = [
    (block.kind, block.body) for page in (CONTRIBUTING, RULES) for block in blocks(page.read_text(encoding="utf-8"))
]
SPOKEN = re.compile(r"(?:`|^ {4}|^\$ |bin/)lemtrada-triage ([^`\n#]+)", re.MULTILINE)


def snippets(first_key: str) -> list[str]:
    """The YAML blocks that begin with a key."""
    return [body for kind, body in BLOCKS if kind == "yaml" and body.startswith(f"{first_key}:")]


def test_every_block_of_contributing_is_of_a_kind_that_is_loaded_here():
    keys = [body.partition(":")[0] for kind, body in BLOCKS if kind == "yaml"]
    assert sorted(keys) == ["concepts", "cues", "properties", "rules", "slots", "table", "tests"]
    assert {kind for kind, _ in BLOCKS} == {"yaml", "json"}


def test_the_words_of_contributing_can_be_added_to_the_shipped_ones(tmp_path):
    """A concept that is shipped already is added under another id."""
    vocab = shutil.copytree(ROOT / "vocab", tmp_path / "vocab", ignore=shutil.ignore_patterns("messages", "model"))
    for key in ("concepts", "slots", "cues", "table"):
        (body,) = snippets(key)
        ours = re.sub(r"^(  - id: \w+)", r"\1_of_ours", body, flags=re.MULTILINE)
        (vocab / f"snippet-{key}.yaml").write_text(ours, encoding="utf-8")
    reader = VocabularyReader(vocab)
    assert [str(problem) for problem in reader.problems] == []
    assert {"limb_numbness_of_ours", "knee_pain_of_ours"} <= reader.concepts.keys()


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder of rules with the rule of CONTRIBUTING, which replaces the shipped one."""
    (rule,) = snippets("rules")
    (tmp_path / "bleeding.yaml").write_text(rule, encoding="utf-8")
    return tmp_path


def test_the_cases_of_contributing_hold_for_its_rule_on_top_of_the_shipped_ones(folder, words_loaded_once):
    (cases,) = snippets("tests")
    (folder / "bleeding.test.yaml").write_text(cases, encoding="utf-8")
    triage = Triage(["shipped", folder], reader="words")
    outcomes = list(run(triage, [folder / "bleeding.test.yaml"]))
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []
    assert len(outcomes) == 4


def test_the_properties_of_contributing_are_read(folder, triage):
    (properties,) = snippets("properties")
    (folder / "properties.yaml").write_text(properties, encoding="utf-8")
    promises, problems = load_properties(folder, frozenset(triage.vocabulary.concepts), frozenset(), ())
    assert [str(problem) for problem in problems] == []
    assert [promise.id for promise in promises] == ["stroke-sign", "anxiety-alone"]


def test_the_message_of_contributing_is_labelled_as_the_rules_decide(tmp_path, triage):
    (message,) = [body for kind, body in BLOCKS if kind == "json"]
    (tmp_path / "me.jsonl").write_text(message, encoding="utf-8")
    (tmp_path / "splits.yaml").write_text("files: {me.jsonl: train}\n", encoding="utf-8")
    assert [str(found) for found in lint_messages(tmp_path, frozenset(triage.vocabulary.concepts), triage)] == []


def rows(head: str, page: Path = CONTRIBUTING) -> list[list[str]]:
    """The rows of a page's table with a head, cell by cell."""
    _, _, table = page.read_text(encoding="utf-8").partition(f"{head}\n")
    lines = table.split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


# What an author adds cues to, and the words by which a sentence is cut.
AUTHORS = rows("| file and family | kinds | two messages |")
CUTTING = rows("| family | kinds | two messages |", WORDS)
FAMILIES = AUTHORS + CUTTING
MESSAGES = [found for *_, cell in FAMILIES for found in re.findall(r"`([^`]+)`: ([^;]+)", cell)]


def test_every_kind_of_cue_has_a_family_with_two_messages(triage):
    told = [kind for _, kinds, _ in FAMILIES for kind in re.findall(r"`(\w+)`", kinds)]
    assert sorted(told) == sorted({cue.kind for cue in triage.vocabulary.cues})
    assert len(MESSAGES) == 2 * len(FAMILIES) >= 40


@pytest.mark.parametrize(("family", "kinds", "_"), AUTHORS)
def test_the_file_of_a_family_holds_its_kinds(family, kinds, _):
    file, _, _ = family.removeprefix("`").partition("`")
    held = yaml.safe_load((ROOT / "vocab" / "context" / f"{file}.yaml").read_text(encoding="utf-8"))["cues"]
    assert set(re.findall(r"`(\w+)`", kinds)) <= {cue["kind"] for cue in held}


@pytest.mark.parametrize(("text", "told"), MESSAGES)
def test_a_message_of_a_family_is_read_as_it_says(triage, text, told):
    result = triage.assess(text, 30)
    said = {mention.concept: {mention.assertion.value, *mention.modifiers} for mention in result.mentions}
    wanted = [part.split() for part in told.split(", ")]
    signals = [words[0].removeprefix("signal:") for words in wanted if words[0].startswith("signal:")]
    wanted = [words for words in wanted if not words[0].startswith("signal:")]
    assert list(result.signals) == signals
    assert {words[0] for words in wanted} == said.keys()
    for concept, *words in wanted:
        assert set(words) <= said[concept]


STEPS = [(name, path) for _, names, path in rows("| step | function | file |") for name in names.split(", ")]


@pytest.mark.parametrize(("name", "path"), STEPS)
def test_a_step_of_the_way_stands_where_it_is_said_to_stand(name, path):
    module = import_module("lemtrada_triage." + path.strip("`").removesuffix(".py").replace("/", "."))
    found = reduce(getattr, name.strip("`").split("."), module)
    assert callable(found)
    assert found.__module__ == module.__name__


def test_what_the_head_of_triage_names_is_there():
    named = re.findall(r"``([\w.]+)``", triage_module.__doc__ or "")
    assert len(named) >= 4
    for name in named:
        reduce(lambda found, word: getattr(found, word), name.split("."), lemtrada_triage)


def named_commands() -> list[str]:
    pages = [README, CONTRIBUTING, WORDS, RULES, *sorted((ROOT / "examples").glob("*/README.md"))]
    return sorted({found.strip() for page in pages for found in SPOKEN.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("spoken", named_commands())
def test_a_command_that_a_page_names_exists_with_its_options(spoken):
    command: click.Command | None = cli
    context = click.Context(cli)
    words = re.sub(r"\"[^\"]*\"", "TEXT", spoken).split()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, name
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    assert {word for word in words if word.startswith("-")} <= known


def test_contributing_can_be_read_in_one_sitting():
    assert len(CONTRIBUTING.read_text(encoding="utf-8").splitlines()) <= 200


def test_what_is_to_be_run_by_hand_is_there():
    folder = ROOT / "tests" / "benchmarks"
    named = set(re.findall(r"\b(\w+\.py)\b", (folder / "README.md").read_text(encoding="utf-8"))) - {"test_service.py"}
    assert len(named) > 10
    assert [name for name in sorted(named) if not (folder / name).is_file()] == []


def test_the_targets_of_make_that_a_page_names_exist():
    targets = set(re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    by_hand = ROOT / "tests" / "benchmarks" / "README.md"
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (README, CONTRIBUTING, by_hand))
    assert set(re.findall(r"(?:`|^)make ([\w-]+)", pages, re.MULTILINE)) <= targets
