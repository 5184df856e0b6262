"""The page of one file of a dataset: its table, columns, downloads and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme import formats, tables
from ckanext.jambi.theme.pages import dataset, words

Resource = Mapping[str, Any]


def page(package: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """Return what the page of a file shows beside the file itself."""
    stored = resource if resource.get("datastore_active") else None
    rows = dataset.preview(stored) if stored else None
    alone = dict(package) | {"resources": [resource]}
    return {
        "rows": rows,
        "columns": tables.explained_columns(resource),
        "downloads": dataset.downloads(alone, stored, rows.total if rows else None),
        "facts": facts(resource),
    }


def facts(resource: Resource) -> list[tuple[str, str]]:
    """Return what is known of the file, in reading order."""
    lang = tk.h.lang()
    size = resource.get("size")
    listed = [
        (tk._("Format"), resource.get("format")),
        (tk._("Kind of file"), words.label("jenis_berkas", resource.get("jenis_berkas"))),
        (tk._("Rows"), formats.number(resource.get("jumlah_baris") or None, lang)),
        (tk._("File size"), formats.size(int(size), lang) if size else ""),
        (tk._("Data up to"), formats.period(resource.get("tanggal_data") or None, lang)),
        (tk._("Came by"), words.label("asal", resource.get("asal"))),
        (tk._("Fingerprint"), resource.get("hash")),
    ]
    return [(name, str(value)) for name, value in listed if value]
