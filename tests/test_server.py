"""One ``Triage`` for a whole server: threads, asyncio and every kind of process say the same; knowledge is shared."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import shutil
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from lemtrada_triage import Triage, TriageError
from lemtrada_triage.decide import durable

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "examples" / "other_drug"
TEXTS = [
    "no fever but my left arm went numb", "my face is kinda drooping n cant talk rite", "slept well, no rash", "",
    "temp 38.9 since yesterday, shivering", "mum had a stroke", "bruises all over my legs and my gums bleed", "rsh",
    "chest tight, jaw aches", "coughing up blood \U0001f622", "headache, worse at night", "my flibber is sore",
    "tired all the time and gained weight", "yellow eyes, dark urine", "i want to die", "no puedo respirar",
]  # fmt: skip
CASES = [(text, days) for text in TEXTS for days in (None, 2, 400)]
KINDS = [kind for kind in ("fork", "spawn", "forkserver") if kind in multiprocessing.get_all_start_methods()]
inherited: list[Triage] = []


def said(triage: Triage, case: tuple[str, int | None]) -> str:
    return triage.assess(*case).model_dump_json()


@pytest.fixture(scope="module", params=["words", "both"])
def shared(request: pytest.FixtureRequest) -> Iterator[Triage]:
    triage = Triage(reader=request.param)
    inherited.append(triage)
    yield triage
    inherited.clear()


@pytest.fixture(scope="module")
def expected(shared: Triage) -> list[str]:
    """What another ``Triage`` says in one thread."""
    alone = Triage(reader=shared.reader)
    return [said(alone, case) for case in CASES]


def test_threads_say_what_one_thread_says(shared: Triage, expected: list[str]) -> None:
    """All begin at once with nothing remembered, and go round in orders of their own."""
    fresh, start = shared.with_rulebook(shared.rulebook), threading.Barrier(8)

    def all_from(first: int) -> list[str]:
        start.wait()
        order = [(first * 5 + place) % len(CASES) for place in range(len(CASES))]
        found = {place: said(fresh, CASES[place]) for place in order}
        return [found[place] for place in range(len(CASES))]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(all_from, range(8))) == [expected] * 8


def test_asyncio_says_the_same(shared: Triage, expected: list[str]) -> None:
    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(said, shared, case) for case in CASES))

    assert asyncio.run(all_at_once()) == expected


def said_by_inherited(case: tuple[str, int | None]) -> str:
    return said(inherited[0], case)


# From 3.12 on Python warns of every fork beside a thread, such as those of ONNX Runtime.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.skipif("fork" not in KINDS, reason="this system cannot fork")
def test_a_process_forked_after_use_says_the_same(shared: Triage, expected: list[str]) -> None:
    said(shared, CASES[0])
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(said_by_inherited, CASES)) == expected


def receive(triage: Triage) -> None:
    inherited[:] = [triage]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "fork"])
def test_a_process_that_is_given_it_says_the_same(shared: Triage, expected: list[str], kind: str) -> None:
    """It travels as its sources."""
    context = multiprocessing.get_context(kind)
    with ProcessPoolExecutor(1, context, initializer=receive, initargs=(shared,)) as pool:
        assert list(pool.map(said_by_inherited, CASES)) == expected


def test_what_is_compiled_of_equal_words_is_there_once_and_goes_with_the_last(shared: Triage) -> None:
    other = Triage(rules=["shipped", ROOT / "examples" / "my-rules"], reader=shared.reader)
    assert other._words is shared._words
    assert (shared.reader == "words") == (other._reader is shared._reader)
    if shared.reader == "both":
        assert other._reader.learned is shared._reader.learned


def test_words_of_ones_own_are_shared_while_they_are_the_same(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PACK / "vocab", tmp_path / "vocab"))

    def made() -> Triage:
        return Triage(rules=PACK / "rules", vocab=folder, reader="words")

    one, two = made(), made()
    assert one._words is two._words
    (folder / "known-words.txt").write_text("flibber\n", encoding="utf-8")
    after = made()
    assert after._words is not one._words
    assert after._words.vocabulary.known_words - one._words.vocabulary.known_words == {"flibber"}
    reader = weakref.ref(one._words)
    del one, two
    gc.collect()
    assert reader() is None


def test_an_error_in_words_of_ones_own_is_told_as_ever(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text("concepts: [", encoding="utf-8")
    with pytest.raises(TriageError, match=r"words\.yaml:2"):
        Triage(rules=PACK / "rules", vocab=tmp_path)


@pytest.mark.skipif(durable.missing() is not None, reason="durable-rules cannot be imported here")
def test_each_thread_has_rulesets_of_its_own_and_they_go_with_it(shared: Triage) -> None:
    """durable-rules is not safe between threads."""
    engine = Triage(engine="durable", reader="words")._adviser._decider._engine
    networks: list[weakref.ref[object]] = []

    def once() -> None:
        engine.fired(frozenset({"fever"}), 2)
        networks.append(weakref.ref(engine._local.networks[0][0]))

    for _ in range(2):
        thread = threading.Thread(target=once)
        thread.start()
        thread.join()
    gc.collect()
    assert len(networks) == 2 and [network() for network in networks] == [None, None]
