"""Ask sources that failed whether they answer again, one cheap request every five minutes (HV27).

A probe is taken by moving its next time ahead, so that of any number of workers one asks and a worker
that dies over it delays the next probe by five minutes at most.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Engine

from ckanext.jambi import clock, outbox
from ckanext.jambi.harvest import breaker, schedule
from ckanext.jambi.harvest.connections import open_connector
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import source
from jambi_harvesters.definition import parse
from jambi_harvesters.errors import HarvesterError

log = logging.getLogger(__name__)


def probe_next(engine: Engine) -> bool:
    """Probe the source that waits longest for it; return whether there was one."""
    own = _take(engine)
    if own is None:
        return False
    answers = _answers(engine, own)
    with engine.begin() as connection:
        values = _values(own, answers, connection.execute(sa.select(NOW)).scalar_one())
        connection.execute(sa.update(source).where(source.c.source_id == own["source_id"]).values(**values))
    if not answers and breaker.opens(own["failures"], own["probe_failures"] or 0, probe=True):
        outbox.emit(down_event(own, own["source_id"], None, "source_down"))
        model.Session.commit()
    return True


def down_event(own: Any, source_id: str, organization_id: str | None, code: str | None) -> outbox.Event:
    """Return the event of a source that is down."""
    return outbox.Event(
        kind="source.down",
        organization_id=organization_id,
        source_id=source_id,
        payload={"source": own["name"], "code": code},
        public=True,
    )


def _take(engine: Engine) -> dict[str, Any] | None:
    waits = (
        sa.select(source.c.source_id)
        .where(source.c.probe_at <= NOW, source.c.state == "active")
        .order_by(source.c.probe_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    with engine.begin() as connection:
        found = connection.execute(
            sa.update(source)
            .where(source.c.source_id == waits)
            .values(probe_at=NOW + breaker.PROBE_EVERY)
            .returning(source)
        )
        row = found.mappings().first()
    return dict(row) if row else None


def _answers(engine: Engine, own: dict[str, Any]) -> bool:
    try:
        definition = parse(own["definition"], origin=own["origin"])
        open_connector(engine, definition, clock.now(), attempts=1).connector.reach()
    except HarvesterError as err:
        log.info("Source %s does not answer: %s", own["name"], err)
        return False
    return True


def _values(own: dict[str, Any], answers: bool, now: datetime) -> dict[str, Any]:
    if not answers:
        return {"probe_failures": (own["probe_failures"] or 0) + 1}
    quiet = parse(own["definition"], origin=own["origin"]).polite.quiet_hours
    return {"probe_failures": 0, "next_due_at": schedule.after_quiet(quiet, now)}
