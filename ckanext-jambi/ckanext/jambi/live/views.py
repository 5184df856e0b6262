"""Doors of the live room on the web server: ping, push, and the way to the event stream."""

from __future__ import annotations

from typing import Any

from ckan.config.middleware.flask_app import csrf
from flask import Blueprint, Response, jsonify, redirect, request

from ckanext.jambi.harvest import wake
from ckanext.jambi.live import config, doors, feeds, pinging, receiving, wire
from ckanext.jambi.live.errors import DoorError
from ckanext.jambi.live.reader import Reader

__all__ = ["jambi_live"]

jambi_live = Blueprint("jambi_live", __name__)
# Who calls proves himself by a signature and carries no cookie (`cookieless`), so nothing can be forged.
csrf.exempt(jambi_live)


@jambi_live.post("/api/jambi/ping/<source>")
def ping(source: str) -> Any:
    """Take a ping: the source has something new."""
    body = doors.body_of(request.stream, request.content_length, pinging.MAX_BYTES)
    asked = pinging.receive(source, dict(request.headers), body)
    if asked.new:
        wake.wake()
    return _accepted(status="queued" if asked.new else "coalesced", run_id=asked.run_id)


@jambi_live.post("/api/jambi/push/<source>")
def push(source: str) -> Any:
    """Take rows that the source's system sends; the answer names the run that applies them."""
    body = doors.body_of(request.stream, request.content_length, receiving.MAX_BYTES)
    done = receiving.receive(source, dict(request.headers), body, request.args)
    if not done.repeated:
        wake.wake()
    return _accepted(status="repeated" if done.repeated else "queued", run_id=done.run_id)


@jambi_live.get("/events")
def events() -> Any:
    """Lead to the event stream of the live hub, which another process serves."""
    target = config.events_url()
    if target is None:
        raise DoorError(404, "no_stream", "This portal has no event stream.")
    query = request.query_string.decode("latin-1")
    answer = redirect(f"{target}?{query}" if query else target, code=307)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@jambi_live.get("/events.atom")
def feed() -> Response:
    """Answer with a feed of the newest events; the filters are those of the stream."""
    try:
        asked = wire.wanted(list(request.args.items(multi=True)))
    except ValueError as err:
        raise DoorError(400, "filter_invalid", str(err)) from err
    body = feeds.atom(Reader.of_this_portal().latest(asked), request.url)
    return Response(body, content_type=feeds.MEDIA_TYPE)


@jambi_live.errorhandler(DoorError)
def refuse(error: DoorError) -> Any:
    """Answer with what is wrong, for programs and for people."""
    answer = jsonify({"success": False, "error": {"code": error.code, "message": str(error)}})
    answer.status_code = error.status
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _accepted(**result: Any) -> tuple[Response, int]:
    return jsonify({"success": True, "result": result}), 202
