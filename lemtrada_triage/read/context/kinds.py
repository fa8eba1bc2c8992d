"""The kinds of cues, by what is done with them; every cue word lives in ``vocab/context/``."""

from __future__ import annotations

from lemtrada_triage.model import Assertion

# Which kind wins when several cues reach a mention: those that take it away, the strongest first.
ORDER = ("absent", "hypothetical", "other_person", "historical", "resolved", "uncertain")
LIKE = {"question": "hypothetical", "stranger": "other_person", "no_person": "other_person"}
REACHING = frozenset(ORDER) | frozenset(LIKE)
RANK = {kind: ORDER.index(LIKE.get(kind, kind)) for kind in REACHING}
MEANS = {kind: Assertion(LIKE.get(kind, kind)) for kind in REACHING}
# A cue of so short a scope ("not", "the car") does not reach over a comma.
SHORT = 4
WEIGHED = REACHING | {"pseudo", "affirms"}
FALSE = frozenset({"pseudo", "pseudo_modifier"})
MODIFIERS = frozenset({"sudden", "gradual", "long_standing", "severe", "lasting", "one_sided", "fresh"})
# These change what a mention is, and are no modifiers that a rule could ask for.
CHANGING = frozenset({"both_sided", "treated", "elsewhere"})
BESIDE = MODIFIERS | CHANGING
# "Out of nowhere. My neck hurts": how it began may stand in the sentence before or after, and before an "and then".
ACROSS = frozenset({"sudden"})
ANSWERS = frozenset({"answer_no", "answer_yes"})
CLAUSES = frozenset({"clause"})
# "My son has a rash and is coughing": a predicate goes on about the same subject, and ends all but what names one.
ENDS = CLAUSES | {"terminator", "predicate"}
PERSONS = frozenset({"first_person", "third_person"})
# The kinds without which nothing is said about any mention.
TELLING = REACHING | BESIDE | ANSWERS
MARKING = ENDS | {"illness_verb", "resolved", "informant"}
# A cue of these kinds may be part of a mention ("had a fit", "no pain except in my arm", "mum your eyes are yellow").
WITHIN = BESIDE | {"illness_verb", "pseudo_modifier", "terminator", "predicate", "patient", "affirms"}
# What the patient may take back with "but now I do".
TAKEN_BACK = REACHING - {"resolved", "uncertain"}
NEW = frozenset({"fresh", "sudden"})
NONE: frozenset[str] = frozenset()
UNMODIFIED: tuple[str, ...] = ("acute", "unstated")
