"""A map server as GeoServer is one: WFS 2.0 with one feature type, the places where refuse is collected."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from ..chance import Chance
from ..city import City
from ..datasets.services import POINTS
from ..places import Village
from .system import XML, Asked, Reply, System, as_json, part_of

TYPE_NAME = "kota:tps"
MOST = 10
"""Features in one answer, however many are asked for."""

_CAPABILITIES = (
    '<?xml version="1.0" encoding="UTF-8"?><wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs/2.0"'
    ' version="2.0.0" updateSequence="34"><wfs:FeatureTypeList><wfs:FeatureType><wfs:Name>kota:tps</wfs:Name>'
    "<wfs:Title>TPS (data peraga)</wfs:Title></wfs:FeatureType></wfs:FeatureTypeList></wfs:WFS_Capabilities>"
)
_HITS = (
    '<?xml version="1.0" encoding="UTF-8"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"'
    ' numberMatched="{}" numberReturned="0"/>'
)
_REFUSAL = (
    '<?xml version="1.0" encoding="UTF-8"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"'
    ' version="2.0.0"><ows:Exception exceptionCode={} locator="request"/></ows:ExceptionReport>'
)


def features(city: City) -> list[dict[str, Any]]:
    """Return all features of the type, by their code."""
    chance = Chance(city.seed)
    return [_feature(chance, number, village) for number, village in enumerate(POINTS, 1)]


def answer(city: City, asked: Asked) -> Reply | None:
    """Answer one request; an error is an exception with status 200, as the real ones are."""
    if asked.path != "ows":
        return None
    params = {name.casefold(): value for name, value in asked.params.items()}
    if params.get("request") == "GetCapabilities":
        return Reply(_CAPABILITIES.encode(), XML)
    if params.get("request") != "GetFeature":
        return _refused("OperationNotSupported")
    if params.get("typenames", params.get("typename")) != TYPE_NAME:
        return _refused("InvalidParameterValue")
    found = features(city)
    if params.get("resulttype") == "hits":
        return Reply(_HITS.format(len(found)).encode(), XML)
    lower = Asked(asked.origin, asked.path, params)
    return as_json(_collection(found, lower.number("startindex", 0), lower.number("count", MOST)))


def _collection(found: list[dict[str, Any]], first: int, count: int) -> dict[str, Any]:
    part = part_of(found, first, min(count, MOST))
    return {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(part),
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "features": part,
    }


def _feature(chance: Chance, number: int, village: Village) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"tps.{number}",
        "geometry": {"type": "Point", "coordinates": [village.longitude, village.latitude]},
        "geometry_name": "geom",
        "properties": {
            "kode": f"TPS-{number:03}",
            "nama": f"TPS Peraga {village.name}",
            "kelurahan": village.name,
            "kapasitas_m3": chance.whole(4, 24, "tps", village.code),
        },
    }


def _refused(code: str) -> Reply:
    return Reply(_REFUSAL.format(quoteattr(code)).encode(), XML)


SYSTEM = System(
    prefix="/geoserver/",
    title="Peladen peta (WFS 2.0), jenis fitur kota:tps",
    kind="wfs",
    start="ows?service=WFS&version=2.0.0&request=GetCapabilities",
    answer=answer,
)
