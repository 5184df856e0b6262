"""Read what was typed back into a definition; nothing is judged here, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ckanext.jambi.metadata.fields import Field
from ckanext.jambi.theme.pages.sources.form import dataset, nodes

COLUMN_KEYS = (
    "path",
    "type",
    "format",
    "unit",
    "label",
    "definition",
    "concept",
    "reference_code",
    "pii",
)
ROW = re.compile(r"column\.(\d+)\.name")


def definition(form: Any, schema: nodes.Node, state: str | None = None) -> dict[str, Any]:
    """Return the definition that a form states.

    Args:
        form: the request's form, with `getlist`.
        schema: schema of definitions for the kind that is chosen.
        state: state of the source, which the form does not show.
    """
    found: dict[str, Any] = {"version": 1} | ({"state": state} if state else {})
    for leaf in nodes.leaves(schema):
        text = form.get(leaf.name, "")
        if text.strip():
            _put(found, leaf.path, nodes.as_value(text, leaf.form))
    columns = columns_of(form)
    if columns:
        _put(found, ("schema", "fields"), columns)
    _put(found, ("dataset", "fields"), fields_of(form))
    return found


def columns_of(form: Any) -> dict[str, Any]:
    """Return the columns that have a name."""
    numbers = sorted(int(match[1]) for name in form if (match := ROW.fullmatch(name)))
    found: dict[str, Any] = {}
    for number in numbers:
        name = form.get(f"column.{number}.name", "").strip()
        if name:
            found[name] = _column(form, number)
    return found


def fields_of(form: Any) -> dict[str, Any]:
    """Return the fields of the dataset that were filled, and those that the form only carries."""
    found = dataset.carried(form.get(dataset.CARRIED, ""))
    for field in dataset.asked_fields():
        value = _field_value(form, field)
        if value:
            found[field["field_name"]] = value
    return found


def _column(form: Any, number: int) -> dict[str, Any]:
    typed = {key: form.get(f"column.{number}.{key}", "").strip() for key in COLUMN_KEYS}
    column: dict[str, Any] = {key: value for key, value in typed.items() if value}
    if form.get(f"column.{number}.public"):
        column["public"] = True
    return column


def _field_value(form: Any, field: Field) -> Any:
    name = f"dataset.fields.{field['field_name']}"
    if dataset.is_multiple(field):
        texts = form.getlist(name)
        several = texts if "vocabulary" in field else (texts[0] if texts else "").split("\n")
        return [one.strip() for one in several if one.strip()]
    return form.get(name, "").strip()


def _put(found: dict[str, Any], path: nodes.Path, value: Any) -> None:
    inner = found
    for step in path[:-1]:
        inner = inner.setdefault(step, {})
    inner[path[-1]] = value


def at(raw: Mapping[str, Any], path: nodes.Path) -> Any:
    """Return what stands at a path, or None."""
    inner: Any = raw
    for step in path:
        inner = inner.get(step) if isinstance(inner, Mapping) else None
    return inner
