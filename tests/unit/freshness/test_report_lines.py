"""Lines of a report about items without periods (F10)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from promises import wib

from ckanext.jambi.clock import WIB
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.promises.replay import at_instant, world
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.spans import Span

CONFIG = Path(__file__).parents[3] / "config"
SEPTEMBER = Interval(wib(2026, 9, 1), wib(2026, 10, 1))
ITEM = {
    **{"code": "TMA", "organization": "bpbd", "title": "Tinggi muka air", "frequency": "PT6H", "weight": 1},
    **dict.fromkeys(("anchor", "lag_days", "grace_days", "max_delay_seconds")),
    **{"class": "biasa", "calendar": "kerja", "access": "terbuka", "peristiwa": False},
    **{"valid_from": "2026-01-01", "datasets": [{"name": "tma"}]},
}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _rule(kind: str) -> dict[str, Any]:
    return {"kind": kind, "detail": {"body": _plain(yaml.safe_load((CONFIG / kind / "v1.yaml").read_text()))}}


def _half_yearly() -> dict[str, Any]:
    return {"event": "create", "item": ITEM | {"frequency": "semesteran", "valid_from": "2025-01-01"}}


def _log(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return whole rows; those that name no instant were recorded on 1 August 2026, one after the other."""
    empty = dict.fromkeys(("package_id", "item_id", "organization_id", "period_start", "period_end"))
    log = []
    for seq, row in enumerate(rows, 1):
        at = row.pop("at", wib(2026, 8, 1) + timedelta(minutes=seq))
        log.append({**empty, "actor_id": None, "seq": seq, "valid_at": at, "recorded_at": at, **row})
    return log


def test_f10_a_report_lists_how_long_each_day_was_overdue() -> None:
    about = {"item_id": "i", "organization_id": "opd"}
    rows = [
        _rule("policy"),
        _rule("calendar"),
        {"kind": "item", **about, "detail": {"event": "create", "item": ITEM}},
        {
            **{"kind": "item", **about, "package_id": "d"},
            "detail": {"event": "assign", "name": "tma", "selector": None},
        },
        {"kind": "upload", "package_id": "d", "detail": {"credit": "new_content"}, "at": wib(2026, 9, 2)},
        {"kind": "upload", "package_id": "d", "detail": {"credit": "new_content"}, "at": wib(2026, 9, 3, 1)},
    ]
    found, now = world(_log(rows)), wib(2026, 9, 3, 12)
    told = lines.rolling(at_instant(found, None, now), SEPTEMBER, now, found, {"opd": "bpbd"})
    assert told == [
        {
            "code": "TMA",
            "title": "Tinggi muka air",
            "organization": "bpbd",
            "dataset_id": "d",
            "day": day,
            "overdue_seconds": hours * 3_600,
        }
        for day, hours in (("2026-09-02", 12), ("2026-09-03", 1))
    ]


def test_f46_an_appeal_about_what_was_due_in_the_period_is_listed_whenever_it_was_filed() -> None:
    # the first half of 2026 is late in September, in October the OPD appeals
    half = Span(date(2026, 1, 1), date(2026, 6, 30))
    asked = {"event": "ask", "case": "c", "credit": None}
    about = {"item_id": "i", "package_id": "d", "organization_id": "opd"}
    rows = [
        _rule("policy"),
        _rule("calendar"),
        {"kind": "item", **about, "package_id": None, "at": wib(2025, 12, 1), "detail": _half_yearly()},
        {
            **{"kind": "item", **about, "at": wib(2025, 12, 2)},
            "detail": {"event": "assign", "name": "tma", "selector": None},
        },
        {
            **{"kind": "appeal", **about, "at": wib(2026, 10, 5), "detail": asked},
            **{"period_start": half.start, "period_end": half.end},
        },
    ]
    found, now = world(_log(rows)), wib(2026, 10, 6)
    judged = at_instant(found, None, now)
    (one,) = [each for each in judged[0].judged[0].obligations if each.duty.span == half]
    period = quarters.interval(f"{one.duty.overdue_at.astimezone(WIB):%Y-%m}")
    told = lines.decisions(found, judged, {"opd"}, period, {"opd": "bpbd"})
    assert [each["code"] for each in told["appeals"]] == ["TMA"]
    other = quarters.interval("2026-05")
    assert lines.decisions(found, judged, {"opd"}, other, {"opd": "bpbd"})["appeals"] == []
