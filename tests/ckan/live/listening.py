"""A hub on a real port, and clients that listen to it."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

import uvicorn

from ckanext.jambi.live.hub import Hub
from ckanext.jambi.live.serving import application


class Served:
    """A hub served by uvicorn in a thread."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        config = uvicorn.Config(
            application(hub), port=0, log_level="critical", timeout_graceful_shutdown=1, lifespan="on"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server.started and hub.ready)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def close(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(10)


class Listener:
    """One client of the stream; reads when asked to."""

    def __init__(
        self, served: Served, path: str = "/events", buffer: int | None = None, **headers: str
    ) -> None:
        self._socket = socket.socket()
        if buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", served.port))
        sent = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{sent}\r\n".encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value
        self._rest = b""
        if self.status == 200:
            assert self._block().startswith(b"retry:")

    def next(self) -> tuple[str, dict[str, Any], str]:
        """Return kind, data and id of the next event; comments are left out."""
        while True:
            lines = dict(
                line.split(": ", 1) for line in self._block().decode().split("\n") if line[:1] != ":"
            )
            if lines:
                return lines["event"], json.loads(lines["data"]), lines.get("id", "")

    def comment(self) -> str:
        """Return the next block, which must be a comment."""
        block = self._block().decode()
        assert block.startswith(":")
        return block

    def datasets(self, number: int) -> list[str]:
        """Return the datasets of the next events."""
        return [self.next()[1]["dataset"]["name"] for _ in range(number)]

    def is_cut(self) -> bool:
        """Read to the end; whether there is one."""
        try:
            while True:
                self._block()
        except (EOFError, ConnectionError):
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        """Go away."""
        self._file.close()
        self._socket.close()

    def _block(self) -> bytes:
        while b"\n\n" not in self._rest:
            size = int(self._file.readline().strip() or b"0", 16)
            if not size:
                raise EOFError
            self._rest += self._file.read(size)
            self._file.readline()
        block, _, self._rest = self._rest.partition(b"\n\n")
        return block


def until(condition: Any, seconds: float = 10.0) -> None:
    """Wait for a condition; fail if it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
