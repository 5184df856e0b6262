"""The dataset's own fields in the form of a source: those that a person states, from the dataset's type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata import vocabularies
from ckanext.jambi.metadata.fields import Field, kind_of

STATED_BY_SCHEMA = frozenset({"title", "name", "notes", "owner_org", "tag_string", "license_id"})
NOT_BY_HAND = frozenset({"periode_akhir", "prioritas_tahun", "kegiatan", "sumber_sistem", "kode_daftar_data"})
FIRST = "frekuensi"
CARRIED = "carried"


def asked_fields() -> list[Field]:
    """Return the fields that a person may state, the frequency first."""
    fields = [
        one
        for one in kind_of("dataset").fields
        if one.get("rule") in ("R", "C")
        and one["field_name"] not in STATED_BY_SCHEMA | NOT_BY_HAND
        and one.get("checked_by") is None
    ]
    return sorted(fields, key=lambda one: one["field_name"] != FIRST)


def not_asked(stated: Any) -> str:
    """Return the fields that the form does not ask for, as it carries them from step to step."""
    asked = {one["field_name"] for one in asked_fields()}
    kept = {name: value for name, value in stated.items() if name not in asked} if stated else {}
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def carried(text: str) -> dict[str, Any]:
    """Read what `not_asked` wrote; a text that somebody changed by hand is nothing."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return dict(found) if isinstance(found, dict) else {}


def is_multiple(field: Field) -> bool:
    """Say whether a field holds several values."""
    return field.get("preset") in ("jambi_choices", "jambi_list")


def shown(stated: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Return the fields as the form draws them."""
    return [_shown(field, stated.get(field["field_name"]), errors) for field in asked_fields()]


def _shown(field: Field, value: Any, errors: Mapping[str, list[str]]) -> dict[str, Any]:
    name = f"dataset.fields.{field['field_name']}"
    several = value if isinstance(value, list) else [value] if value else []
    return {
        "name": name,
        "label": _in_language(field.get("label")) or field["field_name"],
        "help": _in_language(field.get("help_text")),
        "form": _form(field),
        "choices": _choices(field),
        "values": [str(one) for one in several],
        "value": "\n".join(str(one) for one in several),
        "required": field["field_name"] == FIRST,
        "wanted": field.get("rule") == "R",
        "errors": errors.get(name, []),
    }


def _form(field: Field) -> str:
    if "vocabulary" in field:
        return "choices" if is_multiple(field) else "choice"
    if is_multiple(field) or field.get("preset") == "jambi_long_text":
        return "lines"
    return "date" if field.get("preset") == "jambi_date" else "text"


def _choices(field: Field) -> list[tuple[str, str]]:
    if "vocabulary" not in field:
        return []
    without = field.get("without", ())
    lang = tk.h.lang()
    return [
        (term.kode, (term.label_en if lang == "en" else term.label) or term.kode)
        for term in vocabularies.terms(field["vocabulary"])
        if term.kode not in without and not term.ended
    ]


def _in_language(text: Any) -> str:
    if isinstance(text, Mapping):
        return str(text.get(tk.h.lang()) or text.get("en") or "")
    return str(text or "")
