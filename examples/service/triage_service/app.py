"""The app: one ``Triage``, made once for all threads, behind a few paths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from lemtrada_triage import Triage, __version__
from triage_service import api, hooks, pages
from triage_service.limits import Limited
from triage_service.logs import Logged
from triage_service.problems import Problem, add_handlers
from triage_service.settings import Settings


def create_app(settings: Settings | None = None, triage: Triage | None = None) -> FastAPI:
    """The service with some settings (those of the environment by default) and a ``Triage`` (a new one by default)."""
    settings = settings or Settings.from_environment()
    triage = triage or Triage(reader=settings.reader)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Reading is work for a core: more threads than that only wait for each other.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield

    # The usual pages of documentation load their scripts from elsewhere, so there are none: /openapi.json is all.
    app = FastAPI(title="Message triage", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.include_router(api.routes(triage))
    app.include_router(hooks.routes(triage))
    app.include_router(pages.routes())
    add_handlers(app)
    app.add_middleware(Limited, settings=settings)
    app.add_middleware(Logged)
    _complete(app, triage)
    return app


def _complete(app: FastAPI, triage: Triage) -> None:
    """Says in the schema what only the rules know: the flags, and the form of a problem."""
    schema: dict[str, Any] = app.openapi()
    schemas = schema["components"]["schemas"]
    schemas |= {"Problem": Problem.model_json_schema(ref_template="#/components/schemas/{model}")}
    schemas |= schemas["Problem"].pop("$defs")
    for name in ("PatientMessage", "Interview", "History"):
        schemas[name]["properties"]["flags"]["items"]["enum"] = list(triage.flags)
