"""Authorization of the notices room's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

__all__ = ["jambi_notice_list"]


def jambi_notice_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let the editors of an organization read its notices; those of all only sysadmins."""
    organization_id = data_dict.get("organization_id")
    if organization_id and authz.has_user_permission_for_group_or_org(
        organization_id, context["user"], "update_dataset"
    ):
        return {"success": True}
    return {"success": False, "msg": tk._("Only the editors of the organization read its notices.")}
