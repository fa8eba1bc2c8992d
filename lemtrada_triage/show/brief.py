"""An assessment for a small screen: what matters most, in at most ``MOST`` bytes of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lemtrada_triage.model import Assessment, Brief
from lemtrada_triage.show.explain import counted, ranked, sources
from lemtrada_triage.show.layout import shown

MOST = 1_024


def brief(assessment: Assessment) -> Brief:
    """The urgency, the advice and a note that nobody reviewed it; then reasons, words and a question, as they fit."""
    kept: dict[str, Any] = {
        "urgency": assessment.urgency,
        "rank": assessment.urgency.rank,
        "understood": assessment.understood,
        "advice": "",
        "note": "",
    }
    kept["advice"] = _shortened(kept, "advice", assessment.advice)
    kept["note"] = _shortened(kept, "note", assessment.disclaimer)
    for key, value in _more(assessment):
        more = kept | {key: (*kept.get(key, ()), value) if key != "ask" else value}
        if _size(more) <= MOST:
            kept = more
    return Brief(**kept)


def _more(assessment: Assessment) -> Iterator[tuple[str, str]]:
    """What may be told beside: the decisive rule, the next question, the words, and then more rules."""
    why = [f"{rule.title} ({sources(rule)})" for rule in ranked(assessment)[0]]
    yield from [("why", line) for line in why[:1]]
    yield from [("ask", question.question) for question in assessment.ask[:1]]
    yield from [("words", words) for words in dict.fromkeys(shown(mention.text) for mention in counted(assessment))]
    yield from [("why", line) for line in why[1:]]


def _size(values: dict[str, Any]) -> int:
    return len(Brief(**values).model_dump_json().encode())


def _shortened(values: dict[str, Any], key: str, text: str) -> str:
    """The text, or as many whole words of it as fit."""
    words = text.split(" ")
    fits = [text] if _size(values | {key: text}) <= MOST else []
    while words and not fits:
        words.pop()
        short = " ".join([*words, "..."])
        fits = [short] if _size(values | {key: short}) <= MOST else []
    return fits[0] if fits else ""
