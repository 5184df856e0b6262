"""Settle a run that ends early: what the DataStore already shows must be described (HV23).

Rows commit in their own database before their metadata. A run that fails or is aborted between the
two has loads that are found there; their records are imported before the run ends, no others.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from ckanext.jambi.harvest import datastore, objects, rows
from ckanext.jambi.harvest.importer import Importer
from ckanext.jambi.harvest.model import incoming
from ckanext.jambi.harvest.work import Work


def settle(work: Work) -> None:
    """Import the records whose rows are loaded; hold everything else of the run."""
    with work.lease.transaction(state="finish") as connection:
        pending = rows.unsettled(connection, work.lease.run_id)
    loaded = [item.guid for item in pending if datastore.find(UUID(item.load_id))]
    if not loaded:
        return
    own = incoming.c.run_id == work.lease.run_id
    with work.lease.transaction(state="finish") as connection:
        connection.execute(sa.update(incoming).where(own, incoming.c.guid.not_in(loaded)).values(held=True))
        job_id = objects.ensure_job(connection, work.lease, work.now)
    Importer(work, job_id).run()
