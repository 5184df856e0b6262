"""The portal's own pulse: an outage of its worker or web server is noted without anybody's word (F28, G16).

A worker beats every minute, and while it is busy with a run. A gap of 15 minutes or more is an outage; so is
as long a time in which the watched address did not answer. Lengths are taken from the database's clock, so
that a portal whose clock is set notes nothing that was not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import clock
from ckanext.jambi.freshness import config
from ckanext.jambi.freshness.decisions import faults
from ckanext.jambi.freshness.decisions.faults import Cause
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.model import pulse
from ckanext.jambi.freshness.promises.adopting import SYSTEM
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.ticks import Tick

SHORTEST = timedelta(minutes=15)
SELDOM = timedelta(seconds=30)
PATIENCE_SECONDS = 5
NOW = sa.func.clock_timestamp()
_REASON = "Noted by the portal: no sign of life for 15 minutes or more."


def beat(connection: Connection) -> None:
    """Keep the worker's unbroken pulse going; a broken one is left for the duty to find. Waits for nobody."""
    unbroken = (pulse.c.part == Cause.WORKER.value, pulse.c.seen_at.between(NOW - SHORTEST, NOW - SELDOM))
    free = sa.select(pulse.c.part).where(*unbroken).with_for_update(skip_locked=True)
    connection.execute(sa.update(pulse).where(pulse.c.part.in_(free)).values(seen_at=NOW))


def take() -> None:
    """Note what was down until now, and that the worker lives."""
    url = config.watched_url()
    answered = answers(url) if url else None
    _take_worker()
    if answered is not None:
        _take_web(answered=answered)
    model.Session.commit()


tick = Tick("freshness.pulse", timedelta(seconds=60), take)


def answers(url: str) -> bool:
    """Whether the watched address, which is the administrator's own, gives an answer that is no error."""
    try:
        with requests.get(url, timeout=PATIENCE_SECONDS, stream=True) as answer:
            return answer.ok
    except requests.RequestException:
        return False


def _take_worker() -> None:
    before = _locked(Cause.WORKER)
    if before and before.now - before.seen_at >= SHORTEST:
        _note(Cause.WORKER, before.seen_at, before.now)
    _keep(Cause.WORKER, seen_at=NOW)


def _take_web(*, answered: bool) -> None:
    before = _locked(Cause.WEB)
    failed_at = before.failed_at if before else None
    if not answered:
        _keep(Cause.WEB, failed_at=failed_at or NOW)
        return
    if before and failed_at and before.now - failed_at >= SHORTEST:
        _note(Cause.WEB, failed_at, before.now)
    _keep(Cause.WEB, seen_at=NOW, failed_at=None)


def _locked(part: Cause) -> Any:
    query = sa.select(pulse, NOW.label("now")).where(pulse.c.part == part.value).with_for_update()
    return model.Session.execute(query).first()


def _keep(part: Cause, **values: Any) -> None:
    put = insert(pulse).values(**{"part": part.value, "seen_at": NOW} | values)
    model.Session.execute(put.on_conflict_do_update(index_elements=["part"], set_=values))


def _note(part: Cause, start: datetime, end: datetime) -> None:
    """Write an outage of that length, up to now by the portal's clock."""
    now = clock.now()
    faults.note(Interval(now - (end - start), now), part, None, Words(_REASON), SYSTEM)
