"""Validation of a dataset or organization as a whole: defaults before its fields, gaps after them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata import consistency, flat, requirements, vocabularies
from ckanext.jambi.metadata.gap import Gap
from ckanext.jambi.metadata.helpers import jambi_gap_rows
from ckanext.jambi.metadata.logic.access import is_system

# The key under which problems of files stand that CKAN does not validate in this call.
FILES = "files"


def complete(data: flat.Data) -> None:
    """Fill in defaults of empty fields and write keywords in lower case."""
    completed = requirements.complete(flat.nested(data))
    for name in requirements.DEFAULTS:
        data[name,] = completed[name]
    for number, resource in enumerate(completed["resources"]):
        if "kolom_wilayah" in resource:
            data["resources", number, "kolom_wilayah"] = resource["kolom_wilayah"]
        for position, column in enumerate(resource.get("kamus_data") or ()):
            if column.get("label"):
                data["resources", number, "kamus_data", position, "label"] = column["label"]
    _lower_keywords(data)


def refuse_gaps(data: flat.Data, errors: Any, context: Any) -> None:
    """Add an error for each rule that is not met by a dataset that is submitted or public."""
    record = flat.nested(data)
    private = record.get("private") is not False
    resources, positions = _all_resources(record, context)
    binding = not private or _submitted(record)
    for gap in requirements.gaps({**record, "resources": resources}):
        if gap.code == consistency.CLOSED_WITH_FILE or (
            binding and not (private and gap.code == consistency.NOT_OPEN)
        ):
            _add_error(gap, positions, errors)


def refuse_organization_gaps(data: flat.Data, errors: Any, context: Any) -> None:
    """Add an error for each field that a form must give; seeding may leave them empty (M7)."""
    if is_system(context):
        return
    for gap in requirements.gaps(flat.nested(data), "organization"):
        _add_error(gap, {}, errors)


def _lower_keywords(data: flat.Data) -> None:
    """Write keywords in lower case; CKAN stores each once."""
    typed = data.get(("tag_string",))
    if isinstance(typed, str):
        data["tag_string",] = ",".join(dict.fromkeys(word.strip().lower() for word in typed.split(",")))
    for key in [key for key in data if key[0] == "tags" and key[-1] == "name"]:
        data[key] = str(data[key]).strip().lower()


def _submitted(record: dict[str, Any]) -> bool:
    state = vocabularies.term("status_pemeriksaan", record.get("status_pemeriksaan", ""))
    return bool(state and state.extra["diajukan"])


def _all_resources(record: dict[str, Any], context: Any) -> tuple[list[dict[str, Any]], dict[int, int]]:
    """Return all files of the dataset, and where those under validation stand among them.

    On update CKAN validates changed files only; the chained action says which others there are.
    """
    validated = record.get("resources", [])
    package = context.get("package")
    if package is None:
        return validated, {number: number for number in range(len(validated))}
    given = context.get("jambi_resources")
    everything = [_stored(one) for one in package.resources] if given is None else given
    return _merge(everything, validated)


def _merge(everything: list[Any], validated: list[Any]) -> tuple[list[dict[str, Any]], dict[int, int]]:
    by_id = {one["id"]: number for number, one in enumerate(validated) if one.get("id")}
    fresh: Iterator[int] = iter([number for number, one in enumerate(validated) if not one.get("id")])
    merged, positions = [], {}
    for number, one in enumerate(everything):
        place = by_id.get(one["id"]) if one.get("id") else next(fresh, None)
        merged.append(one if place is None else validated[place])
        if place is not None:
            positions[number] = place
    return merged, positions


def _stored(resource: Any) -> dict[str, Any]:
    names = ("id", "name", "url", "url_type", "format", "description")
    return {**(resource.extras or {}), **{name: getattr(resource, name) for name in names}}


def _add_error(gap: Gap, positions: dict[int, int], errors: Any) -> None:
    if gap.path[0] == "resources" and (len(gap.path) == 1 or gap.path[1] not in positions):
        row = jambi_gap_rows([gap], "dataset")[0]
        text = ": ".join(part for part in (row["place"], row["label"], row["message"]) if part)
        errors.setdefault((FILES,), []).append(text if row["place"] else row["message"])
        return
    key = gap.path if len(gap.path) == 1 else ("resources", positions[int(gap.path[1])], *gap.path[2:])
    found = errors.setdefault(key, [])
    if not found:
        found.append(tk._(gap.message_id).format(**gap.values))
