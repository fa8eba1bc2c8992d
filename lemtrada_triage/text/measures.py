"""Reads numbers with their units: temperature, pulse, weight, blood pressure. Ranges live in vocab/measures.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lemtrada_triage.text.lexicon import DEGREE, MEASURE, NAME, OTHER, UNIT, UNLESS
from lemtrada_triage.text.phrases import Hits, Places
from lemtrada_triage.text.words import COMMA, SPACE, Word, Words
from lemtrada_triage.vocabulary import MeasureEntry, UnitEntry


class Measured(NamedTuple):
    """A measured value: the concept that it means (None when it is normal) and its words."""

    concept: str | None
    places: Places
    measure: MeasureEntry


# What names each measure and its parts, and where: (measure, part) -> places.
Parts = dict[tuple[str, str], list[Places]]
_BEFORE, _AFTER = 5, 3
_POINT = "=point"
_ONE_DECIMAL = re.compile(r"=\d{2,3}[.,]\d")
# A sum of money, a number on a list, or the second number of a pair such as 120/80.
_NO_MEASURE = re.compile(r"[$€£#]|^/")


def find_measures(words: Words, hits: Hits, measures: tuple[MeasureEntry, ...]) -> list[Measured]:
    """The measured values: (concept, places) for one that lies in a band, (None, places) for a normal one."""
    if not words.has_number:
        return []
    parts: Parts = {}
    for meaning, places in hits.having(MEASURE):
        for part in meaning.measures:
            parts.setdefault(part, []).append(places)
    named = {measure for measure, part in parts if part not in (UNLESS, OTHER)}
    found: list[Measured] = []
    for place, word in enumerate(words.items):
        if word.number is None:
            continue
        decimal = _ONE_DECIMAL.fullmatch(word.exact) is not None
        if (named or decimal) and (value := _value(words, place)) is not None:
            for measure in measures:
                bare = decimal and measure.bare
                if measure.id in named or bare:
                    found += _measured(measure, place, value, bare, words, parts)
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
    measure: MeasureEntry,
    place: int,
    value: float,
    bare: bool,
    words: Words,
    parts: Parts,
) -> Iterator[Measured]:
    """The value as one of a measure; ``bare``: the number alone would be enough."""
    sentence = words.sentence
    if any(sentence[places[0]] == sentence[place] for places in parts.get((measure.id, UNLESS), ())):
        return
    unit, unit_places = _unit(measure, place, value, words, parts)
    if unit is None:
        return
    name = _near(parts.get((measure.id, NAME), ()), place, words)
    degree = _following(parts.get((measure.id, DEGREE), ()), place, words)
    other = _following(parts.get((measure.id, OTHER), ()), place, words)
    alone = bare and not other
    if not (name and unit_places if measure.needs_both else name or unit_places or degree or alone):
        return
    base = round((value - unit.minus) * unit.times, 2)
    concepts = [band.concept for band in measure.bands if band.at_least <= base < band.below]
    places = tuple(sorted({place, *name, *(unit_places or degree)}))
    yield Measured(concepts[0] if concepts else None, places, measure)


def _unit(
    measure: MeasureEntry, place: int, value: float, words: Words, parts: Parts
) -> tuple[UnitEntry | None, Places]:
    """The unit that follows the number, or else the one in which the number is plausible."""
    for name, unit in measure.units.items():
        places = _following(parts.get((measure.id, f"{UNIT}{name}"), ()), place, words)
        if places:
            return (unit if unit.low <= value <= unit.high else None), places
    plausible = (unit for unit in measure.units.values() if unit.low <= value <= unit.high)
    return next(plausible, None), ()


def _is_number(words: Words, place: int) -> bool:
    return place < len(words.items) and words.items[place].number is not None


def _following(options: list[Places] | tuple[()], place: int, words: Words) -> Places:
    """The unit right behind the number, the longest one."""
    fitting = [places for places in options if places[0] == place + 1 and words.gap[place + 1] == SPACE]
    return max(fitting, key=len, default=())


def _near(options: list[Places] | tuple[()], place: int, words: Words) -> Places:
    """The naming word nearest to the number in its sentence, before it or shortly after."""
    best: Places = ()
    nearest = _BEFORE + 1
    for places in options:
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
