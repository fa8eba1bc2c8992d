"""What the text says about a mention: ConText's algorithm (``context``), and an object for each family of cues."""

from __future__ import annotations

from collections.abc import Mapping

from lemtrada_triage.read.context.another import Another, Past, Stranger, Thing
from lemtrada_triage.read.context.answers import Answers
from lemtrada_triage.read.context.context import Denial, Family, Question, WhatIf

# The family of each kind of cue that has something of its own to say; any other is one of ``Family``.
FAMILIES: Mapping[str, type[Family]] = {
    "absent": Denial,
    "historical": Past,
    "hypothetical": WhatIf,
    "question": Question,
    "other_person": Another,
    "stranger": Stranger,
    "no_person": Thing,
    "answer": Answers,
}
