"""A rulebook is loaded whole or not at all, and every mistake in it is shown at its place."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pickle
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lemtrada_triage.decide.conditions import All, Any, AtLeast, Days, Fact, Nothing
from lemtrada_triage.decide.rulebook import Peak, Rulebook
from lemtrada_triage.files import locate
from lemtrada_triage.model import RulebookError, Urgency

GOLDEN = Path(__file__).parent / "golden" / "rulebook"
CONCEPTS = ["fever", "bruising", "confusion", "nosebleed"]

SOURCES = """
version: "1.2.0"
sources:
  - {id: page, title: A page, publisher: A publisher, url: "https://example.org/page", edition: "2024",
     read: whole, lines: {L1: "0000000000000000", L2: "0000000000000001"}}
  - {id: label, title: A label, publisher: An agency, url: "https://example.org/label", edition: "2023",
     read: in part}
"""
LEVELS = """
levels:
  - {id: routine, label: Nothing urgent, advice: Carry on.}
  - {id: contact_provider, label: Soon, advice: Tell your provider.}
  - {id: contact_provider_now, label: Today, advice: Call your provider.}
  - {id: get_help_now, label: Now, advice: Get help.}
  - {id: call_911, label: Call 911, advice: Call 911 now.}
not_understood: {no_words: Nothing to read., nothing: Not read., part: Partly read., no_all_clear: Ask a person.}
disclaimer: Nobody reviewed this.
"""
RULE = """
rules:
  - id: bleeding-signs
    title: Bleeding
    level: contact_provider_now
    when: bruising
    because: |
      Low platelets
      show as bruises.
    limits: Only a count can tell.
    cite: [{source: page, at: L1}, {source: label, at: "5.6", edition: "2022"}]
    status: draft
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound rulebook in a folder ``rules`` of the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"sources": SOURCES, "levels": LEVELS, "topic": RULE}.items():
        write(tmp_path / "rules" / f"{name}.yaml", text)
    return Path("rules")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def with_rule(folder: Path, **changes: str) -> Rulebook:
    """The rulebook with keys of its one rule changed or added."""
    kept = [line for line in RULE.splitlines() if line.split(":")[0].strip() not in changes]
    added = [f"    {key}: {text}" for key, text in changes.items()]
    write(folder / "topic.yaml", "\n".join([*kept, *added, ""]))
    return Rulebook.load(folder, CONCEPTS)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_is_explained_as_its_golden_file_says(path: Path, folder: Path) -> None:
    """The file is put in the place that its name begins with. UPDATE_GOLDEN=1 writes the explanation anew."""
    write(folder / f"{path.stem.partition('--')[0]}.yaml", path.read_text(encoding="utf-8"))
    with pytest.raises(RulebookError) as caught:
        Rulebook.load(folder, CONCEPTS)
    golden = path.with_suffix(".txt")
    if os.environ.get("UPDATE_GOLDEN"):
        write(golden, f"{caught.value}\n")
    assert f"{caught.value}\n" == golden.read_text(encoding="utf-8")


def test_all_mistakes_of_all_files_come_at_once_in_order(folder: Path) -> None:
    """A file that is wrong in one way does not hide what else is wrong, there or elsewhere."""
    write(folder / "a.yaml", "rules:\n  - {id: a, when: {any: []}, nonsense: 1}\n")
    write(folder / "z.yaml", "rules:\n  - {id: z, when: fevre, cite: [{source: nowhere, at: L1}]}\n")
    with pytest.raises(RulebookError) as caught:
        Rulebook.load(folder, CONCEPTS)
    found = [(problem.path, problem.code) for problem in caught.value.problems]
    assert found == sorted(found, key=lambda each: each[0])
    expected = {"empty-list": "a", "unknown-key": "a", "unknown-concept": "z", "unknown-source": "z"}
    assert {(f"rules/{name}.yaml", code) for code, name in expected.items()} <= set(found)


def test_a_mistake_in_one_file_brings_up_no_false_ones_in_another(folder: Path) -> None:
    """A finding of a rule that is wrong elsewhere is still known."""
    wrong = RULE.replace("level: contact_provider_now", "establishes: anemia").replace("title", "titel")
    write(folder / "a.yaml", wrong)
    write(folder / "b.yaml", RULE.replace("bleeding-signs", "b").replace("bruising", "{finding: anemia}", 1))
    (folder / "topic.yaml").unlink()
    with pytest.raises(RulebookError) as caught:
        Rulebook.load(folder)
    assert {problem.path for problem in caught.value.problems} == {"rules/a.yaml"}


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    """So is one without any file."""
    with pytest.raises(RulebookError, match="there is no folder absent"):
        Rulebook.load(Path("absent"))
    Path("empty").mkdir()
    with pytest.raises(RulebookError, match=r"(?s)no sources.yaml.*no levels.yaml.*no rule in this folder"):
        Rulebook.load(Path("empty"))


def test_a_rule_is_loaded_with_its_sources_and_text_on_one_line(folder: Path) -> None:
    """White space in texts is collapsed; a citation carries the source's edition, unless it names its own."""
    (rule,) = Rulebook.load(folder).rules
    assert (rule.id, rule.level, rule.establishes) == ("bleeding-signs", Urgency.CONTACT_PROVIDER_NOW, None)
    assert rule.because == "Low platelets show as bruises."
    assert [(cite.source, cite.at, cite.edition, cite.url) for cite in rule.citations] == [
        ("page", "L1", "2024", "https://example.org/page"),
        ("label", "5.6", "2022", "https://example.org/label"),
    ]


def test_a_citation_says_where_a_source_was_read_when_not_at_its_publisher(folder: Path) -> None:
    """An address of the publisher that nobody saw is left out, not made up."""
    there = 'read_at: "https://example.org/copy", via: A newspaper'
    write(folder / "sources.yaml", SOURCES.replace('url: "https://example.org/label"', there))
    (rule,) = Rulebook.load(folder).rules
    page, label = rule.citations
    assert (page.read_at, page.via) == (None, None)
    assert (label.url, label.read_at, label.via) == (None, "https://example.org/copy", "A newspaper")


RULE_LEVELS = ("contact_provider", "contact_provider_now", "get_help_now")


@pytest.mark.parametrize("asked", RULE_LEVELS)
@pytest.mark.parametrize("level", RULE_LEVELS)
@pytest.mark.parametrize("finding", [False, True])
def test_a_rule_less_urgent_than_a_line_it_cites_must_say_why(
    folder: Path, asked: str, level: str, finding: bool
) -> None:
    """So must a rule whose finding leads to less. The reason names the line; another one will not do."""
    write(folder / "sources.yaml", with_levels(f"{asked}: [L1 to L2]"))
    outcome = {"level": level}
    if finding:
        outcome = {"establishes": "anemia"}
        resting = RULE.replace("bleeding-signs", "b").replace("bruising", "{finding: anemia}", 1)
        write(
            folder / "b.yaml",
            resting.replace("contact_provider_now", level).replace("source: page, at: L1}", "source: label, at: x}"),
        )
    if Urgency(level) >= Urgency(asked):
        assert with_outcome(folder, outcome)
        return
    for reason in ("none", "Line 11 is soft."):
        with pytest.raises(RulebookError, match=f"leads to {level}, but L1 asks for {asked}") as caught:
            with_outcome(folder, outcome, reason)
        assert [problem.code for problem in caught.value.problems] == ["less-urgent-than-line"]
    assert with_outcome(folder, outcome, "Line 1 is soft.")


def with_levels(levels: str) -> str:
    """The registry of sources in which lines of its page ask for an urgency."""
    return SOURCES.replace('L2: "0000000000000001"}', f'L2: "0000000000000001"}}, levels: {{{levels}}}')


def with_outcome(folder: Path, outcome: dict[str, str], interpretation: str = "none") -> Rulebook:
    """The rulebook whose rule has another outcome, and an interpretation."""
    ((key, value),) = outcome.items()
    changed = RULE.replace("level: contact_provider_now", f"{key}: {value}")
    write(folder / "topic.yaml", f"{changed}    interpretation: {interpretation}\n")
    return Rulebook.load(folder, CONCEPTS)


@pytest.mark.parametrize(
    ("levels", "complaint"),
    [
        ("routine: [L1], call_911: [L1 to L2]", "L1 asks for routine already"),
        ("call_911: [L3]", "'L3' is not a registered line"),
        ("call_911: [L1 to L9]", "'L1 to L9' is not a registered line"),
        ("call_911: []", "this list is empty"),
        ("urgent: [L1]", "'urgent' is none of"),
    ],
)
def test_a_wrong_level_of_a_line_is_explained(folder: Path, levels: str, complaint: str) -> None:
    """It is never left out quietly, as a rule could then be too mild."""
    write(folder / "sources.yaml", with_levels(levels))
    with pytest.raises(RulebookError, match=complaint):
        Rulebook.load(folder, CONCEPTS)


def test_every_form_of_condition_is_read(folder: Path) -> None:
    """The nested lists of YAML become the conditions of the same name."""
    when = """
      any:
        - fever
        - {sudden: confusion}
        - all: [{flag: pregnant}, {signal: not_english}, {finding: anemia}]
        - none: [{days: {from: 3}}, {one_sided: bruising}]
        - at_least: {n: 2, of: [fever, bruising, nosebleed]}"""
    finder = RULE.replace("level: contact_provider_now", "establishes: anemia")
    write(folder / "finder.yaml", finder.replace("bleeding-signs", "anemia"))
    condition = with_rule(folder, when=when).rules[1].condition
    assert condition == Any((
        Fact("fever"),
        Fact("sudden:confusion"),
        All((Fact("flag:pregnant"), Fact("signal:not_english"), Fact("finding:anemia"))),
        Nothing((Days(3, None), Fact("one_sided:bruising"))),
        AtLeast(2, (Fact("fever"), Fact("bruising"), Fact("nosebleed"))),
    ))  # fmt: skip


def test_a_window_gates_a_rule_and_a_peak_does_not(folder: Path) -> None:
    """The window is part of the condition."""
    rulebook = with_rule(folder, window="{from: 0, to: 3}", peak="{from: 0, to: 1, because: Most come early.}")
    (rule,) = rulebook.rules
    assert rule.condition == All((Days(0, 3), Fact("bruising")))
    assert (rule.window, rule.peak) == (Days(0, 3), Peak(Days(0, 1), "Most come early."))
    assert rulebook.intervals == ((0, 1), (2, 3), (4, None))


def test_a_reviewed_rule_names_who_and_when(folder: Path) -> None:
    """Then its status is shown."""
    rulebook = with_rule(folder, status="reviewed", reviewed_by="Dr. Ada Grey", reviewed_on="2026-01-31")
    assert rulebook.rules[0].status == "reviewed"


def test_advice_labels_disclaimer_and_version_are_loaded(folder: Path) -> None:
    """Every level has its words."""
    rulebook = Rulebook.load(folder)
    assert set(rulebook.levels) == set(rulebook.labels) == set(Urgency)
    assert rulebook.levels[Urgency.CALL_911] == "Call 911 now."
    assert (rulebook.disclaimer, rulebook.packs[0].version) == ("Nobody reviewed this.", "1.2.0")


def test_questions_are_loaded_with_the_facts_of_a_yes(folder: Path) -> None:
    """They name facts as conditions do."""
    entry = "{id: q, about: [fever], ask: Sudden?, adds: [{sudden: confusion}, bruising]}"
    write(folder / "questions.yaml", f"questions:\n  - {entry}\n")
    (question,) = Rulebook.load(folder, CONCEPTS).questions
    assert question.adds == {"sudden:confusion", "bruising"}
    assert (question.about, question.ask) == ({"fever"}, "Sudden?")


def test_the_label_holds_the_version_and_a_hash_of_all_rule_files(folder: Path) -> None:
    """Any change of a rule changes it; a change of a case does not."""
    before = Rulebook.load(folder)
    paths = [folder / name for name in ("levels.yaml", "sources.yaml", "topic.yaml")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert before.label == f"1.2.0+{digest[:8]}"
    write(folder / "topic.test.yaml", "tests: []\n")
    assert Rulebook.load(folder).label == before.label
    assert with_rule(folder, title="Another").label != before.label


def test_names_are_free_without_a_vocabulary(folder: Path) -> None:
    """Only with the ids of the vocabulary can a concept be unknown."""
    write(folder / "topic.yaml", RULE.replace("when: bruising", "when: anything"))
    assert Rulebook.load(folder).facts == {"anything"}
    with pytest.raises(RulebookError, match="no concept is called 'anything'"):
        Rulebook.load(folder, CONCEPTS)


def test_a_rulebook_does_not_change_and_pickles(folder: Path) -> None:
    """What is unpickled decides by the same rules."""
    rulebook = Rulebook.load(folder)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rulebook.disclaimer = "2"  # type: ignore[misc]
    copied = pickle.loads(pickle.dumps(rulebook))
    assert (copied.rules, copied.label, copied.strata) == (rulebook.rules, rulebook.label, rulebook.strata)


def test_the_shipped_rulebook_loads_and_every_rule_cites_a_source() -> None:
    """Its rules say why, what they cannot tell, and where it is written."""
    rulebook = Rulebook.load()
    assert rulebook.rules and set(rulebook.levels) == set(Urgency)
    assert all(rule.because and rule.limits and rule.citations for rule in rulebook.rules)


def test_every_line_that_the_shipped_rules_cite_for_its_advice_has_its_level() -> None:
    """Without it, a rule could be milder than the line unnoticed; the lines that only inform are few and known."""
    rulebook = Rulebook.load()
    page = rulebook.sources["goodrx-lemtrada"]
    cited = {cite.at for rule in rulebook.rules for cite in rule.citations if cite.source == page.id}
    assert sorted(cited - page.levels.keys()) == ["L100", "L113", "L122", "L123", "L97", "L99"]


def test_no_shipped_citation_passes_a_copy_off_as_the_publisher() -> None:
    """An address of a copy stands in ``read_at``, never in ``url``; no place is a bare section number."""
    rulebook = Rulebook.load()
    hosts = {source.id: urlsplit(source.url).hostname for source in rulebook.sources.values() if source.url}
    assert hosts == {
        "goodrx-lemtrada": "www.goodrx.com",
        "us-label": "www.lemtradahcp.com",
        "mhra-restrictions": "www.gov.uk",
        "ema-patient-signs": "www.ema.europa.eu",
        "mayo-micromedex": "www.mayoclinic.org",
        "lemtrada-patient-site": "www.lemtrada.com",
        "first-aid-guidelines": "professional.heart.org",
        "seizure-first-aid": "www.cdc.gov",
        "crisis-lifeline": "988lifeline.org",
    }
    assert all(source.via for source in rulebook.sources.values() if not source.url)
    places = {cite.at for rule in rulebook.rules for cite in rule.citations}
    assert not [place for place in places if re.fullmatch(r"[\d.]+", place)]


def test_shipped_data_is_taken_from_the_package_before_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout counts only when pyproject.toml lies beside the folder."""
    module = tmp_path / "lemtrada_triage" / "files" / "locate.py"
    write(module, "")
    write(tmp_path / "rules" / "a.yaml", "")
    monkeypatch.setattr(locate, "files", lambda name: tmp_path / name)
    monkeypatch.setattr(locate, "__file__", str(module))
    with pytest.raises(FileNotFoundError, match="the shipped rules files are missing"):
        locate.data_folder("rules")
    write(tmp_path / "pyproject.toml", "")
    assert locate.data_folder("rules") == tmp_path / "rules"
    write(tmp_path / "lemtrada_triage" / "_data" / "rules" / "a.yaml", "")
    assert locate.data_folder("rules") == tmp_path / "lemtrada_triage" / "_data" / "rules"
