"""Actions on runs: ask for one, follow it, end it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.harvest import progress, queue, status, wake
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, find_any_source, listed
from ckanext.jambi.harvest.model import run


@tk.validate_action_data(schema.run_create)
def jambi_run_create(context: Any, data_dict: Data) -> Data:
    """Ask for a run of a source; a run that already waits is joined.

    Args:
        source_id (str): name or id of the source.
        complete (bool): read the whole source even if it says that nothing changed.

    Returns:
        dict: the run, as in `jambi_run_show`.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `POST /api/3/action/jambi_run_create {"source_id": "bpbd-tma"}`
    """
    source = find_any_source(data_dict["source_id"])
    tk.check_access("jambi_run_create", context, {"source_id": source["source_id"]})
    mode = "complete" if data_dict["complete"] else "normal"
    connection = model.Session.connection()
    run_id = queue.enqueue(connection, source["source_id"], "manual", mode=mode)
    shown = status.plain_run(_run(run_id))
    model.Session.commit()
    wake.wake()
    return shown


@tk.side_effect_free
@tk.validate_action_data(schema.source_id)
def jambi_run_show(context: Any, data_dict: Data) -> Data:
    """Show a run: its state, its counters and its error.

    Args:
        id (str): id of the run.

    Returns:
        dict: `id`, `source_id`, `job_id`, `trigger`, `mode`, `state` (queued, gather, guard, import,
        finish, succeeded, unchanged, partial, quarantined, failed, aborted), counters (`requests`,
        `bytes`, `pages`, `seen`, `new`, `changed`, `unchanged`, `vanished`, `failed`, `held`),
        `expected`, `error_code`, `error`, `started_at`, `finished_at`; and `progress`, null once the run
        has ended: `stage`, `done`, `total`, `per_second`, `left_seconds`, `margin_seconds`,
        `wait_seconds` and `place` in the queue.

    Raises:
        NotFound: if there is no such run.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_run_show?id=…`
    """
    found = _run(data_dict["id"])
    tk.check_access("jambi_run_show", context, {"source_id": found["source_id"]})
    return status.plain_run(found) | {"progress": progress.of(model.Session.connection(), found)}


@tk.side_effect_free
@tk.validate_action_data(schema.of_source)
def jambi_run_list(context: Any, data_dict: Data) -> list[Data]:
    """List the runs of a source, newest first, as in `jambi_run_show`.

    Args:
        source_id (str): name or id of the source.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_run_list?source_id=bpbd-tma&limit=10`
    """
    return [
        status.plain_run(row)
        for row in listed("jambi_run_list", run, run.c.due_at.desc(), context, data_dict)
    ]


@tk.validate_action_data(schema.source_id)
def jambi_run_abort(context: Any, data_dict: Data) -> Data:
    """Ask a run to end: one that waits ends at once, one in work at its next commit.

    Rows that are public already get their metadata first, so nothing is left half done.

    Args:
        id (str): id of the run.

    Returns:
        dict: the run, as in `jambi_run_show`.

    Raises:
        NotFound: if there is no such run.
        NotAuthorized: if the caller may not edit for the source's organization.
        ValidationError: if the run has ended already.

    Example:
        `POST /api/3/action/jambi_run_abort {"id": "…"}`
    """
    found = _run(data_dict["id"])
    tk.check_access("jambi_run_abort", context, {"source_id": found["source_id"]})
    if not queue.request_abort(model.Session.connection(), found["id"]):
        raise tk.ValidationError({"id": [tk._("This run has ended already.")]})
    shown = status.plain_run(_run(found["id"]))
    model.Session.commit()
    return shown


def _run(run_id: str) -> Mapping[str, Any]:
    found = model.Session.execute(sa.select(run).where(run.c.id == run_id)).mappings().first()
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such run."))
    return found
