"""Who is told about a source, asked by the room that writes notices."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi.harvest import breaker, status
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, find_any_source
from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import DefinitionError, Notify


@tk.side_effect_free
@tk.validate_action_data(schema.source_id)
def jambi_source_notify_show(context: Any, data_dict: Data) -> Data:
    """Show who is told about a source, and what a notice says of how it stands.

    Args:
        id (str): name or id of the source.

    Returns:
        dict: `id`, `name`, `title`, `organization_id`, `health`, `down_since`, `last_good_at` (ISO 8601 or
        null), and `to`, `on`, `digest` as the definition says under `notify`.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_source_notify_show?id=bpbd-tma`
    """
    own = find_any_source(data_dict["id"])
    tk.check_access("jambi_source_notify_show", context, {"source_id": own["source_id"]})
    package = model.Package.get(own["source_id"])
    stated = _stated(own)
    return {
        "id": own["source_id"],
        "name": own["name"],
        "title": package.title or own["name"],
        "organization_id": package.owner_org,
        "health": breaker.health(own["state"], own["failures"], own["probe_failures"] or 0).value,
        "down_since": status.iso(own["down_since"]),
        "last_good_at": status.iso(own["checked_at"]),
        "to": list(stated.to),
        "on": list(stated.on),
        "digest": stated.digest,
    }


def _stated(own: Data) -> Notify:
    """Return what the definition says; one that became invalid, or is none of ours, says nothing."""
    if own["definition"] is None:
        return Notify()
    try:
        return definitions.parse(own["definition"], origin=own["origin"]).notify
    except DefinitionError:
        return Notify()
