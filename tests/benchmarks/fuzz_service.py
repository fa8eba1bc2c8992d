"""What ``fuzz.py`` sends to the example service: bodies of every shape on every path; and what must hold."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from fuzz_texts import SECRET, choices, courses, dates, moments, texts, told_nothing, triage, tried, zones
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "service"))

HOOK = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": {"patientId": "1"}}
REFUSED = (400, 412, 413, 422)
paths = st.sampled_from(["/v1/assess", "/v1/interview", "/v1/follow-up", "/cds-services/message-triage"])
KEYS = st.sampled_from([
    "text", "days_since_infusion", "flags", "history", "on", "courses", "zone", "answers", "question", "choice", "hook",
    "context", "patientId", "prefetch", "message", "infusion", "resourceType", "entry", "resource", "payload", "sent",
    "contentString", "effectiveDateTime", "medicationCodeableConcept", "", SECRET,
])  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | texts() | st.text(max_size=5) | dates.map(str)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)


@cache
def client() -> Any:
    """The service with both readers and no limit of rate."""
    from fastapi.testclient import TestClient
    from triage_service.app import create_app
    from triage_service.settings import Settings

    return TestClient(create_app(Settings(rate="1000000/second"), triage()), raise_server_exceptions=False)


@st.composite
def told(draw: st.DrawFn, path: str) -> dict[str, Any]:
    """What a path wants."""
    flags = draw(st.lists(st.sampled_from(triage().flags), max_size=2))
    history = {"courses": [[str(day) for day in course] for course in draw(courses())], "zone": draw(zones)}
    on = draw(moments.map(lambda moment: moment.isoformat()))
    if path == "/v1/follow-up":
        return history | {"on": on, "flags": flags}
    text = draw(texts())[:12_000]
    if path.startswith("/cds"):
        sent = {"resourceType": "Communication", "payload": [{"contentString": text}], "sent": on}
        found = draw(st.sampled_from([sent, {"entry": [{"resource": sent}]}]))
        given = {"resourceType": "MedicationAdministration", "medicationCodeableConcept": {"text": "Lemtrada"}}
        given["effectiveDateTime"] = draw(moments.map(str))
        return HOOK | {"prefetch": {"message": found, "infusion": draw(st.sampled_from([given, None]))}}
    days: dict[str, Any] = {"days_since_infusion": draw(st.none() | st.integers(0, 2_000))}
    answers = {"answers": draw(st.lists(answer(text), max_size=3))} if path == "/v1/interview" else {}
    return {"text": text, "flags": flags} | draw(st.sampled_from([days, {"history": history, "on": on}])) | answers


@st.composite
def answer(draw: st.DrawFn, text: str) -> dict[str, Any]:
    """An answer to what is asked about a text, or to anything."""
    asked = triage().assess(text).ask
    if not asked or not draw(st.integers(0, 3)):
        return {"question": draw(st.sampled_from(["days", "any-fever", SECRET])), "choice": draw(st.integers(-1, 99))}
    first, second = draw(choices)
    question = asked[first % len(asked)]
    return {"question": question.id, "choice": question.choices[second % len(question.choices)].id}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes]:
    """A path, with a body as it wants one, with one of its values exchanged or cut off, or with any JSON or bytes."""
    path, kind = draw(paths), draw(st.integers(0, 9))
    if kind == 0:
        return path, draw(st.binary(max_size=40))
    if kind == 1:
        return path, json.dumps(draw(VALUES)).encode()
    body = draw(told(path))
    if kind in (2, 3):
        body[draw(KEYS)] = draw(VALUES)
    if kind == 4:
        body[draw(st.sampled_from(sorted(body)))] = draw(VALUES)
    written = json.dumps(body).encode()
    return path, written[: draw(st.integers(0, len(written)))] if kind == 5 else written


def service_holds(path: str, body: bytes) -> None:
    """Each request is answered or refused; never with 500, and what is refused is not repeated."""
    said = client().post(path, content=body, headers={"content-type": "application/json"})
    tried[f"service {said.status_code}"] += 1
    assert said.json() is not None
    assert said.status_code == 200 or said.status_code in REFUSED, (said.status_code, said.text)
    told_nothing("" if said.status_code == 200 else said.text)
