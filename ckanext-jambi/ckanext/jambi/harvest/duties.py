"""What the harvest room does by the clock: delete what stayed away too long, forget old runs.

Registered by the entry point group `jambi.ticks`.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.harvest import guard
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import ENDED_STATES, attempt, record, run
from ckanext.jambi.ticks import Tick

log = logging.getLogger(__name__)

KEEP_ATTEMPTS = timedelta(days=30)
KEEP_RUNS = timedelta(days=365)
AT_ONCE = 100


def bury() -> None:
    """Delete the datasets whose records stayed away until the end of their tombstone (never purged).

    A record is remembered as vanished for as long as deletions are summed, however short its grace was (P3).
    """
    over = sa.and_(record.c.tombstone_until <= clock.now(), record.c.package_id.is_not(None))
    query = sa.select(record.c.source_id, record.c.guid, record.c.package_id).where(over).limit(AT_ONCE)
    for row in model.Session.execute(query).all():
        _delete(row.package_id)
        own = sa.and_(record.c.source_id == row.source_id, record.c.guid == row.guid)
        model.Session.execute(sa.update(record).where(own).values(package_id=None))
        model.Session.commit()
        log.info("Dataset %s is deleted: its source no longer lists it", row.package_id)
    settled = record.c.missing_since <= clock.now() - guard.WINDOW
    model.Session.execute(sa.delete(record).where(record.c.package_id.is_(None), settled))
    model.Session.commit()


def _delete(package_id: str) -> None:
    """Delete a dataset; one that was purged by hand is gone already, and holds up no other."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    with suppress(tk.ObjectNotFound):
        tk.get_action("package_delete")({"ignore_auth": True, "user": user}, {"id": package_id})


def forget() -> None:
    """Forget requests after 30 days and runs after a year."""
    old = sa.select(run.c.id).where(run.c.finished_at < NOW - KEEP_ATTEMPTS)
    model.Session.execute(sa.delete(attempt).where(attempt.c.run_id.in_(old)))
    past = sa.and_(run.c.state.in_(ENDED_STATES), run.c.finished_at < NOW - KEEP_RUNS)
    model.Session.execute(sa.delete(run).where(past))
    model.Session.commit()


def schedule_stock() -> None:
    """Let sources of other harvesters run as their frequency says; ours have their own due times."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action("harvest_jobs_run")({"ignore_auth": True, "user": user}, {})


stock = Tick("harvest.stock", timedelta(minutes=1), schedule_stock)
tombstones = Tick("harvest.tombstones", timedelta(hours=1), bury)
retention = Tick("harvest.retention", timedelta(days=1), forget)
