"""Authorization of the freshness actions: what is said of public datasets is public."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.jambi.freshness import standings
from ckanext.jambi.freshness.ladder import panel
from ckanext.jambi.metadata.logic.access import is_reviewer

__all__ = [
    "jambi_freshness_appeal_create",
    "jambi_freshness_appeal_decide",
    "jambi_freshness_appeal_list",
    "jambi_freshness_as_of_show",
    "jambi_freshness_attestation_create",
    "jambi_freshness_attestation_decide",
    "jambi_freshness_attestation_list",
    "jambi_freshness_calendar_show",
    "jambi_freshness_confirmation_create",
    "jambi_freshness_exemption_create",
    "jambi_freshness_exemption_decide",
    "jambi_freshness_exemption_list",
    "jambi_freshness_exemption_withdraw",
    "jambi_freshness_history_list",
    "jambi_freshness_item_create",
    "jambi_freshness_item_list",
    "jambi_freshness_item_retire",
    "jambi_freshness_item_review",
    "jambi_freshness_item_show",
    "jambi_freshness_item_update",
    "jambi_freshness_leaderboard_list",
    "jambi_freshness_list",
    "jambi_freshness_log_export",
    "jambi_freshness_obligation_list",
    "jambi_freshness_observation_list",
    "jambi_freshness_organization_show",
    "jambi_freshness_policy_show",
    "jambi_freshness_portal_fault_create",
    "jambi_freshness_portal_fault_list",
    "jambi_freshness_promise_list",
    "jambi_freshness_release_list",
    "jambi_freshness_report_create",
    "jambi_freshness_report_export",
    "jambi_freshness_report_finalize",
    "jambi_freshness_report_list",
    "jambi_freshness_report_show",
    "jambi_freshness_report_verify",
    "jambi_freshness_root_list",
    "jambi_freshness_shortcut_show",
    "jambi_freshness_show",
    "jambi_freshness_timeline_show",
    "jambi_freshness_todo_list",
]

Verdict = dict[str, Any]


@tk.auth_allow_anonymous_access
def jambi_freshness_show(context: Any, data_dict: Any) -> Verdict:
    """Let those read who may read the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict["id"]})


@tk.auth_allow_anonymous_access
def jambi_freshness_promise_list(context: Any, data_dict: Any) -> Verdict:
    """Let those read who may read the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict["id"]})


@tk.auth_allow_anonymous_access
def jambi_freshness_timeline_show(context: Any, data_dict: Any) -> Verdict:
    """Let those read who may read the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict["id"]})


@tk.auth_allow_anonymous_access
def jambi_freshness_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: the list holds public datasets."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_leaderboard_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: the counts are of public datasets."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_observation_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: the log holds no personal data (F34) and must be checkable by anyone."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_log_export(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: the log holds no personal data (F34) and must be checkable by anyone."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_root_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: whoever keeps a root can prove later that the log was changed (F32)."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_policy_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: rules by which somebody is judged are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_calendar_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: rules by which somebody is judged are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_as_of_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read, of a dataset those who may read it."""
    return _of_dataset(context, data_dict)


@tk.auth_allow_anonymous_access
def jambi_freshness_history_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read, of a dataset those who may read it."""
    return _of_dataset(context, data_dict)


@tk.auth_allow_anonymous_access
def jambi_freshness_item_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_obligation_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read, of a dataset those who may read it."""
    return _of_dataset(context, data_dict)


@tk.auth_allow_anonymous_access
def jambi_freshness_organization_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_release_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


def jambi_freshness_shortcut_show(context: Any, data_dict: Any) -> Verdict:
    """Let the members of the OPD and walidata read (section 10)."""
    return _of_members(context, data_dict["organization_id"])


def jambi_freshness_todo_list(context: Any, data_dict: Any) -> Verdict:
    """Let the members of the OPD and walidata read (section 10)."""
    return _of_members(context, data_dict["organization_id"])


def jambi_freshness_item_create(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


def jambi_freshness_item_retire(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


def jambi_freshness_item_review(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F25)."""
    return _walidata(context)


def jambi_freshness_item_show(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


def jambi_freshness_item_update(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


@tk.auth_allow_anonymous_access
def jambi_freshness_exemption_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: exemptions are public (G19)."""
    return {"success": True}


def jambi_freshness_exemption_create(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the OPD that owes the item ask (F27)."""
    return _of_opd(context, standings.owner(data_dict["code"]), "admin")


def jambi_freshness_exemption_decide(context: Any, data_dict: Any) -> Verdict:
    """Let walidata decide (F27); that it is nobody's own matter is checked under the log's lock."""
    return {"success": is_reviewer(context), "msg": tk._("Only walidata decides.")}


def jambi_freshness_exemption_withdraw(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the OPD and walidata end it."""
    if is_reviewer(context):
        return {"success": True}
    return _of_case(context, data_dict["id"])


@tk.auth_allow_anonymous_access
def jambi_freshness_appeal_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: appeals and their outcomes are public."""
    return {"success": True}


def jambi_freshness_appeal_create(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the OPD appeal that owes the item, or whose evidence it is (F29)."""
    row = data_dict.get("observation")
    owner = standings.owner_of_row(row) if row else standings.owner(data_dict["code"])
    return _of_opd(context, owner, "admin")


@tk.auth_sysadmins_check
def jambi_freshness_appeal_decide(context: Any, data_dict: Any) -> Verdict:
    """Let the panel decide (F29), and walidata where none is named; sysadmins are no panel.

    That it is nobody's own matter is checked under the log's lock.
    """
    who = tk._("Only the panel for appeals decides.") if panel.seats() else tk._("Only walidata decides.")
    return {"success": panel.decides(context), "msg": who}


@tk.auth_allow_anonymous_access
def jambi_freshness_attestation_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: what a statement closed is public."""
    return {"success": True}


def jambi_freshness_attestation_create(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the OPD that owes the item state (F19)."""
    return _of_opd(context, standings.owner(data_dict["code"]), "update_dataset")


def jambi_freshness_confirmation_create(context: Any, data_dict: Any) -> Verdict:
    """Let the editors of the OPD that owes the item confirm (F25)."""
    return _of_opd(context, standings.owner(data_dict["code"]), "update_dataset")


def jambi_freshness_attestation_decide(context: Any, data_dict: Any) -> Verdict:
    """Let the admins of the OPD and walidata approve (F19); never whoever made it."""
    if is_reviewer(context):
        return {"success": True}
    return _of_case(context, data_dict["id"])


@tk.auth_allow_anonymous_access
def jambi_freshness_portal_fault_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: faults count for all alike and are public (F28)."""
    return {"success": True}


def jambi_freshness_portal_fault_create(context: Any, data_dict: Any) -> Verdict:
    """Sysadmins only (F28)."""
    return {"success": False, "msg": tk._("Only sysadmins note faults of the portal.")}


def jambi_freshness_report_create(context: Any, data_dict: Any) -> Verdict:
    """Let walidata make reports (F46)."""
    return {"success": is_reviewer(context), "msg": tk._("Only walidata makes reports.")}


def jambi_freshness_report_finalize(context: Any, data_dict: Any) -> Verdict:
    """Let walidata make reports final (F46)."""
    return {"success": is_reviewer(context), "msg": tk._("Only walidata makes reports.")}


@tk.auth_allow_anonymous_access
def jambi_freshness_report_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_report_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_report_export(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_report_verify(context: Any, data_dict: Any) -> Verdict:
    """Let everyone check: whoever doubts a report need not ask anybody."""
    return {"success": True}


def _of_dataset(context: Any, data_dict: Any) -> Verdict:
    """Allow everyone, and where a dataset is named those who may read it."""
    if not data_dict.get("id"):
        return {"success": True}
    return authz.is_authorized("package_show", context, {"id": data_dict["id"]})


def _of_members(context: Any, organization_id: str) -> Verdict:
    """Allow members of an organization, whatever their role, and walidata."""
    user = context.get("user")
    member = authz.has_user_permission_for_group_or_org(organization_id, user, "read")
    who = tk._("Only the members of the OPD in question may read this.")
    return {"success": member or is_reviewer(context), "msg": who}


def _of_opd(context: Any, organization_id: str | None, permission: str) -> Verdict:
    """Allow those who have a permission in the OPD in question."""
    allowed = authz.has_user_permission_for_group_or_org(organization_id, context.get("user"), permission)
    who = tk._("Only the admins of the OPD in question may do this.")
    if permission != "admin":
        who = tk._("Only the editors of the OPD in question may do this.")
    return {"success": allowed, "msg": who}


def _of_case(context: Any, case_id: str) -> Verdict:
    """Allow the admins of the OPD of which a case speaks, as walidata was allowed before."""
    found = _of_opd(context, standings.owner_of_case(case_id), "admin")
    return found | {"msg": tk._("Only the admins of the OPD in question and walidata may do this.")}


def _walidata(context: Any) -> Verdict:
    return {"success": is_reviewer(context), "msg": tk._("Only walidata keeps the Daftar Data.")}
