"""Rows in are rows out, whatever happens: unscored rows, several processes, signals, kill -9."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scoring import score

from lemtrada_triage import Triage
from lemtrada_triage.batch.core import Case, Scorer
from lemtrada_triage.batch.pool import PoolJudge

pytestmark = pytest.mark.usefixtures("triage_of_cli_once")

BAD = b"message,days\nfine,1\nodd \x93,2\nfine,3\nodd \x94,4\n"
EVERYDAY = (Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").splitlines()
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and modes")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def bad(tmp_path) -> Path:
    (tmp_path / "log.csv").write_bytes(BAD)
    return tmp_path / "log.csv"


def test_rows_that_were_not_scored_are_collected_beside_the_log(bad, tmp_path):
    done = score(bad, "-o", tmp_path / "out.csv", "--errors", tmp_path / "bad.csv")
    assert done.exit_code == 1
    assert len((tmp_path / "out.csv").read_bytes().splitlines()) == 5
    head, *lines = (tmp_path / "bad.csv").read_bytes().splitlines()
    assert head.startswith(b"message,days,urgency")
    assert [line[:5] for line in lines] == [b"odd \x93", b"odd \x94"]
    assert all(b"bytes that are not UTF-8 in 'message'" in line for line in lines)


def test_elements_of_an_array_that_were_not_scored_are_collected_as_lines(tmp_path):
    (tmp_path / "log.json").write_text('[{"text": "fine"}, {"n": 1}, {"text": "fine"}, {"n": 2}]')
    score(tmp_path / "log.json", "-o", tmp_path / "out.json", "--errors", tmp_path / "bad.json")
    assert [json.loads(line)["n"] for line in (tmp_path / "bad.json").read_text().splitlines()] == [1, 2]


@pytest.mark.parametrize(("options", "told"), [
    (["--strict"], "stopped: a row could not be scored (line 3: bytes that are not UTF-8 in 'message'); "),
    (["--max-errors", 0], "stopped: a row could not be scored"),
    (["--max-errors", 1], "stopped: 2 rows could not be scored"),
])  # fmt: skip
def test_too_many_rows_that_cannot_be_scored_stop_the_run_and_write_nothing(bad, tmp_path, options, told):
    (tmp_path / "out.csv").write_text("old")
    done = score(bad, "-o", tmp_path / "out.csv", "--errors", tmp_path / "bad.csv", *options)
    assert (done.exit_code, done.stderr[: len(told)]) == (1, told)
    assert names(tmp_path) == ["log.csv", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "old"


def test_as_many_errors_as_are_put_up_with_stop_nothing(bad, tmp_path):
    assert score(bad, "-o", tmp_path / "out.csv", "--max-errors", 2).exit_code == 1
    assert len((tmp_path / "out.csv").read_bytes().splitlines()) == 5


@posix
def test_a_file_that_is_replaced_keeps_its_mode_and_a_new_one_has_the_usual_mode(tmp_path):
    (tmp_path / "log.csv").write_bytes(b"message\nfine\n")
    (tmp_path / "out.csv").write_text("old")
    (tmp_path / "out.csv").chmod(0o640)
    score(tmp_path / "log.csv", "-o", tmp_path / "out.csv")
    score(tmp_path / "log.csv", "-o", tmp_path / "new.csv")
    (tmp_path / "usual").touch()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("out.csv", "new.csv", "usual")]
    assert modes[0] == 0o640
    assert modes[1] == modes[2]


@posix
@pytest.mark.parametrize("option", ["-o", "--errors"])
def test_a_file_that_is_read_only_is_not_replaced(tmp_path, option):
    (tmp_path / "log.csv").write_bytes(b"message\nfine\n")
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "old.csv").chmod(0o444)
    done = score(tmp_path / "log.csv", "-o", tmp_path / "out.csv", option, tmp_path / "old.csv")
    assert (done.exit_code, "old.csv is read-only, so it is not replaced" in done.stderr) == (2, True)
    assert names(tmp_path) == ["log.csv", "old.csv"]


@posix
def test_two_runs_do_not_write_the_same_file(tmp_path):
    from lemtrada_triage.batch.output import Part

    (tmp_path / "log.csv").write_bytes(b"message\nfine\n")
    other = Part(tmp_path / "out.csv")
    other.grow(b"half")
    done = score(tmp_path / "log.csv", "-o", tmp_path / "out.csv")
    assert (done.exit_code, "out.csv: another run is writing this file" in done.stderr) == (2, True)
    other.discard()


def test_a_file_of_which_another_is_made_stays_whole_until_that_one_takes_its_place(tmp_path, monkeypatch):
    from lemtrada_triage.batch import output

    part = output.Part(tmp_path / "out")
    part.grow(b"parts")
    held = []
    monkeypatch.setattr(output, "_mode", lambda target: held.append(part.path.read_bytes()) or 0o600)
    part.complete(lambda source, target: target.write(b"made of " + source.read()))
    assert held == [b"parts"]  # what a run that was killed here would go on with
    assert ((tmp_path / "out").read_bytes(), names(tmp_path)) == (b"made of parts", ["out"])


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    (tmp_path / "log.csv").write_bytes(b"message\nfine\n")
    done = score(tmp_path / "log.csv", "-o", "/dev/full")
    assert (done.exit_code, "No space left on device" in done.stderr) == (2, True)


@pytest.mark.parametrize("arguments", [["-", "--format", "csv", "-o", "out.csv"], ["log.csv"]])
def test_only_files_can_be_gone_on_with(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_bytes(b"message\nfine\n")
    assert "--resume needs files to go on with" in score(*arguments, "--resume").stderr


# What follows runs real processes.


def long_log(path: Path, rows: int) -> None:
    dice = random.Random(13)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "message", "days"])
        for number in range(rows):
            said = f"{dice.choice(EVERYDAY)} {dice.choice(EVERYDAY)} ({dice.randrange(rows)})"
            writer.writerow([number, said, dice.choice(["", 3, 40, "soon"])])


def as_parquet(log: Path) -> Path:
    pa = pytest.importorskip("pyarrow", reason="extra 'batch' is not installed")
    from pyarrow import parquet

    with log.open(newline="", encoding="utf-8") as file:
        parquet.write_table(pa.Table.from_pylist(list(csv.DictReader(file))), log.with_suffix(".parquet"))
    return log.with_suffix(".parquet")


def _heeds_hang_ups() -> None:
    """Also where these tests run under nohup, whose children are deaf to SIGHUP."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


_HEEDS = _heeds_hang_ups if os.name == "posix" else None


def started(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lemtrada_triage", "score", *map(str, arguments), "--reader", "words"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_HEEDS)


def finished(*arguments: object) -> bytes:
    with started(*arguments) as process:
        _, said = process.communicate()
    assert process.returncode == 0, said
    return said


def wait_for(path: Path, size: int, process: subprocess.Popen[bytes]) -> None:
    """Until a file has so many bytes, or all of it was written before we looked."""
    while process.poll() is None and not (path.exists() and path.stat().st_size >= size):
        time.sleep(0.01)


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("log") / "log.csv"
    long_log(path, 4_000)
    return path


@pytest.fixture(scope="module")
def whole(log) -> bytes:
    """The log scored by one process."""
    finished(log, "-o", log.with_name("whole.csv"), "--jobs", 1)
    return log.with_name("whole.csv").read_bytes()


def test_several_processes_say_what_one_says_in_the_same_order(log, whole, tmp_path):
    assert b"Rows: 4,000 in, 4,000 out" in finished(log, "-o", tmp_path / "out.csv", "--jobs", 3)
    assert (tmp_path / "out.csv").read_bytes() == whole


FORKING = """
import threading
from lemtrada_triage import Triage
from lemtrada_triage.batch.pool import PoolJudge
triage, done = Triage(reader="words"), threading.Event()
with PoolJudge(triage, 2) as judge:
    print(judge._pool is not None)
threading.Thread(target=done.wait).start()
with PoolJudge(triage, 2) as judge:
    print(judge._pool is not None)
done.set()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
def test_processes_are_forked_where_no_other_thread_may_hold_a_lock():
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_where_a_worker_is_lost_this_process_does_what_is_left(caplog):
    triage = Triage(reader="words")
    cases = [Case(f"{text} {number}") for number in range(8) for text in EVERYDAY]
    with PoolJudge(triage, 2) as judge:
        scorer = Scorer(judge)
        batches = scorer.score_all([cases[:400], *(cases[start : start + 100] for start in range(400, 824, 100))])
        rows = next(batches)
        for worker in list(judge._pool._processes.values()):
            worker.kill()
        for batch in batches:
            rows += batch
    assert rows == Scorer(triage).score(cases)
    assert "a worker process was lost" in caplog.text


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_no_part_of_a_file(tmp_path_factory, tmp_path, number):
    log = tmp_path_factory.mktemp("long") / "log.csv"
    long_log(log, 40_000)  # so long that the signal comes before its end
    with started(log, "-o", tmp_path / "out.csv", "--jobs", 2) as process:
        wait_for(tmp_path / ".out.csv.part", 1, process)
        assert stat.S_IMODE((tmp_path / ".out.csv.part").stat().st_mode) == 0o600
        process.send_signal(number)
        _, said = process.communicate()
    if number is signal.SIGINT:  # as of any command
        assert (process.returncode, said) == (1, b"\nAborted!\n")
    else:
        assert process.returncode == 128 + number
        assert said.decode().splitlines() == [f"stopped by {number.name} before all was scored"]
    assert names(tmp_path) == []


STOPPED = """
import logging, os, signal
from lemtrada_triage import Triage
from lemtrada_triage.batch import pool
from lemtrada_triage.batch.output import tidy_when_stopped
here, Judge = os.getpid(), pool.TriageJudge
def judge(triage):
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGTERM)
    return Judge(triage)
pool.TriageJudge = judge
with tidy_when_stopped(), pool.PoolJudge(Triage(reader="words"), 2) as judged:
    print(len(judged.reading(["my face droops"] * 400)()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
def test_a_worker_that_is_stopped_while_it_starts_is_no_error_of_the_pool():
    """All processes of a group are stopped together; the parent says so, or does what is left."""
    done = subprocess.run([sys.executable, "-c", STOPPED], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "400\n"
    assert done.stderr == "a worker process was lost, perhaps for want of memory: going on with this one alone\n"


@posix
@pytest.mark.parametrize(("name", "jobs"), [("out.csv", 1), ("out.csv", 2), ("out.csv.gz", 1), ("out.parquet", 2)])
def test_a_run_that_is_killed_goes_on_to_the_very_same_file(log, whole, tmp_path, name, jobs):
    if name == "out.parquet":
        log = as_parquet(log)
    out, errors = tmp_path / name, tmp_path / f"bad{log.suffix}"
    arguments = (log, "-o", out, "--errors", errors, "--jobs", jobs)
    finished(*arguments)
    want, size = out.read_bytes(), out.stat().st_size
    assert name != "out.csv" or want == whole
    out.unlink()
    dice = random.Random(f"{name} {jobs}")
    kills = 0
    for share in sorted(dice.uniform(0, 0.8) for _ in range(3)):
        with started(*arguments, "--resume") as process:
            wait_for(tmp_path / f".{name}.part", int(size * share), process)
            time.sleep(dice.random() / 20)
            process.kill()
            process.communicate()
        kills += process.returncode == -signal.SIGKILL
        if out.exists():  # killed when all was done but to say so
            assert out.read_bytes() == want
            out.unlink()
    finished(*arguments, "--resume")
    assert kills
    assert out.read_bytes() == want
    assert names(tmp_path) == sorted([name, errors.name])


@posix
def test_another_run_is_not_gone_on_with_and_not_thrown_away(log, tmp_path):
    out = tmp_path / "out.csv"
    with started(log, "-o", out) as process:
        wait_for(tmp_path / ".out.csv.part.journal", 300, process)
        process.kill()
    left = names(tmp_path)
    done = score(log, "-o", out, "--resume", "--prefix", "x_")
    assert done.exit_code == 2
    assert "the unfinished out.csv is from another log, other options, rules or words" in done.stderr
    assert names(tmp_path) == left == [".out.csv.part", ".out.csv.part.journal"]


@posix
def test_workers_do_not_outlive_a_killed_run(log, tmp_path):
    with started(log, "-o", tmp_path / "out.csv", "--jobs", 2) as process:
        wait_for(tmp_path / ".out.csv.part", 20_000, process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            process.kill()
            pytest.skip("needs /proc to see the workers")
        workers = children.read_text().split()
        process.kill()
    assert workers
    until = time.monotonic() + 30
    while any(running(worker) for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(running(worker) for worker in workers)


def running(process: str) -> bool:
    """A process that has ended may be there, until somebody asks for its end."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
