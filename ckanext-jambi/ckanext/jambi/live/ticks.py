"""What the live room does by the clock: forget what nobody can ask for any more."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.harvest.model import push
from ckanext.jambi.live.model import signature
from ckanext.jambi.model import event
from ckanext.jambi.ticks import Tick

EVENTS_KEPT = timedelta(days=30)
PUSHES_KEPT = timedelta(days=30)
NOW = sa.func.clock_timestamp()


def forget() -> None:
    """Delete old events, keys of pushes that ended long ago, and signatures past their window."""
    for statement in (
        sa.delete(event).where(event.c.emitted_at < NOW - EVENTS_KEPT),
        sa.delete(push).where(push.c.ended_at < NOW - PUSHES_KEPT),
        sa.delete(signature).where(signature.c.expires_at < NOW),
    ):
        model.Session.execute(statement)
        model.Session.commit()


retention = Tick("live_retention", timedelta(hours=1), forget)
