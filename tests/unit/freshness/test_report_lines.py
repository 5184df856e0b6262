"""Lines of a report about items without periods (F10)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from promises import wib

from ckanext.jambi.freshness.promises.replay import at_instant, world
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules.exclusions import Interval

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
    empty = dict.fromkeys(("package_id", "item_id", "organization_id", "period_start", "period_end"))
    log = []
    for seq, row in enumerate(rows, 1):
        at = row.pop("at", wib(2026, 8, 1) + timedelta(minutes=seq))
        log.append({**empty, "actor_id": None, "seq": seq, "valid_at": at, "recorded_at": at, **row})
    found, now = world(log), wib(2026, 9, 3, 12)
    told = lines.rolling(at_instant(found, None, now), SEPTEMBER, now, found, {"opd": "bpbd"})
    assert told == [
        {
            "code": "TMA",
            "organization": "bpbd",
            "dataset_id": "d",
            "day": day,
            "overdue_seconds": hours * 3_600,
        }
        for day, hours in (("2026-09-02", 12), ("2026-09-03", 1))
    ]
