"""What an answer says to caches: compressed text, strong ETags, and no cookie on anonymous pages.

The layer sits outside Flask, so that it sees the answer as the reader gets it: an ETag names exactly
the bytes sent, compression included. Rule RL05 of the reliability specification.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

PUBLIC = "public, s-maxage=60, stale-while-revalidate=600, stale-if-error=86400"
PRIVATE = "private, no-store"
FOREVER = "public, max-age=31536000, immutable"
HASHED = ("/webassets/", "/jambi-assets/")
PAGES = ("text/html",)
LARGEST_BYTES = 4_000_000


class Answers:
    """WSGI layer that sets Cache-Control and ETag and answers 304."""

    def __init__(self, application: Callable[..., Iterable[bytes]], session_cookie: str) -> None:
        self.application = application
        self.session_cookie = session_cookie

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass the request on; pages and hashed files come back with what caches need."""
        opened: list[tuple[str, Headers, Any]] = []

        def keep(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], Any]:
            opened[:] = [(status, headers, exc_info)]
            return _no_write

        body = self.application(environ, keep)
        status, headers, exc_info = opened[0]
        if exc_info or not self._concerns(environ, status, headers):
            start_response(status, headers, exc_info)
            return body
        return self._answer(environ, status, headers, body, start_response)

    def _concerns(self, environ: Environ, status: str, headers: Headers) -> bool:
        known = _value(headers, "content-type").split(";")[0] in PAGES
        size = _value(headers, "content-length")
        small = size.isdigit() and int(size) <= LARGEST_BYTES
        return (known and small) or (_path(environ).startswith(HASHED) and status.startswith("200"))

    def _answer(
        self,
        environ: Environ,
        status: str,
        headers: Headers,
        body: Iterable[bytes],
        start: Callable[..., Any],
    ) -> Iterable[bytes]:
        if _path(environ).startswith(HASHED):
            start(status, _with(headers, [("Cache-Control", FOREVER)]))
            return body
        if not self._anonymous(environ, headers):
            start(status, _with(headers, [("Cache-Control", PRIVATE)]))
            return body
        if not status.startswith("200") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start(status, headers)
            return body
        return _page(environ, status, headers, body, start)

    def _anonymous(self, environ: Environ, headers: Headers) -> bool:
        cookie = environ.get("HTTP_COOKIE", "")
        known = (
            "HTTP_AUTHORIZATION" in environ
            or f"{self.session_cookie}=" in cookie
            or "remember_token=" in cookie
        )
        return not known and not _value(headers, "set-cookie")


def _page(
    environ: Environ, status: str, headers: Headers, body: Iterable[bytes], start: Callable[..., Any]
) -> Iterable[bytes]:
    """Send an anonymous page with its ETag, or 304 when the reader has these bytes already."""
    try:
        content = b"".join(body)
    finally:
        close = getattr(body, "close", None)
        if close:
            close()
    if not content:
        start(status, headers)
        return [content]
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    fresh = _with(headers, [("Cache-Control", PUBLIC), ("ETag", tag)])
    if tag in (each.strip() for each in environ.get("HTTP_IF_NONE_MATCH", "").split(",")):
        start("304 Not Modified", _without(fresh, {"content-length", "content-type", "content-encoding"}))
        return [b""]
    start(status, fresh)
    return [content]


def _path(environ: Environ) -> str:
    return str(environ.get("PATH_INFO", ""))


def _value(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _without(headers: Headers, names: set[str]) -> Headers:
    return [(key, value) for key, value in headers if key.lower() not in names]


def _with(headers: Headers, more: Headers) -> Headers:
    return _without(headers, {key.lower() for key, _ in more}) + more


def _no_write(data: bytes) -> None:
    """Refuse the old `write` callable of WSGI, which neither Flask nor CKAN uses."""
    raise NotImplementedError("Use the returned iterable.")
