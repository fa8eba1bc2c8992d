"""Both readers together, with a tiny model that was trained for these tests alone and reads badly."""

from __future__ import annotations

import json
import math
import pickle
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import Assessment, InputError, MatchKind, Triage, Urgency
from lemtrada_triage.read import learned
from lemtrada_triage.read.both import BothReaders, Thresholds
from lemtrada_triage.read.learned import LearnedReader, Opinion, Span

ROOT = Path(__file__).resolve().parent.parent
TINY = Path(__file__).parent / "tiny-model"
ODD = ["", " ", "\ud800", "🤒 fever 39,4 °C", "naïve ﬁt — “numb”\u200b arm", "no " * 700 + "rash", "[ ] rash [x] fever"]


@pytest.fixture(scope="module")
def reader() -> LearnedReader:
    return LearnedReader(TINY)


@pytest.fixture(scope="module")
def both() -> Iterator[Triage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learned, "model_folder", lambda: TINY)
        yield Triage(reader="both")


@pytest.fixture(scope="module")
def messages() -> list[str]:
    lines = (ROOT / "vocab" / "messages" / "f.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["text"] for line in lines[:60] if line] + ODD


def same(first: Opinion, second: Opinion) -> bool:
    return first.counts.tobytes() == second.counts.tobytes() and first.told.tobytes() == second.told.tobytes()


def test_a_text_has_the_same_bits_alone_in_any_batch_and_twice(reader: LearnedReader, messages: list[str]) -> None:
    alone = [reader.read(text) for text in messages]
    together = reader.read_all(messages)
    turned = reader.read_all(messages[::-1])[::-1]
    assert all(map(same, alone, together))
    assert all(map(same, alone, turned))
    assert [one.manners([5]) for one in alone] == [one.manners([7, 5, 9])[1:2] for one in turned]


def test_threads_read_the_same_from_a_reader_that_is_not_loaded_yet(messages: list[str], reader: LearnedReader) -> None:
    expected = [reader.read(text) for text in messages]
    fresh = LearnedReader(TINY)
    with ThreadPoolExecutor(8) as pool:
        assert all(map(same, pool.map(fresh.read, messages), expected))


def test_a_pickled_reader_is_its_folder_and_reads_the_same(reader: LearnedReader, messages: list[str]) -> None:
    pickled = pickle.dumps(reader)
    assert len(pickled) < 1_000
    assert same(pickle.loads(pickled).read(messages[0]), reader.read(messages[0]))


def test_nothing_of_a_long_text_is_lost(reader: LearnedReader) -> None:
    sign, name = "my face is drooping and my speech is slurred. ", reader.number["facial_droop"]
    idle = "we walked the dog along the river and had a cup of tea. "
    far = reader.read(idle * 60 + sign + idle * 60)
    assert far.told[name] > reader.read(idle * 120).told[name] + 1
    start, end = far.manners([name])[0].span
    assert len(idle) * 59 < start < end < len(idle) * 61 + len(sign)


@given(st.text(max_size=300), st.integers(0, 268))
def test_the_words_of_a_decision_lie_within_the_text(reader: LearnedReader, text: str, name: int) -> None:
    start, end = reader.read(text).manners([name])[0].span
    assert 0 <= start <= end <= len(text)


def test_a_result_names_its_readers_and_the_model(both: Triage) -> None:
    about = json.loads((TINY / "reader.json").read_text())
    assert both.assess("fever").readers == ("words", f"learned {about['version']} ({about['hash']})")


def test_mentions_have_the_words_of_the_text_and_both_opinions(both: Triage, messages: list[str]) -> None:
    results = [(text, both.assess(text)) for text in messages]
    found = [(text, mention) for text, result in results for mention in (*result.mentions, *result.withdrawn)]
    assert all(mention.text == text[mention.start : mention.end] for text, mention in found)
    learnt = [mention for _, mention in found if mention.match is MatchKind.LEARNED]
    assert learnt
    assert all(mention.like and 0 <= mention.score <= 1 for mention in learnt)
    assert all([opinion.reader for opinion in mention.opinions] == ["words", "learned"] for mention in learnt)


def test_what_was_withdrawn_is_in_the_explanation_with_both_opinions(both: Triage, messages: list[str]) -> None:
    result = next(result for text in messages if (result := both.assess(text)).withdrawn)
    assert "Withdrawn" in result.explain()
    assert "words reader: " in " ".join(result.explain().split())


def test_a_result_of_both_readers_survives_json(both: Triage, messages: list[str]) -> None:
    for text in messages[:20]:
        result = both.assess(text, 3)
        assert Assessment.model_validate_json(result.model_dump_json()) == result


def test_a_pickled_triage_reads_with_both_readers_and_decides_the_same(both: Triage, messages: list[str]) -> None:
    again = pickle.loads(pickle.dumps(both))
    assert [again.assess(text) for text in messages[:20]] == [both.assess(text) for text in messages[:20]]


def test_words_alone_read_as_they_would_without_a_second_reader(triage: Triage, both: Triage) -> None:
    text = "no fever but my left arm went numb"
    assert triage.assess(text).readers == ("words",)
    assert triage.assertion(text, 3, 8) == both.assertion(text, 3, 8)


def test_without_a_model_words_read_alone_and_the_result_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, triage: Triage
) -> None:
    monkeypatch.setattr(learned, "model_folder", lambda: tmp_path)
    result = Triage().assess("my face is drooping")
    assert result.readers == ("words", "no learned reader: there is no trained model")
    assert result.mentions == triage.assess("my face is drooping").mentions


def test_without_onnx_runtime_words_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "find_spec", lambda name: None if name == "onnxruntime" else object())
    assert learned.missing(TINY) == "onnxruntime cannot be imported"


@pytest.mark.parametrize("name", ["Smith", "Hallum", "Payne", "Nguyễn", "Anna Maria Vertigo-Brown"])
def test_the_learned_reader_reads_the_same_whatever_a_person_is_called(both: Triage, name: str) -> None:
    def logits(name: str) -> list[float]:
        text = f"Please ask Dr {name} to call me, my left arm is numb."
        assert isinstance(both._reader, BothReaders)
        return both._reader.learned.read(text, [(14, 14 + len(name))]).counts.tolist()

    assert logits(name) == logits("Xu")


def test_each_name_is_one_token_in_its_place_and_all_others_stay() -> None:
    ids, offsets = [5, 6, 7, 8, 9, 10], [(0, 3), (4, 6), (6, 9), (10, 12), (13, 17), (17, 20)]
    assert learned._unnamed(ids, offsets, (), 1) == (ids, offsets)
    named = learned._unnamed(ids, offsets, [(4, 9), (13, 20)], 1)
    assert named == ([5, 1, 8, 1], [(0, 3), (4, 9), (10, 12), (13, 20)])
    assert learned._unnamed(ids, offsets, [(20, 24)], 1) == (ids, offsets)


def test_a_learned_reader_that_fails_costs_no_decision(both: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(text: str, names: Sequence[Span]) -> Opinion:
        raise RuntimeError("no memory")

    assert isinstance(both._reader, BothReaders)
    with monkeypatch.context() as broken:
        broken.setattr(both._reader.learned, "read", fails)
        result = both.assess("half my face is drooping", 2)
    assert result.urgency is Urgency.CALL_911
    assert result.readers == ("words", "the learned reader failed: RuntimeError")
    assert both.assess("half my face is drooping", 2).readers == both.readers  # and it is heard again


def test_a_text_of_a_hundred_pages_is_read_by_words_alone_and_says_so(both: Triage) -> None:
    result = both.assess("It rained again. " * 6_000 + "My face is drooping.", 2)
    assert result.urgency is Urgency.CALL_911
    assert result.readers[0] == "words"
    assert re.fullmatch("no learned reader: the text has 30,00. tokens, and at most 20,000 are read", result.readers[1])


def test_an_unknown_reader_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(InputError, match="unknown reader 'all'; choose from both, words"):
        Triage(reader="all")


def test_a_concept_that_the_model_does_not_know_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in TINY.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    about = json.loads((TINY / "reader.json").read_text())
    monkeypatch.setattr(learned, "model_folder", lambda: tmp_path)
    before = set(Triage().by_words_alone)
    about["names"][about["names"].index("hiccups")] = "some_older_concept"
    (tmp_path / "reader.json").write_text(json.dumps(about))
    assert set(Triage().by_words_alone) - before == {"hiccups"}


ROW = "a row has 4 to 5 limits (find, keep, overrule, urgent, beside), not"
ROWS = [
    ("names", "hiccups", [0.4, 0.1, 0.8, False, 0.5, 0.5], f"hiccups: {ROW} 6"),
    ("names", "hiccups", [0.4, 0.1, 0.8], f"hiccups: {ROW} 3"),
    ("names", "hiccups", 0.4, f"hiccups: {ROW} 0.4"),
    ("names", "hiccups", [math.nan, 0.1, 0.8, False], "hiccups: 'find' must be a probability, from 0 to 1, not nan"),
    ("names", "hiccups", [0.4, 1.5, 0.8, False], "hiccups: 'keep' must be a probability, from 0 to 1, not 1.5"),
    ("names", "hiccups", [True, 0.1, 0.8, False], "hiccups: 'find' must be a probability, from 0 to 1, not True"),
    ("names", "hiccups", [0.4, 0.1, 0.8, 1, 0.5], "hiccups: 'urgent' must be true or false, not 1"),
    ("names", "hiccups", [0.4, 0.1, 0.8, True, -0.1], "hiccups: 'beside' must be a probability, from 0 to 1, not -0.1"),
    ("modifiers", "sudden", [0.5], f"sudden: {ROW.replace('4', '2')} 1"),
    ("modifiers", "sudden", [0.5, "0.1"], "sudden: 'keep' must be a probability, from 0 to 1, not '0.1'"),
    ("scales", "counts", [0.0, 1.0], "scales: counts must be a slope above 0 and a shift, not [0.0, 1.0]"),
    ("scales", "counts", [1.0, math.inf], "scales: counts must be a slope above 0 and a shift, not [1.0, inf]"),
    ("scales", "told", [1.0], "scales: told must be a slope above 0 and a shift, not [1.0]"),
]


@pytest.mark.parametrize(("part", "name", "row", "told"), ROWS)
def test_limits_that_cannot_be_used_are_refused_with_file_and_row(
    tmp_path: Path, part: str, name: str, row: object, told: str
) -> None:
    kept = json.loads((TINY / "thresholds.json").read_text())
    kept[part][name] = row
    path = tmp_path / "thresholds.json"
    path.write_text(json.dumps(kept))
    with pytest.raises(InputError, match=re.escape(f"{path}: {told}")):
        Thresholds.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("close", math.nan, "a number from 1 on"), ("close", 0, "a number from 1 on"),
        ("close", 0.5, "a number from 1 on"), ("close", math.inf, "a number from 1 on"),
        ("close", True, "a number from 1 on"),
        ("told", "0.5", "a number from 0 to 1"), ("told", 5, "a number from 0 to 1"),
        ("told", 10**400, "a number from 0 to 1"), ("told", -0.1, "a number from 0 to 1"),
    ],
)  # fmt: skip
def test_what_no_odds_can_be_measured_by_is_refused(tmp_path: Path, name: str, value: object, wanted: str) -> None:
    kept = json.loads((TINY / "thresholds.json").read_text())
    (tmp_path / "thresholds.json").write_text(json.dumps(kept | {name: value}))
    with pytest.raises(InputError, match=f"'{name}' must be {wanted}, not {value!r}; choose"):
        Thresholds.load(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"names": {}}'])
def test_a_file_that_holds_no_limits_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "thresholds.json").write_text(text)
    with pytest.raises(InputError, match=r"thresholds.json: these are no limits of a model \(.*calibrate"):
        Thresholds.load(tmp_path)


def test_a_limit_may_lie_at_either_end(tmp_path: Path) -> None:
    kept = json.loads((TINY / "thresholds.json").read_text())
    kept["names"]["hiccups"] = [0, 0.0, 1, False]
    (tmp_path / "thresholds.json").write_text(json.dumps(kept))
    assert Thresholds.load(tmp_path).policy.names["hiccups"] == (0, 0, 1, False, 0)
