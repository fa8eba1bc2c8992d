"""``show`` says what is known of an id; ``new`` writes files that check and test accept as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from lemtrada_triage import Triage
from lemtrada_triage.authoring.cases import case_files, run
from lemtrada_triage.authoring.check import check
from lemtrada_triage.authoring.new import new_concept, new_rule
from lemtrada_triage.authoring.show import show
from lemtrada_triage.model import InputError


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("heart-attack-signs", ["rule heart-attack-signs (draft, of shipped)", "level call_911", "    crushing",
                                "cites us-label, warnings, Infusion Reactions", "cases: "]),
        ("stroke-old-limb-sign-near-infusion", ["only on days 0-30", "rules that rest on it: stroke"]),
        ("possible_stroke", ["finding possible_stroke", "stroke-named, stroke-speech", "that rest on it: stroke"]),
        ("limb_numbness", ["concept limb_numbness", "is: numbness", "rules that look at it: ", "stroke-limb-or-side"]),
        ("us-label", ["source us-label", "rules that cite it: "]),
        ("stroke", ["rule stroke", "concept stroke"]),
    ],
)  # fmt: skip
def test_show_says_what_is_known_and_who_uses_it(triage, name, told):
    text = show(triage, name)
    for part in told:
        assert part in text


def test_show_asks_back_for_an_unknown_id(triage):
    with pytest.raises(InputError, match="did you mean 'seizure'"):
        show(triage, "seizur")


def test_a_new_rule_is_clean_and_its_cases_pass(tmp_path):
    new_rule("hiccups", tmp_path, "hiccups")
    assert check([tmp_path]).problems == ()
    triage = Triage(rules=["shipped", tmp_path], reader="words")
    assert [outcome.passed for outcome in run(triage, case_files([tmp_path]))] == [True, True]


def test_a_new_concept_loads(tmp_path):
    (name,) = new_concept("cold_feet", tmp_path / "vocab")
    assert Path(name).is_file()
    # Alone it lacks the concept that it is: `symptom`.
    assert {problem.code for problem in check([tmp_path / "vocab"]).problems} == {"unknown-concept"}


def test_nothing_is_written_over(tmp_path):
    new_rule("one", tmp_path)
    before = (tmp_path / "one.yaml").read_text()
    with pytest.raises(InputError, match="is there already"):
        new_rule("one", tmp_path, "fever")
    assert (tmp_path / "one.yaml").read_text() == before


@pytest.mark.parametrize("name", ["Two Words", "../up", ""])
def test_a_name_that_is_no_id_is_refused(tmp_path, name):
    for write in (new_rule, new_concept):
        with pytest.raises(InputError, match="is not an id"):
            write(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
