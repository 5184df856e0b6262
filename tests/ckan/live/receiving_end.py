"""A receiver of webhooks: real HTTP on loopback, which answers as a test tells it and keeps what came."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jambi_harvesters.http import Client, Policy, Target

HOST = "penerima.test"


class Handler(BaseHTTPRequestHandler):
    """Keeps a request and answers with the next status."""

    server: Receiver

    def do_POST(self) -> None:
        """Take one delivery."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        for name, value in self.server.answer_headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep the test output clean."""


class Receiver(ThreadingHTTPServer):
    """The server; `statuses` are answered one after the other, then 204."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.answer_headers: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server_address[1]

    def url(self, path: str = "/masuk") -> str:
        """Return the address of a path."""
        return f"http://{HOST}:{self.port}{path}"

    def client(self, secret: str) -> Client:
        """Return a guarded client whose allowlist names this receiver."""
        policy = Policy(
            targets=(Target("uji", HOST, "127.0.0.0/8", self.port, "/"),), demo=True, sample_bytes=100
        )
        return Client(policy, resolver=lambda host, port: ["127.0.0.1"], secrets=[secret])

    @property
    def told(self) -> list[str]:
        """The datasets that were told of, in order."""
        return [json.loads(body)["dataset"]["name"] for _, _, body in self.got]

    def close(self) -> None:
        """End the server."""
        self.shutdown()
        self.server_close()
