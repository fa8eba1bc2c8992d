"""Files that appear under their name only when they are complete, and what becomes of them until then.

A file in the making is a private one beside its place. Errors and signals remove it, for it holds patients' words; only
what nobody can act on (kill -9, a power cut) leaves it, and ``journal`` says how far it had come.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import BinaryIO

from lemtrada_triage.model import InputError

_PRIVATE = 0o600
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_SIGNALS = ("SIGTERM", "SIGHUP")


class Part:
    """A file that grows beside its place, and takes it when it is complete; ``size`` bytes of it may be there already.

    A link is followed. Raises InputError where the place is read-only, or another run is writing the same file.
    """

    def __init__(self, path: Path) -> None:
        self._named = path
        self.target = path.resolve()
        _check_writable(self.target, path)
        self.path = part_of(self.target)
        self.stream = self._opened()

    def _opened(self) -> BinaryIO:
        try:
            stream = os.fdopen(os.open(self.path, _FLAGS, _PRIVATE), "r+b")
        except OSError as error:
            raise self._error(error) from error
        if not (_locked(stream) and _same(stream, self.path)):
            stream.close()
            raise InputError(f"{self._named}: another run is writing this file")
        os.chmod(self.path, _PRIVATE)
        return stream

    def go_on(self, size: int) -> None:
        """Keeps so many bytes of what is there, and forgets the rest."""
        self.stream.truncate(size)
        self.stream.seek(size)

    def grow(self, data: bytes) -> int:
        """Adds some bytes, so that they are there whatever becomes of this process; returns the size."""
        try:
            self.stream.write(data)
            self.stream.flush()
        except OSError as error:
            raise self._error(error) from error
        return self.stream.tell()

    def complete(self, made: Callable[[BinaryIO, BinaryIO], None] | None = None) -> None:
        """Puts the file into its place. ``made`` first makes another of it, which is then put there."""
        try:
            whole = self._whole() if made is None else self._made(made)
            os.chmod(whole, _mode(self.target))
            if sys.platform == "win32" and made is None:  # an open file cannot be moved there
                self.stream.close()
            whole.replace(self.target)
            self.stream.close()  # before it goes: an open file cannot be removed everywhere
            if made is not None:
                self.path.unlink()
        except OSError as error:
            raise self._error(error) from error

    def _whole(self) -> Path:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        return self.path

    def _made(self, made: Callable[[BinaryIO, BinaryIO], None]) -> Path:
        """What is made of the file, which stays as it is until then: a run that is killed now can go on with it."""
        self.stream.seek(0)
        self._final.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(self._final, _FLAGS | os.O_EXCL, _PRIVATE), "w+b") as stream:
                made(self.stream, stream)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:  # a full disk: half of it is of no use, and holds patients' words
            self._final.unlink(missing_ok=True)
            raise
        return self._final

    @property
    def _final(self) -> Path:
        return Path(f"{self.path}.final")

    def close(self) -> None:
        """Leaves what there is, for another run to go on with; nothing where there is nothing."""
        if self.stream.seek(0, os.SEEK_END):
            self.stream.close()
        self.discard()

    def discard(self) -> None:
        """Removes what there is of the file, unless it has taken its place."""
        if not self.stream.closed:
            self.path.unlink(missing_ok=True)
            self._final.unlink(missing_ok=True)
            self.stream.close()

    def _error(self, error: OSError) -> OSError:
        return OSError(error.errno, error.strerror or str(error), str(self._named))


class WholeFile:
    """A file to write that takes its place only when all went well; devices and pipes are written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part: Part | None = None

    def __enter__(self) -> BinaryIO:
        if is_device(self._path):
            self._device = self._path.open("wb")
            return self._device
        self._part = Part(self._path)
        self._part.go_on(0)
        return self._part.stream

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._part is None:
            self._device.close()
            return
        try:
            if kind is None:
                self._part.complete()
        finally:
            self._part.discard()


def is_device(path: Path) -> bool:
    """Whether there is something at a path that can only be written to: a device or a pipe."""
    return path.exists() and not path.is_file()


def part_of(target: Path) -> Path:
    """Where a file is while it is being made."""
    return target.with_name(f".{target.name}.part")


class Stopped(SystemExit):
    """A signal asked to stop; ``name`` is the signal's, ``code`` the exit status that a shell gives it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


@contextmanager
def tidy_when_stopped() -> Iterator[None]:
    """Turns signals that ask to stop into ``Stopped``, so that all is put away first. In the main thread only."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heeded = [number for number in numbers if before[number] is not signal.SIG_IGN]  # nohup ignores SIGHUP
    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number] or signal.SIG_DFL)


def _check_writable(target: Path, named: Path) -> None:
    if not target.exists():
        return
    if target.is_dir():
        raise InputError(f"{named} is a folder: name the file to write")
    if not target.stat().st_mode & 0o222 or not os.access(target, os.W_OK):
        raise InputError(f"{named} is read-only, so it is not replaced")


def _locked(stream: BinaryIO) -> bool:
    """Whether no other run has this file; where files cannot be locked, nobody asks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _same(stream: BinaryIO, path: Path) -> bool:
    """Whether an open file is still the one at a path: another run may just have moved it to its place."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def _mode(target: Path) -> int:
    """That of the file which is replaced, else the usual one."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
