"""What is kept in the cache folder, compiled vocabulary and rulebook: only ever a quicker way to the same result."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from lemtrada_triage import Triage, kept

TEXT = "face iz drooping, speach slured, no feaver, temp 38.6, my mum had a stroke in 2009"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.SETTING, str(tmp_path / "cache"))
    return tmp_path / "cache"


def copies(cache: Path) -> list[Path]:
    return sorted(cache.iterdir()) if cache.is_dir() else []


def test_a_kept_vocabulary_reads_as_a_fresh_one_does(cache: Path, triage: Triage) -> None:
    kept.load_lexicon()
    again = Triage(reader="words")
    assert len(copies(cache)) == 2  # the vocabulary and the rulebook
    assert again.assess(TEXT, 2) == triage.assess(TEXT, 2)


def test_the_kept_copy_is_what_is_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.load_lexicon()
    monkeypatch.setattr(kept, "compile_vocabulary", lambda vocabulary: pytest.fail("compiled again"))
    assert kept.load_lexicon().vocabulary.hash


@pytest.mark.parametrize("content", [b"", b"\x80\x05 broken", pickle.dumps("something else")])
def test_a_copy_that_cannot_be_read_is_made_again(cache: Path, content: bytes) -> None:
    kept.load_lexicon()
    (copy,) = copies(cache)
    copy.write_bytes(content)
    assert kept.load_lexicon().vocabulary.concepts
    assert copies(cache) == [copy]
    assert copy.stat().st_size > len(content)


def test_a_copy_that_somebody_else_wrote_is_not_opened(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.load_lexicon()
    monkeypatch.setattr(os, "getuid", lambda: -7, raising=False)
    monkeypatch.setattr(pickle, "load", lambda file: pytest.fail("opened"))
    assert kept.load_lexicon().vocabulary.concepts


def test_another_vocabulary_has_another_copy(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "words.yaml").write_text(f"concepts:\n  - {{id: {folder.name}, label: x, terms: [zing]}}")
    for folder in (first, second, first):
        monkeypatch.setattr(kept, "data_folder", lambda kind, folder=folder: folder)
        monkeypatch.setattr("lemtrada_triage.vocabulary.data_folder", lambda kind, folder=folder: folder)
        assert list(kept.load_lexicon().vocabulary.concepts) == [folder.name]
    assert len(copies(cache)) == 2


def test_a_folder_of_ones_own_is_never_kept(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vocab"
    folder.mkdir()
    (folder / "words.yaml").write_text("concepts:\n  - {id: zing, label: a zing, terms: [zing]}")
    assert list(kept.load_lexicon(folder).vocabulary.concepts) == ["zing"]
    assert copies(cache) == []


def test_only_the_newest_copies_stay(cache: Path) -> None:
    cache.mkdir()
    for number in range(9):
        old = cache / f"vocabulary-{number}.pickle"
        old.write_bytes(b"old")
        os.utime(old, (number, number))
    kept.load_lexicon()
    assert [copy.name for copy in copies(cache) if copy.stat().st_size < 10] == [
        f"vocabulary-{number}.pickle" for number in (6, 7, 8)
    ]


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(kept.SETTING, str(tmp_path / "file" / "cache"))
    assert kept.load_lexicon().vocabulary.concepts


def test_an_empty_setting_turns_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.SETTING, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept.load_lexicon()
    assert list(tmp_path.iterdir()) == []


def test_a_kept_rulebook_is_that_of_its_rules_and_its_vocabulary(cache: Path, triage: Triage) -> None:
    first, again = (kept.load_rulebook(None, triage.vocabulary) for _ in range(2))
    assert first == again == Triage(rules=kept.data_folder("rules")).rulebook
    kept.load_rulebook(None, replace(triage.vocabulary, hash="another"))
    assert len([copy for copy in copies(cache) if copy.name.startswith("rules-")]) == 2
