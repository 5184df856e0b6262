"""The set that the sniffer is measured by: addresses, what they answer, and what they are (HV30)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from reading import SDI, grid, sumber, workbook

FIXTURES = Path(__file__).parent / "fixtures"
DEFINITIONS = Path(__file__).parents[2] / "config" / "sources"
CITY_HOST = "http://kota-peraga.invalid"


@dataclass(frozen=True)
class Case:
    """One address: its kind, and the selector where its kind takes one."""

    path: str
    kind: str
    selector: str | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def fixture(name: str) -> bytes:
    """Return a fixture of the kinds."""
    return (FIXTURES / name).read_bytes()


def _page(items: list[Any], **outside: Any) -> bytes:
    return json.dumps({"data": items, **outside}).encode()


def _json(path: str, body: bytes, selector: str, kind: str = "rest_api") -> Case:
    return Case(path, kind, selector, body, {"Content-Type": "application/json"})


def _book(path: str, *names: str) -> Case:
    return Case(path, "xlsx", None, workbook({name: grid(name) for name in names}))


def fixtures() -> list[Case]:
    """Return the cases that the fixtures make."""
    people = [{"id": n, "nama": f"Pos {n}", "nilai": "1,5"} for n in range(5)]
    return [
        _json("/api/ruas", sumber("code-message-data.json"), "data.items"),
        _json("/api/ispu", sumber("ispu.json"), "parameter"),
        _json("/api/siswa", sumber("laravel-paginator-hal1.json"), "data.data"),
        _json("/api/siswa-terakhir?page=3", sumber("laravel-paginator-hal3.json"), "data.data"),
        _json("/api/siswa-lagi?page=2", sumber("laravel-paginator-hal2.json"), "data.data"),
        _json("/api/sekolah", sumber("laravel-resource.json"), "data"),
        _json("/ws/kamar", sumber("rsud-tempat-tidur.json"), "response.list"),
        _json("/sipaten", sumber("sipaten-rekap.json"), "data"),
        _json("/harga.php?tgl=2026-01-05", sumber("status-larik.json"), "result"),
        _json("/tma", sumber("tma-batanghari.json"), "data"),
        _json("/larik", json.dumps(people).encode(), "@"),
        _json("/aneh", json.dumps({"ok": True, "daftarPos": people}).encode(), "daftarPos"),
        _json("/kursor", _page(people, meta={"next_cursor": "abc"}), "data"),
        _json("/tautan", _page(people, links={"next": "/tautan?page=2"}), "data"),
        Case("/isi.txt", "rest_api", "data", _page(people), {"Content-Type": "text/plain"}),
        Case("/jdih/dokumen", "jdih", None, fixture("jdih/contoh.json")),
        Case("/lpse/tender-judul", "spse", None, fixture("spse/tender-judul.json")),
        Case("/lpse/tender-kunci", "spse", None, fixture("spse/tender-kunci.json")),
        Case("/wp-json/wp/v2/posts", "wordpress", None, fixture("wordpress/wp-posts-hal1.json")),
        Case("/wp-json/wp/v2/media", "wordpress", None, fixture("wordpress/wp-media.json")),
        Case(
            "/v1/api/list/model/var/domain/1571/", "bps_webapi", None, fixture("bps_webapi/bps-list-var.json")
        ),
        Case(
            "/v1/api/list/model/data/var/31/key/kuncicontoh1/",
            "bps_webapi",
            None,
            fixture("bps_webapi/bps-dynamic.json"),
        ),
        Case("/publik/prakiraan-cuaca?adm4=15.71.01.1001", "bmkg", None, fixture("bmkg/bmkg-prakiraan.json")),
        Case(
            "/rest/services/Jalan/MapServer/0/query?where=1=1&f=json",
            "arcgis",
            None,
            fixture("arcgis/arcgis-query-esri.json"),
        ),
        Case(
            "/geoserver/ows?service=WFS&request=GetFeature&typeName=kota:tps&outputFormat=json",
            "wfs",
            None,
            fixture("wfs/wfs-getfeature.geojson"),
        ),
        Case("/data.json", "datajson", None, (SDI / "bintan.json").read_bytes()),
        Case("/katalog", "datajson", None, (SDI / "jogja.json").read_bytes()),
        Case("/katalog.ttl", "dcat", None, fixture("dcat/before.ttl"), {"Content-Type": "text/turtle"}),
        Case("/unduh?f=1", "csv", None, fixture("csv/before.csv"), {"Content-Type": "text/csv"}),
        Case("/ekspor.csv", "csv", None, sumber("gsheet-ekspor.csv")),
        Case(
            "/titik-koma.csv",
            "csv",
            None,
            "Kecamatan;Jumlah\nTelanaipura;1.204,5\nJambi Timur;2.000\n".encode("cp1252"),
        ),
        Case("/utf16.csv", "csv", None, "Nama\tJumlah\nPasar\t3\nTerminal\t4\n".encode("utf-16")),
        _book("/apbd.xlsx", "xlsx-apbd.csv"),
        _book("/bertingkat", "xlsx-kepala-bertingkat.csv"),
        _book("/judul", "xlsx-judul-dan-jumlah.csv"),
        _book("/seri", "xlsx-tanggal-seri.csv"),
        _book("/lembar.xlsx", "xlsx-lembar-2023.csv", "xlsx-lembar-2024.csv", "xlsx-lembar-2025.csv"),
        Case(
            "/tabel.html",
            "html_table",
            None,
            fixture("html_table/before.html"),
            {"Content-Type": "text/html"},
        ),
    ]


def city() -> Iterator[Case]:
    """Yield the addresses of the simulated city, as their definitions describe them."""
    for path in sorted(DEFINITIONS.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text("utf-8"))
        endpoint = raw.get("endpoint", {})
        asked = {
            name: value for name, value in endpoint.get("params", {}).items() if not isinstance(value, dict)
        }
        stated = {**asked, **_one_value(endpoint.get("params", {}))}
        query = "&".join(f"{name}={value}" for name, value in stated.items()).replace("{tahun}", "2026")
        base = raw["client"]["base_url"].removeprefix(CITY_HOST).rstrip("/")
        whole = f"{base}/{endpoint.get('path', '')}".rstrip("/")
        yield Case(whole + (f"?{query}" if query else ""), raw["kind"], endpoint.get("data_selector"))


def native() -> list[Case]:
    """Return the addresses of the city's systems that hold no dataset, as people would paste them."""
    return [
        Case("/tirta-mayang/", "wordpress"),
        Case("/tirta-mayang/wp-json/wp/v2/posts", "wordpress"),
        Case("/geoserver/ows?service=WFS&version=2.0.0&request=GetCapabilities", "wfs"),
        Case("/geoserver/ows?service=WFS&request=GetFeature&typeNames=kota:tps&outputFormat=json", "wfs"),
        Case("/bps/v1/api/list/model/var/domain/1571/key/peraga/", "bps_webapi"),
        Case("/bps/v1/api/list/model/data/domain/1571/var/31/key/peraga/", "bps_webapi"),
        Case("/papan-harga/", "html_table"),
        Case("/provinsi/api/3/action/package_search", "ckan"),
        Case("/provinsi/catalog.ttl", "dcat"),
        Case("/data.json", "datajson"),
    ]


def _one_value(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: "15.71.01.1001" for name, value in params.items() if isinstance(value, dict)}
