"""One connection-level transaction for many CKAN actions (importer.md, recipe 2 and 5).

CKAN's actions commit and roll back the scoped session as they like. Inside `batch_transaction`
that session sits on savepoints of one connection: a commit releases a savepoint, a rollback
returns to it, and only the end of the block commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.leases import Lease


@contextmanager
def batch_transaction(lease: Lease, **values: Any) -> Iterator[Connection]:
    """Bind CKAN's scoped session to a fenced transaction for the length of the block.

    Raises:
        LeaseLostError: if the run is no longer ours; nothing of the block is kept.
    """
    model.Session.remove()
    try:
        with lease.transaction(**values) as connection:
            model.Session(bind=connection, join_transaction_mode="create_savepoint")
            yield connection
            model.Session.commit()
            model.Session.remove()
    finally:
        model.Session.remove()


def assert_bound(connection: Connection) -> None:
    """Fail loudly if somebody's hook removed the session and with it left our transaction."""
    if model.Session().get_bind() is not connection:
        raise RuntimeError("A plugin removed CKAN's session inside a harvest batch.")
