"""What might be: "if my face droops", "watch for", "can it cause a rash?"."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from lemtrada_triage.lexicon.meaning import COLON
from lemtrada_triage.model import Assertion
from lemtrada_triage.read.context.context import CueHit, Family
from lemtrada_triage.read.message import Places


class WhatIf(Family):
    """ "If", "in case", "told to watch for"."""

    def subjects(self, hit: CueHit) -> int:
        """ "If" takes the "I" of its own clause, "if I" has it already."""
        return int(not any(self.context.at(place) for place in hit.places))

    def says(self, hit: CueHit, places: Places, always_counts: bool) -> Assertion | None:
        """Hypothetical, unless it is told as what happens."""
        told = self._provokes(hit) or (always_counts and self._indicative(hit, places))
        return None if told else Assertion.HYPOTHETICAL

    def _provokes(self, hit: CueHit) -> bool:
        """Whether an "if" names what brings the sign on ("if I stand up I get dizzy"), not what might befall one."""
        after, items = hit.last + 1, self.context.words.items
        if len(hit.places) > 1 or after + 1 >= len(items) or items[after].exact != "=i":
            return False
        return "befalls" not in self.context.at(after + 1)

    def _indicative(self, hit: CueHit, places: Places) -> bool:
        """Whether an emergency sign is told as a fact of now: "should I call if my face is drooping"."""
        bounds = [self.context.at(place) for place in range(hit.last + 1, places[-1] + 1)]
        own = any("possessive" in marks and "first_person" in marks for marks in bounds)
        return own and any("indicative" in marks for marks in bounds)


class Question(Family):
    """ "Can", "does", "is it", where they open a question."""

    def stands(self, hit: CueHit) -> bool:
        """Whether it opens a sentence that ends in a question mark, or that asks what causes what."""
        words, sentence = self.context.words, self.context.words.sentence
        number = sentence[hit.first]
        if hit.first - bisect_left(sentence, number) > 1 and words.gap[hit.first] != COLON:
            return False
        end = bisect_right(sentence, number)
        return "?" in words.before(end) or any("causes" in self.context.at(place) for place in range(hit.last + 1, end))

    def new_subject(self, hit: CueHit, place: int, marks: frozenset[str]) -> bool:
        """Only the writer's own: "can it cause a rash, my arm is numb"."""
        behind = place == hit.last + 1 and "preposition" in self.context.at(hit.last)
        return "first_person" in marks and not behind
