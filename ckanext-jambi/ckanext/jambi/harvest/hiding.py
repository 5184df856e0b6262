"""Keep definitions from those who may not change their source (HV13, ckanext-harvest#248).

The definition stands in the `config` of a source made in a form. It is taken out of the search row,
and put back into what is shown to callers with update right.
"""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import authz, logic, model
from ckanext.harvest.model import HarvestSource

from ckanext.jambi import ledger
from ckanext.jambi.harvest import sources
from ckanext.jambi.harvest.harvester import WRAPPER, definition_in
from jambi_harvesters import definition as definitions

SOURCE_TYPE = "harvest"
FIELD = "config"
# ckanext-harvest shows the keys of a config as fields of the source.
HIDDEN = (FIELD, WRAPPER)


class DefinitionHiding(p.SingletonPlugin):
    """The part of IPackageController that the plugin takes over."""

    p.implements(p.IPackageController, inherit=True)

    def after_dataset_show(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Show a source's definition to those who may change it, and to nobody else."""
        if pkg_dict.get("type") != SOURCE_TYPE:
            return
        for name in HIDDEN:
            pkg_dict.pop(name, None)
        if _may_update(context, pkg_dict["id"]):
            found = HarvestSource.get(pkg_dict["id"])
            pkg_dict |= {FIELD: found.config} if found and found.config else {}

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Leave the definition out of the search row and of both payloads in it."""
        if pkg_dict.get("dataset_type") != SOURCE_TYPE:
            return pkg_dict
        for name in HIDDEN:
            pkg_dict.pop(name, None)
            pkg_dict.pop(f"extras_{name}", None)
        for name in ("data_dict", "validated_data_dict"):
            pkg_dict[name] = json.dumps(_without_definition(json.loads(pkg_dict[name])))
        return pkg_dict

    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Keep the definition of a source made in a form."""
        _keep_form_definition(context, pkg_dict)

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Keep the changed definition of a source made in a form."""
        _keep_form_definition(context, pkg_dict)


@tk.chained_action
@tk.side_effect_free
@logic.auth_audit_exempt  # the action it completes asks for nothing
def harvest_source_list(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """List sources; their definitions only to those who may change them."""
    listed = next_action(context, data_dict)
    for one in listed:
        if not _may_update(context, one["id"]):
            one.pop(FIELD, None)
    return listed


def _may_update(context: Any, source_id: str) -> bool:
    if context.get("ignore_auth"):
        return True
    own = {"model": model, "session": model.Session, "user": context.get("user", "")}
    try:
        tk.check_access("harvest_source_update", own, {"id": source_id})
    except tk.NotAuthorized:
        return False
    return True


def _without_definition(payload: dict[str, Any]) -> dict[str, Any]:
    extras = [one for one in payload.get("extras", []) if one.get("key") not in HIDDEN]
    return {name: value for name, value in payload.items() if name not in HIDDEN} | {"extras": extras}


def _keep_form_definition(context: Any, pkg_dict: dict[str, Any]) -> None:
    if pkg_dict.get("type") != SOURCE_TYPE or pkg_dict.get("source_type") != sources.HARVESTER:
        return
    raw = definition_in(json.loads(pkg_dict.get(FIELD) or "{}"))
    if isinstance(raw, dict) and raw:
        wanted = definitions.parse(raw, origin="form")
        _require_definer(context, pkg_dict, wanted)
        sources.require_allowed(wanted, by_sysadmin=authz.is_sysadmin(context.get("user")))
        model.Session.flush()
        sources.store(model.Session.connection(), wanted, pkg_dict["id"], ledger.actor(context))


def _require_definer(context: Any, pkg_dict: dict[str, Any], wanted: definitions.Definition) -> None:
    """Let the doors of CKAN and ckanext-harvest change no definition that ours would not (HV12).

    Raises:
        ValidationError: if a file defines the source, or the definition is another source's.
        NotAuthorized: if the caller is no admin of the owner.
    """
    connection = model.Session.connection()
    before = sources.stored(connection, pkg_dict["id"])
    if before and before["origin"] != wanted.origin:
        raise tk.ValidationError({FIELD: [tk._("A file defines this source; change it there.")]})
    if wanted.id != pkg_dict["name"]:
        raise tk.ValidationError({FIELD: [tk._("The id of a definition is the name of its source.")]})
    if context.get("ignore_auth") or (before and before["definition_hash"] == wanted.hash):
        return
    user, owner = context.get("user"), pkg_dict.get("owner_org")
    if not (owner and authz.has_user_permission_for_group_or_org(owner, user, "admin")):
        raise tk.NotAuthorized(tk._("Only the admins of the source's organization may do this."))
