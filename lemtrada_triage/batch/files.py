"""Scores files into a file: several logs as one, nothing lost, and a run that was broken off can go on."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from lemtrada_triage import __version__
from lemtrada_triage.batch.columns import Columns, chosen
from lemtrada_triage.batch.convert import Form
from lemtrada_triage.batch.core import Scorer
from lemtrada_triage.batch.formats import delimiter_of, packing_of
from lemtrada_triage.batch.inputs import Logs
from lemtrada_triage.batch.log import pieces
from lemtrada_triage.batch.output import tidy_when_stopped
from lemtrada_triage.batch.patients import Diary
from lemtrada_triage.batch.plan import STREAM, Plan, check, size_of, streams, written
from lemtrada_triage.batch.pool import PoolJudge, collecting_seldom
from lemtrada_triage.batch.rowlog import Piece, Summary
from lemtrada_triage.batch.sinks import Files, Output, Stream
from lemtrada_triage.model import TriageError
from lemtrada_triage.triage import Triage

_SMALL = 30_000  # bytes, some 300 rows


class TooManyErrors(TriageError):
    """More rows could not be scored than were to be put up with; no file was written."""


Follow = Callable[[Summary, int], None]


def score_files(triage: Triage, plan: Plan, follow: Follow = lambda summary, place: None) -> Summary:
    """Scores all sources, as one log, into one file; ``follow`` is told the counts and the bytes read so far.

    Raises InputError when a log cannot be used or the output cannot be written, TooManyErrors as the plan says.
    """
    plan = check(plan)
    with tidy_when_stopped(), collecting_seldom(), PoolJudge(triage, _jobs(plan)) as judge, ExitStack() as stack:
        logs = Logs(plan, stack)
        columns = chosen(plan.layout, logs.names, judge.flags, logs.sample)
        scorer = Scorer(judge)
        output = Stream(plan) if streams(plan) else Files(plan, written(plan), _run(triage, plan, logs))
        stack.push(output.leave)
        diary = _diary(logs, columns, scorer, plan, follow) if columns.patient else None
        return _scored(logs, columns, scorer, diary, output, plan, follow)


def _jobs(plan: Plan) -> int:
    """The processes that a log is worth: a small one is read before they have started."""
    size = size_of(plan)
    return plan.jobs if size is None or size > _SMALL else 1


def _diary(logs: Logs, columns: Columns, scorer: Scorer, plan: Plan, follow: Follow) -> Diary:
    """All rows, each scored by itself, by patient."""
    diary = Diary(scorer, columns, plan.layout.gap)
    logs.begin(columns)
    diary.note(logs.chunks(), lambda: follow(Summary(), logs.place))
    logs.rewind()
    return diary


def _scored(
    logs: Logs, columns: Columns, scorer: Scorer, diary: Diary | None, output: Output, plan: Plan, follow: Follow
) -> Summary:
    done = output.reached()
    summary = done.summary
    summary.notes = columns.notes + (diary.notes if diary else ())
    form = _form(plan, logs, columns)
    head = form.head() if form else logs.begin(columns)
    if done.chunks < 0:
        output.put(0, head, summary)
        done = done._replace(chunks=0)
    chunks = diary.told(logs.chunks()) if diary else logs.chunks()
    chunks = form.chunks(chunks) if form else chunks
    for number, piece in enumerate(pieces(scorer, chunks, done.chunks), start=done.chunks + 1):
        summary.add(piece.summary)
        if plan.max_errors is not None and summary.errors > plan.max_errors:
            raise TooManyErrors(_too_many(plan, summary, piece))
        output.put(number, piece, summary)
        follow(summary, logs.place)
    summary.rows_in = logs.taken
    if summary.rows_in != summary.rows:
        raise RuntimeError(f"{summary.rows_in} rows were read and {summary.rows} written")
    output.complete(form.end() if form else logs.end())
    summary.notes += tuple(dict.fromkeys(filter(None, logs.hints)))
    return summary


def _form(plan: Plan, logs: Logs, columns: Columns) -> Form | None:
    """The form to write; None where rows are written as they were read. Tables differ where their names say so."""
    wanted, marks = written(plan), [delimiter_of(path) for path in (plan.sources[0], plan.out)]
    if wanted in (logs.kind, logs.form) and (wanted != "csv" or None in marks or marks[0] == marks[1]):
        return None
    logs.begin(columns)
    return Form(wanted, columns, logs.names, logs.kind in ("json", "jsonl"), marks[1] or ",")


def _too_many(plan: Plan, summary: Summary, piece: Piece) -> str:
    where = "" if plan.out == STREAM else f"; {plan.out} was not written"
    first = f"a row could not be scored ({piece.first_error})"
    if plan.max_errors:
        first = f"{summary.errors:,} rows could not be scored, the last for: {piece.first_error}"
    return f"stopped: {first}{where}"


def _run(triage: Triage, plan: Plan, logs: Logs) -> dict[str, Any]:
    """All that the output depends on."""
    return {
        "version": __version__,
        "rules": [triage.rulebook.label, triage.vocabulary.hash, *triage.readers],
        "layout": asdict(plan.layout),
        "format": [logs.kind, written(plan), delimiter_of(plan.out), packing_of(plan.out)],
        "errors": plan.errors and os.path.abspath(plan.errors),
        "logs": logs.identity,
    }
