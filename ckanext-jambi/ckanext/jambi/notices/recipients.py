"""Whom a notice goes to: those whom the definition names, else the organization's admins and contacts.

A name under `notify.to` is an e-mail address, the label of a line of the organization's notice channels
("walidata-dinkes: walidata@example.go.id"), or an account. Where nobody can be found, the portal's sysadmins
are told, so that no notice is lost for want of an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def of_source(organization_id: str, to: Sequence[str] = ()) -> list[str]:
    """Return the addresses for a notice about a source of an organization, each once, in order."""
    organization = _organization(organization_id)
    named = [address for name in to for address in _named(name, organization)]
    return _once(named or _default(organization) or _sysadmins())


def _default(organization: dict[str, Any]) -> list[str]:
    lines = [organization.get("surel") or "", *_channels(organization)]
    return [*_admins(organization.get("id")), *_addresses(lines)]


def _named(name: str, organization: dict[str, Any]) -> list[str]:
    if "@" in name:
        return _addresses([name])
    labelled = [line for line in _channels(organization) if line.partition(":")[0].strip() == name]
    return _addresses(labelled) or _users(model.User.name == name)


def _organization(organization_id: str) -> dict[str, Any]:
    data = {"id": organization_id, "include_datasets": False, "include_users": False, "include_tags": False}
    try:
        shown: dict[str, Any] = tk.get_action("organization_show")({"ignore_auth": True, "user": ""}, data)
    except tk.ObjectNotFound:
        return {}
    return shown


def _channels(organization: dict[str, Any]) -> list[str]:
    lines = organization.get("notifikasi") or []
    return lines if isinstance(lines, list) else [lines]


def _admins(organization_id: str | None) -> list[str]:
    member = model.Member
    own = sa.select(member.table_id).where(
        member.group_id == organization_id,
        member.table_name == "user",
        member.capacity == "admin",
        member.state == "active",
    )
    return _users(model.User.id.in_(own))


def _sysadmins() -> list[str]:
    return _users(model.User.sysadmin.is_(True))


def _users(*where: Any) -> list[str]:
    query = sa.select(model.User.email).where(model.User.state == "active", *where).order_by(model.User.name)
    return _addresses(email or "" for email in model.Session.scalars(query))


def _addresses(texts: Iterable[str]) -> list[str]:
    """Return the e-mail address in each text that has one."""
    found = (_ADDRESS.search(text) for text in texts)
    return [match[0] for match in found if match]


def _once(addresses: Iterable[str]) -> list[str]:
    return list({address.casefold(): address for address in addresses}.values())
