"""The page of the form: what it shows at each step, and what a step does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages.sources import board
from ckanext.jambi.theme.pages.sources.form import dataset, fields, looks, reading

ROWS = 20
PREFILLED = {"klasifikasi_akses": "terbuka", "kelas_informasi": "berkala", "cakupan_wilayah": ["15.71"]}
FROM_ORGANIZATION = {"kontak_jabatan": "walidata_pendukung_jabatan", "kontak_surel": "surel"}


def start(typed: Mapping[str, Any], errors: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what the first step shows: address, organization, kind."""
    return {
        "url": typed.get("url", ""),
        "organization": typed.get("organization", ""),
        "kind": typed.get("kind", ""),
        "organizations": organizations(),
        "kinds": kinds(),
        "errors": errors,
    }


def organizations() -> list[tuple[str, str]]:
    """Return the organizations for which the reader may define sources."""
    return [(one["name"], one["title"]) for one in board.manageable("admin")]


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of source with their titles."""
    titles = tk.get_action("jambi_source_schema_show")({}, {})["x-kinds"]
    return sorted(((name, words[(tk.h.lang() == "id" and "id") or "en"]) for name, words in titles.items()),
                  key=lambda one: one[1])  # fmt: skip


def schema_for(kind: str) -> Mapping[str, Any]:
    """Return the schema of the form for a kind; for one that is unknown, all keys."""
    known = {name for name, _ in kinds()}
    return tk.get_action("jambi_source_schema_show")({}, {"kind": kind} if kind in known else {})


def show(raw: Mapping[str, Any], **extra: Any) -> dict[str, Any]:
    """Return what the form shows.

    Args:
        raw: the definition as far as it is typed.
        extra: `errors` by dotted key, `sniffed`, `preview`, `counts`, `more` blank columns, `url`,
            `name` of a source that is changed, `raw_text` that is no JSON.
    """
    errors = extra.get("errors") or {}
    schema = schema_for(str(raw.get("kind", "")))
    main = fields.main(raw, schema, errors)
    groups = fields.groups(raw, schema, errors)
    own = dataset.shown(reading.at(raw, ("dataset", "fields")) or {}, errors)
    shown = [*main, *own, *_of_groups(groups)]
    return {
        **extra,
        "main": main,
        "groups": groups,
        "fields": own,
        "carried": dataset.not_asked(reading.at(raw, ("dataset", "fields"))),
        "columns": _columns(raw, schema, errors, extra.get("more") or 1),
        "column_types": fields.COLUMN_TYPES,
        "kind": raw.get("kind", ""),
        "kinds": kinds(),
        "organization": raw.get("organization", ""),
        "organizations": organizations(),
        "errors": errors,
        "unplaced": fields.unplaced(errors, [one["name"] for one in shown]),
        "raw_text": extra.get("raw_text") or json.dumps(raw, ensure_ascii=False, indent=1),
        "looks": looks.of(extra, raw),
    }


def _of_groups(groups: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [one for group in groups for one in group["fields"]]


def _columns(
    raw: Mapping[str, Any], schema: Mapping[str, Any], errors: Mapping[str, Any], more: int
) -> list[dict[str, Any]] | None:
    """Return the columns that are described; None for a kind of source that has no table."""
    has_columns = "fields" in schema["properties"].get("schema", {}).get("properties", {})
    return fields.columns(raw, errors, more) if has_columns else None


def prefilled(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft with what is known of its organization and usual for open data."""
    owner = tk.get_action("organization_show")({}, {"id": draft["organization"]})
    known = {name: owner[key] for name, key in FROM_ORGANIZATION.items() if owner.get(key)}
    affairs = owner.get("urusan") or []
    affair = {"urusan": affairs[0]} if isinstance(affairs, list) and len(affairs) == 1 else {}
    inner = {**draft["dataset"], "fields": {**PREFILLED, **known, **affair, **draft["dataset"]["fields"]}}
    return {**draft, "dataset": inner}


def errors_of(err: tk.ValidationError) -> dict[str, list[str]]:
    """Return the messages of a refused step by dotted key."""
    told = dict(err.error_dict)
    found = fields.problems_by_path(told.pop("definition", None) or []) if _is_listed(told) else {}
    for key, texts in told.items():
        found[str(key)] = [str(text) for text in (texts if isinstance(texts, list) else [texts])]
    return found


def _is_listed(told: Mapping[str, Any]) -> bool:
    return all(isinstance(one, Mapping) for one in told.get("definition", ()))
