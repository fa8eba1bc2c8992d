"""Logs of one JSON object a line, without a word of any patient: no text, address or body, no message of an error."""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage_service.problems import problem

_log = logging.getLogger("triage_service")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; ``extra={"data": {...}}`` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. The message of an exception may quote what it was given, so only its kind and place are told."""
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        line = {"time": when, "level": record.levelname.lower(), "logger": record.name, "event": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            line |= failure(record.exc_info[1])
        return json.dumps(line | getattr(record, "data", {}), default=str)


def failure(error: BaseException) -> dict[str, str]:
    """The kind of an error and where it was raised, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": type(error).__name__, "at": f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""}


class Logged:
    """Gives each request an id, logs one line for it, and turns an unforeseen error into a plain answer of 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = _Request(scope, send)
        try:
            await self.app(scope, receive, request.send)
        except Exception as error:
            request.told |= failure(error)
            if not request.status:
                await problem(500, "Something went wrong here")(scope, receive, request.send)
        finally:
            request.log()


class _Request:
    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self._send = scope, send
        self.began = time.perf_counter()
        self.id = str(uuid4())
        self.status = 0
        self.told: dict[str, Any] = {}
        scope.setdefault("state", {})["told"] = self.told

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self.id.encode())]
        await self._send(message)

    def log(self) -> None:
        route = getattr(self.scope.get("route"), "path", "none")  # never the path itself: anything may be in it
        spent = round((time.perf_counter() - self.began) * 1000, 1)
        about = {"id": self.id, "method": self.scope["method"], "route": route, "status": self.status, "ms": spent}
        level = logging.ERROR if self.status >= 500 or not self.status else logging.INFO
        _log.log(level, "request", extra={"data": about | self.told})


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "INFO", "handlers": ["out"]},
}
