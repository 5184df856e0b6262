"""Digests: how the sources of an organization stand, each week or each day (HV29).

Once a day, at seven in Jambi, the digests of that day are made: on Mondays of all sources, on other days of
those whose definition says `notify.digest: daily`, and then only if there is something to say. What could
not be delivered for seven days comes with the next digest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.notices import reading, recipients, sources, timing, wording
from ckanext.jambi.notices.model import delivery, notice, reader
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.notices.sources import About

HEALTHY, DAILY = "sehat", "daily"


@dataclass(frozen=True, slots=True)
class Standing:
    """One source in a digest."""

    about: About
    waiting: int

    @property
    def worth_a_line(self) -> bool:
        """Whether there is something to say of it."""
        return self.about.health != HEALTHY or self.waiting > 0


def make_due() -> int:
    """Make the digests that are due and return how many."""
    own = reading.locked()
    now = model.Session.execute(sa.select(sa.func.now())).scalar_one()
    today = timing.digest_day(now)
    days = timing.days_since(own.digested_on, today)
    made = 0
    if days:
        made = _make(today, now, weekly=any(day.weekday() == 0 for day in days))
    if days or own.digested_on is None:
        model.Session.execute(
            sa.update(reader).where(reader.c.name == reading.READER).values(digested_on=today)
        )
    model.Session.commit()
    return made


def _make(day: date, now: datetime, *, weekly: bool) -> int:
    covered: dict[str, list[Standing]] = defaultdict(list)
    for one in sources.everyone():
        if weekly or one.digest == DAILY:
            covered[one.organization_id].append(Standing(one, sources.waiting(one.id)))
    return sum(_make_one(owner, standings, day, now, weekly) for owner, standings in covered.items())


def _make_one(owner: str, standings: Sequence[Standing], day: date, now: datetime, weekly: bool) -> bool:
    undelivered = _undelivered(owner)
    if not weekly and not undelivered and not any(one.worth_a_line for one in standings):
        return False
    told = _told(standings, undelivered)
    values = {
        "about": owner,
        "event": Occasion.DIGEST.value,
        "day": day,
        "organization_id": owner,
        "subject": told.subject,
        "body": told.body,
        "happened_at": now,
    }
    to = [address for one in standings for address in recipients.of_source(owner, one.about.to)]
    made = reading.put(values, list(dict.fromkeys(to)))
    _mark_digested(undelivered)
    return made


def _undelivered(owner: str) -> list[Any]:
    query = (
        sa.select(notice.c.id, notice.c.subject, notice.c.happened_at)
        .join(delivery, delivery.c.notice_id == notice.c.id)
        .where(notice.c.organization_id == owner, delivery.c.state == "deferred")
        .group_by(notice.c.id)
        .order_by(notice.c.happened_at)
    )
    return list(model.Session.execute(query))


def _mark_digested(notices: Sequence[Any]) -> None:
    ids = [one.id for one in notices]
    model.Session.execute(
        sa.update(delivery)
        .where(delivery.c.notice_id.in_(ids), delivery.c.state == "deferred")
        .values(state="digested")
    )


def _told(standings: Sequence[Standing], undelivered: Sequence[Any]) -> wording.Told:
    counts = Counter(one.about.health for one in standings)
    headline = tk._("Your sources: {count}, healthy: {healthy}").format(
        count=len(standings), healthy=counts[HEALTHY]
    )
    lines = [_line(one) for one in standings if one.worth_a_line]
    late = [f"- {wording.moment(one.happened_at)}: {one.subject}" for one in undelivered]
    return wording.told(
        headline,
        [
            "\n".join([tk._("What needs you:"), *lines]) if lines else tk._("All sources are well."),
            "\n".join([tk._("Could not be delivered before:"), *late]) if late else "",
            tk._("What is public stays public, with the date of its last good data."),
            tk._("Next step: look at the list of sources.") + f"\n{sources.board()}",
        ],
    )


def _line(one: Standing) -> str:
    parts = [_states()[one.about.health]] if one.about.health != HEALTHY else []
    if one.about.health != HEALTHY and one.about.down_since:
        parts.append(tk._("since {date}").format(date=wording.moment(one.about.down_since)))
    if one.waiting:
        parts.append(tk._("decisions that wait: {count}").format(count=one.waiting))
    return f"- {one.about.title}: {', '.join(parts)} ({sources.page(one.about.name)})"


def _states() -> dict[str, str]:
    return {
        HEALTHY: tk._("healthy"),
        "terganggu": tk._("disturbed"),
        "mati": tk._("down"),
        "dijeda": tk._("paused"),
        "pensiun": tk._("retired"),
    }
