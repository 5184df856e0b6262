"""The table behind a dataset: its main resource, columns with their meaning, and rows by the action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme import formats
from ckanext.jambi.theme.pages import words

NUMBERS = ("bilangan", "desimal")
OF_DATASTORE = {
    "numeric": "desimal", "float8": "desimal", "int4": "bilangan", "int8": "bilangan", "date": "tanggal",
    "timestamp": "waktu", "timestamptz": "waktu", "bool": "ya_tidak",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its name in the table, the word people read, type, unit and meaning."""

    name: str
    label: str
    kind: str = "teks"
    unit: str = ""
    unit_code: str = ""
    definition: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers to be aligned right."""
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Rows:
    """Some rows of a table, and how many there are in all."""

    total: int
    columns: tuple[Column, ...] = ()
    records: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def decimals(self) -> dict[str, int]:
        """How many decimals each column of numbers shows here, so that its figures line up."""
        return {
            each.name: formats.decimals(record.get(each.name) for record in self.records)
            for each in self.columns
            if each.is_number
        }


def main_resource(dataset: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the resource whose rows are in the DataStore: the one marked `utama`, else the first."""
    active = [each for each in dataset.get("resources", []) if each.get("datastore_active")]
    marked = [each for each in active if each.get("jenis_berkas") == "utama"]
    return next(iter([*marked, *active]), None)


def period_column(resource: Mapping[str, Any]) -> str:
    """Return the column that holds the period, as the publisher declared it."""
    declared = resource.get("kolom_periode") or ""
    return str(declared[0] if isinstance(declared, list) and declared else declared or "")


def read(
    resource: Mapping[str, Any],
    *,
    limit: int,
    sort: str = "",
    fields: Sequence[str] = (),
    filters: Mapping[str, Any] | None = None,
    total: bool = True,
) -> Rows | None:
    """Read rows through `datastore_search`; None where the table cannot be read now."""
    query: dict[str, Any] = {"resource_id": resource["id"], "limit": limit, "include_total": total}
    query |= {"sort": sort} if sort else {}
    query |= {"fields": list(fields)} if fields else {}
    query |= {"filters": dict(filters)} if filters else {}
    try:
        found = tk.get_action("datastore_search")({}, query)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    return Rows(found.get("total", 0), columns(resource, found["fields"]), tuple(found["records"]))


def columns(resource: Mapping[str, Any], present: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns in the table's order, explained by the data dictionary."""
    explained = {each.get("nama"): each for each in dictionary(resource)}
    names = [(each["id"], each.get("type", "text")) for each in present if each["id"] != "_id"]
    return tuple(_column(name, explained.get(name, {}), kind) for name, kind in names)


def dictionary(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the data dictionary of a resource, empty where there is none."""
    found = resource.get("kamus_data")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def explained_columns(resource: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of the data dictionary alone."""
    return tuple(_column(str(each.get("nama", "")), each, "text") for each in dictionary(resource))


def _column(name: str, entry: Mapping[str, Any], stored: str) -> Column:
    unit = str(entry.get("satuan") or "")
    return Column(
        name=name,
        label=str(entry.get("label") or entry.get("konsep") or name.replace("_", " ")),
        kind=str(entry.get("tipe") or OF_DATASTORE.get(stored, "teks")),
        unit=words.unit(unit) if unit else "",
        unit_code=unit,
        definition=str(entry.get("definisi") or ""),
    )
