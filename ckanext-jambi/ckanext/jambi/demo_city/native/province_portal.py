"""The province's open data portal: another CKAN with its API, and its catalogue in RDF with pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from ..city import City
from ..places import DISTRICTS, District
from .system import Asked, Reply, System, as_json, part_of

CLAMP = 10
"""Datasets in one answer, however many rows are asked for."""
RDF_PAGE = 9
TURTLE = "text/turtle; charset=utf-8"
TOPICS = {
    "penduduk": ("Jumlah Penduduk", "semester", "dukcapil/unduh/penduduk.xlsx"),
    "sekolah": ("Jumlah Sekolah", "Tahunan", "disdik/unduh/sekolah.xlsx"),
}
_SINCE = re.compile(r"metadata_modified:\[(\S+) TO \*\]")
_PREFIXES = (
    "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
    "@prefix hydra: <http://www.w3.org/ns/hydra/core#> .\n"
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
)


def packages(city: City, origin: str) -> list[dict[str, Any]]:
    """Return the datasets of the portal by id: two for each kecamatan, changed at the turn of the year."""
    changed = datetime(city.now().year, 1, 1, 3, 0, tzinfo=UTC)
    made = [_package(topic, district, changed, origin) for topic in TOPICS for district in DISTRICTS]
    return sorted(made, key=lambda one: one["id"])


def answer(city: City, asked: Asked) -> Reply | None:
    """Answer an action of the API, or a page of the catalogue."""
    found = packages(city, asked.origin)
    if asked.path == "catalog.ttl":
        return _catalogue(found, asked)
    if not asked.path.startswith("api/3/action/"):
        return None
    name = asked.path.removeprefix("api/3/action/")
    if name == "package_list":
        return _said(sorted(one["name"] for one in found))
    if name == "package_search":
        return _said(_search(found, asked))
    if name == "package_show":
        wanted = [one for one in found if asked.params.get("id") in (one["id"], one["name"])]
        return _said(wanted[0]) if wanted else _not_found()
    return as_json({"success": False, "error": {"message": f"Action name not known: {name}"}}, 400)


def _search(found: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    fq = asked.params.get("fq", "")
    since = _SINCE.search(fq)
    if "dataset_type:harvest" in fq:
        found = []
    if since:
        found = [one for one in found if one["metadata_modified"] >= since[1].removesuffix("Z")]
    first, rows = asked.number("start", 0), min(asked.number("rows", CLAMP), CLAMP)
    return {"count": len(found), "sort": "id asc", "results": part_of(found, first, rows)}


def _said(result: Any) -> Reply:
    return as_json({"help": "/api/3/action/help_show", "success": True, "result": result})


def _not_found() -> Reply:
    return as_json({"success": False, "error": {"__type": "Not Found Error"}}, 404)


def _package(topic: str, district: District, changed: datetime, origin: str) -> dict[str, Any]:
    title, rhythm, path = TOPICS[topic]
    name = f"{topic}-{district.code.replace('.', '-')}"
    return {
        "id": f"provinsi-{name}",
        "name": name,
        "type": "dataset",
        "state": "active",
        "private": False,
        "title": f"{title} Kecamatan {district.name}",
        "notes": f"<p>{title} di Kecamatan {district.name}. Data peraga.</p>",
        "license_id": "cc-by",
        "metadata_created": "2025-01-01T03:00:00.000000",
        "metadata_modified": f"{changed:%Y-%m-%dT%H:%M:%S.%f}",
        "tags": [{"name": "Data Peraga"}, {"name": topic}],
        "extras": [
            {"key": "frekuensi", "value": rhythm},
            {"key": "cakupan_wilayah", "value": json.dumps([district.code])},
        ],
        "resources": [{"id": f"{name}-1", "name": "Tabel", "format": "XLSX", "url": f"{origin}/{path}"}],
    }


def _catalogue(found: list[dict[str, Any]], asked: Asked) -> Reply:
    page = max(asked.number("page", 1), 1)
    part = part_of(found, (page - 1) * RDF_PAGE, RDF_PAGE)
    here = f"{asked.origin}/provinsi/catalog.ttl"
    view = f"<{here}?page={page}> a hydra:PagedCollection ; hydra:totalItems {len(found)}"
    if page * RDF_PAGE < len(found):
        view += f" ;\n    hydra:nextPage <{here}?page={page + 1}>"
    head = f'<{asked.origin}/provinsi/> a dcat:Catalog ; dct:title "Portal provinsi (data peraga)"@id .\n'
    text = f"{_PREFIXES}{head}{view} .\n" + "".join(_described(one, asked.origin) for one in part)
    return Reply(text.encode(), TURTLE)


def _described(one: dict[str, Any], origin: str) -> str:
    (resource,) = one["resources"]
    frequency = next(extra["value"] for extra in one["extras"] if extra["key"] == "frekuensi")
    return (
        f"<{origin}/provinsi/dataset/{one['name']}> a dcat:Dataset ;\n"
        f"    dct:identifier {json.dumps(one['id'])} ;\n"
        f"    dct:title {json.dumps(one['title'], ensure_ascii=False)}@id ;\n"
        f"    dct:description {json.dumps(one['notes'], ensure_ascii=False)}@id ;\n"
        f"    dct:accrualPeriodicity {json.dumps(frequency)} ;\n"
        f'    dct:modified "{one["metadata_modified"]}"^^xsd:dateTime ;\n'
        f'    dcat:keyword "data peraga" ;\n'
        f"    dcat:distribution [ a dcat:Distribution ; dcat:downloadURL <{resource['url']}> ;"
        f' dct:title "Tabel" ; dct:format "XLSX" ] .\n'
    )


SYSTEM = System(
    prefix="/provinsi/",
    title="Portal data provinsi: API CKAN, dan katalog RDF di catalog.ttl",
    kind="ckan",
    start="api/3/action/package_search",
    answer=answer,
)
