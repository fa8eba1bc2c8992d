"""What ``fuzz.py`` gives to ``assess``: mixed messages, odd characters, days and histories; and what must hold."""

from __future__ import annotations

import io
import logging
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from batch_log import messages
from hypothesis import strategies as st

from lemtrada_triage import Assessment, InputError, TreatmentHistory, Triage
from lemtrada_triage.read.message import quotable

SECRET = "zanzibarquux"  # opens every text, and may stand in no log and no error
tried: Counter[str] = Counter()
_heard = io.StringIO()


def listen() -> None:
    """Keeps whatever is logged, tracebacks included, for ``told_nothing``."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.addHandler(logging.StreamHandler(_heard))


def told_nothing(*more: str) -> None:
    """No patient's word was logged since the last look, or is in ``more``."""
    said = _heard.getvalue() + "".join(more)
    _heard.seek(0)
    _heard.truncate()
    assert SECRET not in said, said[:2000]


@cache
def triage() -> Triage:
    return Triage()


fragments = cache(messages)

ODD = st.sampled_from([
    "\0", "\ud800", "\udfff", "\u200d", "\u202e", "\ufeff", "\u2028", "\x85", "İ", "ß", "ﬁ", "é", "e\u0301", "🤕",
    "👩🏽\u200d⚕️", "١٢", "½", "²", "Ⅷ", "38.9", "104f", "1e999", "-1", "9" * 400, "a" * 300, "no", "not", "?", "!!!",
    "(", ")", "[ ]", "[x]", "- ", "q:", "a:", "\n", "\r", "\t", ";", ",", ".", "...", "—", "'", "“", "%s", "{0}",
    "since", "ago", "yesterday", "last night at 10", "on 31/02/2026", "3 days ago", "tuesday", "mum", "never", "if",
])  # fmt: skip


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A part of a message, or several, with odd characters in between or inside a word."""
    parts = [SECRET]
    for _ in range(draw(st.integers(0, 4))):
        words = draw(st.sampled_from(fragments())).split(" ")
        first = draw(st.integers(0, len(words)))
        parts += words[first : first + draw(st.integers(0, 12))]
    for odd in draw(st.lists(ODD | st.text(st.characters(), max_size=5), max_size=5)):
        parts.insert(draw(st.integers(1, len(parts))), odd)
    if len(parts) > 1 and draw(st.booleans()):
        place = draw(st.integers(1, len(parts) - 1))
        cut = draw(st.integers(0, len(parts[place])))
        parts[place] = parts[place][:cut] + draw(ODD) + parts[place][cut + draw(st.integers(0, 1)) :]
    return draw(st.sampled_from([" ", "", "\n", " , "])).join(parts) * draw(st.sampled_from([1, 1, 1, 1, 3, 40]))


days = st.none() | st.integers(0, 36_500) | st.sampled_from([0, 29, 30, 1_461, 1_462, 0, -1, 36_501, True, 2.0, "2"])
dates = st.dates(date(2019, 1, 1), date(2031, 1, 1))
times = st.datetimes(datetime(2019, 1, 1), datetime(2031, 1, 1), timezones=st.none() | st.just(UTC) | st.timezones())
moments = dates | times | dates | times | st.dates() | st.datetimes()
zones = st.sampled_from(
    [None, None, "America/New_York", "Pacific/Apia", "Europe/Berlin", "UTC", "Mars/Phobos", "../etc"]
)
choices = st.tuples(st.integers(0, 4), st.integers(0, 2))


@st.composite
def courses(draw: st.DrawFn) -> list[list[date]]:
    """Courses of some days, most of them in order."""
    if not draw(st.integers(0, 4)):
        return draw(st.lists(st.lists(st.dates(), max_size=5), max_size=4))
    first, made = draw(dates), []
    for gap in draw(st.lists(st.integers(30, 800), min_size=1, max_size=5)):
        length = draw(st.integers(1, 5))
        made.append([first + timedelta(day) for day in range(length)])
        first += timedelta(length + gap)
    return made


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of ``assess``, most of them sound."""
    flags = draw(st.sets(st.sampled_from(triage().flags), max_size=3))
    if draw(st.booleans()):
        return {"text": draw(texts()), "days_since_infusion": draw(days), "flags": flags}
    told = {"courses": draw(courses()), "zone": draw(zones), "on": draw(moments)}
    return {"text": draw(texts()), "flags": flags, **told}


def assessed(case: dict[str, Any]) -> Assessment:
    """The assessment of a case, whose history must do for the follow-up too."""
    if "courses" not in case:
        return triage().assess(**case)
    history = TreatmentHistory(case["courses"], case["zone"])
    triage().follow_up(history, on=case["on"], flags=case["flags"])
    return triage().assess(case["text"], flags=case["flags"], on=case["on"], history=history)


def assess_holds(case: dict[str, Any], choice: tuple[int, int]) -> None:
    """Nothing fails, the words stand where they are said to stand, and a result survives as JSON."""
    try:
        said = assessed(case)
    except InputError as error:
        tried["assess refused"] += 1
        return told_nothing(str(error))
    tried["assess"] += 1
    for mention in (*said.mentions, *said.withdrawn):
        assert quotable(case["text"][mention.start : mention.end]) == mention.text
    assert said.understood or said.advice != triage().rulebook.levels[said.urgency]
    again = Assessment.model_validate_json(said.model_dump_json())
    assert again.model_dump() == said.model_dump()
    assert len(said.brief().model_dump_json().encode()) <= 1024
    assert said.explain()
    assert all(triage().why(fired.rule, said).held for fired in said.fired[:2])
    if said.ask:
        answered_holds(said, choice)
    told_nothing()


def answered_holds(said: Assessment, choice: tuple[int, int]) -> None:
    """An answer leads where its choice says."""
    question = said.ask[choice[0] % len(said.ask)]
    chosen = question.choices[choice[1] % len(question.choices)]
    assert triage().answer(said, question.id, chosen.id).urgency == chosen.urgency
    tried["answer"] += 1
