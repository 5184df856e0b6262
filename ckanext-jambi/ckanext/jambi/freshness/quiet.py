"""Measure DataStore tables once they rest: a table filled in many calls counts once (specification 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.jambi.freshness import config, content, evidence, uploads
from ckanext.jambi.freshness.model import observation, pending
from ckanext.jambi.ticks import Tick

_AT_ONCE = 20


def measure() -> None:
    """Measure the tables whose last write is long enough ago; each is committed by itself."""
    while due := _due():
        _measure(due)
        model.Session.commit()
        search.rebuild(due["package_id"])


tick = Tick("freshness.datastore", timedelta(seconds=20), measure)


def _due() -> Any:
    """Take one table that rests; another worker skips it while this transaction lasts."""
    rested = pending.c.quiet_from <= sa.func.clock_timestamp() - config.quiet()
    query = sa.select(pending).where(rested).order_by(pending.c.quiet_from).limit(1)
    return model.Session.execute(query.with_for_update(skip_locked=True)).mappings().first()


def _measure(due: Any) -> None:
    resource = model.Session.get(model.Resource, due["resource_id"])
    if resource is not None and resource.state == "active":
        measured = content.of_datastore(resource.id, content.Declared.of(resource.extras))
        if measured and measured.hash != _last_hash(resource.id):
            by = (due["actor_id"], due["actor_class"])
            seen = uploads.observation(
                "datastore", resource.package_id, resource.id, measured, by, due["touched_at"]
            )
            evidence.observe([seen])
    model.Session.execute(sa.delete(pending).where(pending.c.resource_id == due["resource_id"]))


def _last_hash(resource_id: str) -> str | None:
    query = sa.select(observation.c.content_hash).where(observation.c.resource_id == resource_id)
    return model.Session.scalar(query.order_by(observation.c.seq.desc()).limit(1))
