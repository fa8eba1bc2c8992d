"""Reads a patient's words after Lemtrada and says what to do and why, with sources.

No clinician has reviewed the rules, and they do not replace one.
"""

from lemtrada_triage.model import (
    Assertion,
    AssertionResult,
    Assessment,
    Citation,
    Code,
    Cue,
    FiredRule,
    InputError,
    MatchKind,
    Mention,
    RulebookError,
    TriageError,
    Urgency,
    VocabularyError,
)
from lemtrada_triage.triage import Triage

__all__ = [
    "Assertion",
    "AssertionResult",
    "Assessment",
    "Citation",
    "Code",
    "Cue",
    "FiredRule",
    "InputError",
    "MatchKind",
    "Mention",
    "RulebookError",
    "Triage",
    "TriageError",
    "Urgency",
    "VocabularyError",
]
__version__ = "0.1.0"
