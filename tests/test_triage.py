"""The public interface: safety properties, bad input, threads, pickles and hash seeds."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_triage import InputError, RulebookError, Triage, TriageError, Urgency, VocabularyError

MESSAGES = [
    "my face is kinda drooping n cant talk rite",
    "no fever but my left arm went numb",
    "throwing up and chills since yesterday",
    "tiny red dots on my legs",
    "I'm a bit nervous",
    "sudden confusion, my wife says",
    "my usual MS numbness in both legs for years",
    "my stool is black as tar",
    "bank holiday on Monday?",
]
SYMPTOMS = [
    "I have a fever.",
    "My left arm is numb.",
    "I have a cough.",
    "I can't speak.",
    "I feel sick.",
    "My skin is yellow.",
]
DAYS = st.one_of(st.none(), st.integers(0, 36_500))


@given(st.sampled_from(MESSAGES), st.sampled_from(SYMPTOMS), DAYS)
def test_another_present_symptom_never_lowers_the_urgency(
    triage: Triage, message: str, symptom: str, days: int | None
) -> None:
    assert triage.assess(f"{message}. {symptom}", days).urgency >= triage.assess(message, days).urgency


@given(st.lists(st.sampled_from(MESSAGES + SYMPTOMS), max_size=4), st.integers(0, 36_500))
def test_unknown_days_never_lower_the_urgency(triage: Triage, parts: list[str], days: int) -> None:
    text = ". ".join(parts)
    assert triage.assess(text, None).urgency >= triage.assess(text, days).urgency


@given(st.sampled_from(MESSAGES[:2]), DAYS, st.text(max_size=60))
def test_a_stroke_sign_is_call_911_on_every_day_whatever_follows(
    triage: Triage, message: str, days: int | None, more: str
) -> None:
    assert triage.assess(f"{message}.\n{more}", days).urgency is Urgency.CALL_911


def test_urgencies_are_ordered() -> None:
    assert sorted(Urgency, reverse=True)[0] is Urgency.CALL_911
    assert Urgency.ROUTINE < Urgency.CONTACT_PROVIDER < Urgency.CONTACT_PROVIDER_NOW < Urgency.GET_HELP_NOW


@pytest.mark.parametrize("days", [-1, 1.5, 36_501, "3", True, float("nan")])
def test_impossible_days_are_refused_with_the_value_named(triage: Triage, days: object) -> None:
    with pytest.raises(InputError, match="days since infusion"):
        triage.assess("fever", days)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, b"fever", 5, ["fever"]])
def test_text_that_is_no_string_is_refused(triage: Triage, text: object) -> None:
    with pytest.raises(InputError, match="must be a string"):
        triage.assess(text)  # type: ignore[arg-type]


def test_an_unknown_flag_is_refused_and_the_flags_are_named(triage: Triage) -> None:
    with pytest.raises(InputError, match="unknown flag 'smoker'; the flags are history_of_cancer"):
        triage.assess("fever", flags={"smoker"})
    with pytest.raises(InputError, match="not one string"):
        triage.assess("fever", flags="pregnant")


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ([["a"]], r"unknown flag \['a'\]"),
        ([3], "unknown flag 3"),
        ([{}], "unknown flag {}"),
        ([b"pregnant"], "unknown flag b'pregnant'"),
        ({"pregnant": True}, "not a mapping"),
        ({}, "not a mapping"),
        ("", "not one string"),
        (b"pregnant", "not b'pregnant'"),
        (iter(["pregnant"]), "flags must be a collection of words"),
        (5, "not 5"),
        (None, "not None"),
    ],
)
def test_flags_that_are_no_collection_of_words_are_refused(triage: Triage, flags: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        triage.assess("fever", flags=flags)
    with pytest.raises(InputError, match=reason):
        triage.assess_facts([], flags=flags)


def test_an_unknown_engine_folder_rule_or_span_is_refused(triage: Triage) -> None:
    with pytest.raises(InputError, match="engine"):
        Triage(engine="prolog")
    with pytest.raises(InputError, match="no folder"):
        Triage(rules="no/such/folder")
    with pytest.raises(InputError, match="no rule is called"):
        triage.why("strok", triage.assess("fever"))
    with pytest.raises(InputError, match="span"):
        triage.assertion("fever", 3, 99)


@pytest.mark.parametrize(
    ("misuse", "reason"),
    [
        (lambda triage: triage.why("stroke", None), "must be an Assessment, not NoneType"),
        (lambda triage: triage.why([], triage.assess("fever")), "no rule is called"),
        (lambda triage: triage.answer(triage.assess("fever").model_dump_json(), "days", 3), "an Assessment, not str"),
        (lambda triage: triage.assertion("fever", "0", 5), "span 0..5"),
        (lambda triage: triage.assess_facts(None), "facts must be a collection of words"),
        (lambda triage: triage.assess_facts("fever"), "facts must be a collection of words"),
        (lambda triage: triage.assess_facts(["feverr"]), "no concept is called 'feverr'"),
        (lambda triage: triage.assess_facts(["suden:fever"]), "'suden:fever' is no fact"),
        (lambda triage: triage.assess_facts([":fever"]), "':fever' is no fact"),
        (lambda triage: triage.assess_facts(["flag:pregnannt"]), "unknown flag 'pregnannt'"),
        (lambda triage: triage.why_facts("infection", ["sudden:feverr"]), "no concept is called 'feverr'"),
        (lambda triage: Triage(rules=5), "rules must be a folder"),  # type: ignore[arg-type]
        (lambda triage: Triage(rules=[]), "rules must be a folder"),
        (lambda triage: Triage(vocab=5), "vocab: there is no folder '5'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_kind_is_refused_and_never_taken_for_no_symptom(
    triage: Triage, misuse: Callable[[Any], object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        misuse(triage)


def test_every_error_is_a_triage_error() -> None:
    assert all(issubclass(kind, TriageError) for kind in (InputError, RulebookError, VocabularyError))


def test_the_trace_says_why_a_rule_fired_and_why_another_did_not(triage: Triage) -> None:
    result = triage.assess("my face is drooping", 1)
    assert triage.why("stroke", result).held
    assert not triage.why("infection-fever", result).held


def test_threads_see_the_same_results(triage: Triage) -> None:
    expected = [triage.assess(text, 2) for text in MESSAGES]
    fresh = Triage(reader="words")
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(lambda text: fresh.assess(text, 2), MESSAGES)) == expected


def test_a_pickled_triage_gives_the_same_results(triage: Triage) -> None:
    again = pickle.loads(pickle.dumps(triage))
    assert [again.assess(text) for text in MESSAGES] == [triage.assess(text) for text in MESSAGES]


def test_a_result_survives_json(triage: Triage) -> None:
    result = triage.assess(MESSAGES[0], 1)
    assert type(result).model_validate_json(result.model_dump_json()) == result


def test_results_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    program = (
        "import json, sys; from lemtrada_triage import Triage; t = Triage();"
        "print(json.dumps([t.assess(x).model_dump(mode='json') for x in json.loads(sys.argv[1])]))"
    )
    texts = json.dumps([*MESSAGES, "siezure nausious hedache vomitting swolen tonge", "palpatations n brething wierd"])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, texts],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1


def test_every_result_says_that_no_clinician_has_reviewed_it(triage: Triage) -> None:
    for text in ("", "fever"):
        assert "clinician" in triage.assess(text).disclaimer
        assert "clinician" in triage.assess(text).explain()
