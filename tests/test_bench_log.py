"""The recipe of the benchmark's logs: seeded, and repeating as much as it says."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

from batch_log import messages, write_log

from lemtrada_triage.batch.cells import loose_days


def made(path: Path, rows: int, share: float | None) -> list[dict[str, str]]:
    assert write_log(path, rows, share) == rows
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("share", [0.0, 0.7, 0.95])
def test_a_log_repeats_the_share_of_texts_that_was_asked_for(tmp_path, share):
    rows = made(tmp_path / "a.csv", 400, share)
    assert len({row["message"] for row in rows}) == round(400 * (1 - share))


def test_open_text_is_the_labelled_messages_each_once(tmp_path):
    texts = [row["message"] for row in made(tmp_path / "a.csv", 500, None)]
    assert len(set(texts)) == 500 and set(texts) <= set(messages())


def test_more_texts_than_there_are_messages_are_joined_from_them(tmp_path):
    rows = len(messages()) + 50
    texts = {row["message"] for row in made(tmp_path / "a.csv", rows, 0.0)}
    assert len(texts) == rows and len(texts - set(messages())) == 50


def test_the_same_arguments_make_the_same_bytes(tmp_path):
    for name in ("a.csv", "b.csv"):
        write_log(tmp_path / name, 300, 0.7)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_some_days_are_untidy_and_some_are_not_known(tmp_path):
    days = [loose_days(row["days_since_infusion"]) for row in made(tmp_path / "a.csv", 2_000, 0.95)]
    assert 50 < sum(cell.choices == (None,) for cell in days) < 200
    assert 10 < sum(bool(cell.warning) for cell in days) < 100
