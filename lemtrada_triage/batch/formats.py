"""The forms of a log: what a file's name and first bytes say of it, and how it is packed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from lemtrada_triage.batch.csvlog import CsvLog
from lemtrada_triage.batch.jsonlog import ArrayLog, JsonLog
from lemtrada_triage.batch.lines import Borrowed
from lemtrada_triage.batch.rowlog import Log
from lemtrada_triage.model import InputError

Format = Literal["csv", "jsonl", "json", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "json", "parquet")

_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".psv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_MARKS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".psv": "|"}
_PACKED = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def format_of(path: str) -> Format | None:
    """The format that a file's name promises, packed or not; None when it promises none."""
    return _ENDINGS.get(_ending(path))


def delimiter_of(path: str) -> str | None:
    """What the cells of a table are parted by, as its file's name promises; None when it promises nothing."""
    return _MARKS.get(_ending(path))


def _ending(path: str) -> str:
    name = Path(path)
    return (name.with_suffix("") if packing_of(path) else name).suffix.lower()


def packing_of(path: str) -> str | None:
    """``gzip`` or ``zstd``, as a file's name promises."""
    return _PACKED.get(Path(path).suffix.lower())


def opened(source: BinaryIO, format: Format, encoding: str = "utf-8") -> Log:
    """The log in a stream."""
    if format == "parquet":
        pyarrow_for("Parquet")
        from lemtrada_triage.batch.parquetlog import ParquetLog

        return ParquetLog(source)
    if format == "json":
        source = peekable(source)
        format = "json" if cast(Any, source).peek(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") else "jsonl"
    kinds: dict[str, Callable[[BinaryIO, str], Log]] = {"csv": CsvLog, "jsonl": JsonLog, "json": ArrayLog}
    return kinds[format](source, encoding)


def unpacked(source: BinaryIO) -> BinaryIO:
    """What a stream holds, unpacked if it begins as gzip or zstd does."""
    source = peekable(source)
    start = cast(Any, source).peek(4)
    kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    if kind == "gzip":
        return cast(BinaryIO, io.BufferedReader(_Whole(gzip.GzipFile(fileobj=source))))
    if kind == "zstd":
        stream = pyarrow_for("zstd").CompressedInputStream(Borrowed(source), "zstd")
        return cast(BinaryIO, io.BufferedReader(_Whole(stream)))
    return source


def packed(data: bytes, packing: str | None) -> bytes:
    """A part of a file, packed by itself: such parts one after the other are a packed file."""
    if packing == "gzip":
        return gzip.compress(data, 6, mtime=0)
    return bytes(pyarrow_for("zstd").compress(data, "zstd", asbytes=True)) if packing else data


def pyarrow_for(what: str) -> Any:
    """The module. Raises InputError, which says how to install it, where there is none."""
    if find_spec("pyarrow") is None:
        raise InputError(f"{what} needs pyarrow: pip install 'lemtrada-triage[batch]'")
    import pyarrow

    return pyarrow


def peekable(source: BinaryIO) -> BinaryIO:
    """The stream, with ``peek``."""
    return source if hasattr(source, "peek") else cast(BinaryIO, io.BufferedReader(cast(Any, Borrowed(source))))


class _Whole(Borrowed):
    """A packed stream. One that ends too early raises InputError: nobody should take a part of a log for all of it."""

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(f"the packed log is damaged or cut short: {error}") from error
