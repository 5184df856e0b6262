"""Schemas of the harvest room's actions."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args

from ckanext.jambi.clock import WIB
from jambi_harvesters.kinds import installed_kinds

Schema = dict[str, Any]
MAX_LIMIT = 1000
MIN_REASON = 10


@validator_args
def source_id(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of an action that takes a source by name or id."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def source_show(not_empty: Any, unicode_safe: Any, default: Any, boolean_validator: Any) -> Schema:
    """Return the schema of `jambi_source_show`."""
    return {"id": [not_empty, unicode_safe], "include_definition": [default(False), boolean_validator]}


@validator_args
def source_list(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_source_list`."""
    return {"organization_id": [ignore_missing, unicode_safe]}


@validator_args
def definition(not_missing: Any, ignore_missing: Any, int_validator: Any, default: Any) -> Schema:
    """Return the schema of an action that takes a definition."""
    return {
        "definition": [not_missing, _mapping],
        "limit": [default(20), int_validator, _between(1, MAX_LIMIT)],
    }


@validator_args
def sniff(not_empty: Any, unicode_safe: Any, ignore_missing: Any) -> Schema:
    """Return the schema of `jambi_source_sniff`."""
    return {
        "url": [not_empty, unicode_safe],
        "organization": [not_empty, unicode_safe],
        "kind": [ignore_missing, unicode_safe, _kind],
    }


@validator_args
def schema_show(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_source_schema_show`."""
    return {"kind": [ignore_missing, unicode_safe, _kind]}


@validator_args
def run_create(not_empty: Any, unicode_safe: Any, default: Any, boolean_validator: Any) -> Schema:
    """Return the schema of `jambi_run_create`."""
    return {
        "source_id": [not_empty, unicode_safe],
        "complete": [default(False), boolean_validator],
    }


@validator_args
def of_source(not_empty: Any, unicode_safe: Any, default: Any, int_validator: Any) -> Schema:
    """Return the schema of a paged list of one source."""
    return {
        "source_id": [not_empty, unicode_safe],
        "limit": [default(100), int_validator, _between(1, MAX_LIMIT)],
        "offset": [default(0), int_validator, _between(0, 10**9)],
    }


@validator_args
def object_id(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of an action that takes one thing by its id."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def of_record(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of an action that takes one record of a source."""
    return {"source_id": [not_empty, unicode_safe], "guid": [not_empty, unicode_safe]}


@validator_args
def decision(not_empty: Any, unicode_safe: Any, one_of: Any) -> Schema:
    """Return the schema of `jambi_quarantine_decide`."""
    return {
        "id": [not_empty, unicode_safe],
        "decision": [not_empty, one_of(["approve", "reject"])],
        "change_hash": [not_empty, unicode_safe],
        "note": [not_empty, unicode_safe, _reason],
    }


@validator_args
def approval(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_source_approve`."""
    return {
        "id": [not_empty, unicode_safe],
        "definition_hash": [not_empty, unicode_safe],
        "note": [not_empty, unicode_safe, _reason],
    }


@validator_args
def target_create(
    not_empty: Any,
    unicode_safe: Any,
    default: Any,
    int_validator: Any,
    ignore_missing: Any,
) -> Schema:
    """Return the schema of `jambi_target_create`."""
    return {
        "name": [not_empty, unicode_safe],
        "host": [not_empty, unicode_safe],
        "cidr": [not_empty, unicode_safe, _cidr],
        "port": [not_empty, int_validator, _between(1, 65535)],
        "path_prefix": [default("/"), unicode_safe],
        "reason": [not_empty, unicode_safe, _reason],
        "expires_at": [ignore_missing, unicode_safe, _future],
    }


@validator_args
def target_delete(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_target_delete`."""
    return {"name": [not_empty, unicode_safe]}


def _between(lowest: int, highest: int) -> Any:
    def validator(value: int) -> int:
        if not lowest <= value <= highest:
            raise tk.Invalid(
                tk._("Give a number from {lowest} to {highest}.").format(lowest=lowest, highest=highest)
            )
        return value

    return validator


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise tk.Invalid(tk._("Give the definition as an object."))
    return value


def _kind(value: str) -> str:
    if value not in installed_kinds():
        raise tk.Invalid(tk._("There is no kind of source {kind}.").format(kind=value))
    return value


def _reason(value: str) -> str:
    if len(value.strip()) < MIN_REASON:
        raise tk.Invalid(tk._("Say why, in at least {count} characters.").format(count=MIN_REASON))
    return value.strip()


def _future(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError as err:
        raise tk.Invalid(tk._("Give a day such as 2027-06-30, or an instant in ISO 8601.")) from err
    at = at if at.tzinfo else at.replace(tzinfo=WIB)
    if at <= datetime.now(UTC):
        raise tk.Invalid(tk._("This instant has passed already."))
    return at


def _cidr(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError as err:
        raise tk.Invalid(tk._("Give an address range such as 10.1.2.0/24.")) from err
