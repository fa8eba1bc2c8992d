"""An assessment as cards of CDS Hooks 2.0, for a clinician's screen."""

from __future__ import annotations

import re
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field

from lemtrada_triage.model import Assessment, Citation, FiredRule, Mention, Urgency, check_assessment

Indicator = Literal["info", "warning", "critical"]
_INDICATORS: dict[Urgency, Indicator] = {
    Urgency.CALL_911: "critical",
    Urgency.GET_HELP_NOW: "critical",
    Urgency.CONTACT_PROVIDER_NOW: "warning",
    Urgency.CONTACT_PROVIDER: "info",
    Urgency.ROUTINE: "info",
}
_LONGEST_SUMMARY = 139  # characters; the specification wants fewer than 140
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation, which Markdown may read as more than itself
UNREAD = "A person should read this message: not all of it was understood"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Form):
    """Where a card's knowledge comes from."""

    label: str
    url: str | None = None


class Link(_Form):
    """An address that the clinician may open."""

    label: str
    url: str
    type: Literal["absolute"] = "absolute"


class Card(_Form):
    """One card: a line, its urgency, its source, and more in Markdown."""

    uuid: str
    summary: str = Field(min_length=1, max_length=_LONGEST_SUMMARY)
    detail: str
    indicator: Indicator
    source: Source
    links: tuple[Link, ...] = ()


def cards(assessment: Assessment) -> tuple[Card, ...]:
    """The most urgent first: one card for each rule of the decided urgency; none where nothing needs care.

    A message that was not understood always has a card, which says so. Cards quote the patient's words.
    """
    check_assessment(assessment)
    first = [_card(assessment, rule) for rule in assessment.fired if rule.level is assessment.urgency]
    deciding = [card for card in first if assessment.urgency is not Urgency.ROUTINE]
    return (*deciding, *([] if assessment.understood else [_unread(assessment)]))


def _card(said: Assessment, rule: FiredRule) -> Card:
    reasons = [_plain(rule.because), f"Limits: {_plain(rule.limits)}"]
    return Card(
        uuid=_uuid(said, rule.rule),
        summary=_cut(f"{said.urgency.value.replace('_', ' ').capitalize()}: {rule.title}"),
        detail=_detail(said, [*_words(said, rule), *reasons, *map(_cited, rule.citations)]),
        indicator=_INDICATORS[said.urgency],
        source=_source(rule.citations),
        links=tuple(_links(rule.citations)),
    )


def _unread(said: Assessment) -> Card:
    left = ", ".join(f"“{_plain(cue.text)}”" for cue in said.not_understood)
    return Card(
        uuid=_uuid(said, "unread"),
        summary=UNREAD,
        detail=_detail(said, [f"Not understood: {left}"] if left else []),
        indicator="critical" if _INDICATORS[said.urgency] == "critical" else "warning",
        source=Source(label=f"lemtrada-triage, rulebook {said.rulebook}"),
    )


def _words(said: Assessment, rule: FiredRule) -> list[str]:
    behind = {fact.rpartition(":")[2] for fact in rule.because_of}
    found = [one for one in said.mentions if one.assertion.counts and not behind.isdisjoint((one.concept, *one.is_a))]
    return [f"In the patient's words: {', '.join(map(_quoted, found))}"] if found else []


def _quoted(mention: Mention) -> str:
    return f"“{_plain(mention.text)}” ({_plain(mention.label)}, {mention.assertion.value})"


def _detail(said: Assessment, points: list[str]) -> str:
    listed = "\n".join(f"- {point}" for point in points)
    return "\n\n".join(part for part in (_plain(said.advice), listed, f"*{_plain(said.disclaimer)}*") if part)


def _cited(citation: Citation) -> str:
    return f"Source: {_plain(citation.title)}, {_plain(citation.at)} ({_plain(citation.edition)})"


def _source(citations: tuple[Citation, ...]) -> Source:
    return Source(label=citations[0].title, url=citations[0].url)


def _links(citations: tuple[Citation, ...]) -> list[Link]:
    addresses = {citation.url: citation.title for citation in reversed(citations) if citation.url}
    return [Link(label=title, url=url) for url, title in reversed(addresses.items())]


def _plain(text: str) -> str:
    """Text as Markdown that shows it as it stands, on one line: a patient's words must not become links or images."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SUMMARY else f"{text[: _LONGEST_SUMMARY - 1].rstrip()}…"


def _uuid(said: Assessment, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:lemtrada-triage card {name} {said.model_dump_json()}"))
