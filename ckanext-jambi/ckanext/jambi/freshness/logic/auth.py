"""Authorization of the freshness actions: what is said of public datasets is public."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.jambi.metadata.logic.access import is_reviewer

__all__ = [
    "jambi_freshness_as_of_show",
    "jambi_freshness_history_list",
    "jambi_freshness_item_create",
    "jambi_freshness_item_list",
    "jambi_freshness_item_retire",
    "jambi_freshness_item_update",
    "jambi_freshness_leaderboard_list",
    "jambi_freshness_list",
    "jambi_freshness_obligation_list",
    "jambi_freshness_observation_list",
    "jambi_freshness_organization_show",
    "jambi_freshness_show",
]

Verdict = dict[str, Any]


@tk.auth_allow_anonymous_access
def jambi_freshness_show(context: Any, data_dict: Any) -> Verdict:
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
def jambi_freshness_as_of_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_history_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_item_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_obligation_list(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jambi_freshness_organization_show(context: Any, data_dict: Any) -> Verdict:
    """Let everyone read: promises and what became of them are public."""
    return {"success": True}


def jambi_freshness_item_create(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


def jambi_freshness_item_retire(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


def jambi_freshness_item_update(context: Any, data_dict: Any) -> Verdict:
    """Let walidata keep the Daftar Data, and nobody else (F10)."""
    return _walidata(context)


def _walidata(context: Any) -> Verdict:
    return {"success": is_reviewer(context), "msg": tk._("Only walidata keeps the Daftar Data.")}
