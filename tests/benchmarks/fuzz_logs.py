"""Scores made-up CSV and JSON logs by Hypothesis: rows in are rows out, and nothing fails. Run by hand:

    python tests/benchmarks/fuzz_logs.py [FILES]

Each file is made of pieces that break readers (quotes, delimiters, line ends, marks, bytes that are no text, halves of
surrogate pairs, nested and cut JSON) and scored into its own form and into another. Prints how many files there were.
``tests/test_fuzz_logs.py`` does a few of them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemtrada_triage.batch.columns import chosen
from lemtrada_triage.batch.convert import Form
from lemtrada_triage.batch.core import Scorer
from lemtrada_triage.batch.formats import opened
from lemtrada_triage.batch.log import Layout, pieces, score
from lemtrada_triage.model import InputError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from test_batch import Parrot

MARKS = st.sampled_from([b",", b";", b"\t", b"|"])
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
ODD = st.sampled_from([
    b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\xff", b"\x93", b"\xc3", b"\0", b"\xef\xbb\xbf",
    b"sep=;", b" ", b"", b"a rash", b"call 911", "é".encode(), b"\\ud83d", b"{", b"}", b"[", b"]", b'{"a":',
    b'"message":', b"12", b"about 3 weeks", b"null", b"1e999", b"\x1f\x8b", b"PAR1",
])  # fmt: skip
CELLS = st.lists(ODD | st.binary(max_size=6), max_size=4).map(b"".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.sampled_from(["message", "days", "flags", "x", ""]), VALUES, max_size=4).map(
    lambda values: json.dumps(values).encode()
)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    mark, end = draw(MARKS), draw(ENDS)
    rows = draw(st.lists(st.lists(CELLS, max_size=5), max_size=7))
    head = mark.join([b"id", b"message", b"days"])
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf", b"sep=" + mark + end])) + end.join([head, *map(mark.join, rows)])


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(OBJECTS | CELLS, max_size=7))
    if draw(st.booleans()):
        return b'{"message": "a"}\n' + b"\n".join(lines)
    return b'[{"message": "a"}, ' + b", ".join(lines) + draw(st.sampled_from([b"]", b"", b"]]"]))


FILES = st.tuples(st.just("csv"), tables()) | st.tuples(st.just("json"), objects())
tried: Counter[str] = Counter()


def holds(file: tuple[str, bytes]) -> None:
    """Rows in are rows out, in the form of the file and in two others."""
    kind, data = file
    sink = io.BytesIO()
    try:
        summary = score(Parrot(), io.BytesIO(data), sink, kind)
    except InputError:  # told in words; no row was written
        tried["refused"] += 1
        return
    tried[kind] += 1
    assert counted(sink.getvalue(), kind, data) == summary.rows
    assert summary.rows == sum(summary.levels.values()) + summary.errors
    for other in ("csv", "jsonl"):
        log = opened(io.BytesIO(data), kind)
        columns = chosen(Layout(), log.names)
        log.begin(columns)
        form = Form(other, columns, log.names, objects=kind == "json")
        made = [form.head(), *pieces(Scorer(Parrot()), form.chunks(log.chunks())), form.end()]
        assert counted(b"".join(piece.data for piece in made), other, b"") == summary.rows


def counted(data: bytes, kind: str, source: bytes) -> int:
    text = data.decode("utf-8", "surrogateescape")
    if kind == "csv":
        mark = max(",;\t|", key=text.split("urgency")[0].count) if source else ","
        lines = re.split("\r\n|\r|\n", text, maxsplit=1)[1] if text.lower().startswith("sep=") else text
        return len(list(csv.reader(io.StringIO(lines, newline=""), delimiter=mark, strict=False))) - 1
    if kind == "json" and text.startswith("[\n"):
        return len(json.loads(text))
    return sum(1 for line in text.split("\n") if json.loads(line or "null") is not None)


def main(files: int) -> None:
    checks = list(HealthCheck)
    settings(max_examples=files, deadline=None, database=None, suppress_health_check=checks)(given(FILES)(holds))()
    print(f"{sum(tried.values()):,} files: {dict(tried)}; rows in were rows out in each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
