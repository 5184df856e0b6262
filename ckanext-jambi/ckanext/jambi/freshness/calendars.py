"""The calendar in force, read from the log once for each of its versions."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import stamps
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises.replay import calendar_of
from ckanext.jambi.working_days import Calendar


def at(now: datetime) -> Calendar:
    """Return the calendar in force at an instant; weekdays alone decide before one was adopted."""
    query = sa.select(log.c.seq, log.c.row_hash).where(log.c.kind == "calendar", log.c.recorded_at <= now)
    row: Any = model.Session.execute(query.order_by(stamps.precedence(now)).limit(1)).first()
    return _of_row(row.seq, bytes(row.row_hash)) if row else Calendar("0")


@lru_cache(maxsize=2)
def _of_row(seq: int, _row_hash: bytes) -> Calendar:
    body = model.Session.scalar(sa.select(log.c.detail["body"]).where(log.c.seq == seq))
    return calendar_of(body)
