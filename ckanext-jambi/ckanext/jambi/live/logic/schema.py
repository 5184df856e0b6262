"""Schemas of the live room's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args

from ckanext.jambi.live import webhooks
from ckanext.jambi.live.wire import MAX_VALUES
from ckanext.jambi.outbox import PUBLIC_KINDS

Schema = dict[str, Any]

SECRET_LENGTH = (32, 256)
MAX_URL = 2_000
MAX_NAME = 200


@validator_args
def jambi_webhook_create(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_webhook_create`."""
    return {
        "url": [not_empty, unicode_safe, _address],
        "secret": [not_empty, unicode_safe, _strong],
        "dataset": [ignore_missing, _names],
        "organization": [ignore_missing, _names],
        "topic": [ignore_missing, _names],
        "kind": [ignore_missing, _names, _kinds],
    }


def jambi_live_status_show() -> Schema:
    """Return the schema of `jambi_live_status_show`: it takes nothing."""
    return {}


def jambi_webhook_list() -> Schema:
    """Return the schema of `jambi_webhook_list`."""
    return {}


@validator_args
def jambi_webhook_show(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_webhook_show`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_webhook_delete(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_webhook_delete`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_webhook_redeliver(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_webhook_redeliver`."""
    return {"id": [not_empty, unicode_safe], "delivery_id": [ignore_missing, unicode_safe]}


def _address(value: str) -> str:
    if len(value) > MAX_URL or not webhooks.is_acceptable(value):
        raise tk.Invalid(tk._("Give a public http or https address without user name and password."))
    return value


def _strong(value: str) -> str:
    least, most = SECRET_LENGTH
    if not least <= len(value) <= most or "\0" in value:
        raise tk.Invalid(tk._("A secret has {least} to {most} characters.").format(least=least, most=most))
    return value


def _names(value: Any) -> list[str]:
    """Return a list of names; a text holds them with commas between, as in the stream's filters."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(one, str) for one in parts):
        raise tk.Invalid(tk._("Give names as a list, or as a text with commas."))
    names = sorted({one.strip() for one in parts if one.strip()})
    if len(names) > MAX_VALUES or any(len(one) > MAX_NAME for one in names):
        raise tk.Invalid(tk._("A filter takes at most {most} values.").format(most=MAX_VALUES))
    return names


def _kinds(value: list[str]) -> list[str]:
    unknown = sorted(set(value) - PUBLIC_KINDS)
    if unknown:
        raise tk.Invalid(
            tk._("There is no kind {kind}; there are {kinds}.").format(
                kind=unknown[0], kinds=", ".join(sorted(PUBLIC_KINDS))
            )
        )
    return value
