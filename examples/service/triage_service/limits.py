"""Limits on every request that reads a text: how often one address may ask, how large a body is, how long it takes."""

from __future__ import annotations

import asyncio
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage_service.problems import ProblemResponse, problem
from triage_service.settings import Settings


class Limited:
    """Answers 429, 413 and 408 before anything is read or parsed. Each worker process counts for itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.rate = parse(settings.rate)
        self.counts = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            return await self.app(scope, receive, send)
        refused = self._too_often(scope)
        body = b""
        if refused is None:
            try:
                async with asyncio.timeout(self.settings.slowest_body):
                    body, refused = await self._body(scope, receive)
            except TimeoutError:
                refused = problem(408, "The body took too long to arrive", connection="close")
        if refused is not None:
            return await refused(scope, receive, send)
        await self.app(scope, _again(body, receive), send)

    def _too_often(self, scope: Scope) -> ProblemResponse | None:
        client = (scope.get("client") or ("unknown",))[0]
        if self.counts.hit(self.rate, client):
            return None
        wait = max(round(self.counts.get_window_stats(self.rate, client).reset_time - time.time()), 1)
        return problem(429, "Too many requests", retry_after=str(wait))

    async def _body(self, scope: Scope, receive: Receive) -> tuple[bytes, ProblemResponse | None]:
        largest = self.settings.largest_body
        told = dict(scope["headers"]).get(b"content-length", b"0")
        too_large = problem(413, "The body is too large", connection="close")
        if told.isdigit() and int(told[:20]) > largest:
            return b"", too_large
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > largest:
                return b"", too_large
            if not message.get("more_body", False):
                return bytes(body), None


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read already, then what else comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
