"""Authorization of the live room's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

__all__ = [
    "jambi_live_status_show",
    "jambi_webhook_create",
    "jambi_webhook_delete",
    "jambi_webhook_list",
    "jambi_webhook_redeliver",
    "jambi_webhook_show",
]

Answer = dict[str, Any]


@tk.auth_allow_anonymous_access
def jambi_live_status_show(context: Any, data_dict: Any) -> Answer:
    """Let everyone read how the portal stands: numbers alone."""
    return {"success": True}


def jambi_webhook_create(context: Any, data_dict: Any) -> Answer:
    """Let everyone who is logged in make webhooks of their own."""
    return {"success": True}


def jambi_webhook_list(context: Any, data_dict: Any) -> Answer:
    """Let everyone who is logged in see their own webhooks."""
    return {"success": True}


def jambi_webhook_show(context: Any, data_dict: Any) -> Answer:
    """Let the owner see a webhook."""
    return _owner(context, data_dict)


def jambi_webhook_delete(context: Any, data_dict: Any) -> Answer:
    """Let the owner delete a webhook."""
    return _owner(context, data_dict)


def jambi_webhook_redeliver(context: Any, data_dict: Any) -> Answer:
    """Let the owner have deliveries sent again."""
    return _owner(context, data_dict)


def _owner(context: Any, data_dict: Any) -> Answer:
    """Compare the caller with `user_id`, which the action lays beside the id."""
    user = context.get("auth_user_obj")
    if user is not None and user.id == data_dict.get("user_id"):
        return {"success": True}
    return {"success": False, "msg": tk._("Only its owner may see or change a webhook.")}
