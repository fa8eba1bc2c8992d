"""The compiled vocabulary."""

from __future__ import annotations

from typing import NamedTuple

from lemtrada_triage.lexicon.meaning import Meanings
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.spelling import Speller


class Lexicon(NamedTuple):
    """The compiled vocabulary; ``meanings`` are those of all phrases by number."""

    vocabulary: Vocabulary
    speller: Speller
    meanings: Meanings
