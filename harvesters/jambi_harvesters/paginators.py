"""How lists are split into pages, under dlt's names (dlt/sources/rest_api/typing.py, harvesting.md HV11).

A paginator sees each answer and says what to ask next; when nothing is left it says whether that proves the
end. Selectors are JMESPath. Unlike dlt, `total_path` has no default: a total is compared, so it must be real.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urljoin

import jmespath
from requests.utils import parse_header_links


@dataclass(frozen=True, slots=True)
class Ask:
    """The next request: parameters to add, or a whole address."""

    params: Mapping[str, Any] = field(default_factory=dict)
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a paginator may look at: the document, its headers and address, and how many items it held."""

    document: Any
    headers: Mapping[str, str]
    url: str
    count: int


class Paginator(ABC):
    """Walks through one list.

    Attributes:
        proven: whether the end that was reached proves the list complete.
        reason, alasan: why not, in both languages.
        records: the last total of records that the source claimed.
    """

    type: ClassVar[str]
    resumes: ClassVar[bool] = True
    """Whether what it asks next is the same for another process."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self.proven = True
        self.reason = self.alasan = ""
        self.received = 0
        self.records: int | None = None
        self._first_total: int | None = None
        self._records_path = spec.get("items_path") or self._total_of_records()

    def first(self) -> Ask:
        """Return the first request."""
        return Ask()

    def following(self, answer: Answer) -> Ask | None:
        """Return the next request, or None at the end."""
        self.received += answer.count
        self._watch_total(answer.document)
        ask = self._next(answer)
        if ask is None:
            self._compare_total()
        return ask

    def state(self) -> dict[str, Any]:
        """Return how far the walk has come, as JSON, for `go_on`."""
        totals = [self._first_total, self.records]
        return {"spec": dict(self.spec), "received": self.received, "totals": totals}

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Take over a walk that was cut short."""
        self.received = state["received"]
        self._first_total, self.records = state["totals"]

    def stop(self, reason: str, alasan: str) -> None:
        """Note that the list ends here without proof."""
        self.proven, self.reason, self.alasan = False, reason, alasan

    def ignored(self) -> None:
        """Note that the list ends at an answer that was not looked at."""
        self.stop("an answer was ignored (response_actions)", "ada jawaban yang diabaikan")

    @abstractmethod
    def _next(self, answer: Answer) -> Ask | None: ...

    def _total_of_records(self) -> str | None:
        return self.spec.get("total_path")

    def _no_more(self, answer: Answer) -> bool:
        """Say whether the answer's own flag, or its emptiness, ends the list."""
        path = self.spec.get("has_more_path")
        if path is not None and not jmespath.search(path, answer.document):
            return True
        return answer.count == 0 and bool(self.spec.get("stop_after_empty_page", True))

    def _watch_total(self, document: Any) -> None:
        if self._records_path is None:
            return
        total = as_count(jmespath.search(self._records_path, document))
        if total is None:
            return
        self._first_total = total if self._first_total is None else self._first_total
        self.records = total

    def _compare_total(self) -> None:
        if self.records is None or not self.proven:
            return
        if self.records != self._first_total:
            self.stop("its total changed while it was read", "jumlahnya berubah selagi dibaca")
        elif self.received != self.records:
            self.stop(
                f"{self.received} of {self.records} records came",
                f"{self.received} dari {self.records} baris yang datang",
            )


class SinglePage(Paginator):
    """One answer is the whole list."""

    type: ClassVar[str] = "single_page"
    resumes: ClassVar[bool] = False

    def _next(self, answer: Answer) -> Ask | None:
        return None


class JsonLink(Paginator):
    """The answer names the address of the next page."""

    type: ClassVar[str] = "json_link"

    def _next(self, answer: Answer) -> Ask | None:
        link = jmespath.search(self.spec.get("next_url_path", "next"), answer.document)
        return Ask(url=urljoin(answer.url, link)) if isinstance(link, str) and link else None


class HeaderLink(Paginator):
    """The Link header names the address of the next page (RFC 8288)."""

    type: ClassVar[str] = "header_link"

    def _next(self, answer: Answer) -> Ask | None:
        wanted = self.spec.get("links_next_key", "next")
        for link in parse_header_links(answer.headers.get("Link", "")):
            if link.get("rel") == wanted and link.get("url"):
                return Ask(url=urljoin(answer.url, link["url"]))
        return None


class HeaderCursor(Paginator):
    """A header carries the cursor of the next page."""

    type: ClassVar[str] = "header_cursor"

    def _next(self, answer: Answer) -> Ask | None:
        value = answer.headers.get(self.spec.get("cursor_key", "next"))
        return Ask({self.spec.get("cursor_param", "cursor"): value}) if value else None


class Cursor(Paginator):
    """The answer carries the cursor of the next page."""

    type: ClassVar[str] = "cursor"

    def _next(self, answer: Answer) -> Ask | None:
        value = jmespath.search(self.spec.get("cursor_path", "cursors.next"), answer.document)
        if value in (None, "") or self._no_more(answer):
            return None
        return Ask({self.spec.get("cursor_param", "cursor"): value})


class Offset(Paginator):
    """Skips what was received; a server that clamps the page size cannot make it skip records."""

    type: ClassVar[str] = "offset"

    def first(self) -> Ask:
        """Return the first request."""
        return self._ask(0)

    def _next(self, answer: Answer) -> Ask | None:
        if self._no_more(answer) or (self.records is not None and self.received >= self.records):
            return None
        limit = self.spec.get("maximum_offset")
        if limit is not None and self.received >= limit:
            self.stop("maximum_offset was reached", "maximum_offset tercapai")
            return None
        return self._ask(self.received)

    def _ask(self, offset: int) -> Ask:
        params = {self.spec.get("offset_param", "offset"): offset}
        if "limit" in self.spec:
            params[self.spec.get("limit_param", "limit")] = self.spec["limit"]
        return Ask(params)


class PageNumber(Paginator):
    """Counts pages; `total_path` is the number of pages."""

    type: ClassVar[str] = "page_number"

    def __init__(self, spec: Mapping[str, Any]) -> None:
        super().__init__(spec)
        self._base: int = spec.get("base_page", 0)
        self._page = self._base

    def state(self) -> dict[str, Any]:
        """Return how far the walk has come, with its page."""
        return {**super().state(), "page": self._page}

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Take over a walk at its page."""
        super().go_on(state)
        self._page = state["page"]

    def first(self) -> Ask:
        """Return the first request."""
        return self._ask()

    def _total_of_records(self) -> str | None:
        return None

    def _next(self, answer: Answer) -> Ask | None:
        pages = as_count(jmespath.search(self.spec.get("total_path", "`null`"), answer.document))
        read = self._page - self._base + 1
        if pages is not None and read >= pages:
            return None
        if self._no_more(answer):
            if pages is not None:
                self.stop(f"page {read} of {pages} is empty", f"halaman {read} dari {pages} kosong")
            return None
        if self.spec.get("maximum_page") is not None and self._page >= self.spec["maximum_page"]:
            self.stop("maximum_page was reached", "maximum_page tercapai")
            return None
        self._page += 1
        return self._ask()

    def _ask(self) -> Ask:
        params: dict[str, Any] = {self.spec.get("page_param", "page"): self._page}
        if "limit" in self.spec and "limit_param" in self.spec:
            params[self.spec["limit_param"]] = self.spec["limit"]
        return Ask(params)


PAGINATORS: Mapping[str, type[Paginator]] = {
    one.type: one for one in (SinglePage, JsonLink, HeaderLink, HeaderCursor, Cursor, Offset, PageNumber)
}


def paginator_for(spec: Mapping[str, Any]) -> Paginator:
    """Return the paginator that a definition names; `auto` must be sniffed before."""
    return PAGINATORS[spec["type"]](spec)


def as_count(value: object) -> int | None:
    """Read a count that may be written as text ("totalData": "2")."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else None
