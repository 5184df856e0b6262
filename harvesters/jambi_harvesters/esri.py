"""Esri's JSON geometries as GeoJSON (RFC 7946): paths, rings, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Ring = Sequence[Sequence[Any]]

SHORTEST_RING = 4
"""Positions of a triangle, the last one equal to the first (RFC 7946)."""


def to_geojson(geometry: Any) -> Any:
    """Return a geometry as GeoJSON; an empty one is None, an unknown one (curves) stays as it is."""
    if not isinstance(geometry, Mapping):
        return geometry
    if "x" in geometry:
        return _point(geometry)
    if "points" in geometry:
        return _made("MultiPoint", geometry["points"])
    if "paths" in geometry:
        return _single_or_multi("LineString", geometry["paths"])
    if "rings" in geometry:
        return _single_or_multi("Polygon", _polygons(geometry["rings"]))
    return geometry


def _point(geometry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a point; Esri writes an empty one with x null or "NaN"."""
    place = [geometry.get(axis) for axis in ("x", "y", "z") if geometry.get(axis) is not None]
    return None if len(place) < 2 or "NaN" in place else _made("Point", place)


def _single_or_multi(kind: str, parts: Sequence[Any]) -> dict[str, Any] | None:
    return _made(kind, parts[0]) if len(parts) == 1 else _made(f"Multi{kind}", parts)


def _made(kind: str, coordinates: Sequence[Any]) -> dict[str, Any] | None:
    return {"type": kind, "coordinates": list(coordinates)} if coordinates else None


def _polygons(rings: Sequence[Ring]) -> list[list[Ring]]:
    """Return polygons of (outer ring, holes): at Esri outer rings run clockwise, in GeoJSON the other way.

    Rings that are not closed are closed, those that enclose nothing are left out.
    """
    filled = [closed for ring in rings if len(closed := _closed(ring)) >= SHORTEST_RING]
    polygons = [[_turned(ring)] for ring in filled if _area(ring) <= 0]
    for hole in (ring for ring in filled if _area(ring) > 0):
        home = next((polygon for polygon in polygons if _holds(polygon[0], hole[0])), None)
        if home is None:
            polygons.append([hole])
        else:
            home.append(_turned(hole))
    return polygons


def _closed(ring: Ring) -> Ring:
    return ring if not ring or ring[0] == ring[-1] else [*ring, ring[0]]


def _turned(ring: Ring) -> Ring:
    return list(reversed(ring))


def _area(ring: Ring) -> Any:
    """Return twice the signed area; negative is clockwise."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(one[0] * two[1] - two[0] * one[1] for one, two in pairs)


def _holds(ring: Ring, place: Sequence[Any]) -> bool:
    """Say whether a place lies inside a ring (a ray to the east crosses it an odd number of times)."""
    inside = False
    for one, two in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (one[1] > place[1]) != (two[1] > place[1]):
            share = (place[1] - one[1]) / (two[1] - one[1])
            inside ^= bool(place[0] < one[0] + share * (two[0] - one[0]))
    return inside
