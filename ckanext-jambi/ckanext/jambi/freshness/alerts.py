"""Data or evidence that is dated in the future: walidata hears of it, once a dataset and day (G2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock, day_words
from ckanext.jambi.freshness import refusals
from ckanext.jambi.freshness.ladder import adopted
from ckanext.jambi.freshness.ladder.holders import Holders
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS, Reason
from ckanext.jambi.freshness.rules.ladder import Post
from ckanext.jambi.freshness.standing import package
from ckanext.jambi.languages import language
from ckanext.jambi.notices import posting, wording
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.ticks import Tick
from ckanext.jambi.working_days import civil_day

LOOKS_BACK = timedelta(days=7)
_NAMESPACE = uuid.UUID("6f0f3c1c-4a52-4d7b-8f0c-6a616d626902")


def run() -> None:
    """Tell walidata; nobody is told while a demonstration goes through its past."""
    if p.plugin_loaded("jambi_notices") and clock.replay() is None:
        tell(clock.now())
        model.Session.commit()


tick = Tick("freshness.alerts", timedelta(minutes=10), run)


def tell(now: datetime) -> int:
    """Write a message about each dataset and day of which none was written; return how many."""
    posts = adopted.in_force()
    found = [*_foreseeing(now), *_refused(now)]
    if posts is None or not found:
        return 0
    holders = Holders(posts, {each.row.owner_org for each in found})
    messages = [
        posting.Message(each.message_id(holder.address), holder.address, _told(each), each.row.owner_org, now)
        for each in found
        for holder in holders.of(Post.TRUSTEE, each.row.owner_org)
    ]
    known = posting.known(each.id for each in messages)
    new = [each for each in messages if each.id not in known]
    posting.post(Occasion.FUTURE, new)
    return len(new)


@dataclass(frozen=True, slots=True)
class _Alert:
    """A dataset and day, what is wrong and what to do; `word` tells apart why it is told."""

    word: str
    row: Any
    wrong: str
    next_step: str

    def message_id(self, address: str) -> str:
        """Return the same id however often it is asked for."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.word}{self.row.id} {self.row.day} {address}"))


def _foreseeing(now: datetime) -> list[_Alert]:
    """Return what to tell of content that covers time to come."""
    return [
        _Alert(
            "",
            row,
            tk._(
                "{title}: what came on {day} says that it covers time up to {until}. Such content earns "
                "nothing; it may be a mistake, a forecast without its date of issue, or an attempt to look "
                "up to date."
            ).format(title=_title(row), day=_day(row.day), until=_day(row.period_end)),
            tk._("Next step: look at the period column, and ask the agency to correct it."),
        )
        for row in _with_future_periods(now)
    ]


def _refused(now: datetime) -> list[_Alert]:
    """Return what to tell of evidence that was refused."""
    return [
        _Alert(
            "refused ",
            row,
            tk._(
                "{title}: on {day} evidence was refused because it is dated {until}, ahead of the portal's "
                "clock. Nothing of it was written; the data counts once it comes with the right time."
            ).format(title=_title(row), day=_day(row.day), until=iso(row.valid_at)),
            tk._("Next step: have the clock of the system that sent it corrected."),
        )
        for row in refusals.since(civil_day(now - LOOKS_BACK))
    ]


def _with_future_periods(now: datetime) -> list[Any]:
    """Return the datasets whose content ended in the future, by the civil day on which it came."""
    day = sa.cast(sa.func.timezone("Asia/Jakarta", log.c.recorded_at), sa.Date).label("day")
    query = (
        sa.select(package.c.id, package.c.name, package.c.title, package.c.owner_org, day)
        .add_columns(sa.func.max(log.c.period_end).label("period_end"))
        .join(package, package.c.id == log.c.package_id)
        .join(group, group.c.id == package.c.owner_org)
        .where(
            log.c.recorded_at > now - LOOKS_BACK,
            log.c.kind.in_(CONTENT_KINDS),
            log.c.detail["credit"].astext == Reason.PERIOD_IN_FUTURE.value,
        )
        .group_by(package.c.id, day)
        .order_by(day, package.c.name)
    )
    return list(model.Session.execute(query))


def _told(each: _Alert) -> wording.Told:
    link = tk.url_for("dataset.read", id=each.row.name, qualified=True)
    closing = tk._("This message was written by {site}, for the post that you hold.")
    subject = tk._("{title}: dated in the future").format(title=_title(each.row))
    return wording.told(subject, [each.wrong, f"{each.next_step}\n{link}"], closing)


def _title(row: Any) -> str:
    found: str = row.title or row.name
    return found


def _day(day: date) -> str:
    return day_words.day(day, language())
