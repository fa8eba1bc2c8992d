"""The command line as a user meets it: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lemtrada_triage import Triage
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "cli"
STROKE = "my face is drooping and I can't speak"
BOXES = re.compile("[\N{ESCAPE}─-╿█]")


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """Equal options share one Triage, which spares these tests half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        for room in ("show.cli", "author.commands"):
            patch.setattr(f"lemtrada_triage.{room}.Triage", cache(Triage))
        yield


def run(*arguments: str, input: str | bytes | None = None, **env: str) -> Result:
    """Runs a command away from any terminal, unless ``env`` says otherwise."""
    plain = dict.fromkeys(("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS"))
    return CliRunner(env={**plain, **env}).invoke(cli, arguments, input=input, prog_name="lemtrada-triage")


def in_a_terminal(width: int, *arguments: str) -> Result:
    return run(*arguments, FORCE_COLOR="1", COLUMNS=str(width), TERM="xterm-256color")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_a_mistake_is_answered_as_its_golden_file_says(path, monkeypatch):
    """The file: the command, its exit status, and what it says. UPDATE_GOLDEN=1 writes it anew."""
    monkeypatch.chdir(GOLDEN)
    command = path.read_text(encoding="utf-8").splitlines()[0]
    result = run(*shlex.split(command.removeprefix("$ lemtrada-triage ")))
    answer = f"{command}\nexit {result.exit_code}\n{result.output}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(answer, encoding="utf-8")
    assert answer == path.read_text(encoding="utf-8")
    assert "Traceback" not in answer


def test_mistakes_are_told_on_standard_error():
    result = run("assess", "hello", "--days", "-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "not -1" in result.stderr


@pytest.mark.parametrize("arguments", [("asess", "hello"), ("assess", "hello", "--day", "3"), ("score",)])
def test_wrong_usage_is_exit_status_two(arguments):
    assert run(*arguments).exit_code == 2


def test_assess_says_urgency_advice_reason_source_and_disclaimer():
    result = run("assess", STROKE, "--days", "2")
    assert result.exit_code == 0
    assert result.stdout.startswith("CALL 911 (urgency 5 of 5)\n")
    for part in (
        "Call 911",
        '"face is drooping"',
        "[stroke]",
        "goodrx-lemtrada L96",
        "No clinician has reviewed",
    ):
        assert part in result.stdout


def test_what_is_piped_has_no_colours_and_no_boxes():
    for verb in ("assess", "explain"):
        assert not BOXES.search(run(verb, f"{STROKE}, no fever").stdout)


@pytest.mark.parametrize("width", [50, 80, 200])
@pytest.mark.parametrize("verb", ["assess", "explain"])
def test_in_a_terminal_everything_fits_its_width(verb, width):
    result = in_a_terminal(width, verb, f"{STROKE} \N{ESCAPE}[2J, no fever, itchy\tand\nodd")
    assert result.exit_code == 0
    plain = re.sub("\N{ESCAPE}\\[[0-9;]*m", "", result.stdout)
    assert "\N{ESCAPE}" not in plain, "the patient's text must not steer the terminal"
    assert "━ CALL 911 ━" in plain
    assert max(map(len, plain.splitlines())) <= min(width, 100)
    assert re.search("\N{ESCAPE}\\[[0-9;]*m", result.stdout), "colours"


def test_plain_text_is_wrapped_but_for_addresses():
    lines = run("explain", f"{STROKE}, no fever, bruises and a rash").stdout.splitlines()
    assert max(len(line) for line in lines if "://" not in line) <= 80


def test_json_is_the_whole_assessment():
    result = json.loads(run("assess", STROKE, "--days", "2", "--flag", "pregnant", "--json").stdout)
    assert (result["urgency"], result["days_since_infusion"], result["flags"]) == (
        "call_911",
        2,
        ["pregnant"],
    )


@pytest.mark.parametrize("arguments", [("assess", "--json"), ("assess", "-", "--json"), ("explain", "--json")])
def test_text_comes_from_standard_input(arguments):
    result = json.loads(run(*arguments, input=STROKE).stdout)
    assert result["urgency"] == "call_911"


def test_standard_input_that_is_not_utf8_is_refused():
    result = run("assess", input=b"my head hurts \x93a lot\x94")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "not UTF-8 text (byte 14)" in result.stderr


def test_explain_shows_words_sources_what_did_not_count_and_traces():
    text = run("explain", f"{STROKE}, no fever", "--rule", "seizure").stdout
    for part in ('"no"', "https://", "Why seizure did not fire", "Trace:", "Engine:", "Rulebook:"):
        assert part in text


def test_the_engine_can_be_chosen():
    assert json.loads(run("assess", STROKE, "--json", "--engine", "direct").stdout)["engine"] == "direct"


def test_version_names_package_and_rulebook():
    result = run("--version")
    assert re.fullmatch(r"lemtrada-triage 0\.1\.0\nrulebook \S+\+[0-9a-f]{8}\n", result.stdout)


def test_every_verb_has_help():
    for verb in (
        (),
        ("assess",),
        ("explain",),
        ("score",),
        ("test",),
        ("sources", "list"),
        ("sources", "verify"),
    ):
        result = run(*verb, "--help")
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: lemtrada-triage")


def test_score_writes_a_file_and_sums_up_on_standard_error(tmp_path):
    out = tmp_path / "scored.csv"
    result = run("score", str(ROOT / "examples" / "symptom-log.csv"), "-o", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Rows: 24" in result.stderr
    assert "No clinician has reviewed" in result.stderr
    assert len(out.read_text(encoding="utf-8").splitlines()) == 25


def test_in_a_terminal_a_table_sums_up_a_log_with_its_doubts_and_its_rate(tmp_path):
    log = str(ROOT / "examples" / "symptom-log.csv")
    result = in_a_terminal(60, "score", log, "-o", str(tmp_path / "scored.csv"), "--reader", "words")
    said = re.sub("\N{ESCAPE}\\[[0-9;]*m", "", result.stderr)
    parts = ("Rows: 24", "call 911 +3 █", r"not understood +\d", "untidy +1", "not scored +0", "rows a second")
    assert re.search(".*".join(parts), said, re.DOTALL)
    assert max(map(len, said.splitlines())) <= 60
    piped = run("score", log, "-o", str(tmp_path / "scored.csv"), "--reader", "words").stderr
    assert not BOXES.search(piped) and "a second" not in piped, "away from a terminal, no table and nothing that varies"


def test_score_pipes():
    result = run("score", "-", "--format", "jsonl", input='{"text": "' + STROKE + '"}\n')
    assert json.loads(result.stdout)["urgency"] == "call_911"
    assert "Rows: 1" in result.stderr


@pytest.mark.parametrize("terminal", [{}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}])
def test_rows_left_unscored_are_counted_in_the_last_line_and_by_exit_status_one(tmp_path, terminal):
    log = tmp_path / "log.csv"
    log.write_bytes(b"message,days\nmy head \x93hurts\x94,3\nfine,about 3 weeks\nfine,NA\n")
    result = run("score", str(log), "-o", str(tmp_path / "out.csv"), **terminal)
    assert result.exit_code == 1
    said = re.sub("\N{ESCAPE}\\[[0-9;]*m", "", result.stderr)
    assert said.splitlines()[-1] == "Not scored: 1 of 3 rows. The column 'error' says why."
    said = " ".join(said.split())
    assert "With untidy cells: 2. The column 'warning' says what was made of them." in said
    assert "try --encoding cp1252" in said
    again = run("score", str(log), "-o", str(tmp_path / "out.csv"), "--encoding", "cp1252")
    assert again.exit_code == 0
    assert "Not scored" not in again.stderr
    assert "“hurts”" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_score_writes_a_message_without_words_as_routine_without_an_error(tmp_path):
    result = run("score", "-", "--format", "jsonl", input='{"text": ""}\n{"text": " "}\n{"text": null}\n')
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["urgency"], row["error"]) for row in rows] == [("routine", None)] * 3
    assert result.exit_code == 0


def test_a_log_that_cannot_be_used_leaves_no_file(tmp_path):
    (tmp_path / "log.csv").write_text("id,words\n1,hello\n")
    result = run("score", str(tmp_path / "log.csv"), "-o", str(tmp_path / "out.csv"))
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


def test_sources_verify_says_what_changed_moved_and_is_missing(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    for file in (ROOT / "examples" / "my-rules").iterdir():
        (rules / file.name).write_bytes(file.read_bytes())
    page = tmp_path / "page.txt"
    page.write_text("one\n two  words\nthree\nfour\n")
    prints = run("sources", "fingerprint", str(page)).stdout
    registry = rules / "sources.yaml"
    lines = "".join(f"      {line}\n" for line in prints.splitlines())
    registry.write_text(f'{registry.read_text()}    lines:\n      page 12: "0000000000000000"\n{lines}')
    page.write_text("one\ntwo words\nfour\n")
    result = run("sources", "verify", f"clinic-handbook={page}", "--rules", str(rules))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "clinic-handbook: 2 of 5 registered lines ok",
        "  page 12: missing",
        "  L1 to L2: ok",
        "  L3: changed",
        "  L4: missing (its words now stand at L3)",
    ]


def test_sources_list_says_what_was_read_where_and_how_urgent_its_lines_are():
    text = run("sources", "list").stdout
    blocks = [block.split("\0") for block in text.replace("\n  ", "\0").splitlines()]
    listed = {name: lines for name, *lines in blocks}
    assert list(listed) == list(Rulebook.load().sources)
    assert "asks for call_911: L96, L112" in listed["goodrx-lemtrada"]
    assert any(line.startswith("asks for contact_provider_now: L7 to L81") for line in listed["goodrx-lemtrada"])
    stroke = listed["fda-stroke-warning"]
    assert [line for line in stroke if "https://" in line] == [
        "read through the reports of TCTMD and of MDedge Neurology: "
        "https://www.tctmd.com/news/fda-warns-stroke-and-arterial-dissection-risk-ms-drug"
    ]
    assert any(line.endswith("edition: 2018-11-29") for line in stroke)


def test_a_cut_pipe_is_no_traceback():
    """``lemtrada-triage sources list | true``"""
    command = [sys.executable, "-m", "lemtrada_triage", "sources", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_terminal_without_unicode_is_no_traceback():
    command = [
        sys.executable,
        "-m",
        "lemtrada_triage",
        "assess",
        "temp 39 °C \N{FACE WITH THERMOMETER}",
        "--json",
    ]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=env, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, b"")
