"""Actions of CKAN that the freshness room listens to; their answers stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import uploads
from ckanext.jambi.freshness.logic import (
    action,
    action_cases,
    action_faults,
    action_items,
    action_log,
    action_promises,
    action_reports,
    action_share,
)


def actions() -> dict[str, Callable[..., Any]]:
    """Return the room's own actions and those it listens to; DataStore's only where it is enabled."""
    modules = (
        *(action, action_promises, action_cases, action_faults, action_items, action_log, action_reports),
        action_share,
    )
    own = {name: getattr(module, name) for module in modules for name in module.__all__}
    heard = {"package_update": package_update}
    if p.plugin_loaded("datastore"):
        heard |= {name: _touching() for name in ("datastore_create", "datastore_upsert", "datastore_delete")}
    return own | heard


@tk.chained_action
def package_update(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Note which resources bring a file, before CKAN takes it out of the data."""
    uploads.mark(context, data_dict)
    return next_action(context, data_dict)


def _touching() -> Any:
    """Return a chained action that notes the written table."""

    @tk.chained_action
    def touching(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
        answer = next_action(context, data_dict)
        uploads.touch(context, (answer or {}).get("resource_id") or data_dict.get("resource_id"))
        return answer

    return touching
