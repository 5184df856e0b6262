"""Actions about faults of the portal: noted, listed."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import ledger
from ckanext.jambi.freshness.decisions import faults, listing
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.logic import schema
from ckanext.jambi.freshness.logic.transaction import one_transaction
from ckanext.jambi.freshness.rules.exclusions import Interval

__all__ = ["jambi_freshness_portal_fault_create", "jambi_freshness_portal_fault_list"]

Answer = dict[str, Any]


@tk.validate_action_data(schema.jambi_freshness_portal_fault_create)
def jambi_freshness_portal_fault_create(context: Any, data_dict: Answer) -> Answer:
    """Note a fault that is over: on this time no clock runs, of no OPD or of those it names (F28).

    The portal notes outages of its own of 15 minutes or more by itself.

    Args:
        from, to (str): ISO 8601 instants; the end has passed.
        reason_code (str): `web` (page and API), `worker` (the harvester) or `network` (the city's network).
        organizations (list): ids of the OPDs that it struck; all if left out.
        reason (str): what happened, without personal data; public.
        document_url (str): where the report lies.

    Returns:
        dict: `id` of the fault and `seq`, its row in the log.

    Raises:
        ValidationError: if it is not over, ends before it begins, or an organization does not exist.
        NotAuthorized: for everyone but sysadmins.

    Example:
        `POST /api/3/action/jambi_freshness_portal_fault_create {"from": "2026-10-01T08:00:00+07:00", ...}`
    """
    tk.check_access("jambi_freshness_portal_fault_create", context, data_dict)
    time = Interval(data_dict["from"], data_dict["to"])
    named = data_dict.get("organizations")
    with one_transaction():
        return faults.note(
            time, data_dict["reason_code"], named, Words.read(data_dict), ledger.actor(context)
        )


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_portal_fault_list)
def jambi_freshness_portal_fault_list(context: Any, data_dict: Answer) -> Answer:
    """List faults of the portal, the newest first; what overlaps counts once.

    Args:
        id (str): only the one of this id.
        organization_id (str): only those that count for this organization (its id).
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): how many to skip.

    Returns:
        dict: `count`, and `results`: `id`, `from_at`, `to_at`, `reason_code`, `organizations` (ids, or null
        for all) and `noted` (`seq`, `by`: null where the portal itself did, `at`, `reason`).

    Example:
        `GET /api/3/action/jambi_freshness_portal_fault_list`
    """
    tk.check_access("jambi_freshness_portal_fault_list", context, data_dict)
    return listing.faults(data_dict)
