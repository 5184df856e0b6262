"""Fixtures of the live tests: a source whose system signs its requests."""

from __future__ import annotations

import base64
import json
import runpy
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ckan import model

from ckanext.jambi import vault
from ckanext.jambi.live import signing
from ckanext.jambi.vault import keys

HARVEST = Path(__file__).parents[1] / "harvest" / "conftest.py"
sys.path[:0] = [str(Path(__file__).parent), str(HARVEST.parent)]
from signed_requests import SECRET, signed  # noqa: E402 - lies beside

# The fixtures of the harvest tests: an agency, its source, a worker's lane.
globals().update({name: one for name, one in runpy.run_path(str(HARVEST)).items() if name[0] != "_"})


@pytest.fixture(autouse=True)
def vault_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the vault a key."""
    monkeypatch.setenv(keys.VARIABLE, base64.b64encode(secrets.token_bytes(32)).decode())


@pytest.fixture
def open_door(agency: dict[str, Any], apply_source: Callable[..., str]) -> Callable[..., str]:
    """Return a function that makes a source with open doors and their secret."""

    def make(**over: Any) -> str:
        over.setdefault("trigger", {"webhook": True, "push": True, "every": "24h"})
        source_id = apply_source(**over)
        with model.meta.engine.begin() as connection:
            name = signing.secret_name(over.get("id", "uji-kunjungan"))
            vault.put(connection, agency["id"], name, SECRET, set_by="uji")
        return source_id

    return make


@pytest.fixture
def ping(app: Any) -> Callable[..., Any]:
    """Return a function that pings and returns the answer."""

    def send(body: bytes = b"", name: str = "uji-kunjungan", headers: Any = None, **over: Any) -> Any:
        return app.post(
            f"/api/jambi/ping/{name}", data=body, headers=headers or signed(body, **over), status=None
        )

    return send


@pytest.fixture
def push(app: Any) -> Callable[..., Any]:
    """Return a function that pushes rows and returns the answer."""

    def send(
        rows: Any,
        key: str,
        mode: str = "complete",
        name: str = "uji-kunjungan",
        media_type: str = "application/json",
        **headers: str,
    ) -> Any:
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        sent = {**signed(body), "Idempotency-Key": key, "Content-Type": media_type, **headers}
        return app.post(f"/api/jambi/push/{name}?mode={mode}", data=body, headers=sent, status=None)

    return send
