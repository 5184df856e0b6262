"""What the portal knows of a dataset beside its evidence: published, stored, and the five checks (F22).

A change enters the log as a row `facts`, so that a score can be reckoned as of any instant (F33).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi.freshness.rules.scoring import Checks, Facts
from ckanext.jambi.metadata import requirements

OPEN_FORMATS = frozenset(
    {"csv", "tsv", "json", "geojson", "xml", "xlsx", "ods", "parquet", "gpkg", "kml", "gml"}
)
_NEEDED = ("nama", "tipe", "definisi")
_measured: dict[str, tuple[datetime, Facts]] = {}


def measure(package_ids: Iterable[str]) -> dict[str, Facts]:
    """Return the facts of datasets; what was measured since its last change is not asked again."""
    found = {}
    for package in model.Session.query(model.Package).filter(model.Package.id.in_(list(package_ids))):
        known = _measured.get(package.id)
        if known is None or known[0] != package.metadata_modified:
            known = _measured[package.id] = (package.metadata_modified, _of(package))
        found[package.id] = known[1]
    return found


def as_detail(facts: Facts) -> dict[str, bool]:
    """Return facts as the log keeps them."""
    return {
        **{name: value for name, value in asdict(facts).items() if name != "checks"},
        **asdict(facts.checks),
    }


def _of(package: Any) -> Facts:
    active = package.state == "active"
    shown = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": package.id})
    resources = shown["resources"]
    return Facts(
        active and not package.private,
        active,
        bool(resources),
        bool(resources) and all(map(_is_stored, resources)),
        _checks(shown, resources),
    )


def _is_stored(resource: Mapping[str, Any]) -> bool:
    return resource.get("url_type") in ("upload", "datastore") or bool(resource.get("datastore_active"))


def _checks(shown: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> Checks:
    described = bool(resources) and all(map(_is_described, resources))
    return Checks(
        not requirements.gaps(shown),
        any(_is_open(each) for each in resources),
        described,
        described and all(each.get("datastore_active") for each in resources),
        bool(shown.get("license_id")),
    )


def _is_open(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("datastore_active")) or str(resource.get("format")).lower() in OPEN_FORMATS


def _is_described(resource: Mapping[str, Any]) -> bool:
    entries = resource.get("kamus_data") or []
    columns = json.loads(entries) if isinstance(entries, str) else entries
    return bool(columns) and all(all(each.get(name) for name in _NEEDED) for each in columns)
