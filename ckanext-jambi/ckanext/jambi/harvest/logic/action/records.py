"""Actions on the records of a source."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, listed, plain
from ckanext.jambi.harvest.model import record
from ckanext.jambi.metadata.gap import Gap
from ckanext.jambi.metadata.helpers import jambi_gap_rows


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
    names = (
        "guid",
        "package_id",
        "changed_at",
        "missing_since",
        "tombstone_until",
        "failures",
        "last_error",
    )
    rows = listed("jambi_record_list", record, record.c.guid, context, data_dict)
    return [plain(row, names) | {"gaps": _told(row["gaps"])} for row in rows]


def _told(stored: list[Data] | None) -> list[Data] | None:
    """Return gaps in the language of whoever asks."""
    return jambi_gap_rows([Gap(**each) for each in stored], "dataset") if stored else None
