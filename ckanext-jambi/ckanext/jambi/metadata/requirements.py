"""What a dataset still misses to be public, and an organization to be complete (metadata.md 2 and 3).

The rules are read from the schema files: R and C fields that are empty, and values that only a draft
may have. The importer asks before it publishes, validation refuses with the same words, and a
draft's page lists the same gaps. Imports no CKAN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.jambi.metadata import consistency
from ckanext.jambi.metadata.conditions import (
    CONDITIONS,
    Record,
    numbered_columns,
    resources_of,
    usual_area_column,
)
from ckanext.jambi.metadata.fields import Field, kind_of
from ckanext.jambi.metadata.gap import Gap, Path
from ckanext.jambi.metadata.messages import marked as _
from ckanext.jambi.metadata.rules import rule_of
from ckanext.jambi.metadata.values import RefusedError, blank

DEFAULTS: Mapping[str, Any] = {"license_id": "cc-by", "cakupan_wilayah": ["15.71"]}

__all__ = ["DEFAULTS", "Gap", "complete", "gaps"]


@dataclass(frozen=True)
class _Place:
    """Where a record stands in the whole: its path and the fields it has."""

    record: Record
    fields: Sequence[Field] = field(repr=False)
    missing: str
    path: Path = ()
    column: str = ""


def gaps(data_dict: Mapping[str, Any], kind: str = "dataset") -> list[Gap]:
    """Return the R and C rules that a dataset (raw or validated) misses to be public.

    Args:
        data_dict: the dataset or organization as actions take and give it.
        kind: "dataset" or "organization".
    """
    record = complete(data_dict, kind)
    found = [gap for place in _places(record, kind) for gap in _field_gaps(place)]
    return found + consistency.gaps(record, kind)


def complete(data_dict: Mapping[str, Any], kind: str = "dataset") -> dict[str, Any]:
    """Return a copy with the defaults of empty fields filled in."""
    record = {**data_dict}
    if kind != "dataset":
        return record
    record["resources"] = [_complete_resource(one) for one in resources_of(data_dict)]
    return record | {name: value for name, value in DEFAULTS.items() if blank(record.get(name))}


def _complete_resource(resource: Record) -> dict[str, Any]:
    completed = {**resource}
    if numbered := dict(numbered_columns(resource)):
        entries = enumerate(resource["kamus_data"])
        completed["kamus_data"] = [_complete_column(one) if at in numbered else one for at, one in entries]
    if blank(resource.get("kolom_wilayah")) and (named := usual_area_column(resource)):
        completed["kolom_wilayah"] = named
    return completed


def _complete_column(column: Record) -> dict[str, Any]:
    label = column.get("konsep") if blank(column.get("label")) else column["label"]
    return {**column, "label": label}


def _places(record: Record, kind: str) -> Iterator[_Place]:
    """Yield the record and the records inside it, each with its fields."""
    fields, missing = kind_of(kind), _MISSING[kind]
    yield _Place(record, fields.fields, missing)
    for number, resource in enumerate(resources_of(record)):
        path: Path = ("resources", number)
        yield _Place(resource, fields.resource_fields, missing, path)
        for position, column in numbered_columns(resource):
            name = str(column.get("nama") or "")
            yield _Place(column, fields.column_fields, missing, (*path, "kamus_data", position), name)


def _field_gaps(place: _Place) -> Iterator[Gap]:
    for one in place.fields:
        name = one["field_name"]
        value = _tags(place.record) if name == "tag_string" else place.record.get(name)
        if blank(value):
            if _demanded(one, place.record):
                yield Gap(name, "missing", place.missing, path=(*place.path, name), column=place.column)
        elif (problem := _problem(one, value)) is not None:
            code, message, values = problem
            yield Gap(name, code, message, values, (*place.path, name), place.column)


_MISSING: Mapping[str, str] = {
    "dataset": _("Fill this in; it is needed before the dataset can be public."),
    "organization": _("Fill this in; every organization states it."),
}
_TOO_FEW = _("Give at least {least} keywords.")


def _demanded(one: Field, record: Record) -> bool:
    if "waits_for" in one or "checked_by" in one:
        return False
    if one["rule"] == "C":
        return CONDITIONS[one["required_when"]](record)
    return bool(one["rule"] == "R")


def _problem(one: Field, value: Any) -> tuple[str, str, Mapping[str, object]] | None:
    if (least := one.get("at_least")) and len(value) < least:
        return "too_few", _TOO_FEW, {"least": least}
    rule = rule_of(one)
    if rule is None or "repeating_subfields" in one:
        return None
    try:
        rule(value, one)
    except RefusedError as err:
        return err.code, err.message, err.values
    return None


def _tags(record: Record) -> list[str]:
    """Return a dataset's keywords, from the list or from the form's one text."""
    listed = [str(one.get("name", "")) for one in record.get("tags") or () if isinstance(one, Mapping)]
    typed = str(record.get("tag_string") or "").split(",")
    return list(dict.fromkeys(word.strip().lower() for word in (*listed, *typed) if word.strip()))
