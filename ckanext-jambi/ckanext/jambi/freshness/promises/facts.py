"""What the portal knows of a dataset beside its evidence: published, stored, and the five checks (F22).

A change enters the log as a row `facts`, so that a score can be reckoned as of any instant (F33).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness import content, stored
from ckanext.jambi.freshness.model import item_dataset, measured
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.rules.scoring import Checks, Facts
from ckanext.jambi.metadata import requirements

OPEN_FORMATS = frozenset(
    {"csv", "tsv", "json", "geojson", "xml", "xlsx", "ods", "parquet", "gpkg", "kml", "gml"}
)
_NEEDED = ("nama", "tipe", "definisi")
_package, _resource = model.Package.__table__, model.Resource.__table__


def stale() -> list[str]:
    """Return the assigned datasets that CKAN has changed since their facts were measured, in order."""
    assigned = sa.select(item_dataset.c.package_id).distinct().subquery()
    query = (
        sa.select(_package.c.id)
        .select_from(
            _package.join(assigned, assigned.c.package_id == _package.c.id).outerjoin(
                measured, measured.c.package_id == _package.c.id
            )
        )
        .where(
            sa.or_(
                measured.c.package_id.is_(None),
                measured.c.metadata_modified.is_distinct_from(_package.c.metadata_modified),
            )
        )
    )
    return list(model.Session.scalars(query.order_by(_package.c.id)))


def measure(package_ids: Sequence[str]) -> dict[str, Facts]:
    """Return the facts of datasets, and note in which state of each they were measured."""
    if not package_ids:
        return {}
    found, noted = {}, []
    kept = _Kept(_unfit(package_ids), stored.unsound(package_ids))
    for package in model.Session.query(model.Package).filter(model.Package.id.in_(package_ids)):
        found[package.id] = _of(package, kept)
        noted.append({"package_id": package.id, "metadata_modified": package.metadata_modified})
    if noted:
        put = insert(measured).values(noted)
        changed = {"metadata_modified": put.excluded.metadata_modified}
        model.Session.execute(put.on_conflict_do_update(index_elements=["package_id"], set_=changed))
    return found


def measure_rows(held: Mapping[str, Facts]) -> dict[str, Facts]:
    """Return the facts of datasets of which rows alone are new: what their description gave is held."""
    if not held:
        return {}
    kept = _Kept(_unfit([*held]), stored.unsound([*held]))
    return {key: _with_rows(held[key], each, kept) for key, each in _resources([*held]).items()}


def as_detail(facts: Facts) -> dict[str, bool]:
    """Return facts as the log keeps them."""
    return {
        **{name: value for name, value in asdict(facts).items() if name != "checks"},
        **asdict(facts.checks),
    }


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of resources beside CKAN: rows that are not what the dictionary says, damaged files."""

    unfit: Mapping[str, int]
    unsound: Collection[str]


def _unfit(package_ids: Sequence[str]) -> dict[str, int]:
    """Return how many rows of each resource that was measured are not what its data dictionary says."""
    said = log.c.detail[content.UNFIT].as_integer()
    query = (
        sa.select(log.c.resource_id, said.label("unfit"))
        .distinct(log.c.resource_id)
        .where(log.c.package_id.in_(package_ids), log.c.item_id.is_(None), log.c.content_hash.is_not(None))
        .order_by(log.c.resource_id, log.c.seq.desc())
    )
    rows: Any = model.Session.execute(query)
    return {row.resource_id: row.unfit for row in rows if row.unfit is not None}


def _resources(package_ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the resources of datasets that have some, as far as their files and tables go."""
    columns = [_resource.c[name] for name in ("id", "package_id", "url_type", "format", "extras")]
    query = sa.select(*columns).where(_resource.c.package_id.in_(package_ids), _resource.c.state == "active")
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in model.Session.execute(query).mappings():
        found.setdefault(row["package_id"], []).append({**(row["extras"] or {}), **row})
    return found


def _with_rows(facts: Facts, resources: Sequence[Mapping[str, Any]], kept: _Kept) -> Facts:
    checks = facts.checks
    fit = checks.dictionary_complete and all(_has_fitting_rows(each, kept.unfit) for each in resources)
    return replace(
        facts,
        stored=_all_stored(resources, kept),
        checks=replace(checks, open_format=any(map(_is_open, resources)), rows_valid=fit),
    )


def _of(package: Any, kept: _Kept) -> Facts:
    active = package.state == "active"
    shown = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": package.id})
    resources = shown["resources"]
    return Facts(
        active and not package.private,
        active,
        bool(resources),
        _all_stored(resources, kept),
        _checks(shown, resources, kept.unfit),
    )


def _all_stored(resources: Sequence[Mapping[str, Any]], kept: _Kept) -> bool:
    return bool(resources) and all(_is_stored(each) and each["id"] not in kept.unsound for each in resources)


def _is_stored(resource: Mapping[str, Any]) -> bool:
    return resource.get("url_type") in ("upload", "datastore") or bool(resource.get("datastore_active"))


def _checks(
    shown: Mapping[str, Any], resources: Sequence[Mapping[str, Any]], unfit: Mapping[str, int]
) -> Checks:
    described = bool(resources) and all(map(_is_described, resources))
    return Checks(
        not requirements.gaps(shown),
        any(_is_open(each) for each in resources),
        described,
        described and all(_has_fitting_rows(each, unfit) for each in resources),
        bool(shown.get("license_id")),
    )


def _has_fitting_rows(resource: Mapping[str, Any], unfit: Mapping[str, int]) -> bool:
    """Whether every row is what the dictionary says; a table that the harvester loaded was judged by it."""
    if resource["id"] in unfit:
        return not unfit[resource["id"]]
    return bool(resource.get("datastore_active"))


def _is_open(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("datastore_active")) or str(resource.get("format")).lower() in OPEN_FORMATS


def _is_described(resource: Mapping[str, Any]) -> bool:
    entries = resource.get("kamus_data") or []
    columns = json.loads(entries) if isinstance(entries, str) else entries
    return bool(columns) and all(all(each.get(name) for name in _NEEDED) for each in columns)
