"""A real HTTP server on loopback that takes what apprise posts as JSON, or answers as a test says."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import vault
from ckanext.jambi.harvest.model import target
from ckanext.jambi.vault import keys

HOST = "127.0.0.1"


class ChatServer:
    """The server: `taken` holds (path, message); `statuses` maps a path to the answer it gives."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.statuses: dict[str, int] = {}
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def address(self, token: str, host: str = HOST) -> str:
        """Return the address of a recipient, as apprise spells it."""
        return f"json://{host}:{self.port}/{token}"

    def stop(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                path = self.path.strip("/")
                status = outer.statuses.get(path, 200)
                if status == 200:
                    outer.taken.append((path, message))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def served(monkeypatch: Any, allowed: str = "notices-uji") -> Iterator[ChatServer]:
    """Yield a server on the allowlist, beside a vault with a key."""
    running = ChatServer()
    monkeypatch.setenv(keys.VARIABLE, base64.b64encode(secrets.token_bytes(32)).decode())
    row = {"name": allowed, "host": HOST, "cidr": f"{HOST}/32", "port": running.port, "path_prefix": "/"}
    with model.meta.engine.begin() as connection:
        made = row | {"reason": "uji", "created_by": "uji", "created_at": sa.func.now()}
        connection.execute(sa.insert(target).values(**made))
    yield running
    running.stop()


def keep(organization_id: str, name: str, address: str) -> None:
    """Keep an address in the vault of an organization."""
    with model.meta.engine.begin() as connection:
        vault.put(connection, organization_id, name, address, set_by="uji")
