"""An assessment as FHIR R4 resources (extra ``[fhir]``).

The library is fhir.resources: typed, checked by pydantic as the rest of this one, and kept up. It has R4B (4.3), in
which none of the resources used here differs from R4 (4.0.1); tests read every bundle again with the R4 models of
fhirclient.

What the text says of the patient becomes Observations; what it says of other people or as a what-if does not, for in a
record it would stand as the patient's own. Every resource is preliminary: no clinician has seen it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from lemtrada_triage.model import (
    Assertion,
    Assessment,
    Citation,
    FiredRule,
    InputError,
    Mention,
    Urgency,
    check_assessment,
)

try:
    from fhir.resources.R4B.bundle import Bundle
except ImportError as missing:
    raise ImportError("FHIR needs the package fhir.resources: pip install 'lemtrada-triage[fhir]'") from missing

Json = dict[str, Any]
OURS = "urn:lemtrada-triage"
_HL7 = "http://terminology.hl7.org/CodeSystem"
# Said of the patient in this episode; the rest is told of others, of long ago or of what might be.
_OBSERVED: Mapping[Assertion, str] = {
    Assertion.PRESENT: "POS",
    Assertion.RESOLVED: "POS",
    Assertion.UNCERTAIN: "IND",
    Assertion.ABSENT: "NEG",
}
_SEVERITY: Mapping[Urgency, str] = {
    Urgency.CALL_911: "high",
    Urgency.GET_HELP_NOW: "high",
    Urgency.CONTACT_PROVIDER_NOW: "moderate",
    Urgency.CONTACT_PROVIDER: "low",
    Urgency.ROUTINE: "low",
}
_REFERENCE = re.compile(
    r"Patient/[A-Za-z0-9\-.]{1,64}|urn:uuid:[0-9a-f-]{36}|https?://\S+/Patient/[A-Za-z0-9\-.]{1,64}"
)


def bundle(assessment: Assessment, patient: str, on: datetime) -> Bundle:
    """A Bundle (``collection``) of a GuidanceResponse, Observations, DetectedIssues, a Device and a Provenance.

    ``patient`` is a reference such as ``Patient/123``; ``on`` when the message was written, with a time zone. The same
    arguments give the same ids. Quotes the patient's words: treat it like the message. Raises InputError for a
    reference or a time that cannot be used.
    """
    return Bundle.model_validate(_Record(assessment, patient, on).bundle())


class _Record:
    """The resources of one assessment, which refer to each other by ``urn:uuid`` addresses."""

    def __init__(self, assessment: Assessment, patient: str, on: datetime) -> None:
        check_assessment(assessment)
        if not isinstance(patient, str) or not _REFERENCE.fullmatch(patient):
            raise InputError(f"{patient!r} is no reference to a patient, such as 'Patient/123'")
        if not isinstance(on, datetime):
            raise InputError(f"the time must be a datetime with a time zone, not {on!r}")
        if on.tzinfo is None:
            raise InputError(f"the time {on.isoformat()} has no time zone; FHIR needs one")
        self.assessment = assessment
        self.patient = {"reference": patient}
        self.on = on.isoformat(timespec="seconds")
        self._seed = uuid5(NAMESPACE_URL, f"{OURS} {patient} {self.on} {assessment.model_dump_json()}")
        self.device = self._url("device")

    def bundle(self) -> Json:
        entries = [*self._entries()]
        entries.append((self._url("provenance"), self._provenance(url for url, _ in entries)))
        written = [{"fullUrl": url, "resource": resource} for url, resource in entries]
        return {"resourceType": "Bundle", "type": "collection", "timestamp": self.on, "entry": written}

    def _entries(self) -> Iterator[tuple[str, Json]]:
        yield self._url("guidance"), self._guidance()
        if not self.assessment.understood:
            yield self._url("outcome"), self._not_understood()
        for url, mention in self._observed():
            yield url, self._observation(mention)
        for rule in self.assessment.fired:
            if rule.level is not None:
                yield self._url(f"rule {rule.rule}"), self._issue(rule, rule.level)
        yield self.device, self._software()

    def _url(self, name: str) -> str:
        return uuid5(self._seed, name).urn

    def _observed(self) -> Iterator[tuple[str, Mention]]:
        for number, mention in enumerate(self.assessment.mentions):
            if mention.assertion in _OBSERVED:
                yield self._url(f"mention {number}"), mention

    def _because(self, facts: Iterable[str]) -> list[Json]:
        """The observations of symptoms that are among some facts (``sudden:headache`` is a headache)."""
        names = {fact.rpartition(":")[2] for fact in facts}
        found = (
            (url, {mention.concept, *mention.is_a}) for url, mention in self._observed() if mention.assertion.counts
        )
        return [{"reference": url} for url, concepts in found if not names.isdisjoint(concepts)]

    def _guidance(self) -> Json:
        said = self.assessment
        notes = (said.advice, *said.assumptions, said.disclaimer)
        resource: Json = {
            "resourceType": "GuidanceResponse",
            "moduleUri": f"{OURS}:rulebook:{said.rulebook}",
            "status": _status(said),
            "subject": self.patient,
            "occurrenceDateTime": self.on,
            "performer": {"reference": self.device},
            "note": [{"text": note} for note in notes],
            "contained": [_output(said)],
            "outputParameters": {"reference": "#output"},
        }
        if not said.understood:
            resource["evaluationMessage"] = [{"reference": self._url("outcome")}]
        if reasons := [{"reference": url} for url, mention in self._observed() if mention.assertion.counts]:
            resource["reasonReference"] = reasons
        return resource

    def _not_understood(self) -> Json:
        text = "Not all of the message was understood: a person should read it."
        issue = {"severity": "warning", "code": "incomplete", "details": {"text": text}}
        return {"resourceType": "OperationOutcome", "issue": [issue]}

    def _observation(self, mention: Mention) -> Json:
        codes = [{"system": code.system, "code": code.code} for code in mention.codes]
        interpreted = {"system": f"{_HL7}/v3-ObservationInterpretation", "code": _OBSERVED[mention.assertion]}
        quoted = " ".join(mention.text.split())  # FHIR's strings have no odd spaces
        words = "; ".join((f'In the patient\'s words: "{quoted}"', *mention.modifiers))
        return {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [{"coding": [{"system": f"{_HL7}/observation-category", "code": "survey"}]}],
            "code": {"coding": [*codes, _ours("concept", mention.concept)], "text": mention.label},
            "subject": self.patient,
            "effectiveDateTime": self.on,
            "valueCodeableConcept": {
                "coding": [_ours("assertion", mention.assertion.value)],
                "text": mention.assertion.value.replace("_", " "),
            },
            "interpretation": [{"coding": [interpreted]}],
            "note": [{"text": words}],
            "device": {"reference": self.device},
        }

    def _issue(self, rule: FiredRule, level: Urgency) -> Json:
        resource: Json = {
            "resourceType": "DetectedIssue",
            "status": "preliminary",
            "code": {"coding": [_ours("rule", rule.rule)], "text": rule.title},
            "severity": _SEVERITY[level],
            "patient": self.patient,
            "identifiedDateTime": self.on,
            "author": {"reference": self.device},
            "detail": f"{rule.because} Limits: {rule.limits} {_sources(rule.citations)}",
        }
        if evidence := self._because(rule.because_of):
            resource["evidence"] = [{"detail": evidence}]
        if address := next((citation.url for citation in rule.citations if citation.url), None):
            resource["reference"] = address
        return resource

    def _software(self) -> Json:
        from lemtrada_triage import __version__

        said = self.assessment
        packs = said.packs or (said.rulebook,)
        versions = [
            ("software", __version__), ("vocabulary", said.vocabulary), ("engine", said.engine),
            *(("rulebook", pack) for pack in packs), *(("reader", reader) for reader in said.readers),
        ]  # fmt: skip
        return {
            "resourceType": "Device",
            "deviceName": [{"name": "lemtrada-triage", "type": "model-name"}],
            "type": {"text": "Software that triages patients' messages by cited rules"},
            "version": [{"type": {"text": kind}, "value": value} for kind, value in versions],
            "note": [{"text": said.disclaimer}],
        }

    def _provenance(self, targets: Iterable[str]) -> Json:
        cited = dict.fromkeys(citation for rule in self.assessment.fired for citation in rule.citations)
        used = [_entity(f"Rulebook {self.assessment.rulebook}"), *(_entity(_source(one), one.url) for one in cited)]
        return {
            "resourceType": "Provenance",
            "target": [{"reference": url} for url in targets],
            "occurredDateTime": self.on,
            "recorded": self.on,
            "agent": [
                {
                    "type": {"coding": [{"system": f"{_HL7}/provenance-participant-type", "code": "assembler"}]},
                    "who": {"reference": self.device},
                }
            ],
            "entity": used,
        }


def _status(said: Assessment) -> str:
    """FHIR's word for whether that is all: more is required, more may help, or done."""
    if not said.understood:
        return "data-required"
    return "data-requested" if said.ask else "success"


def _output(said: Assessment) -> Json:
    """What was decided, for a machine."""
    values: list[Json] = [
        {"name": "urgency", "valueCoding": _ours("urgency", said.urgency.value)},
        {"name": "understood", "valueBoolean": said.understood},
        *({"name": "ask", "valueString": str(question)} for question in said.ask),
        *({"name": "flag", "valueCode": flag} for flag in said.flags),
    ]
    if said.days_since_infusion is not None:
        values.append({"name": "days-since-infusion", "valueInteger": said.days_since_infusion})
    return {"resourceType": "Parameters", "id": "output", "parameter": values}


def _ours(kind: str, code: str) -> Json:
    return {"system": f"{OURS}:{kind}", "code": code}


def _entity(name: str, url: str | None = None) -> Json:
    what: Json = {"display": name}
    if url:
        what["identifier"] = {"system": "urn:ietf:rfc:3986", "value": url}
    return {"role": "source", "what": what}


def _source(citation: Citation) -> str:
    return f"{citation.title}, {citation.at}"


def _sources(citations: Iterable[Citation]) -> str:
    return f"Sources: {'; '.join(map(_source, citations))}."
