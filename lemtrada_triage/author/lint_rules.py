"""What is wrong with rules that can be loaded: they never fire, say nothing new, leave days out, have no cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from lemtrada_triage.author.cases import CaseFile
from lemtrada_triage.author.notes import warned
from lemtrada_triage.author.reasoning import Kin, can_hold, implies
from lemtrada_triage.decide.conditions import FINDING, All, Condition, Days, names, span
from lemtrada_triage.decide.rulebook import LEVELS, SOURCES
from lemtrada_triage.decide.rulechecks import Draft
from lemtrada_triage.decide.rulefiles import BROKEN, DayRange
from lemtrada_triage.decide.ruleloader import Layer, RulebookReader
from lemtrada_triage.model import Problem, Urgency


def lint_rules(reader: RulebookReader, layer: Layer, cases: Iterable[CaseFile], kin: Kin) -> Iterator[Problem]:
    """The problems of one layer of a rulebook, seen with all layers below."""
    whole = [draft for draft in reader.drafts if _is_whole(draft)]
    own = {id(entry[2]) for entry in layer.raw}
    mine = [draft for draft in whole if id(draft.raw) in own]
    yield from _never_firing(mine, whole, kin)
    yield from _pointless(mine, whole, kin)
    yield from _gaps(mine)
    yield from _without_cases([draft for draft in reader.drafts if id(draft.raw) in own], cases)
    yield from _unused_sources(reader, layer)
    yield from _no_emergencies(reader, layer)


def conditioned(draft: Draft) -> Condition:
    """The condition of a rule with its window."""
    window = _window(draft)
    return All((window, draft.condition)) if window else draft.condition


def _is_whole(draft: Draft) -> bool:
    """Whether all of a rule's condition and window could be read."""
    window = draft.raw.get("window")
    return not _holds_broken(draft.condition) and (window is None or _window(draft) is not None)


def _holds_broken(condition: Condition) -> bool:
    return condition == BROKEN or any(map(_holds_broken, getattr(condition, "parts", ())))


def _window(draft: Draft) -> Days | None:
    try:
        read = DayRange.model_validate(draft.raw.get("window"))
    except ValueError:
        return None
    return Days(read.first, read.last)


def _never_firing(mine: list[Draft], whole: list[Draft], kin: Kin) -> Iterator[Problem]:
    dead: set[str] = set()
    for draft in mine:
        if not can_hold(conditioned(draft), kin):
            dead.add(draft.id)
            help = "look for days that never meet, or for a sign that is asked for and ruled out"
            yield draft.problem("never-fires", f"no patient on any day makes '{draft.id}' fire", ("when",), help)
    made = defaultdict(set)
    for draft in whole:
        if draft.establishes:
            made[FINDING + draft.establishes].add(draft.id)
    used = {name for draft in whole for name in names(draft.condition)}
    for draft in mine:
        finding = FINDING + str(draft.establishes)
        if draft.establishes and finding not in used:
            message = f"no rule rests on the finding '{draft.establishes}', so this rule decides nothing"
            yield warned(draft.problem("unused-finding", message, ("establishes",), "add a rule with {finding: ...}"))
        if any(made[name] and made[name] <= dead for name in names(draft.condition)):
            message = f"'{draft.id}' rests on a finding that is never established"
            yield warned(draft.problem("never-fires", message, ("when",)))


def _pointless(mine: list[Draft], whole: list[Draft], kin: Kin) -> Iterator[Problem]:
    """A rule that another one always outdoes, on the same signs and with the same or a higher outcome."""
    asked = [(draft, conditioned(draft), names(draft.condition)) for draft in whole]
    place = {id(draft): number for number, draft in enumerate(whole)}
    for draft, condition, facts in asked:
        if draft not in mine or not can_hold(condition, kin):
            continue
        for other, wider, others in asked:
            if other is draft or not facts <= others or not _outdoes(other, draft) or not _cites_all(other, draft):
                continue
            alike = implies(wider, condition, kin) and _outdoes(draft, other)
            if implies(condition, wider, kin) and not (alike and place[id(draft)] < place[id(other)]):
                help = f"remove one of them, or tell apart when each holds; the other is at {other.place}"
                message = f"'{other.id}' holds whenever '{draft.id}' does, and leads to no less"
                yield warned(draft.problem("pointless", message, ("id",), help))
                break


def _outdoes(other: Draft, draft: Draft) -> bool:
    if draft.establishes:
        return other.establishes == draft.establishes
    return draft.level is not None and other.level is not None and other.level >= draft.level


def _cites_all(other: Draft, draft: Draft) -> bool:
    """Whether a rule shows all places that another one shows: one with a place of its own is worth having."""
    return set(_places(draft.raw)) <= set(_places(other.raw))


def _gaps(mine: list[Draft]) -> Iterator[Problem]:
    """Days between the windows of rules that are the same but for those."""
    alike: defaultdict[object, list[tuple[Days, Draft]]] = defaultdict(list)
    for draft in mine:
        if window := _window(draft):
            alike[draft.condition, draft.establishes].append((window, draft))
    for group in alike.values():
        reached = -1
        for window, draft in sorted(group, key=lambda pair: pair[0].first or 0):
            first, last = window.first or 0, window.last
            if -1 < reached < first - 1:
                days = span(reached + 1, first - 1)
                message = f"no rule for these signs holds on {days}, before this window and after another"
                help = "let one window begin where the other ends"
                yield warned(draft.problem("window-gap", message, ("window",), help))
            if last is None:
                break
            reached = max(reached, last)


def _without_cases(mine: list[Draft], files: Iterable[CaseFile]) -> Iterator[Problem]:
    expected = [case.expect for file in files for case in file.tests if not case.known_gap]
    fired = {rule for expect in expected for rule in expect.fired}
    silent = {rule for expect in expected for rule in expect.not_fired}
    for draft in mine:
        if "id" not in draft.raw:
            continue
        for code, known, what, key in (
            ("no-firing-case", fired, "fires", "fired"),
            ("no-silent-case", silent, "does not fire", "not_fired"),
        ):
            if draft.id not in known:
                help = f"add one with 'expect: {{{key}: [{draft.id}]}}' to a *.test.yaml file beside the rule"
                yield draft.problem(code, f"there is no case in which '{draft.id}' {what}", ("id",), help)


def _unused_sources(reader: RulebookReader, layer: Layer) -> Iterator[Problem]:
    used = {source for draft in reader.drafts for source, _ in _places(draft.raw)}
    file = layer.files.get(layer.root / SOURCES)
    for index, source in enumerate(layer.sources.sources if layer.sources else ()):
        if file and source.id not in used:
            at = ("sources", index, "id")
            yield warned(file.problem("unused-source", f"no rule cites '{source.id}'", at, "cite it, or take it out"))


def _places(raw: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The sources and places that a rule cites."""
    cites = raw.get("cite")
    for cite in cites if isinstance(cites, list) else ():
        if isinstance(cite, dict):
            yield str(cite.get("source")), str(cite.get("at"))


def _no_emergencies(reader: RulebookReader, layer: Layer) -> Iterator[Problem]:
    file = layer.files.get(layer.root / LEVELS)
    if file and not any(draft.level and draft.level >= Urgency.GET_HELP_NOW for draft in reader.drafts):
        help = f"use the folder on top of the shipped rules: --rules shipped,{layer.root.as_posix()}"
        yield warned(file.problem("no-emergencies", "no rule of this folder notices an emergency", (), help))
