"""The demo city at chosen instants: as a WSGI application, and on a loopback port for real connectors."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client

from ckanext.jambi.demo_city.__main__ import server_for
from ckanext.jambi.demo_city.app import App, create_app
from ckanext.jambi.demo_city.city import City
from ckanext.jambi.demo_city.content import Series
from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.demo_city.periods import DAY, HALF_DAY, MONTH, WEEK
from ckanext.jambi.demo_city.source import Source
from ckanext.jambi.metadata import areas, code_lists, opd
from jambi_harvesters import definition as definitions_of
from jambi_harvesters import http
from jambi_harvesters.definition import Definition
from jambi_harvesters.sources import connector_for

SHORT_SINCE = {
    HALF_DAY: date(2026, 6, 1),
    DAY: date(2026, 6, 1),
    WEEK: date(2026, 1, 1),
    MONTH: date(2026, 1, 1),
}
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self) -> None:
        self.instant = NOW

    def __call__(self) -> datetime:
        return self.instant


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def city(hands: Hands) -> City:
    return City(now=hands)


@pytest.fixture
def app(hands: Hands, tmp_path: Path) -> App:
    return create_app(now=hands, drop=tmp_path, control=True)


@pytest.fixture(scope="session")
def steady() -> Client:
    """A browser before a city that no test changes."""
    return Client(create_app(now=Hands(), control=True))


@pytest.fixture
def browser(app: App) -> Client:
    return Client(app)


@contextmanager
def on_loopback(app: App) -> Iterator[int]:
    """Serve an application on a free port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_for(app, listener)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def live() -> Iterator[Any]:
    """A city with short histories for all tests that read it through the connectors."""
    hands = Hands()
    app = App(City(now=hands, sources=tuple(map(shortened, SOURCES))), None, control=True)
    with on_loopback(app) as port:
        yield SimpleNamespace(port=port, hands=hands, app=app)


@pytest.fixture(scope="session")
def whole() -> Iterator[Any]:
    """The city as it is, at one instant."""
    app = create_app(now=Hands())
    with on_loopback(app) as port:
        yield SimpleNamespace(port=port, app=app)


def shortened(source: Source) -> Source:
    """Return a source whose series begins in the year of the test, so that reading it takes no time."""
    content = source.content
    if not isinstance(content, Series) or content.step not in SHORT_SINCE:
        return source
    first = max(content.first, SHORT_SINCE[content.step])
    return replace(source, content=replace(content, first=first))


Serve = Callable[[App], Any]


@pytest.fixture
def serve() -> Serve:
    return on_loopback


FOLDER = Path(__file__).parents[3] / "config" / "sources"
DEMO_HOST = "kota-peraga.invalid"


def _area_name(code: str) -> str | None:
    found = areas.area(code)
    return found.name if found else None


RESOLVERS = {
    "area": areas.area_code,
    "area_name": _area_name,
    "area_bps": areas.bps_code,
    "organization": opd.opd_slug,
}


class NoLimit:
    """Polite limits are the harvester's concern; a test does not wait for them."""

    def reserve(self, host: str, max_rps: float) -> float:
        return 0.0


@dataclass(frozen=True)
class Read:
    """What a connector made of a source."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    hash: str
    complete: bool
    problem: Any
    warnings: Counter[str]
    record: Any


def load_all() -> dict[str, Definition]:
    """Return the definitions of the repository by dataset name."""
    found = [definitions_of.load(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {str(one.dataset.name): one for one in found}


def read(definition: Definition, port: int, now: datetime, params: dict[str, str] | None = None) -> Read:
    """Read a source that is served on a loopback port."""
    base_url = definition.client.base_url.replace(DEMO_HOST, f"{DEMO_HOST}:{port}")
    asked = {**definition.endpoint.params, **(params or {})}
    definition = replace(
        definition,
        client=replace(definition.client, base_url=base_url),
        endpoint=replace(definition.endpoint, params=asked),
    )
    target = http.Target("kota-peraga", DEMO_HOST, "127.0.0.0/8", port)
    policy = http.Policy(max_bytes=50_000_000, targets=(target,), demo=True)
    client = http.Client(
        policy, resolver=lambda host, at: ["127.0.0.1"], sleep=lambda seconds: None, limiter=NoLimit()
    )
    connector = connector_for(definition)(
        definition, client, now=now, resolvers=RESOLVERS, code_lists=code_lists.values
    )
    return _joined(list(connector.pages(None)))


def _joined(pages: Sequence[Any]) -> Read:
    records = [record for page in pages for record in page.records]
    last, record = pages[-1], records[-1]
    return Read(
        columns=tuple(column.name for column in record.rows.columns),
        rows=[row for one in records for row in one.rows.rows],
        hash=record.content_hash,
        complete=last.complete,
        problem=last.problem,
        warnings=Counter(warning.code for one in records for warning in one.warnings),
        record=record,
    )


@pytest.fixture(scope="session")
def definitions() -> dict[str, Definition]:
    return load_all()


@pytest.fixture(scope="session")
def reading(live: Any, whole: Any, definitions: dict[str, Definition]) -> Callable[[str, datetime], Read]:
    """Return what a source held at an instant, read once for all tests; whole histories at `NOW`."""

    @cache
    def reading(name: str, instant: datetime) -> Read:
        live.hands.instant = instant
        port = whole.port if instant == NOW else live.port
        return read(definitions[name], port, instant)

    return reading


@pytest.fixture(scope="session")
def reader() -> Callable[..., Read]:
    return read
