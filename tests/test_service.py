"""The example service: what it answers, what it refuses, and that no patient's word is in its logs or errors."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lemtrada_triage import TreatmentHistory, Triage

NEEDS = "the example service needs packages that are not installed"
TestClient = pytest.importorskip("fastapi.testclient", reason=NEEDS).TestClient
openapi = pytest.importorskip("schemathesis", reason=NEEDS).openapi
positive_data_acceptance = pytest.importorskip(
    "schemathesis.specs.openapi.checks", reason=NEEDS
).positive_data_acceptance
create_app = pytest.importorskip("triage_service.app", reason=NEEDS).create_app
JsonLines = pytest.importorskip("triage_service.logs", reason=NEEDS).JsonLines
Settings = pytest.importorskip("triage_service.settings", reason=NEEDS).Settings

SECRET = "Zebulon Quarks"
HISTORY = {
    "courses": [["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]],
    "zone": "America/New_York",
}
CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1", "userId": "Practitioner/1"},
}


@pytest.fixture(scope="module")
def app(triage: Triage) -> Any:
    return create_app(Settings(reader="words", rate="100000/second"), triage)


@pytest.fixture
def client(app: Any) -> Iterator[Any]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """What the log has, as its reader gets it."""
    caplog.set_level(logging.INFO)
    form = JsonLines()
    made: list[dict[str, Any]] = []
    handler = logging.Handler()
    handler.emit = lambda record: made.append(json.loads(form.format(record)))  # type: ignore[method-assign]
    logging.getLogger("triage_service").addHandler(handler)
    yield made
    logging.getLogger("triage_service").removeHandler(handler)


def test_a_message_gets_the_whole_result_of_the_library(client: Any, triage: Triage) -> None:
    answer = client.post("/v1/assess", json={"text": "my face droops", "days_since_infusion": 2, "flags": ["pregnant"]})
    assert answer.status_code == 200
    assert answer.json() == json.loads(triage.assess("my face droops", 2, {"pregnant"}).model_dump_json())


@pytest.mark.parametrize(
    ("on", "days"),
    [("2026-03-12", 6), ("2026-03-12T02:00:00Z", 5), ("2026-03-12T00:00:00Z", 5), ("2026-03-12T02:00:00", 6)],
)
def test_dates_are_counted_as_the_library_counts_them(client: Any, triage: Triage, on: str, days: int) -> None:
    text = "hives all over since 4 days ago"
    said = client.post("/v1/assess", json={"text": text, "history": HISTORY, "on": on}).json()
    history = TreatmentHistory(HISTORY["courses"], HISTORY["zone"])
    assert said == json.loads(triage.assess(text, on=on, history=history).model_dump_json())
    assert (said["days_since_infusion"], len(said["days_counted"])) == (days, 2)


def test_an_answer_keeps_the_history(client: Any, triage: Triage) -> None:
    sent = {"text": "sore throat and a cough", "history": HISTORY, "on": "2026-03-26"}
    said = client.post("/v1/interview", json=sent | {"answers": [{"question": "any-fever", "choice": "yes"}]}).json()
    assert (said["urgency"], said["on"], said["days_since_infusion"]) == ("get_help_now", "2026-03-26", 20)


def test_health_names_every_version(client: Any, triage: Triage) -> None:
    health = client.get("/health").json()
    assert (health["status"], health["rulebook"], health["readers"]) == ("ok", triage.rulebook.label, ["words"])


def test_what_a_form_needs_to_know_is_told(client: Any, triage: Triage) -> None:
    assert client.get("/v1/pack").json()["flags"] == list(triage.flags)


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"text": 5}, 422, "body.text"),
        ({}, 422, "body.text"),
        ({"text": SECRET, SECRET: SECRET}, 422, "body"),
        ({"text": SECRET, "days_since_infusion": -1}, 422, "body.days_since_infusion"),
        ({"text": SECRET, "days_since_infusion": SECRET}, 422, "body.days_since_infusion"),
        ({"text": SECRET, "flags": [SECRET]}, 422, "body"),
        ({"text": SECRET, "history": {"courses": [[SECRET]]}, "on": "2026-03-12"}, 422, "body.history.courses.0.0"),
        ({"text": SECRET, "history": {"courses": []}, "on": "2026-03-12"}, 422, "body.history.courses"),
        ({"text": SECRET, "history": HISTORY | {"zone": SECRET}, "on": "2026-03-12"}, 422, "body"),
        ({"text": SECRET, "history": HISTORY}, 422, "body"),
        ({"text": SECRET, "on": "2026-03-12"}, 422, "body"),
        ({"text": SECRET, "history": HISTORY, "on": "2026-03-12", "days_since_infusion": 3}, 422, "body"),
        ({"text": SECRET, "history": HISTORY, "on": 0}, 422, "body.on"),
        ({"text": SECRET, "history": HISTORY, "on": "2026-02-30"}, 422, "body.on"),
        ({"text": SECRET, "history": HISTORY, "on": "0001-01-01T00:00:00Z"}, 422, "body"),
        ({"text": SECRET * 1000}, 422, "body.text"),
        ({"text": SECRET * 10_000}, 413, None),
        (f'{{"text": "{SECRET}', 422, "body"),
        (b'{"text": "\xff"}', 400, None),
        ('{"text": "\\ud800"}', 422, "body.text"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place_and_never_quoted(
    client: Any, lines: list[dict[str, Any]], body: Any, status: int, where: str | None
) -> None:
    sent = {"content": body} if isinstance(body, (str, bytes)) else {"json": body}
    answer = client.post("/v1/assess", headers={"content-type": "application/json"}, **sent)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert where is None or where in [error["where"] for error in answer.json()["errors"]]
    assert SECRET not in answer.text
    assert SECRET not in json.dumps(lines) and [line["status"] for line in lines] == [status]


def test_a_log_line_tells_what_was_decided_and_not_a_word_of_the_patient(
    client: Any, lines: list[dict[str, Any]]
) -> None:
    answer = client.post(f"/v1/assess?name={SECRET}", json={"text": f"{SECRET}: my face droops"})
    client.get(f"/{SECRET}")
    (line, unknown) = lines
    assert line["id"] == answer.headers["x-request-id"]
    assert (line["route"], line["status"], line["urgency"]) == ("/v1/assess", 200, "call_911")
    assert (unknown["route"], unknown["status"]) == ("none", 404)
    assert not any(word in json.dumps(lines) for word in (*SECRET.split(), "face", "droop"))


def test_an_unforeseen_error_is_a_plain_answer_and_its_message_is_not_logged(
    triage: Triage, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("triage_service.api._assessed", broken)
    with TestClient(create_app(Settings(), triage), raise_server_exceptions=False) as client:
        answer = client.post("/v1/assess", json={"text": "x"})
    assert (answer.status_code, answer.json()["title"]) == (500, "Something went wrong here")
    assert lines[-1]["error"] == "RuntimeError" and "test_service.py" in lines[-1]["at"]
    assert SECRET not in json.dumps(lines) + answer.text


def test_who_asks_too_often_is_told_when_to_come_back(triage: Triage) -> None:
    with TestClient(create_app(Settings(rate="2/hour"), triage)) as client:
        answers = [client.post("/v1/assess", json={"text": "fever"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
        assert client.get("/health").status_code == 200


def test_a_body_that_comes_in_pieces_is_limited_too(client: Any) -> None:
    answer = client.post("/v1/assess", content=(b" " * 1000 for _ in range(70)))
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js"])
def test_the_page_may_load_and_run_nothing_from_elsewhere(client: Any, path: str) -> None:
    answer = client.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "://" not in answer.text


def communication(text: str, sent: str = "2026-03-12T10:00:00Z") -> dict[str, Any]:
    message = {"resourceType": "Communication", "sent": sent, "payload": [{"contentString": text}]}
    return {"resourceType": "Bundle", "entry": [{"resource": message}]}


def infusion(name: str, on: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "medicationCodeableConcept": {"text": name},
        "effectiveDateTime": on,
    }


def test_cds_hooks_finds_the_service_and_gets_cards(client: Any) -> None:
    (offer,) = client.get("/cds-services").json()["services"]
    assert {"hook", "id", "title", "description", "prefetch"} == set(offer)
    prefetch = {"message": communication("my face droops"), "infusion": None}
    answer = client.post(f"/cds-services/{offer['id']}", json=CALL | {"prefetch": prefetch})
    (card,) = answer.json()["cards"]
    assert (card["indicator"], card["summary"]) == ("critical", "Call 911: Possible stroke")


@pytest.mark.parametrize(
    ("given", "days"),
    [
        (infusion("Lemtrada 12 mg", "2026-03-02"), 10),
        (infusion("ALEMTUZUMAB", "2026-03-02T08:00:00+01:00"), 10),
        (infusion("Paracetamol", "2026-03-11"), None),
        (infusion("Lemtrada", "soon"), None),
        (infusion("Lemtrada", "2027-01-01"), None),
    ],
)
def test_days_count_from_an_infusion_of_the_medicine_and_are_unknown_otherwise(
    client: Any, triage: Triage, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], days: int | None
) -> None:
    asked = []
    monkeypatch.setattr(triage, "assess", lambda *args: asked.append(args) or Triage.assess(triage, *args))
    prefetch = {"message": communication("numb leg"), "infusion": given}
    client.post("/cds-services/message-triage", json=CALL | {"prefetch": prefetch})
    assert asked == [("numb leg", days)]


def test_a_call_without_the_message_is_a_precondition_that_failed(client: Any) -> None:
    assert client.post("/cds-services/message-triage", json=CALL).status_code == 412


def test_a_refusal_names_no_key_of_the_clients_own(client: Any) -> None:
    sent = CALL | {"prefetch": {"message": SECRET, SECRET: SECRET}, SECRET: SECRET}
    answer = client.post("/cds-services/message-triage", json=sent)
    assert (answer.status_code, SECRET in answer.text) == (422, False)
    assert answer.json()["errors"][0]["where"] == "body.prefetch.message"


def test_an_answer_leads_where_its_choice_says(client: Any) -> None:
    said = client.post("/v1/interview", json={"text": "headache"}).json()
    question = said["ask"][0]
    for choice in question["choices"]:
        answers = [{"question": question["id"], "choice": choice["id"]}]
        after = client.post("/v1/interview", json={"text": "headache", "answers": answers}).json()
        assert after["urgency"] == choice["urgency"]


def test_what_is_due_is_told_as_the_library_tells_it(client: Any, triage: Triage) -> None:
    courses = [["2025-03-03", "2025-03-04"], ["2026-03-09"]]
    sent = {"courses": courses, "on": "2026-04-20", "flags": ["takes_antiviral"]}
    due = triage.follow_up(TreatmentHistory(courses), on="2026-04-20", flags={"takes_antiviral"})
    assert client.post("/v1/follow-up", json=sent).json() == json.loads(due.model_dump_json())


def test_courses_that_overlap_are_refused(client: Any) -> None:
    sent = {"courses": [["2026-03-02", "2026-03-06"], ["2026-03-04"]], "on": "2026-04-20"}
    answer = client.post("/v1/follow-up", json=sent)
    assert (answer.status_code, "no history of treatment" in answer.text) == (422, True)


CASES = int(os.environ.get("SCHEMATHESIS_CASES", "50"))  # more by hand
# What fits the description may be refused here: a call without the message, an answer to what was not asked, courses
# that overlap, two ways to tell the day.
MORE_THAN_FORM = ("/cds-services/message-triage", "/v1/interview", "/v1/follow-up")
PATHS = ["/health", "/v1/pack", "/v1/assess", "/cds-services", *MORE_THAN_FORM]


def tells_dates(body: object) -> bool:
    return isinstance(body, dict) and not {"history", "on"}.isdisjoint(body)


@pytest.mark.filterwarnings("default")  # schemathesis leads others to warn
@pytest.mark.parametrize("path", PATHS)
def test_the_service_does_what_its_own_description_says_whatever_is_sent(app: Any, path: str) -> None:
    schema = openapi.from_asgi("/openapi.json", app)
    for operation in schema[path].values():

        @settings(max_examples=CASES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            more_than_form = path in MORE_THAN_FORM or tells_dates(case.body)
            case.call_and_validate(excluded_checks=[positive_data_acceptance] if more_than_form else [])

        holds()
