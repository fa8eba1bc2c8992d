"""A judge that has several processes do the work. What they say is the same as one process would."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from lemtrada_triage.batch.judge import Asked, Outcome, Read, Said, TriageJudge
from lemtrada_triage.triage import Triage

_AT_ONCE = 128  # texts or cases to a task
_ALONE = 300  # so few texts are read sooner here than processes start
_log = logging.getLogger("lemtrada_triage")
_THREADS = Path("/proc/self/task")
_SELDOM = (500_000, 20, 100)
A = TypeVar("A")
B = TypeVar("B")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """What is remembered of a log stays, and hardly anything is in circles: to look for those takes a fifth of all."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class PoolJudge:
    """Judges by a ``Triage`` in each of ``jobs`` processes.

    A context manager. If a process is lost, this one does what is left. Processes are forked on entering where that is
    safe, for then they need no start of their own; elsewhere they start anew when there is enough to do.
    """

    ahead = 2

    def __init__(self, triage: Triage, jobs: int) -> None:
        self._triage, self._jobs = triage, jobs
        self._here = TriageJudge(triage)
        self._pool: ProcessPoolExecutor | None = None
        self._wanted = jobs > 1
        self._seen = 0
        self.first_day = triage.first_day
        self.flags = triage.flags
        self.lineages, self.past = self._here.lineages, self._here.past

    def __enter__(self) -> PoolJudge:
        # Before any file is open: a fork would hold it, and its lock, for longer than this process.
        if self._wanted and _may_fork():
            pool = ProcessPoolExecutor(self._jobs, get_context("fork"), _start, (self._triage,))
            with suppress(OSError):  # without memory for more processes this one reads all
                pool.submit(int)
                self._pool = pool
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def reading(self, texts: Sequence[str]) -> Callable[[], list[Read]]:
        self._seen += len(texts)
        if not self._wanted or self._seen < _ALONE:
            return self._here.reading(texts)
        # Texts of like length go together: the learned reader takes those in one run.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        answers = self._spread(_read, self._read_here, [texts[number] for number in order])
        return lambda: _put_back(order, map(_unpacked, answers()))

    def _read_here(self, texts: Sequence[str]) -> list[_Packed]:
        return [_packed(read) for read in self._here.read(texts)]

    def decide(self, cases: Sequence[Asked]) -> list[Outcome]:
        if self._pool is None or len(cases) <= _AT_ONCE or self._triage.engine != "durable":
            return self._here.decide(cases)  # by columns, sooner than the cases could be sent
        return self._spread(_decide, self._here.decide, cases)()

    def _spread(
        self, there: Callable[[Sequence[A]], list[B]], here: Callable[[Sequence[A]], list[B]], work: Sequence[A]
    ) -> Callable[[], list[B]]:
        """Hands out the work in parts; what is returned puts the answers together, in order."""
        size = min(_AT_ONCE, -(-len(work) // self._jobs))
        parts = [work[start : start + size] for start in range(0, len(work), size)]
        try:
            futures = [_may_be_taken_back(self._started().submit(there, part)) for part in parts]
        except BrokenProcessPool:
            futures = []
        return lambda: self._answers(futures, here, parts)

    def _answers(
        self, futures: list[Future[list[B]]], here: Callable[[Sequence[A]], list[B]], parts: list[Sequence[A]]
    ) -> list[B]:
        """Those of all parts. What nobody has begun with is done here, the last first: to wait is to waste a core."""
        places = range(len(futures))
        own = {place: here(parts[place]) for place in reversed(places) if futures[place].cancel()}
        try:
            found = [own[place] if place in own else futures[place].result() for place in places]
        except BrokenProcessPool:
            found = []
        if len(found) < len(parts):
            self._give_up()
            found = [here(part) for part in parts]
        return [answer for answers in found for answer in answers]

    def _give_up(self) -> None:
        if self._wanted:
            _log.warning("a worker process was lost, perhaps for want of memory: going on with this one alone")
        self._wanted = False
        self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._jobs, get_context("spawn"), _start, (self._triage,))
        return self._pool


def _may_be_taken_back(task: Future[B]) -> Future[B]:
    """A task that is told of a lost worker even if it was taken back by then.

    Python may take that for an error of its own, and would leave all tasks behind it waiting for ever.
    """
    tell = task.set_exception

    def told(error: BaseException | None) -> None:
        with suppress(InvalidStateError):
            tell(error)

    task.set_exception = told  # type: ignore[method-assign, assignment]
    return task


def _may_fork() -> bool:
    """Whether this process has one thread only, whoever made it: a lock that another one holds would stay closed."""
    try:
        return len(list(_THREADS.iterdir())) == 1
    except OSError:  # not Linux
        return False


_judge: TriageJudge


def _start(triage: Triage) -> None:
    """Makes this process a worker: one that leaves signals to its parent, and does not outlive it."""
    global _judge
    # Before all else: what the parent does when it is stopped would end here as an error of the pool.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    _judge = TriageJudge(triage)
    gc.freeze()  # all of this stays, and looking through it for garbage again and again would be in vain
    gc.set_threshold(*_SELDOM)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _read(texts: Sequence[str]) -> list[_Packed]:
    return [_packed(read) for read in _judge.read(texts)]


# A reading as plain tuples, which travel between processes four times as fast.
_Packed = tuple[Any, ...]


def _packed(read: Read) -> _Packed:
    mentions = [tuple(said) for said in read.mentions]
    rest = (read.readers_disagree, read.understood, read.warning, read.error)
    return (read.facts, read.concepts, read.codes, mentions, *rest)


def _unpacked(packed: _Packed) -> Read:
    facts, concepts, codes, mentions, *rest = packed
    return Read(facts, concepts, codes, tuple([Said(*said) for said in mentions]), *rest)


def _put_back(order: Sequence[int], reads: Iterable[Read]) -> list[Read]:
    """Readings in the order of their texts, of which ``order`` has the numbers."""
    found = dict(zip(order, reads, strict=True))
    return [found[number] for number in range(len(order))]


def _decide(cases: Sequence[Asked]) -> list[Outcome]:
    return _judge.decide(cases)
