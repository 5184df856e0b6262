"""Actions on held change sets and on records that vanished (HV26)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import ledger
from ckanext.jambi.harvest import decisions, wake
from ckanext.jambi.harvest.errors import DecisionRefusedError
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, find_any_source, listed, plain
from ckanext.jambi.harvest.model import quarantine

FIELDS = (
    "id",
    "source_id",
    "run_id",
    "reason",
    "summary",
    "samples",
    "state",
    "change_hash",
    "opened_at",
    "decided_by",
    "decided_at",
    "note",
)


@tk.side_effect_free
@tk.validate_action_data(schema.of_source)
def jambi_quarantine_list(context: Any, data_dict: Data) -> list[Data]:
    """List the held change sets of a source, newest first.

    Args:
        source_id (str): name or id of the source.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Returns:
        list: each with `id`, `source_id`, `run_id`, `reason`, `summary`, `samples`, `state` (open,
        approved, rejected, superseded), `change_hash`, `opened_at`, `decided_by`, `decided_at`, `note`.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_quarantine_list?source_id=bpbd-tma`
    """
    rows = listed("jambi_quarantine_list", quarantine, quarantine.c.opened_at.desc(), context, data_dict)
    return [plain(row, FIELDS) for row in rows]


@tk.side_effect_free
@tk.validate_action_data(schema.object_id)
def jambi_quarantine_show(context: Any, data_dict: Data) -> Data:
    """Show a held change set and what it would change.

    Args:
        id (str): id of the quarantine.

    Returns:
        dict: as in `jambi_quarantine_list`, with `counts` by kind of change (new, changed, vanished),
        the first 200 `changes` (`guid`, `kind`, `title`, `package_id`, `rows`) and `approvable`.

    Raises:
        NotFound: if there is no such quarantine.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_quarantine_show?id=…`
    """
    found = _quarantine(data_dict["id"])
    tk.check_access("jambi_quarantine_show", context, {"source_id": found["source_id"]})
    return plain(found, FIELDS) | decisions.show(model.Session.connection(), found)


@tk.validate_action_data(schema.decision)
def jambi_quarantine_decide(context: Any, data_dict: Data) -> Data:
    """Approve or reject a held change set; what is approved is exactly what was shown.

    Args:
        id (str): id of the quarantine.
        decision (str): `approve` or `reject`.
        change_hash (str): `change_hash` of the change set that was looked at.
        note (str): why, at least 10 characters.

    Returns:
        dict: the quarantine as in `jambi_quarantine_list`, and `applied_by`, the id of the run that
        applies it (null if nothing is to be applied).

    Raises:
        NotFound: if there is no such quarantine.
        NotAuthorized: if the caller is no admin of the source's organization.
        ValidationError: if it was decided already, has changed since, or cannot be approved.

    Example:
        `POST /api/3/action/jambi_quarantine_decide {"id": "…", "decision": "approve", "change_hash": "…", "note": "…"}`
    """  # noqa: E501 - one example is one line
    found = _quarantine(data_dict["id"])
    tk.check_access("jambi_quarantine_decide", context, {"source_id": found["source_id"]})
    try:
        run_id = decisions.decide(
            model.Session.connection(),
            found,
            approve=data_dict["decision"] == "approve",
            change_hash=data_dict["change_hash"],
            note=data_dict["note"],
            by=context["user"],
        )
    except DecisionRefusedError as err:
        model.Session.rollback()
        raise tk.ValidationError({"id": [str(err)]}) from err
    shown = plain(_quarantine(data_dict["id"]), FIELDS) | {"applied_by": run_id}
    ledger.record(
        ledger.Entry(
            action=f"quarantine.{data_dict['decision']}",
            object=f"quarantine:{found['id']}",
            before=found["change_hash"],
            reason=data_dict["note"],
            **ledger.actor(context),
        )
    )
    model.Session.commit()
    if run_id:
        wake.wake()
    return shown


@tk.validate_action_data(schema.of_record)
def jambi_record_restore(context: Any, data_dict: Data) -> Data:
    """Keep the dataset of a vanished record public, though its source no longer lists it.

    Args:
        source_id (str): name or id of the source.
        guid (str): the record's id at the source, as in `jambi_record_list`.

    Returns:
        dict: `package_id` of the dataset.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller is no admin of the source's organization.
        ValidationError: if the record has not vanished.

    Example:
        `POST /api/3/action/jambi_record_restore {"source_id": "uji", "guid": "id-1"}`
    """
    found = find_any_source(data_dict["source_id"])
    tk.check_access("jambi_record_restore", context, {"source_id": found["source_id"]})
    try:
        package_id = decisions.restore(model.Session.connection(), found["source_id"], data_dict["guid"])
    except DecisionRefusedError as err:
        raise tk.ValidationError({"guid": [str(err)]}) from err
    entry = {"action": "record.restore", "object": f"dataset:{package_id}"}
    ledger.record(ledger.Entry(**entry, **ledger.actor(context)))
    model.Session.commit()
    return {"package_id": package_id}


def _quarantine(quarantine_id: str) -> Mapping[str, Any]:
    query = sa.select(quarantine).where(quarantine.c.id == quarantine_id)
    found = model.Session.execute(query).mappings().first()
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such quarantine."))
    return found
