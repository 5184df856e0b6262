"""Who is writing: the portal itself, a source's importer, a reviewer, or a steward."""

from __future__ import annotations

from typing import Any

from ckan import authz, model

from ckanext.jambi.metadata import config

# Context keys of calls that write what a source said; the second is that of the importer's batches.
IMPORT_KEYS = ("jambi_import", "jambi_harvest_batch")


def is_import(context: Any) -> bool:
    """Whether the importer writes what a source said."""
    return any(context.get(key) for key in IMPORT_KEYS)


def is_system(context: Any) -> bool:
    """Whether the portal's own code writes; a steward's call never carries these keys."""
    return is_import(context) or bool(context.get("ignore_auth"))


def is_reviewer(context: Any) -> bool:
    """Whether a sysadmin, or an editor or admin of the reviewers' organization, writes."""
    user = context.get("user")
    if authz.is_sysadmin(user):
        return True
    reviewers = model.Group.get(config.reviewer_organization())
    if reviewers is None or not user:
        return False
    return authz.users_role_for_group_or_org(reviewers.id, user) in ("admin", "editor")


def stored_value(key: tuple[Any, ...], data: Any, context: Any) -> Any:
    """Return what is stored for a key of the dataset or resource under validation, or None."""
    package = context.get("package")
    if package is None:
        return None
    if len(key) == 1:
        return package.extras.get(key[0])
    resource_id = data.get((*key[:2], "id"))
    for resource in package.resources:
        if resource.id == resource_id:
            own = getattr(resource, key[2], None)
            return own if own else (resource.extras or {}).get(key[2])
    return None
