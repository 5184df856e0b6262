"""Schemas of the freshness actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args

from ckanext.jambi.freshness.rules.states import State

Schema = dict[str, Any]


@validator_args
def jambi_freshness_show(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_show`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_list`."""
    return {
        "organization_id": [ignore_missing, unicode_safe],
        "state": [ignore_missing, unicode_safe, _state],
        "limit": [default(100), int_validator, _at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def jambi_freshness_observation_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_observation_list`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "since_seq": [default(0), natural_number_validator],
        "limit": [default(100), int_validator, _at_most(10_000)],
    }


def jambi_freshness_leaderboard_list() -> Schema:
    """Return the schema of `jambi_freshness_leaderboard_list`."""
    return {}


def _at_most(highest: int) -> Any:
    def validator(value: int) -> int:
        if not 1 <= value <= highest:
            raise tk.Invalid(tk._("Give a number from 1 to {highest}.").format(highest=highest))
        return value

    return validator


def _state(value: str) -> str:
    if value not in list(State):
        raise tk.Invalid(tk._("Give one of: {states}.").format(states=", ".join(State)))
    return value
