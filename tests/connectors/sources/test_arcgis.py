from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from misbehaving import Handler, Source, short
from reading import connect, cut, definition, read, records, rows, sumber

from jambi_harvesters import documents, errors, esri
from jambi_harvesters.sources.arcgis import ArcGisConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "arcgis"
LAYER = "/arcgis/rest/services/pju/FeatureServer/0"
FIELDS = {
    "kode": {"path": "KODE_TIANG", "public": True},
    "daya": {"path": "DAYA", "type": "decimal"},
    "diubah": {"path": "EDIT_DATE", "type": "timestamp"},
    "titik": {"path": "geometry", "type": "geometry"},
}
EDITED = 1767571200000


def pole(number: int, **values: Any) -> dict[str, Any]:
    """Return one pole as the layer holds it."""
    stated = {"OBJECTID": number, "KODE_TIANG": f"P{number}", "DAYA": "90", "EDIT_DATE": EDITED}
    return {**stated, "x": 103.5 + number / 1000, "y": -1.6, **values}


POLES = [pole(number) for number in range(1, 8)]


class Service:
    """A layer as ArcGIS serves it; its habits are attributes that a test changes."""

    def __init__(self, poles: Sequence[Mapping[str, Any]] = POLES) -> None:
        self.poles = list(poles)
        self.description: dict[str, Any] = {
            "objectIdField": "OBJECTID",
            "geometryType": "esriGeometryPoint",
            "maxRecordCount": 3,
            "supportedQueryFormats": "JSON, geoJSON, PBF",
            "advancedQueryCapabilities": {"supportsPagination": True},
            "editingInfo": {"lastEditDate": EDITED},
            "fields": [
                {"name": "OBJECTID", "type": "esriFieldTypeOID"},
                {"name": "KODE_TIANG", "type": "esriFieldTypeString"},
                {"name": "DAYA", "type": "esriFieldTypeString"},
                {"name": "EDIT_DATE", "type": "esriFieldTypeDate"},
            ],
        }
        self.counts: list[Any] = []
        self.says_exceeded = True
        self.ignores_offset = False
        self.lost: set[int] = set()

    def serve(self, server: Source) -> None:
        """Answer at the layer's address."""
        server.routes[LAYER] = lambda handler: send(handler, self.description)
        server.routes[f"{LAYER}/query"] = lambda handler: send(handler, self.answer(handler.query))

    def answer(self, query: Mapping[str, str]) -> Any:
        """Answer one query."""
        found = [one for one in self.poles if within(one, query["where"])]
        if query.get("returnCountOnly"):
            return {"count": self.counts.pop(0) if self.counts else len(found)}
        if query.get("returnIdsOnly"):
            ids = [one["OBJECTID"] for one in reversed(found)]
            return {"objectIdFieldName": "OBJECTID", "objectIds": ids or None}
        found = [one for one in found if one["OBJECTID"] not in self.lost]
        assert query["outSR"] == "4326"
        first = 0 if self.ignores_offset else int(query.get("resultOffset", 0))
        most = self.description["maxRecordCount"]
        part = found[first : first + min(most, int(query.get("resultRecordCount", most)))]
        exceeded = {"exceededTransferLimit": True} if first + len(part) < len(found) else {}
        made = geojson if query["f"] == "geojson" else own_json
        return made(part, exceeded if self.says_exceeded else {})


def within(one: Mapping[str, Any], where: str) -> bool:
    """Judge the ranges of object ids that a walk asks for."""
    bounds = {
        step.split(" ")[1]: int(step.split(" ")[2]) for step in where.split(" AND ") if "OBJECTID" in step
    }
    return bounds.get(">=", 0) <= one["OBJECTID"] <= bounds.get("<=", one["OBJECTID"])


def attributes(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("x", "y")}


def geojson(poles: Sequence[Mapping[str, Any]], exceeded: Mapping[str, Any]) -> Any:
    features = [
        {
            "type": "Feature",
            "id": one["OBJECTID"],
            "geometry": {"type": "Point", "coordinates": [one["x"], one["y"]]},
            "properties": attributes(one),
        }
        for one in poles
    ]
    return {"type": "FeatureCollection", **exceeded, "features": features}


def own_json(poles: Sequence[Mapping[str, Any]], exceeded: Mapping[str, Any]) -> Any:
    features = [{"attributes": attributes(one), "geometry": {"x": one["x"], "y": one["y"]}} for one in poles]
    reference = {"wkid": 4326, "latestWkid": 4326}
    return {"objectIdFieldName": "OBJECTID", "spatialReference": reference, **exceeded, "features": features}


def send(handler: Handler, document: Any) -> None:
    handler.answer(json.dumps(document).encode(), 200, {"Content-Type": "application/json"})


@pytest.fixture
def service(server: Source) -> Service:
    made = Service()
    made.serve(server)
    return made


def spec(server: Source, **changes: Any) -> Any:
    return definition(server, LAYER, **{"kind": "arcgis", "schema__fields": FIELDS, **changes})


PER_RECORD = {
    "dataset__mode": "per_record",
    "dataset__title": "Tiang {kode}",
    "dataset__notes": "Daya {daya}",
    "primary_key": "kode",
}


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source, service: Service) -> None:
    def hashes() -> dict[str, str | None]:
        pages = read(server, spec(server, **PER_RECORD))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again = hashes(), hashes()
    service.poles = [POLES[0], pole(2, DAYA="120"), *POLES[3:], pole(9)]
    after = hashes()
    assert before == again
    assert set(after) - set(before) == {"P9"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_hv10_a_table_keeps_its_hash_whatever_the_form(server: Source, service: Service) -> None:
    first = read(server, spec(server))
    service.description["supportedQueryFormats"] = "JSON"
    second = read(server, spec(server))
    assert rows(first) == rows(second)
    assert first[-1].records[0].content_hash == second[-1].records[0].content_hash
    assert rows(first)[0] == (
        "P1",
        90,
        datetime(2026, 1, 5, tzinfo=UTC),
        '{"coordinates":[103.501,-1.6],"type":"Point"}',
    )


def test_s17_server_that_clamps_its_pages_is_read_by_what_came(server: Source, service: Service) -> None:
    found = read(server, spec(server, endpoint__params={"resultRecordCount": 1000}))
    assert len(rows(found)) == 7
    assert found[-1].complete
    assert found[-1].total == 7
    offsets = [path for path in server.asked(f"{LAYER}/query") if "resultOffset" in path]
    assert [path.split("resultOffset=")[1].split("&")[0] for path in offsets] == ["0", "3", "6"]
    assert all("orderByFields=OBJECTID+ASC" in path for path in offsets)


def test_server_that_does_not_say_that_more_is_there_is_read_to_its_count(
    server: Source, service: Service
) -> None:
    service.says_exceeded = False
    found = read(server, spec(server))
    assert len(rows(found)) == 7
    assert found[-1].complete


def test_s17_server_that_ignores_the_offset_gives_no_doubles_and_no_proof(
    server: Source, service: Service
) -> None:
    service.ignores_offset = True
    found = read(server, spec(server))
    assert [row[0] for row in rows(found)] == ["P1", "P2", "P3"]
    assert not found[-1].complete
    assert "berulang" in found[-1].problem.pesan


@pytest.mark.parametrize(
    ("counts", "words"), [([7, 8], "berubah"), ([9, 9], "7 dari 9"), ([None, None], "tidak menghitung")]
)
def test_s17_total_that_changes_or_is_not_reached_leaves_the_list_incomplete(
    server: Source, service: Service, counts: list[Any], words: str
) -> None:
    service.counts = counts
    found = read(server, spec(server))
    assert not found[-1].complete
    assert words in found[-1].problem.pesan
    assert len(rows(found)) == 7


def test_s17_page_cap_leaves_the_list_incomplete(server: Source, service: Service) -> None:
    found = read(server, spec(server, polite__max_pages=2))
    assert len(rows(found)) == 6
    assert "max_pages" in found[-1].problem.pesan


def test_server_without_pages_is_read_by_ranges_of_object_ids(server: Source, service: Service) -> None:
    service.description["advancedQueryCapabilities"] = {"supportsPagination": False}
    found = read(server, spec(server, endpoint__params={"where": "DAYA IS NOT NULL"}))
    assert [row[0] for row in rows(found)] == [f"P{number}" for number in range(1, 8)]
    assert found[-1].complete
    asked = [path for path in server.asked(f"{LAYER}/query") if "outFields" in path]
    assert len(asked) == 3
    assert "%28DAYA+IS+NOT+NULL%29+AND+OBJECTID+%3E%3D+1" in asked[0]


@pytest.mark.parametrize("lost", [{7}, {4, 5, 6}])
def test_s17_objects_that_leave_between_two_ranges_leave_the_list_incomplete(
    server: Source, service: Service, lost: set[int]
) -> None:
    service.description["advancedQueryCapabilities"] = None
    service.lost = lost
    found = read(server, spec(server))
    assert not found[-1].complete
    assert "dari 7" in found[-1].problem.pesan


@pytest.mark.parametrize("pages", [True, False])
def test_hv07_layer_goes_on_behind_the_place_at_which_it_was_cut(
    server: Source, service: Service, pages: bool
) -> None:
    service.description["advancedQueryCapabilities"] = {"supportsPagination": pages}
    before, place = cut(connect(server, spec(server, **PER_RECORD)))
    server.log.clear()
    found = list(connect(server, spec(server, **PER_RECORD)).pages(place))
    assert (set(before), set(records(found))) == ({"P1", "P2", "P3"}, {"P4", "P5", "P6", "P7"})
    assert (found[-1].complete, found[-1].total) == (True, 7)
    assert len([path for path in server.asked(f"{LAYER}/query") if "outFields" in path]) == 2


@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize(("gone", "new"), [({2}, []), ({2}, [8]), (set(), [8])])
def test_hv07_layer_that_moved_while_it_was_cut_begins_again(
    server: Source, service: Service, pages: bool, gone: set[int], new: list[int]
) -> None:
    service.description["advancedQueryCapabilities"] = {"supportsPagination": pages}
    _, place = cut(connect(server, spec(server, **PER_RECORD)))
    service.poles = [one for one in POLES if one["OBJECTID"] not in gone] + [pole(number) for number in new]
    with pytest.raises(errors.PlaceLostError):
        next(connect(server, spec(server, **PER_RECORD)).pages(place))


def test_hv07_one_table_has_no_place(server: Source, service: Service) -> None:
    assert all(page.place is None for page in read(server, spec(server)))


def test_s07_empty_layer_is_named(server: Source, service: Service) -> None:
    service.poles = []
    for pages in (True, False):
        service.description["advancedQueryCapabilities"] = {"supportsPagination": pages}
        found = read(server, spec(server))
        assert found[-1].complete
        assert isinstance(found[-1].problem, errors.EmptyListError)


def test_error_in_an_answer_with_status_200_is_a_failure(server: Source, service: Service) -> None:
    server.put(f"{LAYER}/query", sumber("http200-galat.json"))
    with pytest.raises(errors.ContentError):
        read(server, spec(server))
    server.put(LAYER, b'{"error": {"code": 500, "message": "Jl. Rahasia 7"}}')
    with pytest.raises(errors.SourceFailedError, match="error 500") as caught:
        read(server, spec(server))
    assert "Rahasia" not in f"{caught.value} {caught.value.pesan}"


@pytest.mark.parametrize("path", [LAYER, f"{LAYER}/query"])
def test_s02_expired_token_is_an_access_failure_although_the_status_is_200(
    server: Source, service: Service, path: str
) -> None:
    server.put(path, (FIXTURES / "arcgis-galat-200.json").read_bytes())
    with pytest.raises(errors.AuthFailedError, match="498"):
        read(server, spec(server))


def test_s31_token_is_sent_as_a_parameter_and_masked(server: Source, service: Service) -> None:
    auth = {"type": "api_key", "name": "token", "api_key": "secret:KUNCI", "location": "query"}
    connector = connect(server, spec(server, client__auth=auth), secrets={"KUNCI": "rahasia-7"})
    assert len(rows(list(connector.pages()))) == 7
    assert all("token=rahasia-7" in path for _, path, _ in server.log)
    assert "rahasia-7" not in connector.client.redact(server.log[0][1])


def test_coordinates_of_another_system_are_refused(server: Source, service: Service) -> None:
    service.description["supportedQueryFormats"] = "JSON"
    in_metres = (FIXTURES / "arcgis-query-esri.json").read_bytes()
    server.routes[f"{LAYER}/query"] = lambda handler: handler.answer(
        b'{"count": 1}' if "returnCountOnly" in handler.query else in_metres
    )
    with pytest.raises(errors.UnexpectedContentError, match="another system"):
        read(server, spec(server))


@pytest.mark.parametrize("place", [{"x": 345000.0, "y": 9820000.0}, {"x": -1.6, "y": 103.6}])
def test_coordinates_that_are_no_degrees_or_turned_round_are_refused(
    server: Source, service: Service, place: dict[str, float]
) -> None:
    service.poles = [pole(1, **place)]
    with pytest.raises(errors.UnexpectedContentError, match="longitude"):
        read(server, spec(server))


def test_sample_of_the_reference_data_reads(server: Source, service: Service) -> None:
    sample = json.loads((FIXTURES / "arcgis-query.geojson").read_text())
    sample["exceededTransferLimit"] = False
    service.poles = POLES[:2]
    layer = server.routes[f"{LAYER}/query"]
    server.routes[f"{LAYER}/query"] = lambda handler: (
        layer(handler) if "returnCountOnly" in handler.query else send(handler, sample)
    )
    found = read(server, spec(server))
    assert found[-1].complete
    assert [row[:2] for row in rows(found)] == [("LPJU-0001", 90), ("LPJU-0002", None)]
    assert rows(found)[1][2] == datetime(2026, 1, 6, tzinfo=UTC)


def test_hv02_equal_edit_date_skips_the_run(server: Source, service: Service) -> None:
    first = connect(server, spec(server)).probe({})
    assert not first.unchanged
    assert connect(server, spec(server)).probe(first.markers).unchanged
    assert len(server.log) == 2
    service.description["editingInfo"] = {"lastEditDate": EDITED + 1}
    assert not connect(server, spec(server)).probe(first.markers).unchanged
    other = spec(server, schema__locale="id-ID")
    service.description["editingInfo"] = {"lastEditDate": EDITED}
    assert not connect(server, other).probe(first.markers).unchanged


def test_layer_without_an_edit_date_may_have_changed(server: Source, service: Service) -> None:
    del service.description["editingInfo"]
    connector = connect(server, spec(server))
    assert not connector.probe(connector.probe({}).markers).unchanged
    asked = len(server.asked(LAYER))
    assert len(rows(list(connector.pages()))) == 7
    assert len(server.asked(LAYER)) == asked


def test_hv07_large_answers_are_streamed(
    server: Source, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    assert len(rows(read(server, spec(server)))) == 7
    service.description["advancedQueryCapabilities"] = None
    assert len(rows(read(server, spec(server)))) == 7


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        (lambda server: server.put(LAYER, b"", 404), errors.NotFoundError),
        (lambda server: server.put(LAYER, sumber("halaman-masuk.html")), errors.UnexpectedContentError),
        (lambda server: server.put(LAYER, b""), errors.UnexpectedContentError),
        (lambda server: server.put(LAYER, b"[]"), errors.UnexpectedContentError),
        (lambda server: server.put(LAYER, b'{"type": "Group Layer"}'), errors.UnexpectedContentError),
        (lambda server: server.put(f"{LAYER}/query", b""), errors.UnexpectedContentError),
        (lambda server: server.put(f"{LAYER}/query", b'{"features": {}}'), errors.UnexpectedContentError),
        (lambda server: server.routes.update({f"{LAYER}/query": short(b"{", 9)}), errors.TruncatedError),
    ],
)
def test_s03_s06_s09_what_is_no_layer_is_refused(
    server: Source, service: Service, break_it: Callable[[Source], None], error: type[Exception]
) -> None:
    break_it(server)
    with pytest.raises(error):
        read(server, spec(server))


def test_s20_missing_column_is_drift(server: Source, service: Service) -> None:
    service.poles = [{key: value for key, value in one.items() if key != "DAYA"} for one in POLES]
    with pytest.raises(errors.SchemaDriftError, match="DAYA"):
        read(server, spec(server))


def test_s18_doubled_key_gives_one_record_and_a_warning(server: Source, service: Service) -> None:
    service.poles = [POLES[0], pole(2, KODE_TIANG=" p1 ")]
    found = read(server, spec(server, **PER_RECORD))
    assert len(records(found)) == 1
    assert [one.code for one in found[-1].warnings] == ["duplicate_guid"]


def test_s22_date_beyond_all_calendars_is_a_bad_value(server: Source, service: Service) -> None:
    service.poles = [*(pole(n) for n in range(1, 300)), pole(300, EDIT_DATE=10**17)]
    service.description["maxRecordCount"] = 1000
    found = read(server, spec(server))
    assert rows(found)[-1][2] is None
    assert [one.code for one in found[-1].records[0].warnings] == ["not_a_date"]


SQUARE = [[0, 0], [0, 4], [4, 4], [4, 0], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
FAR = [[9, 9], [9, 10], [10, 10], [9, 9]]


@pytest.mark.parametrize(
    ("geometry", "wanted"),
    [
        ({"x": 103.5, "y": -1.6}, {"type": "Point", "coordinates": [103.5, -1.6]}),
        ({"x": None, "y": None}, None),
        ({"x": "NaN", "y": "NaN"}, None),
        ({"points": [[1, 2]]}, {"type": "MultiPoint", "coordinates": [[1, 2]]}),
        ({"paths": [[[1, 2], [3, 4]]]}, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
        ({"paths": [[[1, 2]], [[3, 4]]]}, {"type": "MultiLineString", "coordinates": [[[1, 2]], [[3, 4]]]}),
        ({"paths": []}, None),
        (
            {"rings": [HOLE, SQUARE]},
            {"type": "Polygon", "coordinates": [SQUARE[::-1], HOLE[::-1]]},
        ),
        (
            {"rings": [SQUARE, FAR]},
            {"type": "MultiPolygon", "coordinates": [[SQUARE[::-1]], [FAR[::-1]]]},
        ),
        ({"rings": [HOLE]}, {"type": "Polygon", "coordinates": [HOLE]}),
        ({"curvePaths": []}, {"curvePaths": []}),
        (None, None),
    ],
)
def test_esri_geometries_become_geojson(geometry: Any, wanted: Any) -> None:
    assert esri.to_geojson(geometry) == wanted


OUTSIDE = re.compile(
    r"var input = (\{.*?\n  \});\n\n  var output = arcgisToGeoJSON\(input\);"
    r".*?deepEqual\(output\.coordinates, (\[.*?\])\);\n",
    re.DOTALL,
)


def test_hv39_geometries_of_an_outside_collection_become_geojson(esri_cases: str) -> None:
    cases = [match.groups() for block in esri_cases.split("\ntest(") if (match := OUTSIDE.search(block))]
    found = [(ast.literal_eval(given), ast.literal_eval(wanted)) for given, wanted in cases]
    geometries = [(given, wanted) for given, wanted in found if "xmin" not in given]
    assert len(geometries) == 11
    for given, wanted in geometries:
        assert esri.to_geojson(given)["coordinates"] == wanted


@pytest.mark.parametrize("rings", [[], [[]], [[[0, 0], [1, 1]]], [[[0, 0], [1, 1], [0, 0]]]])
def test_rings_that_enclose_nothing_are_no_geometry(rings: Any) -> None:
    assert esri.to_geojson({"rings": rings}) is None


@pytest.mark.parametrize(
    ("url", "head", "likely"),
    [
        (f"https://gis.test{LAYER}", b"", 0.95),
        ("https://gis.test/x", b'{"geometryType":"esriGeometryPoint"', 0.9),
        ("https://gis.test/x", b'{"data":[]}', 0.0),
    ],
)
def test_sniff(url: str, head: bytes, likely: float) -> None:
    assert ArcGisConnector.sniff(url, head) == likely
