"""The answers of forms and interviews: "Fever: no, cough: yes", "rash no fever no", "Q: any fever? A: no"."""

from __future__ import annotations

from typing import Final

from lemtrada_triage.lexicon.meaning import COLON, DASH, SPACE, STOP
from lemtrada_triage.read.context.context import Context, Family
from lemtrada_triage.read.message import CueHit, Places

# The name of a field in a form ("Swelling of lips or tongue:") is no longer than this.
_FIELD: Final = 8


class Answers(Family):
    """The cues of one text that answer what stands before them."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._answering = {hit.first for hit in context.answers}
        self._answers = {hit.first: hit for hit in context.answers if self._is_answer(hit)}

    def answers(self, place: int) -> bool:
        return place in self._answers

    def of(self, places: Places) -> CueHit | None:
        """The "no" of "Swelling of lips or tongue? No": the first answer behind a mention in its field."""
        words = self.context.words
        for place in range(places[-1] + 1, min(places[-1] + _FIELD, len(words.items))):
            if answer := self._answers.get(place):
                return answer
            if words.gap[place] != SPACE and not self._is_label(place):
                return None
        return None

    def _is_label(self, place: int) -> bool:
        """The "A" of "Q: any fever? A: no"."""
        gap = self.context.words.gap
        return self.context.words.marked(place, "label") and place + 1 < len(gap) and gap[place + 1] == COLON

    def _is_answer(self, hit: CueHit) -> bool:
        """Whether a cue answers what stands before it, and nothing else belongs to it."""
        gap, after = self.context.words.gap, hit.last + 1
        ends = after >= len(gap) or gap[after] != SPACE
        asked = set(self.context.words.before(hit.first).split()) in ({"?"}, {"??"})
        if gap[hit.first] not in (COLON, DASH) and not asked:
            follows = gap[hit.first] == SPACE and hit.first - 1 in self.context.taken
            return follows and (ends or self._answers_trail(after))
        return ends or self._field_follows(after) or self._numbered(after)

    def _numbered(self, place: int) -> bool:
        """Whether the number of the next entry of a list stands here ("1. Headache - no 2. Rash - no")."""
        words = self.context.words
        numbered = words.items[place].stem == "#num" and place + 1 < len(words.gap)
        return numbered and (words.gap[place + 1] == STOP or words.before(place + 1).startswith(")"))

    def _answers_trail(self, place: int) -> bool:
        """Whether another symptom with its answer behind it follows at once ("rash no fever no")."""
        gap, last, taken = self.context.words.gap, len(self.context.words.items) - 1, self.context.taken
        for later in range(place + 1, min(place + _FIELD, last + 1)):
            ends = later == last or gap[later + 1] != SPACE
            if later in self._answering and later - 1 in taken and ends:
                return place in taken
        return False

    def _field_follows(self, place: int) -> bool:
        """Whether another "name: answer" or "name? answer" pair begins at a word."""
        words = self.context.words
        nexts = range(place + 1, min(place + 4, len(words.gap)))
        return any(words.gap[later] == COLON or "?" in words.before(later) for later in nexts)
