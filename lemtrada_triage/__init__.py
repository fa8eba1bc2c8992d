"""Reads a patient's words after Lemtrada and says what to do and why, with sources.

No clinician has reviewed the rules, and they do not replace one.
"""

from lemtrada_triage.history.treatment import TreatmentHistory
from lemtrada_triage.model import (
    Answer,
    Assertion,
    AssertionResult,
    Assessment,
    Brief,
    Choice,
    Citation,
    Code,
    Cue,
    FiredRule,
    InputError,
    MatchKind,
    Mention,
    Onset,
    Question,
    RulebookError,
    TriageError,
    Urgency,
    VocabularyError,
)
from lemtrada_triage.triage import Triage

__all__ = [
    "Answer",
    "Assertion",
    "AssertionResult",
    "Assessment",
    "Brief",
    "Choice",
    "Citation",
    "Code",
    "Cue",
    "FiredRule",
    "InputError",
    "MatchKind",
    "Mention",
    "Onset",
    "Question",
    "RulebookError",
    "TreatmentHistory",
    "Triage",
    "TriageError",
    "Urgency",
    "VocabularyError",
]
__version__ = "0.1.0"
