"""Kind `spse`: procurement packages, one array a year (docs/sources/spse.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from jambi_harvesters.dates import ZONES
from jambi_harvesters.definition import Definition, Field
from jambi_harvesters.headings import column_id, fold
from jambi_harvesters.paginators import Answer, Ask, Paginator, paginator_for
from jambi_harvesters.record import JsonValue
from jambi_harvesters.sources.base import DocumentConnector, Probe, address_of
from jambi_harvesters.sources.rest_api import RestApiConnector
from jambi_harvesters.tables import Mapper

YEAR = "{tahun}"
PLAN_CODES = frozenset({"kd_rup", "kode_rup"})
CLOSED_YEARS_EVERY = timedelta(days=30)


class Years(Paginator):
    """Walks from the open year back to the first; only in January may the open year have no rows yet.

    Args:
        addresses: the address of each year.
        new: whether the open year has just begun.
    """

    type: ClassVar[str] = "years"

    def __init__(self, addresses: Mapping[int, str], *, new: bool) -> None:
        super().__init__({})
        self._addresses = addresses
        self._years = list(addresses)
        self._new = new

    def first(self) -> Ask:
        """Return the request for the open year."""
        return self._ask()

    def _next(self, answer: Answer) -> Ask | None:
        year, may_be_empty, self._new = self._years.pop(0), self._new, False
        if answer.count == 0 and not may_be_empty:
            self.stop(f"the year {year} is empty", f"tahun {year} kosong")
            return None
        return self._ask() if self._years else None

    def _ask(self) -> Ask:
        return Ask(url=self._addresses[self._years[0]])


class SpseConnector(RestApiConnector):
    """Reads the packages of all years; the fields' paths are the keys as the system writes them."""

    kind: ClassVar[str] = "spse"
    title: ClassVar[Mapping[str, str]] = {"en": "Procurement packages (SPSE)", "id": "Paket pengadaan (SPSE)"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint", "guard.success"})
    resumes: ClassVar[bool] = False
    paginators: ClassVar[tuple[str, ...]] = ()

    def __init__(self, definition: Definition, *args: Any, **options: Any) -> None:
        super().__init__(definition, *args, **options)
        self._today = self.now.astimezone(ZONES[definition.schema.timezone]).date()
        self._spelled = {fold(field.path): field.path for field in definition.schema.fields}
        self._yearly = YEAR in self.url or YEAR in self.params.values()
        if self._yearly:
            self._addresses = self._by_year()
            self.url, self.params = self._addresses[self._today.year], {}

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a list of packages, by the keys that all its forms have."""
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
            return 0.0
        forms = ((b'"Kode Tender"', b'"Kode RUP"'), (b'"kd_tender"', b'"kd_rup"'))
        return 0.95 if any(all(key in head for key in form) for form in forms) else 0.0

    @classmethod
    def redirect_hosts(cls, definition: Definition) -> tuple[str, ...]:
        """Return the system's own host: one that has moved is down until the definition says where."""
        return ((urlsplit(address_of(definition)).hostname or "").casefold(),)

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask for the open year alone; every 30 days the closed ones are read whatever it says."""
        if not self._yearly:
            return DocumentConnector.probe(self, markers)
        found = DocumentConnector.probe(self, markers if self._is_fresh(markers) else {})
        read_at = markers["closed_read_at"] if found.unchanged else self.now.isoformat()
        kept = {**found.markers, "year": self._today.year, "closed_read_at": read_at}
        return Probe(unchanged=found.unchanged, markers=kept)

    def entry(self, item: Any) -> Any:
        """Return a package under the declared keys, its plan codes parted by a semicolon, without blanks."""
        if not isinstance(item, Mapping):
            return item
        return {
            self._spelled.get(fold(key), key): _codes(value) if column_id(key) in PLAN_CODES else value
            for key, value in item.items()
        }

    def mapper(self) -> Mapper:
        """Return a mapper that takes the fields' paths for keys, blanks and all."""
        schema = self.definition.schema
        literal = replace(schema, fields=tuple(_literal(field) for field in schema.fields))
        return Mapper(replace(self.definition, schema=literal), self.resolvers, self.known_columns)

    def paginator(self) -> Paginator:
        """Return the walk through the years, or the one array where no year is asked for."""
        if not self._yearly:
            return paginator_for({"type": "single_page"})
        return Years(self._addresses, new=self._today.month == 1)

    def _by_year(self) -> dict[int, str]:
        first = int(str(self.definition.dataset.fields["periode_mulai"])[:4])
        last = self._today.year
        return {year: self._address(str(year)) for year in range(last, min(first, last) - 1, -1)}

    def _address(self, year: str) -> str:
        params = {name: year if value == YEAR else value for name, value in self.params.items()}
        url = self.url.replace(YEAR, year)
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}" if params else url

    def _is_fresh(self, markers: Mapping[str, JsonValue]) -> bool:
        read_at = markers.get("closed_read_at")
        if markers.get("year") != self._today.year or not isinstance(read_at, str):
            return False
        return self.now - datetime.fromisoformat(read_at) < CLOSED_YEARS_EVERY


def _codes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return ";".join(code.strip() for code in value.split(";") if code.strip())


def _literal(field: Field) -> Field:
    return field if field.path.startswith('"') else replace(field, path=json.dumps(field.path))
