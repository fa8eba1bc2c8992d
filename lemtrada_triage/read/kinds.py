"""The kinds of cues, by what is done with them; every cue word lives in ``vocab/context/``."""

from __future__ import annotations

from typing import Final

from lemtrada_triage.model import Assertion

# Which kind wins when several cues reach a mention: those that take it away, the strongest first.
ORDER: Final = ("absent", "hypothetical", "other_person", "historical", "resolved", "uncertain")
LIKE: Final = {"question": "hypothetical", "stranger": "other_person", "no_person": "other_person"}
REACHING: Final = frozenset(ORDER) | frozenset(LIKE)
RANK: Final = {kind: ORDER.index(LIKE.get(kind, kind)) for kind in REACHING}
MEANS: Final = {kind: Assertion(LIKE.get(kind, kind)) for kind in REACHING}
# A cue of so short a scope ("not", "the car") does not reach over a comma.
SHORT: Final = 4
WEIGHED: Final = REACHING | {"pseudo", "affirms"}
FALSE: Final = frozenset({"pseudo", "pseudo_modifier"})
MODIFIERS: Final = frozenset({"sudden", "gradual", "long_standing", "severe", "lasting", "one_sided", "fresh"})
# These change what a mention is, and are no modifiers that a rule could ask for.
CHANGING: Final = frozenset({"both_sided", "treated", "elsewhere"})
BESIDE: Final = MODIFIERS | CHANGING
MANNER: Final = BESIDE | {"pseudo_modifier"}
# "Out of nowhere. My neck hurts": how it began may stand in the sentence before or after, and before an "and then".
ACROSS: Final = frozenset({"sudden"})
ANSWERS: Final = frozenset({"answer_no", "answer_yes"})
CLAUSES: Final = frozenset({"clause"})
# "My son has a rash and is coughing": a predicate goes on about the same subject, and ends all but what names one.
ENDS: Final = CLAUSES | {"terminator", "predicate"}
PERSONS: Final = frozenset({"first_person", "third_person"})
# The kinds without which nothing is said about any mention.
TELLING: Final = REACHING | BESIDE | ANSWERS
MARKING: Final = ENDS | {"illness_verb", "resolved", "informant"}
# A cue of these kinds may be part of a mention ("had a fit", "no pain except in my arm", "mum your eyes are yellow").
WITHIN: Final = BESIDE | {"illness_verb", "pseudo_modifier", "terminator", "predicate", "patient", "affirms"}
# What the patient may take back with "but now I do".
TAKEN_BACK: Final = REACHING - {"resolved", "uncertain"}
NEW: Final = frozenset({"fresh", "sudden"})
NONE: Final[frozenset[str]] = frozenset()
UNMODIFIED: Final[tuple[str, ...]] = ("acute", "unstated")
