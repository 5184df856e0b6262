"""Periods that an exemption excuses: nothing came for them, so its days are shown and no delivery (F27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages import words
from ckanext.jambi.working_days import ONE_DAY, midnight

Answer = dict[str, Any]
Row = Mapping[str, Any]


def told(rows: Sequence[Answer]) -> list[Answer]:
    """Return obligations (of one dataset or several) with `exempt` for those that an exemption excuses.

    It holds the first and last instant of the exempt time and the rows of the decisions.
    """
    granted = {code: _granted(code) for code in {each["code"] for each in rows if _is_excused(each)}}
    return [
        each | {"closed_at": None, "exempt": _days(each, granted[each["code"]])}
        if _is_excused(each)
        else each
        for each in rows
    ]


def _is_excused(row: Row) -> bool:
    """Whether time alone excuses it: an upheld appeal has a row that closed it."""
    return row["outcome"] == "excused" and row["closing_seq"] is None


def _granted(code: str) -> list[Row]:
    asked = {"code": code, "limit": 1000}
    found = tk.get_action("jambi_freshness_exemption_list")({}, asked)["results"]
    return [each for each in found if each["granted_from_at"]]


def _days(row: Row, granted: Sequence[Row]) -> Answer | None:
    start = midnight(date.fromisoformat(row["period_start"]))
    end = midnight(date.fromisoformat(row["period_end"]) + ONE_DAY)
    touching = [
        (first, last, each["decided"]["seq"])
        for each in granted
        if (first := words.instant(each["granted_from_at"]))
        and (last := words.instant(each["granted_to_at"]))
        if first < end and last > start
    ]
    if not touching:
        return None
    firsts, lasts, seqs = zip(*touching, strict=True)
    return {"from": min(firsts), "to": max(lasts), "seqs": sorted(seqs)}
