"""Kind `arcgis`: one layer of an ArcGIS feature or map service (docs/sources/arcgis.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from jambi_harvesters import documents, esri, pasted
from jambi_harvesters.arcgis_layer import Layer
from jambi_harvesters.assembly import table_pages
from jambi_harvesters.errors import AuthFailedError, PlaceLostError, SourceFailedError
from jambi_harvesters.feature_walk import GEOMETRY, PAGES, TOTAL_MOVED, Feature, FeatureWalk
from jambi_harvesters.features import FeatureAnswer, checked, unexpected
from jambi_harvesters.http import Response
from jambi_harvesters.paginators import as_count
from jambi_harvesters.places import Place
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import Connector, Probe
from jambi_harvesters.tables import Mapper

DEGREES = 4326
SIGN_IN_CODES = (498, 499)
IDS_AT_ONCE = 500
OUT_OF_ORDER = ("objects repeat or come out of order", "objek berulang atau tidak berurutan")

_ADDRESS = re.compile(r"/(Feature|Map)Server/\d+", re.IGNORECASE)


class ArcGisConnector(Connector):
    """Reads the objects of one layer, their properties beside `geometry`."""

    kind: ClassVar[str] = "arcgis"
    title: ClassVar[Mapping[str, str]] = {"en": "ArcGIS layer", "id": "Lapisan peta ArcGIS"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.params"})
    resumes: ClassVar[bool] = True
    markers: ClassVar[tuple[str, ...]] = ("last_edit_date",)

    _layer: Layer | None = None

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a layer of an ArcGIS service."""
        if _ADDRESS.search(url):
            return 0.95
        return 0.9 if b'"esriGeometry' in head or b'"esriFieldType' in head else 0.0

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the layer's own address, and the condition on its objects."""
        match = _ADDRESS.search(url)
        layer = url[: match.end()] if match else pasted.bare(url)
        params = pasted.place(url).get("endpoint", {}).get("params", {})
        kept = {name: value for name, value in params.items() if name == "where" and value != "1=1"}
        return {"client": {"base_url": layer}} | ({"endpoint": {"params": kept}} if kept else {})

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask when the layer was last edited; a layer that does not say so may have changed."""
        self._layer = self._describe()
        if self._layer.edited_at is None:
            return Probe(unchanged=False)
        found = {"last_edit_date": self._layer.edited_at, "definition": self.definition.hash}
        return Probe(unchanged=markers == found, markers=found)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the layer's objects; their number must be what the layer counts."""
        layer, self._layer = self._layer or self._describe(), None
        mapper = self.mapper()
        mapper.open_items()
        walk = (_Offsets if layer.has_pages else _IdRanges)(self, mapper, cursor, layer)
        yield from table_pages(self.definition, self.mode, mapper, walk.mapped(), walk.end, walk.kept)

    @contextmanager
    def ask(self, path: str, params: Mapping[str, Any]) -> Iterator[Response]:
        """Send one request below the layer's address."""
        spec = self.definition
        with self.client.get(
            self.url.rstrip("/") + path,
            {**spec.endpoint.params, **params} if path else params,
            spec.client.headers,
            credentials=self.credentials,
        ) as response:
            yield response

    def told(self, path: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a small JSON answer.

        Raises:
            AuthFailedError, SourceFailedError: if it says 200 and holds an error.
        """
        with self.ask(path, {**params, "f": "json"}) as response:
            if response.body.size == 0:
                raise self.empty_answer("JSON")
            document = documents.load(response.body, self.shown)
        self.refuse_error(document)
        if not isinstance(document, Mapping):
            raise unexpected(self.shown, "JSON that is no object", "JSON yang bukan objek")
        return document

    def refuse_error(self, document: Any) -> None:
        """Refuse the error that ArcGIS writes into an answer with status 200; its words stay out."""
        error = document.get("error") if isinstance(document, Mapping) else None
        if error is None:
            return
        code = as_count(error.get("code")) if isinstance(error, Mapping) else None
        if code in SIGN_IN_CODES:
            raise AuthFailedError(url=self.shown, answer=f"error {code}")
        raise SourceFailedError(url=self.shown, reason=f"error {code}", alasan=f"galat {code}")

    @property
    def shown(self) -> str:
        """The layer's address, redacted."""
        return self.client.redact(self.url)

    def _describe(self) -> Layer:
        layer = Layer.of(self.told("", {}))
        if layer is None:
            raise unexpected(self.shown, "no layer with an object id", "bukan lapisan dengan nomor objek")
        return layer


class _Walk(FeatureWalk):
    """One reading of a layer, in the order of the object id; its place is the id of the last object."""

    def __init__(self, connector: ArcGisConnector, mapper: Mapper, place: JsonValue, layer: Layer) -> None:
        super().__init__(connector, mapper, place)
        self._connector = connector
        self._layer = layer
        self._last: int = place["last"] if self.resumed else -1
        self._params = connector.definition.endpoint.params
        self._most = connector.definition.polite.max_pages

    def item(self, feature: Feature) -> dict[str, Any]:
        """Return the attributes of an object beside its geometry, its dates as instants."""
        values = dict(_values(feature))
        for name in self._layer.date_fields & values.keys():
            values[name] = self._layer.instant(values[name])
        if self._layer.has_geometry:
            geometry = feature.get(GEOMETRY)
            found = esri.to_geojson(geometry) if self._layer.form == "json" else geometry
            values[GEOMETRY] = checked(found, self._connector.shown)
        return values

    @contextmanager
    def _query(self, params: Mapping[str, Any]) -> Iterator[FeatureAnswer]:
        asked = {
            **self._where(),
            "outFields": self._out_fields(),
            "outSR": DEGREES,
            "f": self._layer.form,
            **params,
        }
        with self._connector.ask("/query", asked) as response:
            if response.body.size == 0:
                raise self._connector.empty_answer("JSON")
            yield FeatureAnswer(response, self._connector.shown, self._judge)

    def _judge(self, document: Any) -> None:
        """Refuse an error, and coordinates that are not degrees although degrees were asked for."""
        self._connector.refuse_error(document)
        reference = document.get("spatialReference") if isinstance(document, Mapping) else None
        if isinstance(reference, Mapping) and DEGREES not in (
            reference.get("wkid"),
            reference.get("latestWkid"),
        ):
            raise unexpected(
                self._connector.shown, "coordinates of another system", "koordinat dari sistem lain"
            )

    def _out_fields(self) -> str:
        wanted = str(self._params.get("outFields", "*"))
        names = [name.strip() for name in wanted.split(",")]
        return wanted if "*" in names or self._layer.id_field in names else f"{wanted},{self._layer.id_field}"

    def _id_of(self, feature: Feature) -> int | None:
        value = _values(feature).get(self._layer.id_field, feature.get("id"))
        return as_count(value)

    def _where(self, condition: str = "") -> dict[str, Any]:
        """Return the parameters of the definition, its condition on the objects joined by one more."""
        where = self._params.get("where")
        joined = f"({where}) AND {condition}" if where and condition else where or condition
        return {**self._params, "where": joined or "1=1"}

    def _count(self, condition: str = "") -> int | None:
        asked = {**self._where(condition), "returnCountOnly": "true"}
        return as_count(self._connector.told("/query", asked).get("count"))


class _Offsets(_Walk):
    """Goes on by the number received, in the order of the object id: a server may send fewer than asked."""

    def features(self) -> Iterator[Feature | Place]:
        self.total, more = self._counted(), True
        while more and self.number < self._most:
            with self._query(self._next_page()) as answer:
                before = self.received
                for feature in answer.features():
                    found = self._id_of(feature)
                    if found is None or found <= self._last:
                        self.problem = OUT_OF_ORDER
                        return
                    self._last, self.received = found, self.received + 1
                    yield feature
                more = self._goes_on(answer.head, self.received - before)
            self.number += 1
            if more:
                yield self.place(last=self._last)
        self._compare(more)

    def _counted(self) -> int | None:
        """Count the objects; before a place there must be as many as came."""
        total = self._count()
        if self.resumed:
            before = self._count(f"{self._layer.id_field} <= {self._last}")
            if (total, before) != (self.total, self.received):
                raise PlaceLostError
        return total

    def _next_page(self) -> dict[str, Any]:
        return {
            "orderByFields": f"{self._layer.id_field} ASC",
            "resultOffset": self.received,
            "resultRecordCount": self._layer.page_size(self._params),
        }

    def _goes_on(self, head: Mapping[str, Any], count: int) -> bool:
        if count == 0:
            return False
        inner = head.get("properties")
        flags = (head, inner if isinstance(inner, Mapping) else {})
        exceeded = any(flag.get("exceededTransferLimit") is True for flag in flags)
        return exceeded or (self.total is not None and self.received < self.total)

    def _compare(self, more: bool) -> None:
        again = self._count()
        if more:
            self.problem = PAGES
        elif again != self.total:
            self.problem = TOTAL_MOVED
        elif self.total is None or self.received != self.total:
            self.problem = self.missing()


class _IdRanges(_Walk):
    """For servers without pages: lists all object ids, then asks for one range of them after the other."""

    def features(self) -> Iterator[Feature | Place]:
        waiting, size = self._waiting(), min(IDS_AT_ONCE, self._layer.page_size(self._params))
        while waiting and self.number < self._most:
            part, waiting = waiting[:size], waiting[size:]
            wanted = set(part)
            with self._query(self._range(part)) as answer:
                for feature in answer.features():
                    found = self._id_of(feature)
                    if found in wanted:
                        wanted.discard(found)
                        self.received += 1
                        yield feature
            if len(wanted) == len(part):
                self.problem = self.missing()
                return
            self.number += 1
            if wanted:
                waiting = [*sorted(wanted), *waiting]
            else:
                yield self.place(last=part[-1])
        self.problem = PAGES if waiting else None

    def _waiting(self) -> list[int]:
        """Return the ids that have not come; before a place there must be as many as came."""
        ids = self._ids()
        behind = [one for one in ids if one > self._last]
        if self.resumed and (len(ids), len(ids) - len(behind)) != (self.total, self.received):
            raise PlaceLostError
        self.total = len(ids)
        return behind

    def _ids(self) -> list[int]:
        params = {**self._where(), "returnIdsOnly": "true", "f": "json"}
        with self._connector.ask("/query", params) as response:
            if response.body.size > documents.STREAM_BYTES:
                found: Any = list(documents.stream_items(response.body, "objectIds"))
            else:
                document = documents.load(response.body, self._connector.shown)
                self._connector.refuse_error(document)
                found = document.get("objectIds") if isinstance(document, Mapping) else "?"
        ids = [] if found is None else [as_count(one) for one in found]
        return sorted({one for one in ids if one is not None})

    def _range(self, ids: Sequence[int]) -> dict[str, Any]:
        name = self._layer.id_field
        return self._where(f"{name} >= {ids[0]} AND {name} <= {ids[-1]}")


def _values(feature: Feature) -> Mapping[str, Any]:
    found = feature.get("properties", feature.get("attributes"))
    return found if isinstance(found, Mapping) else {}
