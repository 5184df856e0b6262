"""Features of map services: one answer of a layer, and geometries as GeoJSON in longitude and latitude.

Used by the kinds `arcgis` and `wfs`. Coordinates of another system, or with latitude first, are refused: a
point of Jambi that is written (-1.6, 103.6) has no latitude of 103.6, so a changed order cannot pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jambi_harvesters import documents
from jambi_harvesters.errors import UnexpectedContentError
from jambi_harvesters.http import Response

LIST = "features"
MOST_EAST, MOST_NORTH = 180, 90
_DEGREES = re.compile(r"(?:EPSG:+|crs/EPSG/0/)4326|CRS:?84|WGS ?84", re.IGNORECASE)


class FeatureAnswer:
    """One answer with a list of features in degrees.

    Args:
        judge: called with the document; raises what its own error says.

    Attributes:
        head: the document; with an empty list where it is above 8 MB.

    Raises:
        UnexpectedContentError: if there is no list, or its coordinates are of another system.
    """

    def __init__(self, response: Response, url: str, judge: Callable[[Any], None]) -> None:
        self._body = response.body
        self._url = url
        self._large = self._body.size > documents.STREAM_BYTES
        self.head: Any = (
            documents.envelope(self._body, LIST) if self._large else documents.load(self._body, url)
        )
        judge(self.head)
        self._listed = self._found()
        require_degrees(self.head, url)

    def features(self) -> Iterator[Mapping[str, Any]]:
        """Yield the features.

        Raises:
            UnexpectedContentError: if an entry is no feature.
        """
        found = documents.stream_items(self._body, LIST) if self._large else iter(self._listed)
        for feature in found:
            if not isinstance(feature, Mapping):
                raise unexpected(self._url, "an entry that is no feature", "isi yang bukan fitur")
            yield feature

    def _found(self) -> list[Any]:
        listed = self.head.get(LIST) if isinstance(self.head, Mapping) else None
        if not isinstance(listed, list):
            raise unexpected(self._url, "JSON without a list features", "JSON tanpa daftar features")
        return listed


def unexpected(url: str, found: str, found_id: str) -> UnexpectedContentError:
    """Return the error for an answer that holds something else than features in degrees."""
    return UnexpectedContentError(
        url=url,
        found=found,
        found_id=found_id,
        expected="features in longitude and latitude",
        expected_id="fitur dalam bujur dan lintang",
    )


def require_degrees(head: Any, url: str) -> None:
    """Refuse a collection whose `crs` names another system than WGS 84.

    Raises:
        UnexpectedContentError.
    """
    crs = head.get("crs") if isinstance(head, Mapping) else None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if isinstance(name, str) and not _DEGREES.search(name):
        raise unexpected(url, "coordinates of another system", "koordinat dari sistem lain")


def checked(geometry: Any, url: str) -> Any:
    """Return a geometry whose coordinates are degrees; what has no coordinates is left to the value reader.

    Raises:
        UnexpectedContentError: if a coordinate is no longitude or latitude.
    """
    if isinstance(geometry, Mapping) and not all(map(_is_place, _places(geometry))):
        raise unexpected(
            url,
            "coordinates that are not longitude and latitude",
            "koordinat yang bukan bujur dan lintang",
        )
    return geometry


def _places(geometry: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    for inner in geometry.get("geometries") or ():
        if isinstance(inner, Mapping):
            yield from _places(inner)
    yield from _leaves(geometry.get("coordinates"))


def _leaves(value: Any) -> Iterator[Sequence[Any]]:
    """Yield the innermost lists, whatever their depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list) and one and isinstance(one[0], list):
            waiting.extend(one)
        elif isinstance(one, list) and one:
            yield one


def _is_place(place: Sequence[Any]) -> bool:
    try:
        return len(place) > 1 and abs(place[0]) <= MOST_EAST and abs(place[1]) <= MOST_NORTH
    except TypeError:
        return False
