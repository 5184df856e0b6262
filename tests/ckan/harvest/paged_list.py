"""A source that lists records in pages, however its pages are asked for, and remembers who asked."""

from __future__ import annotations

import json
import os
import signal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harvest_source import FIELDS, NOTES, Answer, Handler, raw_definition

PAGES, PER_PAGE = 5, 4
PAGINATORS = {
    "page_number": {"type": "page_number", "base_page": 1, "total_path": "pages"},
    "offset": {"type": "offset", "limit": PER_PAGE, "total_path": "total"},
    "cursor": {"type": "cursor", "cursor_path": "next"},
    "json_link": {"type": "json_link", "next_url_path": "link"},
}
JSON = "application/json"


class Town:
    """A list of records in pages, however its pages are asked for; it may kill who asks for one of them."""

    def __init__(self, source: Any) -> None:
        self.titles = {f"id-{at}": f"Judul {at}" for at in range(PAGES * PER_PAGE)}
        self.asked: list[int] = []
        self.kills: int | None = None
        self.victim = 0
        self.status = 200
        source.behaviours["/list"] = self

    def __call__(self, handler: Handler) -> None:
        page = _page_of(parse_qs(urlsplit(handler.path).query))
        self.asked.append(page)
        if page == self.kills and self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0
            return
        status, self.status = self.status, 200
        handler.give(Answer(json.dumps(self._document(page)).encode(), status, {"Content-Type": JSON}))

    def _document(self, page: int) -> dict[str, Any]:
        items = [{"id": name, "title": title} for name, title in self.titles.items()]
        start, pages = (page - 1) * PER_PAGE, -(-len(items) // PER_PAGE)
        more = page < pages
        return {
            "items": items[start : start + PER_PAGE],
            "total": len(items),
            "pages": pages,
            "next": str(page + 1) if more else None,
            "link": f"list?page={page + 1}" if more else None,
        }


def _page_of(query: dict[str, list[str]]) -> int:
    if "offset" in query:
        return int(query["offset"][0]) // PER_PAGE + 1
    return int((query.get("page") or query.get("cursor") or ["1"])[0])


def definition(source: Any, paginator: str = "page_number") -> dict[str, Any]:
    raw = raw_definition(source) | {
        "kind": "rest_api",
        "endpoint": {"path": "list", "data_selector": "items"},
        "primary_key": "id",
        "schema": {"fields": {"id": {"path": "id"}, "title": {"path": "title"}}},
        "dataset": {
            "mode": "per_record",
            "title": "{title}",
            "notes": NOTES,
            "fields": FIELDS,
            "tags": ["kesehatan", "puskesmas", "kunjungan"],
        },
    }
    raw["client"] = {"base_url": source.url, "paginator": PAGINATORS[paginator]}
    return raw
