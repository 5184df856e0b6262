"""Actions on the allowlist of internal addresses (sysadmins)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, plain
from ckanext.jambi.harvest.model import target


@tk.side_effect_free
def jambi_target_list(context: Any, data_dict: Data) -> list[Data]:
    """List the internal addresses that sources may use (sysadmins).

    Returns:
        list: each with `name`, `host`, `cidr`, `port`, `path_prefix`, `reason`, `created_by`, `created_at`.

    Example:
        `GET /api/3/action/jambi_target_list`
    """
    tk.check_access("jambi_target_list", context, data_dict)
    names = ("name", "host", "cidr", "port", "path_prefix", "reason", "created_by", "created_at")
    rows = model.Session.execute(sa.select(target).order_by(target.c.name)).mappings()
    return [plain(row, names) for row in rows]


@tk.validate_action_data(schema.target_create)
def jambi_target_create(context: Any, data_dict: Data) -> Data:
    """Allow sources that name it to use one internal address (sysadmins); a row of that name is replaced.

    Args:
        name (str): the name that definitions give as `guard.internal_target`.
        host (str): host name in the source's address.
        cidr (str): range that its address must lie in, such as `10.1.2.0/24`.
        port (int): port.
        path_prefix (str): paths must begin so; `/` if left out.
        reason (str): why.

    Returns:
        dict: the row. Loopback addresses are used in debug and demo mode only.

    Raises:
        NotAuthorized: if the caller is no sysadmin.
        ValidationError: if the range or the port is none.

    Example:
        `POST /api/3/action/jambi_target_create {"name": "simpus", "host": "simpus.local", "cidr": "10.1.2.3/32", "port": 80, "reason": "…"}`
    """  # noqa: E501 - one example is one line
    tk.check_access("jambi_target_create", context, data_dict)
    names = ("name", "host", "cidr", "port", "path_prefix", "reason")
    values = {name: data_dict[name] for name in names} | {"created_by": context["user"], "created_at": NOW}
    statement = insert(target).values(**values).on_conflict_do_update(index_elements=["name"], set_=values)
    model.Session.execute(statement)
    model.Session.commit()
    return {name: data_dict[name] for name in names}


@tk.validate_action_data(schema.target_delete)
def jambi_target_delete(context: Any, data_dict: Data) -> None:
    """Take a row from the allowlist (sysadmins).

    Args:
        name (str): name of the row.

    Raises:
        NotAuthorized: if the caller is no sysadmin.
        NotFound: if there is no such row.

    Example:
        `POST /api/3/action/jambi_target_delete {"name": "simpus"}`
    """
    tk.check_access("jambi_target_delete", context, data_dict)
    done = model.Session.execute(sa.delete(target).where(target.c.name == data_dict["name"]))
    if not done.rowcount:
        raise tk.ObjectNotFound(tk._("There is no such target."))
    model.Session.commit()
