"""Which links there are: the table follows the resources of CKAN, and a worker takes the link that is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Engine

from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import host, link
from ckanext.jambi.ticks import Tick

HELD = timedelta(minutes=10)
"""A worker that dies over a link delays its next look by this."""

# Files and tables that lie in the portal, and addresses of the portal itself, are no links.
_WANTED = """
    SELECT r.id, r.package_id, r.url, lower(substring(r.url FROM '^https?://(?:[^/?#]*@)?([^/:?#]+)')) AS host
    FROM resource r JOIN package p ON p.id = r.package_id
    WHERE r.state = 'active' AND p.state = 'active' AND p.type = 'dataset' AND r.url ~ '^https?://'
        AND coalesce(r.url_type, '') NOT IN ('upload', 'datastore')
        AND coalesce(nullif(r.extras, '')::jsonb ->> 'datastore_active', 'false') <> 'true'
        AND NOT starts_with(r.url, :site)
"""
_GONE = sa.text(
    f"DELETE FROM jambi_harvest_link l WHERE NOT EXISTS"  # noqa: S608 - no value is put in
    f" (SELECT FROM ({_WANTED}) w WHERE w.id = l.resource_id AND w.url = l.url)"
)
_NEW = sa.text(
    f"INSERT INTO jambi_harvest_link (resource_id, package_id, url, host) {_WANTED} ON CONFLICT DO NOTHING"
)


def follow() -> None:
    """Let the table follow the resources: a link to another address is a new one."""
    site = {"site": tk.config["ckan.site_url"].rstrip("/") + "/"}
    model.Session.execute(_GONE, site)
    model.Session.execute(_NEW, site)
    model.Session.commit()


tick = Tick("harvest.links", timedelta(minutes=1), follow)


def take(engine: Engine) -> dict[str, Any] | None:
    """Take the link that waits longest, with how long its content was left alone.

    One whose host has been asked just now waits, and with it no worker.
    """
    asked = sa.exists().where(host.c.host == link.c.host, host.c.free_at > NOW)
    waits = (
        sa.select(link.c.resource_id)
        .where(link.c.next_at <= NOW, sa.not_(asked))
        .order_by(link.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = sa.update(link).where(link.c.resource_id == waits).values(next_at=NOW + HELD)
    with engine.begin() as connection:
        unread_for = NOW - (link.c.content_at - link.c.rest)
        found = connection.execute(taken.returning(link, unread_for.label("unread_for")))
        row = found.mappings().first()
    return dict(row) if row else None
