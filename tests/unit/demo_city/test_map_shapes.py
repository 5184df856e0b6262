"""The map server answers as ArcGIS does: a modern one by pages of GeoJSON, an old one by ranges of object ids."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ckanext.jambi.demo_city.json_shapes import Ask
from ckanext.jambi.demo_city.map_shapes import ENDPOINTS, MapLayer, milliseconds

URL = "http://kota/peta/arcgis/rest/services/uji/FeatureServer/0"
LINE = '{"coordinates":[[103.6,-1.6],[103.7,-1.6]],"type":"LineString"}'
POINT = '{"coordinates":[103.6,-1.6],"type":"Point"}'
ROWS = [(number, POINT) for number in range(1, 8)]


def dress(row: Any, turn: int) -> dict[str, Any]:
    return {"KODE": f"P{row[0]}", "SHAPE": row[1]}


MODERN = MapLayer(dress, fields=(("KODE", "String"),), most=3)
OLD = MapLayer(dress, fields=(("KODE", "String"),), most=3, modern=False)


def answer(shape: MapLayer, rows: Any = ROWS, end: str = "/query", **params: str) -> Any:
    return json.loads(shape.body(rows, Ask(URL + end, params)))


def test_a_layer_describes_itself_at_its_own_address():
    found = answer(MODERN, end=ENDPOINTS[0], f="json")
    assert found["objectIdField"] == "OBJECTID"
    assert [one["type"] for one in found["fields"]] == ["esriFieldTypeOID", "esriFieldTypeString"]
    assert found["advancedQueryCapabilities"]["supportsPagination"]
    assert not answer(OLD, end="")["advancedQueryCapabilities"]["supportsPagination"]


def test_the_edit_date_moves_exactly_when_an_object_does():
    first, again = (answer(MODERN, end="")["editingInfo"] for _ in range(2))
    assert first == again
    assert answer(MODERN, rows=[*ROWS[:-1], (9, POINT)], end="")["editingInfo"] != first


@pytest.mark.parametrize(("offset", "numbers", "more"), [("0", [1, 2, 3], True), ("6", [7], False)])
def test_a_page_is_clamped_and_says_whether_more_is_there(offset, numbers, more):
    found = answer(MODERN, f="geojson", resultOffset=offset, resultRecordCount="1000")
    assert [one["id"] for one in found["features"]] == numbers
    assert found.get("exceededTransferLimit", False) is more
    assert found["features"][0]["geometry"] == json.loads(POINT)


def test_counts_and_ids_are_told():
    assert answer(MODERN, returnCountOnly="true") == {"count": 7}
    assert answer(OLD, returnIdsOnly="true")["objectIds"] == list(range(1, 8))
    assert answer(OLD, rows=[], returnIdsOnly="true")["objectIds"] is None


def test_an_old_server_knows_ranges_and_esri_geometries():
    rows = [(number, LINE) for number in range(1, 8)]
    found = answer(OLD, rows=rows, f="json", where="OBJECTID >= 6 AND OBJECTID <= 7", resultOffset="5")
    assert [one["attributes"] for one in found["features"]] == [
        {"OBJECTID": 6, "KODE": "P6"},
        {"OBJECTID": 7, "KODE": "P7"},
    ]
    assert found["features"][0]["geometry"] == {"paths": [[[103.6, -1.6], [103.7, -1.6]]]}
    assert answer(OLD, f="json")["features"][0]["geometry"] == {"x": 103.6, "y": -1.6}


def test_a_day_is_its_midnight_in_jambi():
    assert milliseconds(date(2026, 1, 5)) == 1767546000000
