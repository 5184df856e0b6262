"""Catalogues of other portals become datasets of ours, a dataset a record."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from harvest_source import NOTES, PLUGINS, Answer, Source
from samples import TABLE

from ckanext.jambi.harvest.connections import own_site

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
STATED = {
    "frekuensi": "Bulanan",
    "jadwal_rilis": "tanggal 10 bulan berikutnya",
    "periode_mulai": "2025-01-01",
    "periode_akhir": "2025-12-31",
    "urusan": "Kesehatan",
    "kategori": "Kesehatan",
    "jenis": "lainnya",
    "level_estimasi": "kota",
    "konsep": "Kunjungan pasien",
    "definisi": "Kedatangan pasien ke puskesmas untuk mendapat layanan.",
    "klasifikasi_akses": "terbuka",
    "kelas_informasi": "berkala",
}
CONTACT = {"kontak_jabatan": "Pengelola data perangkat daerah produsen", "kontak_surel": "data@example.go.id"}
TURTLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<#k> a dcat:Catalog . <https://a.test/1> a dcat:Dataset ; dct:identifier "d-1" ; dct:title "Jumlah Kunjungan" ;
  dct:description "%s" ; dcat:distribution [ dcat:downloadURL <https://a.test/1.csv> ; dct:title "Tabel" ] .
"""


def package(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"id-{number}",
        "name": f"nama-{number}",
        "title": f"Jumlah Kunjungan Puskesmas {number}",
        "notes": NOTES,
        "type": "dataset",
        "license_id": "cc-by",
        "metadata_modified": "2026-01-05T01:00:00.000000",
        "tags": [{"name": "kesehatan"}, {"name": "puskesmas"}, {"name": "kunjungan"}],
        "extras": [{"key": key, "value": value} for key, value in STATED.items()],
        "resources": [{"url": f"https://a.test/{number}.csv", **TABLE}],
        **changes,
    }


def put_site(source: Source, *packages: dict[str, Any]) -> None:
    for action, result in (
        ("package_list", [one["name"] for one in packages]),
        ("package_search", {"count": len(packages), "results": packages}),
    ):
        body = json.dumps({"success": True, "result": result}).encode()
        source.answers[f"/api/3/action/{action}"] = Answer(body)


def raw(source: Source, kind: str, path: str = "") -> dict[str, Any]:
    return {
        "version": 1,
        "id": "uji-katalog",
        "kind": kind,
        "organization": "dinkes",
        "client": {"base_url": f"{source.url}/{path}"},
        "polite": {"max_rps": 20},
        "dataset": {"fields": {"frekuensi": "tahunan", **CONTACT}},
        "guard": {"internal_target": "uji"},
    }


def datasets() -> dict[str, Any]:
    """Return the datasets that anybody may see, by title."""
    model.Session.remove()
    found = tk.get_action("package_search")({"user": ""}, {"q": "*:*", "rows": 100})["results"]
    return {one["title"]: one for one in found}


def test_hv10_ckan_site_becomes_public_datasets_and_then_only_its_changes_are_asked_for(
    apply_source: Any, source: Source, harvest: Any
) -> None:
    put_site(source, package(1), package(2))
    source_id = apply_source(raw(source, "ckan"))
    first = harvest(source_id)
    assert (first["state"], first["new"], first["complete"]) == ("succeeded", 2, True)
    one = datasets()["Jumlah Kunjungan Puskesmas 1"]
    assert (one["urusan"], one["jenis_data"], one["tingkat_penyajian"]) == ("1.02", "lainnya", "kota")
    assert (one["topik"], one["frekuensi"], one["license_id"]) == (["kesehatan"], "bulanan", "cc-by")
    assert {extra["key"] for extra in one["extras"]}.isdisjoint(["konsep", "urusan"])
    put_site(source, package(2, title="Jumlah Kunjungan Berubah"))
    second = harvest(source_id)
    assert (second["state"], second["mode"]) == ("succeeded", "incremental")
    assert (second["changed"], second["new"], second["vanished"]) == (1, 0, 0)
    assert "metadata_modified" in source.asked[-1]
    assert set(datasets()) == {"Jumlah Kunjungan Puskesmas 1", "Jumlah Kunjungan Berubah"}


def test_hv01_second_reading_of_a_ckan_site_changes_nothing(
    apply_source: Any, source: Source, harvest: Any
) -> None:
    put_site(source, package(1))
    source_id = apply_source(raw(source, "ckan"))
    harvest(source_id)
    before = datasets()
    assert before
    assert harvest(source_id)["state"] == "unchanged"
    assert datasets() == before


def test_hv10_rdf_catalogue_becomes_datasets(apply_source: Any, source: Source, harvest: Any) -> None:
    source.answers["/katalog"] = Answer((TURTLE % NOTES).encode(), headers={"Content-Type": "text/turtle"})
    source_id = apply_source(raw(source, "dcat", "katalog"))
    first = harvest(source_id)
    assert (first["state"], first["new"], first["failed"]) == ("succeeded", 1, 0)
    assert harvest(source_id)["state"] == "unchanged"


@pytest.mark.ckan_config("ckan.site_url", "https://data.jambi.test")
@pytest.mark.ckan_config("ckan.site_id", "jambi")
@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("jambi", True),
        ("https://data.jambi.test/dataset/x", True),
        ("https://data.lain.test/", False),
        ("jambi-lain", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_own_site_is_known_by_its_id_and_addresses(text: str, ours: bool) -> None:
    assert own_site(text) == ("jambi" if ours else None)
