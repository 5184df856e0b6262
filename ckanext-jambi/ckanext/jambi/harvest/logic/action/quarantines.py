"""Actions on held change sets."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, listed, plain
from ckanext.jambi.harvest.model import quarantine


@tk.side_effect_free
@tk.validate_action_data(schema.of_source)
def jambi_quarantine_list(context: Any, data_dict: Data) -> list[Data]:
    """List the held change sets of a source, newest first.

    Args:
        source_id (str): name or id of the source.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Returns:
        list: each with `id`, `run_id`, `reason`, `summary`, `samples`, `state` and `opened_at`.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_quarantine_list?source_id=bpbd-tma`
    """
    names = ("id", "run_id", "reason", "summary", "samples", "state", "opened_at")
    rows = listed("jambi_quarantine_list", quarantine, quarantine.c.opened_at.desc(), context, data_dict)
    return [plain(row, names) for row in rows]
