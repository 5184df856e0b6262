from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from misbehaving import Handler, Source, short
from reading import connect, cut, definition, read, records, rows, sumber

from jambi_harvesters import documents, errors
from jambi_harvesters.sources.wfs import WfsConnector
from jambi_harvesters.xml_heads import elements

FIXTURES = Path(__file__).parents[1] / "fixtures" / "wfs"
EXCEPTION = (FIXTURES / "wfs-galat.xml").read_bytes()
SAMPLE = json.loads((FIXTURES / "wfs-getfeature.geojson").read_text("utf-8"))
PATH = "/geoserver/ows"
FIELDS = {
    "kode": {"path": "kode", "public": True},
    "nama": "nama",
    "kapasitas": {"path": "kapasitas_m3", "type": "integer"},
    "titik": {"path": "geometry", "type": "geometry"},
}
CAPABILITIES = (
    '<?xml version="1.0"?><wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs/2.0" version="2.0.0"'
    ' updateSequence="{}"><ows:Title xmlns:ows="http://www.opengis.net/ows/1.1">Peta</ows:Title>'
)
HITS = '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" numberMatched="{}" numberReturned="0"/>'


def station(number: int, **values: Any) -> dict[str, Any]:
    """Return one feature as the service holds it."""
    place = [103.5 + number / 1000, -1.6]
    return {
        "type": "Feature",
        "id": f"tps.{number}",
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {"kode": f"T{number}", "nama": f"TPS {number}", "kapasitas_m3": 6, **values},
    }


STATIONS = [station(number) for number in range(1, 8)]


class Service:
    """A feature service; its habits are attributes that a test changes."""

    def __init__(self, server: Source) -> None:
        self.stations = copy.deepcopy(STATIONS)
        self.most = 3
        self.matched: Callable[[], Any] = lambda: len(self.stations)
        self.ignores_start = False
        self.sequence = "7"
        self.crs: str | None = "urn:ogc:def:crs:OGC:1.3:CRS84"
        server.routes[PATH] = self.serve

    def serve(self, handler: Handler) -> None:
        """Answer one request."""
        query = handler.query
        assert (query["service"], query["version"]) == ("WFS", "2.0.0")
        if query["request"] == "GetCapabilities":
            handler.answer(CAPABILITIES.format(self.sequence).encode())
        elif query.get("resultType") == "hits":
            handler.answer(HITS.format(self.matched()).encode())
        else:
            handler.answer(json.dumps(self.page(query)).encode(), 200, {"Content-Type": "application/json"})

    def page(self, query: Mapping[str, str]) -> Any:
        """Return one page of features."""
        start = 0 if self.ignores_start else int(query["startIndex"])
        part = self.stations[start : start + min(self.most, int(query["count"]))]
        crs = {"crs": {"type": "name", "properties": {"name": self.crs}}} if self.crs else {}
        return {
            "type": "FeatureCollection",
            "numberMatched": self.matched(),
            "numberReturned": len(part),
            **crs,
            "features": part,
        }


@pytest.fixture
def service(server: Source) -> Service:
    return Service(server)


def spec(server: Source, **changes: Any) -> Any:
    params = {"endpoint__params": {"typeNames": "kota:tps"}, "primary_key": "kode"}
    return definition(server, PATH, **{"kind": "wfs", "schema__fields": FIELDS, **params, **changes})


PER_RECORD = {"dataset__mode": "per_record", "dataset__title": "{nama}", "dataset__notes": "{kapasitas}"}


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source, service: Service) -> None:
    def hashes() -> dict[str, str | None]:
        pages = read(server, spec(server, **PER_RECORD))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again = hashes(), hashes()
    service.stations = [STATIONS[0], station(2, kapasitas_m3=9), *STATIONS[3:], station(9)]
    after = hashes()
    assert before == again
    assert set(after) - set(before) == {"T9"}
    assert set(before) - set(after) == {"T3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"T2"}


def test_hv10_a_table_keeps_its_hash_until_a_feature_changes(server: Source, service: Service) -> None:
    first, again = (read(server, spec(server))[-1].records[0].content_hash for _ in range(2))
    assert first == again
    service.stations[6] = station(7, kapasitas_m3=1)
    assert read(server, spec(server))[-1].records[0].content_hash != first


def test_s17_pages_go_on_by_what_came_sorted_by_the_key(server: Source, service: Service) -> None:
    found = read(server, spec(server))
    assert rows(found)[0] == ("T1", "TPS 1", 6, '{"coordinates":[103.501,-1.6],"type":"Point"}')
    assert len(rows(found)) == 7
    assert found[-1].complete
    assert found[-1].total == 7
    asked = server.asked(PATH)
    assert [path.split("startIndex=")[1].split("&")[0] for path in asked] == ["0", "3", "6"]
    assert all("sortBy=kode&" in path and "count=1000" in path for path in asked)
    assert all("outputFormat=application%2Fjson" in path and "CRS84" in path for path in asked)


def test_parameters_of_the_definition_do_not_override_the_paging(server: Source, service: Service) -> None:
    params = {"typeNames": "kota:tps", "count": 2, "startIndex": 5, "cql_filter": "aktif=true"}
    assert len(rows(read(server, spec(server, endpoint__params=params)))) == 7
    assert "startIndex=0&count=2" in server.log[0][1]
    assert "cql_filter=aktif%3Dtrue" in server.log[0][1]


def test_key_may_be_named_by_the_column(server: Source, service: Service) -> None:
    fields = {**FIELDS, "nomor": "kode"}
    read(server, spec(server, schema__fields=fields, primary_key=["nomor", "nama"]))
    assert "sortBy=kode%2Cnama" in server.log[0][1]


@pytest.mark.parametrize(("most", "requests"), [(3, 3), (7, 2), (1000, 2)])
def test_unknown_total_is_complete_on_a_short_page_only(
    server: Source, service: Service, most: int, requests: int
) -> None:
    service.matched = lambda: "unknown"
    service.most = most
    found = read(server, spec(server))
    assert len(rows(found)) == 7
    assert found[-1].complete
    assert found[-1].total is None
    assert len(server.log) == requests


def test_unknown_total_with_a_page_cap_is_incomplete(server: Source, service: Service) -> None:
    service.matched = lambda: "unknown"
    found = read(server, spec(server, polite__max_pages=2))
    assert not found[-1].complete
    assert "max_pages" in found[-1].problem.pesan


@pytest.mark.parametrize("matched", [7, "unknown"])
def test_s17_service_that_ignores_the_start_gives_no_doubles_and_no_proof(
    server: Source, service: Service, matched: Any
) -> None:
    service.ignores_start = True
    service.matched = lambda: matched
    found = read(server, spec(server))
    assert [row[0] for row in rows(found)] == ["T1", "T2", "T3"]
    assert not found[-1].complete
    assert "berulang" in found[-1].problem.pesan


def test_s17_total_that_changes_or_is_not_reached_leaves_the_list_incomplete(
    server: Source, service: Service
) -> None:
    totals = [7, 8, 8, 8]
    service.matched = lambda: totals.pop(0)
    found = read(server, spec(server))
    assert "berubah" in found[-1].problem.pesan
    service.matched = lambda: 9
    found = read(server, spec(server))
    assert "7 dari 9" in found[-1].problem.pesan
    assert not found[-1].complete


@pytest.mark.parametrize("matched", [7, "unknown"])
def test_hv07_list_goes_on_behind_the_place_at_which_it_was_cut(
    server: Source, service: Service, matched: Any
) -> None:
    service.matched = lambda: matched
    before, place = cut(connect(server, spec(server, **PER_RECORD)))
    server.log.clear()
    found = list(connect(server, spec(server, **PER_RECORD)).pages(place))
    assert (set(before), set(records(found))) == ({"T1", "T2", "T3"}, {"T4", "T5", "T6", "T7"})
    assert found[-1].complete
    assert [path.split("startIndex=")[1].split("&")[0] for path in server.asked(PATH)] == ["2", "3", "6"]


@pytest.mark.parametrize(
    "stations", [STATIONS[1:], [*STATIONS[1:], station(8)], [station(0), *STATIONS[:6]], STATIONS[:6]]
)
def test_hv07_list_that_moved_while_it_was_cut_begins_again(
    server: Source, service: Service, stations: list[Any]
) -> None:
    _, place = cut(connect(server, spec(server, **PER_RECORD)))
    service.stations = stations
    with pytest.raises(errors.PlaceLostError):
        next(connect(server, spec(server, **PER_RECORD)).pages(place))


def test_hv07_list_with_a_doubled_feature_has_no_place(server: Source, service: Service) -> None:
    service.stations[1] = service.stations[0]
    assert all(page.place is None for page in read(server, spec(server, **PER_RECORD)))


def test_exception_report_with_status_200_is_a_failure(server: Source, service: Service) -> None:
    server.put(PATH, EXCEPTION)
    with pytest.raises(errors.SourceFailedError, match="InvalidParameterValue") as caught:
        read(server, spec(server))
    assert "tidak_ada" not in str(caught.value)
    with pytest.raises(errors.SourceFailedError):
        connect(server, spec(server)).probe({})
    server.put(PATH, b'<ServiceExceptionReport><ServiceException code="Rahasia 7"/></ServiceExceptionReport>')
    with pytest.raises(errors.SourceFailedError, match=r"\(\?\)"):
        read(server, spec(server))


def test_s26_dtd_is_refused(server: Source, service: Service) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    server.put(PATH, bomb)
    for reader in (lambda: read(server, spec(server)), lambda: connect(server, spec(server)).probe({})):
        with pytest.raises(errors.UnreadableError, match="DTD"):
            reader()


@pytest.mark.parametrize("crs", [None, "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_degrees_in_any_name_are_taken(server: Source, service: Service, crs: str | None) -> None:
    service.crs = crs
    assert read(server, spec(server))[-1].complete


def test_axes_turned_round_or_metres_are_refused(server: Source, service: Service) -> None:
    service.stations[0]["geometry"] = {"type": "Point", "coordinates": [-1.6, 103.5]}
    with pytest.raises(errors.UnexpectedContentError, match="longitude"):
        read(server, spec(server))
    service.crs = "urn:ogc:def:crs:EPSG::32748"
    with pytest.raises(errors.UnexpectedContentError, match="another system"):
        read(server, spec(server))


def test_nested_geometries_are_judged_too(server: Source, service: Service) -> None:
    far = {"type": "Point", "coordinates": [500, 0]}
    service.stations = [{**STATIONS[0], "geometry": {"type": "GeometryCollection", "geometries": [far]}}]
    with pytest.raises(errors.UnexpectedContentError, match="longitude"):
        read(server, spec(server))
    service.stations = [{**STATIONS[0], "geometry": {"type": "Point", "coordinates": ["a", "b"]}}]
    with pytest.raises(errors.UnexpectedContentError, match="longitude"):
        read(server, spec(server))


def test_sample_of_the_reference_data_reads_and_is_not_whole(server: Source) -> None:
    pages = [SAMPLE, {**SAMPLE, "features": []}]
    server.routes[PATH] = lambda handler: handler.answer(
        json.dumps(pages[int(handler.query["startIndex"]) // 2]).encode()
    )
    fields = {name: FIELDS[name] for name in ("nama", "kapasitas", "titik")}
    found = read(server, spec(server, schema__fields=fields, primary_key="nama"))
    assert [row[:2] for row in rows(found)] == [("TPS Contoh 1", 6), ("TPS Contoh 2", 10)]
    assert "2 dari 3" in found[-1].problem.pesan


def test_s07_empty_type_is_named(server: Source, service: Service) -> None:
    service.stations = []
    (page,) = read(server, spec(server))
    assert page.complete
    assert isinstance(page.problem, errors.EmptyListError)


def test_hv02_equal_version_and_count_skip_the_run(server: Source, service: Service) -> None:
    first = connect(server, spec(server)).probe({})
    assert not first.unchanged
    assert first.markers["count"] == "7"
    assert connect(server, spec(server)).probe(first.markers).unchanged
    service.stations.pop()
    assert not connect(server, spec(server)).probe(first.markers).unchanged
    service.stations = list(STATIONS)
    service.sequence = "8"
    assert not connect(server, spec(server)).probe(first.markers).unchanged
    service.sequence = ""
    assert not connect(server, spec(server)).probe(first.markers).markers


def test_hv07_large_answers_are_streamed(
    server: Source, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    found = read(server, spec(server))
    assert len(rows(found)) == 7
    assert found[-1].complete


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", errors.UnexpectedContentError),
        (sumber("halaman-masuk.html"), errors.UnexpectedContentError),
        (b"<a><b></a>", errors.UnexpectedContentError),
        (b'{"features": {}}', errors.UnexpectedContentError),
        (b'{"features": [1]}', errors.UnexpectedContentError),
        (b'{"features": [', errors.UnreadableError),
    ],
)
def test_s06_what_is_no_feature_list_is_refused(server: Source, body: bytes, error: type[Exception]) -> None:
    server.put(PATH, body)
    with pytest.raises(error):
        read(server, spec(server))


def test_s03_s09_missing_or_cut_answers_are_no_empty_list(server: Source) -> None:
    with pytest.raises(errors.NotFoundError):
        read(server, spec(server))
    server.routes[PATH] = short(b'{"features": []', 99)
    with pytest.raises(errors.TruncatedError):
        read(server, spec(server))


def test_s18_doubled_key_gives_one_record_and_a_warning(server: Source, service: Service) -> None:
    service.stations = [STATIONS[0], station(2, kode=" t1 ")]
    changes = {"dataset__mode": "per_record", "dataset__title": "{nama}"}
    found = read(server, spec(server, **changes))
    assert len(records(found)) == 1
    assert [one.code for one in found[-1].warnings] == ["duplicate_guid"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"endpoint__params": {}}, "endpoint.params.typeNames"),
        ({"endpoint__params": {"typeNames": "a:b,a:c"}}, "endpoint.params.typeNames"),
        ({"endpoint__params": {"typeNames": "a:b", "typeName": "a:c"}}, "endpoint.params.typeNames"),
        ({"primary_key": None}, "primary_key"),
        ({"endpoint__data_selector": "features"}, "endpoint.data_selector"),
    ],
)
def test_definition_names_one_type_and_its_key(server: Source, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(server, **changes)
    assert [problem.path for problem in caught.value.problems] == [where]


def test_hv39_capabilities_of_real_services_are_recognised(owslib: Path) -> None:
    found = {}
    for path in sorted(one for one in owslib.glob("*wfs*.xml") if "cap" in one.name.casefold()):
        assert WfsConnector.sniff("https://peta.test/", path.read_bytes()[:2048]) == 0.95, path.name
        with path.open("rb") as file:
            name, attributes = next(elements(file))
        assert name == "WFS_Capabilities"
        found[path.name] = attributes.get("updateSequence")
    assert len(found) == 12
    assert found["wfs_dov_getcapabilities_200.xml"] == "24195"


@pytest.mark.parametrize(
    ("url", "head", "likely"),
    [
        ("https://peta.test/geoserver/ows?service=WFS&request=GetCapabilities", b"", 0.95),
        ("https://peta.test/x", b"<wfs:WFS_Capabilities", 0.95),
        ("https://peta.test/x", b'{"type":"FeatureCollection","totalFeatures":3', 0.85),
        ("https://peta.test/geoserver/wfs", b"", 0.5),
        ("https://peta.test/x", b'{"type":"FeatureCollection"', 0.0),
    ],
)
def test_sniff(url: str, head: bytes, likely: float) -> None:
    assert WfsConnector.sniff(url, head) == likely
