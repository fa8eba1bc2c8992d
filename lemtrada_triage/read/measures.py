"""Reads numbers with their units: temperature, pulse, weight, blood pressure. Ranges live in vocab/measures.yaml."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from lemtrada_triage.lexicon.meaning import COMMA, DEGREE, MEASURE, NAME, OTHER, SPACE, UNIT, UNLESS, Word
from lemtrada_triage.lexicon.vocabulary import MeasureEntry, UnitEntry
from lemtrada_triage.read.find import LONGEST, Hits
from lemtrada_triage.read.message import Measured, Places
from lemtrada_triage.read.words import Words

# Where the parts of each measure are named, in text order: measure -> part -> places.
Parts = dict[str, dict[str, list[Places]]]
_NOT_NAMING: Final = frozenset({UNLESS, OTHER})
_BEFORE, _AFTER = 5, 3
_POINT: Final = "=point"
_ONE_DECIMAL: Final = re.compile(r"=\d{2,3}[.,]\d")
# A sum of money, a number on a list, or the second number of a pair such as 120/80.
_NO_MEASURE: Final = re.compile(r"[$€£#]|^/")


def find_measures(words: Words, hits: Hits, measures: tuple[MeasureEntry, ...]) -> list[Measured]:
    """The measured values: (concept, places) for one that lies in a band, (None, places) for a normal one."""
    parts: Parts = {}
    for meaning, places in hits.having(MEASURE):
        for measure_id, part in meaning.measures:
            parts.setdefault(measure_id, {}).setdefault(part, []).append(places)
    named = {measure_id for measure_id, own in parts.items() if not own.keys() <= _NOT_NAMING}
    found: list[Measured] = []
    for place, word in enumerate(words.items):
        if word.number is None:
            continue
        decimal = _ONE_DECIMAL.fullmatch(word.exact) is not None
        if (named or decimal) and (value := _value(words, place)) is not None:
            for measure in measures:
                bare = decimal and measure.bare
                if (measure.id in named or bare) and (item := _measured(measure, place, value, bare, words, parts)):
                    found.append(item)
    return found


def _value(words: Words, place: int) -> float | None:
    """The value of a number in digits or of a spoken one ("thirty eight point three"), None for its later words."""
    word = words.items[place]
    if _NO_MEASURE.search(words.before(place)):
        return None
    if word.number is None or word.exact[1].isdigit():
        return word.number
    if place and (words.items[place - 1].number is not None or (place > 1 and words.items[place - 1].exact == _POINT)):
        return None
    return _spoken(word.number, words.items[place + 1 : place + 4])


def _spoken(value: float, following: list[Word]) -> float:
    """Adds units to tens, and the digit after "point"."""
    if following and value % 10 == 0 and value >= 20 and _is_digit(following[0]):
        value += following[0].number or 0
        following = following[1:]
    if len(following) > 1 and following[0].exact == _POINT and _is_digit(following[1]):
        value += (following[1].number or 0) / 10
    return round(value, 1)


def _is_digit(word: Word) -> bool:
    return word.number is not None and word.number < 10


def _measured(
    measure: MeasureEntry, place: int, value: float, bare: bool, words: Words, parts: Parts
) -> Measured | None:
    """The value as one of a measure; ``bare``: the number alone would be enough."""
    own = parts.get(measure.id, {})
    written, unit_places = _written_unit(own, place, words)
    if measure.needs_both and not written:
        return None
    name = _near(own.get(NAME, ()), place, words)
    degree = _following(own.get(DEGREE, ()), place, words)
    alone = bare and not _following(own.get(OTHER, ()), place, words)
    if not (name and written if measure.needs_both else name or written or degree or alone):
        return None
    if measure.needs_name and not name:
        return None
    unit = _unit(measure, written, value)
    if unit is None or _in_sentence(own.get(UNLESS, ()), place, words.sentence):
        return None
    base = round((value - unit.minus) * unit.times, 2)
    concepts = [band.concept for band in measure.bands if band.at_least <= base < band.below]
    places = tuple(sorted({place, *name, *(unit_places or degree)}))
    return Measured(concepts[0] if concepts else None, places, measure)


def _written_unit(own: Mapping[str, list[Places]], place: int, words: Words) -> tuple[str, Places]:
    """The unit that follows a number, and its words."""
    for part, options in own.items():
        if part.startswith(UNIT) and (places := _following(options, place, words)):
            return part.removeprefix(UNIT), places
    return "", ()


def _unit(measure: MeasureEntry, written: str, value: float) -> UnitEntry | None:
    """The written unit, or else the one in which the number is plausible; None when it is not."""
    units = [measure.units[written]] if written else measure.units.values()
    return next((unit for unit in units if unit.low <= value <= unit.high), None)


def _is_number(words: Words, place: int) -> bool:
    return place < len(words.items) and words.items[place].number is not None


def _beginning(options: Sequence[Places], first: int, last: int) -> Sequence[Places]:
    """The options whose first word stands from ``first`` to ``last``."""
    at = bisect_left(options, (first,))
    return options[at : bisect_left(options, (last + 1,), at)]


def _in_sentence(options: Sequence[Places], place: int, sentence: Sequence[int]) -> bool:
    """Whether an option stands in the sentence of a word."""
    at = bisect_left(options, sentence[place], key=lambda places: sentence[places[0]])
    return at < len(options) and sentence[options[at][0]] == sentence[place]


def _following(options: Sequence[Places], place: int, words: Words) -> Places:
    """The unit right behind the number, the longest one."""
    fitting = _beginning(options, place + 1, place + 1)
    return max(fitting, key=len) if fitting and words.gap[place + 1] == SPACE else ()


def _near(options: Sequence[Places], place: int, words: Words) -> Places:
    """The naming word nearest to the number in its sentence, before it or shortly after."""
    best: Places = ()
    nearest = _BEFORE + 1
    for places in _beginning(options, place - _BEFORE - LONGEST, place + _AFTER):
        if words.sentence[places[0]] != words.sentence[place]:
            continue
        if places[-1] < place:
            if any(words.items[between].number is not None for between in range(places[-1] + 1, place)):
                continue  # "BP 118/76, pulse 68": the name has its number already
            distance = place - places[-1]
        elif COMMA in words.gap[place + 1 : places[0] + 1] or _is_number(words, places[-1] + 1):
            continue  # "P 72, BP 118", "T 36.8 HR 72": the name belongs to the next number
        else:
            distance = places[0] - place + _BEFORE - _AFTER
        if 0 < distance < nearest:
            best, nearest = places, distance
    return best
