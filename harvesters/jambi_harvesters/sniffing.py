"""Recognise from one answer where the list is and how it is paged (`client.paginator: auto`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jmespath

from jambi_harvesters.paginators import as_count

LIST_PATHS = (
    "data.data",
    "data.items",
    "data.list",
    "data.records",
    "data.rows",
    "data.results",
    "data",
    "result",
    "results",
    "result.records",
    "items",
    "records",
    "rows",
    "response.list",
    "response.data",
    "list",
    "dataset",
    "hasil",
)
_HOLDERS = ("", "meta", "data", "pagination", "meta.pagination", "paging", "metadata", "result")
_PAGES = ("last_page", "lastPage", "total_pages", "totalPages", "totalPage", "total_page", "page_count")
_CURRENT = ("current_page", "currentPage", "page", "halaman")
_RECORDS = ("total", "totalData", "total_data", "totalItems", "total_items", "total_records", "recordsTotal")
_CURSORS = ("next_cursor", "nextCursor", "cursors.next", "cursors.after")
_LINKS = ("links.next", "next_page_url", "next_url", "next", "paging.next")


def find_list(document: Any) -> str | None:
    """Return the JMESPath of the list of records, "@" for the document itself."""
    if isinstance(document, list):
        return "@"
    for path in LIST_PATHS:
        if isinstance(jmespath.search(path, document), list):
            return path
    if not isinstance(document, Mapping):
        return None
    lists = [key for key, value in document.items() if _is_records(value) and str(key).isidentifier()]
    return lists[0] if len(lists) == 1 else None


def sniff_paginator(document: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the paginator spec that fits an answer; `items_path` tells where it counts its records."""
    if 'rel="next"' in headers.get("Link", "") or "rel=next" in headers.get("Link", ""):
        return {"type": "header_link"}
    holders = [
        (path, found)
        for path in _HOLDERS
        if isinstance(found := jmespath.search(path or "@", document), Mapping)
    ]
    for sniff in (_numbered, _cursored, _offset, _linked):
        for path, holder in holders:
            spec = sniff(path, holder)
            if spec is not None:
                return {**spec, **_records(holders)}
    return {"type": "single_page", **_records(holders)}


def _numbered(path: str, holder: Mapping[str, Any]) -> dict[str, Any] | None:
    pages, current = _first(holder, _PAGES), _first(holder, _CURRENT)
    base = as_count(holder.get(current)) if current else None
    if pages is None or base is None or as_count(holder[pages]) is None:
        return None
    return {
        "type": "page_number",
        "page_param": "halaman" if current == "halaman" else "page",
        "base_page": base,
        "total_path": _below(path, pages),
    }


def _cursored(path: str, holder: Mapping[str, Any]) -> dict[str, Any] | None:
    for name in _CURSORS:
        value = jmespath.search(name, holder)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return {"type": "cursor", "cursor_path": _below(path, name), "cursor_param": "cursor"}
    return None


def _offset(path: str, holder: Mapping[str, Any]) -> dict[str, Any] | None:
    limit, total = as_count(holder.get("limit")), _first(holder, _RECORDS)
    if as_count(holder.get("offset")) is None or not limit or total is None:
        return None
    return {"type": "offset", "limit": limit, "total_path": _below(path, total)}


def _linked(path: str, holder: Mapping[str, Any]) -> dict[str, Any] | None:
    for name in _LINKS:
        value = jmespath.search(name, holder)
        if isinstance(value, str) and ("/" in value or value.startswith("?")):
            return {"type": "json_link", "next_url_path": _below(path, name)}
    return None


def _records(holders: list[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    for path, holder in holders:
        name = _first(holder, _RECORDS)
        if name is not None and as_count(holder[name]) is not None:
            return {"items_path": _below(path, name)}
    return {}


def _first(holder: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in holder), None)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_records(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in _some(value))


def _some(value: list[Any]) -> Iterator[Any]:
    yield from value[:5]
