"""Settle a run that ends early: what the DataStore already shows must be described (HV23).

Rows commit in their own database before their metadata. A run that fails or is aborted between the
two has loads that are found there; their records are imported before the run ends, no others.
"""

from __future__ import annotations

from uuid import UUID

from ckanext.jambi.harvest import datastore, rows
from ckanext.jambi.harvest.importer import Importer
from ckanext.jambi.harvest.work import Work


def settle(work: Work) -> None:
    """Import the records whose rows are loaded, and no others; repeated after a kill, it finds the same."""
    with work.lease.transaction() as connection:
        pending = rows.unsettled(connection, work.lease.run_id)
    loaded = [item.guid for item in pending if datastore.find(UUID(item.load_id))]
    if loaded:
        Importer(work, only=loaded).run()
