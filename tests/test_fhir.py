"""An assessment as FHIR resources: valid R4 by two libraries, complete, and nothing of other people in the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemtrada_triage import Assessment, InputError, Triage

fhir = pytest.importorskip("lemtrada_triage.adapters.fhir", reason="fhir.resources is not installed")
r4 = pytest.importorskip("fhirclient.models.bundle", reason="fhirclient is not installed")
ON = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MESSAGES = (
    "my face droops and i cant speak. maybe a cough. no fever, mum had a stroke, a rash two years ago",
    "my flibber is sore and awful",
    "no fever, no rash, all good",
    "",
    "sudden headache, 9/10 \U0001f622\v and chills",
)


def written(triage: Triage, text: str, days: int | None = 2) -> Any:
    return json.loads(fhir.bundle(triage.assess(text, days), "Patient/1", ON).model_dump_json())


def resources(bundle: Any, kind: str) -> list[Any]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def coded(value: Any) -> set[str]:
    return {coding["code"] for coding in value["coding"]}


def wrong_codes(value: Any, kind: str) -> list[str]:
    """The fields of a resource whose value is none of those that FHIR lists for it."""
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    listed = {
        name: field.json_schema_extra["enum_values"]
        for name, field in model.model_fields.items()
        if field.json_schema_extra and "enum_values" in field.json_schema_extra
    }
    return [f"{kind}.{name}: {value[name]}" for name in listed if name in value and value[name] not in listed[name]]


@pytest.mark.parametrize("text", MESSAGES)
@pytest.mark.parametrize("days", [2, None])
def test_a_bundle_is_valid_r4_also_for_another_library(triage: Triage, text: str, days: int | None) -> None:
    bundle = written(triage, text, days)
    assert r4.Bundle(bundle, strict=True).as_json() == bundle
    for entry in bundle["entry"]:
        assert wrong_codes(entry["resource"], entry["resource"]["resourceType"]) == []


def test_a_code_that_fhir_does_not_list_would_be_found() -> None:
    assert wrong_codes({"status": "guessed"}, "DetectedIssue") == ["DetectedIssue.status: guessed"]


@settings(max_examples=25)
@given(text=st.text(max_size=40))
def test_whatever_a_message_says_its_bundle_is_valid(triage: Triage, text: str) -> None:
    bundle = written(triage, f"fever {text} rash")
    assert r4.Bundle(bundle, strict=True).as_json() == bundle


@pytest.mark.parametrize("text", MESSAGES)
def test_every_reference_leads_to_a_resource_of_the_bundle_or_to_the_patient(triage: Triage, text: str) -> None:
    bundle = written(triage, text)
    known = {entry["fullUrl"] for entry in bundle["entry"]} | {"Patient/1", "#output"}
    assert set(references(bundle)) <= known
    assert len(known) == len(bundle["entry"]) + 2


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) and len(value) == 1 else []
    return own + [found for item in value.values() for found in references(item)]


def test_symptoms_of_the_patient_are_observed_with_their_codes_and_those_of_others_are_not(triage: Triage) -> None:
    observed = {
        (frozenset(coded(one["code"])), *coded(one["valueCodeableConcept"]), *coded(one["interpretation"][0]))
        for one in resources(written(triage, MESSAGES[0]), "Observation")
    }
    assert (frozenset({"HP:0001945", "fever"}), "absent", "NEG") in observed
    assert (frozenset({"facial_droop"}), "present", "POS") in observed
    assert (frozenset({"HP:0012735", "cough"}), "uncertain", "IND") in observed
    assert not [codes for codes, *_ in observed if codes & {"stroke", "rash"}]


def test_each_rule_that_fired_is_an_issue_with_its_sources_and_the_symptoms_behind_it(triage: Triage) -> None:
    bundle = written(triage, MESSAGES[0])
    (issue,) = [one for one in resources(bundle, "DetectedIssue") if coded(one["code"]) == {"stroke"}]
    assert (issue["severity"], issue["status"]) == ("high", "preliminary")
    assert "L96" in issue["detail"] and issue["reference"].startswith("https://")
    behind = {
        entry["resource"]["code"]["text"]
        for entry in bundle["entry"]
        if {"reference": entry["fullUrl"]} in issue["evidence"][0]["detail"]
    }
    assert behind == {"drooping or crooked face", "unable to speak"}


def test_the_guidance_says_the_urgency_the_advice_and_that_nobody_reviewed_it(triage: Triage) -> None:
    (guidance,) = resources(written(triage, "my face droops"), "GuidanceResponse")
    values = {one["name"]: one for one in guidance["contained"][0]["parameter"]}
    assert values["urgency"]["valueCoding"]["code"] == "call_911"
    assert values["days-since-infusion"]["valueInteger"] == 2
    notes = [note["text"] for note in guidance["note"]]
    assert notes[0].startswith("Call 911") and notes[-1].startswith("No clinician has reviewed")


def test_a_message_that_was_not_understood_needs_more_data_and_says_so(triage: Triage) -> None:
    bundle = written(triage, MESSAGES[1])
    assert resources(bundle, "GuidanceResponse")[0]["status"] == "data-required"
    assert resources(bundle, "OperationOutcome")[0]["issue"][0]["code"] == "incomplete"
    understood = written(triage, MESSAGES[2])
    assert resources(understood, "GuidanceResponse")[0]["status"] == "success"
    assert resources(understood, "OperationOutcome") == []


def test_provenance_covers_every_resource_and_names_every_version(triage: Triage) -> None:
    bundle = written(triage, MESSAGES[0])
    (provenance,) = resources(bundle, "Provenance")
    others = [entry["fullUrl"] for entry in bundle["entry"] if entry["resource"] != provenance]
    assert [target["reference"] for target in provenance["target"]] == others
    said: Assessment = triage.assess(MESSAGES[0], 2)
    versions = {(one["type"]["text"], one["value"]) for one in resources(bundle, "Device")[0]["version"]}
    assert {("rulebook", said.packs[0]), ("vocabulary", said.vocabulary), ("reader", "words")} <= versions


def test_the_same_assessment_gives_the_same_ids_and_another_gives_others(triage: Triage) -> None:
    first, again, other = (written(triage, text) for text in ("fever", "fever", "a fever"))
    assert first == again
    assert {entry["fullUrl"] for entry in first["entry"]}.isdisjoint(entry["fullUrl"] for entry in other["entry"])


@pytest.mark.parametrize(
    ("patient", "on", "problem"),
    [
        ("Jane Doe", ON, "'Jane Doe' is no reference to a patient, such as 'Patient/123'"),
        ("Practitioner/1", ON, "is no reference to a patient"),
        (None, ON, "None is no reference to a patient"),
        ("Patient/1", datetime(2026, 3, 2), "has no time zone"),
        ("Patient/1", "2026-03-02", "must be a datetime with a time zone"),
    ],
)
def test_a_patient_or_time_that_is_none_is_told(triage: Triage, patient: Any, on: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        fhir.bundle(triage.assess("fever"), patient, on)
