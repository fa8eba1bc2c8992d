"""``rules/follow_up.yaml`` as its authors write it, and the schedule that it makes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lemtrada_triage.decide.rulefiles import CiteEntry, Identifier, Prose, Some
from lemtrada_triage.files.yamlfile import Path_, YamlFile, did_you_mean
from lemtrada_triage.history.schedule import Each, End, Item, Point, Schedule, Shift, UsualCourse
from lemtrada_triage.model import Citation, Problem

Count = Annotated[int, Field(ge=0, le=1_200)]
Cite = Callable[[CiteEntry], Citation]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpanEntry(_Entry):
    """A span: ``{months: 4}``, ``{weeks: 6}``, ``{years: 4}``, ``{days: 3}``."""

    days: Count = 0
    weeks: Count = 0
    months: Count = 0
    years: Count = 0

    @model_validator(mode="after")
    def _one_unit(self) -> SpanEntry:
        if len(self.model_fields_set & set(SpanEntry.model_fields)) != 1:
            raise ValueError("give one of days, weeks, months and years")
        return self

    def shift(self, sign: int = 1) -> Shift:
        """The span as months and days, forward or back."""
        return Shift(sign * (self.months + 12 * self.years), sign * (self.days + 7 * self.weeks))

    @property
    def said(self) -> str:
        """The span in words: ``month``, ``6 weeks``."""
        ((unit, count),) = ((name, getattr(self, name)) for name in self.model_fields_set)
        return unit.removesuffix("s") if count == 1 else f"{count} {unit}"


class PointEntry(_Entry):
    """A moment: ``{day: last}``, ``{day: last, plus: {years: 4}}``, ``{day: first, minus: {weeks: 6}}``."""

    day: End
    plus: SpanEntry | None = None
    minus: SpanEntry | None = None

    @model_validator(mode="after")
    def _one_way(self) -> PointEntry:
        if self.plus and self.minus:
            raise ValueError("a moment lies before or after a day: give 'plus' or 'minus'")
        return self

    @property
    def point(self) -> Point:
        """The moment as a value."""
        shift = self.plus.shift() if self.plus else self.minus.shift(-1) if self.minus else Shift()
        return Point(self.day, shift)


class ItemEntry(_Entry):
    """One thing that is due; see ``schedule.Item``."""

    id: Identifier
    title: Prose
    says: Prose
    each: Each
    first: PointEntry | None = Field(default=None, alias="from")
    last: PointEntry = Field(alias="to")
    every: SpanEntry | None = None
    only: Annotated[int, Field(ge=1)] | None = None
    then: Prose = ""
    then_until: PointEntry | None = None
    done_by: str | None = None
    declared: Mapping[str, Prose] = {}
    cite: Some[CiteEntry]

    @model_validator(mode="after")
    def _fits(self) -> ItemEntry:
        if self.every and (not self.first or self.every.shift() == Shift()):
            raise ValueError("'every' needs a 'from' to count from, and a span longer than nothing")
        if self.only and self.each is not Each.INFUSION:
            raise ValueError("'only' counts infusions: it goes with 'each: infusion'")
        return self


class CourseEntry(_Entry):
    """A course as it is usually given; ``after`` is counted from the last infusion of the course before."""

    title: Prose
    says: Prose
    infusions: Annotated[int, Field(ge=1)]
    after: SpanEntry | None = None
    cite: Some[CiteEntry]


class FollowUpFile(_Entry):
    """``rules/follow_up.yaml``."""

    courses: tuple[CourseEntry, ...] = ()
    follow_up: tuple[ItemEntry, ...] = ()


def unknown_flags(file: YamlFile, parsed: FollowUpFile, flags: Collection[str]) -> Iterator[Problem]:
    """A problem for each flag in the file that the rules do not have."""
    for index, item in enumerate(parsed.follow_up):
        at: Path_ = ("follow_up", index)
        named = [(flag, (*at, "declared", flag), True) for flag in item.declared]
        named += [(item.done_by, (*at, "done_by"), False)] if item.done_by else []
        for flag, place, key in named:
            if flag not in flags:
                help = did_you_mean(flag, flags) or f"the flags are {', '.join(flags) or 'none'}: see levels.yaml"
                yield file.problem("unknown-flag", f"there is no flag '{flag}'", place, help, key)


def schedule_of(files: Iterable[FollowUpFile], cite: Cite) -> Schedule:
    """The schedule in some folders' files: later items take the place of those of the same id, later courses of all."""
    courses: tuple[UsualCourse, ...] = ()
    items: dict[str, Item] = {}
    for file in files:
        courses = tuple(_course(entry, cite) for entry in file.courses) or courses
        items |= {entry.id: _item(entry, cite) for entry in file.follow_up}
    return Schedule(courses, tuple(items.values()))


def _course(entry: CourseEntry, cite: Cite) -> UsualCourse:
    after = entry.after.shift() if entry.after else Shift()
    return UsualCourse(entry.title, entry.says, entry.infusions, after, tuple(map(cite, entry.cite)))


def _item(entry: ItemEntry, cite: Cite) -> Item:
    return Item(
        id=entry.id,
        title=entry.title,
        says=entry.says,
        each=entry.each,
        first=entry.first.point if entry.first else None,
        last=entry.last.point,
        every=entry.every.shift() if entry.every else None,
        every_said=f"every {entry.every.said}" if entry.every else "",
        only=entry.only,
        then=entry.then,
        then_until=entry.then_until.point if entry.then_until else None,
        done_by=entry.done_by,
        declared=dict(entry.declared),
        citations=tuple(map(cite, entry.cite)),
    )
