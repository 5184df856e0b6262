"""The tables that the form shows of the source: the sample, then the rows as they would be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

HIDDEN = ("block", "warn")


def of(extra: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return heading, columns and rows of what is known of the source at this step."""
    if extra.get("preview"):
        return _preview(extra["preview"])
    return _sample(extra["sniffed"], raw) if extra.get("sniffed") else None


def _sample(sniffed: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any] | None:
    if not sniffed["rows"]:
        return None
    declared = raw.get("schema", {}).get("fields", {})
    columns = [
        {
            "label": one["label"],
            "out": not declared.get(one["name"], {}).get("public"),
            "personal": _word(one["personal"]["severity"]) if one["personal"] else "",
        }
        for one in sniffed["columns"]
    ]
    return {"title": tk._("The first rows as they stand in the source"), "columns": columns,
            "rows": sniffed["rows"], "datasets": []}  # fmt: skip


def _preview(found: Mapping[str, Any]) -> dict[str, Any]:
    table = next((one for one in found["records"] if "rows" in one), None)
    if table is None:
        names = [one["fields"].get("title") or one["guid"] for one in found["records"]]
        return {"title": tk._("The first datasets"), "columns": [], "rows": [], "datasets": names}
    marks = {one["column"]: one["severity"] for one in table.get("findings", ())}
    out = [*table["unpublished"], *table.get("undeclared", ())]
    return {
        "title": tk._("The first rows as they would be published"),
        "columns": [*_published(table["columns"], marks), *_kept_back(out)],
        "rows": _rows(table, marks, len(out)),
        "datasets": [],
    }


def _published(names: Sequence[str], marks: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"label": name, "out": False, "personal": _word(marks.get(name))} for name in names]


def _kept_back(names: Sequence[str]) -> list[dict[str, Any]]:
    return [{"label": name, "out": True, "personal": ""} for name in names]


def _rows(table: Mapping[str, Any], marks: Mapping[str, str], empty: int) -> list[list[Any]]:
    """Return the rows with an empty cell where a column is hidden, and `empty` more at the end."""
    shut = [marks.get(name) in HIDDEN for name in table["columns"]]
    return [
        [*(None if hide else cell for cell, hide in zip(row, shut, strict=True)), *[None] * empty]
        for row in table["rows"]
    ]


def _word(severity: str | None) -> str:
    """Return what a personal-data rule means for a column."""
    words = {
        "block": tk._("personal data: never published"),
        "warn": tk._("perhaps personal data: waits for a reviewer"),
        "restrict": tk._("must be shown coarser"),
        "suppress": tk._("small counts are to be hidden"),
        "round": tk._("places are to be rounded"),
    }
    return words.get(severity or "", "")
