"""An assessment in plain text: what was decided, why, in which words, and on which sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from lemtrada_triage.decide.conditions import Trace
from lemtrada_triage.model import (
    Answer,
    Assessment,
    Citation,
    Cue,
    FiredRule,
    MatchKind,
    Mention,
    Question,
    ReaderOpinion,
    Urgency,
)
from lemtrada_triage.show.layout import shown, wrapped

if TYPE_CHECKING:
    from lemtrada_triage.decide.rulebook import Source

_NO_TRACES: Mapping[str, Trace] = MappingProxyType({})


def explanation(
    assessment: Assessment, traces: Mapping[str, Trace] = _NO_TRACES, asked: Mapping[str, Trace] = _NO_TRACES
) -> str:
    """Everything that led to the urgency, as plain text wrapped to ``layout.WIDTH`` columns.

    ``traces`` (by rule id) adds to a fired rule the parts of its condition that held; ``asked`` adds all
    parts of the conditions of some rules, fired or not.
    """
    sections = [
        headline(assessment),
        _section("What was read as a symptom", readings(counted(assessment))),
        _section("Why", _joined(rule_block(assessment, rule, traces) for rule in assessment.fired)),
        *(_section(asked_title(rule, trace), trace_lines(trace, "  ")) for rule, trace in asked.items()),
        _section("Said, but not counted", readings(not_counted(assessment))),
        _section(WITHDRAWN, withdrawals(assessment)),
        *_remarks(assessment),
        _section("How it was decided", wrapped(setting(assessment))),
        _section("Please note", wrapped(assessment.disclaimer)),
    ]
    return _text(sections)


def summary(assessment: Assessment) -> str:
    """The urgency, the advice, and what decided it, as plain text."""
    decisive, others = ranked(assessment)
    sections = [
        headline(assessment),
        _section("Read as", readings(assessment.mentions)),
        _section(WITHDRAWN, withdrawals(assessment)),
        _section("Why", _joined(map(rule_brief, decisive))),
        _section("Also", (line for rule in others for line in _title(rule))),
        *_remarks(assessment),
        [*wrapped(assessment.disclaimer, indent="")],
    ]
    return _text(sections)


def level_name(urgency: Urgency) -> str:
    """The level for a reader: ``contact provider now``."""
    return urgency.value.replace("_", " ")


def ranked(assessment: Assessment) -> tuple[list[FiredRule], list[FiredRule]]:
    """The fired rules that made the urgency, with the findings on the same facts, and the others."""
    highest = [rule for rule in assessment.fired if rule.level is assessment.urgency]
    facts = {fact for rule in highest for fact in rule.because_of}
    findings = [rule for rule in assessment.fired if rule.level is None and facts.issuperset(rule.because_of)]
    decisive = [*highest, *findings]
    return decisive, [rule for rule in assessment.fired if rule not in decisive]


def counted(assessment: Assessment) -> list[Mention]:
    """The mentions that are symptoms of the patient now."""
    return [mention for mention in assessment.mentions if mention.assertion.counts]


def not_counted(assessment: Assessment) -> list[Mention]:
    """The mentions that are denied, long past, hypothetical, or about someone else."""
    return [mention for mention in assessment.mentions if not mention.assertion.counts]


def words_behind(assessment: Assessment, rule: FiredRule) -> list[Mention]:
    """The mentions that made a rule hold, by their own concept or as a coarser one."""
    concepts = {fact.rpartition(":")[2] for fact in rule.because_of}
    return [mention for mention in counted(assessment) if not concepts.isdisjoint((mention.concept, *mention.is_a))]


def headline(assessment: Assessment) -> list[str]:
    """The urgency in capitals, its place on the scale, and the advice."""
    name = level_name(assessment.urgency).upper()
    return [f"{name} (urgency {assessment.urgency.rank} of {len(Urgency)})", *wrapped(assessment.advice)]


def readings(mentions: Iterable[Mention]) -> list[str]:
    """Mentions with their words, what they were read as, and what decided that."""
    return [line for mention in mentions for line in wrapped(_reading(mention), "  ", "      ")]


def _reading(mention: Mention) -> str:
    return f'"{shown(mention.text)}": {mention.label} ({manner(mention)})'


def manner(mention: Mention) -> str:
    """How a mention was meant and found: ``absent, because of "no"``, ``present, sudden``."""
    said = mention.assertion.value.replace("_", " ")
    if mention.cue is not None:
        said += f', because of "{shown(mention.cue.text)}"'
    plain = [word.replace("_", " ") for word in mention.modifiers if word not in _SILENT]
    parts = [", ".join([said, *plain])]
    if mention.match is MatchKind.SPELLING:
        parts.append(f"spelling corrected, {mention.score:.0%} alike")
    if mention.match is MatchKind.LEARNED:
        like = f'like "{mention.like}", ' if mention.like else ""
        parts.append(f"{like}{mention.score:.0%} sure")
    return "; ".join(parts)


WITHDRAWN = "Withdrawn: words of a symptom, but hardly one here"


def withdrawals(assessment: Assessment) -> list[str]:
    """What one reader found and the other sees through, with both opinions."""
    return [line for mention in assessment.withdrawn for line in wrapped(_withdrawal(mention), "  ", "      ")]


def _withdrawal(mention: Mention) -> str:
    opinions = "; ".join(_opinion(opinion) for opinion in mention.opinions)
    return f'"{shown(mention.text)}": {mention.label} ({opinions})'


def _opinion(opinion: ReaderOpinion) -> str:
    said = opinion.assertion.value.replace("_", " ") if opinion.assertion else "not told"
    return f"{opinion.reader} reader: {said}, {opinion.score:.0%} sure that it counts"


# True of nearly every symptom, so they would only be noise.
_SILENT = frozenset({"acute", "unstated"})


def rule_brief(rule: FiredRule) -> list[str]:
    """A fired rule in short: title, reason, sources."""
    return [*_title(rule), *wrapped(reason(rule), "    "), *wrapped(f"Source: {sources(rule)}", "    ")]


def reason(rule: FiredRule) -> str:
    """Why a rule speaks up, and if so why it weighs most on these days."""
    return " ".join(filter(None, (rule.because, rule.peak)))


def places(rule: FiredRule) -> dict[Citation, str]:
    """The first citation of each source and edition that a rule cites, with all its places there."""
    return _places(rule.citations)


def _places(citations: Iterable[Citation]) -> dict[Citation, str]:
    found: dict[tuple[str, str], list[Citation]] = {}
    for citation in citations:
        found.setdefault((citation.source, citation.edition), []).append(citation)
    return {same[0]: ", ".join(citation.at for citation in same) for same in found.values()}


def sources(rule: FiredRule) -> str:
    """The citations of a rule in short: ``goodrx-lemtrada L96, L112; us-label 5.3``."""
    return cited(rule.citations)


def cited(citations: Iterable[Citation]) -> str:
    """Citations in short, those of one source and edition together."""
    return "; ".join(f"{citation.source} {at}" for citation, at in _places(citations).items())


def rule_block(assessment: Assessment, rule: FiredRule, traces: Mapping[str, Trace]) -> list[str]:
    """A fired rule in full: its reason, the words behind it, its time, limits, reading and sources."""
    lines = _title(rule)
    for name, text in details(assessment, rule):
        lines += wrapped(f"{name}: {text}" if name else text, "    ")
    for citation, at in places(rule).items():
        lines += wrapped(f"Source: {source_line(citation, at)}", "    ")
        lines += [f"      {line}" for line in links(citation)]
    if trace := traces.get(rule.rule):
        lines += ["    Trace:", *trace_lines(trace, "      ", held_only=True)]
    return lines


def trace_lines(trace: Trace, indent: str = "", held_only: bool = False) -> list[str]:
    """The parts of a condition, one a line, each with ``yes`` or ``no``, and what was said of each; or those alone
    that held. Then, for a rule that did not fire, what would have made it fire.

    A rule below a finding that did not hold, and of which nothing was said, is one line.
    """
    lines = [f"{indent}{'yes' if trace.held else 'no':<4}{trace.text}"]
    lines += [line for said in trace.said for line in wrapped(said, f"{indent}      ", f"{indent}        ")]
    if trace.rule and not trace.held and not _spoken_of(trace):
        return lines
    for child in trace.children:
        if child.held or not held_only:
            lines += trace_lines(child, f"{indent}  ", held_only)
    return lines + needs_lines(trace, indent)


def _spoken_of(trace: Trace) -> bool:
    return bool(trace.said) or any(_spoken_of(child) for child in trace.children)


_MOST_NEEDS = 8


def needs_lines(trace: Trace, indent: str = "") -> list[str]:
    """The smallest changes that would have made a rule fire."""
    if not trace.needs:
        return []
    told = "; or ".join(map(str, trace.needs[:_MOST_NEEDS]))
    more = f"; or {len(trace.needs) - _MOST_NEEDS} others" if len(trace.needs) > _MOST_NEEDS else ""
    start = "with " if trace.needs[0].adds else ""
    return wrapped(f"It would have fired {start}{told}{more}.", f"{indent}    ", f"{indent}      ")


def asked_title(rule: str, trace: Trace) -> str:
    """The heading over the whole trace of a rule."""
    return f"Why {rule} {'fired' if trace.held else 'did not fire'}"


def details(assessment: Assessment, rule: FiredRule) -> list[tuple[str, str]]:
    """What is known of a fired rule, as (name, text) pairs; the reason has no name."""
    pairs = [
        ("", rule.because),
        ("Words", quoted(words_behind(assessment, rule))),
        ("Rests on", ", ".join(map(fact_name, rule.because_of))),
        ("Time", " ".join(filter(None, (rule.window, rule.peak)))),
        ("Limits", rule.limits),
        ("Reading of the source", rule.interpretation or ""),
        ("Status", "" if rule.status == "reviewed" else f"{rule.status}, not reviewed by a clinician"),
    ]
    return [(name, text) for name, text in pairs if text]


def fact_name(fact: str) -> str:
    """A fact for a reader: ``sudden confusion``, ``finding possible stroke``."""
    return fact.replace(":", " ").replace("_", " ")


def quoted(mentions: Iterable[Mention | Cue]) -> str:
    """Words of the text in quotation marks, separated by commas."""
    return ", ".join(f'"{shown(mention.text)}"' for mention in mentions)


def source_line(citation: Citation, at: str) -> str:
    """A source in one line: title, places, edition."""
    return f"{citation.title}, {at} ({citation.edition})"


def links(source: Citation | Source) -> list[str]:
    """Where a source can be looked up: its publisher's address, and where it was read if that is elsewhere."""
    elsewhere = source.via and f"read through {source.via}"
    where = [elsewhere, source.read_at] if source.read_at else [elsewhere]
    return [*filter(None, [source.url, ": ".join(filter(None, where))])]


def setting(assessment: Assessment) -> str:
    """Day, flags, engine and rulebook, in one sentence each."""
    day = assessment.days_since_infusion
    parts = [
        f"Days since {assessment.counted_from}: {'not known' if day is None else day}.",
        *_of_history(assessment),
        f"Flags: {', '.join(map(fact_name, assessment.flags)) or 'none'}.",
        f"Engine: {assessment.engine}.",
        *([f"Readers: {'; '.join(assessment.readers)}."] if assessment.readers != ("words",) else ()),
        f"Rulebook: {assessment.rulebook}. Vocabulary: {assessment.vocabulary}.",
        *_deciding_packs(assessment),
    ]
    return " ".join(parts)


def _of_history(assessment: Assessment) -> list[str]:
    """The months since the first infusion, and when the text tells that symptoms began."""
    months = assessment.months_since_first
    parts = [] if months is None else [f"Months since the first: {months}."]
    for onset in assessment.onsets:
        what, days = ", ".join(map(fact_name, onset.concepts)), onset.days
        when = str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
        parts.append(f'Began, by "{shown(onset.text)}": {what} on {when}.')
    if len(assessment.days_counted) > 1:
        parts.append(f"Windows are held against days {', '.join(map(str, assessment.days_counted))}.")
    return parts


def _deciding_packs(assessment: Assessment) -> list[str]:
    """Of several folders of rules, those whose rules made the urgency."""
    names = dict.fromkeys(rule.pack for rule in assessment.fired if rule.level is assessment.urgency)
    return [f"Decided by rules of: {', '.join(names) or 'none'}."] if len(assessment.packs) > 1 else []


def _remarks(assessment: Assessment) -> list[list[str]]:
    return [
        _section("Words of complaint that were not understood", _quotation(assessment.not_understood)),
        _section("Assumed", _bullets(assessment.assumptions)),
        _section("Answered", _bullets(map(answer_line, assessment.answers))),
        _section("Worth asking: an answer could change the urgency", _bullets(map(ask_line, assessment.ask))),
    ]


def answer_line(answer: Answer) -> str:
    """A question with its answer."""
    return f"{answer.asked} {answer.said}."


def ask_line(question: Question) -> str:
    """A question, and the answers to it that lead to another level than the others."""
    usual = question.choices[-1].urgency
    ends = [f"{one.text}: {level_name(one.urgency)}" for one in question.choices if one.urgency is not usual]
    return f"{question} ({'; '.join(ends)})" if ends else str(question)


def _quotation(cues: Iterable[Cue]) -> list[str]:
    words = quoted(cues)
    return wrapped(words) if words else []


def _bullets(lines: Iterable[str]) -> list[str]:
    return [line for text in lines for line in wrapped(text, "  - ", "    ")]


def _title(rule: FiredRule) -> list[str]:
    return wrapped(f"{rule.title} [{rule.rule}]: {outcome(rule)}", "  ", "      ")


def outcome(rule: FiredRule) -> str:
    """What a fired rule leads to: its level, or the finding that other rules rest on."""
    return fact_name(f"finding:{rule.establishes}") if rule.level is None else level_name(rule.level)


def _joined(blocks: Iterable[list[str]]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines += ["", *block] if lines else block
    return lines


def _section(title: str, lines: Iterable[str]) -> list[str]:
    body = list(lines)
    return [title, *body] if body else []


def _text(sections: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"
