"""The duty by the clock: each step of each subject is told once, and a run writes one message a recipient.

The rows of the steps and the messages commit together, under a lock, and a unique constraint stands behind
it: whoever dies leaves all of it or nothing. Delivery is that of the notices room (F45).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock, frequency
from ckanext.jambi.freshness.ladder import adopted, letters, links, subjects, waiting
from ckanext.jambi.freshness.ladder.holders import Holder, Holders
from ckanext.jambi.freshness.ladder.letters import Line
from ckanext.jambi.freshness.ladder.subjects import Owing
from ckanext.jambi.freshness.model import notice, progress
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules import ladder
from ckanext.jambi.freshness.rules.cases import Kind, Status
from ckanext.jambi.freshness.rules.ladder import POSTS, Owed, Step
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.notices import links as signing
from ckanext.jambi.notices import posting
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.ticks import Tick

MAIL, APPRISE = "mail", "apprise"
PLUGINS = ("jambi_freshness", "jambi_notices")
LAG = timedelta(minutes=5)
"""How far the tables may lie behind the clock before nothing is told by them."""
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('jambi_freshness_notice'))")
_RULES = frozenset({"policy", "calendar", Kind.PORTAL_FAULT.value})
_ORDER = list(Step)


@dataclass(frozen=True, slots=True)
class Telling:
    """A step that is told now."""

    owing: Owing
    owed: Owed


def run() -> None:
    """Tell what is owed now; nobody is told while a demonstration goes through its past."""
    if all(map(p.plugin_loaded, PLUGINS)) and clock.replay() is None:
        climb(clock.now())
        model.Session.commit()


tick = Tick("freshness.ladder", timedelta(seconds=60), run)


def climb(now: datetime) -> int:
    """Write the steps that are owed and the messages that tell them; return how many steps.

    Nothing is told while the tables lag behind the log: what came meanwhile may have settled it.
    """
    model.Session.execute(_LOCK)
    posts, world = adopted.in_force(), judging.known(packages=[])
    if posts is None or world.law is None:
        return 0
    begun_at, settled = adopted.stands_since(now), _settled(now)
    if settled is None:
        return 0
    at_once_only = not ladder.is_office_time(now, world.law.calendar_at(now))
    known = _known(world, settled, now, at_once_only=at_once_only)
    tellings = [*_tellings(known, world, world.law, now, begun_at)]
    if tellings:
        holders = Holders(posts, {each.owing.organization_id for each in tellings})
        _write(tellings, holders, now)
    return len(tellings)


def _settled(now: datetime) -> set[str] | None:
    """Return the items and datasets that the tables do not follow yet; None if nothing can be told."""
    at: Any = model.Session.execute(sa.select(progress)).first()
    if at is None or now - at.last_tick_at > LAG:
        return None
    new = judging.rows_since(at.last_seq)
    return None if new["kinds"] & _RULES else new["items"] | new["packages"]


def _known(world: World, settled: Collection[str], now: datetime, *, at_once_only: bool) -> list[Owing]:
    """Return what may have a step to tell; of what waits for walidata or lags behind nothing is told."""
    found = subjects.open_ones(now, at_once_only=at_once_only)
    paused = {*settled, *waiting.among({each.package_id for each in found if each.package_id})}
    return [_with_word(each, world, now) for each in found if not {each.item_id, each.package_id} & paused]


def _with_word(each: Owing, world: World, now: datetime) -> Owing:
    """Say of what is promised as needed whether a person's word counts for it (F25)."""
    if each.subject.code != frequency.AS_NEEDED_CODE or each.package_id is None:
        return each
    confirms = world.docket(each.item_id, now).takes_word(now)
    return replace(each, subject=replace(each.subject, confirms=confirms))


def _tellings(
    known: Iterable[Owing], world: World, law: Law, now: datetime, begun_at: datetime
) -> Iterable[Telling]:
    calendar = law.calendar_at(now)
    stated, appealed = _pending(world, Kind.ATTESTATION), _pending(world, Kind.APPEAL)
    for each in known:
        about = (each.item_id, each.package_id, each.period_end)
        disputed = not appealed.isdisjoint({about, (*about[:2], None)})  # None: one against a row of evidence
        pending = {"appealed": disputed, "stated": about in stated}
        for owed in ladder.owed(each.subject, calendar, now, begun_at, **pending):
            if owed.step not in each.told and ladder.may_send(owed.step, each.subject.code, now, calendar):
                yield Telling(each, owed)


def _pending(world: World, kind: Kind) -> set[tuple[Any, ...]]:
    """Return of which obligations a case of a kind waits."""
    return {
        (each.item_id, each.package_id, each.last_day)
        for of_item in world.cases.values()
        for each in of_item.values()
        if each.kind is kind and each.status is Status.PENDING
    }


def _write(tellings: Sequence[Telling], holders: Holders, now: datetime) -> None:
    """Write messages and steps; each step names the messages in which it stands."""
    messages: list[posting.Message] = []
    receipts: dict[tuple[str, Step], dict[str, str]] = defaultdict(dict)
    owners: dict[str, str] = {}
    for holder, lines in _boxes(tellings, holders):
        message_id = model.types.make_uuid()
        page = links.page(message_id) if holder.user_id and _can_answer(lines) else None
        if page and holder.user_id:
            owners[message_id] = holder.user_id
        messages.append(_message(message_id, holder, lines, page, now))
        for line in lines:
            receipts[line.owing.key, line.step][message_id] = APPRISE if holder.is_channel else MAIL
    posting.post(Occasion.LADDER, messages)
    links.write(owners, now)
    rows = [_row(each, receipts[each.owing.key, each.owed.step], now) for each in tellings]
    model.Session.execute(sa.insert(notice), rows)


def _boxes(tellings: Iterable[Telling], holders: Holders) -> Iterable[tuple[Holder, list[Line]]]:
    """Yield what goes to each address; one that stands for an account and an office is the account's."""
    owners: dict[str, Holder] = {}
    lines: dict[str, list[Line]] = defaultdict(list)
    for each in tellings:
        for holder, line in _lines(each, holders):
            address = holder.address.casefold()
            if holder.user_id or address not in owners:
                owners[address] = holder
            lines[address].append(line)
    return ((owners[address], of_address) for address, of_address in lines.items())


def _lines(each: Telling, holders: Holders) -> Iterable[tuple[Holder, Line]]:
    owing, step = each.owing, each.owed.step
    opd = holders.opds[owing.organization_id]
    for post in POSTS[step]:
        for holder in holders.of(post, owing.organization_id):
            yield holder, Line(owing, step, post, opd)


def _message(
    message_id: str, holder: Holder, lines: Sequence[Line], page: str | None, now: datetime
) -> posting.Message:
    """Return one message; of the steps of a subject the highest is told."""
    newest: dict[str, Line] = {}
    for line in sorted(lines, key=lambda one: _ORDER.index(one.step)):
        newest[line.owing.key] = line
    shown = sorted(newest.values(), key=lambda one: (one.owing.subject.overdue_at, one.owing.key))
    owners = {line.owing.organization_id: line.opd.name for line in shown}
    link = signing.marked(page) if page else _link([*owners.values()])
    told = letters.brief(shown, link) if holder.is_channel else letters.told(shown, link, answers=bool(page))
    return posting.Message(
        id=message_id,
        recipient=holder.address,
        told=told,
        organization_id=next(iter(owners)) if len(owners) == 1 else None,
        happened_at=now,
    )


def _can_answer(lines: Sequence[Line]) -> bool:
    """Whether a person's word could do for something of which the message tells (F19, F25)."""
    to_stewards = [line.owing for line in lines if line.post in POSTS[Step.FIRST] and line.owing.package_id]
    return any(each.period_end or each.subject.confirms for each in to_stewards)


def _link(names: Collection[str]) -> str:
    """Return the address of the OPD's page, or of the list of OPDs."""
    if len(names) == 1:
        return tk.url_for("organization.read", id=next(iter(names)), qualified=True)
    return tk.url_for("organization.index", qualified=True)


def _row(each: Telling, receipts: Mapping[str, str], now: datetime) -> dict[str, object]:
    owing, step = each.owing, each.owed.step
    return {
        "id": model.types.make_uuid(),
        "subject_key": owing.key,
        "step": step.value,
        "item_id": owing.item_id,
        "package_id": owing.package_id,
        "period_end": owing.period_end,
        "organization_id": owing.organization_id,
        "recipient_posts": [post.value for post in POSTS[step]],
        "due_at": each.owed.due_at,
        "written_at": now,
        "channel": "+".join(sorted(set(receipts.values()), reverse=True)) or MAIL,
        "receipts": sorted(receipts),
    }
