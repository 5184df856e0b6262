"""Open the connector of a source: its policy, its allowlisted targets, its record of requests.

The simulated city has the reserved host name `kota-peraga.invalid`; where the option
`ckanext.jambi.harvest.demo_city_url` is set, that name leads to its loopback address and nowhere else.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi.harvest import config
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import target
from ckanext.jambi.harvest.work import Work
from ckanext.jambi.metadata.areas import area_code
from ckanext.jambi.metadata.opd import opd_slug
from jambi_harvesters.addresses import resolve
from jambi_harvesters.definition import Definition
from jambi_harvesters.http import Attempt, Client, Policy, Target
from jambi_harvesters.limiter import LocalLimiter
from jambi_harvesters.sources import connector_for

DEMO_HOST = "kota-peraga.invalid"
DOCUMENT_BYTES = 50 * 10**6
RESOLVERS = {"area": area_code, "organization": opd_slug}

_limiter = LocalLimiter(time.monotonic)


@dataclass(slots=True)
class Connected:
    """A connector ready to be asked, and what was asked so far."""

    connector: Any
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def record(self, attempt: Attempt) -> None:
        """Keep one request (the client's `Recorder`)."""
        self.attempts.append(dataclasses.asdict(attempt))


@contextmanager
def connect(work: Work) -> Iterator[Connected]:
    """Open the connector of a run's source."""
    yield open_connector(work.lease.engine, work.definition, work.now)


def open_connector(engine: Engine, definition: Definition, now: Any) -> Connected:
    """Return a connector whose every request is judged and recorded."""
    definition = with_demo_port(definition)
    with engine.connect() as connection:
        targets = targets_of(connection, definition)
    connected = Connected(None)
    client = Client(policy_of(definition, targets), resolver=_resolve, recorder=connected, limiter=_limiter)
    connected.connector = connector_for(definition)(
        definition, client, now=now, cursor=None, secrets={}, resolvers=RESOLVERS
    )
    return connected


def policy_of(definition: Definition, targets: Sequence[Target]) -> Policy:
    """Return the limits of a source."""
    polite, guard = definition.polite, definition.guard
    return Policy(
        max_bytes=polite.max_bytes or DOCUMENT_BYTES,
        timeout=polite.timeout.total_seconds(),
        deadline=polite.deadline.total_seconds(),
        run_deadline=polite.run_deadline.total_seconds(),
        max_rps=polite.max_rps,
        targets=tuple(targets),
        content_types=guard.content_types,
        user_agent=f"{tk.config['ckan.site_title']} ({tk.config['ckan.site_url']}/about)",
        demo=config.loopback_allowed(),
        ca_file=guard.tls.get("ca_file"),
        sha256=guard.tls.get("sha256"),
    )


def targets_of(connection: Connection, definition: Definition) -> list[Target]:
    """Return the allowlist rows that this source may use: those it names, and those of its own host."""
    host = (urlsplit(definition.client.base_url).hostname or "").casefold()
    named = sa.or_(target.c.name == definition.guard.internal_target, sa.func.lower(target.c.host) == host)
    valid = sa.or_(target.c.expires_at.is_(None), target.c.expires_at > NOW)
    rows = connection.execute(sa.select(target).where(named, valid))
    return [Target(row.name, row.host, row.cidr, row.port, row.path_prefix) for row in rows]


def with_demo_port(definition: Definition) -> Definition:
    """Return the definition with the simulated city's port in its address, where that city is meant."""
    parts, city = urlsplit(definition.client.base_url), config.demo_city_url()
    if not city or parts.hostname != DEMO_HOST:
        return definition
    netloc = f"{DEMO_HOST}:{urlsplit(city).port}"
    client = dataclasses.replace(definition.client, base_url=urlunsplit(parts._replace(netloc=netloc)))
    return dataclasses.replace(definition, client=client)


def _resolve(host: str, port: int) -> Sequence[str]:
    city = config.demo_city_url()
    if city and host == DEMO_HOST:
        return [urlsplit(city).hostname or ""]
    return resolve(host, port)
