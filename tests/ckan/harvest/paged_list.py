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

    path = "/list"

    def __init__(self, source: Any) -> None:
        self.titles = {f"id-{at}": f"Judul {at}" for at in range(PAGES * PER_PAGE)}
        self.asked: list[int] = []
        self.kills: int | None = None
        self.victim = 0
        self.status = 200
        self.cursor = "{}"
        source.behaviours[self.path] = self

    def __call__(self, handler: Handler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        page = self.page_of(query)
        self.asked.append(page)
        if page == self.kills and self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0
            return
        status, self.status = self.status, 200
        handler.give(Answer(json.dumps(self.document(query, page)).encode(), status, {"Content-Type": JSON}))

    @staticmethod
    def page_of(query: dict[str, list[str]]) -> int:
        """Return which page is asked for."""
        if "offset" in query:
            return int(query["offset"][0]) // PER_PAGE + 1
        return int((query.get("page") or query.get("cursor") or ["1"])[0].rpartition("|")[2])

    def document(self, query: dict[str, list[str]], page: int) -> dict[str, Any]:
        """Return one page."""
        items = [{"id": name, "title": title} for name, title in self.titles.items()]
        start, pages = (page - 1) * PER_PAGE, -(-len(items) // PER_PAGE)
        more = page < pages
        return {
            "items": items[start : start + PER_PAGE],
            "total": len(items),
            "pages": pages,
            "next": self.cursor.format(page + 1) if more else None,
            "link": f"list?page={page + 1}" if more else None,
        }


class Site(Town):
    """The same list as another CKAN site shows it; a question for one dataset alone counts as page 0."""

    path = "/api/3/action/package_search"

    def __init__(self, source: Any) -> None:
        super().__init__(source)
        source.behaviours["/api/3/action/package_list"] = self._names

    @staticmethod
    def page_of(query: dict[str, list[str]]) -> int:
        """Return which page is asked for."""
        return 0 if query["rows"] == ["1"] else int(query["start"][0]) // PER_PAGE + 1

    def document(self, query: dict[str, list[str]], page: int) -> dict[str, Any]:
        """Return one page of the index."""
        start, rows = int(query["start"][0]), min(int(query["rows"][0]), PER_PAGE)
        found = [_package(name, self.titles[name]) for name in sorted(self.titles)]
        return {"success": True, "result": {"count": len(found), "results": found[start : start + rows]}}

    def _names(self, handler: Handler) -> None:
        document = {"success": True, "result": [f"dataset-{name}" for name in self.titles]}
        handler.give(Answer(json.dumps(document).encode(), 200, {"Content-Type": JSON}))


def _package(name: str, title: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": f"dataset-{name}",
        "title": title,
        "notes": NOTES,
        "type": "dataset",
        "metadata_modified": "2026-01-05T01:00:00.000000",
        "resources": [],
    }


def site_definition(source: Any) -> dict[str, Any]:
    """Return the definition of a `Site`."""
    raw = raw_definition(source) | {
        "kind": "ckan",
        "endpoint": {},
        "dataset": {"fields": FIELDS, "tags": ["kesehatan", "puskesmas", "kunjungan"]},
    }
    del raw["schema"]
    return raw


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
