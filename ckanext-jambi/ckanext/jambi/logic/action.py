"""Actions of the ground floor."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model

from ckanext.jambi import ledger, outbox, vault
from ckanext.jambi.logic import schema
from ckanext.jambi.model import event

__all__ = ["jambi_event_list", "jambi_secret_delete", "jambi_secret_list", "jambi_secret_update"]


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


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_secret_list)
def jambi_secret_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List the secrets of an organization; a value is never shown.

    Args:
        organization_id (str): id or name of the organization.

    Returns:
        list: each with `name`, `fingerprint` (the last four characters of the SHA-256 of the value, None
        if the vault's key is not there), `set_by` (id of a user), `set_at`, `used_at` (ISO 8601, UTC).

    Raises:
        NotFound: if there is no such organization.
        NotAuthorized: if the caller is not an admin of the organization.

    Example:
        `GET /api/3/action/jambi_secret_list?organization_id=dinkes`
    """
    organization_id = _organization(context, "jambi_secret_list", data_dict)
    return [
        {
            "name": one.name,
            "fingerprint": one.fingerprint,
            "set_by": one.set_by,
            "set_at": one.set_at.isoformat(),
            "used_at": one.used_at.isoformat() if one.used_at else None,
        }
        for one in vault.listed(model.Session.connection(), organization_id)
    ]


@tk.validate_action_data(schema.jambi_secret_update)
def jambi_secret_update(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Store a secret of an organization, or replace its value; it is never shown again.

    A source definition names it as `secret:NAME`.

    Args:
        organization_id (str): id or name of the organization.
        name (str): 2 to 64 of A-Z, 0-9 and _, a letter first.
        value (str): 1 to 8192 characters.

    Returns:
        dict: `name`.

    Raises:
        NotFound: if there is no such organization.
        NotAuthorized: if the caller is not an admin of the organization.
        ValidationError: if name or value is none, or the vault has no key.

    Example:
        `POST /api/3/action/jambi_secret_update {"organization_id": "dinkes", "name": "KEY", "value": "..."}`
    """
    organization_id = _organization(context, "jambi_secret_update", data_dict)
    name, by = data_dict["name"], ledger.actor(context)
    try:
        vault.put(model.Session.connection(), organization_id, name, data_dict["value"], by.get("actor", ""))
    except vault.VaultError as err:
        model.Session.rollback()
        raise tk.ValidationError({"name": [str(err)]}) from err
    ledger.record(ledger.Entry(action="secret.write", object=f"secret:{organization_id}/{name}", **by))
    model.Session.commit()
    return {"name": name}


@tk.validate_action_data(schema.jambi_secret_delete)
def jambi_secret_delete(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Delete a secret of an organization; sources that name it fail until it is set anew.

    Args:
        organization_id (str): id or name of the organization.
        name (str): name of the secret.

    Returns:
        dict: `name`.

    Raises:
        NotFound: if there is no such organization or secret.
        NotAuthorized: if the caller is not an admin of the organization.

    Example:
        `POST /api/3/action/jambi_secret_delete {"organization_id": "dinkes", "name": "SIMPUS"}`
    """
    organization_id = _organization(context, "jambi_secret_delete", data_dict)
    name = data_dict["name"]
    if not vault.remove(model.Session.connection(), organization_id, name):
        raise tk.ObjectNotFound(tk._("There is no such secret."))
    by = ledger.actor(context)
    ledger.record(ledger.Entry(action="secret.delete", object=f"secret:{organization_id}/{name}", **by))
    model.Session.commit()
    return {"name": name}


def _organization(context: Any, action: str, data_dict: dict[str, Any]) -> str:
    """Return the id of the organization whose secrets the caller may keep."""
    found = model.Group.get(data_dict["organization_id"])
    if found is None or not found.is_organization or found.state != "active":
        raise tk.ObjectNotFound(tk._("There is no such organization."))
    tk.check_access(action, context, {"organization_id": found.id})
    return found.id
