"""`/health/live` and `/health/ready` tell balancers whether to send readers here (RL17)."""

from __future__ import annotations

import time
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from counting import statements

from ckanext.jambi.health import LIVE, READY, HealthDoor

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.mark.parametrize(("path", "text"), [(LIVE, "live\n"), (READY, "ready\n")])
def test_rl17_health_says_so_and_nothing_else(app: Any, path: str, text: str) -> None:
    answer = app.get(path)
    assert (answer.status_code, answer.body) == (200, text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert "ckan" not in str(answer.headers).lower()


def test_rl17_health_takes_milliseconds(app: Any) -> None:
    spent = []
    for _ in range(20):
        before = time.perf_counter()
        app.get(READY)
        spent.append(time.perf_counter() - before)
    assert sorted(spent)[len(spent) // 2] <= 0.05


def test_rl17_a_process_without_its_database_lives_and_is_not_ready() -> None:
    door = HealthDoor(lambda *_: [], "postgresql://nobody@127.0.0.1:1/none")
    assert _ask(door, LIVE) == "200 OK"
    assert _ask(door, READY) == "503 Service Unavailable"


def test_rl17_live_asks_the_database_nothing(app: Any) -> None:
    with statements() as asked:
        app.get(LIVE)
    assert asked == []


def _ask(door: HealthDoor, path: str) -> str:
    environ: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    told: list[str] = []
    b"".join(door(environ, lambda status, *_: told.append(status)))  # type: ignore[arg-type, return-value]
    return told[0]
