"""Kind `wordpress`: the posts and files of a WordPress site, as an inventory (docs/sources/wordpress.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urljoin

import requests

from jambi_harvesters import outcomes, pasted
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import (
    AuthFailedError,
    HarvesterError,
    IncompleteListError,
    NotFoundError,
    UnexpectedContentError,
)
from jambi_harvesters.grids import Mapped
from jambi_harvesters.http import Response
from jambi_harvesters.kind_rules import WORDPRESS_COLLECTION
from jambi_harvesters.paginators import Answer, Ask, Paginator, as_count
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.rest_api import RestApiConnector
from jambi_harvesters.tables import Mapper
from jambi_harvesters.wordpress_items import ASKED, feed_entries, inventoried

COLLECTIONS = ("posts", "media")
PER_PAGE = 100
REFUSED_PAGE = {"status_code": requests.codes.bad_request, "action": "ignore"}
FEED = "feed/"
PLAIN_ROUTE = "rest_route"


class RestClosedError(Exception):
    """Neither address of the REST interface gives data; the feed is left."""


class Collections(Paginator):
    """Walks through the pages of each collection, as many as its header says; never beyond them."""

    type: ClassVar[str] = "wordpress"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__({})
        self._names = list(names)
        self._begin()

    def first(self) -> Ask:
        """Return the first request."""
        return self._ask()

    def ignored(self) -> None:
        """Note that a page was refused: within the pages that there are, that is no end."""
        of = self._pages or "?"
        self.stop(f"page {self._page} of {of} is refused", f"halaman {self._page} dari {of} ditolak")

    def _begin(self) -> None:
        self._page, self._count = 1, 0
        self._pages: int | None = None
        self._total: int | None = None

    def _ask(self) -> Ask:
        return Ask({"collection": self._names[0], "page": self._page})

    def _next(self, answer: Answer) -> Ask | None:
        self._count += answer.count
        self._judge(answer, as_count(answer.headers.get("X-WP-Total")))
        if not self.proven:
            return None
        if self._pages is None or self._page < self._pages:
            self._page += 1
            return self._ask()
        del self._names[0]
        self._begin()
        return self._ask() if self._names else None

    def _judge(self, answer: Answer, total: int | None) -> None:
        before, self._total = self._total, total
        self._pages = as_count(answer.headers.get("X-WP-TotalPages"))
        at_end = self._pages is not None and self._page >= self._pages
        if self._page > 1 and before != total:
            self.stop("its total changed while it was read", "jumlahnya berubah selagi dibaca")
        elif at_end and total is not None and self._count != total:
            self.stop(
                f"{self._count} of {total} records came", f"{self._count} dari {total} baris yang datang"
            )
        elif answer.count == 0 and not at_end:
            self.ignored()


class WordpressConnector(RestApiConnector):
    """Reads posts and files; the last resort is the feed, which never proves a list complete."""

    kind: ClassVar[str] = "wordpress"
    title: ClassVar[Mapping[str, str]] = {"en": "WordPress site", "id": "Situs WordPress"}
    options: ClassVar[frozenset[str]] = frozenset(
        {"endpoint.path", "endpoint.params", "endpoint.incremental"}
    )
    resumes: ClassVar[bool] = False
    paginators: ClassVar[tuple[str, ...]] = ()

    def __init__(self, definition: Definition, *args: Any, **options: Any) -> None:
        endpoint = replace(definition.endpoint, response_actions=(REFUSED_PAGE,))
        super().__init__(replace(definition, endpoint=endpoint), *args, **options)
        named = WORDPRESS_COLLECTION.fullmatch(definition.endpoint.path)
        self._collections = (named["name"],) if named else COLLECTIONS
        site = definition.client.base_url
        self._site = site if site.endswith("/") else f"{site}/"
        self._plain_route: bool | None = None

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a WordPress site: its interface, or a page that points to it."""
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            return 0.95 if "wp/v2" in url or b"/wp-json/wp/v2" in head else 0.0
        if b"https://api.w.org/" in head:
            return 0.9
        return 0.6 if b"/wp-content/" in head else 0.0

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the site; all its posts and files are one inventory."""
        return {"client": {"base_url": pasted.site(url, "wp-json")}}

    def paginator(self) -> Paginator:
        """Return the walk through the collections."""
        return Collections(self._collections)

    def entry(self, item: Any) -> Any:
        """Return what of an item belongs to an inventory, or None where it is not public."""
        return inventoried(item) if isinstance(item, Mapping) else item

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield posts and files; where the interface is closed, the latest posts of the feed."""
        try:
            yield from super().pages(cursor)
        except RestClosedError:
            mapper = self.mapper()
            mapper.open_items()
            yield from table_pages(self.definition, self.mode, mapper, self._from_feed(mapper), _unproven)

    def ask(self, ask: Ask, extra: Mapping[str, Any], accept: tuple[int, ...]) -> Response:
        """Send one request of a walk; the first one finds out which address the interface has."""
        collection, page = str(ask.params["collection"]), int(ask.params["page"])
        params = {
            **{"per_page": PER_PAGE, "orderby": "id", "order": "asc", "_fields": ",".join(ASKED)},
            **self.params,
            **extra,
            "page": page,
        }
        if self._plain_route is None:
            self._plain_route, response = self._first(collection, params, accept)
        else:
            response = self._get(collection, params, accept, plain=self._plain_route)
        if page == 1 and response.status in accept:
            response.close()
            raise outcomes.failure(response.status, self.client.redact(response.url), {}, self.now)
        return response

    def _first(
        self, collection: str, params: Mapping[str, Any], accept: tuple[int, ...]
    ) -> tuple[bool, Response]:
        refused: HarvesterError | None = None
        for plain in (False, True):
            try:
                return plain, self._get(collection, params, accept, plain=plain)
            except (AuthFailedError, NotFoundError, UnexpectedContentError) as err:
                refused = refused or err
        if refused is not None and collection not in COLLECTIONS:
            raise refused
        raise RestClosedError

    def _get(
        self, collection: str, params: Mapping[str, Any], accept: tuple[int, ...], *, plain: bool
    ) -> Response:
        route = f"/wp/v2/{collection}"
        url = self._site if plain else urljoin(self._site, f"wp-json{route}")
        stated = {PLAIN_ROUTE: route, **params} if plain else params
        headers = self.definition.client.headers
        return self.client.get(url, stated, headers, credentials=self.credentials, accept=accept)

    def _from_feed(self, mapper: Mapper) -> Iterator[Mapped]:
        line, seen = 0, ""
        for number in range(1, self.definition.polite.max_pages + 1):
            with self._feed(number) as response:
                if response.status == requests.codes.not_found or response.body.sha256 == seen:
                    break
                seen = response.body.sha256
                for item in feed_entries(response.file, self.client.redact(self._site)):
                    line += 1
                    row = mapper.item(item, line)
                    if row is not None:
                        yield line, row, mapper.without_dropped(item)
        mapper.close_items(partial=True)

    def _feed(self, number: int) -> Response:
        accept = (requests.codes.not_found,) if number > 1 else ()
        url, headers = urljoin(self._site, FEED), self.definition.client.headers
        return self.client.get(url, {"paged": number}, headers, credentials=self.credentials, accept=accept)


def _unproven() -> ListEnd:
    reasons = ("the feed names the latest posts only", "umpan RSS hanya memuat pos terbaru")
    return ListEnd(complete=False, problem=IncompleteListError(reason=reasons[0], alasan=reasons[1]))
