"""Validators of the types' fields, by the names that the schema files use.

Those of `rules.RULES` check one value each. A value that only a draft may have passes here and is
refused at the end by `jambi_requirements`, which binds datasets that are submitted or public.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata.logic import identity, standing, whole
from ckanext.jambi.metadata.logic.access import is_import
from ckanext.jambi.metadata.rules import RULES
from ckanext.jambi.metadata.values import Field, RefusedError, Rule, WeakError, blank

Validator = Callable[..., Any]

# Fields with a column of their own in CKAN's tables: an empty one is stored, or the old value stays.
_COLUMNS = {"title", "notes", "license_id", "name", "description", "format", "mimetype", "hash"}


def checked(rule: Rule) -> Validator:
    """Return a scheming validator that takes what the rule takes and stores what it returns."""

    def for_field(field: Field, schema: Any) -> Validator:
        def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
            if errors[key]:
                raise tk.StopOnError
            if data.get(key) is tk.missing or blank(data.get(key)):
                _leave_empty(field, key, data)
            data[key] = _stored(rule, field, key, data, errors, context)

        return validator

    for_field.is_a_scheming_validator = True  # type: ignore[attr-defined]
    return for_field


def _stored(rule: Rule, field: Field, key: Any, data: Any, errors: Any, context: Any) -> Any:
    """Return the value as it is stored; a refused one is an error, from a source it is left out."""
    try:
        value = rule(data[key], field)
    except WeakError as err:
        value = err.value
    except RefusedError as err:
        if is_import(context):
            _leave_empty(field, key, data)
        errors[key].append(tk._(err.message).format(**err.values))
        raise tk.StopOnError from err
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _leave_empty(field: Field, key: Any, data: Any) -> None:
    """Store nothing for this field and end its validation."""
    if field["field_name"] in _COLUMNS:
        data[key] = ""
    else:
        data.pop(key, None)
    raise tk.StopOnError


def jambi_complete(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Fill in defaults of empty fields, and write keywords in lower case."""
    whole.complete(data)


def jambi_requirements(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Refuse a dataset that is submitted or public and misses something."""
    whole.refuse_gaps(data, errors, context)


def jambi_organization_requirements(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Refuse an organization from a form that misses something."""
    whole.refuse_organization_gaps(data, errors, context)


VALIDATORS: Mapping[str, Validator] = {
    **{name: checked(rule) for name, rule in RULES.items()},
    "jambi_automatic": standing.jambi_automatic,
    "jambi_complete": jambi_complete,
    "jambi_data_list_code": standing.jambi_data_list_code,
    "jambi_dataset_name": identity.jambi_dataset_name,
    "jambi_default_origin": standing.jambi_default_origin,
    "jambi_default_walidata": standing.jambi_default_walidata,
    "jambi_default_walidata_email": standing.jambi_default_walidata_email,
    "jambi_draft_default": standing.jambi_draft_default,
    "jambi_only_unless_open": standing.jambi_only_unless_open,
    "jambi_organization_requirements": jambi_organization_requirements,
    "jambi_organization_name": identity.jambi_organization_name,
    "jambi_known_tags": identity.jambi_known_tags,
    "jambi_unused_name": identity.jambi_unused_name,
    "jambi_owner_org": identity.jambi_owner_org,
    "jambi_requirements": jambi_requirements,
    "jambi_resource_address": identity.jambi_resource_address,
    "jambi_review_state": standing.jambi_review_state,
    "jambi_reviewer_only": standing.jambi_reviewer_only,
    "jambi_topic_groups": standing.jambi_topic_groups,
    "jambi_unique_abbreviation": identity.jambi_unique_abbreviation,
}

__all__ = ["VALIDATORS", "checked"]
