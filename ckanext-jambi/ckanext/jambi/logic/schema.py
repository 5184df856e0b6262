"""Schemas of the ground floor's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args

Schema = dict[str, Any]


@validator_args
def jambi_event_list(
    default: Any,
    ignore_missing: Any,
    unicode_safe: Any,
    int_validator: Any,
) -> Schema:
    """Return the schema of `jambi_event_list`."""
    return {
        "cursor": [default(""), unicode_safe],
        "limit": [default(100), int_validator, _between(1, 1000)],
        "kind": [ignore_missing, unicode_safe],
        "package_id": [ignore_missing, unicode_safe],
    }


@validator_args
def jambi_secret_list(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_secret_list`."""
    return {"organization_id": [not_empty, unicode_safe]}


@validator_args
def jambi_secret_update(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_secret_update`."""
    text = [not_empty, unicode_safe]
    return {"organization_id": text, "name": text, "value": text}


@validator_args
def jambi_secret_delete(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_secret_delete`."""
    return {"organization_id": [not_empty, unicode_safe], "name": [not_empty, unicode_safe]}


def _between(lowest: int, highest: int) -> Any:
    def validator(value: int) -> int:
        if not lowest <= value <= highest:
            raise tk.Invalid(
                tk._("Give a number from {lowest} to {highest}.").format(lowest=lowest, highest=highest)
            )
        return value

    return validator
