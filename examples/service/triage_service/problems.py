"""Answers to what cannot be done (RFC 9457): what was wrong and where, never what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from lemtrada_triage import InputError


class Wrong(BaseModel):
    """One mistake: where it is, and what is wrong."""

    where: str
    what: str


class Problem(BaseModel):
    """What a client is told when its request cannot be answered."""

    title: str
    status: int
    errors: list[Wrong] = []


class ProblemResponse(JSONResponse):
    """A ``Problem``."""

    media_type = "application/problem+json"


def problem(status: int, title: str, errors: Sequence[Wrong] = (), **headers: str) -> ProblemResponse:
    """The answer for a problem; ``headers`` with ``_`` for ``-``."""
    body = Problem(title=title, status=status, errors=list(errors)).model_dump()
    return ProblemResponse(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a path may answer with, for its description in OpenAPI."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


_TITLES = {
    400: "The body cannot be read",
    404: "There is nothing here",
    405: "This method cannot be used here",
    408: "The body took too long to arrive",
    412: "What the service asked to be sent along is missing",
    413: "The body is too large",
    422: "The request cannot be used",
    429: "Too many requests",
}


def add_handlers(app: FastAPI) -> None:
    """Makes every error of an app a ``Problem``."""
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(InputError, _not_usable)
    app.add_exception_handler(HTTPException, _refused)


async def _not_valid(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    return problem(422, _TITLES[422], [_wrong(found) for found in error.errors()])


def _wrong(found: dict[str, Any]) -> Wrong:
    """A mistake without the client's own words: a key that is not known may be anything, and is left out."""
    unknown = found["type"] == "extra_forbidden"
    place = found["loc"][:-1] if unknown else found["loc"]
    if found["type"] == "json_invalid":
        return Wrong(where="body", what="this is no JSON")
    return Wrong(where=".".join(map(str, place)), what="a key that is not known" if unknown else _what(found))


def _what(found: dict[str, Any]) -> str:
    told = str(found["msg"])
    return told if found["type"] in _SAFE else "this value cannot be used"


# Kinds of mistakes whose message tells what was expected, and nothing of what was sent.
_SAFE = frozenset(
    (
        "missing", "string_type", "string_too_long", "string_too_short", "int_type", "int_from_float", "bool_type",
        "greater_than_equal", "less_than_equal", "list_type", "too_long", "literal_error", "model_attributes_type",
        "dict_type", "string_unicode", "too_short", "no_day", "history_and_on", "history_or_days",
    )
)  # fmt: skip


async def _not_usable(_: Request, error: Exception) -> ProblemResponse:
    """What only the rules know; their message may quote what was sent, so it is not passed on."""
    what = "a flag, question or choice that the rules do not have here, or dates that are no history of treatment"
    return problem(422, _TITLES[422], [Wrong(where="body", what=what)])


async def _refused(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    allowed = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return problem(error.status_code, _TITLES.get(error.status_code, "The request was refused"), (), **allowed)
