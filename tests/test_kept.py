"""What is kept in the cache folder, the checked vocabulary: only ever a quicker way to the same result."""

from __future__ import annotations

import json
import os
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from lemtrada_triage import Triage
from lemtrada_triage.lexicon import kept
from lemtrada_triage.lexicon.lexicon import Lexicon
from lemtrada_triage.lexicon.tables import compiled, lexicon_of
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.reader import Reader

MESSAGES = Path(__file__).parent.parent / "vocab" / "messages"
TEXT = "face iz drooping, speach slured, no feaver, temp 38.6, my mum had a stroke in 2009"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.SETTING, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped vocabulary of one concept, which is quick to read."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "words.yaml").write_text("concepts:\n  - {id: zing, label: a zing, terms: [zing, zang]}")
    ship(monkeypatch, folder)
    return folder


def ship(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(kept, "data_folder", lambda kind: folder)
    monkeypatch.setattr("lemtrada_triage.lexicon.vocabulary.data_folder", lambda kind: folder)


def copies(cache: Path) -> list[Path]:
    return sorted(cache.iterdir()) if cache.is_dir() else []


def never_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vocabulary, "load", lambda: pytest.fail("read again"))


def test_a_kept_vocabulary_reads_as_a_fresh_one_does(cache: Path, triage: Triage) -> None:
    kept.load_vocabulary()
    again = Triage(reader="words")
    assert len(copies(cache)) == 1
    assert again.vocabulary == triage.vocabulary
    assert again.assess(TEXT, 2) == triage.assess(TEXT, 2)


def test_what_is_kept_compiled_reads_as_what_is_compiled_afresh(cache: Path, loaded: Callable[[], Lexicon]) -> None:
    """Phrases, frames, cues, measures, names and typos, in a hundred messages of different writers."""
    vocabulary = loaded().vocabulary
    fresh, made = Reader(vocabulary), Reader(vocabulary, lexicon_of(vocabulary, compiled(vocabulary)))
    for text in some_messages():
        assert made.read(text) == fresh.read(text)


def some_messages() -> list[str]:
    lines = [
        line for path in sorted(MESSAGES.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [TEXT, *[json.loads(line)["text"] for line in lines[:: len(lines) // 100] if '"text"' in line]]


def test_the_kept_copy_is_what_is_read(cache: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept.load_vocabulary()
    never_loaded(monkeypatch)
    assert kept.load_vocabulary() == first


def test_flipped_bytes_never_change_the_vocabulary(cache: Path, small: Path) -> None:
    expected = kept.load_vocabulary()
    (copy,) = copies(cache)
    good = copy.read_bytes()
    dice = random.Random(6)
    for place in range(len(good)):
        broken = bytearray(good)
        broken[place] ^= dice.randrange(1, 256)
        copy.write_bytes(broken)
        assert kept.load_vocabulary() == expected
        assert copy.read_bytes() == good  # made again


def test_many_bytes_flipped_in_the_shipped_copy_change_no_result(cache: Path, triage: Triage) -> None:
    kept.load_vocabulary()
    (copy,) = copies(cache)
    broken, dice = bytearray(copy.read_bytes()), random.Random(7)
    for place in dice.sample(range(len(broken)), 50):
        broken[place] ^= dice.randrange(1, 256)
    copy.write_bytes(broken)
    assert Triage(reader="words").assess(TEXT, 2) == triage.assess(TEXT, 2)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"\x80\x05 broken"])
def test_a_copy_that_cannot_be_read_is_made_again(cache: Path, small: Path, content: bytes) -> None:
    expected = kept.load_vocabulary()
    (copy,) = copies(cache)
    copy.write_bytes(content)
    assert kept.load_vocabulary() == expected
    assert copies(cache) == [copy]
    assert copy.stat().st_size > len(content)


def test_a_copy_with_a_right_checksum_that_is_no_vocabulary_is_made_again(cache: Path, small: Path) -> None:
    expected = kept.load_vocabulary()
    (copy,) = copies(cache)
    copy.write_bytes(kept._checksum(kept._fingerprint(small), b"{}") + b"\n{}")
    assert kept.load_vocabulary() == expected


class Planted:
    """Makes a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_a_planted_pickle_is_not_executed(cache: Path, small: Path, tmp_path: Path) -> None:
    expected, trace = kept.load_vocabulary(), tmp_path / "executed"
    (copy,) = copies(cache)
    pickled = pickle.dumps(Planted(trace))
    for content in (pickled, kept._checksum(kept._fingerprint(small), pickled) + b"\n" + pickled):
        copy.write_bytes(content)
        assert kept.load_vocabulary() == expected
    assert not trace.exists()


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed here")
def test_a_link_is_not_followed(cache: Path, small: Path, tmp_path: Path) -> None:
    expected = kept.load_vocabulary()
    (copy,) = copies(cache)
    elsewhere = copy.rename(tmp_path / "elsewhere")
    copy.symlink_to(elsewhere)
    good = elsewhere.read_bytes()
    with pytest.raises(OSError):
        kept._read(copy)
    assert kept.load_vocabulary() == expected
    assert elsewhere.read_bytes() == good
    assert not copy.is_symlink()  # made again, in its place


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(cache: Path, small: Path) -> None:
    expected = kept.load_vocabulary()
    (copy,) = copies(cache)
    copy.unlink()
    os.mkfifo(copy)
    assert kept.load_vocabulary() == expected


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_copy_that_others_can_write_is_not_read(cache: Path, small: Path, mode: int) -> None:
    kept.load_vocabulary()
    (copy,) = copies(cache)
    copy.chmod(mode)
    assert kept._read(copy) == b""


def test_a_copy_that_somebody_else_wrote_is_not_read(cache: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = kept.load_vocabulary()
    (copy,) = copies(cache)
    monkeypatch.setattr(os, "getuid", lambda: -7, raising=False)
    assert kept._read(copy) == b""
    assert kept.load_vocabulary() == expected


def test_another_vocabulary_has_another_copy(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "words.yaml").write_text(f"concepts:\n  - {{id: {folder.name}, label: x, terms: [zing]}}")
    for folder in (first, second, first):
        ship(monkeypatch, folder)
        assert list(kept.load_vocabulary().concepts) == [folder.name]
    assert len(copies(cache)) == 2


def test_a_folder_of_ones_own_is_never_kept(cache: Path) -> None:
    Triage(vocab=kept.data_folder("vocab"))
    assert copies(cache) == []


def test_only_the_newest_copies_stay(cache: Path, small: Path) -> None:
    cache.mkdir()
    for number in range(9):
        old = cache / f"vocabulary-{number}.json"
        old.write_bytes(b"old")
        os.utime(old, (number, number))
    kept.load_vocabulary()
    assert [copy.name for copy in copies(cache) if copy.stat().st_size < 10] == [
        f"vocabulary-{number}.json" for number in (6, 7, 8)
    ]


def test_a_cache_that_cannot_be_written_does_no_harm(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(kept.SETTING, str(tmp_path / "file" / "cache"))
    assert kept.load_vocabulary().concepts


def test_an_empty_setting_turns_it_off(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.SETTING, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    kept.load_vocabulary()
    assert not (tmp_path / "home").exists()
