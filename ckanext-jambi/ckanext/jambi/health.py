"""Whether a web process lives and is ready, for balancers and supervisors (RL17).

Answered before CKAN sees the request: no session, no template, no plugin is asked, so that the answer
tells of the process and its database and takes milliseconds. Valkey, the DataStore and the search are not
part of it: the portal serves readers without them (reliability.md, section 11).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

import psycopg2

from ckanext.jambi import http_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

LIVE, READY = "/health/live", "/health/ready"
CONNECT_SECONDS = 2
LIMITS = "-c statement_timeout=1000"


class HealthDoor:
    """Answers the two paths and passes every other request on."""

    def __init__(self, inner: WSGIApplication, database: str) -> None:
        self._inner = inner
        self._database = database

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ.get("PATH_INFO")
        if path == LIVE:
            return _answer(start_response, HTTPStatus.OK, "live")
        if path == READY:
            ready = self._is_ready()
            status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
            return _answer(start_response, status, "ready" if ready else "database away")
        return self._inner(environ, start_response)

    def _is_ready(self) -> bool:
        """Return whether the database answers, asked over a connection of our own."""
        try:
            connection = psycopg2.connect(self._database, connect_timeout=CONNECT_SECONDS, options=LIMITS)
            try:
                connection.cursor().execute("SELECT 1")
            finally:
                connection.close()
        except psycopg2.Error as err:
            log.warning("This process is not ready: %s", type(err).__name__)
            return False
        return True


def _answer(start_response: StartResponse, status: HTTPStatus, text: str) -> Iterable[bytes]:
    body = f"{text}\n".encode()
    headers = Headers(list(http_headers.FIXED.items()))
    headers["Content-Type"] = "text/plain; charset=utf-8"
    headers["Content-Length"] = str(len(body))
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["Cache-Control"] = "no-store"
    start_response(f"{status.value} {status.phrase}", headers.items())
    return [body]
