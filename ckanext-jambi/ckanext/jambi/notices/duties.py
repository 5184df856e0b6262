"""What the notices room does by the clock; registered by the entry point group `jambi.ticks`."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.notices import digest, reading, sending
from ckanext.jambi.notices.model import notice
from ckanext.jambi.ticks import Tick

KEEP = timedelta(days=365)
PLUGIN = "jambi_notices"


def read() -> None:
    """Make notices of what happened, and digests that are due."""
    if p.plugin_loaded(PLUGIN):
        reading.read_events()
        digest.make_due()


def send() -> None:
    """Send what waits."""
    if p.plugin_loaded(PLUGIN):
        sending.send_due()


def forget() -> None:
    """Forget notices after a year."""
    if p.plugin_loaded(PLUGIN):
        model.Session.execute(sa.delete(notice).where(notice.c.created_at < sa.func.now() - KEEP))
        model.Session.commit()


reader = Tick("notices.read", timedelta(seconds=30), read)
sender = Tick("notices.send", timedelta(seconds=30), send)
retention = Tick("notices.retention", timedelta(days=1), forget)
