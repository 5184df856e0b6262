"""Actions of the harvest room (harvesting.md 11); reads are side-effect free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.harvest import preview, queue, sources, status, wake
from ckanext.jambi.harvest.connections import for_demo_city
from ckanext.jambi.harvest.errors import SourceUnknownError
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.model import quarantine, record, run, target
from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import Definition, DefinitionError
from jambi_harvesters.errors import HarvesterError

__all__ = [
    "jambi_quarantine_list",
    "jambi_record_list",
    "jambi_run_abort",
    "jambi_run_create",
    "jambi_run_list",
    "jambi_run_show",
    "jambi_source_list",
    "jambi_source_preview",
    "jambi_source_show",
    "jambi_source_validate",
    "jambi_target_create",
    "jambi_target_delete",
    "jambi_target_list",
]

Data = dict[str, Any]


@tk.side_effect_free
@tk.validate_action_data(schema.source_list)
def jambi_source_list(context: Any, data_dict: Data) -> list[Data]:
    """List the sources and how they stand; definitions are never part of it.

    Args:
        organization_id (str): only the sources of this organization (its id).

    Returns:
        list: for each source `id`, `name`, `kind`, `organization`, `origin`, `state`, `failures` in a
        row, `checked_at`, `changed_at`, `last_complete_at`, `next_due_at` (ISO 8601 or null) and `last_run`.

    Example:
        `GET /api/3/action/jambi_source_list`
    """
    tk.check_access("jambi_source_list", context, data_dict)
    return status.board(model.Session.connection(), data_dict.get("organization_id"))


@tk.side_effect_free
@tk.validate_action_data(schema.source_id)
def jambi_source_show(context: Any, data_dict: Data) -> Data:
    """Show how one source stands, as in `jambi_source_list`.

    Args:
        id (str): name or id of the source.

    Raises:
        NotFound: if there is no such source.

    Example:
        `GET /api/3/action/jambi_source_show?id=bpbd-tma`
    """
    tk.check_access("jambi_source_show", context, data_dict)
    name = _source(data_dict["id"])["name"]
    return next(one for one in status.board(model.Session.connection()) if one["name"] == name)


@tk.side_effect_free
@tk.validate_action_data(schema.definition)
def jambi_source_validate(context: Any, data_dict: Data) -> Data:
    """Check a source definition without reading the source.

    Args:
        definition (dict): the definition, as in a file of `config/sources`.

    Returns:
        dict: `valid`, and `problems`, each with `path`, `message`, `pesan` (Indonesian) and
        `suggestion` (the nearest known name, or null).

    Example:
        `POST /api/3/action/jambi_source_validate {"definition": {"version": 1, "id": "uji"}}`
    """
    tk.check_access("jambi_source_validate", context, data_dict)
    try:
        _parsed(data_dict["definition"])
    except DefinitionError as err:
        return {"valid": False, "problems": [_problem(one) for one in err.problems]}
    return {"valid": True, "problems": []}


@tk.validate_action_data(schema.definition)
def jambi_source_preview(context: Any, data_dict: Data) -> Data:
    """Read a source as a definition says and return its first rows as they would be published.

    Nothing is written. Columns that are not declared public are named, their values are not returned.

    Args:
        definition (dict): the definition; its organization must be one of the caller's.
        limit (int): at most so many rows or records, 1 to 1000, 20 if left out.

    Returns:
        dict: `kind`, `url` and `records`, each with `guid`, `fields`, `warnings` and, for tables,
        `columns`, `unpublished` and `rows`.

    Raises:
        ValidationError: if the definition is none, or the source cannot be read.
        NotAuthorized: if the caller may not publish for that organization.

    Example:
        `POST /api/3/action/jambi_source_preview {"definition": {...}, "limit": 5}`
    """
    tk.check_access("jambi_source_preview", context, data_dict)
    try:
        wanted = _parsed(data_dict["definition"])
        return preview.preview(model.meta.engine, wanted, data_dict["limit"])
    except DefinitionError as err:
        raise tk.ValidationError({"definition": [_problem(one) for one in err.problems]}) from err
    except HarvesterError as err:
        raise tk.ValidationError({"source": [err.pesan]}) from err


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
    source = _source(data_dict["source_id"])
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
        `expected`, `error_code`, `error`, `started_at`, `finished_at`.

    Raises:
        NotFound: if there is no such run.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_run_show?id=…`
    """
    found = _run(data_dict["id"])
    tk.check_access("jambi_run_show", context, {"source_id": found["source_id"]})
    return status.plain_run(found)


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
        for row in _listed("jambi_run_list", run, run.c.due_at.desc(), context, data_dict)
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


@tk.side_effect_free
@tk.validate_action_data(schema.of_source)
def jambi_record_list(context: Any, data_dict: Data) -> list[Data]:
    """List what a source's records became, by guid.

    Args:
        source_id (str): name or id of the source.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Returns:
        list: each with `guid`, `package_id`, `changed_at`, `missing_since`, `tombstone_until`,
        `failures`, `last_error` and `gaps` (what the dataset misses to be public, or null).

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_record_list?source_id=bpbd-tma`
    """
    names = (
        "guid",
        "package_id",
        "changed_at",
        "missing_since",
        "tombstone_until",
        "failures",
        "last_error",
        "gaps",
    )
    rows = _listed("jambi_record_list", record, record.c.guid, context, data_dict)
    return [_plain(row, names) for row in rows]


@tk.side_effect_free
@tk.validate_action_data(schema.of_source)
def jambi_quarantine_list(context: Any, data_dict: Data) -> list[Data]:
    """List the held change sets of a source, newest first.

    Args:
        source_id (str): name or id of the source.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): leave out so many.

    Returns:
        list: each with `id`, `run_id`, `reason`, `summary`, `samples`, `state` and `opened_at`.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller may not edit for the source's organization.

    Example:
        `GET /api/3/action/jambi_quarantine_list?source_id=bpbd-tma`
    """
    names = ("id", "run_id", "reason", "summary", "samples", "state", "opened_at")
    rows = _listed("jambi_quarantine_list", quarantine, quarantine.c.opened_at.desc(), context, data_dict)
    return [_plain(row, names) for row in rows]


@tk.side_effect_free
def jambi_target_list(context: Any, data_dict: Data) -> list[Data]:
    """List the internal addresses that sources may use (sysadmins).

    Returns:
        list: each with `name`, `host`, `cidr`, `port`, `path_prefix`, `reason`, `created_by`, `created_at`.

    Example:
        `GET /api/3/action/jambi_target_list`
    """
    tk.check_access("jambi_target_list", context, data_dict)
    names = ("name", "host", "cidr", "port", "path_prefix", "reason", "created_by", "created_at")
    rows = model.Session.execute(sa.select(target).order_by(target.c.name)).mappings()
    return [_plain(row, names) for row in rows]


@tk.validate_action_data(schema.target_create)
def jambi_target_create(context: Any, data_dict: Data) -> Data:
    """Allow sources that name it to use one internal address (sysadmins); a row of that name is replaced.

    Args:
        name (str): the name that definitions give as `guard.internal_target`.
        host (str): host name in the source's address.
        cidr (str): range that its address must lie in, such as `10.1.2.0/24`.
        port (int): port.
        path_prefix (str): paths must begin so; `/` if left out.
        reason (str): why.

    Returns:
        dict: the row. Loopback addresses are used in debug and demo mode only.

    Raises:
        NotAuthorized: if the caller is no sysadmin.
        ValidationError: if the range or the port is none.

    Example:
        `POST /api/3/action/jambi_target_create {"name": "simpus", "host": "simpus.local", "cidr": "10.1.2.3/32", "port": 80, "reason": "…"}`
    """  # noqa: E501 - one example is one line
    tk.check_access("jambi_target_create", context, data_dict)
    names = ("name", "host", "cidr", "port", "path_prefix", "reason")
    values = {name: data_dict[name] for name in names} | {"created_by": context["user"], "created_at": NOW}
    statement = insert(target).values(**values).on_conflict_do_update(index_elements=["name"], set_=values)
    model.Session.execute(statement)
    model.Session.commit()
    return {name: data_dict[name] for name in names}


@tk.validate_action_data(schema.target_delete)
def jambi_target_delete(context: Any, data_dict: Data) -> None:
    """Take a row from the allowlist (sysadmins).

    Args:
        name (str): name of the row.

    Raises:
        NotAuthorized: if the caller is no sysadmin.
        NotFound: if there is no such row.

    Example:
        `POST /api/3/action/jambi_target_delete {"name": "simpus"}`
    """
    tk.check_access("jambi_target_delete", context, data_dict)
    done = model.Session.execute(sa.delete(target).where(target.c.name == data_dict["name"]))
    if not done.rowcount:
        raise tk.ObjectNotFound(tk._("There is no such target."))
    model.Session.commit()


def _parsed(raw: Any) -> Definition:
    return for_demo_city(definitions.parse(raw, origin="form"))


def _problem(one: definitions.Problem) -> Data:
    return {"path": one.path, "message": one.message, "pesan": one.pesan, "suggestion": one.suggestion}


def _source(name_or_id: str) -> Data:
    try:
        return sources.find(model.Session.connection(), name_or_id)
    except SourceUnknownError as err:
        raise tk.ObjectNotFound(str(err)) from err


def _run(run_id: str) -> Mapping[str, Any]:
    found = model.Session.execute(sa.select(run).where(run.c.id == run_id)).mappings().first()
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such run."))
    return found


def _listed(name: str, table: sa.Table, order: Any, context: Any, data_dict: Data) -> list[Mapping[str, Any]]:
    source = _source(data_dict["source_id"])
    tk.check_access(name, context, {"source_id": source["source_id"]})
    query = sa.select(table).where(table.c.source_id == source["source_id"]).order_by(order)
    query = query.limit(data_dict["limit"]).offset(data_dict["offset"])
    return list(model.Session.execute(query).mappings())


def _plain(row: Mapping[str, Any], names: tuple[str, ...]) -> Data:
    return {
        name: status.iso(row[name]) if name.endswith(("_at", "_since", "_until")) else row[name]
        for name in names
    }
