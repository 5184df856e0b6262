"""Schemas of the actions about the log, its roots and the rules in force."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args

from ckanext.jambi.freshness.logic.schema import Schema, at_most, day, instant


@validator_args
def jambi_freshness_observation_list(
    default: Any,
    ignore_missing: Any,
    unicode_safe: Any,
    int_validator: Any,
    boolean_validator: Any,
    natural_number_validator: Any,
) -> Schema:
    """Return the schema of `jambi_freshness_observation_list`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "organization_id": [ignore_missing, unicode_safe],
        "since_seq": [default(0), natural_number_validator],
        "before_seq": [ignore_missing, natural_number_validator],
        "newest_first": [default(False), boolean_validator],
        "limit": [default(100), int_validator, at_most(10_000)],
    }


@validator_args
def jambi_freshness_root_list(default: Any, ignore_missing: Any, int_validator: Any) -> Schema:
    """Return the schema of `jambi_freshness_root_list`."""
    return {
        "from": [ignore_missing, day],
        "to": [ignore_missing, day],
        "limit": [default(400), int_validator, at_most(4_000)],
    }


@validator_args
def jambi_freshness_log_export(
    default: Any, ignore_missing: Any, is_positive_integer: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_log_export`."""
    return {
        "from_seq": [default(1), is_positive_integer],
        "to_seq": [ignore_missing, natural_number_validator],
    }


@validator_args
def jambi_freshness_policy_show(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_policy_show`."""
    return {"version": [ignore_missing, unicode_safe], "as_of": [ignore_missing, instant]}


@validator_args
def jambi_freshness_calendar_show(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_calendar_show`."""
    return {"version": [ignore_missing, unicode_safe], "as_of": [ignore_missing, instant]}
