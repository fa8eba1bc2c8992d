"""Cards of CDS Hooks: as the specification has them, and safe to show whatever a patient wrote."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from lemtrada_triage import InputError, Triage
from lemtrada_triage.adapters.cds_hooks import UNREAD, cards

# The rules of the specification (CDS Hooks 2.0, "Card Attributes") as a schema.
LINK = {
    "label": {"type": "string"},
    "url": {"type": "string", "format": "uri"},
    "type": {"enum": ["absolute", "smart"]},
}
SOURCE = {"label": {"type": "string", "minLength": 1}, "url": {"type": "string", "format": "uri"}}
CARD: dict[str, Any] = {
    "type": "object",
    "required": ["summary", "indicator", "source"],
    "additionalProperties": False,
    "properties": {
        "uuid": {"type": "string", "format": "uuid"},
        "summary": {"type": "string", "minLength": 1, "maxLength": 139},
        "detail": {"type": "string"},
        "indicator": {"enum": ["info", "warning", "critical"]},
        "source": {"type": "object", "required": ["label"], "properties": SOURCE, "additionalProperties": False},
        "links": {
            "type": "array",
            "items": {"type": "object", "required": list(LINK), "properties": LINK, "additionalProperties": False},
        },
    },
}


def shown(triage: Triage, text: str, days: int | None = 2) -> list[dict[str, Any]]:
    made = [json.loads(card.model_dump_json(exclude_none=True)) for card in cards(triage.assess(text, days))]
    for card in made:
        jsonschema.validate(card, CARD, format_checker=jsonschema.FormatChecker())
        UUID(card["uuid"])
    return made


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        ("my face droops", ["critical"]),
        ("fever", ["critical"]),
        ("my mole has changed", ["info", "info"]),
        ("all good, no fever", []),
        ("my flibber is sore and awful", ["warning", "warning"]),
    ],
)
def test_a_card_is_as_urgent_as_the_assessment_and_nothing_to_do_gives_none(
    triage: Triage, text: str, indicators: list[str]
) -> None:
    assert [card["indicator"] for card in shown(triage, text, 100)] == indicators


def test_a_card_says_what_to_do_why_in_which_words_and_on_which_source(triage: Triage) -> None:
    (card,) = shown(triage, "no fever but my face droops")
    assert card["summary"] == "Call 911: Possible stroke"
    assert "“face droops” (drooping or crooked face, present)" in card["detail"]
    assert "L96" in card["detail"] and "No clinician has reviewed" in card["detail"]
    assert card["source"]["label"].startswith("Lemtrada") and card["links"][0]["url"] == card["source"]["url"]


def test_what_is_no_assessment_is_refused() -> None:
    with pytest.raises(InputError, match="must be an Assessment, not dict"):
        cards({})  # type: ignore[arg-type]


def test_a_message_that_was_not_understood_has_a_card_that_says_so(triage: Triage) -> None:
    assert shown(triage, "my flibber is sore and awful")[-1]["summary"] == UNREAD


def test_words_of_a_patient_cannot_become_markup(triage: Triage) -> None:
    made = shown(triage, "my face <img/src=x> ![a](http://evil.example) [droops](javascript:alert(1)) **and droops**")
    for card in made:
        assert "](" not in card["detail"] and "<img" not in card["detail"]
