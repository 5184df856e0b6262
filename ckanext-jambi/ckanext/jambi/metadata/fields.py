"""The fields of a type, read from the scheming YAML with presets filled in. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

Field = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A type: its own fields, those of its resources, and those of a dictionary's columns."""

    name: str
    fields: tuple[Field, ...]
    resource_fields: tuple[Field, ...] = ()
    column_fields: tuple[Field, ...] = ()


@cache
def kind_of(name: str) -> Kind:
    """Return the type of this name: "dataset" or "organization"."""
    document = read(f"{name}.yaml")
    resource_fields = _expand(document.get("resource_fields", ()))
    columns = [one["repeating_subfields"] for one in resource_fields if "repeating_subfields" in one]
    return Kind(
        name,
        _expand(document.get("dataset_fields") or document["fields"]),
        resource_fields,
        _expand(columns[0]) if columns else (),
    )


def field_of(fields: Iterable[Field], name: str) -> Field:
    """Return the field with this name."""
    return next(one for one in fields if one["field_name"] == name)


def read(name: str) -> Mapping[str, Any]:
    """Return a file of the schemas folder."""
    path = resources.files("ckanext.jambi.schemas") / name
    document: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _expand(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple({**_presets().get(one.get("preset", ""), {}), **one} for one in fields)


@cache
def _presets() -> Mapping[str, Field]:
    return {one["preset_name"]: one["values"] for one in read("presets.yaml")["presets"]}
