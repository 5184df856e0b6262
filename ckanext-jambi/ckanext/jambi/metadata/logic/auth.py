"""Authorization of metadata's actions: who may edit sees what is missing."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

__all__ = ["jambi_dataset_gap_list", "jambi_organization_gap_list"]


def jambi_dataset_gap_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Let those in who may edit the dataset."""
    return authz.is_authorized("package_update", context, data_dict)


def jambi_organization_gap_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Let those in who may edit the organization."""
    return authz.is_authorized("organization_update", context, data_dict)


tk.auth_disallow_anonymous_access(jambi_dataset_gap_list)
tk.auth_disallow_anonymous_access(jambi_organization_gap_list)
