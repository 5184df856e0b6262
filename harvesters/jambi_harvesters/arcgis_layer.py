"""What an ArcGIS layer says of itself: its object id, its dates, how it may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jambi_harvesters.paginators import as_count

PAGE_SIZE = 1_000
DATE = "esriFieldTypeDate"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Layer:
    """The description of one layer.

    Attributes:
        id_field: name of the object id.
        date_fields: columns that hold milliseconds since 1970 (UTC).
        form: `geojson` where the service speaks it, else `json` (Esri's own).
        has_pages: whether it understands `resultOffset`.
        edited_at: when it was last edited, in milliseconds since 1970, if it says so.
    """

    id_field: str
    date_fields: frozenset[str]
    form: str
    has_pages: bool
    has_geometry: bool
    most: int | None
    edited_at: int | None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Layer | None:
        """Return the layer that a document describes; None if it describes none that can be read."""
        fields = _fields(raw.get("fields"))
        id_field = raw.get("objectIdField") or _named(fields, "esriFieldTypeOID")
        if not isinstance(id_field, str) or not fields:
            return None
        abilities, editing = _inner(raw, "advancedQueryCapabilities"), _inner(raw, "editingInfo")
        return cls(
            id_field=id_field,
            date_fields=frozenset(str(one["name"]) for one in fields if one.get("type") == DATE),
            form="geojson" if "geojson" in str(raw.get("supportedQueryFormats")).casefold() else "json",
            has_pages=abilities.get("supportsPagination") is True,
            has_geometry=bool(raw.get("geometryType")),
            most=as_count(raw.get("maxRecordCount")),
            edited_at=as_count(editing.get("lastEditDate")),
        )

    def page_size(self, params: Mapping[str, Any]) -> int:
        """Return how many objects to ask for at once."""
        wanted = as_count(params.get("resultRecordCount")) or self.most or PAGE_SIZE
        return max(1, min(wanted, self.most or wanted))

    def instant(self, value: Any) -> Any:
        """Return a date of the layer as an instant; what is none is returned as it is."""
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except OverflowError:
            return value


def _inner(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def _fields(listed: Any) -> list[Mapping[str, Any]]:
    found = listed if isinstance(listed, list) else []
    return [one for one in found if isinstance(one, Mapping) and "name" in one]


def _named(fields: list[Mapping[str, Any]], kind: str) -> Any:
    return next((one.get("name") for one in fields if one.get("type") == kind), None)
