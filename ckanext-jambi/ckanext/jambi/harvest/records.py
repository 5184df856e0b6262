"""Rows of `jambi_harvest_record`: what the portal holds of each record of a source."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.harvest.model import record

_KEY = ("source_id", "guid")


def upsert(rows: Sequence[dict[str, Any]]) -> None:
    """Write rows on CKAN's session, by one statement for all that name the same columns."""
    for columns, some in groupby(sorted(rows, key=_columns), key=_columns):
        statement = insert(record).values(list(some))
        changed = {name: statement.excluded[name] for name in columns if name not in _KEY}
        model.Session.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))


def _columns(row: dict[str, Any]) -> list[str]:
    return sorted(row)
