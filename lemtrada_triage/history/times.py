"""Finds the days and times in a text, and says which days before the message each may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lemtrada_triage.history.dates import day_of, later
from lemtrada_triage.history.onsetfile import Range, TimeWords

_TOKEN = re.compile(r"\d{4}-\d\d-\d\d|\d+(?:[.:]\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|\n")
# Hours and dates of more digits than these are neither.
_DIGITS = 4


class Token(NamedTuple):
    """A word, number or mark in small letters, with its place in the text."""

    word: str
    start: int
    end: int


class Time(NamedTuple):
    """Tokens ``first`` to ``last`` that say when, and the days that they may mean, in order.

    ``of_infusion``: counted from an infusion, so that the word for it is no event beside the time.
    """

    first: int
    last: int
    days: tuple[date, ...]
    of_infusion: bool = False


def tokens_of(text: str) -> list[Token]:
    """The words, numbers and marks of a text."""
    return [Token(found[0].lower(), *found.span()) for found in _TOKEN.finditer(text)]


class TimeFinder:
    """Finds the times in one message, written at ``said`` on the patient's clock.

    ``infusion`` is the last one on or before that day, if there is one.
    """

    def __init__(self, words: TimeWords, said: date | datetime, infusion: date | None) -> None:
        self._words = words
        self._said = said
        self._today = day_of(said)
        self._infusion = infusion
        self._forms: tuple[Callable[[Sequence[Token], int], Time | None], ...] = (
            self._since_infusion, self._named, self._written, self._month_day, self._count, self._weekday
        )  # fmt: skip

    def times(self, tokens: Sequence[Token]) -> Iterator[Time]:
        """All of them, in order; none overlaps another. Days still to come are left out."""
        place = 0
        while place < len(tokens):
            found = next(filter(None, (form(tokens, place) for form in self._forms)), None)
            if found and found.days and not self._to_come(tokens, found.first):
                yield found
            place = found.last + 1 if found else place + 1

    def _to_come(self, tokens: Sequence[Token], first: int) -> bool:
        return any(token.word in self._words.to_come for token in tokens[max(first - 2, 0) : first])

    def _ago(self, ends: Range) -> tuple[date, ...]:
        return tuple(later(self._today, -days) for days in range(ends[1], ends[0] - 1, -1))

    def _named(self, tokens: Sequence[Token], place: int) -> Time | None:
        """ "yesterday", "last night", "last night at 10"."""
        for length in range(self._words.longest, 0, -1):
            here = tuple(token.word for token in tokens[place : place + length])
            day = self._words.day_of.get(here) if len(here) == length else None
            if day is None:
                continue
            last, ago = place + length - 1, day.ago
            clock = self._clock(tokens, last + 1) if day.night else None
            if clock is not None:
                hour, last = clock
                ago = (1, 1) if self._words.evening[0] <= hour <= self._words.evening[1] else (0, 0)
            return Time(place, last, self._ago(ago))
        return None

    def _clock(self, tokens: Sequence[Token], place: int) -> tuple[int, int] | None:
        """The hour of a clock and its place: "at 10", "around 10:30 pm"."""
        if place + 1 >= len(tokens) or tokens[place].word not in self._words.at:
            return None
        hour = tokens[place + 1].word.partition(":")[0]
        return (int(hour) % 12, place + 1) if hour.isdecimal() and int(hour) < 24 else None

    def _count(self, tokens: Sequence[Token], place: int) -> Time | None:
        """ "3 days ago", "for about 3 days", "the last two nights", "3 days now"."""
        start = self._after_skipped(tokens, place + 1) if tokens[place].word in self._words.lasting else place
        number = self._number(tokens, start)
        if number is None:
            return None
        count, at = number
        unit = self._words.unit_of.get(tokens[at].word) if at < len(tokens) else None
        if unit is None:
            return None
        behind = tokens[at + 1].word if at + 1 < len(tokens) else ""
        hours = (max(count[0] * unit.hours - unit.give_or_take, 0), count[1] * unit.hours + unit.give_or_take)
        if behind in self._words.ago:
            return Time(place, at + 1, self._hours_ago(hours))
        if start > place or behind in self._words.now:
            return Time(place, at + (behind in self._words.now), self._hours_ago((max(hours[0] - 24, 0), hours[1])))
        return self._after_infusion(tokens, place, at, hours)

    def _number(self, tokens: Sequence[Token], place: int) -> tuple[Range, int] | None:
        """A number, or a range such as "2 or 3", and the place behind it: "a couple of", "2-3"."""
        known: Range | None = None
        while place < len(tokens):
            word = tokens[place].word
            one = self._words.numbers.get(word) or (self._digits(word) if word.isdecimal() else None)
            if one is None and not (known and (word in self._words.skipped or word in "-–")):
                break
            known = one if known is None or known == (1, 1) else (known[0], max(known[1], one[1])) if one else known
            place += 1
        return (known, place) if known else None

    def _digits(self, word: str) -> Range | None:
        return (int(word), int(word)) if len(word) <= _DIGITS else None

    def _after_skipped(self, tokens: Sequence[Token], place: int) -> int:
        while place < len(tokens) and tokens[place].word in self._words.skipped:
            place += 1
        return place

    def _hours_ago(self, ends: Range) -> tuple[date, ...]:
        """The days so many hours before the message; where its hour is not known, the day before may be meant too."""
        if ends[1] > 24 * 365:
            return ()
        if isinstance(self._said, datetime):
            first, last = ((self._said - timedelta(hours=hours)).date() for hours in reversed(ends))
        else:
            whole = -(-ends[1] // 24)
            first, last = later(self._today, -whole), later(self._today, -(ends[0] // 24))
        return tuple(later(first, days) for days in range((last - first).days + 1))

    def _weekday(self, tokens: Sequence[Token], place: int) -> Time | None:
        """ "Tuesday", "last Tuesday", "the weekend"."""
        word, words = tokens[place].word, self._words
        last = place > 0 and tokens[place - 1].word in words.last
        if word in words.weekend:
            numbers: tuple[int, ...] = (5, 6)
        elif word in words.weekday_of:
            numbers = (words.weekday_of[word],)
        else:
            return None
        days = {day for number in numbers for day in self._weekdays(number, last)}
        return Time(place, place, tuple(sorted(days)))

    def _weekdays(self, number: int, last: bool) -> tuple[date, ...]:
        ago = (self._today.weekday() - number) % 7
        nearest = later(self._today, -ago)
        return (nearest, later(nearest, -7)) if last or not ago else (nearest,)

    def _written(self, tokens: Sequence[Token], place: int) -> Time | None:
        """ "2026-03-05"."""
        try:
            day = date.fromisoformat(tokens[place].word)
        except ValueError:
            return None
        return Time(place, place, (day,) if day <= self._today else ()) if "-" in tokens[place].word else None

    def _month_day(self, tokens: Sequence[Token], place: int) -> Time | None:
        """ "March 5", "5th of March": the last such day up to the message."""
        one, two = self._day_number(tokens, place), self._words.month_of.get(tokens[place].word)
        if two and (after := self._day_number(tokens, place + 1)):
            return Time(place, after[1], self._last(two, after[0]))
        at = self._after_skipped(tokens, one[1] + 1) if one else len(tokens)
        month = self._words.month_of.get(tokens[at].word) if at < len(tokens) else None
        return Time(place, at, self._last(month, one[0])) if one and month else None

    def _day_number(self, tokens: Sequence[Token], place: int) -> tuple[int, int] | None:
        """A day of the month and the place where it ends."""
        word = tokens[place].word if place < len(tokens) else ""
        if not (word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= 31):
            return None
        ordinal = place + 1 < len(tokens) and tokens[place + 1].word in self._words.ordinals
        return int(word), place + ordinal

    def _last(self, month: int, day: int) -> tuple[date, ...]:
        for year in (self._today.year, self._today.year - 1):
            try:
                found = date(year, month, day)
            except ValueError:
                continue
            if found <= self._today:
                return (found,)
        return ()

    def _since_infusion(self, tokens: Sequence[Token], place: int) -> Time | None:
        """ "since my last infusion"."""
        if tokens[place].word not in self._words.since or self._infusion is None:
            return None
        at = self._after_skipped(tokens, place + 1)
        if at < len(tokens) and tokens[at].word in self._words.infusion:
            return Time(place, at, (self._infusion,), True)
        return None

    def _after_infusion(self, tokens: Sequence[Token], place: int, at: int, hours: Range) -> Time | None:
        """ "two days after the infusion"."""
        found = self._since_infusion(tokens, at + 1) if at + 1 < len(tokens) else None
        if found is None or self._infusion is None or hours[1] > 24 * 365:
            return None
        first, last = hours[0] // 24, -(-hours[1] // 24)
        days = (later(self._infusion, day) for day in range(first, last + 1))
        return Time(place, found.last, tuple(day for day in days if day <= self._today), True)
