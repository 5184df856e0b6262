"""Kind `bmkg`: the weather forecast of BMKG, one call an area (docs/sources/bmkg.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import jmespath

from jambi_harvesters import documents, pasted
from jambi_harvesters.addresses import is_one_of, place_of
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.code_lists import resolve
from jambi_harvesters.dates import ZONES
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import (
    AddressRefusedError,
    AuthFailedError,
    ContentError,
    FetchError,
    HarvesterError,
    PartsMissingError,
    RateLimitedError,
    TlsRefusedError,
    UnexpectedContentError,
)
from jambi_harvesters.grids import Mapped
from jambi_harvesters.http import Response
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import Connector, Probe
from jambi_harvesters.tables import Mapper

ATTRIBUTION = "Sumber: BMKG (Badan Meteorologi, Klimatologi, dan Geofisika)."
INSTITUTE = "Badan Meteorologi, Klimatologi, dan Geofisika"
UTC_FIELDS = ("analysis_date", "utc_datetime")
LOCAL_FIELD = "local_datetime"
GIVE_UP_AFTER = 3
"""So many calls in a row without an answer mean that the source is down, not that areas are missing."""
KEPT_BYTES = 20 * 10**6

_WHOLE = (AddressRefusedError, AuthFailedError, RateLimitedError, TlsRefusedError)
_HOSTS = (".bmkg.go.id",)
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?", re.ASCII)


class BmkgConnector(Connector):
    """Reads the forecast of each area of a code list; each forecast step is a row beside `lokasi`."""

    kind: ClassVar[str] = "bmkg"
    title: ClassVar[Mapping[str, str]] = {"en": "BMKG weather forecast", "id": "Prakiraan cuaca BMKG"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.params"})
    markers: ClassVar[tuple[str, ...]] = ("etag", "last_modified")
    max_bytes: ClassVar[int] = 2 * 10**6
    host_rps: ClassVar[Mapping[str, float]] = {"api.bmkg.go.id": 1.0}

    def __init__(self, definition: Definition, *args: Any, **options: Any) -> None:
        super().__init__(attributed(definition), *args, **options)
        self._kept: dict[str, Response] = {}
        self._failed: dict[str, HarvesterError] = {}
        self._answered = False

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a forecast of BMKG."""
        if url.startswith(("http://", "https://")) and is_one_of(place_of(url).host, _HOSTS):
            return 0.95
        return 0.9 if b'"cuaca"' in head and b'"lokasi"' in head else 0.0

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the forecast's address, asked for each kelurahan."""
        areas = {"type": "resolve", "resource": "kelurahan", "field": "kode_kemendagri"}
        return {"client": {"base_url": pasted.bare(url)}, "endpoint": {"params": {"adm4": areas}}}

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask for each area with the validators of its last answer; bodies that came are kept for `pages`."""
        same = markers.get("definition") == self.definition.hash
        known: Mapping[str, Any] = markers.get("parts", {}) if same else {}
        found: dict[str, JsonValue] = {}
        param, codes = self._codes()
        unchanged = 0
        for code in codes:
            response = self._call(param, code, known.get(code, {}))
            if response is None:
                continue
            found[code] = known[code] if response.not_modified else response.validators
            unchanged += response.not_modified
            self._keep(code, response)
        markers = {"definition": self.definition.hash, "parts": found}
        return Probe(unchanged=unchanged == len(codes), markers=markers)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the forecasts; the list is complete if every area answered."""
        mapper = self.mapper()
        mapper.open_items()
        yield from table_pages(self.definition, self.mode, mapper, self._mapped(mapper), self._end)

    def _codes(self) -> tuple[str, tuple[str, ...]]:
        return resolve(self.definition.endpoint.params, self.code_lists)

    def _mapped(self, mapper: Mapper) -> Iterator[Mapped]:
        for line, step in enumerate(self._steps(), 1):
            row = mapper.item(step, line)
            if row is not None:
                yield line, row, mapper.without_dropped(step)
        mapper.close_items()

    def _end(self) -> ListEnd:
        param, codes = self._codes()
        failed = [code for code in codes if code in self._failed]
        problem = PartsMissingError(param=param, parts=failed, total=len(codes)) if failed else None
        return ListEnd(complete=problem is None, problem=problem)

    def _steps(self) -> Iterator[Mapping[str, Any]]:
        param, codes = self._codes()
        for code in codes:
            response = self._kept.pop(code, None)
            if response is None and code not in self._failed:
                response = self._call(param, code, {})
            if response is not None:
                with response:
                    yield from self._forecast(response, code)
        if len(self._failed) == len(codes):
            raise self._failed[codes[0]]

    def _call(self, param: str, code: str, validators: Mapping[str, str]) -> Response | None:
        """Ask for one area; a failure that concerns this area only is noted.

        Raises:
            FetchError: if the source as a whole refuses or does not answer.
        """
        spec = self.definition
        try:
            response = self.client.get(
                self.url,
                {**spec.endpoint.params, param: code},
                spec.client.headers,
                validators=validators,
                credentials=self.credentials,
            )
        except _WHOLE:
            raise
        except (FetchError, ContentError) as err:
            self._failed[code] = err
            if not self._answered and len(self._failed) >= GIVE_UP_AFTER:
                raise
            return None
        self._answered = True
        return response

    def _keep(self, code: str, response: Response) -> None:
        """Keep a body for `pages` while all kept ones are small; what is not kept is asked for again."""
        held = sum(one.body.size for one in self._kept.values())
        if response.not_modified or held + response.body.size > KEPT_BYTES:
            response.close()
        else:
            self._kept[code] = response

    def _forecast(self, response: Response, code: str) -> list[Mapping[str, Any]]:
        """Return the steps of one area; what is no forecast of that area makes it a missing part."""
        try:
            if response.body.size == 0:
                raise self.empty_answer("JSON")
            return steps(documents.load(response.body, self._shown), code, self._shown)
        except ContentError as err:
            self._failed[code] = err
            return []

    @property
    def _shown(self) -> str:
        return self.client.redact(self.url)


def attributed(definition: Definition) -> Definition:
    """Return the definition with the source that BMKG asks to be named, in the description."""
    notes = definition.dataset.notes or ""
    if INSTITUTE in notes:
        return definition
    dataset = replace(definition.dataset, notes=f"{notes}\n\n{ATTRIBUTION}".strip())
    return replace(definition, dataset=dataset)


def steps(document: Any, code: str, url: str) -> list[Mapping[str, Any]]:
    """Return the forecast steps of one answer, each beside `lokasi`, its instants with their zone.

    Raises:
        UnexpectedContentError: if the answer is no forecast, or one of another area.
    """
    place = document.get("lokasi") if isinstance(document, Mapping) else None
    days = jmespath.search("data[].cuaca[]", document)
    if not isinstance(place, Mapping) or not days:
        raise _unexpected(url, "no forecast", "bukan prakiraan")
    if code not in place.values():
        raise _unexpected(url, "the forecast of another area", "prakiraan wilayah lain")
    found = [step for day in days if isinstance(day, list) for step in day if isinstance(step, Mapping)]
    if not found:
        raise _unexpected(url, "a forecast without steps", "prakiraan tanpa isi")
    return [{**_zoned(step, place.get("timezone")), "lokasi": place} for step in found]


def _unexpected(url: str, found: str, found_id: str) -> UnexpectedContentError:
    return UnexpectedContentError(
        url=url,
        found=found,
        found_id=found_id,
        expected="the forecast of the area",
        expected_id="prakiraan wilayah itu",
    )


def _zoned(step: Mapping[str, Any], zone: Any) -> dict[str, Any]:
    """Return a step whose instants say their zone: BMKG leaves it out, and means UTC in all but one."""
    suffixes = dict.fromkeys(UTC_FIELDS, "Z")
    if zone in ZONES:
        suffixes[LOCAL_FIELD] = f"{datetime(2026, 1, 1, tzinfo=ZONES[zone]):%z}"
    return {
        name: f"{value}{suffixes[name]}" if name in suffixes and _is_bare(value) else value
        for name, value in step.items()
    }


def _is_bare(value: Any) -> bool:
    return isinstance(value, str) and _WITHOUT_ZONE.fullmatch(value) is not None
