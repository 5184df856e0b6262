"""Actions of metadata: the list of gaps, topics as groups, and fields that the public never sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.jambi.metadata import helpers, requirements, topics
from ckanext.jambi.metadata.fields import kind_of
from ckanext.jambi.metadata.logic import schema

__all__ = [
    "jambi_dataset_gap_list",
    "jambi_organization_gap_list",
    "organization_show",
    "package_create",
    "package_update",
    "resource_delete",
]

Action = Callable[[Any, dict[str, Any]], Any]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_dataset_gap_list)
def jambi_dataset_gap_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what a dataset still misses to be public.

    Args:
        id (str): the dataset's id or name.

    Returns:
        dict: `id`, and `gaps`: each with `field`, `label` and `message` in the caller's language,
        `place` (which file and column), `code`, and `path` from the dataset to the field.

    Raises:
        NotAuthorized: unless the caller may edit the dataset.
        NotFound: if there is no such dataset.

    Example:
        `GET /api/3/action/jambi_dataset_gap_list?id=harga-bahan-pokok`
    """
    tk.check_access("jambi_dataset_gap_list", context, data_dict)
    dataset = tk.get_action("package_show")(tk.fresh_context(context), {"id": data_dict["id"]})
    return {"id": dataset["id"], "gaps": helpers.jambi_dataset_gaps(dataset)}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_organization_gap_list)
def jambi_organization_gap_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the fields that an organization still misses.

    Args:
        id (str): the organization's id or name.

    Returns:
        dict: `id` and `gaps`, as in `jambi_dataset_gap_list`.

    Raises:
        NotAuthorized: unless the caller may edit the organization.
        NotFound: if there is no such organization.

    Example:
        `GET /api/3/action/jambi_organization_gap_list?id=dinkes`
    """
    tk.check_access("jambi_organization_gap_list", context, data_dict)
    about = {"id": data_dict["id"], "include_users": False, "include_dataset_count": False}
    organization = tk.get_action("organization_show")(tk.fresh_context(context), about)
    gaps = requirements.gaps(organization, "organization")
    return {"id": organization["id"], "gaps": helpers.jambi_gap_rows(gaps, "organization")}


@tk.chained_action
def package_create(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Create a dataset and make it a member of the groups of its topics."""
    return _settle_topics(context, next_action(context, data_dict))


@tk.chained_action
def package_update(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Update a dataset, judge it with all its files, and settle the groups of its topics.

    CKAN validates changed files only; the rules between files need the others too.
    """
    context["jambi_resources"] = data_dict.get("resources")
    return _settle_topics(context, next_action(context, data_dict))


@tk.chained_action
def resource_delete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Delete a file, and say why where the dataset may not lose it.

    CKAN 2.12 looks for the reason among the files' own errors only and fails with a KeyError.
    """
    try:
        return next_action(context, data_dict)
    except KeyError as err:
        if isinstance(err.__context__, tk.ValidationError):
            raise tk.ValidationError(err.__context__.error_dict) from err
        raise


@tk.chained_action
@tk.side_effect_free
def organization_show(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Show an organization without the fields that only its own people may see."""
    shown = next_action(context, data_dict)
    hidden = [name for name in _hidden_fields() if name in shown]
    stored = [one for one in shown.get("extras", ()) if one["key"] in _hidden_fields()]
    if (hidden or stored) and not _may_edit(context, shown["id"]):
        for name in hidden:
            del shown[name]
        if stored:
            shown["extras"] = [one for one in shown["extras"] if one not in stored]
    return shown


def _settle_topics(context: Any, answer: Any) -> Any:
    """Settle the groups of a saved dataset where CKAN could not; return the answer that holds then."""
    user = context.get("user")
    if context.get("ignore_auth") or not isinstance(answer, dict) or authz.is_sysadmin(user):
        return answer
    if answer.get("type") != "dataset" or not topics.settle(answer):
        return answer
    return tk.get_action("package_show")(tk.fresh_context(context), {"id": answer["id"]})


def _hidden_fields() -> list[str]:
    return [one["field_name"] for one in kind_of("organization").fields if one.get("public") is False]


def _may_edit(context: Any, organization_id: str) -> bool:
    if context.get("ignore_auth"):
        return True
    try:
        tk.check_access("organization_update", tk.fresh_context(context), {"id": organization_id})
    except tk.NotAuthorized:
        return False
    return True
