"""Turns to ask a host, counted in PostgreSQL for all workers together (harvesting.md 3.1, politeness)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Engine

from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import host as hosts


class SharedLimiter:
    """Hands out one turn every 1/max_rps seconds a host, whoever asks (a `Limiter` of the connectors)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reserve(self, host: str, max_rps: float) -> float:
        """Take the next free turn and return the seconds to wait for it."""
        distance = sa.literal(timedelta(seconds=1 / max_rps))
        turn = sa.func.greatest(hosts.c.free_at, NOW)
        statement = (
            insert(hosts)
            .values(host=host, free_at=NOW + distance)
            .on_conflict_do_update(index_elements=["host"], set_={"free_at": turn + distance})
            .returning(sa.extract("epoch", hosts.c.free_at - distance - NOW))
        )
        with self._engine.begin() as connection:
            return max(float(connection.execute(statement).scalar_one()), 0.0)
