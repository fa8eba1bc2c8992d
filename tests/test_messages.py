"""The labelled messages hold to their labels and to the rules, and a mistake in them is told exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lemtrada_triage import Assertion, Triage, Urgency
from lemtrada_triage.training.check import check_levels
from lemtrada_triage.training.messages import Message, MessageError, load_messages, messages_folder, sha_of, tenth_of
from lemtrada_triage.training.turns import take_turns

LINE = {
    "text": "my mouth hangs on the left",
    "days": 2,
    "concepts": {"facial_droop": "present"},
    "modifiers": {},
    "spans": {"facial_droop": "mouth hangs"},
    "level": "call_911",
    "tags": [],
}
TURN = "And I had the fever since Monday."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "splits.yaml").write_text("files: {a.jsonl: train, t.jsonl: tenths}\ntenths: {}\n")
    return tmp_path


def write(folder: Path, *lines: object, name: str = "a.jsonl") -> None:
    rows = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


def load(triage: Triage, folder: Path, texts: Path | None = None) -> list[Message]:
    return load_messages(folder, triage.vocabulary.concepts, texts)


def mistakes(triage: Triage, folder: Path) -> str:
    with pytest.raises(MessageError) as error:
        load(triage, folder)
    return str(error.value)


def test_every_labelled_message_has_the_level_that_the_rules_decide_from_its_labels(triage: Triage) -> None:
    messages = load(triage, messages_folder())
    assert "\n\n".join(map(str, check_levels(triage, messages))) == ""
    assert len(messages) > 6_000


def test_a_message_is_read_with_its_labels(triage: Triage, folder: Path) -> None:
    write(folder, LINE)
    (message,) = load(triage, folder)
    assert message.concepts == {"facial_droop": Assertion.PRESENT}
    assert message.spans == {"facial_droop": (3, 14)}
    assert (message.level, message.split, message.line) == (Urgency.CALL_911, "train", 1)


def test_modifiers_that_were_not_labelled_are_not_known(triage: Triage, folder: Path) -> None:
    write(folder, {key: value for key, value in LINE.items() if key not in ("modifiers", "spans")})
    (message,) = load(triage, folder)
    assert (message.modifiers, message.spans) == (None, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"concepts": {"facial_drop": "present"}, "spans": {}}, "did you mean 'facial_droop'?"),
        ({"concepts": {"facial_droop": "pressent"}}, "'pressent' is no assertion"),
        ({"modifiers": {"facial_droop": ["sudenly"]}}, "'sudenly' is no modifier"),
        ({"modifiers": {"rash": ["sudden"]}}, "modifiers of 'rash', which is not among the concepts"),
        ({"spans": {"facial_droop": "mouth hung"}}, "is not in the text: 'mouth hung'"),
        ({"level": "call_912"}, "did you mean 'call_911'?"),
        ({"leven": 3}, "'leven' is not a key of a message"),
        ({"signals": ["unread"]}, "'unread' is no signal"),
    ],
)
def test_a_wrong_label_is_told_with_its_line(
    triage: Triage, folder: Path, change: dict[str, object], told: str
) -> None:
    write(folder, {**LINE, "text": "another, my mouth hangs"}, {**LINE, **change})
    text = mistakes(triage, folder)
    assert told in text
    assert f"{folder / 'a.jsonl'}:2:" in text


def test_all_mistakes_come_in_one_run(triage: Triage, folder: Path) -> None:
    write(folder, "{", {**LINE, "level": "nine"}, LINE, LINE)
    write(folder, LINE, name="b.jsonl")
    text = mistakes(triage, folder)
    for told in ("this line is no JSON", "'nine' is no level", "the same message as a.jsonl:3", "b.jsonl has no split"):
        assert told in text


def test_a_level_that_the_rules_do_not_decide_is_told(triage: Triage, folder: Path) -> None:
    write(folder, {**LINE, "level": "routine"})
    (problem,) = check_levels(triage, load(triage, folder))
    assert "level routine, but the rules decide call_911 (facial_droop present; days 2)" in str(problem)


def test_without_modifiers_any_plausible_ones_may_make_the_level(triage: Triage, folder: Path) -> None:
    line = {"text": "fuddled at once", "days": 40, "concepts": {"confusion": "present"}, "tags": []}
    write(folder, {**line, "level": "call_911"}, {**line, "text": "fuddled", "level": "get_help_now"})
    (problem,) = check_levels(triage, load(triage, folder))
    assert problem.line == 2


def pool(folder: Path) -> Path:
    (folder / "pool").mkdir()
    rows = [{"text": "Yeah.", "source": "S", "where": "c1"}, {"text": TURN, "source": "S", "where": "c1"}]
    write(folder / "pool", *rows, name="patients.jsonl")
    return folder


def test_a_real_turn_is_kept_without_its_text_and_gets_it_from_a_folder(
    triage: Triage, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = pool(tmp_path_factory.mktemp("texts"))
    write(folder, {"n": 1, "concepts": {"fever": "present"}, "spans": {"fever": "the fever"}}, name="labels")
    assert take_turns(folder / "labels", texts, folder / "t.jsonl") == 1
    assert "Monday" not in (folder / "t.jsonl").read_text()
    (message,) = load(triage, folder, texts)
    assert (message.text, message.spans, message.level) == (TURN, {"fever": (10, 19)}, None)
    assert load(triage, folder)[0].text == ""


def test_a_turn_that_is_not_the_labelled_one_is_told(
    triage: Triage, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = pool(tmp_path_factory.mktemp("texts"))
    write(folder, {"source": "S", "where": "c1", "n": 0, "sha": sha_of(TURN), "concepts": {}}, name="t.jsonl")
    with pytest.raises(MessageError, match=r"line 0 of patients\.jsonl is not the turn that was labelled"):
        load(triage, folder, texts)


def test_all_turns_of_a_consultation_are_in_one_split(triage: Triage, folder: Path) -> None:
    (folder / "splits.yaml").write_text(f"files: {{t.jsonl: tenths}}\ntenths: {{{tenth_of('c1')}: report}}\n")
    turns = [{"source": "S", "where": "c1", "n": n, "sha": sha_of(str(n)), "concepts": {}} for n in range(5)]
    write(folder, *turns, name="t.jsonl")
    assert {message.split for message in load(triage, folder)} == {"report"}
