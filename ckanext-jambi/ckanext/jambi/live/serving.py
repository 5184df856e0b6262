"""The hub as an ASGI application: `/events`, and health for whoever watches the process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ckanext.jambi import http_headers, outbox
from ckanext.jambi.live import wire
from ckanext.jambi.live.hub import Client, Hub

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 1.0
RETRY_SECONDS = "30"
RESUME = "last-event-id"
HEADERS = {
    **http_headers.FIXED,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Last-Event-ID, Cache-Control",
    "Access-Control-Allow-Methods": "GET",
}
STREAM_HEADERS = {**HEADERS, "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


def application(hub: Hub) -> Starlette:
    """Return the application of a hub, which reads as long as it serves."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        reading = asyncio.create_task(hub.run())
        reading.add_done_callback(_end_with_reader)
        try:
            yield
        finally:
            reading.cancel()

    async def live(request: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=HEADERS)

    async def ready(request: Request) -> Response:
        status = "ready" if hub.ready else "the outbox was not read for a while"
        return JSONResponse({"status": status}, 200 if hub.ready else 503, HEADERS)

    routes = [
        Route("/events", endpoint=EventStream(hub)),
        Route("/health/live", endpoint=live),
        Route("/health/ready", endpoint=ready),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _end_with_reader(reading: asyncio.Task[None]) -> None:
    """End the process if its reader met a defect, so that it is started anew instead of telling nothing."""
    if not reading.cancelled() and reading.exception():
        log.error("The reader of the outbox failed", exc_info=reading.exception())
        signal.raise_signal(signal.SIGTERM)


class EventStream:
    """The ASGI application of `/events`: one call is one listener, from its request to its end."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: a stream, or what is wrong with it."""
        request = Request(scope, receive)
        if request.method != "GET":
            status = 204 if request.method == "OPTIONS" else 405
            await Response(status_code=status, headers=HEADERS)(scope, receive, send)
            return
        try:
            wanted, after = _asked(request)
        except (ValueError, outbox.OutboxError) as err:
            await _problem(400, str(err))(scope, receive, send)
            return
        if self._hub.full:
            refusal = _problem(503, "Too many listen; come again later.")
            refusal.headers["Retry-After"] = RETRY_SECONDS
            await refusal(scope, receive, send)
            return
        with self._hub.listening(wanted, after) as client:
            await _serve(self._hub, client, receive, send)


async def _serve(hub: Hub, client: Client, receive: Receive, send: Send) -> None:
    """Send until the client goes, or does not read any more."""
    headers = [(name.lower().encode(), value.encode()) for name, value in STREAM_HEADERS.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    ends = [asyncio.create_task(_pump(hub, client, send)), asyncio.create_task(_gone(receive))]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ends:
            task.cancel()
        for outcome in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.info("A listener was cut: %s", type(outcome).__name__)
    with contextlib.suppress(TimeoutError):
        goodbye = send({"type": "http.response.body", "body": b"", "more_body": False})
        await asyncio.wait_for(goodbye, GOODBYE_SECONDS)


async def _pump(hub: Hub, client: Client, send: Send) -> None:
    """Send what comes; a piece that the client does not take within the limit ends it."""
    async for piece in hub.frames(client):
        if piece:
            part = {"type": "http.response.body", "body": piece, "more_body": True}
            await asyncio.wait_for(send(part), hub.send_seconds)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _asked(request: Request) -> tuple[wire.Wanted, outbox.Cursor | None]:
    """Return what a request wants, and the cursor it resumes at, None to begin now."""
    arguments = [(name, value) for name, value in request.query_params.multi_items()]
    given = request.headers.get(RESUME) or request.query_params.get(RESUME)
    wanted = wire.wanted([pair for pair in arguments if pair[0] != RESUME])
    return wanted, outbox.Cursor.parse(given) if given else None


def _problem(status: int, message: str) -> JSONResponse:
    body: dict[str, Any] = {"success": False, "error": {"message": message}}
    return JSONResponse(body, status, HEADERS)
