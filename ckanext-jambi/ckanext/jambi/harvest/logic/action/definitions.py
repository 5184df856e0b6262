"""Actions on definitions: keep one that a form made, count what it would do, show the form's schema."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model

from ckanext.jambi.harvest import form_schema, forms, preview, sources
from ckanext.jambi.harvest.errors import HarvestError
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, told
from jambi_harvesters.definition import Definition, DefinitionError, source_schema
from jambi_harvesters.errors import HarvesterError


@tk.validate_action_data(schema.definition)
def jambi_source_update(context: Any, data_dict: Data) -> Data:
    """Make the source of a definition, or change it; `state` paused or active pauses and resumes it.

    What a file defines is read-only. A changed definition must be approved anew before it publishes. A
    `guard.max_delete` above 3 and 10 % is kept for a sysadmin only, with its reason in the audit ledger.

    Args:
        definition (dict): the whole definition, as in `/schema/source.json`.

    Returns:
        dict: as `jambi_source_show`.

    Raises:
        ValidationError: keyed `definition`: a list of problems, each with `path`, `message`, `pesan`
            and `suggestion`; keyed `id`: a file defines the source.
        NotAuthorized: if the caller is no admin of the organization that is named, and of the one that
            owns the source now.
        NotFound: if there is no such organization.

    Example:
        `POST /api/3/action/jambi_source_update {"definition": {"version": 1, "id": "uji", ...}}`
    """
    tk.check_access("jambi_source_update", context, data_dict)
    wanted = _checked(data_dict["definition"])
    sources.require_allowed(wanted, by_sysadmin=authz.is_sysadmin(context["user"]))
    owner = model.Group.get(wanted.organization)
    if owner is None or not owner.is_organization:
        raise tk.ObjectNotFound(tk._("There is no organization {name}.").format(name=wanted.organization))
    own = {"model": model, "session": model.Session, "user": context["user"], "ignore_auth": True}
    source_id = forms.save(wanted, owner.id, own)
    return tk.get_action("jambi_source_show")({"user": context["user"]}, {"id": source_id})


@tk.validate_action_data(schema.definition)
def jambi_source_dry_run(context: Any, data_dict: Data) -> Data:
    """Read a source as a definition says and count what a run would do; nothing is written.

    Args:
        definition (dict): the definition; its source may exist already.

    Returns:
        dict: `pages`, `seen` (records), `rows`, `new`, `changed`, `unchanged`, `vanished`, `complete`, and
        `held`: the guards that would hold something.

    Raises:
        ValidationError: keyed `definition` (a list of problems) or `source` (why it cannot be read).
        NotAuthorized: if the caller may not publish for the organization that is named.

    Example:
        `POST /api/3/action/jambi_source_dry_run {"definition": {...}}`
    """
    tk.check_access("jambi_source_dry_run", context, data_dict)
    wanted = _checked(data_dict["definition"])
    try:
        return preview.dry_run(model.meta.engine, _row_of(wanted), wanted)
    except HarvesterError as err:
        raise tk.ValidationError({"source": [told(err)]}) from err
    except HarvestError as err:
        raise tk.ValidationError({"source": [str(err)]}) from err


@tk.side_effect_free
@tk.validate_action_data(schema.schema_show)
def jambi_source_schema_show(context: Any, data_dict: Data) -> Mapping[str, Any]:
    """Show the JSON Schema of source definitions, with labels, help and examples in both languages.

    Args:
        kind (str): only the keys that have an effect for this kind.

    Returns:
        dict: the schema (draft 2020-12); `x-id` holds the Indonesian title and description of each key,
        `x-kinds` the titles of the kinds.

    Example:
        `GET /api/3/action/jambi_source_schema_show`
    """
    tk.check_access("jambi_source_schema_show", context, data_dict)
    kind = data_dict.get("kind")
    shown = form_schema.for_kind(kind) if kind else {**source_schema()}
    return {**shown, "x-kinds": form_schema.titles()}


def _checked(raw: Any) -> Definition:
    try:
        wanted = forms.checked(raw)
        forms.require_free(wanted)
    except DefinitionError as err:
        raise tk.ValidationError({"definition": [sources.problem_dict(one) for one in err.problems]}) from err
    return wanted


def _row_of(wanted: Definition) -> Mapping[str, Any]:
    """Return the source's row; one that does not exist yet has no records."""
    return forms.known(wanted.id) or {"source_id": str(uuid.uuid4()), "name": wanted.id}
