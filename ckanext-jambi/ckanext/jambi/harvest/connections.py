"""Open the connector of a source: its policy, its allowlisted targets, its record of requests.

The simulated city has the reserved host name `kota-peraga.invalid`; where the option
`ckanext.jambi.harvest.demo_city_url` is set, that name leads to its loopback address and nowhere else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi.harvest import config
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import target
from ckanext.jambi.harvest.politeness import SharedLimiter
from ckanext.jambi.harvest.revealing import secrets_of
from ckanext.jambi.metadata import code_lists
from ckanext.jambi.metadata.areas import area, area_code, bps_code
from ckanext.jambi.metadata.opd import opd_slug
from ckanext.jambi.metadata.vocabularies import normalise
from jambi_harvesters.addresses import resolve
from jambi_harvesters.definition import Definition
from jambi_harvesters.http import Attempt, Client, Target
from jambi_harvesters.sources import connector_for, policy_for

DEMO_HOST = "kota-peraga.invalid"
DEMO_TARGET = "kota-peraga"


@dataclass(slots=True)
class Connected:
    """A connector ready to be asked, and what was asked so far, by this process and those before it."""

    connector: Any
    attempts: list[dict[str, Any]] = field(default_factory=list)
    asked_before: int = 0
    received_before: int = 0

    def record(self, attempt: Attempt) -> None:
        """Keep one request (the client's `Recorder`)."""
        self.attempts.append(dataclasses.asdict(attempt))


def open_connector(
    engine: Engine,
    definition: Definition,
    now: datetime,
    known_columns: Sequence[str] | None = None,
    cursor: Any = None,
    attempts: int = 5,
    *,
    trusted: bool = False,
    most_seconds: float | None = None,
) -> Connected:
    """Return a connector whose every request is judged and recorded.

    Args:
        known_columns: columns that a steward has seen; others are judged by `schema.contract`.
        cursor: where a reading of changes begins; None reads the whole list.
        trusted: whoever asks may use the secrets of a definition that is not applied (`revealing`).
        attempts: how often a request is tried.
        most_seconds: how long all requests together may take, if less than the definition allows.
    """
    definition = for_demo_city(definition)
    secrets = secrets_of(engine, definition, trusted=trusted)
    kind = connector_for(definition)
    with engine.connect() as connection:
        targets = allowed_targets(connection)
    policy = policy_for(
        definition, kind, targets=targets, user_agent=user_agent(), demo=config.loopback_allowed()
    )
    seconds = min(policy.run_deadline, most_seconds or policy.run_deadline)
    policy = dataclasses.replace(policy, attempts=attempts, run_deadline=seconds)
    connected = Connected(None)
    client = Client(
        policy,
        resolver=resolver,
        recorder=connected,
        limiter=SharedLimiter(engine),
        secrets=tuple(secrets.values()),
    )
    connected.connector = kind(
        definition,
        client,
        now=now,
        secrets=secrets,
        resolvers=RESOLVERS,
        code_lists=code_lists.values,
        files=config.snapshot_folder(),
        known_columns=known_columns,
        cursor=cursor,
    )
    return connected


def allowed_targets(connection: Connection) -> list[Target]:
    """Return the rows of the allowlist that have not expired."""
    valid = sa.or_(target.c.expires_at.is_(None), target.c.expires_at > NOW)
    rows = connection.execute(sa.select(target).where(valid))
    return [Target(row.name, row.host, row.cidr, row.port, row.path_prefix) for row in rows]


def user_agent() -> str:
    """Return the name under which the portal asks, with a page that tells who it is."""
    return f"{tk.config['ckan.site_title']} ({tk.config['ckan.site_url']}/about)"


def with_demo_port(url: str) -> str:
    """Return an address; one of the simulated city with the port at which it answers now."""
    parts, city = urlsplit(url), config.demo_city_url()
    if not city or parts.hostname != DEMO_HOST:
        return url
    return urlunsplit(parts._replace(netloc=f"{DEMO_HOST}:{urlsplit(city).port}"))


def for_demo_city(definition: Definition) -> Definition:
    """Return the definition with the simulated city's port and allowlist row, where that city is meant."""
    parts, city = urlsplit(definition.client.base_url), config.demo_city_url()
    if not city or parts.hostname != DEMO_HOST:
        return definition
    address = with_demo_port(definition.client.base_url)
    return dataclasses.replace(
        definition,
        client=dataclasses.replace(definition.client, base_url=address),
        guard=dataclasses.replace(definition.guard, internal_target=DEMO_TARGET),
    )


def allow_demo_city(connection: Connection) -> None:
    """Put the launcher's own row into the allowlist: the simulated city, at its present port."""
    city = config.demo_city_url()
    if not city:
        return
    parts = urlsplit(city)
    values = {
        "host": DEMO_HOST,
        "cidr": f"{parts.hostname}/32",
        "port": parts.port,
        "path_prefix": "/",
        "reason": "The simulated city of this demonstration",
        "created_by": "launcher",
        "created_at": NOW,
    }
    connection.execute(
        insert(target)
        .values(name=DEMO_TARGET, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def _area_name(code: str) -> str | None:
    found = area(code)
    return found.name if found else None


def own_site(text: str) -> str | None:
    """Return the id of this portal if a text is that id or one of its addresses."""
    site_id: str = tk.config["ckan.site_id"]
    if text == site_id:
        return site_id
    try:
        host = urlsplit(text).hostname
    except ValueError:
        return None
    return site_id if host and host == urlsplit(tk.config["ckan.site_url"]).hostname else None


def resolver(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host; the simulated city's name leads to its loopback address."""
    city = config.demo_city_url()
    if city and host == DEMO_HOST:
        return [urlsplit(city).hostname or ""]
    return resolve(host, port)


RESOLVERS: dict[str, Any] = {
    "area": area_code,
    "area_name": _area_name,
    "area_bps": bps_code,
    "organization": opd_slug,
    "frequency": partial(normalise, "frekuensi"),
    "vocabulary": normalise,
    "own_site": own_site,
}
