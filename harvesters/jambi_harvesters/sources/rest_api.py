"""Kind `rest_api`: a JSON API with pages, in dlt's words (docs/sources/rest_api.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, ClassVar

import jmespath

from jambi_harvesters import documents
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.errors import (
    IncompleteListError,
    SourceFailedError,
    UnexpectedContentError,
    UnreadableError,
)
from jambi_harvesters.grids import Mapped
from jambi_harvesters.http import Response
from jambi_harvesters.incremental import Since
from jambi_harvesters.paginators import Answer, Ask, Paginator, paginator_for
from jambi_harvesters.places import Place
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sniffing import find_list, sniff_paginator
from jambi_harvesters.sources.base import DocumentConnector, Probe
from jambi_harvesters.tables import Mapper

NO_ANSWER = ("it did not answer", "sumber tidak menjawab")
DISORDERED = ("its rows are not in the order of row_order", "barisnya tidak berurutan menurut row_order")
_PLAIN_PATH = re.compile(r"@|\w+(\.\w+)*", re.ASCII)


class RestApiConnector(DocumentConnector):
    """Reads a list of JSON objects page by page to its proven end."""

    kind: ClassVar[str] = "rest_api"
    title: ClassVar[Mapping[str, str]] = {"en": "JSON API", "id": "API JSON"}
    options: ClassVar[frozenset[str]] = frozenset({"client.paginator", "endpoint", "guard.success"})
    resumes: ClassVar[bool] = True
    paginators: ClassVar[tuple[str, ...]] = (
        "auto",
        "single_page",
        "json_link",
        "header_link",
        "header_cursor",
        "cursor",
        "offset",
        "page_number",
    )

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a JSON API; a catalogue of datasets is left to `datajson`."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if start not in (b"{", b"["):
            return 0.0
        return 0.2 if b'"conformsTo"' in head or b"dcat:Dataset" in head else 0.7

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask by markers only where one document is the whole list."""
        changes = self.definition.endpoint.incremental is not None
        if changes or self.definition.client.paginator.get("type") != "single_page":
            return Probe(unchanged=False)
        return super().probe(markers)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the list's records; the last page says whether its end is proven."""
        mapper = self.mapper()
        mapper.open_items()
        walk = _Walk(self, mapper, cursor)
        yield from table_pages(self.definition, self.mode, mapper, walk.mapped(), walk.end, walk.kept)

    def paginator(self) -> Paginator | None:
        """Return how the list is walked; None where the first answer must show it."""
        spec = self.definition.client.paginator
        return paginator_for(spec) if spec.get("type", "auto") != "auto" else None

    def entry(self, item: Any) -> Any:
        """Return an item as its system means it, or None where it is not meant to be published."""
        return item

    def ask(self, ask: Ask, extra: Mapping[str, Any], accept: tuple[int, ...]) -> Response:
        """Send one request of a walk."""
        spec = self.definition
        params = {} if ask.url else {**self.params, **extra, **ask.params}
        return self.client.get(
            ask.url or self.url,
            params,
            spec.client.headers,
            method=spec.endpoint.method,
            json=spec.endpoint.json,
            credentials=self.credentials,
            accept=accept,
        )


class _Walk:
    """One reading of the list, from its start or from a place in it.

    Attributes:
        kept: how many rows of it were kept so far.
    """

    def __init__(self, connector: RestApiConnector, mapper: Mapper, place: JsonValue) -> None:
        self._connector = connector
        self._mapper = mapper
        self._spec = connector.definition
        self._since = Since(connector.definition, connector.now, connector.cursor)
        self._accept = tuple(
            action["status_code"]
            for action in self._spec.endpoint.response_actions
            if "status_code" in action
        )
        self._paginator = connector.paginator()
        self._seen_page: bytes = b""
        self._number = self._line = self.kept = 0
        self._ask = self._paginator.first() if self._paginator else Ask()
        if place is not None:
            self._go_on(place)

    def mapped(self) -> Iterator[Mapped | Place]:
        """Yield (number, cells, source values) of each item that is kept; judge the list at its end."""
        for items in self._batches():
            if isinstance(items, Ask):
                yield self._place(items)
            else:
                yield from self._rows(items)
        self._mapper.close_items(partial=self._since.active)

    def _rows(self, items: Iterator[Any]) -> Iterator[Mapped]:
        for raw in items:
            self._line += 1
            item = self._connector.entry(raw)
            if item is None:
                continue
            self._since.see(item)
            row = self._mapper.item(item, self._line)
            if row is not None:
                self.kept += 1
                yield self._line, row, self._mapper.without_dropped(item)

    def end(self) -> ListEnd:
        """Return what is known of the list."""
        reasons = self._unproven()
        proven = reasons is None
        return ListEnd(
            complete=proven and not self._since.active,
            problem=IncompleteListError(reason=reasons[0], alasan=reasons[1]) if reasons else None,
            total=self._paginator.records if self._paginator else None,
            next_cursor=self._since.next_cursor() if proven or self._since.goes_on else None,
            incremental=self._since.active,
        )

    def _unproven(self) -> tuple[str, str] | None:
        """Return why the end of the list is not proven, in both languages."""
        paginator = self._paginator
        if paginator is None:
            return NO_ANSWER
        if not paginator.proven:
            return paginator.reason, paginator.alasan
        return DISORDERED if self._since.disordered else None

    def _batches(self) -> Iterator[Iterator[Any] | Ask]:
        """Yield the items of one answer after the other, and between two of them what is asked next."""
        ask = self._ask
        while self._number < self._spec.polite.max_pages:
            kept = self._number == 0 and self._connector._kept is not None
            with self._connector.document() if kept else self._send(ask) as response:
                batch = _Batch(response, self._spec.endpoint.data_selector, self._connector)
                if batch.ignored or self._repeats(batch):
                    self._stop_unproven(ignored=batch.ignored)
                    return
                yield batch.items()
                following = self._following(batch, response)
            if following is None or self._since.reached_known:
                return
            ask, self._number = following, self._number + 1
            yield ask
        if self._paginator:
            self._paginator.stop("polite.max_pages was reached", "polite.max_pages tercapai")

    def _place(self, ask: Ask) -> Place:
        """Return where the list goes on: with a request, and with all that its proof needs of what came."""
        paginator = self._paginator
        if paginator is None or not paginator.resumes:
            return Place(None)
        state = {
            "ask": {"params": dict(ask.params), "url": ask.url},
            "walk": [self._number, self._line, self.kept],
            "mark": self._seen_page.hex(),
            "since": self._since.highest,
            "order": self._since.order,
            "paginator": paginator.state(),
        }
        return self._connector.place_behind(state, self._mapper, ask.params)

    def _go_on(self, place: Mapping[str, Any]) -> None:
        self._ask = Ask(**place["ask"])
        self._number, self._line, self.kept = place["walk"]
        self._seen_page = bytes.fromhex(place["mark"])
        self._since.go_on(place["since"], place.get("order", (None, False)))
        self._paginator = paginator_for(place["paginator"]["spec"])
        self._paginator.go_on(place["paginator"])
        self._mapper.go_on(place["mapper"])

    def _send(self, ask: Ask) -> Response:
        return self._connector.ask(ask, self._since.params(), self._accept)

    def _following(self, batch: _Batch, response: Response) -> Ask | None:
        if self._paginator is None:
            spec = sniff_paginator(batch.document, response.headers)
            self._paginator = paginator_for(spec)
            self._paginator.first()
        answer = Answer(batch.document, response.headers, response.url, batch.count)
        return self._paginator.following(answer)

    def _repeats(self, batch: _Batch) -> bool:
        """Say whether this page equals the one before: some servers repeat the last page for ever (S17)."""
        mark = batch.mark()
        repeated = bool(mark) and mark == self._seen_page
        self._seen_page = mark
        return repeated

    def _stop_unproven(self, *, ignored: bool) -> None:
        paginator = self._paginator
        if paginator is None or (
            not ignored and paginator.records is not None and paginator.received == paginator.records
        ):
            return
        if ignored:
            paginator.ignored()
        else:
            paginator.stop("the last page repeats", "halaman terakhir berulang")


class _Batch:
    """The items of one answer, judged before any of them is used."""

    def __init__(self, response: Response, selector: str | None, connector: RestApiConnector) -> None:
        self._connector = connector
        self._response = response
        self._url = connector.client.redact(response.url)
        self.count = 0
        self.ignored = self._is_ignored()
        self.document: Any = None
        self._items: list[Any] | None = []
        self._prefix = ""
        if not self.ignored:
            self._open(selector)

    def items(self) -> Iterator[Any]:
        """Yield the items."""
        found = documents.stream_items(self._response.body, self._prefix)
        for item in found if self._items is None else self._items:
            self.count += 1
            yield item

    def mark(self) -> bytes:
        """Return what is equal for equal pages; empty for an empty page."""
        if self._items is None:
            return self._response.body.sha256.encode()
        return sha256(canonical_json(self._items)).digest() if self._items else b""

    def _open(self, selector: str | None) -> None:
        body = self._response.body
        if body.size == 0:
            raise self._connector.empty_answer("JSON")
        plain = selector is None or _PLAIN_PATH.fullmatch(selector)
        if body.size > documents.STREAM_BYTES:
            if not plain:
                raise _not_streamed()
            self._open_large(selector)
        else:
            self.document = documents.load(body, self._url)
            self._judge_success()
            self._items = self._selected(selector)

    def _open_large(self, selector: str | None) -> None:
        body = self._response.body
        found = documents.find_large_list(body) if selector is None else selector.removeprefix("@")
        if found is None:
            raise self._no_list()
        self._prefix, self._items = found, None
        self.document = documents.envelope(body, found)
        self._judge_success()
        if not isinstance(jmespath.search(found or "@", self.document), list):
            raise self._no_list()

    def _selected(self, selector: str | None) -> list[Any]:
        path = selector or find_list(self.document)
        found = jmespath.search(path, self.document) if path else None
        if not isinstance(found, list):
            raise self._no_list()
        return found

    def _judge_success(self) -> None:
        expression = self._connector.definition.guard.success
        if expression is not None and jmespath.search(expression, self.document) is not True:
            raise SourceFailedError(url=self._url)

    def _no_list(self) -> UnexpectedContentError:
        return UnexpectedContentError(
            url=self._url,
            found="JSON without a list of records",
            found_id="JSON tanpa daftar baris",
            expected="a list (endpoint.data_selector)",
            expected_id="daftar (endpoint.data_selector)",
        )

    def _is_ignored(self) -> bool:
        for action in self._connector.definition.endpoint.response_actions:
            by_status = action.get("status_code", self._response.status) == self._response.status
            content = action.get("content")
            if by_status and (content is None or content.encode() in self._response.read()):
                return True
        return False


def _not_streamed() -> UnreadableError:
    return UnreadableError(
        what="A JSON answer above 8 MB",
        what_id="Jawaban JSON di atas 8 MB",
        reason="endpoint.data_selector must be plain names, such as data.items, or the pages smaller",
        alasan="endpoint.data_selector harus nama biasa, misalnya data.items, atau halamannya diperkecil",
    )
