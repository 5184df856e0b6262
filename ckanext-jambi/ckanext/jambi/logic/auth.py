"""Authorization of the ground floor's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

__all__ = ["jambi_event_list", "jambi_secret_delete", "jambi_secret_list", "jambi_secret_update"]


@tk.auth_allow_anonymous_access
def jambi_event_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let everyone read; who may see inside events is decided in the action."""
    return {"success": True}


def jambi_secret_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let the admins of the organization see the names of its secrets."""
    return _admin(context, data_dict)


def jambi_secret_update(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let the admins of the organization set its secrets."""
    return _admin(context, data_dict)


def jambi_secret_delete(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let the admins of the organization delete its secrets."""
    return _admin(context, data_dict)


def _admin(context: Any, data_dict: Any) -> dict[str, Any]:
    organization, user = data_dict["organization_id"], context["user"]
    if authz.has_user_permission_for_group_or_org(organization, user, "admin"):
        return {"success": True}
    return {"success": False, "msg": tk._("Only the admins of the organization keep its secrets.")}
