"""Actions on the allowlist of internal addresses (sysadmins)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi import ledger
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, plain
from ckanext.jambi.harvest.model import target

NAMES = ("name", "host", "cidr", "port", "path_prefix")


@tk.side_effect_free
def jambi_target_list(context: Any, data_dict: Data) -> list[Data]:
    """List the internal addresses that sources may use (sysadmins).

    Returns:
        list: each with `name`, `host`, `cidr`, `port`, `path_prefix`, `reason`, `created_by`, `created_at`,
        `expires_at` (ISO 8601, or null for never).

    Example:
        `GET /api/3/action/jambi_target_list`
    """
    tk.check_access("jambi_target_list", context, data_dict)
    names = (*NAMES, "reason", "created_by", "created_at", "expires_at")
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
        reason (str): why, at least 10 characters.
        expires_at (str): until when, in ISO 8601 (a day, or an instant); for ever if left out.

    Returns:
        dict: the row. Loopback addresses are used in debug and demo mode only.

    Raises:
        NotAuthorized: if the caller is no sysadmin.
        ValidationError: if the range or the port is none.

    Example:
        `POST /api/3/action/jambi_target_create {"name": "simpus", "host": "simpus.local", "cidr": "10.1.2.3/32", "port": 80, "reason": "…"}`
    """  # noqa: E501 - one example is one line
    tk.check_access("jambi_target_create", context, data_dict)
    own = {name: data_dict[name] for name in NAMES}
    values = own | {"reason": data_dict["reason"], "expires_at": data_dict.get("expires_at")}
    kept = values | {"created_by": context["user"], "created_at": NOW}
    statement = insert(target).values(**kept).on_conflict_do_update(index_elements=["name"], set_=kept)
    model.Session.execute(statement)
    shown = plain(values, (*NAMES, "reason", "expires_at"))
    _note(context, "target.write", own["name"], after=ledger.digest(shown), reason=data_dict["reason"])
    model.Session.commit()
    return shown


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
    _note(context, "target.delete", data_dict["name"])
    model.Session.commit()


def _note(context: Any, action: str, name: str, **values: str) -> None:
    """Write a change of the allowlist into the audit ledger."""
    ledger.record(ledger.Entry(action=action, object=f"target:{name}", **values, **ledger.actor(context)))
