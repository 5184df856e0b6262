"""Actions on the records of a source."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, listed, plain
from ckanext.jambi.harvest.model import record


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
        `failures`, `last_error` and `gaps` (what the dataset misses to be public, or null).

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_record_list?source_id=bpbd-tma`
    """
    names = (
        "guid",
        "package_id",
        "changed_at",
        "missing_since",
        "tombstone_until",
        "failures",
        "last_error",
        "gaps",
    )
    rows = listed("jambi_record_list", record, record.c.guid, context, data_dict)
    return [plain(row, names) for row in rows]
