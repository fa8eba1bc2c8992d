"""``show``: all that is known of an id, and who uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lemtrada_triage.author.show import show
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.show.cli import cli

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture(scope="module")
def bench() -> Workbench:
    return Workbench()


def shown(bench: Workbench, name: str) -> str:
    return " ".join(show(bench, name).split())


def test_a_rule_is_shown_with_its_place_condition_sources_and_cases(bench):
    text = shown(bench, "blue-lips-and-trouble-breathing")
    for part in ("rules/emergencies.yaml:", "call 911", "all of blue lips any of dyspnea", "first-aid-guidelines",
                 "cases in which it fires", "emergencies.test.yaml:", "status: draft"):  # fmt: skip
        assert part in text


def test_a_concept_is_shown_with_those_that_it_counts_as_and_the_rules_it_reaches(bench):
    text = shown(bench, "hiccups")
    assert "counts as: symptom" in text
    assert "used as symptom by rules:" in text
    assert "vocab/concepts/belly.yaml:" in text


def test_what_a_place_says_is_the_line_of_the_id(bench):
    for table in (bench.rules, bench.concepts, bench.sources, bench.questions):
        for name, written in table.items():
            line = written.file.read_text(encoding="utf-8").splitlines()[written.line - 1]
            assert name in line and "id:" in line, written.place


def test_a_finding_is_shown_with_who_makes_it_and_who_rests_on_it(bench):
    text = shown(bench, "possible_stroke")
    assert "stroke-speech" in text
    assert "used by rules: stroke" in text


def test_a_source_is_shown_with_its_citations_and_the_lines_that_nobody_cites(bench):
    text = shown(bench, "goodrx-lemtrada")
    assert "cited at L96: stroke" in text
    assert "lines that ask for something and that no rule cites: L8 (contact provider now)" in text


def test_a_slot_is_shown_with_its_place_its_words_and_the_concepts_whose_frames_have_it(bench):
    told = show(bench, "any_part")
    place, _, text = told.removeprefix("slot any_part  (").partition(")")
    file, line = place.rsplit(":", 1)
    assert "any_part:" in Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert "includes: limbs, " in text
    assert " tingling" in text.partition("in frames of:")[2]
    assert "any_part" in show(bench, "limbs").partition("included by:")[2].partition("in frames of:")[0]


def test_everything_that_has_an_id_is_shown(bench):
    ids = [*bench.by_id, *bench.vocabulary.concepts, *bench.rulebook.sources, *bench.questions, *bench.slots]
    assert [name for name in ids if name not in show(bench, name)] == []


def test_an_id_that_nothing_has_is_answered_with_the_nearest():
    result = CliRunner().invoke(cli, ["show", "symtpom-listt"])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: nothing is called 'symtpom-listt', and no concept is read in it: ")


def test_words_of_a_patient_are_answered_with_the_concepts_that_they_are_read_as(bench):
    for words in ("ringing in my ears", "ringing_ears"):
        assert show(bench, words).startswith(f"nothing is called '{words}', but it is read as ear_problem:\n\nconcept")


@pytest.mark.parametrize(
    ("words", "file", "what"),
    [
        ("dead arm", "concepts/stroke/limbs.yaml", "a term of the concept limb_numbness"),
        ("Without", "context/denied.yaml", "a cue: absent"),
        ("insensate", "classes/states.yaml", "a word of the state numb"),
        ("unable", "classes/failures.yaml", "a word of the failure can_not"),
        ("cabin fever", "context/idioms.yaml", "a saying"),
        ("mother has", "context/subjects.yaml", "a cue: other_person"),  # of a group: <kin> has
    ],
)
def test_words_are_shown_with_the_file_and_line_that_list_them(bench, words, file, what):
    _, found, places = show(bench, words).partition(f"words '{words}'\n")
    assert found
    (place,) = [line.strip().removesuffix(f"  {what}") for line in places.splitlines() if line.endswith(f"  {what}")]
    path, _, number = place.rpartition(":")
    line = Path(path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    assert path.endswith(file)
    assert {words.lower().split()[0], "<kin>"} & set(line.lower().replace(",", " ").replace("[", " ").split())


def test_an_id_is_no_word_by_itself(bench):
    assert "words 'limb_numbness'" not in show(bench, "limb_numbness")
    shown = show(bench, "symptom").partition("words 'symptom'\n")[2].splitlines()
    assert shown  # the word of a cue ...
    assert all(line.endswith("a cue: having") for line in shown)  # ... and, though it is an id, of no concept
