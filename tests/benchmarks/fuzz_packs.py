"""What ``fuzz.py`` gives to the loaders: the files of a small pack, damaged; and what must hold."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from fuzz_texts import SECRET, told_nothing, tried
from hypothesis import strategies as st

from lemtrada_triage import RulebookError, Triage, VocabularyError
from lemtrada_triage.decide.rulebook import Rulebook

PACK = Path(__file__).resolve().parents[2] / "examples" / "other_drug"
TEXT = f"{SECRET} no fever but a rash, bruises all over; temp 38.9, my feber is back"
SHARES = st.floats(0, 1, exclude_max=True)
PIECES = st.sampled_from([
    ":", "- ", "{", "}", "[", "]", "&a", "*a", "!!python/object:os.system", "!tag", "|", ">-", "#", "\t", "\0", "'",
    '"', "---\n", "...\n", "? ", "%YAML 1.1\n", "<<: *a", "null", "~", "yes", "1e999", ".inf", "-1", "9" * 30, "0x10",
    "2026-02-30", "all:", "any:", "none:", "at_least:", "of:", "when:", "flag:", "finding:", "window:", "id: fever",
    "level: call_911", "establishes: x", "[[[[[[[[", "{a: {b: {c: {}}}}", "é", "\u2028", "\ufeff", "fever", "shipped",
    "../..", "<x>", "#num", "=",
])  # fmt: skip
KINDS = st.sampled_from(["insert", "cut", "repeat", "swap", "replace", "indent", "byte"])
Damage = tuple[str, float, float, str]
# What is done to a file, one after the other: a kind, two places as shares of the file, and a piece.
damages = st.lists(st.tuples(KINDS, SHARES, SHARES, PIECES), min_size=1, max_size=3)


def damaged(content: bytes, kind: str, first: float, second: float, piece: str) -> bytes:
    """A file with one damage."""
    if kind == "byte":
        place = int(first * len(content))
        return content[:place] + bytes([int(second * 256)]) + content[place + 1 :]
    lines = content.split(b"\n")
    one, other = int(first * len(lines)), int(second * len(lines))
    line = lines[one]
    if kind == "insert":
        column = int(second * (len(line) + 1))
        lines[one] = line[:column] + piece.encode() + line[column:]
    elif kind == "cut":
        del lines[one : one + 1 + int(second * 3)]
    elif kind == "repeat":
        lines[other:other] = lines[one : one + 4]
    elif kind == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    elif kind == "replace":
        lines[one] = line.partition(b":")[0] + b": " + piece.encode()
    else:
        lines[one] = b"  " * int(second * 4) + line.lstrip()
    return b"\n".join(lines)


@contextmanager
def with_damage(folder: Path, which: float, done: list[Damage]) -> Iterator[Path]:
    """A copy of a folder with one of its files damaged."""
    with tempfile.TemporaryDirectory() as kept:
        copy = Path(shutil.copytree(folder, Path(kept) / folder.name))
        files = sorted(path for path in copy.rglob("*.yaml") if not path.name.endswith(".test.yaml"))
        path = files[int(which * len(files))]
        for damage in done:
            path.write_bytes(damaged(path.read_bytes(), *damage))
        yield copy


@cache
def whole() -> Triage:
    return Triage(rules=PACK / "rules", vocab=PACK / "vocab", reader="words")


def rules_hold(which: float, done: list[Damage]) -> None:
    """A damaged pack of rules is refused with its mistakes, or decides."""
    with with_damage(PACK / "rules", which, done) as folder:
        try:
            book = Rulebook.load(folder, whole().vocabulary.concepts)
        except RulebookError as error:
            tried["rules refused"] += 1
            assert folder.name in str(error)
        else:
            tried["rules"] += 1
            said = whole().with_rulebook(book).assess(TEXT, 3)
            assert said.rulebook == book.label
    told_nothing()


def words_hold(which: float, done: list[Damage]) -> None:
    """A damaged vocabulary is refused with its mistakes, or reads."""
    with with_damage(PACK / "vocab", which, done) as folder:
        try:
            made = Triage(rules=PACK / "rules", vocab=folder, reader="words", engine="direct")
        except (VocabularyError, RulebookError) as error:  # of the latter, a concept that rules name and that is gone
            tried["words refused"] += 1
            assert str(error)
        else:
            tried["words"] += 1
            assert made.assess(TEXT, 3).vocabulary == made.vocabulary.hash
    told_nothing()
