"""Actions on sources: how they stand, and definitions that are looked at."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import ledger
from ckanext.jambi.harvest import preview, queue, sources, status, wake
from ckanext.jambi.harvest.connections import for_demo_city
from ckanext.jambi.harvest.errors import DecisionRefusedError, TrialTooLongError
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, find_any_source, told
from ckanext.jambi.harvest.stock import approvals, standing
from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import Definition, DefinitionError
from jambi_harvesters.errors import HarvesterError


@tk.side_effect_free
@tk.validate_action_data(schema.source_list)
def jambi_source_list(context: Any, data_dict: Data) -> list[Data]:
    """List the sources, those of other harvesters too, and how they stand; definitions are never part of it.

    Args:
        organization_id (str): only the sources of this organization (its id).

    Returns:
        list: for each source `id`, `name`, `title`, `kind`, `organization`, `organization_title`, `post`,
        `open_quarantines`, `origin`, `state`, `definition_hash`,
        `approved` (it publishes directly), `health` (sehat, terganggu, mati, dijeda, pensiun), `down_since`,
        `failures` in a row, `checked_at`, `changed_at`, `last_complete_at`, `next_due_at` (ISO 8601 or
        null) and `last_run`.

    Example:
        `GET /api/3/action/jambi_source_list`
    """
    tk.check_access("jambi_source_list", context, data_dict)
    return standing.board(model.Session.connection(), data_dict.get("organization_id"))


@tk.side_effect_free
@tk.validate_action_data(schema.source_show)
def jambi_source_show(context: Any, data_dict: Data) -> Data:
    """Show how one source stands, as in `jambi_source_list`.

    Of a source that another harvester reads, `origin` is `stock` and `definition_hash` the hash of its
    settings; it has no definition, and `url` is added here.

    Args:
        id (str): name or id of the source.
        include_definition (bool): add `definition`, for those who may change the source.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the definition is asked for by somebody who may not change the source.

    Example:
        `GET /api/3/action/jambi_source_show?id=bpbd-tma`
    """
    tk.check_access("jambi_source_show", context, data_dict)
    found = find_any_source(data_dict["id"])
    if found["origin"] == standing.ORIGIN:
        return standing.plain(found) | {"url": found["url"]}
    shown = status.one(model.Session.connection(), found)
    if data_dict["include_definition"]:
        tk.check_access("package_update", context, {"id": found["source_id"]})
        shown["definition"] = found["definition"]
    return shown


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
        raise tk.ValidationError({"source": [told(err)]}) from err
    except TrialTooLongError as err:
        raise tk.ValidationError({"source": [str(err)]}) from err


@tk.validate_action_data(schema.approval)
def jambi_source_approve(context: Any, data_dict: Data) -> Data:
    """Let a source publish directly, as long as its definition stays as it was looked at (reviewers).

    Its datasets are published by the next run, which begins at once.

    Args:
        id (str): name or id of the source.
        definition_hash (str): hash of the definition that was looked at, as `jambi_source_show` gives it; of
            a source that another harvester reads, of its settings.
        note (str): why, at least 10 characters.

    Returns:
        dict: `id`, `approved_by` and `changed`: false if it was approved already.

    Raises:
        NotFound: if there is no such source.
        NotAuthorized: if the caller is no reviewer.
        ValidationError: if the definition is another one by now.

    Example:
        `POST /api/3/action/jambi_source_approve {"id": "uji", "definition_hash": "…", "note": "…"}`
    """
    found = find_any_source(data_dict["id"])
    tk.check_access("jambi_source_approve", context, {"source_id": found["source_id"]})
    connection, by = model.Session.connection(), context["user"]
    try:
        if found["origin"] == standing.ORIGIN:
            changed = approvals.approve(connection, found, data_dict["definition_hash"], by)
        else:
            changed = sources.approve(connection, found["source_id"], data_dict["definition_hash"], by)
    except DecisionRefusedError as err:
        raise tk.ValidationError({"definition_hash": [str(err)]}) from err
    if changed:
        queue.enqueue(connection, found["source_id"], "approval", mode="complete")
        hashed, note = data_dict["definition_hash"], data_dict["note"]
        sources.note_approval(found["name"], hashed, note, ledger.actor(context))
    model.Session.commit()
    wake.wake()
    return {"id": found["source_id"], "approved_by": by, "changed": changed}


def _parsed(raw: Any) -> Definition:
    return for_demo_city(definitions.parse(raw, origin="form"))


def _problem(one: definitions.Problem) -> Data:
    return {"path": one.path, "message": one.message, "pesan": one.pesan, "suggestion": one.suggestion}
