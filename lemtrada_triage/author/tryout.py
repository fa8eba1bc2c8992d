"""A prompt to type messages at: what is read in them, by which reader, which rules fire, and which nearly do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lemtrada_triage.batch.cells import loose_days
from lemtrada_triage.decide.conditions import Condition, Days, cuts, holds, leaves, names, wording
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.model import Assessment, InputError, Mention
from lemtrada_triage.show.explain import (
    fact_name,
    level_name,
    manner,
    outcome,
    quoted,
    trace_lines,
    withdrawals,
)
from lemtrada_triage.show.layout import shown, wrapped
from lemtrada_triage.triage import Triage

HELP = """\
Type a message as a patient would. Beside that:
  :day 12          from now on, this is day 12 (:day alone: not known)
  :flag pregnant   from now on, with this flag (:flag alone: none)
  :why RULE        the whole condition of a rule for the last message
  :help, :quit"""
_NEAR = 8


@dataclass(slots=True)
class Tryout:
    """Answers line by line; ``day`` and ``flags`` hold until they are changed."""

    triage: Triage
    day: int | None = None
    flags: tuple[str, ...] = ()
    last: Assessment | None = None
    ended: bool = False

    def answer(self, line: str) -> str:
        """What to print for a line: an assessment, or what a command (":day 3") has changed. Never raises on input."""
        text = line.strip()
        try:
            return self._command(*text[1:].split()) if text.startswith(":") else "\n".join(self._assessed(text))
        except InputError as error:
            return f"error: {error}"

    def _command(self, name: str = "help", *words: str) -> str:
        if name in ("quit", "q", "exit"):
            self.ended = True
            return ""
        if name == "day":
            return self._set_day(" ".join(words))
        if name in ("flag", "flags"):
            self.triage.assess("", None, words)  # refuses a flag that is none
            self.flags = words
            return f"Flags: {', '.join(words) or 'none'}."
        if name == "why":
            return self._why(words)
        return HELP if name == "help" else f"error: ':{name}' is no command\n{HELP}"

    def _set_day(self, words: str) -> str:
        found = loose_days(words)
        if words and found.choices == (None,):
            return f"error: {found.warning or 'that is no day'}"
        self.day = found.choices[0]
        since = self.triage.rulebook.medicine.days_since
        return f"Days since {since}: {'not known' if self.day is None else self.day}."

    def _why(self, words: tuple[str, ...]) -> str:
        if self.last is None or not words:
            return "error: type a message first, then :why RULE"
        return "\n".join(trace_lines(self.triage.why(words[0], self.last), "  "))

    def _assessed(self, text: str) -> Iterator[str]:
        self.last = result = self.triage.assess(text, self.day, self.flags)
        yield level_name(result.urgency).upper() + ("" if result.understood else ", not all understood")
        for title, lines in (
            ("read", [line for mention in result.mentions for line in _mention(mention)]),
            ("withdrawn", withdrawals(result)),
            ("not understood", [f"  {quoted(result.not_understood)}"] if result.not_understood else []),
            ("signals", [f"  {', '.join(map(fact_name, result.signals))}"] if result.signals else []),
            ("fired", [f"  {rule.rule}: {outcome(rule)} ({_facts(rule.because_of)})" for rule in result.fired]),
            ("nearly", [f"  {rule.id}: {said}" for rule, said in self._near(result)]),
        ):
            if lines:
                yield from [f"{title}:", *lines]

    def _near(self, result: Assessment) -> list[tuple[Rule, str]]:
        """The rules that one thing more would make fire, the most urgent first."""
        facts = self.triage.facts.behind(result)
        fired = {rule.rule for rule in result.fired}
        facts |= {f"finding:{rule.establishes}" for rule in result.fired if rule.establishes}
        silent = [rule for rule in self.triage.rulebook.rules if rule.id not in fired]
        day = result.days_since_infusion
        found = [(rule, said) for rule in silent if (said := missing(rule.condition, facts, day))]
        return sorted(found, key=lambda pair: -(pair[0].level.rank if pair[0].level else 0))[:_NEAR]


def missing(condition: Condition, facts: frozenset[str], day: int | None) -> str:
    """The one thing that a condition lacks, where part of it is there: a fact, another day, or that a fact goes."""
    if not facts & names(condition):
        return ""
    days = [leaf for leaf in leaves(condition) if isinstance(leaf, Days)]
    here = _days(condition) if day is None else [day]
    if any(holds(condition, facts, one) for one in here):
        return ""
    if any(holds(condition, facts, one) for one in _days(condition)):
        return f"on another day ({'; '.join(dict.fromkeys(map(wording, days)))})"
    if adds := [name for name in sorted(names(condition) - facts) if _any(condition, facts | {name}, here)]:
        more = f" or {len(adds) - _NEAR} others" if len(adds) > _NEAR else ""
        return f"with {' or '.join(map(fact_name, adds[:_NEAR]))}{more}"
    drops = [name for name in sorted(names(condition) & facts) if _any(condition, facts - {name}, here)]
    return f"without {' or '.join(map(fact_name, drops))}" if drops else ""


def _any(condition: Condition, facts: frozenset[str], days: list[int]) -> bool:
    return any(holds(condition, facts, day) for day in days)


def _days(condition: Condition) -> list[int]:
    """One day of each stretch that a condition can tell apart."""
    bounds = (cut for leaf in leaves(condition) if isinstance(leaf, Days) for cut in cuts(leaf))
    return sorted({0, *bounds})


def _mention(mention: Mention) -> list[str]:
    said = f'"{shown(mention.text)}": {mention.concept} ({manner(mention)})'
    lines = wrapped(said, "  ", "      ")
    for opinion in mention.opinions:
        told = opinion.assertion.value.replace("_", " ") if opinion.assertion else "not told"
        lines += [f"      {opinion.reader} reader: {told}, {opinion.score:.0%} sure that it counts"]
    return lines


def _facts(because_of: tuple[str, ...]) -> str:
    return ", ".join(map(fact_name, because_of)) or "nothing is there"
