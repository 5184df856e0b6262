"""Layers of the city's map server, as ArcGIS answers: a description, counts, object ids, pages of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ckanext.jambi.clock import WIB

from .content import Row
from .json_shapes import Ask, Entry, JsonShape

OBJECT_ID = "OBJECTID"
QUERY = "/query"
ENDPOINTS = ("", QUERY)
"""Where a layer answers below its own address."""

_RANGE = re.compile(rf"{OBJECT_ID} >= (\d+) AND {OBJECT_ID} <= (\d+)")
_EDITS_SINCE = 1_767_225_600_000
"""1 January 2026 in milliseconds."""
_YEAR = 365 * 86_400_000


@dataclass(frozen=True)
class MapLayer(JsonShape):
    """One layer; the entries that `dress` makes are its attributes, `SHAPE` holds the geometry.

    Attributes:
        fields: name and Esri type of the attributes.
        geometry: `esriGeometryPoint` or `esriGeometryPolyline`.
        most: objects in one answer, however many are asked for.
        modern: whether the server speaks GeoJSON and knows pages; else object ids and Esri's JSON only.
    """

    page_params: tuple[str, ...] = (
        *("where", "returnCountOnly", "returnIdsOnly", "resultOffset", "resultRecordCount", "f"),
    )
    fields: tuple[tuple[str, str], ...] = ()
    geometry: str = "esriGeometryPoint"
    most: int = 1000
    modern: bool = True

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the description at the layer's address, else what the query asks for."""
        if not ask.url.endswith(QUERY):
            return self._description(rows)
        found = _between(list(enumerate(rows, 1)), ask.params.get("where", "1=1"))
        if "returnCountOnly" in ask.params:
            return {"count": len(found)}
        if "returnIdsOnly" in ask.params:
            return {"objectIdFieldName": OBJECT_ID, "objectIds": [number for number, _ in found] or None}
        return self._objects(found, ask)

    def _description(self, rows: list[Row]) -> Any:
        listed = [(OBJECT_ID, "OID"), *self.fields]
        return {
            "currentVersion": 10.91 if self.modern else 10.01,
            "type": "Feature Layer",
            "geometryType": self.geometry,
            "objectIdField": OBJECT_ID,
            "maxRecordCount": self.most,
            "supportedQueryFormats": "JSON, geoJSON" if self.modern else "JSON",
            "advancedQueryCapabilities": {"supportsPagination": self.modern},
            "editingInfo": {"lastEditDate": _edited(rows)},
            "fields": [{"name": name, "type": f"esriFieldType{kind}"} for name, kind in listed],
        }

    def _objects(self, found: Sequence[tuple[int, Row]], ask: Ask) -> Any:
        first = ask.number("resultOffset", 0) if self.modern and ask.params.get("resultOffset") != "0" else 0
        part = found[first : first + min(self.most, ask.number("resultRecordCount", self.most))]
        entries = [(number, self.dress(row, number - 1)) for number, row in part]
        more = {"exceededTransferLimit": True} if first + len(part) < len(found) else {}
        if ask.params.get("f") == "geojson":
            return {"type": "FeatureCollection", **more, "features": [_feature(*one) for one in entries]}
        return {
            "objectIdFieldName": OBJECT_ID,
            "geometryType": self.geometry,
            "spatialReference": {"wkid": 4326, "latestWkid": 4326},
            **more,
            "features": [_esri_feature(*one) for one in entries],
        }


def milliseconds(moment: date) -> int:
    """Return a day (its midnight in WIB) or an instant as ArcGIS writes it."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), WIB)
    return int(moment.timestamp() * 1000)


def number(value: Decimal | None) -> float | None:
    """Return an amount as a number of JSON."""
    return None if value is None else float(value)


def _between(rows: list[tuple[int, Row]], where: str) -> list[tuple[int, Row]]:
    bounds = _RANGE.search(where)
    if bounds is None:
        return rows
    first, last = map(int, bounds.groups())
    return rows[max(first, 1) - 1 : last]


def _edited(rows: list[Row]) -> int:
    """Return an edit date that differs exactly when the objects do: the city keeps no history of edits."""
    digest = sha256(repr(rows).encode()).digest()
    return _EDITS_SINCE + int.from_bytes(digest[:8], "big") % _YEAR


def _feature(object_id: int, entry: Entry) -> Any:
    shape, attributes = _parted(object_id, entry)
    return {"type": "Feature", "id": object_id, "geometry": shape, "properties": attributes}


def _esri_feature(object_id: int, entry: Entry) -> Any:
    shape, attributes = _parted(object_id, entry)
    places = shape["coordinates"]
    if shape["type"] == "Point":
        return {"attributes": attributes, "geometry": {"x": places[0], "y": places[1]}}
    return {"attributes": attributes, "geometry": {"paths": [places]}}


def _parted(object_id: int, entry: Entry) -> tuple[Mapping[str, Any], Entry]:
    attributes = {name: value for name, value in entry.items() if name != "SHAPE"}
    return json.loads(entry["SHAPE"]), {OBJECT_ID: object_id, **attributes}
