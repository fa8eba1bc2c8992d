"""The library, the command line and ``score`` say the same of a message, and of these ones what they must."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from lemtrada_triage import Triage, Urgency
from lemtrada_triage.read.learned import missing, model_folder
from lemtrada_triage.show.cli import cli

TABLE = yaml.safe_load((Path(__file__).parent / "three_doors.yaml").read_text(encoding="utf-8"))
MESSAGES = [message for group in TABLE for message in group["messages"]]
READERS = ["words"] if missing(model_folder()) else ["words", "both"]


def days_of(message: dict[str, object]) -> int | None:
    return message.get("days", 40)


@cache
def reading(reader: str) -> Triage:
    return Triage(reader=reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["text"][:50])
def test_a_message_that_was_once_misjudged_has_its_level(message, reader):
    assessed = reading(reader).assess(message["text"], days_since_infusion=days_of(message))
    if "level" in message:
        assert assessed.urgency is Urgency(message["level"])
    else:
        assert assessed.urgency >= Urgency(message["least"])
    assert assessed.understood is message.get("understood", assessed.understood)


@pytest.fixture(scope="module", params=READERS)
def scored(request, tmp_path_factory) -> tuple[str, list[dict[str, str]]]:
    """All messages through ``score`` at once."""
    log = tmp_path_factory.mktemp("log") / "log.csv"
    with log.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["message", "days"])
        rows.writerows([message["text"], "" if (days := days_of(message)) is None else days] for message in MESSAGES)
    out = log.with_name("out.csv")
    done = CliRunner().invoke(cli, ["score", str(log), "-o", str(out), "--reader", request.param])
    assert done.exit_code == 0, done.output
    with out.open(newline="", encoding="utf-8") as file:
        return request.param, list(csv.DictReader(file))


def test_score_says_what_the_library_says(scored):
    reader, rows = scored
    assert len(rows) == len(MESSAGES)
    for message, row in zip(MESSAGES, rows, strict=True):
        alone = reading(reader).assess(message["text"], days_since_infusion=days_of(message))
        assert (row["urgency"], row["understood"]) == (alone.urgency.value, str(alone.understood).lower()), message


@pytest.mark.parametrize("reader", READERS)
def test_the_command_line_says_what_the_library_says(reader, monkeypatch):
    monkeypatch.setattr("lemtrada_triage.show.cli.Triage", lambda **options: reading(options["reader"]))
    for message in MESSAGES:
        days = days_of(message)
        options = ["--json", "--reader", reader] + ([] if days is None else ["--days", str(days)])
        done = CliRunner().invoke(cli, ["assess", *options, "-"], input=message["text"])
        assert done.exit_code == 0, done.output
        alone = reading(reader).assess(message["text"], days_since_infusion=days)
        assert json.loads(done.output) == json.loads(alone.model_dump_json()), message
