"""What the live room does by the clock: deliver to webhooks, and forget what nobody can
ask for any more."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.harvest.model import push
from ckanext.jambi.live import laying_out, sending
from ckanext.jambi.live.model import delivery, signature
from ckanext.jambi.model import event
from ckanext.jambi.ticks import Tick

EVENTS_KEPT = timedelta(days=30)
PUSHES_KEPT = timedelta(days=30)
DELIVERIES_KEPT = timedelta(days=30)
PLUGIN = "jambi_live"
NOW = sa.func.clock_timestamp()


def forget() -> None:
    """Delete old events and deliveries, keys of pushes that ended long ago, signatures past their window."""
    for statement in (
        sa.delete(event).where(event.c.emitted_at < NOW - EVENTS_KEPT),
        sa.delete(push).where(push.c.ended_at < NOW - PUSHES_KEPT),
        sa.delete(delivery).where(delivery.c.ended_at < NOW - DELIVERIES_KEPT),
        sa.delete(signature).where(signature.c.expires_at < NOW),
    ):
        model.Session.execute(statement)
        model.Session.commit()


def deliver() -> None:
    """Lay new events out for the webhooks that want them, and send what is due."""
    if p.plugin_loaded(PLUGIN):
        laying_out.lay_out(model.meta.engine)
        sending.send_due(model.meta.engine, sending.guarded_clients())


webhooks = Tick("live_webhooks", timedelta(seconds=5), deliver)
retention = Tick("live_retention", timedelta(hours=1), forget)
