"""Evidence from people and API clients: an uploaded file at once, a DataStore table once it rests.

A mark in the context of `package_update` says which resources bring a file; after CKAN stored
them, their content enters the log in the same transaction. Timestamps are never asked (F2), and the
importer's own writes (context key `jambi_import`) leave no trace here: it gives its own evidence.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi import clock
from ckanext.jambi.freshness import content, evidence, stored
from ckanext.jambi.freshness.model import pending

log = logging.getLogger(__name__)

IMPORT_KEYS = ("jambi_import", "jambi_harvest_batch")
_MARK = "jambi_freshness_uploaded"


def is_import(context: Mapping[str, Any]) -> bool:
    """Whether the harvest importer writes, which brings evidence of its own."""
    return any(context.get(key) for key in IMPORT_KEYS)


def mark(context: dict[str, Any], data_dict: Mapping[str, Any]) -> None:
    """Note in the context which resources of an update bring a file."""
    context.pop(_MARK, None)
    resources = data_dict.get("resources") or []
    brought = [place for place, each in enumerate(resources) if each.get("upload")]
    if brought and not is_import(context):
        context[_MARK] = brought


def record(context: dict[str, Any], package_id: str) -> None:
    """Write the evidence of the files that this update stored."""
    brought = context.pop(_MARK, [])
    if not brought:
        return
    active = model.Session.get(model.Package, package_id).resources
    user = context.get("auth_user_obj") or model.User.get(context.get("user"))
    observations = [
        each for place in brought if place < len(active) and (each := _observation(active[place], user))
    ]
    evidence.observe(observations)


def _observation(resource: Any, user: Any) -> evidence.Observation | None:
    declared = content.Declared.of(resource.extras)
    try:
        path = uploader.get_resource_uploader({"id": resource.id}).get_path(resource.id)
        measured = content.of_file(path, resource.format, declared)
        stored.keep(resource.id, resource.package_id, path)
    except OSError as err:
        log.warning("Upload of resource %s cannot be measured: %s", resource.id, err)
        return None
    return observation("upload", resource.package_id, resource.id, measured, actor(user), clock.now())


def actor(user: Any) -> tuple[str | None, str]:
    """Return the actor's id and class; a call without a user is the system's."""
    return (user.id, "person") if user else (None, "system")


def observation(
    kind: str,
    package_id: str,
    resource_id: str,
    measured: content.Measured,
    by: tuple[str | None, str],
    valid_at: Any,
) -> evidence.Observation:
    """Return the evidence that a measurement is."""
    return evidence.Observation(
        kind=kind,
        package_id=package_id,
        resource_id=resource_id,
        content_hash=measured.hash,
        hash_method=measured.method,
        row_count=measured.rows,
        period_start=measured.rows_in[0].start if measured.rows_in else None,
        period_end=measured.period_end,
        rows_in=measured.rows_in,
        period_at=measured.period_at,
        actor_id=by[0],
        actor_class=by[1],
        valid_at=valid_at,
        detail=fitting(measured),
    )


def fitting(measured: content.Measured) -> dict[str, int]:
    """Return what `detail` says of how many rows are not what the data dictionary says (F22)."""
    return {} if measured.unfit is None else {content.UNFIT: measured.unfit}


def touch(context: Mapping[str, Any], resource_id: str | None) -> None:
    """Note that a DataStore table was written; it is measured when it rests (`quiet`)."""
    resource = model.Session.get(model.Resource, resource_id) if resource_id else None
    if resource is None or is_import(context):
        return
    by = actor(context.get("auth_user_obj") or model.User.get(context.get("user")))
    put = insert(pending).values(
        resource_id=resource.id,
        package_id=resource.package_id,
        actor_id=by[0],
        actor_class=by[1],
        touched_at=clock.now(),
        quiet_from=sa.func.clock_timestamp(),
    )
    model.Session.execute(
        put.on_conflict_do_update(
            index_elements=[pending.c.resource_id],
            set_={
                name: put.excluded[name] for name in ("actor_id", "actor_class", "touched_at", "quiet_from")
            },
        )
    )
    model.Session.commit()
