"""Rules of one's own on top of others: what is added, what is replaced, and who decided."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import pytest

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import InputError, RulebookError

MINE = Path(__file__).resolve().parent.parent / "examples" / "my-rules"
RULE = """
rules:
  - id: {id}
    title: Mine
    level: {level}
    when: {when}
    because: The clinic says so.
    limits: None.
    cite: [{{source: {source}, at: {at}}}]
    status: draft
"""


@pytest.fixture(scope="module")
def layered() -> Triage:
    return Triage(rules=["shipped", MINE], reader="words")


def mine(folder: Path, id: str, level: str, when: str, source: str = "goodrx-lemtrada", at: str = "L85") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_text(RULE.format(id=id, level=level, when=when, source=source, at=at))
    return folder


def test_rules_on_top_of_the_shipped_ones_are_added_and_none_is_lost(layered):
    ids = {rule.id for rule in layered.rulebook.rules}
    assert ids == {rule.id for rule in Rulebook.load().rules} | {"hiccups", "hiccups-that-last"}
    assert layered.assess("my face is drooping").urgency is Urgency.CALL_911


def test_every_result_says_which_packs_there_were_and_which_decided(layered):
    result = layered.assess("hiccups for three days now and they won't go away", 12)
    assert [pack.split()[0] for pack in result.packs] == ["shipped", "my-rules"]
    assert [rule.pack for rule in result.fired if rule.level is result.urgency] == ["my-rules"]
    text = " ".join(result.explain().split())
    assert "Decided by rules of: my-rules." in text
    assert f"Rulebook: {', '.join(result.packs)}." in text


def test_the_words_of_the_last_folder_that_has_some_are_told(layered):
    assert layered.assess("nothing to report").advice == "Keep your planned visits."


def test_a_folder_on_top_needs_no_sources_and_no_levels_of_its_own(tmp_path):
    triage = Triage(rules=["shipped", mine(tmp_path, "hics", "get_help_now", "hiccups")], reader="words")
    assert triage.assess("I have hiccups").urgency is Urgency.GET_HELP_NOW
    with pytest.raises(RulebookError, match=r"(?s)there is no sources.yaml.*there is no levels.yaml"):
        Rulebook.load(tmp_path)


def test_a_rule_takes_the_place_of_one_of_the_same_id(tmp_path):
    before = Rulebook.load()
    after = Rulebook.load(["shipped", mine(tmp_path, "blue-lips", "call_911", "blue_lips")])
    assert [rule.id for rule in after.rules] == [rule.id for rule in before.rules]
    changed = [rule for rule in after.rules if rule.pack != "shipped"]
    assert [(rule.id, rule.level) for rule in changed] == [("blue-lips", Urgency.CALL_911)]


def test_a_finding_that_only_a_replaced_rule_established_is_missed(tmp_path):
    """What rests on it would never fire again."""
    base = mine(tmp_path / "base", "maker", "contact_provider", "fever")
    maker = base / "mine.yaml"
    maker.write_text(maker.read_text().replace("level: contact_provider", "establishes: hot"))
    (base / "rests.yaml").write_text(RULE.format(id="rests", level="contact_provider", when="{finding: hot}",
                                                 source="goodrx-lemtrada", at="L85"))  # fmt: skip
    top = mine(tmp_path / "top", "maker", "contact_provider", "fever")
    assert len(Rulebook.load(["shipped", base]).rules) > 2
    with pytest.raises(RulebookError, match="no rule establishes the finding 'hot'"):
        Rulebook.load(["shipped", base, top])


def test_a_rule_on_top_is_held_to_the_sources_below(tmp_path):
    with pytest.raises(RulebookError, match="leads to routine, but L96 asks for call_911"):
        Rulebook.load(["shipped", mine(tmp_path, "mild", "routine", "slurred_speech", at="L96")])


def test_a_folder_alone_without_emergency_rules_warns_in_the_log_and_in_every_result(caplog):
    with caplog.at_level(logging.WARNING, "lemtrada_triage"):
        result = Triage(rules=MINE, reader="words").assess("hiccups")
    assert "hold no emergency rule" in caplog.text
    assert any("shipped,my-rules" in assumption for assumption in result.assumptions)


def test_with_the_shipped_rules_below_nothing_is_warned_of(layered, caplog):
    assert layered.warnings == ()
    assert layered.assess("hiccups", 3).assumptions == ()


def test_folders_are_named_in_one_text_as_on_the_command_line():
    triage = Triage(rules=f"shipped,{MINE}", reader="words")
    assert [pack.name for pack in triage.rulebook.packs] == ["shipped", "my-rules"]


@pytest.mark.parametrize(
    ("rules", "told"), [("shipped,absent", "there is no folder 'absent'"), (["shipped", "shipped"], "named twice")]
)
def test_a_folder_that_is_not_there_or_named_twice_is_told(rules, told):
    with pytest.raises(InputError, match=told):
        Triage(rules=rules)


def test_layers_pickle(layered):
    copy = pickle.loads(pickle.dumps(layered))
    assert copy.rulebook.label == layered.rulebook.label
