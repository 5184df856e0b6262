"""Roots that somebody kept, as the public file or a bundle has them. Imports no CKAN."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ckanext.jambi.freshness.errors import FreshnessError
from ckanext.jambi.freshness.rules.roots import Root

COLUMNS = ("tanggal", "baris_pertama", "baris_terakhir", "akar_merkle", "dibuat_pada")
_NAMES = ("day", "first_seq", "last_seq", "merkle_root")


class RootsError(FreshnessError):
    """A file holds no roots."""


def load(path: Path) -> list[Root]:
    """Read a file of roots: CSV as `/freshness/roots.csv` gives it, or JSON as in a bundle.

    Raises:
        RootsError: if it is neither.
        OSError: if it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if text.lstrip().startswith("[") else _rows(text)
        return read(rows)
    except (ValueError, KeyError, TypeError) as err:
        raise RootsError(f"{path} holds no roots of the log: {err!r}") from err


def read(rows: Iterable[Mapping[str, Any]]) -> list[Root]:
    """Return roots as a bundle lists them: `day`, `first_seq`, `last_seq`, `merkle_root`."""
    return [
        Root(
            date.fromisoformat(row["day"]),
            int(row["first_seq"]),
            int(row["last_seq"]),
            bytes.fromhex(row["merkle_root"]),
        )
        for row in rows
    ]


def plain(roots: Iterable[Any]) -> list[dict[str, Any]]:
    """Return roots, or rows of their table, as a bundle lists them."""
    return [
        {
            "day": each.day.isoformat(),
            "first_seq": each.first_seq,
            "last_seq": each.last_seq,
            "merkle_root": bytes(each.merkle_root).hex(),
        }
        for each in roots
    ]


def _rows(text: str) -> list[dict[str, str]]:
    read = csv.DictReader(io.StringIO(text))
    return [{name: row[column] for name, column in zip(_NAMES, COLUMNS, strict=False)} for row in read]
