"""Symptoms over time: what lasts, comes back and gets worse, and what rules make of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import Triage
from lemtrada_triage.batch import files
from lemtrada_triage.batch.core import CODES, Scored, Scorer
from lemtrada_triage.batch.log import ADDED, Layout, score
from lemtrada_triage.batch.overtime import PAST, Told, over_time
from lemtrada_triage.batch.plan import Plan
from lemtrada_triage.batch.rowlog import Summary
from lemtrada_triage.batch.sinks import Files
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.history.past import Past, episodes, facts_of_past, lasting_days
from lemtrada_triage.model import InputError, RulebookError
from lemtrada_triage.show.cli import cli

SHIPPED = Rulebook.load()


def told(day: int, *present: str, over: str = "", severe: str = "", rank: int = 1, since: int | None = None) -> Told:
    return Told(day, rank, frozenset(present), frozenset(severe.split()), frozenset(over.split()), since)


def headaches(*rows: Told, gap: int = 14) -> list[tuple[int, int, int, bool]]:
    return [tuple(known["headache"][:4]) for known in over_time(rows, gap) if "headache" in known]


def test_a_symptom_lasts_from_the_first_day_of_its_episode():
    assert headaches(told(3, "headache"), told(10, "headache"), told(24, "headache", "fever")) == [
        (3, 0, 1, False),
        (3, 7, 1, False),
        (3, 21, 1, False),
    ]


def test_more_days_without_a_word_than_the_gap_end_an_episode():
    assert headaches(told(0, "headache"), told(14, "headache"), told(29, "headache"))[1:] == [
        (0, 14, 1, False),
        (0, 0, 2, False),
    ]
    assert headaches(told(0, "headache"), told(2, "headache"), gap=1)[1] == (0, 0, 2, False)


def test_a_denial_or_a_stop_ends_an_episode_and_silence_does_not():
    assert headaches(told(0, "headache"), told(2, over="headache"), told(3, "headache"))[1] == (0, 0, 2, False)
    assert headaches(told(0, "headache"), told(2, "fever"), told(3, "headache"))[1] == (0, 3, 1, False)
    assert headaches(told(0, over="headache"), told(3, "headache")) == [(3, 0, 1, False)]
    stopped = headaches(told(0, "headache"), told(1, "headache", over="headache"), told(2, "headache"))
    assert stopped[1:] == [(0, 1, 1, False), (0, 0, 2, False)], "told to have stopped: it was there until then"


def test_worse_is_severe_or_more_urgent_than_when_last_told_in_the_episode():
    rows = [told(0, "headache"), told(1, "headache", severe="headache"), told(2, "headache", severe="headache")]
    assert [worse for *_, worse in headaches(*rows)] == [False, True, False]
    assert headaches(told(0, "headache", rank=3), told(1, "headache", rank=4))[1][3] is True
    assert headaches(told(0, "headache", rank=3), told(90, "headache", rank=4))[1][3] is False


def test_what_was_first_told_after_which_infusion_is_known():
    rows = [
        told(100, "rash", since=10),
        told(103, "rash", since=12),
        told(500, "rash", "fever", since=5),
        told(501, "cough"),
    ]
    known = over_time(rows)
    assert [row["rash"].first_after for row in known[:3]] == [90, 90, 90]
    assert (known[2]["fever"].first_after, known[3]["cough"].first_after) == (495, None)
    assert over_time([told(103, "x", since=12), told(102, "x", since=12)])[0]["x"].first_after == 90, "one course"


ROWS = st.lists(
    st.builds(
        Told,
        st.integers(0, 60),
        st.integers(1, 5),
        st.frozensets(st.sampled_from("abc")),
        st.just(frozenset()),
        st.frozensets(st.sampled_from("abc")),
        st.none() | st.integers(0, 30),
    ),
    max_size=12,
)


@given(ROWS)
def test_no_row_knows_of_a_later_one(rows):
    rows = sorted(rows, key=lambda row: row.day)
    for count in range(len(rows)):
        early = [{name: one[:4] for name, one in known.items()} for known in over_time(rows[:count])]
        assert early == [{name: one[:4] for name, one in known.items()} for known in over_time(rows)[:count]]


@given(ROWS, st.randoms())
def test_rows_of_different_days_may_come_in_any_order(rows, random):
    rows = list({row.day: row for row in rows}.values())
    mixed = random.sample(rows, len(rows))
    by_day = {row.day: known for row, known in zip(rows, over_time(rows), strict=True)}
    assert over_time(mixed) == [by_day[row.day] for row in mixed]


def test_a_fact_of_the_past_holds_from_its_number_on():
    asked = {lasting_days(7, "anxiety"), episodes(3, "anxiety"), "anxiety", "lasting:anxiety"}
    assert facts_of_past({"anxiety": Past(6, 2)}, asked) == frozenset()
    assert facts_of_past({"anxiety": Past(7, 2)}, asked) == {"lasting_7_days:anxiety"}
    assert facts_of_past({"anxiety": Past(9, 3), "fever": Past(9, 9)}, asked) == {
        "lasting_7_days:anxiety",
        "3_episodes:anxiety",
    }


LOG = """who,date,days,message
a,2026-03-09,9,feeling nervous again
a,2026-03-01,1,feeling nervous
b,2026-03-09,9,feeling nervous
a,2026-03-02,2,"no headache, all well"
,2026-03-09,9,feeling nervous
a,2026-03-10,10,no anxiety today
a,2026-03-12,12,nervous and a fever
"""


def scored(triage: Triage, layout: Layout | None = None, log: str = LOG) -> list[dict[str, str]]:
    sink = io.BytesIO()
    score(triage, io.BytesIO(log.encode()), sink, "csv", layout)
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode(), newline="")))


def test_a_log_with_patients_is_decided_with_their_past_and_keeps_its_order(triage):
    alone, rows = scored(triage), scored(triage, Layout(patient="who"))
    assert list(rows[0]) == ["who", "date", "days", "message", *ADDED, *PAST]
    assert [row["message"] for row in rows] == [row["message"] for row in alone]
    first = rows[0]
    assert (alone[0]["urgency"], first["urgency"]) == ("routine", "contact_provider")
    assert "fear-that-stays" in first["rules"].split()
    assert [first[name] for name in PAST] == ["2026-03-01", "8", "1", "", "2026-02-28"]
    assert [row["urgency"] for row in rows[1:5]] == [row["urgency"] for row in alone[1:5]], "no week of it yet"
    assert [rows[4][name] for name in PAST] == [""] * 5, "nobody's row has no past"


def test_cells_of_the_past_stand_in_the_order_of_the_concepts(triage):
    last = scored(triage, Layout(patient="who"))[-1]
    told_now = dict(zip(last["concepts"].split(), last["first_told"].split(), strict=True))
    assert told_now["anxiety"] == "2026-03-01" and told_now["fever"] == "2026-03-12"
    times = dict(zip(last["concepts"].split(), last["episodes"].split(), strict=True))
    assert times["anxiety"] == "2", "it was denied in between"


def test_days_alone_order_rows_too_and_json_has_lists(triage):
    lines = [{"who": 1, "days": day, "text": "feeling nervous"} for day in (9, 1)]
    sink = io.BytesIO()
    log = "\n".join(map(json.dumps, lines)).encode()
    score(triage, io.BytesIO(log), sink, "jsonl", Layout(patient="who"))
    late, early = map(json.loads, sink.getvalue().decode().splitlines())
    assert (late["urgency"], early["urgency"]) == ("contact_provider", "routine")
    assert (late["first_told"], late["lasting_days"], late["first_after"]) == (["1"], [8], ["unknown"])


def test_a_log_from_a_pipe_is_read_twice_all_the_same(triage):
    reading, writing = os.pipe()
    os.write(writing, LOG.encode())
    os.close(writing)
    sink = io.BytesIO()
    with os.fdopen(reading, "rb") as source:
        score(triage, source, sink, "csv", Layout(patient="who"))
    assert list(csv.DictReader(io.StringIO(sink.getvalue().decode(), newline=""))) == scored(
        triage, Layout(patient="who")
    )


def score_files(triage: Triage, log: Path, out: Path, **settings: Any) -> bytes:
    """What becomes of the log, whatever the form of both."""
    files.score_files(triage, Plan((str(log),), str(out), layout=Layout(patient="who"), **settings))
    return out.read_bytes()


@pytest.fixture
def long_log(tmp_path) -> Path:
    """More rows than a chunk, and more texts than one process reads alone; a patient's rows lie far apart."""
    lines = [f"{day % 40},{day},feeling nervous since number {day}" for day in range(800, 0, -1)]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["who,days,message", *lines]) + "\n")
    return path


def test_several_processes_know_the_same_past_as_one(triage, long_log, tmp_path):
    alone = score_files(triage, long_log, tmp_path / "1.csv")
    assert score_files(triage, long_log, tmp_path / "2.csv", jobs=2) == alone
    stream = io.BytesIO()
    score(triage, io.BytesIO(long_log.read_bytes()), stream, "csv", Layout(patient="who"))
    assert stream.getvalue() == alone


def test_a_run_that_was_broken_off_goes_on_with_the_past_of_all_rows(triage, long_log, tmp_path, monkeypatch):
    whole = score_files(triage, long_log, tmp_path / "whole.csv")
    out = tmp_path / "out.csv"

    def left_as_it_is(self: Files, *error: object) -> None:
        for part in self._parts:
            part.stream.close()

    def killed(summary: Summary, place: int) -> None:
        if summary.rows > 200:
            raise KeyboardInterrupt

    plan = Plan((str(long_log),), str(out), layout=Layout(patient="who"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Files, "leave", left_as_it_is)
        files.score_files(triage, plan, killed)
    assert not out.exists()
    assert score_files(triage, long_log, out, resume=True) == whole


def test_files_are_one_log_and_a_patient_s_past_may_be_in_another(triage, tmp_path):
    head, *rows = LOG.splitlines(keepends=True)
    for name, some in (("a.csv", rows[:1]), ("b.csv", rows[1:])):
        (tmp_path / name).write_text("".join([head, *some]))
    (tmp_path / "log.csv").write_text(LOG)
    sources = (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    files.score_files(triage, Plan(sources, str(tmp_path / "both.csv"), layout=Layout(patient="who")))
    assert (tmp_path / "both.csv").read_bytes() == score_files(triage, tmp_path / "log.csv", tmp_path / "one.csv")


@pytest.mark.parametrize("name", ["log.json", "log.parquet", "log.jsonl.gz"])
def test_logs_of_any_form_have_the_same_past(triage, tmp_path, name):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = list(csv.DictReader(io.StringIO(LOG)))
    text = json.dumps(rows) if name == "log.json" else "\n".join(map(json.dumps, rows))
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    if name == "log.parquet":
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name)
    out = score_files(triage, tmp_path / name, tmp_path / f"out.{name}")
    if name == "log.parquet":
        found = pq.read_table(tmp_path / f"out.{name}").to_pylist()
    else:
        out = gzip.decompress(out) if name.endswith("gz") else out
        found = json.loads(out) if name == "log.json" else [json.loads(line) for line in out.splitlines()]
    written = [{key: " ".join(map(str, row[key])) for key in PAST} for row in found]
    asked = scored(triage, Layout(patient="who"))
    assert written == [{key: row[key] for key in PAST} for row in asked]
    assert [row["urgency"] for row in found] == [row["urgency"] for row in asked]


def test_standard_input_is_read_twice_and_the_command_says_what_has_no_past():
    done = CliRunner().invoke(
        cli, ["score", "-", "--format", "csv", "--patient", "who", "--reader", "words"], input=LOG
    )
    assert done.exit_code == 0 and "fear-that-stays" in done.stdout.splitlines()[1]
    assert "without a past: 1." in done.stderr


def test_codes_stand_before_the_past(triage):
    rows = scored(triage, Layout(patient="who", codes=True))
    assert list(rows[0])[4:] == [*Scored._fields, *PAST]
    assert [{name: row[name] for name in row if name != CODES} for row in rows] == scored(triage, Layout(patient="who"))
    assert "HP:0000739" in rows[0][CODES].split()


def test_a_batch_that_may_lack_a_part_of_the_past_is_refused(triage):
    pa = pytest.importorskip("pyarrow")
    from lemtrada_triage.batch.arrow import score_batch

    batch = pa.RecordBatch.from_pylist([{"who": "a", "days": 1, "message": "hello"}])
    with pytest.raises(InputError, match="files, not frames or batches"):
        score_batch(Scorer(triage), batch, Layout(patient="who"))


def test_a_date_that_may_be_either_of_two_gives_no_past(triage):
    log = "who,date,message\na,3/4/2026,feeling nervous\na,3/14/2026,feeling nervous\n"
    assert [row["first_told"] for row in scored(triage, Layout(patient="who"), log)] == ["", "2026-03-14"]


def test_a_patient_column_that_cannot_be_used_is_told(triage):
    with pytest.raises(InputError, match=r"no column 'nobody' for the patient\. Columns there: who, date"):
        scored(triage, Layout(patient="nobody"))
    with pytest.raises(InputError, match="no date and no days column to order the rows by"):
        scored(triage, Layout(patient="who"), "who,message\na,hello\n")
    with pytest.raises(InputError, match="alone orders the rows of a --patient"):
        scored(triage, Layout(date="date"))


def test_a_single_message_has_no_past_and_one_with_a_past_says_so(triage):
    alone = triage.assess("feeling nervous", 9)
    later = triage.assess("feeling nervous", 9, past={"anxiety": Past(lasting_days=20)})
    assert (alone.past, alone.urgency.value) == ((), "routine")
    assert (later.past, later.urgency.value) == (("lasting_7_days:anxiety",), "contact_provider")
    assert triage.why("fear-that-stays", later).held and not triage.why("fear-that-stays", alone).held
    assert "lasting 7 days anxiety" in later.explain()
    assert pickle.loads(pickle.dumps(later)) == later


RULES = """rules:
  - id: a
    title: t
    level: contact_provider
    when: {condition}
    because: b
    limits: l
    cite: [{{source: s, at: x}}]
    status: draft
"""


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{lasting_days: {of: anxiety, from: 0}}", "0 is not a number of days or episodes"),
        ("{episodes: {of: anxiety}}", "from"),
        ("{episodes: {of: anxity, from: 2}}", "no concept is called 'anxity'"),
        ("{lasting_days: 7}", "lasting_days"),
    ],
)
def test_a_mistake_in_a_condition_of_the_past_is_told_with_its_place(tmp_path, condition, said):
    (tmp_path / "a.yaml").write_text(RULES.format(condition=condition))
    with pytest.raises(RulebookError, match=r"a\.yaml:5:") as raised:
        Rulebook.load(tmp_path, ["anxiety"])
    assert said in str(raised.value)


def test_the_shipped_rules_ask_the_past_only_to_raise():
    assert SHIPPED.past == {"lasting_7_days:anxiety"}
