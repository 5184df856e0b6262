"""The part of requests and urllib3 that we replace: where the socket is opened, and when it is cut.

`PinnedAdapter` connects to judged addresses only; the URL, the Host header, SNI and the certificate check
keep the name. Each request opens its own connection, and a watchdog can end it at any byte (S10).
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

Connect = Callable[..., socket.socket]
Dial = Callable[[HTTPConnection], socket.socket]


class PinnedAdapter(HTTPAdapter):
    """Adapter that opens sockets to pinned addresses only.

    Args:
        fingerprint: SHA-256 of the one certificate that is accepted, instead of authorities.
        connect: opens a socket to (address, port); an argument so that tests can look on.
    """

    def __init__(self, fingerprint: str | None = None, connect: Connect | None = None) -> None:
        self._pins: dict[tuple[str, int], Sequence[str]] = {}
        self._spares: list[socket.socket] = []
        self.was_cut = False
        self._connect = connect or socket.create_connection
        self._fingerprint = fingerprint
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools with connections that ask us for their socket."""
        if self._fingerprint:
            kwargs["assert_fingerprint"] = self._fingerprint
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._dial)

    def pin(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Allow connections to a host at these addresses."""
        self._pins[(host.casefold().strip("[]"), port)] = addresses

    @contextlib.contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Shut every socket that is open when the time is over, and forget them all at the end."""
        self.was_cut = False
        timer = threading.Timer(max(seconds, 0.0), self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._forget()

    def _dial(self, connection: HTTPConnection) -> socket.socket:
        port = connection.port or connection.default_port
        addresses = self._pins.get((connection.host.casefold().strip("[]"), port), ())
        failure: OSError = OSError("no judged address")
        for address in addresses:
            try:
                opened = self._connect((address, port), connection.timeout)
            except OSError as err:
                failure = err
                continue
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._spares.append(opened.dup())
            return opened
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, "connect timed out") from failure
        raise NewConnectionError(connection, "connect failed") from failure

    def _shut(self) -> None:
        self.was_cut = True
        for spare in list(self._spares):
            with contextlib.suppress(OSError):
                spare.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        while self._spares:
            self._spares.pop().close()
        self.close()


def _pool_classes(dial: Dial) -> dict[str, Any]:
    class PinnedHttp(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self)

    class PinnedHttps(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = PinnedHttp

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = PinnedHttps

    return {"http": HttpPool, "https": HttpsPool}
