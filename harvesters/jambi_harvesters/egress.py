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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe

from jambi_harvesters import addresses
from jambi_harvesters.addresses import Place, Resolver, Target
from jambi_harvesters.errors import HarvesterError

BLOCK = 65_536
CONNECT_SECONDS = 5.0
HOP_HEADERS = frozenset(
    {"proxy-authorization", "proxy-connection", "connection", "keep-alive", "te", "trailer", "upgrade"}
)
DEFAULT_MAX_BYTES = 500 * 10**6
DEFAULT_SECONDS = 120.0


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
    """

    resolver: Resolver = addresses.resolve
    targets: tuple[Target, ...] = ()
    demo: bool = False
    limits: Limits = field(default_factory=Limits)
    opened: Callable[[str, str, int], None] | None = None
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
        threading.Thread(target=self._server.serve_forever, name="jambi-egress", daemon=True).start()
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
        self.close_connection = True
        wanted = base64.b64encode(f"panen:{self.egress.token}".encode()).decode()
        if self.headers.get("Proxy-Authorization") != f"Basic {wanted}":
            self._refuse(407, "This proxy serves one harvest only")
            return
        try:
            serve()
        except HarvesterError as err:
            self._refuse(403, str(err))
        except (OSError, http.client.HTTPException):
            self._refuse(502, "The source does not answer")

    def _refuse(self, status: int, reason: str) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("X-Egress", reason.encode("latin-1", "replace").decode("latin-1"))
            self.send_header("Content-Length", "0")
            self.end_headers()

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
            self._answer(connection.getresponse(), ends)

    def _answer(self, answer: http.client.HTTPResponse, ends: float) -> None:
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_HEADERS | {"transfer-encoding", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        left = self.egress.limits.max_bytes
        while left > 0 and time.monotonic() < ends:
            block = answer.read1(min(BLOCK, left))
            if not block:
                return
            self.wfile.write(block)
            left -= len(block)

    def _tunnel(self) -> None:
        host, _, port = self.path.rpartition(":")
        place = Place("https", host.strip("[]").casefold(), int(port), "/")
        with self.egress.connect(place) as far:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, far, self.egress.limits)


def _relay(near: socket.socket, far: socket.socket, limits: Limits) -> None:
    """Copy both ways until one side ends, or the limits are reached."""
    ends, left = time.monotonic() + limits.seconds, limits.max_bytes
    other = {near: far, far: near}
    while left > 0 and (wait := ends - time.monotonic()) > 0:
        ready, _, _ = select.select([near, far], [], [], wait)
        for one in ready:
            block = one.recv(BLOCK)
            if not block:
                return
            other[one].sendall(block)
            left -= len(block) if one is far else 0
