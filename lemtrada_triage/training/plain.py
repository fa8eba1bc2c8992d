"""Plain emergencies: the vocabulary's own names of grave signs in harmless company, which no limit may let fall."""

from __future__ import annotations

import random
from collections.abc import Iterable

from lemtrada_triage.model import Urgency
from lemtrada_triage.training.messages import Message
from lemtrada_triage.training.rows import Lineage, joined_rows, message_row, term_rows
from lemtrada_triage.triage import Triage

_NUMBER, _DAY, _SEED = 900, 1, 3
_GRAVE = frozenset({Urgency.GET_HELP_NOW, Urgency.CALL_911})


def plain_messages(triage: Triage, messages: Iterable[Message], names: Iterable[str]) -> list[Message]:
    """Names of grave signs beside messages that tell of nothing that counts; the level is what words alone decide.

    ``triage`` reads with words, ``messages`` are those of dev, ``names`` what the model tells of.
    """
    lineage, rng = Lineage(triage.vocabulary, names), random.Random(_SEED)
    company = [
        message_row(one, lineage)
        for one in messages
        if one.level is Urgency.ROUTINE and not one.concepts and triage.assess(one.text, _DAY).urgency not in _GRAVE
    ]
    rows = [row for row in term_rows(triage.vocabulary, lineage) if triage.assess(row.text, _DAY).urgency in _GRAVE]
    made = []
    for row in joined_rows(rows, company, _NUMBER, rng):
        level = triage.assess(row.text, _DAY).urgency
        if level in _GRAVE and any(said.counts for said in row.said.values()):
            made.append(_message(row.text, level))
    return made


def _message(text: str, level: Urgency) -> Message:
    return Message(
        text=text, days=_DAY, concepts={}, modifiers=None, spans=None, level=level, tags=(), signals=(),
        split="dev", path="", line=0,
    )  # fmt: skip
