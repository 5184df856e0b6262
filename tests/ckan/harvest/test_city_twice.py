"""HV01 over all sources of the demonstration: read whole a second time, they write nothing that anybody sees.

.venv/bin/pytest -s tests/ckan/harvest/test_city_twice.py     prints what was asked and written
"""

from __future__ import annotations

import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from counting import OF_THE_RUN, statements, written
from harvest_source import PLUGINS, count, site_context

from ckanext.jambi.demo_city.__main__ import server_for
from ckanext.jambi.demo_city.app import create_app
from ckanext.jambi.harvest import connections, sources
from ckanext.jambi.metadata import seeding
from jambi_harvesters import definition as definitions

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
DEFINITIONS = sorted((Path(__file__).parents[3] / "config" / "sources").glob("*.yaml"))
INSTANT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
STATEMENTS_A_SOURCE = 50


@pytest.fixture(scope="module")
def city() -> Iterator[str]:
    """Return the address of a demo city whose clock stands still."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_for(create_app(now=lambda: INSTANT), listener)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def all_sources(city: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of all sources of the demonstration, approved."""
    monkeypatch.setitem(tk.config, "ckanext.jambi.harvest.demo_city_url", city)
    seeding.seed_organizations()
    with model.meta.engine.begin() as connection:
        connections.allow_demo_city(connection)
    wanted = [definitions.load(path) for path in DEFINITIONS]
    return [sources.apply(one, site_context(), approve_by="uji").source_id for one in wanted]


def test_hv01_second_run_of_all_sources_writes_nothing(
    all_sources: list[str], harvest: Callable[..., dict[str, Any]]
) -> None:
    first = Counter(harvest(one, mode="complete")["state"] for one in all_sources)
    assert first == {"succeeded": len(DEFINITIONS)}
    assert count("package", "type = 'dataset' AND state = 'active' AND NOT private") == len(DEFINITIONS)
    before = written()
    with statements(model.meta.engine, get_write_engine()) as seen:
        second = Counter(harvest(one, mode="complete")["state"] for one in all_sources)
    rows = written() - before
    told = f"{len(DEFINITIONS)} sources read whole again: {len(seen)} statements; rows written: {dict(rows)}"
    sys.stdout.write(f"\n{told}\n")
    assert second == {"unchanged": len(DEFINITIONS)}
    assert set(rows) <= OF_THE_RUN
    assert len(seen) <= STATEMENTS_A_SOURCE * len(DEFINITIONS)
