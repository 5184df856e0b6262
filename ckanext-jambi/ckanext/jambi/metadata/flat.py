"""Read CKAN's flattened data of validation as the nested record that pure rules take.

A value that was not given is left out; extras are left out too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

Key = tuple[Any, ...]
Data = dict[Key, Any]


def nested(data: Mapping[Key, Any]) -> dict[str, Any]:
    """Return the dataset or organization that flattened data describes."""
    record = {key[0]: value for key, value in _stated(data) if len(key) == 1}
    for name in ("tags", "groups", "resources"):
        if rows := _rows(data, name):
            record[name] = rows
    return record


def _rows(data: Mapping[Key, Any], name: str) -> list[dict[str, Any]]:
    """Return the records of a list, in order, with a dictionary's columns inside."""
    found: dict[int, dict[str, Any]] = {}
    inner: dict[tuple[int, str], dict[int, dict[str, Any]]] = {}
    for key, value in _stated(data):
        if key[0] != name:
            continue
        if len(key) == 3:
            found.setdefault(key[1], {})[key[2]] = value
        elif len(key) == 5:
            inner.setdefault((key[1], key[2]), {}).setdefault(key[3], {})[key[4]] = value
    for (number, field), rows in inner.items():
        found.setdefault(number, {})[field] = [rows[position] for position in sorted(rows)]
    return [found[number] for number in sorted(found)]


def _stated(data: Mapping[Key, Any]) -> Iterator[tuple[Key, Any]]:
    for key, value in data.items():
        if value is not tk.missing and not str(key[-1]).startswith("__"):
            yield key, value
