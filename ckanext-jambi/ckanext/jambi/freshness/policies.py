"""The policy by which the age of data is judged, read from the log once for each of its versions."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import stamps
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.rules.policy import IndexPolicy
from ckanext.jambi.freshness.rules.thresholds import V1, Policy


def hash_at(now: datetime) -> sa.ScalarSelect[Any]:
    """Return SQL for the row hash of the policy in force at an instant; null before one was adopted."""
    query = sa.select(log.c.row_hash).where(log.c.kind == "policy", log.c.recorded_at <= now)
    return query.order_by(stamps.precedence(now)).limit(1).scalar_subquery()


def of_hash(row_hash: bytes | None) -> Policy:
    """Return the policy that a row of the log holds; the shipped one before one was adopted."""
    return _of_row(bytes(row_hash)) if row_hash else V1


@lru_cache(maxsize=4)
def _of_row(row_hash: bytes) -> Policy:
    body = model.Session.scalar(sa.select(log.c.detail["body"]).where(log.c.row_hash == row_hash))
    return IndexPolicy.read(body).rolling
