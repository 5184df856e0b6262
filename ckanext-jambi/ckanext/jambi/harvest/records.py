"""Rows of `jambi_harvest_record`: what the portal holds of each record of a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi import outbox
from ckanext.jambi.harvest.model import record

_KEY = ("source_id", "guid")


def upsert(rows: Sequence[dict[str, Any]]) -> None:
    """Write rows on CKAN's session, by one statement for all that name the same columns."""
    for columns, some in groupby(sorted(rows, key=_columns), key=_columns):
        statement = insert(record).values(list(some))
        changed = {name: statement.excluded[name] for name in columns if name not in _KEY}
        model.Session.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))


def tombstoned(
    source_id: str, organization_id: str, package_id: str, until: datetime, *, public: bool
) -> outbox.Event:
    """Return the event of a dataset that its source no longer lists."""
    return outbox.Event(
        kind="dataset.tombstoned",
        package_id=package_id,
        organization_id=organization_id,
        source_id=source_id,
        payload={"until": until.isoformat()},
        public=public,
    )


def _columns(row: dict[str, Any]) -> list[str]:
    return sorted(row)
