"""Schemas of the freshness actions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args

from ckanext.jambi.freshness.rules.closing import Outcome
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


@validator_args
def jambi_freshness_item_list(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_list`."""
    return {"organization_id": [ignore_missing, unicode_safe]}


@validator_args
def jambi_freshness_item_create(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_create`."""
    return {"item": [not_empty], "reason": [not_empty, unicode_safe]}


def jambi_freshness_item_update() -> Schema:
    """Return the schema of `jambi_freshness_item_update`."""
    return jambi_freshness_item_create()


@validator_args
def jambi_freshness_item_retire(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_retire`."""
    return {
        "code": [not_empty, unicode_safe],
        "last_day": [not_empty, _day],
        "reason": [not_empty, unicode_safe],
    }


@validator_args
def jambi_freshness_obligation_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_obligation_list`."""
    return {
        "organization_id": [ignore_missing, unicode_safe],
        "code": [ignore_missing, unicode_safe],
        "outcome": [ignore_missing, unicode_safe, _outcome],
        "limit": [default(100), int_validator, _at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def jambi_freshness_organization_show(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_organization_show`."""
    return {"id": [not_empty, unicode_safe], "as_of": [ignore_missing, _instant]}


@validator_args
def jambi_freshness_as_of_show(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_as_of_show`."""
    return {"as_of": [not_empty, _instant], "organization_id": [ignore_missing, unicode_safe]}


@validator_args
def jambi_freshness_history_list(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_history_list`."""
    return {
        "organization_id": [ignore_missing, unicode_safe],
        "from": [ignore_missing, _day],
        "to": [ignore_missing, _day],
    }


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as err:
        raise tk.Invalid(tk._("Give a day such as 2026-01-31.")) from err


def _instant(value: str) -> datetime:
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError) as err:
        raise tk.Invalid(tk._("Give an instant such as 2026-10-01T00:00:00+07:00.")) from err
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _outcome(value: str) -> str:
    if value not in list(Outcome):
        raise tk.Invalid(tk._("Give one of: {states}.").format(states=", ".join(Outcome)))
    return value


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
