"""CDS Hooks 2.0: what the service offers to a clinician's system, and its cards."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from lemtrada_triage import Triage
from lemtrada_triage.adapters.cds_hooks import Card, cards
from triage_service.problems import documented
from triage_service.settings import LONGEST_TEXT

SERVICE = "message-triage"
PREFETCH = {
    "message": "Communication?sender=Patient/{{context.patientId}}&_sort=-sent&_count=1",
    "infusion": "MedicationAdministration?subject=Patient/{{context.patientId}}&_sort=-effective-time&_count=1",
}


class Offer(BaseModel):
    """One service, as a client discovers it."""

    hook: str
    id: str
    title: str
    description: str
    prefetch: dict[str, str]


class Offers(BaseModel):
    """All services."""

    services: list[Offer]


class Context(BaseModel):
    """Whom the clinician looks at."""

    model_config = ConfigDict(extra="allow")

    patientId: str = Field(min_length=1, max_length=64)


class Prefetch(BaseModel):
    """What the client sent along, as ``PREFETCH`` asks for it; what else it sent is not looked at."""

    message: dict[str, Any] | None = None
    infusion: dict[str, Any] | None = None


class Call(BaseModel):
    """What a client sends when its user opens a patient's record."""

    model_config = ConfigDict(extra="allow")

    hook: Literal["patient-view"]
    hookInstance: Annotated[
        str, Field(json_schema_extra={"format": "uuid"}), AfterValidator(lambda text: str(UUID(text)))
    ]
    context: Context
    prefetch: Prefetch = Prefetch()


class Cards(BaseModel):
    """The answer."""

    cards: list[Card]


def routes(triage: Triage) -> APIRouter:
    """Discovery and the service of one ``Triage``."""
    router = APIRouter(tags=["cds hooks"])
    medicine = triage.rulebook.medicine

    @router.get("/cds-services")
    def discovery() -> Offers:
        """What there is."""
        about = f"Reads the patient's latest message and says how soon it needs care after {medicine.name}, and why."
        offer = Offer(hook="patient-view", id=SERVICE, title="Message triage", description=about, prefetch=PREFETCH)
        return Offers(services=[offer])

    @router.post(
        f"/cds-services/{SERVICE}", response_model_exclude_none=True, responses=documented(400, 408, 412, 413, 422, 429)
    )
    def service(call: Call, request: Request) -> Cards:
        """Cards for the latest message of the patient whose record was opened."""
        message = _newest(call.prefetch.message, "Communication")
        if message is None:
            raise HTTPException(412)
        text = _text(message)
        infusion = _newest(call.prefetch.infusion, "MedicationAdministration") or {}
        said = triage.assess(text, _days(message, infusion) if _is_of(infusion, medicine.name) else None)
        request.state.told.update(characters=len(text), urgency=said.urgency.value, understood=said.understood)
        return Cards(cards=list(cards(said)))

    return router


def _newest(found: dict[str, Any] | None, kind: str) -> dict[str, Any] | None:
    """The first resource of a kind in what a search gave; a client may also send the resource itself."""
    entries = (found or {}).get("entry")
    listed = entries if isinstance(entries, list) else [{"resource": found}]
    resources = [entry.get("resource") for entry in listed if isinstance(entry, dict)]
    return next((one for one in resources if isinstance(one, dict) and one.get("resourceType") == kind), None)


def _text(message: dict[str, Any]) -> str:
    parts = message.get("payload")
    texts = [part.get("contentString") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    text = "\n".join(text for text in texts if isinstance(text, str))
    if len(text) > LONGEST_TEXT:
        raise HTTPException(413)
    return text


def _is_of(infusion: dict[str, Any], medicine: str) -> bool:
    """Whether it was this medicine that was given, by any of its names: days since another one would mislead."""
    coded = str(infusion.get("medicationCodeableConcept")).lower()
    return any(name in coded for name in re.findall(r"\w+", medicine.lower()))


def _days(message: dict[str, Any], infusion: dict[str, Any]) -> int | None:
    """Whole days from the infusion to the message; None, which is the safe side, where a date is missing or odd."""
    sent, given = _date(message.get("sent")), _date(_given(infusion))
    return (sent - given).days if sent and given and sent >= given else None


def _given(infusion: dict[str, Any]) -> object:
    period = infusion.get("effectivePeriod")
    last = period.get("end") or period.get("start") if isinstance(period, dict) else None
    return infusion.get("effectiveDateTime") or last


def _date(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None
