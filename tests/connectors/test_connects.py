"""HV09, P11: no connector of any kind, and no child of one, connects to an address that was not judged."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import connects
import databases
import pytest
import yaml
from databases import started
from misbehaving import Handler, Source, redirect
from reading import workbook
from werkzeug.serving import make_server

from ckanext.jambi.demo_city.app import create_app
from jambi_harvesters import errors
from jambi_harvesters.definition import parse
from jambi_harvesters.http import Client, Target
from jambi_harvesters.kinds import installed
from jambi_harvesters.sources import connector_for, policy_for

SOURCES = Path(__file__).parents[2] / "config" / "sources"
HOST = "kota-peraga.invalid"
NOW = datetime(2025, 12, 15, 2, 0, tzinfo=UTC)
INTERNAL = "http://169.254.169.254/latest/meta-data/"
AT_ONCE = SimpleNamespace(reserve=lambda host, max_rps: 0.0)
CODES = ["15.71.01.1001", "15.71.01.1002"]
KINDS = sorted(name for name, point in installed().items() if point.value.startswith("jambi_harvesters."))
CITY = {
    "rest_api": "rsud-ham-tempat-tidur",
    "csv": "diskominfo-sikesal",
    "xlsx": "diskominfo-registri-spbe",
    "gsheet": "dlh-sampah",
    "arcgis": "dishub-pju",
    "bmkg": "bmkg-prakiraan",
    "spse": "ukpbj-paket",
    "jdih": "bag-hukum-jdih",
}
"""A definition of the demo city for each kind that has one."""
NATIVE: dict[str, tuple[str, dict[str, Any]]] = {
    "wfs": (
        "/geoserver/",
        {
            "endpoint": {"path": "ows", "params": {"typeNames": "kota:tps"}},
            "primary_key": "kode",
            "schema": {"fields": {"kode": "kode"}},
        },
    ),
    "bps_webapi": (
        "/bps/v1/api/",
        {
            "endpoint": {"path": "list/model/var/domain/1571"},
            "schema": {"fields": {"judul": "title"}},
        },
    ),
    "html_table": ("/papan-harga/", {"schema": {"fields": {"komoditas": "Komoditas"}}}),
    "wordpress": ("/tirta-mayang/", {"schema": {"fields": {"judul": "title"}}}),
    "ckan": ("/provinsi/", {"schema": {}, "dataset": {"fields": {"frekuensi": "bulanan"}}}),
    "dcat": ("/provinsi/catalog.ttl", {"schema": {}, "dataset": {"fields": {"frekuensi": "bulanan"}}}),
    "datajson": ("/data.json", {"schema": {}, "dataset": {"fields": {"frekuensi": "bulanan"}}}),
}
ACCESS = {"bps_webapi": {"auth": {"type": "api_key", "name": "key", "api_key": "secret:KUNCI"}}}
OVER_HTTP = sorted(set(KINDS) - {"sql", "snapshot"})


@pytest.fixture(scope="module")
def city() -> Iterator[int]:
    """The demo city on loopback; yields its port."""
    server = make_server("127.0.0.1", 0, create_app(now=lambda: NOW), threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_port
    server.shutdown()


def raw_definition(kind: str) -> dict[str, Any]:
    """Return a definition of a kind, of the demo city."""
    if kind in CITY:
        return dict(yaml.safe_load((SOURCES / f"{CITY[kind]}.yaml").read_text("utf-8")))
    path, own = NATIVE[kind]
    base = {
        "version": 1,
        "id": "uji-sumber",
        "kind": kind,
        "organization": "diskominfo",
        "client": {"base_url": f"http://{HOST}{path}", **ACCESS.get(kind, {})},
        "dataset": {"title": "Uji", "fields": {"frekuensi": "bulanan"}},
    }
    return {**base, **own}


def moved(raw: dict[str, Any], host: str, port: int) -> dict[str, Any]:
    """Return a definition whose source listens elsewhere."""
    address = raw["client"]["base_url"].replace(HOST, f"{host}:{port}")
    guard = {**raw.get("guard", {}), "internal_target": "uji"}
    return {**raw, "client": {**raw["client"], "base_url": address}, "guard": guard}


def read(raw: dict[str, Any], watch: connects.Watch, target: Target) -> list[Any]:
    """Read a source while it is watched; every name leads to loopback, which the allowlist allows."""
    definition = parse(raw)
    kind = connector_for(definition)
    policy = policy_for(definition, kind, targets=(target,), demo=True)
    resolver = watch.resolver(lambda host: ["127.0.0.1"])
    client = Client(policy, resolver=resolver, limiter=AT_ONCE, sleep=lambda seconds: None)
    resolvers = {"area": lambda text, level=None: None, "area_bps": lambda code: None}
    options = {"now": NOW, "resolvers": resolvers, "code_lists": lambda resource, field: CODES}
    return list(kind(definition, client, secrets={"KUNCI": "peraga"}, **options).pages())


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_p11_hv09_reading_connects_to_judged_addresses_only(
    city: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with connects.watching(kind, tmp_path, monkeypatch) as watch:
        pages = read(
            moved(raw_definition(kind), HOST, city), watch, Target("uji", HOST, "127.0.0.0/8", city, "/")
        )
    assert pages[-1].records
    assert set(watch.seen) == {("127.0.0.1", city)}
    assert watch.unjudged == []
    assert set(watch.looked_up) <= {"127.0.0.1"}
    assert bool(watch.children) is (kind in ("xlsx", "dcat"))


def linked_book() -> bytes:
    """Return a workbook that refers to another one on an internal address, and asks it by a formula."""
    plain = workbook({"Data": [["nama"], ["a"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            asked = f'<c r="B2"><f>WEBSERVICE("{INTERNAL}")</f></c></row></sheetData>'
            new.writestr(
                part.filename,
                old.read(part).replace(b"</row></sheetData>", asked.encode()),
            )
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"
        link = f'<Relationship Id="rId1" Type="{kind}" Target="{INTERNAL}" TargetMode="External"/>'
        space = "http://schemas.openxmlformats.org/package/2006/relationships"
        new.writestr(
            "xl/externalLinks/_rels/externalLink1.xml.rels",
            f'<Relationships xmlns="{space}">{link}</Relationships>',
        )
    return out.getvalue()


ENTITY = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{INTERNAL}">]>'
RDF = f'{ENTITY}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&x;</rdf:RDF>'
RSS = f"{ENTITY}<rss><channel><item><title>&x;</title></item></channel></rss>"
WFS = f'{ENTITY}<wfs:WFS_Capabilities xmlns:wfs="{INTERNAL}">&x;</wfs:WFS_Capabilities>'
PAGE = (
    f'<!DOCTYPE html><html><head><base href="{INTERNAL}"><link rel="stylesheet" href="{INTERNAL}"></head>'
    f'<body><iframe src="{INTERNAL}"></iframe><table><tr><th>nama<tr><td><img src="{INTERNAL}">a'
    "</table></body></html>"
)
ROW = {"nama": INTERNAL, "urlDownload": INTERNAL, "idData": "1", "display": "1"}
LINKS = {"title": INTERNAL, "downloadURL": INTERNAL, "accessURL": INTERNAL}
ENTRY = {"identifier": "a", "title": "A", "landingPage": INTERNAL, "distribution": [LINKS]}
LAYER = {"objectIdField": "OBJECTID", "maxRecordCount": 5, "url": INTERNAL, "fields": []}
PLAIN = {"schema": {"fields": {"nama": "nama"}}}
CATALOGUE = {"schema": {}, "dataset": {"fields": {"frekuensi": "bulanan"}}}
TEMPTING: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("rest_api", "next link", {"data": [ROW], "links": {"next": INTERNAL}}, PLAIN),
    ("csv", "addresses in cells", f"nama\n{INTERNAL}\n=WEBSERVICE({INTERNAL})\n", PLAIN),
    ("xlsx", "external link", linked_book(), PLAIN),
    ("jdih", "addresses of files", [ROW], PLAIN),
    ("spse", "addresses in values", [ROW], PLAIN),
    ("html_table", "things to load", PAGE, PLAIN),
    (
        "datajson",
        "distributions",
        {"dataset": [ENTRY], "@context": INTERNAL, "describedBy": INTERNAL},
        CATALOGUE,
    ),
    ("dcat", "external entity", RDF, CATALOGUE),
    ("dcat", "remote context", {"@context": INTERNAL, "@graph": []}, CATALOGUE),
    ("dcat", "context in a list", {"@context": [INTERNAL, {"@import": INTERNAL}], "@graph": []}, CATALOGUE),
    (
        "dcat",
        "next page",
        f"@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix dcat: <http://www.w3.org/ns/dcat#> ."
        f" <#c> a dcat:Catalog . <#v> hydra:next <{INTERNAL}> . <#d> a dcat:Dataset .",
        CATALOGUE,
    ),
    ("ckan", "addresses of resources", {"success": True, "result": {"count": 0, "results": []}}, CATALOGUE),
    ("wordpress", "entity in the feed", RSS, PLAIN),
    ("wfs", "external entity", WFS, NATIVE["wfs"][1] | {"endpoint": {"params": {"typeNames": "a"}}}),
    ("arcgis", "address of a layer", LAYER, PLAIN),
]


def refused_or_read(read_it: Callable[[], list[Any]]) -> str:
    """Return how a reading ended; either is right, as long as nothing was connected to."""
    try:
        return "read" if read_it() else "empty"
    except errors.HarvesterError as err:
        return err.code


@pytest.mark.parametrize(
    ("kind", "what", "answer", "own"), TEMPTING, ids=[f"{kind}: {what}" for kind, what, *_ in TEMPTING]
)
def test_p11_hv09_addresses_inside_an_answer_are_not_asked(
    server: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    what: str,
    answer: Any,
    own: dict[str, Any],
) -> None:
    body = (
        answer
        if isinstance(answer, bytes)
        else (answer if isinstance(answer, str) else json.dumps(answer)).encode()
    )
    for path in ("/x", "/feed/", "/api/3/action/package_search", "/api/3/action/package_list"):
        server.put(path, body)
    base = {
        "version": 1,
        "id": "uji-sumber",
        "kind": kind,
        "organization": "diskominfo",
        "client": {"base_url": f"http://{HOST}/{'x' if kind not in ('wordpress', 'ckan') else ''}"},
        "dataset": {"title": "Uji", "fields": {"frekuensi": "bulanan"}},
    }
    raw = moved({**base, **own}, "sumber.test", server.port)
    with connects.watching(kind, tmp_path, monkeypatch) as watch:
        refused_or_read(lambda: read(raw, watch, server.target))
    assert watch.seen
    assert set(watch.seen) == {("127.0.0.1", server.port)}
    assert set(watch.looked_up) <= {"127.0.0.1"}


@pytest.mark.parametrize("kind", OVER_HTTP)
@pytest.mark.parametrize("location", [INTERNAL, "http://[::ffff:a9fe:a9fe]/", "file:///etc/passwd"])
def test_p11_hv09_redirect_of_any_kind_leads_nowhere(
    server: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, location: str
) -> None:
    away = redirect(location)

    def everywhere(handler: Handler) -> None:
        away(handler)

    server.routes = Always(everywhere)
    raw = moved(raw_definition(kind), "sumber.test", server.port)
    with connects.watching(kind, tmp_path, monkeypatch) as watch:
        ended = refused_or_read(lambda: read(raw, watch, server.target))
    assert ended not in ("read", "empty")
    assert set(watch.seen) == {("127.0.0.1", server.port)}


class Always(dict[str, Any]):
    """Routes that answer every path alike."""

    def __init__(self, behave: Any) -> None:
        super().__init__()
        self._behave = behave

    def get(self, path: str, default: Any = None) -> Any:
        """Return the one behaviour."""
        return self._behave


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_p11_hv09_source_that_is_not_allowed_is_not_connected_to(
    city: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    other = Target("uji", HOST, "10.0.0.0/8", city, "/")
    with connects.watching(kind, tmp_path, monkeypatch) as watch:
        ended = refused_or_read(lambda: read(moved(raw_definition(kind), HOST, city), watch, other))
    assert ended == "address_refused"
    assert watch.seen == []


def test_p11_snapshot_connects_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lama.xlsx").write_bytes(linked_book())
    raw = {
        "version": 1,
        "id": "uji-sumber",
        "kind": "snapshot",
        "organization": "diskominfo",
        "endpoint": {"path": "lama.xlsx"},
        "dataset": {"title": "Uji", "fields": {"frekuensi": "bulanan"}},
        "schema": {"fields": {"nama": "nama"}},
    }
    definition = parse(raw)
    kind = connector_for(definition)
    with connects.watching("snapshot", tmp_path, monkeypatch) as watch:
        client = Client(policy_for(definition, kind), resolver=watch.resolver(lambda host: ["127.0.0.1"]))
        pages = list(kind(definition, client, now=NOW, files=tmp_path).pages())
    assert pages[-1].records
    assert (watch.seen, watch.children) == ([], 1)


NEEDS = "needs MariaDB (Debian: mariadb-server-core, mariadb-client-core)"
DRIVERS = [
    "postgresql",
    pytest.param("mysql", marks=pytest.mark.skipif(not databases.HAS_MARIADB, reason=NEEDS)),
]


@pytest.mark.parametrize("driver", DRIVERS)
def test_p11_hv09_driver_of_a_database_connects_to_the_judged_address_only(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, driver: str
) -> None:
    for database in started(driver, tmp_path_factory.mktemp("db")):
        database.fresh()
        database.fill(["'P1', 'Izin', 1, 'x', '2026-01-01 08:00:00'"])
        with connects.watching("sql", tmp_path, monkeypatch) as watch:
            found = read_database(database, watch)
        assert found
        port = database.forwarder.port
        assert set(watch.seen) == {("127.0.0.1", port)}
        assert watch.unjudged == []


def read_database(database: Any, watch: connects.Watch) -> list[Any]:
    raw = {
        "version": 1,
        "id": "uji-izin",
        "kind": "sql",
        "organization": "dpmptsp",
        "client": {"base_url": "secret:DB_IZIN"},
        "endpoint": {"path": "izin"},
        "primary_key": "kode",
        "schema": {"fields": {"kode": "kode"}},
        "dataset": {"title": "Izin", "fields": {"frekuensi": "bulanan"}},
        "guard": {"internal_target": "uji-db"},
    }
    definition = parse(raw)
    kind = connector_for(definition)
    policy = policy_for(definition, kind, targets=(database.target,), demo=True)
    client = Client(policy, resolver=watch.resolver(lambda host: ["127.0.0.1"]))
    return list(kind(definition, client, now=NOW, secrets={"DB_IZIN": database.address()}).pages())


def test_recorder_sees_what_a_child_connects_to(
    city: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"import socket; socket.create_connection(('127.0.0.1', {city})).close()"
    before = dict(connects.TOTALS)
    with connects.watching("uji", tmp_path, monkeypatch) as watch:
        subprocess.run([sys.executable, "-c", code], check=True)
    connects.TOTALS.clear()
    connects.TOTALS.update(before)
    assert watch.seen == [("127.0.0.1", city)]
    assert watch.unjudged == [("127.0.0.1", city)]


def test_every_kind_is_watched() -> None:
    assert set(OVER_HTTP) == {*CITY, *NATIVE}
