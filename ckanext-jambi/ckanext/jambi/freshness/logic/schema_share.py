"""Schemas of the actions in `action_share`."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args

from ckanext.jambi.freshness.logic.schema import Schema, words


@validator_args
def jambi_freshness_confirmation_create(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_confirmation_create`."""
    return {
        "code": [not_empty, unicode_safe],
        "dataset": [ignore_missing, unicode_safe],
        "statement": [not_empty, unicode_safe, words],
    }


@validator_args
def jambi_freshness_item_review(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_review`."""
    return {"code": [not_empty, unicode_safe], "reason": [not_empty, unicode_safe]}
