"""Fill the portal of the browser tests with the demo city's data through CKAN's own actions.

No harvest runs here: datasets, organizations and topics are created by API calls from the definitions in
`config/sources`, rows come from the simulated city. Evidence is as old as each dataset's last period, so that
states differ.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import yaml
from ckan import model
from ckan.lib.search import rebuild

from ckanext.jambi.demo_city.chance import Chance
from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.freshness.evidence import Observation, observe
from ckanext.jambi.metadata import vocabularies

ROOT = Path(__file__).parents[2]
TYPES = {"integer": "numeric", "decimal": "numeric", "date": "date", "timestamp": "timestamp"}
KINDS = {"integer": "bilangan", "decimal": "desimal", "date": "tanggal", "timestamp": "waktu"}
MOST_ROWS = 3000
DAYS_AGO = (0, 0, 1, 3, 9, 40, 0, 0, 0, 75, 2, 0, 120)


def make_organizations() -> None:
    """Create the topics and the organizations that publish, as far as they are missing."""
    listed = yaml.safe_load((ROOT / "config/opd.yaml").read_text())
    opd = {each["slug"]: each for each in listed["opd"] + listed["bukan_opd"]}
    for term in vocabularies.terms("topik"):
        _create("group_create", {"name": term.kode, "title": term.label})
    publishing = {each["organization"] for each in _definitions()}
    for slug in sorted(
        publishing | {opd[each].get("induk") for each in publishing if opd[each].get("induk")}, key=_depth
    ):
        _create("organization_create", _organization(opd[slug]))


def make_datasets(now: datetime) -> None:
    """Create the datasets that are missing."""
    for place, definition in enumerate(_definitions()):
        _dataset(definition, now, DAYS_AGO[place % len(DAYS_AGO)])


def _definitions() -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "config/sources").glob("*.yaml"))]


def _depth(slug: str) -> tuple[int, str]:
    """Put organizations that have others below them first."""
    return slug.count("-"), slug


def _act(action: str, data: dict[str, Any]) -> Any:
    return tk.get_action(action)({"ignore_auth": True, "user": _user()}, data)


def _user() -> str:
    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def _create(action: str, data: dict[str, Any]) -> None:
    if not model.Group.get(data["name"]):
        _act(action, data)


def _organization(opd: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": opd["slug"],
        "title": opd["nama"],
        "singkatan": opd["singkatan"],
        "jenis_opd": opd["jenis"],
        "urusan": opd.get("urusan", []),
        "induk": opd.get("induk", ""),
        "kepala_jabatan": "Kepala perangkat daerah",
        "walidata_pendukung_jabatan": "Pengelola data",
        "surel": "pengelola-data@example.go.id",
        "telepon_kantor": "0741 000000",
        "alamat_kantor": "Kota Jambi",
        "dasar_hukum": "Perda Kota Jambi Nomor 14 Tahun 2016",
        "berlaku_mulai": "2017-01-01",
    }


def _dataset(definition: dict[str, Any], now: datetime, days_ago: int) -> None:
    described = definition["dataset"]
    if model.Package.get(described["name"]):
        return
    source = next(each for each in SOURCES if each.name == described["name"])
    then = now - timedelta(days=days_ago)
    rows = source.content.rows(Chance("kota-jambi"), then)[-MOST_ROWS:]
    period = described.get("period_column", "")
    records = [dict(zip(source.columns, map(_plain, row), strict=True)) for row in rows]
    last = max(
        (str(each[period])[:10] for each in records if period and each.get(period)), default="2026-10-31"
    )
    package = _act(
        "package_create", _package(definition, last if len(last) == 10 else "2026-10-31", source.columns)
    )
    resource = package["resources"][0]
    fields = definition["schema"]["fields"]
    _act(
        "datastore_create",
        {
            "resource_id": resource["id"],
            "force": True,
            "fields": [
                {"id": name, "type": TYPES.get(_kind(fields, name), "text")} for name in source.columns
            ],
            "records": records,
        },
    )
    seen = Observation(
        kind="harvest_ok",
        package_id=package["id"],
        resource_id=resource["id"],
        organization_id=package["owner_org"],
        content_hash=f"{source.number:064x}",
        hash_method="rows-v1",
        row_count=len(records),
        valid_at=then,
    )
    observe([seen])
    model.Session.commit()
    rebuild(package["id"])


def _kind(fields: dict[str, Any], name: str) -> str:
    return fields.get(name, {}).get("type", "text")


def _package(definition: dict[str, Any], last: str, columns: tuple[str, ...]) -> dict[str, Any]:
    described, fields = definition["dataset"], definition["schema"]["fields"]
    names = described["fields"]
    dictionary = [
        {
            "nama": name,
            "tipe": KINDS.get(_kind(fields, name), "teks"),
            "label": fields.get(name, {}).get("label", name),
            "definisi": fields.get(name, {}).get("definition", name),
            "satuan": fields.get(name, {}).get("unit", ""),
            "akses_publik": True,
        }
        for name in columns
    ]
    period = described.get("period_column", "")
    resource = {
        "name": described["title"],
        "url": f"http://127.0.0.1/{described['name']}.csv",
        "format": "CSV",
        "jenis_berkas": "utama",
        "kamus_data": dictionary,
        "kolom_periode": period,
        "kolom_kunci": described.get("key_columns", []),
        "tanggal_data": last,
    }
    return names | {
        "name": described["name"],
        "title": described["title"],
        "notes": described["notes"],
        "owner_org": definition["organization"],
        "license_id": described.get("license_id") or names.get("license_id") or "cc-by",
        "tags": [{"name": tag} for tag in described["tags"]],
        "groups": [{"name": topic} for topic in names["topik"]],
        "periode_mulai": names.get("periode_mulai", "2025-01-01"),
        "periode_akhir": last,
        "private": False,
        "resources": [resource],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return (
        value.astimezone(UTC).replace(tzinfo=None).isoformat()
        if isinstance(value, datetime)
        else str(value)
        if value is not None
        else None
    )
