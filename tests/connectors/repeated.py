"""Two runs over the fixtures `before` and `after` of a kind: equal, then one changed, one new, one vanished."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from misbehaving import Source
from reading import definition, read, records, workbook

FIXTURES = Path(__file__).parent / "fixtures"
SUFFIX = {"csv": "csv", "xlsx": "csv", "rest_api": "json", "datajson": "json"}
"""Kinds whose list is one document, and how their fixtures are written."""
TABLE: Mapping[str, Any] = {
    "schema": {"fields": {"kode": "kode", "nama": "nama", "jumlah": {"type": "integer"}}},
    "dataset": {
        "mode": "per_record",
        "title": "{nama}",
        "notes": "Jumlah {jumlah}",
        "fields": {"frekuensi": "bulanan"},
    },
    "primary_key": "kode",
}
CATALOGUE: Mapping[str, Any] = {"schema": {}, "dataset": {"fields": {"frekuensi": "bulanan"}}}


def body_of(kind: str, name: str) -> bytes:
    """Return a fixture as the source would send it."""
    data = (FIXTURES / kind / f"{name}.{SUFFIX[kind]}").read_bytes()
    if kind != "xlsx":
        return data
    return workbook({"Data": list(csv.reader(data.decode().splitlines()))})


def assert_changes_are_found_exactly(server: Source, kind: str, changes: Mapping[str, Any] = TABLE) -> None:
    """Read `before` twice and `after` once: P2 has changed, P3 is gone, P4 is new, the others are equal."""

    def hashes(name: str) -> dict[str, str | None]:
        server.put("/x", body_of(kind, name))
        pages = read(server, definition(server, "/x", kind=kind, **changes))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"P4"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}
