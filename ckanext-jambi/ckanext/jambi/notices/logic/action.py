"""Actions of the notices room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.notices import links
from ckanext.jambi.notices.logic import schema
from ckanext.jambi.notices.model import delivery, notice

__all__ = ["jambi_notice_list"]

Data = dict[str, Any]
FIELDS = ("id", "event", "source_id", "source_name", "organization_id", "subject", "body")


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_notice_list)
def jambi_notice_list(context: Any, data_dict: Data) -> list[Data]:
    """List the notices of an organization, newest first, and how their delivery stands.

    Args:
        organization_id (str): id or name of the organization; sysadmins may leave it out for all.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Returns:
        list: each with `id`, `event` (failed, auth_failed, quarantined, personal_data, down, recovered,
        digest, ladder, roots, public_personal_data, future, review), `day`, `source_id`, `source_name`,
        `organization_id`, `subject`, `body`, `happened_at`, and `deliveries`, which counts them by state
        (queued, sending, sent, failed, deferred, digested). Addresses, and signatures of links, are not part
        of it.

    Raises:
        NotFound: if there is no such organization.
        NotAuthorized: if the caller may not edit for the organization.

    Example:
        `GET /api/3/action/jambi_notice_list?organization_id=dinkes&limit=10`
    """
    owner = _organization(data_dict.get("organization_id"))
    tk.check_access("jambi_notice_list", context, {"organization_id": owner})
    query = sa.select(notice).order_by(notice.c.created_at.desc(), notice.c.id)
    if owner:
        query = query.where(notice.c.organization_id == owner)
    rows = model.Session.execute(query.limit(data_dict["limit"]).offset(data_dict["offset"])).all()
    states = _states([row.id for row in rows])
    return [_plain(row) | {"deliveries": states.get(row.id, {})} for row in rows]


def _organization(name_or_id: str | None) -> str | None:
    if not name_or_id:
        return None
    found = model.Group.get(name_or_id)
    if found is None or not found.is_organization:
        raise tk.ObjectNotFound(tk._("There is no such organization."))
    return found.id


def _plain(row: Any) -> Data:
    values = {name: getattr(row, name) for name in FIELDS}
    instants = {"day": row.day.isoformat(), "happened_at": row.happened_at.isoformat()}
    return values | instants | {"body": links.closed(row.body)}


def _states(ids: Sequence[str]) -> dict[str, dict[str, int]]:
    columns = (delivery.c.notice_id, delivery.c.state)
    query = sa.select(*columns, sa.func.count().label("number")).where(delivery.c.notice_id.in_(ids))
    found: dict[str, dict[str, int]] = {}
    for row in model.Session.execute(query.group_by(*columns)):
        found.setdefault(row.notice_id, {})[row.state] = row.number
    return found
