"""Scores a symptom log part by part, in constant memory: rows in are rows out, and a bad cell loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from lemtrada_triage.batch.columns import Layout, chosen
from lemtrada_triage.batch.core import ADDED, Case, Scored, Scorer
from lemtrada_triage.batch.formats import Format, opened
from lemtrada_triage.batch.judge import Judge
from lemtrada_triage.batch.output import WholeFile
from lemtrada_triage.batch.patients import Diary, rewindable
from lemtrada_triage.batch.pool import collecting_seldom
from lemtrada_triage.batch.rowlog import Chunk, Piece, Summary, scored_chunks
from lemtrada_triage.triage import Triage

__all__ = ["ADDED", "Layout", "Summary", "pieces", "score", "scored_cases", "whole_file"]


def score(
    triage: Triage | Judge,
    source: BinaryIO,
    sink: BinaryIO,
    format: Format,
    layout: Layout | None = None,
    on_rows: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Copies a log from ``source`` to ``sink`` with the columns of ``ADDED``; ``on_rows`` follows the count.

    Raises InputError when the log as a whole cannot be used: no text column, a column of ours taken, another encoding.
    """
    layout = layout or Layout()
    with collecting_seldom(), rewindable(source) if layout.patient else nullcontext(source) as stream:
        return _score(Scorer(triage), stream, sink, format, layout, on_rows)


def _score(
    scorer: Scorer,
    source: BinaryIO,
    sink: BinaryIO,
    format: Format,
    layout: Layout,
    on_rows: Callable[[Summary], None],
) -> Summary:
    start = source.tell() if layout.patient else 0
    log = opened(source, format, layout.encoding)
    columns = chosen(layout, log.names, scorer.flags, log.sample)
    summary = Summary(notes=columns.notes)
    head, chunks = log.begin(columns), log.chunks()
    if columns.patient:
        diary = Diary(scorer, columns, layout.gap)
        diary.note(chunks)
        source.seek(start)
        log = opened(source, format, layout.encoding)
        head, chunks = log.begin(columns), diary.told(log.chunks())
        summary.notes += diary.notes
    sink.write(head.data)
    for piece in pieces(scorer, chunks):
        sink.write(piece.data)
        summary.add(piece.summary)
        on_rows(summary)
    sink.write(log.end().data)
    sink.flush()
    summary.notes += (log.hint,) if log.hint else ()
    return summary


def scored_cases(
    triage: Triage | Judge, source: BinaryIO, format: Format, layout: Layout | None = None
) -> Iterator[tuple[Case, Scored]]:
    """Each row of a log of rows that can be read, with its score, and nothing written. Raises as ``score``."""
    layout, scorer = layout or Layout(), Scorer(triage)
    log = opened(source, format, layout.encoding)
    log.begin(chosen(layout, log.names, scorer.flags, log.sample))
    for chunk in log.chunks():
        cases = [Case(text, *situation) for text, situation in zip(chunk.texts, chunk.situations, strict=True)]
        yield from zip(cases, scorer.score(cases), strict=True)


def pieces(scorer: Scorer, chunks: Iterator[Chunk], done: int = 0) -> Iterator[Piece]:
    """The scored chunks, in order, but for the first that are ``done``."""
    for chunk, found in scored_chunks(scorer, islice(chunks, done, None)):
        yield chunk.piece(found)


def whole_file(path: Path) -> AbstractContextManager[BinaryIO]:
    """A file to write that takes its place only when all went well; devices and pipes are written to."""
    return WholeFile(path)
