"""The core of scoring: each row as ``Triage.assess`` would have it, each text read once, each case decided once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lemtrada_triage import Triage
from lemtrada_triage.batch import core
from lemtrada_triage.batch.core import Case, Scored, Scorer
from lemtrada_triage.batch.judge import Asked, Outcome, Read, TriageJudge
from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.history.past import Past, lasting_days
from lemtrada_triage.model import Assessment
from lemtrada_triage.read.learned import missing, model_folder

HERE = Path(__file__).parent
EVERYDAY = (HERE / "everyday.txt").read_text(encoding="utf-8").splitlines()
HARD = [
    message["text"]
    for group in yaml.safe_load((HERE / "three_doors.yaml").read_text(encoding="utf-8"))
    for message in group["messages"]
]
FLAGS = ("history_of_cancer", "pregnant", "weakened_immune_system")
READERS = ["words"] if missing(model_folder()) else ["words", "both"]

texts = st.sampled_from([*EVERYDAY, *HARD, "", " ", "\ud83d", "no fever " * 400])
days = st.none() | st.integers(0, LAST_DAY)
flags = st.lists(st.sampled_from(FLAGS), unique=True).map(lambda some: tuple(sorted(some)))
pasts = st.sampled_from([frozenset(), frozenset({lasting_days(7, "anxiety")})])
cases = st.builds(Case, texts, st.lists(days, min_size=1, max_size=3).map(tuple), flags, pasts)


@cache
def triage_of(reader: str) -> Triage:
    return Triage(reader=reader)


def expected(triage: Triage, case: Case) -> Scored:
    """The row of a case by the result objects: the most urgent of what its days may mean."""
    past = {"anxiety": Past(lasting_days=7)} if case.past else {}
    found = [triage.assess(case.text, days_since_infusion=day, flags=case.flags, past=past) for day in case.days]
    return row_of(max(found, key=lambda assessment: assessment.urgency.rank))


def row_of(assessment: Assessment) -> Scored:
    counting = [said for said in assessment.mentions if said.assertion.counts]
    return Scored(
        urgency=assessment.urgency.value,
        urgency_rank=assessment.urgency.rank,
        concepts=tuple(dict.fromkeys(said.concept for said in counting)),
        codes=tuple(dict.fromkeys(code.code for said in counting for code in said.codes)),
        rules=tuple(rule.rule for rule in assessment.fired),
        mentions=tuple(
            (said.concept, said.assertion.value, said.start, said.end, said.text, said.cue and said.cue.text)
            for said in assessment.mentions
        ),
        readers_disagree=assessment.readers_disagree,
        understood=assessment.understood,
    )


@pytest.mark.parametrize("reader", READERS)
def test_every_text_is_scored_as_assess_has_it(reader):
    triage = triage_of(reader)
    log = [Case(text, (day,)) for text in [*EVERYDAY, *HARD] for day in (None, 2, 400)]
    assert Scorer(triage).score(log) == [expected(triage, case) for case in log]


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=40)
@given(st.lists(cases, max_size=12))
def test_any_mix_of_cases_is_scored_as_assess_has_each(reader, log):
    triage = triage_of(reader)
    assert Scorer(triage).score(log) == [expected(triage, case) for case in log]


@given(st.lists(st.lists(cases, max_size=6), max_size=6))
def test_how_a_log_is_cut_into_batches_changes_nothing(batches):
    scorer = Scorer(triage_of("words"))
    rows = [row for batch in scorer.score_all(batches) for row in batch]
    assert rows == Scorer(triage_of("words")).score([case for batch in batches for case in batch])


class Counting:
    """Counts what is asked of a judge, and reads ahead as one with several processes does."""

    def __init__(self, ahead: int = 0) -> None:
        self.judge = TriageJudge(triage_of("words"))
        self.ahead = ahead
        self.first_day, self.flags = self.judge.first_day, self.judge.flags
        self.lineages, self.past = self.judge.lineages, self.judge.past
        self.texts: list[str] = []
        self.cases: list[Asked] = []

    def reading(self, texts: Sequence[str]) -> Callable[[], list[Read]]:
        self.texts += texts
        return self.judge.reading(texts)

    def decide(self, cases: Sequence[Asked]) -> list[Outcome]:
        self.cases += cases
        return self.judge.decide(cases)


@pytest.mark.parametrize("ahead", [0, 3])
def test_a_text_is_read_once_and_equal_facts_are_decided_once_an_interval(ahead):
    judge = Counting(ahead)
    first, last = 3000, 3001  # far beyond every window, so in one interval
    said = ["i have a rash", "I HAVE A RASH", "hello"]
    batch = [Case(text, (day,)) for text in said for day in (first, last)]
    assert len(list(Scorer(judge).score_all([batch] * 5))) == 5
    assert judge.texts == said
    assert [case.day for case in judge.cases] == [judge.first_day(first)] * 2, "both rashes are the same facts"


def test_what_is_remembered_is_bounded_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(core, "_TEXTS", 3)
    judge = Counting(ahead=2)
    log = [[Case(text) for text in EVERYDAY[start : start + 4]] for start in range(0, 40, 2)]
    rows = list(Scorer(judge).score_all(log))
    assert rows == [Scorer(triage_of("words")).score(batch) for batch in log]
    assert len(judge.texts) > len(set(judge.texts)), "what was forgotten is read again"


class Broken(Triage):
    """Fails on texts that hold a certain word."""

    def read_all(self, texts: Collection[str]):
        if any("broken" in text for text in texts):
            raise RuntimeError("no such luck")
        return super().read_all(texts)


def test_a_text_that_cannot_be_read_spoils_no_other():
    cases = [Case("i have a rash"), Case("broken"), Case("x. " * 2_000_000 + "broken")]
    rows = Scorer(Broken(reader="words")).score(cases)
    assert [row.urgency for row in rows] == [triage_of("words").assess("i have a rash").urgency.value, "", ""]
    assert all("RuntimeError('no such luck')" in row.error for row in rows[1:])


def test_a_text_that_is_too_long_to_be_read_at_once_is_read_in_parts():
    told = "no rash today.\nMy left arm is numb. "
    text = told + "Slept well.\n" * 400_000 + told
    (row,) = Scorer(triage_of("words")).score([Case(text)])
    (short,) = Scorer(triage_of("words")).score([Case(told)])
    assert row.warning == f"the text has {len(text):,} characters and was read in 2 parts"
    assert (row.urgency, row.rules, row.concepts, row.understood, row.error) == (
        short.urgency, short.rules, short.concepts, True, "",
    )  # fmt: skip
    assert len(row.mentions) == 2 * len(short.mentions)
    assert all(text[said.start : said.end] == said.text for said in row.mentions)


def test_a_text_that_is_too_long_and_has_no_place_to_cut_is_an_error_and_not_cut_within_a_sign():
    (row,) = Scorer(triage_of("words")).score([Case("my left arm is suddenly numb and " * 130_000)])
    assert "at most 4,000,000 are read" in row.error
    assert row.urgency == ""


@pytest.mark.skipif("both" not in READERS, reason="needs the learned reader's model")
def test_where_the_learned_reader_fails_a_row_is_read_by_words_and_says_so(monkeypatch):
    triage = Triage(reader="both")
    read_all = triage._reader.learned.read_all

    def failing(texts: Sequence[str], names: Sequence[object]):
        if "my arm is numb" in texts:
            raise RuntimeError("out of luck")
        return read_all(texts, names)

    monkeypatch.setattr(triage._reader.learned, "read_all", failing)
    rows = Scorer(triage).score([Case("my arm is numb"), Case("i have a rash")])
    assert rows[0].warning == "read by words alone; the learned reader failed: RuntimeError"
    assert rows[0].urgency == triage_of("words").assess("my arm is numb").urgency.value
    assert rows[1] == expected(triage_of("both"), Case("i have a rash"))
