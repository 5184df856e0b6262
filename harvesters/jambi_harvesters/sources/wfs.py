"""Kind `wfs`: one feature type of an OGC Web Feature Service 2.0 (docs/sources/wfs.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, ClassVar

from jambi_harvesters import pasted
from jambi_harvesters.assembly import table_pages
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.errors import PlaceLostError, SourceFailedError
from jambi_harvesters.feature_walk import GEOMETRY, PAGES, TOTAL_MOVED, Feature, FeatureWalk
from jambi_harvesters.features import FeatureAnswer, checked
from jambi_harvesters.http import Response
from jambi_harvesters.paginators import as_count
from jambi_harvesters.places import Place
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import Connector, Probe
from jambi_harvesters.tables import Mapper
from jambi_harvesters.xml_heads import elements

VERSION = "2.0.0"
DEGREES = "urn:ogc:def:crs:OGC:1.3:CRS84"
"""Longitude first, whatever the server thinks of EPSG:4326."""
JSON = "application/json"
PAGE_SIZE = 1_000
SET_BY_US = frozenset(
    {"service", "version", "request", "outputformat", "srsname", "sortby", "startindex", "count"}
)
REPEATS = ("features repeat", "ada fitur yang berulang")

_CODE = re.compile(r"[A-Za-z]{1,40}", re.ASCII)
_EXCEPTIONS = {"Exception": "exceptionCode", "ServiceException": "code"}


class WfsConnector(Connector):
    """Reads the features of one type, their properties beside `geometry`."""

    kind: ClassVar[str] = "wfs"
    title: ClassVar[Mapping[str, str]] = {"en": "Web Feature Service", "id": "Layanan fitur peta (WFS)"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.params", "primary_key"})
    resumes: ClassVar[bool] = True
    markers: ClassVar[tuple[str, ...]] = ("update_sequence", "count")

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a Web Feature Service."""
        if b"WFS_Capabilities" in head or "service=wfs" in url.casefold():
            return 0.95
        if b'"FeatureCollection"' in head and (b'"numberMatched"' in head or b'"totalFeatures"' in head):
            return 0.85
        return 0.5 if url.partition("?")[0].casefold().endswith("/wfs") else 0.0

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the service, the feature type, and what narrows it."""
        params = pasted.place(url).get("endpoint", {}).get("params", {})
        kept = {name: value for name, value in params.items() if name.casefold() not in SET_BY_US}
        named = {"typeNames" if name.casefold() == "typename" else name: one for name, one in kept.items()}
        return {"client": {"base_url": pasted.bare(url)}} | ({"endpoint": {"params": named}} if named else {})

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask for the version of the capabilities and the number of features.

        A server that states no version may have changed.
        """
        sequence = self._root({"request": "GetCapabilities"}).get("updateSequence")
        if not sequence:
            return Probe(unchanged=False)
        hits = self._root({**self.asked, "request": "GetFeature", "resultType": "hits"})
        found = {
            "update_sequence": sequence,
            "count": hits.get("numberMatched"),
            "definition": self.definition.hash,
        }
        return Probe(unchanged=markers == found, markers=found)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the features; their number, or a short page, proves the end."""
        mapper = self.mapper()
        mapper.open_items()
        walk = _Walk(self, mapper, cursor)
        yield from table_pages(self.definition, self.mode, mapper, walk.mapped(), walk.end, walk.kept)

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of the definition, page size and paging excepted."""
        params = self.definition.endpoint.params
        return {name: value for name, value in params.items() if name.casefold() not in SET_BY_US}

    @property
    def shown(self) -> str:
        """The service's address, redacted."""
        return self.client.redact(self.url)

    @contextmanager
    def ask(self, params: Mapping[str, Any]) -> Iterator[Response]:
        """Send one request; an exception that came as an answer is a failure.

        Raises:
            SourceFailedError: with the service's own code.
        """
        spec = self.definition
        sent = {"service": "WFS", "version": VERSION, **params}
        with self.client.get(self.url, sent, spec.client.headers, credentials=self.credentials) as response:
            if response.body.size == 0:
                raise self.empty_answer("GeoJSON")
            self._refuse_exception(response)
            yield response

    def _root(self, params: Mapping[str, Any]) -> Mapping[str, str]:
        with self.ask(params) as response:
            return next((attributes for _, attributes in elements(response.file)), {})

    def _refuse_exception(self, response: Response) -> None:
        head = response.file.read(64).lstrip()
        response.file.seek(0)
        if not head.removeprefix(b"\xef\xbb\xbf").startswith(b"<"):
            return
        for name, attributes in elements(response.file):
            if name in _EXCEPTIONS:
                code = attributes.get(_EXCEPTIONS[name], "")
                said = code if _CODE.fullmatch(code) else "?"
                raise SourceFailedError(url=self.shown, reason=said, alasan=said)


class _Walk(FeatureWalk):
    """Goes on by the number received, sorted by the key; its place is that number."""

    def __init__(self, connector: WfsConnector, mapper: Mapper, place: JsonValue) -> None:
        super().__init__(connector, mapper, place)
        self._connector = connector
        self._spec = connector.definition
        self._seen: set[bytes] = set()
        self._largest: int = place["largest"] if self.resumed else 0
        self._last = bytes.fromhex(place["last"]) if self.resumed else b""

    def features(self) -> Iterator[Feature | Place]:
        """Yield the features page by page."""
        if self.resumed:
            self._require_unmoved()
        while self.number < self._spec.polite.max_pages:
            before, known = self.received, len(self._seen)
            with self._page(self.received, self._most) as answer:
                yield from self._new(answer)
                more = self._goes_on(answer.head, self.received - before, len(self._seen) - known)
            self.number += 1
            if not more:
                break
            yield self.place(last=self._last.hex(), largest=self._largest)
        else:
            self.problem = PAGES
        if self.problem is None and self.total is not None and self.received != self.total:
            self.problem = self.missing()

    def item(self, feature: Feature) -> dict[str, Any]:
        """Return the properties of a feature beside its geometry."""
        properties = feature.get("properties")
        values = dict(properties) if isinstance(properties, Mapping) else {}
        if feature.get(GEOMETRY) is not None or GEOMETRY not in values:
            values[GEOMETRY] = checked(feature.get(GEOMETRY), self._connector.shown)
        return values

    @property
    def _most(self) -> int:
        return as_count(self._spec.endpoint.params.get("count")) or PAGE_SIZE

    def _require_unmoved(self) -> None:
        """Ask for the last feature that came: it must still be there, in a list of the same length."""
        with self._page(self.received - 1, 1) as answer:
            same = [_mark(feature) for feature in answer.features()][:1] == [self._last]
            if not same or _matched(answer.head) != self.total:
                raise PlaceLostError

    @contextmanager
    def _page(self, start: int, count: int) -> Iterator[FeatureAnswer]:
        params = {
            "request": "GetFeature",
            "outputFormat": JSON,
            "srsName": DEGREES,
            "sortBy": ",".join(self._keys()),
            "startIndex": start,
            "count": count,
        }
        with self._connector.ask({**self._connector.asked, **params}) as response:
            yield FeatureAnswer(response, self._connector.shown, lambda document: None)

    def _keys(self) -> list[str]:
        paths = {field.name: field.path for field in self._spec.schema.fields}
        return [paths.get(name, name) for name in self._spec.primary_key]

    def _new(self, answer: FeatureAnswer) -> Iterator[Feature]:
        for feature in answer.features():
            self.received += 1
            self._last = _mark(feature)
            if self._last in self._seen:
                self.problem = REPEATS
                continue
            self._seen.add(self._last)
            yield feature

    def _goes_on(self, head: Mapping[str, Any], count: int, fresh: int) -> bool:
        """Say whether to ask for a further page.

        Without a total only an empty page, or one shorter than another, is known to be the last: a first page
        that is shorter than was asked for may have been cut by the server.
        """
        matched = _matched(head)
        if self.number and matched != self.total:
            self.problem = TOTAL_MOVED
        self.total = matched
        if count == 0 or fresh == 0:
            return False
        if self.total is not None:
            return self.received < self.total
        short, self._largest = count < self._largest, max(count, self._largest)
        return not short


def _matched(head: Mapping[str, Any]) -> int | None:
    return as_count(head.get("numberMatched", head.get("totalFeatures")))


def _mark(feature: Feature) -> bytes:
    """Return what is equal for a feature that comes again: its id, else its content."""
    named = feature.get("id")
    content = canonical_json(feature if named is None else named)
    return blake2b(content, digest_size=12).digest()
