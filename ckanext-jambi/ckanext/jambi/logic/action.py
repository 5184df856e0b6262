"""Actions of the ground floor."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.jambi import outbox
from ckanext.jambi.logic import schema
from ckanext.jambi.model import event

__all__ = ["jambi_event_list"]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_event_list)
def jambi_event_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what changed on the portal, oldest first, without ever skipping an event.

    Keep the `cursor` of the answer and give it with the next call: an event that another
    transaction commits later never lies behind it. Anonymous callers and users get the public
    events; sysadmins get all.

    Args:
        cursor (str): where the answer before ended; left out, the list begins at the oldest event.
        limit (int): at most so many events, 1 to 1000, 100 if left out.
        kind (str): only events of this kind, such as `dataset.changed`.
        package_id (str): only events about this dataset (its id).

    Returns:
        dict: `events`, each with `id`, `kind`, `package_id`, `organization_id`, `source_id`,
        `payload` and `emitted_at` (ISO 8601, UTC); and `cursor` for the next call.

    Raises:
        ValidationError: if the cursor or the limit is none.

    Example:
        `GET /api/3/action/jambi_event_list?kind=dataset.changed&limit=10`
    """
    tk.check_access("jambi_event_list", context, data_dict)
    try:
        cursor = outbox.Cursor.parse(data_dict["cursor"])
    except outbox.OutboxError as err:
        raise tk.ValidationError(
            {"cursor": [tk._("This is no cursor; give the one that the answer before gave.")]}
        ) from err
    where = [event.c[name] == data_dict[name] for name in ("kind", "package_id") if data_dict.get(name)]
    if not authz.is_sysadmin(context.get("user")):
        where.append(event.c.public)
    rows, cursor = outbox.read(cursor, data_dict["limit"], *where)
    return {"events": [_plain(row) for row in rows], "cursor": str(cursor)}


def _plain(row: Any) -> dict[str, Any]:
    names = ("id", "kind", "package_id", "organization_id", "source_id", "payload")
    return {name: row[name] for name in names} | {"emitted_at": row["emitted_at"].isoformat()}
