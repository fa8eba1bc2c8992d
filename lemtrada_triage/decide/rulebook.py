"""What a rulebook is: rules with their sources, the words for each level, and the questions to ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from lemtrada_triage.decide.conditions import LAST_DAY, Condition, Days, cuts, leaves, names, strata
from lemtrada_triage.files.locate import SHIPPED, data_folder
from lemtrada_triage.history.first import is_of_first
from lemtrada_triage.history.past import is_past
from lemtrada_triage.history.schedule import Schedule
from lemtrada_triage.model import Citation, InputError, Urgency

Interval = tuple[int, int | None]
Folders = Path | str | Sequence[Path | str]

SOURCES, LEVELS, QUESTIONS, PROPERTIES = "sources.yaml", "levels.yaml", "questions.yaml", "properties.yaml"
FOLLOW_UP = "follow_up.yaml"
CASES = ".test.yaml"
# The id of the question for the days, which no question of a file can have.
DAYS = "days"


@dataclass(frozen=True, slots=True)
class Source:
    """A source that rules cite. With ``lines``, only the places that it registers can be cited.

    ``url``, ``read_at`` and ``via`` are those of Citation; ``read`` says how much of it was read. ``levels`` holds the
    urgency that a line of it asks for, by place.
    """

    id: str
    title: str
    publisher: str
    edition: str
    read: str
    url: str | None = None
    read_at: str | None = None
    via: str | None = None
    lines: Mapping[str, str] | None = None
    levels: Mapping[str, Urgency] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peak:
    """The days on which a rule weighs most, and why."""

    days: Days
    because: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``condition`` already holds the window; ``level`` is None where a finding is established.

    ``pack`` names the folder that it came from.
    """

    id: str
    title: str
    level: Urgency | None
    establishes: str | None
    condition: Condition
    because: str = ""
    limits: str = ""
    citations: tuple[Citation, ...] = ()
    window: Days | None = None
    peak: Peak | None = None
    interpretation: str | None = None
    status: str = "draft"
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that makes sense when a fact of ``about`` is present; a "yes" adds the facts ``adds``."""

    id: str
    about: frozenset[str]
    ask: str
    adds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wordings:
    """The words of the choices, and of the question for a ``{sign}`` on which the readers disagree."""

    affirmed: str = "Yes, or maybe"
    denied: str = "No"
    unknown: str = "I cannot tell"
    doubt: str = "Your words can be read in two ways. Is there {sign}, now or at any time since this began?"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What is told first where a message had no words, or nothing or only a part of it was understood.

    ``no_all_clear`` takes the place of the advice of the level ``routine``.
    """

    no_words: str = ""
    nothing: str = ""
    part: str = ""
    no_all_clear: str = ""


@dataclass(frozen=True, slots=True)
class Medicine:
    """What the rules are about: the medicine's name, the event that days are counted from ("Days since ..."), the
    question for it, the event that months are counted from, and the flags, which say what is known of a patient."""

    name: str = ""
    days_since: str = "treatment"
    ask_days: str = "How many days ago was the last treatment?"
    months_since: str = "the first treatment"
    flags: tuple[str, ...] = ()

    def check_flags(self, flags: object) -> None:
        """Raises InputError unless these are a collection of flags of the rules."""
        if flags == ():  # as for most messages
            return
        if isinstance(flags, (str, bytes, Mapping)) or not isinstance(flags, Collection):
            example = f" such as {{'{self.flags[0]}'}}" if self.flags else ""
            raise InputError(f"flags must be a collection of words{example}, not {_kind(flags)}")
        for flag in flags:
            if not isinstance(flag, str) or flag not in self.flags:
                raise InputError(f"unknown flag {flag!r}; the flags are {', '.join(self.flags) or 'none'}")


def _kind(flags: object) -> str:
    return "one string" if isinstance(flags, str) else "a mapping" if isinstance(flags, Mapping) else repr(flags)


@dataclass(frozen=True, slots=True)
class Pack:
    """One folder of rules: ``shipped`` or the folder's name, its version, and a hash of its files."""

    name: str
    version: str = "unversioned"
    hash: str = ""
    folder: Path | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}+{self.hash}"


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides: immutable, picklable, and never more than its files say.

    ``levels`` and ``labels`` give the advice and the short name of each urgency, ``not_understood`` the words for what
    was not understood, ``wordings`` those of the choices of a question. ``medicine`` says what the rules are about,
    ``packs`` are the folders that they came from, each on top of those before it. ``schedule`` says what is due when.
    """

    rules: tuple[Rule, ...]
    questions: tuple[Question, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    levels: Mapping[Urgency, str] = field(default_factory=dict)
    labels: Mapping[Urgency, str] = field(default_factory=dict)
    not_understood: NotUnderstood = field(default_factory=NotUnderstood)
    disclaimer: str = ""
    medicine: Medicine = field(default_factory=Medicine)
    packs: tuple[Pack, ...] = ()
    wordings: Wordings = field(default_factory=Wordings)
    schedule: Schedule = field(default_factory=Schedule)

    @classmethod
    def load(cls, rules: Folders | None = None, concepts: Iterable[str] | None = None) -> Rulebook:
        """Reads all YAML files below a folder (the shipped ``rules/`` by default), except ``*.test.yaml``.

        ``rules`` is a folder, ``shipped``, or several of them, each on top of those before it: its rules are added, and
        take the place of those of the same id. With ``concepts``, the ids of the vocabulary, a rule that names another
        concept is a mistake too.
        Raises RulebookError with every mistake found, each with file, line and column.
        """
        from lemtrada_triage.decide.ruleloader import load_rulebook  # most starts need none of it: see ``kept``

        return load_rulebook(rule_folders(rules), None if concepts is None else frozenset(concepts))

    @property
    def label(self) -> str:
        """Version and hash, as shown in every result: ``1.0.0+ab12cd34``; of several packs, with their names."""
        if len(self.packs) == 1:
            return f"{self.packs[0].version}+{self.packs[0].hash}"
        return ", ".join(map(str, self.packs)) or "unversioned+"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that the rules were read from."""
        return tuple(pack.folder for pack in self.packs if pack.folder)

    @property
    def knows_emergencies(self) -> bool:
        """Whether any rule asks for more than a call to the provider."""
        return any(rule.level and rule.level >= Urgency.GET_HELP_NOW for rule in self.rules)

    @cached_property
    def strata(self) -> tuple[tuple[Rule, ...], ...]:
        """The rules in layers, each above those that establish the findings it uses."""
        return strata(self.rules)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The names of all facts that some condition looks at."""
        return frozenset().union(*(names(rule.condition) for rule in self.rules))

    @cached_property
    def past(self) -> frozenset[str]:
        """The facts that conditions ask of a patient's earlier messages."""
        return frozenset(filter(is_past, self.facts))

    @cached_property
    def since_first(self) -> frozenset[str]:
        """The facts that conditions ask of the months since the first infusion."""
        return frozenset(filter(is_of_first, self.facts))

    @cached_property
    def days_cuts(self) -> tuple[int, ...]:
        """The days on which anything in the rulebook can change, day 0 included, in order."""
        bounds = {cut for rule in self.rules for days in _spans(rule) for cut in cuts(days)}
        return tuple(sorted({0} | {day for day in bounds if day <= LAST_DAY}))

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The day axis cut by every bound that the rulebook names: (first, last) days, the last one open."""
        closed = ((first, after - 1) for first, after in pairwise(self.days_cuts))
        return (*closed, (self.days_cuts[-1], None))


def rule_folders(rules: Folders | None) -> list[Path]:
    """The folders that are meant: one, ``shipped``, or several in a list or as ``shipped,my-rules``.

    Raises InputError for what names no folder.
    """
    if rules is None:
        return [data_folder("rules")]
    if isinstance(rules, str):
        rules = [rules] if Path(rules).is_dir() else rules.split(",")
    given = [rules] if isinstance(rules, Path) else rules
    if not isinstance(given, Collection) or not given or not all(isinstance(one, (Path, str)) for one in given):
        raise InputError(f"rules must be a folder, 'shipped', or several of them in a list, not {rules!r}")
    return [data_folder("rules") if str(folder) == SHIPPED else Path(folder) for folder in given]


def _spans(rule: Rule) -> Iterator[Days]:
    yield from (leaf for leaf in leaves(rule.condition) if isinstance(leaf, Days))
    if rule.peak:
        yield rule.peak.days
