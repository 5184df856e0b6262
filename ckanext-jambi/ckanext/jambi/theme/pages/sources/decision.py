"""The page on which a held change set is read and decided (harvesting.md HV26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme import formats
from ckanext.jambi.theme.pages.sources import source as sources
from ckanext.jambi.theme.pages.sources import words

ORDER = ("vanished", "changed", "new")


def page(name: str, quarantine_id: str) -> dict[str, Any]:
    """Return what a decision page shows.

    Raises:
        ObjectNotFound: if there is no such quarantine of this source.
        NotAuthorized: if the reader may not see quarantines of this source.
    """
    held = tk.get_action("jambi_quarantine_show")({}, {"id": quarantine_id})
    source = tk.get_action("jambi_source_show")({}, {"id": name})
    if held["source_id"] != source["id"]:
        raise tk.ObjectNotFound
    return {
        "source": source,
        "held": held,
        "badge": words.quarantine(held["state"]),
        "why": words.reason(held["reason"]),
        "may": sources.rights(source),
        **_changes(held),
        **_summed(held["reason"], held["summary"] or {}),
    }


def _changes(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes that are listed, and how many there are of each kind."""
    datasets = sources.titles_of([one["package_id"] for one in held["changes"] if one["package_id"]])
    return {
        "counts": [(words.change(kind), held["counts"].get(kind, 0)) for kind in ORDER],
        "changes": [_change(one, datasets) for one in _ordered(held["changes"])],
        "hidden": max(sum(held["counts"].values()) - len(held["changes"]), 0),
    }


def _summed(reason: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the guard found: what would leave, renamed pairs, columns, personal data."""
    return {
        "gone": _figure(summary, "gone"),
        "gone_word": _gone_word(reason, _figure(summary, "live")),
        "error": summary.get("error"),
        "pairs": [_pair(one) for one in _listed(summary, "pairs")],
        "columns": [(one["column"], words.change(one["change"])) for one in _listed(summary, "columns")],
        "findings": [_finding(one) for record in _listed(summary, "records") for one in record["findings"]],
    }


def _figure(summary: Mapping[str, Any], name: str) -> int:
    return summary.get(name) or 0


def _listed(summary: Mapping[str, Any], name: str) -> Sequence[Any]:
    return summary.get(name) or ()


def _gone_word(reason: str, figure: int) -> str:
    """Return what the second figure means: what there was, or how many rows may go at once."""
    count = formats.number(figure, tk.h.lang())
    if reason == "rows_vanished":
        return tk._("rows would leave; {count} may at once").format(count=count)
    return tk._("would leave, of {count}").format(count=count)


def _ordered(changes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    rank = {kind: at for at, kind in enumerate(ORDER)}
    return sorted(changes, key=lambda one: (rank.get(one["kind"], len(ORDER)), one["title"] or one["guid"]))


def _change(change: Mapping[str, Any], datasets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    dataset = datasets.get(change["package_id"] or "", {})
    return {
        "badge": words.change(change["kind"]),
        "guid": change["guid"],
        "title": change["title"] or dataset.get("title") or change["guid"],
        "before": dataset.get("title"),
        "url": tk.h.url_for("dataset.read", id=dataset["name"]) if dataset else "",
        "rows_before": _rows(dataset),
        "rows_after": change["rows"],
    }


def _rows(dataset: Mapping[str, Any]) -> int | None:
    counted = [one["jumlah_baris"] for one in dataset.get("resources", ()) if one.get("jumlah_baris")]
    return int(counted[0]) if counted else None


def _pair(pair: Sequence[str]) -> dict[str, str]:
    old, new = pair
    return {"old": old, "new": new}


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": finding.get("rule", ""),
        "column": finding.get("column", ""),
        "count": finding.get("count", 0),
        "rows": ", ".join(str(one) for one in finding.get("rows", ())),
    }
