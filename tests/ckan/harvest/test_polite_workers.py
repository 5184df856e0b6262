"""Section 13: several workers together ask a host no faster, and at no more connections, than it allows."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest
from harvest_source import PLUGINS, Handler, count
from paged_list import PAGES, Town, definition
from processes import eventually, running

from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
SOURCES, WORKERS = 6, 3
ONCE = {"every": "24h", "adaptive": False}
RPS, WINDOW_SECONDS, CONNECTIONS = 2, 10, 2


class Log:
    """What the server saw: when each request came, and how many it answered at once."""

    def __init__(self, source: Any) -> None:
        self.at: list[float] = []
        self.most = self._now = 0
        self._lock = threading.Lock()
        self._list = Town(source)
        source.behaviours["/list"] = self

    def __call__(self, handler: Handler) -> None:
        with self._lock:
            self.at.append(time.monotonic())
            self._now += 1
            self.most = max(self.most, self._now)
        threading.Event().wait(0.05)
        self._list(handler)
        with self._lock:
            self._now -= 1

    def busiest(self) -> int:
        """Return the most requests of any window."""
        times = sorted(self.at)
        return max(sum(begin <= at < begin + WINDOW_SECONDS for at in times) for begin in times)


def test_no_window_of_ten_seconds_sees_more_than_a_host_allows(
    source: Any, apply_source: Any, app: Any
) -> None:
    log = Log(source)
    for at in range(SOURCES):
        raw = definition(source) | {"id": f"uji-{at}", "polite": {"max_rps": RPS}, "trigger": ONCE}
        apply_source(raw)
    with running(*[lambda: Worker(app.flask_app, owner=str(os.getpid())).serve()] * WORKERS):
        eventually(lambda: count("jambi_harvest_run", "state = 'succeeded'") == SOURCES, 120)
    assert len(log.at) == SOURCES * PAGES
    print(f"\n  {log.busiest()} requests in the busiest {WINDOW_SECONDS} s, {log.most} at once")  # noqa: T201
    assert log.busiest() <= RPS * WINDOW_SECONDS + 1
    assert log.most <= CONNECTIONS
