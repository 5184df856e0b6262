"""The page of one dataset: freshness, curve, table, columns, downloads, citation, history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import wording
from ckanext.jambi.harvest import status
from ckanext.jambi.theme import charts, formats, series, tables
from ckanext.jambi.theme.pages import promises, search, states, today, words
from ckanext.jambi.theme.pages.board import short_title

PREVIEW = 20
CURVE_ROWS = 4000
CURVE_PERIODS = 90
BEHIND = 31
CHANGES = 8
LOG_WINDOW = 5000
"""How far back in the log (all datasets together) the page looks for its own entries."""

Dataset = Mapping[str, Any]


def page(dataset: Dataset) -> dict[str, Any]:
    """Return everything that a dataset's page shows beside the dataset itself."""
    state = states.of([dataset["id"]]).get(dataset["id"])
    return {
        "state": state,
        "archive": archive(dataset["id"]),
        "promises": promises.of_dataset(dataset["id"]),
        **table(dataset, tables.main_resource(dataset)),
        "metadata": metadata(dataset),
        "history": history(dataset, state),
        "organization": short_title(str((dataset.get("organization") or {}).get("title") or "")),
        "topics": [(each["name"], search.group_title(each)) for each in dataset.get("groups", [])],
        "span": search.span(dataset),
        "frequency": words.label("frekuensi", dataset.get("frekuensi")),
        "license": words.label("lisensi", dataset.get("license_id")) or dataset.get("license_title"),
        "now": clock.today(),
    }


def table(dataset: Dataset, resource: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the page shows of the dataset's table; without one only what can be downloaded."""
    rows = preview(resource) if resource else None
    return {
        "resource": resource,
        "rows": rows,
        "columns": tables.explained_columns(resource) if resource else (),
        "curve": curve(dataset, resource, rows) if resource and rows else None,
        "downloads": downloads(dataset, resource, rows.total if rows else None),
        "api": api_address(resource, rows),
    }


def archive(dataset_id: str) -> dict[str, Any] | None:
    """Return the source of the dataset if its system was switched off for good."""
    if not p.plugin_loaded("jambi_harvest"):
        return None
    return status.retired_source(dataset_id)


def preview(resource: Mapping[str, Any]) -> tables.Rows | None:
    """Return the first rows of the table, the newest period first."""
    period = tables.period_column(resource)
    found = tables.read(resource, limit=PREVIEW, sort=f'"{period}" desc' if period else "")
    return found or (tables.read(resource, limit=PREVIEW) if period else None)


def curve(dataset: Dataset, resource: Mapping[str, Any], rows: tables.Rows) -> dict[str, Any] | None:
    """Return the curve of the first number that makes sense over time, with the table behind it."""
    period = tables.period_column(resource)
    candidates = _drawable(rows.columns, str(dataset.get("satuan") or ""))
    if not (period and candidates and rows.total):
        return None
    names = [period, *(each.name for each in candidates)]
    found = tables.read(resource, limit=CURVE_ROWS, sort=f'"{period}" desc', fields=names, total=False)
    records, measure = (found.records if found else ()), str(dataset.get("ukuran") or "")
    for column in candidates:
        drawn = series.over_time(records, period, column.name, measure, cut=len(records) == CURVE_ROWS)
        if drawn:
            return _curve(dataset, column, drawn)
    return None


def _drawable(columns: Sequence[tables.Column], unit: str) -> list[tables.Column]:
    """Return the numbers that carry the dataset's unit, or the only number there is."""
    numbers = [each for each in columns if each.is_number]
    carrying = [each for each in numbers if each.unit_code == unit]
    return carrying or (numbers if len(numbers) == 1 else [])


def _curve(dataset: Dataset, column: tables.Column, drawn: series.Series) -> dict[str, Any]:
    lang = tk.h.lang()
    periods, values = drawn.periods[-CURVE_PERIODS:], drawn.values[-CURVE_PERIODS:]
    is_river = dataset["name"] == today.plan()["river"]["dataset"]
    line = charts.line(
        values,
        height=320,
        limits=today.river_limits() if is_river else (),
        ticks=[(index, _tick(periods[index], lang)) for index in series.thinned(len(periods), 5)],
        steps=[(step, formats.number(step, lang)) for step in charts.nice_steps(values, 4)],
    )
    behind = [
        (formats.period(each, lang, "short"), value) for each, value in zip(periods, values, strict=True)
    ]
    known = [(period, value) for period, value in behind if value is not None]
    return {
        "column": column,
        "line": line,
        "summed": drawn.summed,
        "first": formats.period(periods[0], lang),
        "last": formats.period(periods[-1], lang),
        "first_known": known[0],
        "last_known": known[-1],
        "behind": behind[::-1][:BEHIND],
    }


def _tick(value: str, lang: str) -> str:
    found = formats.parse(value)
    if found is None or formats.MONTH.match(value):
        return formats.period(value, lang)
    return formats.day(found, lang, "tick")


def downloads(
    dataset: Dataset, resource: Mapping[str, Any] | None, total: int | None
) -> list[dict[str, Any]]:
    """Return what can be downloaded: the table as CSV and JSON, and the files as they came."""
    dumps = (
        [_dump(resource, kind, total) for kind in ("csv", "json")] if resource and total is not None else []
    )
    return [*dumps, *(_file(each) for each in dataset.get("resources", []) if _is_file(each, resource))]


def _is_file(each: Mapping[str, Any], main: Mapping[str, Any] | None) -> bool:
    """Whether a resource is a file of its own: an upload, or a link where there is no table."""
    link = str(each.get("url") or "")
    is_dump = main is not None and each["id"] == main["id"] and "/datastore/dump/" in link
    return bool(link) and not is_dump and (each.get("url_type") == "upload" or main is None)


def _file(each: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(each.get("format") or "").upper() or tk._("File")
    return {"kind": kind, "url": each["url"], "about": each.get("name") or "", "size": each.get("size")}


def _dump(resource: Mapping[str, Any], kind: str, total: int | None) -> dict[str, Any]:
    extra = {"bom": "true"} if kind == "csv" else {}
    url = tk.h.url_for("datastore.dump", resource_id=resource["id"], format=kind, locale="default", **extra)
    about = tk.ungettext("{count} row", "{count} rows", total or 0).format(
        count=formats.number(total, tk.h.lang())
    )
    return {"kind": kind.upper(), "url": url, "about": about, "size": None}


def metadata(dataset: Dataset) -> list[tuple[str, str]]:
    """Return the fields of Satu Data Indonesia that this dataset carries, in reading order."""
    listed = [
        (tk._("Concept"), dataset.get("konsep")),
        (tk._("Definition"), dataset.get("definisi")),
        (tk._("Measure and unit"), _joined(_word(dataset, "ukuran"), _word(dataset, "satuan"))),
        (tk._("Classification"), _plain(dataset.get("klasifikasi"))),
        (tk._("Level of detail"), _word(dataset, "tingkat_penyajian")),
        (tk._("Access class"), _word(dataset, "klasifikasi_akses")),
        (tk._("Class of public information"), _word(dataset, "kelas_informasi")),
        (tk._("Kind of data"), _word(dataset, "jenis_data")),
        (tk._("Government affair"), _word(dataset, "urusan")),
        (tk._("Reference codes"), words.labels("kode_referensi", dataset.get("kode_referensi"))),
        (tk._("Area covered"), words.areas(dataset.get("cakupan_wilayah"))),
        (tk._("Method"), dataset.get("metode")),
        (tk._("Formula"), dataset.get("rumus")),
        (tk._("How to read it"), dataset.get("interpretasi")),
        (tk._("Notes on quality"), dataset.get("catatan_mutu")),
        (tk._("Data producer"), (dataset.get("organization") or {}).get("title")),
        (tk._("Walidata"), dataset.get("walidata")),
        (tk._("Code in the list of data"), dataset.get("kode_daftar_data")),
        (tk._("Review status"), words.label("status_pemeriksaan", dataset.get("status_pemeriksaan"))),
    ]
    return [(name, str(value)) for name, value in listed if value]


def _word(dataset: Dataset, field: str) -> str:
    return words.label(field, dataset.get(field))


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _plain(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value or "")


def history(dataset: Dataset, state: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the latest pieces of evidence in the log of freshness, newest first."""
    newest = ((state or {}).get("evidence") or {}).get("seq")
    if newest is None:
        return []
    query = {"id": dataset["id"], "since_seq": max(0, newest - LOG_WINDOW), "limit": LOG_WINDOW}
    found = tk.get_action("jambi_freshness_observation_list")({}, query)["results"]
    entries = [json.loads(each["payload"]) for each in found[-CHANGES:]]
    return [_happened(each) for each in reversed(entries)]


def _happened(entry: Mapping[str, Any]) -> dict[str, Any]:
    detail = entry.get("detail") or {}
    return {
        "at": entry["valid_at"],
        "what": wording.kind(entry["kind"]),
        "counts": wording.reason(detail.get("credit")),
        "rows": entry.get("row_count"),
    }


def api_address(resource: Mapping[str, Any] | None, rows: tables.Rows | None) -> dict[str, str] | None:
    """Return what the code examples need: full addresses of the table and its column of time."""
    if not resource or not rows:
        return None
    base = tk.h.url_for(
        "api.action", ver=3, logic_function="datastore_search", locale="default", _external=True
    )
    dump = {
        kind: tk.h.url_for(
            "datastore.dump", resource_id=resource["id"], format=kind, locale="default", _external=True
        )
        for kind in ("csv", "json")
    }
    sort = f"{tables.period_column(resource)} desc" if tables.period_column(resource) else ""
    return {"search": base, "resource": resource["id"], "sort": sort, **dump}
