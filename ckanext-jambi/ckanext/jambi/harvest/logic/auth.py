"""Authorization of the harvest room's actions (harvesting.md 11).

Status is public; runs, records and quarantine belong to the editors of the source's organization;
the allowlist to sysadmins. All questions about one source are CKAN's question whether its dataset
may be updated.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckanext.harvest.model import HarvestObject

from ckanext.jambi.harvest import config

__all__ = [
    "harvest_object_show",
    "harvest_source_clear",
    "jambi_quarantine_decide",
    "jambi_quarantine_list",
    "jambi_quarantine_show",
    "jambi_record_list",
    "jambi_record_restore",
    "jambi_record_show",
    "jambi_run_abort",
    "jambi_run_create",
    "jambi_run_list",
    "jambi_run_show",
    "jambi_source_approve",
    "jambi_source_dry_run",
    "jambi_source_list",
    "jambi_source_notify_show",
    "jambi_source_preview",
    "jambi_source_schema_show",
    "jambi_source_show",
    "jambi_source_sniff",
    "jambi_source_update",
    "jambi_source_validate",
    "jambi_target_create",
    "jambi_target_delete",
    "jambi_target_list",
]

Verdict = dict[str, Any]


@tk.auth_allow_anonymous_access
def jambi_source_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read how sources stand."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_source_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read how a source stands."""
    return {"success": True}


def jambi_source_notify_show(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read: addresses are in it."""
    return _of_source(context, data_dict)


def jambi_source_validate(context: Any, data_dict: Any) -> Verdict:
    """Let every user check a definition: nothing is read and nothing written."""
    return {"success": True}


def jambi_source_sniff(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the organization that would own the source look at an address."""
    return _allowed("package_create", context, {"owner_org": data_dict.get("organization")})


def jambi_source_preview(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the organization that the definition names look at a source."""
    raw = data_dict.get("definition") or {}
    organization = raw.get("organization") if isinstance(raw, dict) else None
    return _allowed("package_create", context, {"owner_org": organization})


@tk.auth_allow_anonymous_access
def jambi_source_schema_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read how a definition is written."""
    return {"success": True}


def jambi_source_dry_run(context: Any, data_dict: Any) -> Verdict:
    """Let those count who may look: the editors of the organization that the definition names."""
    return jambi_source_preview(context, data_dict)


def jambi_source_update(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the organization that is named change it, and of the one that owns the source."""
    raw = data_dict.get("definition")
    stated = raw if isinstance(raw, dict) else {}
    present = model.Package.get(str(stated.get("id", "")))
    owners = {str(stated.get("organization", "")), *([present.owner_org] if present else [])}
    for owner in owners:
        group = model.Group.get(owner)
        if not group or not authz.has_user_permission_for_group_or_org(group.id, context["user"], "admin"):
            return {
                "success": False,
                "msg": tk._("Only the admins of the source's organization may do this."),
            }
    return {"success": True}


def jambi_run_create(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization run it."""
    return _of_source(context, data_dict)


def jambi_run_show(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read."""
    return _of_source(context, data_dict)


def jambi_run_list(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read."""
    return _of_source(context, data_dict)


def jambi_run_abort(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization end a run."""
    return _of_source(context, data_dict)


def jambi_record_list(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read."""
    return _of_source(context, data_dict)


def jambi_record_show(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read."""
    return _of_source(context, data_dict)


def jambi_quarantine_list(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read."""
    return _of_source(context, data_dict)


def jambi_quarantine_show(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the source's organization read."""
    return _of_source(context, data_dict)


def jambi_quarantine_decide(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the source's organization decide."""
    return _of_admin(context, data_dict)


def jambi_record_restore(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the source's organization restore."""
    return _of_admin(context, data_dict)


def jambi_source_approve(context: Any, data_dict: Any) -> Verdict:
    """Let the reviewers of the portal approve: editors of the organization that reviews."""
    reviewers = model.Group.get(config.reviewing_organization())
    user = model.User.get(context.get("user"))
    if (
        reviewers
        and user
        and authz.has_user_permission_for_group_or_org(reviewers.id, user.name, "update_dataset")
    ):
        return {"success": True}
    return {"success": False, "msg": tk._("Only the reviewers of the portal approve sources.")}


def jambi_target_list(context: Any, data_dict: Any) -> Verdict:
    """Sysadmins only."""
    return {"success": False, "msg": tk._("Only sysadmins see the allowlist of internal targets.")}


def jambi_target_create(context: Any, data_dict: Any) -> Verdict:
    """Sysadmins only."""
    return {"success": False, "msg": tk._("Only sysadmins change the allowlist of internal targets.")}


def jambi_target_delete(context: Any, data_dict: Any) -> Verdict:
    """Sysadmins only."""
    return {"success": False, "msg": tk._("Only sysadmins change the allowlist of internal targets.")}


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_object_show(next_auth: Any, context: Any, data_dict: Any) -> Verdict:
    """Let those read an object who may read its dataset; without one, the source's editors (HV25)."""
    if not data_dict.get("id"):
        return _allowed("package_show", context, {"id": data_dict.get("dataset_id")})
    found = HarvestObject.get(data_dict["id"], attr=data_dict.get("attr"))
    if found is None:
        return next_auth(context, data_dict)
    if found.package_id:
        return _allowed("package_show", context, {"id": found.package_id})
    return _allowed("package_update", context, {"id": found.harvest_source_id})


@tk.chained_auth_function
def harvest_source_clear(next_auth: Any, context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the source's organization clear it: all its datasets are gone then."""
    verdict = next_auth(context, data_dict)
    return _of_admin(context, {"source_id": data_dict["id"]}) if verdict["success"] else verdict


def _of_source(context: Any, data_dict: Any) -> Verdict:
    return _allowed("package_update", context, {"id": data_dict["source_id"]})


def _of_admin(context: Any, data_dict: Any) -> Verdict:
    source = model.Package.get(data_dict["source_id"])
    if source and authz.has_user_permission_for_group_or_org(source.owner_org, context["user"], "admin"):
        return {"success": True}
    return {"success": False, "msg": tk._("Only the admins of the source's organization may do this.")}


def _allowed(name: str, context: Any, data_dict: Any) -> Verdict:
    own = {key: context[key] for key in ("model", "session", "user", "auth_user_obj") if key in context}
    try:
        tk.check_access(name, own, data_dict)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return {"success": False, "msg": tk._("Only the editors of the source's organization may do this.")}
    return {"success": True}
