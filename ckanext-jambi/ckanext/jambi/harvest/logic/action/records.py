"""Actions on the records of a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.harvest import diff
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, find_any_source, listed, plain
from ckanext.jambi.harvest.model import record
from ckanext.jambi.metadata.gap import Gap
from ckanext.jambi.metadata.helpers import jambi_gap_rows

FIELDS = (
    "guid",
    "package_id",
    "changed_at",
    "missing_since",
    "tombstone_until",
    "failures",
    "last_error",
)


@tk.side_effect_free
@tk.validate_action_data(schema.of_source)
def jambi_record_list(context: Any, data_dict: Data) -> list[Data]:
    """List what a source's records became, by guid.

    Args:
        source_id (str): name or id of the source.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Returns:
        list: each with `guid`, `package_id`, `changed_at`, `missing_since`, `tombstone_until`,
        `failures`, `last_error` and `gaps` (what the dataset misses to be public: `field`, `label`, `place`,
        `code`, `message`, `path`; null where nothing is missing).

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_record_list?source_id=bpbd-tma`
    """
    rows = listed("jambi_record_list", record, record.c.guid, context, data_dict)
    return [_shown(row, FIELDS) for row in rows]


@tk.side_effect_free
@tk.validate_action_data(schema.of_record)
def jambi_record_show(context: Any, data_dict: Data) -> Data:
    """Show what one record of a source became.

    Args:
        source_id (str): name or id of the source.
        guid (str): the record's id at the source; upper and lower case are one.

    Returns:
        dict: as in `jambi_record_list`, with `seen_at` (when the source listed it last, to the day),
        `kept_since` (a person keeps its dataset though the source lists it no more) and `retry_at`.

    Raises:
        NotFound: if there is no such source, or the source has no such record.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_record_show?source_id=bpbd-tma&guid=tma-1`
    """
    found = find_any_source(data_dict["source_id"])
    tk.check_access("jambi_record_show", context, {"source_id": found["source_id"]})
    own = sa.and_(record.c.source_id == found["source_id"], record.c.guid == diff.key(data_dict["guid"]))
    row = model.Session.execute(sa.select(record).where(own)).mappings().first()
    if row is None:
        raise tk.ObjectNotFound(tk._("This source has no such record."))
    return _shown(row, (*FIELDS, "seen_at", "kept_since", "retry_at"))


def _shown(row: Mapping[str, Any], names: tuple[str, ...]) -> Data:
    return plain(row, names) | {"gaps": _told(row["gaps"])}


def _told(stored: list[Data] | None) -> list[Data] | None:
    """Return gaps in the language of whoever asks."""
    return jambi_gap_rows([Gap(**each) for each in stored], "dataset") if stored else None
