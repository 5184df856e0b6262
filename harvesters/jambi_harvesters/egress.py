"""A proxy on loopback for code that is not ours: every address judged, every answer bounded (HV19).

Stock harvesters open their own connections. Run with this proxy in their environment they reach what our
client may reach, and nothing else: the address is judged when the connection is opened and is the one that is
connected to; bytes and seconds are counted while they flow. A token keeps other programs of the machine out.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe

from jambi_harvesters import addresses
from jambi_harvesters.addresses import Place, Resolver, Target
from jambi_harvesters.errors import HarvesterError, TooLargeError

BLOCK = 65_536
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 0.05  # how long closing may wait for the listener
HOP_HEADERS = frozenset(
    {"proxy-authorization", "proxy-connection", "connection", "keep-alive", "te", "trailer", "upgrade"}
)
DEFAULT_MAX_BYTES = 500 * 10**6
DEFAULT_SECONDS = 120.0


class AnswerCutError(TooLargeError):
    """An answer that went on and on; what came of it is never taken for the whole."""

    code = "answer_cut"
    message = (
        "The answer of {host} was cut after {max_bytes} bytes or {seconds} seconds; it is no use in part"
    )
    message_id = (
        "Jawaban dari {host} diputus setelah {max_bytes} bita atau {seconds} detik; sebagian tidak dipakai. "
        "Minta pemilik sumber membagi datanya, atau naikkan ckanext.jambi.harvest.stock_max_bytes."
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: bytes of its answer, and seconds in all."""

    max_bytes: int = DEFAULT_MAX_BYTES
    seconds: float = DEFAULT_SECONDS


@dataclass(slots=True)
class Egress:
    """The proxy; usable as a context manager once it serves.

    Args:
        resolver: turns a host and port into addresses; asked once a request.
        targets: allowlist rows of internal addresses.
        demo: whether those may name loopback addresses.
        opened: told of each judged address that is connected to (host, address, port).
        refused: told why a request was refused, or its answer cut.
    """

    resolver: Resolver = addresses.resolve
    targets: tuple[Target, ...] = ()
    demo: bool = False
    limits: Limits = field(default_factory=Limits)
    opened: Callable[[str, str, int], None] | None = None
    refused: Callable[[HarvesterError], None] | None = None
    token: str = field(default_factory=lambda: token_urlsafe(24))
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        outer = self

        class Handler(_Handler):
            egress = outer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Address of the proxy with its token, as `http_proxy` takes it."""
        return f"http://panen:{self.token}@127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Egress:
        serve = partial(self._server.serve_forever, poll_interval=CLOSE_SECONDS)
        threading.Thread(target=serve, name="jambi-egress", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def connect(self, place: Place) -> socket.socket:
        """Return a connection to a judged address of a place.

        Raises:
            HarvesterError: if no address is allowed.
            OSError: if none answers.
        """
        judged = addresses.judge(place, resolver=self.resolver, targets=self.targets, demo=self.demo)
        last: OSError | None = None
        for address in judged:
            if self.opened:
                self.opened(place.host, address, place.port)
            try:
                return socket.create_connection((address, place.port), CONNECT_SECONDS)
            except OSError as err:
                last = err
        raise last or OSError("no address")


class _Handler(BaseHTTPRequestHandler):
    """One request: forwarded, or tunnelled for TLS."""

    egress: Egress
    protocol_version = "HTTP/1.1"
    _began = False

    def do_GET(self) -> None:
        """Forward a plain request."""
        self._guarded(self._forward)

    def do_HEAD(self) -> None:
        """Forward a plain request."""
        self._guarded(self._forward)

    def do_POST(self) -> None:
        """Forward a plain request."""
        self._guarded(self._forward)

    def do_CONNECT(self) -> None:
        """Tunnel a TLS connection; what flows is counted, not read."""
        self._guarded(self._tunnel)

    def log_message(self, *_: object) -> None:
        """Say nothing: addresses may hold secrets."""

    def _guarded(self, serve: Callable[[], None]) -> None:
        self.close_connection, self._began = True, False
        wanted = base64.b64encode(f"panen:{self.egress.token}".encode()).decode()
        if self.headers.get("Proxy-Authorization") != f"Basic {wanted}":
            self._refuse(407, "This proxy serves one harvest only")
            return
        try:
            serve()
        except HarvesterError as err:
            if self.egress.refused:
                self.egress.refused(err)
            self._refuse(403, str(err))
        except (OSError, http.client.HTTPException):
            self._refuse(502, "The source does not answer")

    def _refuse(self, status: int, reason: str) -> None:
        """Say why, as status line and as text; an answer that has begun can only be broken off."""
        if self._began:
            return
        text = reason.encode("latin-1", "replace").decode("latin-1")
        with contextlib.suppress(OSError):
            self.send_response(status, text)
            self.send_header("X-Egress", text)
            self.send_header("Content-Type", "text/plain; charset=latin-1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command not in ("HEAD", "CONNECT"):
                self.wfile.write(text.encode("latin-1"))

    def _forward(self) -> None:
        place = addresses.place_of(self.path)
        ends = time.monotonic() + self.egress.limits.seconds
        connection = http.client.HTTPConnection(place.host, place.port, timeout=self.egress.limits.seconds)
        connection.sock = self.egress.connect(place)
        path = self.path.split("://", 1)[1]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_HEADERS}
        with contextlib.closing(connection):
            connection.request(self.command, path[path.find("/") :] if "/" in path else "/", body, headers)
            answer = connection.getresponse()
            framed = self._begin(answer)
            self._copy(answer, place.host, ends, framed)

    def _begin(self, answer: http.client.HTTPResponse) -> bool:
        """Send the head of an answer; one of unknown length goes in chunks, so that its end is told."""
        framed = answer.length is None and self.command != "HEAD"
        self._began = True
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_HEADERS | {"transfer-encoding", "date", "server"}:
                self.send_header(name, value)
        if framed:
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        return framed

    def _copy(self, answer: http.client.HTTPResponse, host: str, ends: float, framed: bool) -> None:
        """Copy the body to its end.

        Raises:
            AnswerCutError: at the limit; the reader sees a body that breaks off, never a whole one.
        """
        limits = self.egress.limits
        left = limits.max_bytes
        while block := answer.read1(BLOCK):
            left -= len(block)
            if left < 0 or time.monotonic() >= ends:
                raise _cut(host, limits)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if framed else block)
        if framed:
            self.wfile.write(b"0\r\n\r\n")

    def _tunnel(self) -> None:
        host, _, port = self.path.rpartition(":")
        place = Place("https", host.strip("[]").casefold(), int(port), "/")
        with self.egress.connect(place) as far:
            self._began = True
            self.send_response(200)
            self.end_headers()
            if not _relay(self.connection, far, self.egress.limits):
                raise _cut(place.host, self.egress.limits)


def _cut(host: str, limits: Limits) -> AnswerCutError:
    return AnswerCutError(host=host, max_bytes=limits.max_bytes, seconds=f"{limits.seconds:g}")


def _relay(near: socket.socket, far: socket.socket, limits: Limits) -> bool:
    """Copy both ways until one side ends; return whether that came before the limits."""
    ends, left = time.monotonic() + limits.seconds, limits.max_bytes
    other = {near: far, far: near}
    while left > 0 and (wait := ends - time.monotonic()) > 0:
        ready, _, _ = select.select([near, far], [], [], wait)
        for one in ready:
            block = one.recv(BLOCK)
            if not block:
                return True
            other[one].sendall(block)
            left -= len(block) if one is far else 0
    return False
