"""A source that can do everything wrong: real HTTP on loopback, with a log of what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jambi_harvesters.http import Target

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers by what the test laid down for the path."""

    protocol_version = "HTTP/1.1"
    server: Source

    def do_GET(self) -> None:
        """Note the request and behave."""
        self.close_connection = True
        self.query = dict(parse_qsl(urlsplit(self.path).query))
        self.server.log.append((self.command, self.path, dict(self.headers)))
        behave = self.server.routes.get(urlsplit(self.path).path, missing)
        try:
            behave(self)
        except (BrokenPipeError, ConnectionResetError):
            return

    do_POST = do_HEAD = do_GET

    def answer(self, body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send one whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def start(self, headers: Mapping[str, str], status: int = 200) -> None:
        """Send the head of an answer whose body follows by hand."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep the test output clean."""


class Source(ThreadingHTTPServer):
    """The server; `routes` maps a path to a behaviour."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Behaviour] = {}
        self.log: list[tuple[str, str, dict[str, str]]] = []
        self.let_go = threading.Event()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server_address[1]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://sumber.test:{self.port}"

    @property
    def target(self) -> Target:
        """The allowlist row that lets a client reach it."""
        return Target("uji", "sumber.test", "127.0.0.0/8", self.port, "/")

    def put(
        self, path: str, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer a path with a body."""
        self.routes[path] = lambda handler: handler.answer(body, status, headers)

    def asked(self, path: str) -> list[str]:
        """Return the paths with queries by which a path was asked."""
        return [full for _, full, _ in self.log if urlsplit(full).path == path]

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is no error of this server."""


def missing(handler: Handler) -> None:
    """Answer 404."""
    handler.answer(b"tidak ada", 404)


def in_turn(*answers: tuple[int, bytes, Mapping[str, str]]) -> Behaviour:
    """Answer the first request by the first of these, and so on; the last one stays."""
    left = list(answers)

    def behave(handler: Handler) -> None:
        status, body, headers = left.pop(0) if len(left) > 1 else left[0]
        handler.answer(body, status, headers)

    return behave


def short(body: bytes, promised: int) -> Behaviour:
    """Promise more bytes than come (S9)."""

    def behave(handler: Handler) -> None:
        handler.start({"Content-Length": str(promised)})
        handler.wfile.write(body)

    return behave


def cut_chunk(body: bytes) -> Behaviour:
    """Break off in the middle of a chunk (S9)."""

    def behave(handler: Handler) -> None:
        handler.start({"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n" % (len(body) + 10) + body)

    return behave


def drip(server: Source) -> Behaviour:
    """Send one byte and then nothing, without an end (S10)."""

    def behave(handler: Handler) -> None:
        handler.start({"Content-Type": "text/csv"})
        handler.wfile.write(b"a")
        server.let_go.wait(20)

    return behave


def endless(block: bytes) -> Behaviour:
    """Send for ever (S11)."""

    def behave(handler: Handler) -> None:
        handler.start({"Content-Type": "text/csv"})
        while True:
            handler.wfile.write(block)

    return behave


def with_validators(body: bytes, etag: str) -> Behaviour:
    """Answer 304 to who knows the ETag."""

    def behave(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.answer(b"", 304, {"ETag": etag})
        else:
            handler.answer(body, 200, {"ETag": etag})

    return behave


def redirect(*locations: str) -> Behaviour:
    """Send the caller elsewhere; several places in turn, the last one stays."""
    left = list(locations)

    def behave(handler: Handler) -> None:
        location = left.pop(0) if len(left) > 1 else left[0]
        handler.answer(b"", 302, {"Location": location})

    return behave


def paged(pages: Mapping[str, bytes], param: str, default: str | None = None) -> Behaviour:
    """Answer by the value of a query parameter; unknown values get the default page, else 404."""

    def behave(handler: Handler) -> None:
        body = pages.get(handler.query.get(param, ""), pages.get(default or ""))
        handler.answer(body or b"", 200 if body else 404, {"Content-Type": "application/json"})

    return behave


def joined(parts: Iterable[bytes]) -> bytes:
    """Return the parts as one body."""
    return b"".join(parts)
