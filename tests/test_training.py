"""The room ``training/``: limits, figures, rows; with torch at hand, what is exported is what was trained."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import Assertion, Triage
from lemtrada_triage.training.calibrate import groups_of, own_limit, platt
from lemtrada_triage.training.evaluate import Share, agreement, into_card
from lemtrada_triage.training.messages import load_messages, messages_folder
from lemtrada_triage.training.rows import (
    Lineage,
    Row,
    joined_rows,
    message_row,
    names_of,
    negative_rows,
    swapped_rows,
    typed,
)


def test_scales_make_probabilities_of_logits_that_are_too_sure() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(-1, 2, 20_000)
    labels = rng.random(20_000) < 1 / (1 + np.exp(-truth))
    slope, shift = platt((truth - 0.5) * 2, labels)
    assert (slope, shift) == (pytest.approx(0.5, abs=0.05), pytest.approx(0.5, abs=0.1))


def test_a_concept_with_few_messages_has_the_limit_of_its_group() -> None:
    likely, labels = np.array([0.9, 0.8, 0.1, 0.1]), np.array([True, True, False, False])
    assert own_limit(likely, labels, 0.3, 20.0) == 0.3


def test_a_concept_that_is_often_told_moves_its_limit_and_not_far() -> None:
    likely = np.concatenate([np.full(50, 0.2), np.full(500, 0.01)])
    labels = np.concatenate([np.ones(50, bool), np.zeros(500, bool)])
    assert 0.08 < own_limit(likely, labels, 0.3, 20.0) < 0.3


def test_a_concept_is_grouped_by_the_worst_that_it_can_lead_to(triage: Triage) -> None:
    groups = groups_of(triage, ["stroke", "confusion", "seizure", "hiccups", "signal:unread_complaint"])
    assert list(groups.values()) == ["call_911", "call_911", "get_help_now", "other", "signal"]


def test_a_share_tells_its_interval() -> None:
    assert str(Share(5, 100)) == "5.0% (5 of 100; 2.2% to 11.2%)"
    assert str(Share()) == "none"


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share_and_is_within_0_and_1(part: int, more: int) -> None:
    share = Share(part, part + more)
    low, high = share.interval
    assert 0 <= low <= part / (part + more) <= high <= 1


def test_figures_replace_the_old_ones_in_a_card_and_leave_the_rest(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    marks = "<!-- figures of {0} -->\n{1}\n<!-- end of figures of {0} -->\n"
    blind, old, new = marks.format("blind", "kept"), marks.format("report", "old"), marks.format("report", "new\nnewer")
    card.write_text(f"# Card\n{old}{blind}End.\n")
    into_card(card, ["new", "newer"], "report")
    assert card.read_text() == f"# Card\n{new}{blind}End.\n"


def test_a_second_reader_is_held_against_the_first_on_the_same_turns(triage: Triage, tmp_path: Path) -> None:
    turn = {"source": "PriMock57", "sha": "0" * 12, "modifiers": {}, "spans": {}}
    for name, labels in {
        "one": ({"fever": "present"}, {}),
        "two": ({"high_fever": "present"}, {"rash": "present"}),
    }.items():
        rows = [{**turn, "n": n, "where": f"c{n}", "concepts": concepts} for n, concepts in enumerate(labels)]
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "splits.yaml").write_text("files: {one.jsonl: report, two.jsonl: again}\ntenths: {}\n")
    told: list[str] = []
    agreement(load_messages(tmp_path, triage.vocabulary.concepts), triage.vocabulary, "report", told.append)
    assert [line.split(" (")[0] for line in told[1:]] == [
        "- symptoms found", "- found symptoms right", "- something found where there is none: 100.0%",
    ]  # fmt: skip
    assert "100.0% (1 of 1" in told[1]
    assert "0.0% (0 of 2" in told[2]


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(0, 99))
def test_slips_of_the_finger_leave_a_text_as_long_as_it_was(text: str, seed: int) -> None:
    assert len(typed(text, random.Random(seed))) == len(text)


def test_what_counts_is_trained_with_all_that_it_counts_as_and_what_is_denied_as_told(triage: Triage) -> None:
    lineage = Lineage(triage.vocabulary, names_of(triage.vocabulary))
    messages = load_messages(messages_folder(), triage.vocabulary.concepts)
    message = next(one for one in messages if one.text and "slurred_speech" in one.counting and len(one.concepts) > 1)
    row = message_row(message, lineage)
    assert {"slurred_speech", "speech_difficulty"} <= row.counts
    assert row.told is not None
    assert set(message.concepts) <= row.told
    assert "symptom" not in row.counts


def test_every_25th_request_is_set_apart(tmp_path: Path) -> None:
    (tmp_path / "pool").mkdir()
    lines = "\n".join(f'{{"text": "request {number}"}}' for number in range(60))
    (tmp_path / "pool" / "everyday.jsonl").write_text(lines)
    apart, kept = negative_rows(tmp_path, apart=True)[0], negative_rows(tmp_path)[0]
    assert [row.text for row in apart] == ["request 0", "request 25", "request 50"]
    assert len(kept) == 57


def test_the_exported_model_says_what_the_network_says_alone_and_in_a_batch() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from lemtrada_triage.training.export import Graph
    from lemtrada_triage.training.network import Network

    torch.manual_seed(3)
    network = Network(50, 11, 2, width=32, inner=64, heads=4).eval()
    for head in (network.counts, network.told):
        torch.nn.init.normal_(head.weight, std=0.5)
    session = onnxruntime.InferenceSession(Graph(network).model().SerializeToString())
    ids = np.array([[2, 7, 9, 30, 3], [2, 8, 8, 41, 3]])
    together = session.run(None, {"ids": ids})
    alone = session.run(None, {"ids": ids[:1]})
    with torch.no_grad():
        expected = network(torch.tensor(ids), torch.tensor([5, 5]))
    for ours, one, theirs in zip(together, alone, expected, strict=True):
        assert ours[0].tobytes() == one[0].tobytes()
        assert np.abs(ours[0, 1:-1] - theirs[0, 1:-1].numpy()).max() < 0.2


_PARTS = [
    Row("rash", frozenset({"rash"}), frozenset({"rash"}), said={"rash": Assertion.PRESENT}, spans={"rash": (0, 4)}),
    Row("no rash", frozenset(), frozenset({"rash"}), said={"rash": Assertion.ABSENT}, spans={"rash": (0, 7)}),
    Row("cant speak", frozenset({"s"}), frozenset({"s"}), said={"s": Assertion.PRESENT}, spans={"s": (0, 10)}),
    Row("see you on Monday", frozenset(), frozenset()),
]


@given(st.integers(0, 10_000))
def test_joined_texts_tell_what_their_parts_tell_in_the_same_words(seed: int) -> None:
    (row,) = joined_rows(_PARTS, _PARTS, 1, random.Random(seed))
    assert row.counts == {name for name, said in row.said.items() if said.counts}
    assert all(row.text[start:end] in {"rash", "no rash", "cant speak"} for start, end in row.spans.values())
    assert ("s" in row.counts) is ("cant speak" in row.text)
    if "no rash" in row.text:
        # A denial ends with its own text: what follows stands in a sentence of its own.
        behind = row.text.split("no rash", 1)[1]
        assert not behind or behind[0] in ".;\n" or behind.startswith(" but ")


def test_a_swapped_text_tells_the_new_symptom_as_it_told_the_old_one_and_leaves_the_rest(triage: Triage) -> None:
    lineage = Lineage(triage.vocabulary, names_of(triage.vocabulary))
    said = {"fever": Assertion.ABSENT, "cough": Assertion.PRESENT}
    told = Row("no fever but a bad cough", frozenset({"cough"}), frozenset(said), said=said,
               spans={"fever": (3, 8), "cough": (19, 24)})  # fmt: skip
    names = [_name("fever", "fever"), _name("cough", "cough"), _name("facial_droop", "droopy face")]
    made = swapped_rows(names, [told], lineage, 60, random.Random(1))
    rows = [row for row in made if row.text != told.text]  # a name can be drawn in its own place
    assert {row.text for row in rows} == {"no droopy face but a bad cough", "no fever but a bad droopy face"}
    for row in rows:
        old = "fever" if "fever" in row.text else "cough"
        assert {row.text[start:end] for start, end in row.spans.values()} == {"droopy face", old}
        assert row.said["facial_droop"] is (Assertion.PRESENT if old == "fever" else Assertion.ABSENT)
        assert ("facial_droop" in row.counts) == (old == "fever")
        assert {"facial_droop", old} <= row.told


def _name(concept: str, text: str) -> Row:
    one = frozenset({concept})
    return Row(text, one, one, said={concept: Assertion.PRESENT}, spans={concept: (0, len(text))})
