"""The JSON answers of the city's applications, one class a family of systems.

A shape gets the true rows and a function that dresses one row as that system writes it, and returns a
document. Shapes with pages repeat the last page for ever when asked for one beyond it, as the real ones do.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .content import Row

Entry = dict[str, Any]
DressEntry = Callable[[Row, int], Entry]

MOST_PER_PAGE = 1000


@dataclass(frozen=True)
class Ask:
    """What a client asks of an endpoint: its address without parameters, and the parameters."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str, default: int) -> int:
        """Return a whole parameter of at least 1, or the default where it is missing or no number."""
        text = self.params.get(name, "")
        return max(1, int(text)) if text.isascii() and text.isdigit() else default


class RefusedError(Exception):
    """A system answers a request with another status than 200, and a document that says why."""

    def __init__(self, status: int, document: Any) -> None:
        self.status = status
        self.document = document
        super().__init__(status)


@dataclass(frozen=True)
class Slice:
    """One page of a list."""

    page: int
    size: int
    total: int
    first: int
    rows: Sequence[Row]

    @property
    def pages(self) -> int:
        """Return the number of pages; an empty list has one."""
        return max(1, -(-self.total // self.size))


def sliced(rows: Sequence[Row], ask: Ask, page_param: str, size_param: str) -> Slice:
    """Return the page that `ask` names, or the last one."""
    size = min(ask.number(size_param, 100), MOST_PER_PAGE)
    page = min(ask.number(page_param, 1), max(1, -(-len(rows) // size)))
    first = (page - 1) * size
    return Slice(page, size, len(rows), first, rows[first : first + size])


@dataclass(frozen=True)
class JsonShape(ABC):
    """A JSON answer.

    Attributes:
        dress: turns a true row and its position into one entry of the list.
        page_params: names of the parameters that change the answer.
    """

    dress: DressEntry
    page_params: tuple[str, ...] = ()
    media_type = "application/json; charset=utf-8"

    @abstractmethod
    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the document for `ask`."""

    def body(self, rows: list[Row], ask: Ask) -> bytes:
        """Return the document as UTF-8."""
        return json.dumps(self.document(rows, ask), ensure_ascii=False, separators=(",", ":")).encode()

    def entries(self, rows: Sequence[Row], first: int = 0) -> list[Entry]:
        """Dress rows; `first` is the position of the first."""
        return [self.dress(row, first + index) for index, row in enumerate(rows)]


@dataclass(frozen=True)
class LaravelPaginator(JsonShape):
    """Laravel's paginator, nested in an envelope with `status`."""

    page_params: tuple[str, ...] = ("page", "per_page")

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return one page, with the links that Laravel writes."""
        part = sliced(rows, ask, "page", "per_page")
        link = f"{ask.url}?page=".__add__
        page = {
            "current_page": part.page,
            "data": self.entries(part.rows, part.first),
            "first_page_url": link("1"),
            "from": part.first + 1 if part.rows else None,
            "last_page": part.pages,
            "last_page_url": link(str(part.pages)),
            "next_page_url": link(str(part.page + 1)) if part.page < part.pages else None,
            "path": ask.url,
            "per_page": part.size,
            "prev_page_url": link(str(part.page - 1)) if part.page > 1 else None,
            "to": part.first + len(part.rows) if part.rows else None,
            "total": part.total,
        }
        return {"status": True, "message": "OK", "data": page}


@dataclass(frozen=True)
class LaravelResource(JsonShape):
    """Laravel's API resource: entries with `attributes`, then `links` and `meta`."""

    page_params: tuple[str, ...] = ("page", "per_page")

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return one page."""
        part = sliced(rows, ask, "page", "per_page")
        link = f"{ask.url}?page=".__add__
        return {
            "data": self.entries(part.rows, part.first),
            "links": {
                "first": link("1"),
                "last": link(str(part.pages)),
                "prev": link(str(part.page - 1)) if part.page > 1 else None,
                "next": link(str(part.page + 1)) if part.page < part.pages else None,
            },
            "meta": {
                "current_page": part.page,
                "last_page": part.pages,
                "path": ask.url,
                "per_page": part.size,
                "total": part.total,
            },
        }


@dataclass(frozen=True)
class StatusList(JsonShape):
    """Plain PHP: `success` is the text "1", and an empty `result` is a text too."""

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the whole list."""
        if not rows:
            return {"success": "1", "msg": "data tidak ditemukan", "result": ""}
        return {"success": "1", "msg": "berhasil", "result": self.entries(rows)}


@dataclass(frozen=True)
class CodeMessageItems(JsonShape):
    """CodeIgniter: `code`, `message`, and a page whose total is a text."""

    page_params: tuple[str, ...] = ("page", "limit")

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return one page."""
        part = sliced(rows, ask, "page", "limit")
        data = {
            "items": self.entries(part.rows, part.first),
            "page": part.page,
            "limit": part.size,
            "totalPage": part.pages,
            "totalData": str(part.total),
        }
        return {"code": 200, "message": "success", "data": data}


@dataclass(frozen=True)
class CodeMessageList(JsonShape):
    """CodeIgniter without pages: the list lies in `data`."""

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the whole list."""
        return {"code": 200, "message": "success", "data": self.entries(rows)}


@dataclass(frozen=True)
class Hospital(JsonShape):
    """The hospital's web service: `metadata` and `response.list`."""

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the whole list."""
        return {"metadata": {"code": 200, "message": "Ok"}, "response": {"list": self.entries(rows)}}


@dataclass(frozen=True)
class Stations(JsonShape):
    """Measuring stations: a head that stays the same, and the readings under one key.

    Attributes:
        head: the fixed members before the list.
        key: the member that holds the list.
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    key: str = "data"

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the head and all readings."""
        return {**self.head, self.key: self.entries(rows)}
