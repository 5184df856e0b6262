"""Schemas of metadata's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


@tk.validator_args
def jambi_dataset_gap_list(not_empty: Any, unicode_safe: Any) -> dict[str, Any]:
    """Take a dataset's id or name."""
    return {"id": [not_empty, unicode_safe]}


@tk.validator_args
def jambi_organization_gap_list(not_empty: Any, unicode_safe: Any) -> dict[str, Any]:
    """Take an organization's id or name."""
    return {"id": [not_empty, unicode_safe]}
