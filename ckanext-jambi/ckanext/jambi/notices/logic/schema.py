"""Schemas of the notices room's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args

Schema = dict[str, Any]
MAX_LIMIT = 1000


@validator_args
def jambi_notice_list(ignore_missing: Any, unicode_safe: Any, default: Any, int_validator: Any) -> Schema:
    """Return the schema of `jambi_notice_list`."""
    return {
        "organization_id": [ignore_missing, unicode_safe],
        "limit": [default(100), int_validator, _between(1, MAX_LIMIT)],
        "offset": [default(0), int_validator, _between(0, 10**9)],
    }


def _between(lowest: int, highest: int) -> Any:
    def validator(value: int) -> int:
        if not lowest <= value <= highest:
            raise tk.Invalid(
                tk._("Give a number from {lowest} to {highest}.").format(lowest=lowest, highest=highest)
            )
        return value

    return validator
