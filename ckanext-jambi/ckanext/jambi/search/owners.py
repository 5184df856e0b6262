"""Reindex the datasets of a renamed organization or group, which CKAN forgets when the API renames it."""

from __future__ import annotations

import logging
from typing import Any

from ckan import model
from ckan.logic import index_update_package
from sqlalchemy.engine import Connection

from ckanext.jambi.search import seam, session

log = logging.getLogger(__name__)

_STALE = {
    "organization": """
        SELECT id FROM jambi_search_doc
        WHERE keys @> jsonb_build_object('owner_org', jsonb_build_array(%(id)s::text))
            AND (keys -> 'organization' ->> 0 IS DISTINCT FROM %(name)s
                OR data_dict::json -> 'organization' ->> 'title' IS DISTINCT FROM %(title)s)
        ORDER BY id
    """,
    "group": """
        SELECT d.id FROM jambi_search_doc d,
            json_array_elements(d.data_dict::json -> 'groups') AS g
        WHERE d.id = ANY(%(members)s) AND g ->> 'id' = %(id)s
            AND (g ->> 'name' IS DISTINCT FROM %(name)s OR g ->> 'title' IS DISTINCT FROM %(title)s)
        ORDER BY d.id
    """,
}


def reindex(group: Any) -> None:
    """Reindex the datasets whose documents still hold the old name or title, in the same transaction."""
    if not seam.uses_postgresql():
        return
    model.Session.flush()
    kind = "organization" if group.is_organization else "group"
    values = {"id": group.id, "name": group.name, "title": group.title, "members": _members(group)}
    stale = session.run(lambda connection: _stale(connection, kind, values))
    for dataset in stale:
        index_update_package({"ignore_auth": True}, dataset)
    if stale:
        log.info("Reindexed %s datasets of %s %s", len(stale), kind, group.name)


def _stale(connection: Connection, kind: str, values: dict[str, Any]) -> list[str]:
    return list(connection.exec_driver_sql(_STALE[kind], values).scalars())


def _members(group: Any) -> list[str]:
    if group.is_organization:
        return []
    members = model.Session.query(model.Member.table_id).filter_by(
        group_id=group.id, table_name="package", state="active"
    )
    return [table_id for (table_id,) in members]
