"""Plain emergencies: the vocabulary's own names of grave signs in harmless company, which no limit may let fall."""

from __future__ import annotations

import random
from collections.abc import Iterable

from lemtrada_triage.model import Urgency
from lemtrada_triage.training.messages import Message
from lemtrada_triage.training.rows import Lineage, joined_rows, message_row, term_rows
from lemtrada_triage.triage import Triage

_NUMBER, _DAY, _SEED = 900, 1, 3


def plain_messages(triage: Triage, messages: Iterable[Message], names: Iterable[str]) -> list[Message]:
    """Names of grave signs beside messages that tell of nothing that counts; the level is what words alone decide.

    ``triage`` reads with words, ``messages`` are those of dev, ``names`` what the model tells of.
    """
    lineage, rng = Lineage(triage.vocabulary, names), random.Random(_SEED)

    def grave(text: str) -> bool:
        return triage.assess(text, _DAY).urgency >= Urgency.GET_HELP_NOW

    harmless = [one for one in messages if one.level is Urgency.ROUTINE and not one.concepts and not grave(one.text)]
    company = [message_row(one, lineage) for one in harmless]
    signs = [row for row in term_rows(triage.vocabulary, lineage) if grave(row.text)]
    made = joined_rows(signs, company, _NUMBER, rng)
    told = [row.text for row in made if grave(row.text) and any(said.counts for said in row.said.values())]
    return [_message(text, triage.assess(text, _DAY).urgency) for text in told]


def _message(text: str, level: Urgency) -> Message:
    return Message(
        text=text, days=_DAY, concepts={}, modifiers=None, spans=None, level=level, tags=(), signals=(),
        split="dev", path="", line=0,
    )  # fmt: skip
