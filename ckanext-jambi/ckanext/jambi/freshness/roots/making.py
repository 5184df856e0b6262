"""The duty by the clock: each day that is over gets its root, which is mailed to the Inspektorat's post.

Roots and mail commit together, so a run that dies leaves all of it or nothing, and a day that has a root is
never mailed again. One run catches up with any time that passed without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.ladder import adopted
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import root as table
from ckanext.jambi.freshness.roots import letters, publishing
from ckanext.jambi.freshness.rules import roots
from ckanext.jambi.freshness.rules.ladder import Post
from ckanext.jambi.freshness.rules.roots import Root
from ckanext.jambi.notices import posting
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.ticks import Tick
from ckanext.jambi.working_days import ONE_DAY, civil_day

SETTLED = timedelta(minutes=5)
"""How long after midnight a day is over for good: clocks of servers may differ a little."""
DAYS_AT_ONCE = 100
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('jambi_freshness_root'))")
_PAGE_ROWS = 5_000


def run() -> None:
    """Make, mail and publish the roots of the days that are over; none while a demonstration has its past."""
    if not p.plugin_loaded("jambi_freshness") or clock.replay() is not None:
        return
    while make(clock.now()):
        model.Session.commit()
    model.Session.commit()
    publishing.publish()


tick = Tick("freshness.roots", timedelta(minutes=10), run)


def make(now: datetime) -> int:
    """Write the roots of at most `DAYS_AT_ONCE` days and their mail; return how many; the caller commits."""
    model.Session.execute(_LOCK)
    first, next_seq = _beginning()
    if first is None:
        return 0
    until = min(civil_day(now - SETTLED), first + DAYS_AT_ONCE * ONE_DAY)
    if first >= until:
        return 0
    ledger.lock()  # whoever recorded on the last of these days has committed
    made = [*roots.of_days(_rows(next_seq), next_seq, first, until)]
    mailed_at = now if _mail(made, now) else None
    model.Session.execute(sa.insert(table), [_row(each, now, mailed_at) for each in made])
    return len(made)


def stored(last: date | None = None, last_seq: int | None = None) -> list[Any]:
    """Return the rows of roots, up to a day and a row of the log, the oldest first."""
    query = sa.select(table).order_by(table.c.day)
    if last is not None:
        query = query.where(table.c.day <= last)
    if last_seq is not None:
        query = query.where(table.c.last_seq <= last_seq)
    return list(model.Session.execute(query))


def _beginning() -> tuple[date | None, int]:
    """Return the first day without a root, None while there is no row, and the first row after the others."""
    last: Any = model.Session.execute(sa.select(table).order_by(table.c.day.desc()).limit(1)).first()
    if last:
        return last.day + ONE_DAY, last.last_seq + 1
    recorded_at = model.Session.scalar(sa.select(log.c.recorded_at).where(log.c.seq == 1))
    return (civil_day(recorded_at) if recorded_at else None), 1


def _rows(next_seq: int) -> Iterator[tuple[int, bytes, datetime]]:
    columns = (log.c.seq, log.c.row_hash, log.c.recorded_at)
    while page := list(
        model.Session.execute(
            sa.select(*columns).where(log.c.seq >= next_seq).order_by(log.c.seq).limit(_PAGE_ROWS)
        )
    ):
        yield from ((row.seq, bytes(row.row_hash), row.recorded_at) for row in page)
        next_seq = page[-1].seq + 1


def _mail(made: Sequence[Root], now: datetime) -> bool:
    """Put one mail with these roots into the outbox; False where nobody is named to get it."""
    posts = adopted.in_force() if p.plugin_loaded("jambi_notices") else None
    address = posts.address(Post.INSPECTORATE, "") if posts else None
    if address is None:
        return False
    message = posting.Message(model.types.make_uuid(), address, letters.told(made), None, now)
    posting.post(Occasion.ROOTS, [message])
    return True


def _row(each: Root, now: datetime, mailed_at: datetime | None) -> dict[str, Any]:
    copied = {name: getattr(each, name) for name in ("day", "first_seq", "last_seq", "merkle_root")}
    return {**copied, "made_at": now, "mailed_at": mailed_at}
