"""Kind `bps_webapi`: lists and dynamic tables of Statistics Indonesia (docs/sources/bps_webapi.md).

Its addresses are paths all through, the page and the key included; it answers 200 whatever happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import product
from math import prod
from typing import Any, ClassVar
from urllib.parse import quote

import jmespath

from jambi_harvesters import documents, pasted
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.credentials import reveal
from jambi_harvesters.errors import (
    AuthFailedError,
    HarvesterError,
    IncompleteListError,
    PlaceLostError,
    SourceFailedError,
    TooLargeError,
    UnexpectedContentError,
)
from jambi_harvesters.grids import Mapped
from jambi_harvesters.paginators import Answer, Ask, Paginator, as_count, paginator_for
from jambi_harvesters.places import Place
from jambi_harvesters.plain_text import to_plain
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import ANSWERS_OF_A_LIVING_SOURCE, Connector
from jambi_harvesters.tables import Mapper

PAGES = "data[0].pages || (to_number(data[0].total) == length(data[1]) && `1`)"
"""Some lists name no number of pages, only a total; they are whole where it agrees."""
TOTAL = "data[0].total"
PAGING = {"type": "page_number", "base_page": 1, "total_path": PAGES, "items_path": TOTAL}
TABLE_MODEL = "/model/data/"
PARTS = ("vervar", "var", "turvar", "tahun", "turtahun")
"""What a key of `datacontent` is made of, in this order, without anything between."""
VALUES = "datacontent"
MAX_CELLS = 1_000_000


class BpsWebApiConnector(Connector):
    """Reads a list page by page, or one table whose cells are keyed by joined ids."""

    kind: ClassVar[str] = "bps_webapi"
    title: ClassVar[Mapping[str, str]] = {"en": "BPS WebAPI", "id": "WebAPI BPS"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.path"})
    resumes: ClassVar[bool] = True
    markers: ClassVar[tuple[str, ...]] = ()
    max_bytes: ClassVar[int] = documents.STREAM_BYTES

    def __init__(self, *args: Any, secrets: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, secrets=secrets, **options)
        self._key = reveal(self.definition.client.auth.get("api_key", ""), secrets or {})
        self.credentials = None

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is an answer of the WebAPI."""
        if b'"data-availability"' in head:
            return 0.95
        return 0.6 if "://webapi.bps.go.id/" in url else 0.0

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the interface, and the path below it without page."""
        base, found, path = pasted.bare(url).partition("/v1/api/")
        path = re.sub(r"/page/\d+", "", path).strip("/")
        return {"client": {"base_url": base + found}, "endpoint": {"path": path}}

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the rows of a list or table."""
        mapper = self.mapper()
        mapper.open_items()
        if TABLE_MODEL in f"{self.url}/":
            table = _Table(self)
            yield from table_pages(self.definition, self.mode, mapper, table.mapped(mapper), table.end)
            return
        walk = _List(self, mapper, cursor)
        yield from table_pages(self.definition, self.mode, mapper, walk.mapped(), walk.end, walk.kept)

    def reach(self) -> None:
        """Ask once whether the WebAPI answers at all; without its key it would refuse us."""
        self.client.get(self._address(1), method="HEAD", accept=ANSWERS_OF_A_LIVING_SOURCE).close()

    def ask(self, page: int | None) -> tuple[Any, str]:
        """Return the document of a page, judged, and its redacted address."""
        spec = self.definition
        with self.client.get(self._address(page), spec.endpoint.params, spec.client.headers) as response:
            url = self.client.redact(response.url)
            if response.body.size == 0:
                raise self.empty_answer("JSON")
            document = documents.load(response.body, url)
        self._judge(document, url)
        return document, url

    def _address(self, page: int | None) -> str:
        steps = [self.url.rstrip("/"), *(["page", str(page)] if page else [])]
        if self._key:
            steps += [self.definition.client.auth["name"], quote(self._key, safe="")]
        return "/".join([*steps, ""])

    def _judge(self, document: Any, url: str) -> None:
        """Refuse an answer that says it failed; `OK` without anything in it is a failure too."""
        if not isinstance(document, Mapping) or "status" not in document:
            raise UnexpectedContentError(
                url=url,
                found="JSON that is no answer of the WebAPI",
                found_id="JSON yang bukan jawaban WebAPI",
                expected="status",
            )
        if document["status"] != "OK":
            if "key" in str(document.get("message", "")).casefold():
                raise AuthFailedError(url=url, status=200)
            raise SourceFailedError(url=url, reason="status is not OK", alasan="status bukan OK")
        if document.get("data-availability") != "available":
            raise SourceFailedError(
                url=url, reason="its list is not available", alasan="daftarnya tidak tersedia"
            )


class _List:
    """A list: `data` holds what is known of the paging, then the items of the page; its place is a page.

    Attributes:
        kept: how many rows of it were kept so far.
    """

    def __init__(self, connector: BpsWebApiConnector, mapper: Mapper, place: JsonValue) -> None:
        self._connector = connector
        self._mapper = mapper
        self._paginator: Paginator = paginator_for(PAGING)
        self._ask = self._paginator.first()
        self._number = self._line = self.kept = 0
        self._before = b""
        self._goes_on = False
        if place is not None:
            self._go_on(place)

    def mapped(self) -> Iterator[Mapped | Place]:
        """Yield (number, cells, source values) of each item that is kept, and places between pages."""
        for items in self._pages():
            if isinstance(items, Place):
                yield items
            else:
                yield from self._rows(items)
        self._mapper.close_items()

    def _rows(self, items: list[Any]) -> Iterator[Mapped]:
        for item in items:
            self._line += 1
            row = self._mapper.item(item, self._line)
            if row is not None:
                self.kept += 1
                yield self._line, row, self._mapper.without_dropped(item)

    def end(self) -> ListEnd:
        """Return what is known of the list."""
        paginator, problem = self._paginator, None
        if not paginator.proven:
            problem = IncompleteListError(reason=paginator.reason, alasan=paginator.alasan)
        return ListEnd(complete=problem is None, problem=problem, total=paginator.records)

    def _pages(self) -> Iterator[list[Any] | Place]:
        if self._goes_on:
            self._require_unmoved()
        while self._number < self._connector.definition.polite.max_pages:
            document, url = self._connector.ask(self._ask.params["page"])
            items = _items(document, url)
            mark = _mark(items)
            if items and mark == self._before:
                self._paginator.stop("the last page repeats", "halaman terakhir berulang")
                return
            yield items
            following = self._paginator.following(Answer(document, {}, url, len(items)))
            if following is None:
                return
            self._ask, self._before, self._number = following, mark, self._number + 1
            yield self._place()
        self._paginator.stop("polite.max_pages was reached", "polite.max_pages tercapai")

    def _require_unmoved(self) -> None:
        """Refuse to go on in a list whose last page before the cut, or whose length, is another by now."""
        document, url = self._connector.ask(self._ask.params["page"] - 1)
        length = as_count(jmespath.search(TOTAL, document))
        if length != self._paginator.records or _mark(_items(document, url)) != self._before:
            raise PlaceLostError

    def _place(self) -> Place:
        state = {
            "page": self._ask.params["page"],
            "walk": [self._number, self._line, self.kept],
            "mark": self._before.hex(),
            "paginator": self._paginator.state(),
        }
        return self._connector.place_behind(state, self._mapper)

    def _go_on(self, place: Mapping[str, Any]) -> None:
        self._ask = Ask({"page": place["page"]})
        self._number, self._line, self.kept = place["walk"]
        self._before = bytes.fromhex(place["mark"])
        self._paginator.go_on(place["paginator"])
        self._mapper.go_on(place["mapper"])
        self._goes_on = True


class _Table:
    """A dynamic table: the ids of its five parts, and its values keyed by those ids joined."""

    def __init__(self, connector: BpsWebApiConnector) -> None:
        self._connector = connector
        self._count = 0

    def mapped(self, mapper: Mapper) -> Iterator[Mapped]:
        """Yield a row a value; keys are made of the ids, never split into them."""
        document, url = self._connector.ask(None)
        values, parts = document.get(VALUES), [_part(document, name, url) for name in PARTS]
        if not isinstance(values, Mapping):
            raise _no_table(url, VALUES)
        for line, cell in enumerate(_cells(values, parts, mapper), 1):
            row = mapper.item(cell, line)
            if row is not None:
                yield line, row, mapper.without_dropped(cell)
        self._count = len(values)
        mapper.close_items()

    def end(self) -> ListEnd:
        """Return that one answer is the whole table."""
        return ListEnd(total=self._count)


def _mark(items: list[Any]) -> bytes:
    return sha256(canonical_json(items)).digest()


def _items(document: Mapping[str, Any], url: str) -> list[Any]:
    data = document.get("data")
    if not (isinstance(data, list) and len(data) > 1 and isinstance(data[1], list)):
        raise _no_table(url, "data[1]")
    return data[1]


def _cells(
    values: Mapping[str, Any], parts: list[list[dict[str, Any]]], mapper: Mapper
) -> Iterator[dict[str, Any]]:
    """Yield the cells that have a value; a key that fits no ids, or two sets of them, is a lost row."""
    if prod(map(len, parts)) > MAX_CELLS:
        raise TooLargeError(what="The table", what_id="Tabel", limit=f"{MAX_CELLS:,} sel")
    twice = _ambiguous(values, parts)
    known = 0
    for ids in product(*parts):
        key = _joined(ids)
        if key in values and key not in twice:
            known += 1
            yield {**dict(zip(PARTS, ids, strict=True)), VALUES: values[key]}
    for number in range(len(values) - known):
        mapper.ledger.lost_row("unknown_key", known + number + 1)


def _ambiguous(values: Mapping[str, Any], parts: list[list[dict[str, Any]]]) -> set[str]:
    """Return the keys that more than one set of ids makes."""
    seen: set[str] = set()
    twice: set[str] = set()
    for ids in product(*parts):
        key = _joined(ids)
        if key in values:
            (twice if key in seen else seen).add(key)
    return twice


def _joined(ids: tuple[dict[str, Any], ...]) -> str:
    return "".join(str(one["val"]) for one in ids)


def _part(document: Mapping[str, Any], name: str, url: str) -> list[dict[str, Any]]:
    """Return the ids of one part, their labels without markup."""
    entries = document.get(name)
    if not isinstance(entries, list) or not entries:
        raise _no_table(url, name)
    found = []
    for entry in entries:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("val"), int | str):
            raise _no_table(url, name)
        found.append({**entry, "label": to_plain(str(entry.get("label", "")))})
    return found


def _no_table(url: str, name: str) -> HarvesterError:
    return UnexpectedContentError(
        url=url,
        found=f"an answer without {name}",
        found_id=f"jawaban tanpa {name}",
        expected="a list or table of the WebAPI",
        expected_id="daftar atau tabel WebAPI",
    )
