"""Walidata hears when archives are to be looked at again: two months ahead, and once the year is over (F25).

The id of a message follows from its step, day and recipient, so that it is written once however often it is
asked for; archives that fall due on one day stand in one message. So days count here, and no hours.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.routing import BuildError

from ckanext.jambi import clock, day_words, frequency
from ckanext.jambi.freshness import calendars
from ckanext.jambi.freshness.ladder import adopted
from ckanext.jambi.freshness.ladder.holders import Holders, Opd
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.promises.replay import retired
from ckanext.jambi.freshness.rules.assessing import reviewed_until
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.ladder import Post, is_office_time
from ckanext.jambi.languages import language
from ckanext.jambi.notices import posting, wording
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.ticks import Tick
from ckanext.jambi.working_days import civil_day

AHEAD = timedelta(days=60)
"""How long before its year is over an archive is on the desk of walidata."""
PLUGINS = ("jambi_freshness", "jambi_notices")
_NAMESPACE = uuid.UUID("6f0f3c1c-4a52-4d7b-8f0c-6a616d626903")


@dataclass(frozen=True, slots=True)
class _Due:
    """An archive to be looked at, until when the last look holds, and whose it is."""

    item: Item
    until: datetime
    opd: Opd


def run() -> None:
    """Tell walidata; nobody is told while a demonstration goes through its past."""
    if all(map(p.plugin_loaded, PLUGINS)) and clock.replay() is None:
        tell(clock.now())
        model.Session.commit()


tick = Tick("freshness.reviews", timedelta(hours=1), run)


def tell(now: datetime) -> int:
    """Write the messages that were not written before; return how many."""
    posts, due = adopted.in_force(), _archives(now)
    if posts is None or not due or not is_office_time(now, calendars.at(now)):
        return 0
    holders = Holders(posts, {each.organization_id for each in due})
    boxes: dict[tuple[str, date, bool], list[_Due]] = defaultdict(list)
    for each in due:
        until = reviewed_until(each)
        for holder in holders.of(Post.TRUSTEE, each.organization_id):
            one = _Due(each, until, holders.opds[each.organization_id])
            boxes[holder.address, civil_day(until), civil_day(until) < civil_day(now)].append(one)
    messages = [_message(*box, lines, now) for box, lines in boxes.items()]
    known = posting.known(each.id for each in messages)
    new = [each for each in messages if each.id not in known]
    posting.post(Occasion.REVIEW, new)
    return len(new)


def _archives(now: datetime) -> Sequence[Item]:
    """Return the archives whose year is over soon, or was over before."""
    return [
        each
        for each in judging.known(packages=[]).items.values()
        if each.terms(now).promised.code == frequency.STATIC_CODE
        and not retired(each, now)
        and civil_day(reviewed_until(each) - AHEAD) <= civil_day(now)
    ]


def _message(address: str, day: date, ended: bool, due: Sequence[_Due], now: datetime) -> posting.Message:
    key = str(uuid.uuid5(_NAMESPACE, f"{day} {ended} {address}"))
    return posting.Message(key, address, _told(day, ended, due), None, now)


def _told(day: date, ended: bool, due: Sequence[_Due]) -> wording.Told:
    said: Mapping[bool, str] = {
        False: tk._("These archives may stay so if you look at them by {day}; then they are owed yearly."),
        True: tk._("These archives are owed yearly since {day}, until you look at them again."),
    }
    lines = [f"- {each.opd.title}: {each.item.title} ({each.item.code})" for each in due]
    return wording.told(
        tk._("Archives to review: {count}").format(count=len(due)),
        [
            said[ended].format(day=day_words.day(day, language())),
            "\n".join(sorted(lines)),
            tk._("Next step: review them at the desk.") + f"\n{_desk()}",
        ],
        tk._("This message was written by {site}, for the post that you hold."),
    )


def _desk() -> str:
    """Return the address of the desk; of the portal where the room with it is absent."""
    try:
        return tk.url_for("jambi_desk.index", qualified=True)
    except BuildError:
        return tk.config["ckan.site_url"]
