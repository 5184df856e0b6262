"""Kinds of source that no demo dataset needs are spoken natively too: each is read by its own connector."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client

from ckanext.jambi.demo_city import native
from ckanext.jambi.demo_city.app import create_app
from ckanext.jambi.demo_city.native import (
    feature_service,
    office_site,
    price_board,
    province_portal,
    statistics,
)
from jambi_harvesters import http
from jambi_harvesters.definition import parse
from jambi_harvesters.sources import connector_for, policy_for

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
EARLY = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
"""The web site has two pages of posts by then."""
HOST = "kota-peraga.test"
DATASET: dict[str, Any] = {"title": "Uji", "fields": {"frekuensi": "bulanan"}}
BASE: dict[str, Any] = {
    "version": 1,
    "id": "uji-sumber",
    "organization": "diskominfo",
    "guard": {"internal_target": "kota-peraga"},
    "polite": {"max_rps": 20},
}
INVENTORY = {
    "id": {"type": "integer"},
    "judul": "title",
    "diubah": {"path": "modified_gmt", "type": "timestamp"},
}


@pytest.fixture
def town(serve: Any) -> Any:
    """The city on loopback; its instant is a test's to move."""
    state = SimpleNamespace(instant=NOW)
    app = create_app(now=lambda: state.instant)
    with serve(app) as port:
        yield SimpleNamespace(city=app.city, port=port, state=state, origin=f"http://{HOST}:{port}")


def pages(town: Any, kind: str, path: str, **changes: Any) -> list[Any]:
    """Read a native endpoint through the connector of a kind."""
    raw = {
        **BASE,
        "kind": kind,
        "client": {"base_url": f"{town.origin}{path}"},
        "dataset": DATASET,
        **changes,
    }
    definition = parse(raw)
    kind_of = connector_for(definition)
    target = http.Target("kota-peraga", HOST, "127.0.0.0/8", town.port)
    policy = policy_for(definition, kind_of, targets=(target,), demo=True)
    at_once = SimpleNamespace(reserve=lambda host, max_rps: 0.0)
    client = http.Client(policy, resolver=lambda host, at: ["127.0.0.1"], limiter=at_once)
    secrets = {"KUNCI_BPS": "peraga"}
    return list(kind_of(definition, client, now=town.state.instant, secrets=secrets).pages())


def rows(found: list[Any]) -> list[tuple[Any, ...]]:
    assert found[-1].complete, found[-1].problem
    return [row for page in found for record in page.records for row in record.rows.rows]


def named(found: list[Any]) -> dict[str, Any]:
    assert found[-1].complete, found[-1].problem
    return {record.guid: record for page in found for record in page.records}


def wfs(town: Any) -> Any:
    fields = {
        "kode": "kode",
        "kapasitas": {"path": "kapasitas_m3", "type": "integer"},
        "titik": {"path": "geometry", "type": "geometry"},
    }
    asked = {"path": "ows", "params": {"typeNames": feature_service.TYPE_NAME}}
    return rows(
        pages(town, "wfs", "/geoserver/", endpoint=asked, primary_key="kode", schema={"fields": fields})
    )


def test_wfs_reads_every_feature(town: Any) -> None:
    wanted = feature_service.features(town.city)
    found = wfs(town)
    assert [row[:2] for row in found] == [
        (one["properties"]["kode"], one["properties"]["kapasitas_m3"]) for one in wanted
    ]
    assert json.loads(found[0][2])["type"] == "Point"
    assert len(found) > feature_service.MOST


def bps(town: Any, path: str, fields: dict[str, Any]) -> Any:
    client = {
        "base_url": f"{town.origin}/bps/v1/api/",
        "auth": {"type": "api_key", "name": "key", "api_key": "secret:KUNCI_BPS"},
    }
    endpoint = {"path": path}
    return rows(pages(town, "bps_webapi", "", client=client, endpoint=endpoint, schema={"fields": fields}))


def test_bps_webapi_reads_its_list_and_its_table(town: Any) -> None:
    listed = bps(town, "list/model/var/domain/1571", {"judul": "title"})
    assert [row[0] for row in listed] == [one["title"] for one in statistics.variables()]
    fields = {
        "kode": {"path": "vervar.val"},
        "nama": {"path": "vervar.label"},
        "tahun": {"path": "tahun.label", "type": "integer"},
        "jumlah": {"path": "datacontent", "type": "integer"},
    }
    found = bps(town, "list/model/data/domain/1571/var/31", fields)
    wanted = statistics.population(town.city, 31)
    assert {(row[2], str(row[0])): row[3] for row in found} == wanted
    assert not any("<" in row[1] for row in found)


def board(town: Any) -> Any:
    fields = {"pasar": "Pasar", "komoditas": "Komoditas", "harga": {"path": "Harga (Rp)", "type": "decimal"}}
    schema = {"locale": "id-ID", "missing": ["-"], "fields": fields}
    return pages(town, "html_table", "/papan-harga/", schema=schema)


def test_html_table_reads_the_prices_of_the_day(town: Any) -> None:
    wanted = [
        (row[1], row[2], None if row[3] is None else Decimal(row[3])) for row in price_board.prices(town.city)
    ]
    first = board(town)
    assert rows(first) == wanted
    town.state.instant = NOW.replace(minute=1)
    assert board(town)[-1].records[0].content_hash == first[-1].records[0].content_hash


def test_wordpress_reads_posts_and_files(town: Any) -> None:
    town.state.instant = EARLY
    found = rows(pages(town, "wordpress", "/tirta-mayang/", schema={"fields": INVENTORY}))
    posts = office_site.posts(town.city, town.origin)
    files = office_site.media(town.city, town.origin)
    assert [row[0] for row in found] == [one["id"] for one in (*posts, *files)]
    assert len(posts) > office_site.MOST_PER_PAGE
    assert found[0][1].startswith("Gangguan aliran – ")
    assert found[0][1].endswith("& sekitarnya")


def test_wordpress_finds_one_disruption_more(town: Any) -> None:
    per_post = {
        "mode": "per_record",
        "title": "{judul}",
        "notes": "{diubah}",
        "fields": {"frekuensi": "harian"},
    }

    town.state.instant = EARLY

    def hashes() -> dict[str, Any]:
        found = pages(
            town,
            "wordpress",
            "/tirta-mayang/",
            dataset=per_post,
            primary_key="id",
            schema={"fields": INVENTORY},
        )
        return {guid: record.content_hash for guid, record in named(found).items()}

    before = hashes()
    count = len(office_site.posts(town.city, town.origin))
    town.state.instant = EARLY.replace(day=6)
    after = hashes()
    assert set(before) <= set(after)
    assert len(after) - len(before) == len(office_site.posts(town.city, town.origin)) - count > 0


def test_ckan_reads_the_portal_of_the_province(town: Any) -> None:
    catalogue = {"fields": {"frekuensi": "bulanan"}}
    found = named(pages(town, "ckan", "/provinsi/", dataset=catalogue, schema={}))
    wanted = province_portal.packages(town.city, town.origin)
    assert set(found) == {one["id"] for one in wanted}
    assert len(wanted) > 2 * province_portal.CLAMP
    assert all(record.fields["resources"] for record in found.values())


def test_ckan_is_asked_for_what_changed(town: Any) -> None:
    catalogue = {"fields": {"frekuensi": "bulanan"}}
    first = pages(town, "ckan", "/provinsi/", dataset=catalogue, schema={})
    assert first[-1].next_cursor
    browser = Client(create_app(now=lambda: NOW))
    asked = "/provinsi/api/3/action/package_search?fq=metadata_modified:[2026-06-01T00:00:00.000000Z TO *]"
    assert json.loads(browser.get(asked).data)["result"]["count"] == 0


def test_dcat_reads_the_catalogue_page_by_page(town: Any) -> None:
    catalogue = {"fields": {"frekuensi": "bulanan"}}
    found = named(pages(town, "dcat", "/provinsi/catalog.ttl", dataset=catalogue, schema={}))
    wanted = {one["id"]: one["title"] for one in province_portal.packages(town.city, town.origin)}
    assert {guid: record.fields["title"] for guid, record in found.items()} == wanted
    assert len(wanted) > 2 * province_portal.RDF_PAGE


def test_datajson_reads_the_catalogue_of_the_city(town: Any) -> None:
    catalogue = {"fields": {"frekuensi": "bulanan"}}
    found = named(pages(town, "datajson", "/data.json", dataset=catalogue, schema={}))
    assert len(found) == len(town.city.sources)


Read = Callable[[Any], Any]
READERS: dict[str, Read] = {
    "wfs": wfs,
    "html_table": lambda town: rows(board(town)),
    "bps_webapi": lambda town: bps(town, "list/model/var/domain/1571", {"judul": "title"}),
}


@pytest.mark.parametrize("kind", READERS)
def test_hv10_equal_instants_read_equally(town: Any, kind: str) -> None:
    assert READERS[kind](town) == READERS[kind](town)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/geoserver/ows?service=WFS&request=GetFeature&typeNames=kota:lain", 200),
        ("/geoserver/ows?service=WFS&request=Transaction", 200),
        ("/geoserver/lain", 404),
        ("/bps/v1/api/list/model/var/domain/1571/", 200),
        ("/bps/v1/api/list/model/var/domain/9999/key/x/", 200),
        ("/bps/v1/api/list/model/data/domain/1571/var/999/key/x/", 200),
        ("/bps/v1/api/", 404),
        ("/tirta-mayang/", 200),
        ("/tirta-mayang/wp-json/wp/v2/users", 404),
        ("/tirta-mayang/wp-json/wp/v2/posts?page=999&per_page=100", 400),
        ("/tirta-mayang/wp-json/wp/v2/posts?per_page=101", 400),
        ("/tirta-mayang/feed/", 200),
        ("/tirta-mayang/feed/?paged=9999", 404),
        ("/papan-harga/lain", 404),
        ("/provinsi/api/3/action/package_show?id=provinsi-penduduk-15-71-01", 200),
        ("/provinsi/api/3/action/package_show?id=tidak-ada", 404),
        ("/provinsi/api/3/action/user_list", 400),
        ("/provinsi/lain", 404),
    ],
)
def test_a_native_system_refuses_as_the_real_ones_do(path: str, status: int) -> None:
    answer = Client(create_app(now=lambda: NOW)).get(path)
    assert answer.status_code == status
    assert answer.headers["X-Data-Peraga"] == "ya"


def test_failures_of_wfs_and_bps_are_no_data(town: Any) -> None:
    browser = Client(create_app(now=lambda: NOW))
    said = browser.get("/geoserver/ows?service=WFS&request=GetFeature&typeNames=kota:lain").text
    assert "ExceptionReport" in said
    assert json.loads(browser.get("/bps/v1/api/list/model/var/domain/1571/").data)["status"] == "Error"


def test_index_names_each_system_and_its_kind() -> None:
    index = Client(create_app(now=lambda: NOW)).get("/").text
    for system in native.SYSTEMS:
        assert f"<code>{system.kind}</code>" in index
        assert system.prefix in index


def test_prefixes_do_not_hide_one_another() -> None:
    prefixes = [system.prefix for system in native.SYSTEMS]
    assert all(one.startswith("/") and one.endswith("/") for one in prefixes)
    assert not any(one != other and one.startswith(other) for one in prefixes for other in prefixes)


def test_a_city_before_its_first_prices_has_an_empty_board() -> None:
    early = Client(create_app(now=lambda: NOW.replace(year=2025, month=1)))
    assert "<caption>Harga -</caption>" in early.get("/papan-harga/").text
