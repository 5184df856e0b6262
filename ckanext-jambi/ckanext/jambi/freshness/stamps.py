"""By which rules and on which log a figure stands: said beside every one that is published (F5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises.replay import in_force_at
from ckanext.jambi.freshness.reports.lines import iso

Stamp = dict[str, Any]
_RULES = ("policy", "calendar")


def at(now: datetime) -> Stamp:
    """Return an instant, the versions of policy and calendar in force at it, and the end of the log then.

    What was recorded later changes nothing of it, so that whoever asks again gets the same (F33).
    """
    end = ledger.head_at(now)
    return {
        "as_of": iso(now),
        **_versions(now),
        "log": {"seq": end.seq, "row_hash": end.row_hash.hex()},
    }


def _versions(now: datetime) -> Stamp:
    """Return the versions in force; of a kind of which none is yet, the first one judges already."""
    said = (log.c.detail["version"].astext.label("version"), log.c.detail["body"]["valid_from"].label("day"))
    query = sa.select(log.c.kind, log.c.recorded_at, *said).where(log.c.kind.in_(_RULES))
    rows: Any = model.Session.execute(query.where(log.c.recorded_at <= now).order_by(log.c.seq))
    found: Stamp = {f"{kind}_version": None for kind in _RULES}
    for row in rows:
        name = f"{row.kind}_version"
        if found[name] is None or in_force_at({"valid_from": row.day}, row.recorded_at) <= now:
            found[name] = row.version
    return found
