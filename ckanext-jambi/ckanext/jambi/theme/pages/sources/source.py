"""The page of one source: how it stands for everyone; its runs, records and definition for its stewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages.sources import board, outline, words
from ckanext.jambi.theme.pages.sources.form.page import kinds

RUNS, RECORDS = 30, 100


def page(name: str) -> dict[str, Any]:
    """Return what the page of a source shows to this reader.

    Raises:
        ObjectNotFound: if there is no such source.
    """
    source = tk.get_action("jambi_source_show")({}, {"id": name})
    may = rights(source)
    titled = {"kind": dict(kinds()).get(source["kind"], source["kind"])}
    shown: dict[str, Any] = {"source": board.row(source) | titled, "may": may}
    if may["see"]:
        shown |= _inside(source)
    if may["define"]:
        shown |= _definition(name)
    return shown


def rights(source: Mapping[str, Any]) -> dict[str, bool]:
    """Return what the reader may do with a source."""
    one = {"source_id": source["id"]}
    may_update = tk.h.check_access("package_update", {"id": source["id"]})
    form = source["origin"] == "form"
    admin = tk.h.check_access("jambi_quarantine_decide", one)
    return {
        "see": tk.h.check_access("jambi_run_list", one),
        "run": tk.h.check_access("jambi_run_create", one) and source["state"] == "active",
        "decide": admin,
        "restore": tk.h.check_access("jambi_record_restore", one),
        "define": may_update and source["origin"] != "stock",
        "change": admin and form,
        "approve": tk.h.check_access("jambi_source_approve", one) and not source["approved"],
    }


def _inside(source: Mapping[str, Any]) -> dict[str, Any]:
    own = {"source_id": source["id"]}
    runs = tk.get_action("jambi_run_list")({}, own | {"limit": RUNS})
    records = tk.get_action("jambi_record_list")({}, own | {"limit": RECORDS})
    held = tk.get_action("jambi_quarantine_list")({}, own | {"limit": RUNS})
    titles = titles_of([one["package_id"] for one in records if one["package_id"]])
    return {
        "runs": [_run(source, one) for one in runs],
        "records": [_record(one, titles) for one in records],
        "more_records": len(records) == RECORDS,
        "quarantines": [_quarantine(source, one) for one in held],
    }


def _definition(name: str) -> dict[str, Any]:
    asked = {"id": name, "include_definition": True}
    definition = tk.get_action("jambi_source_show")({}, asked)["definition"]
    schema = tk.get_action("jambi_source_schema_show")({}, {})
    return {
        "definition": outline.groups(definition, schema),
        "columns": outline.columns(definition),
        "raw": definition,
    }


def titles_of(ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the datasets of these ids, as far as the reader may see them."""
    if not ids:
        return {}
    query = {
        "fq": "id:({})".format(" OR ".join(f'"{one}"' for one in ids)),
        "rows": len(ids),
        "include_private": True,
        "include_drafts": True,
    }
    found = tk.get_action("package_search")({}, query)["results"]
    return {one["id"]: one for one in found}


def _run(source: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: run[name] for name in ("new", "changed", "vanished", "failed", "held") if run[name]}
    return {
        **run,
        "url": tk.h.url_for("jambi_sources.run", name=source["name"], run_id=run["id"]),
        "badge": words.run(run["state"]),
        "why": words.trigger(run["trigger"]),
        "counts": [(count_word(name), number) for name, number in counts.items()],
    }


def count_word(name: str) -> str:
    """Return the word of a run's counter."""
    known = {
        "new": tk._("new"),
        "changed": tk._("changed"),
        "unchanged": tk._("unchanged"),
        "vanished": tk._("vanished"),
        "failed": tk._("failed"),
        "held": tk._("held"),
    }
    return known.get(name, name)


def _record(record: Mapping[str, Any], titles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    dataset = titles.get(record["package_id"] or "", {})
    return {
        **record,
        "title": dataset.get("title") or record["guid"],
        "url": tk.h.url_for("dataset.read", id=dataset["name"]) if dataset else "",
        "private": bool(dataset.get("private")),
    }


def _quarantine(source: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **found,
        "url": tk.h.url_for("jambi_sources.decision", name=source["name"], quarantine_id=found["id"]),
        "badge": words.quarantine(found["state"]),
        "why": words.reason(found["reason"]),
    }
