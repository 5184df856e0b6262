"""One row of the evidence log in words: what a lost point or a closed obligation rests on."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording


def page(seq: int) -> dict[str, Any] | None:
    """Return a row of the log; None where there is none of this number."""
    asked = {"since_seq": max(seq - 1, 0), "limit": 1}
    found = tk.get_action("jambi_freshness_observation_list")({}, asked)["results"]
    row = json.loads(found[0]["payload"]) if found else {}
    if row.get("seq") != seq:
        return None
    detail = row["detail"] or {}
    return {
        "seq": seq,
        "kind": wording.kind(row["kind"]),
        "valid_at": row["valid_at"],
        "recorded_at": row["recorded_at"],
        "counts": wording.reason(detail.get("credit")),
        "code": (detail.get("item") or {}).get("code"),
        "version": detail.get("version"),
        "failing": [wording.step(name) for name in _CHECKS if detail.get(name) is False],
        "dataset": _dataset(row["package_id"]),
        "period_end": row["period_end"],
        "rows": row["row_count"],
        "content_hash": row["content_hash"],
        "row_hash": found[0]["row_hash"],
    }


_CHECKS = ("metadata_valid", "open_format", "dictionary_complete", "rows_valid", "licence_set")


def _dataset(package_id: str | None) -> dict[str, Any] | None:
    """Return the dataset if this reader may see it."""
    if not package_id:
        return None
    try:
        return tk.get_action("package_show")({}, {"id": package_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
