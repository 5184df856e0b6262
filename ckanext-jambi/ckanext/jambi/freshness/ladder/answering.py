"""What a link of a notice asks, and the answer: the word of the person whom it told (F19, F25, F45)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import ledger
from ckanext.jambi.freshness.decisions import statements
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.ladder import letters, links
from ckanext.jambi.freshness.ladder.links import Link
from ckanext.jambi.freshness.logic.transaction import one_transaction
from ckanext.jambi.freshness.model import notice
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.assessing import Docket, Judged, assess
from ckanext.jambi.freshness.rules.cases import Kind, Status, hurdle, of_period
from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.ladder import is_asked
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.standings import public_names

STATED = (Act.UNCHANGED, Act.NIL)
ACTS = (*STATED, Act.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Question:
    """A period of a dataset, or data that comes as needed: what can be said of it, or why nothing can."""

    key: str
    code: str
    title: str
    period: str
    package_id: str
    last_day: date | None
    late: bool
    acts: tuple[Act, ...]
    why_not: str
    dataset: str | None = None


def questions(link: Link, now: datetime) -> list[Question]:
    """Return what a link asks, the oldest period first."""
    about = [*_about(link)]
    world = judging.known(packages={row.package_id for row in about})
    asked = [_question(world, row, now) for row in about]
    shown = public_names(row.package_id for row in about)
    return [replace(each, dataset=shown.get(each.package_id)) for each in asked if each]


def person(link: Link) -> str:
    """Return the name of the person for whom a link speaks; nothing if the account is gone."""
    user = model.User.get(link.user_id)
    return user.display_name if user else ""


def answer(link: Link, chosen: Mapping[str, Act], now: datetime) -> list[Question]:
    """State what was chosen, by the key of its question, all or nothing; return what was stated.

    Raises:
        ValidationError: if nothing was chosen, the link works no more, or a statement cannot be taken.
        NotAuthorized: if the person may not speak for the OPD any more.
    """
    said = [each for each in questions(link, now) if each.key in chosen]
    user = model.User.get(link.user_id)
    context = {"user": user.name if user and user.state == "active" else ""}
    with one_transaction():
        if not said:
            raise DecisionError("answer", tk._("Choose what you want to say."))
        if not links.use(link.id, now):
            raise DecisionError("answer", tk._("This link works no more."))
        for each in said:
            _state(each, chosen[each.key], context)
    return said


def _state(each: Question, act: Act, context: Mapping[str, str]) -> None:
    verb = "attestation" if each.last_day else "confirmation"
    tk.check_access(f"jambi_freshness_{verb}_create", dict(context), {"code": each.code})
    said = {
        Act.UNCHANGED: tk._("The data did not change in this period."),
        Act.NIL: tk._("Nothing happened in this period."),
        Act.CONFIRMED: tk._("The data is still right."),
    }
    words, actor = Words.read({"statement": said[act]}, "statement"), ledger.actor(context)
    if each.last_day:
        statements.ask(each.code, each.package_id, each.last_day, act, words, actor)
    else:
        statements.confirm(each.code, each.package_id, words, actor)


def _about(link: Link) -> Iterable[Any]:
    """Return of which periods the message of a link told, and of which data that has none."""
    columns = (notice.c.item_id, notice.c.package_id, notice.c.period_end)
    query = sa.select(*columns).distinct().where(notice.c.receipts.contains([link.id]))
    query = query.where(notice.c.package_id.is_not(None))
    return model.Session.execute(query.order_by(notice.c.period_end, notice.c.item_id))


def _question(world: World, about: Any, now: datetime) -> Question | None:
    item, law = world.items.get(about.item_id), world.law
    if item is None or law is None:
        return None
    docket = world.docket(item.id, now)
    judged = next(
        (each for each in assess(docket, law, now).judged if each.package_id == about.package_id), None
    )
    if judged is None:
        return None
    if about.period_end is None:
        return _of_data(docket, judged, now)
    return _of_period(world, item, judged, about, now, law.policy_at(now).scoring)


def _of_data(docket: Docket, judged: Judged, now: datetime) -> Question | None:
    """Return what is asked of data that comes as needed, and no more once something new has come (F25)."""
    boundaries = judged.standing.boundaries if judged.standing else None
    if boundaries is None or not docket.takes_word(now):
        return None
    asked, item = is_asked(boundaries.due_at, now), docket.item
    return Question(
        key=f"{item.id}:{judged.package_id}",
        code=item.code,
        title=item.title,
        period="",
        package_id=judged.package_id or "",
        last_day=None,
        late=boundaries.overdue_at is not None and now >= boundaries.overdue_at,
        acts=(Act.CONFIRMED,) if asked else (),
        why_not="" if asked else tk._("It was renewed or confirmed meanwhile: nothing is left to do."),
    )


def _of_period(
    world: World, item: Item, judged: Judged, about: Any, now: datetime, scoring: Scoring
) -> Question | None:
    last_day = about.period_end
    found = of_period(judged.obligations, last_day)
    if found is None:
        return None
    acts, why_not = _choice(judged.obligations, item.code, last_day, now, scoring)
    if _waits(world, item.id, about.package_id, last_day):
        acts, why_not = (), tk._("A statement about this period waits for its approval.")
    return Question(
        key=f"{item.id}:{about.package_id}:{last_day.isoformat()}",
        code=item.code,
        title=item.title,
        period=letters.period(found.duty.span.start, last_day),
        package_id=about.package_id,
        last_day=last_day,
        late=now >= found.duty.overdue_at,
        acts=acts,
        why_not=why_not,
    )


def _choice(
    obligations: Sequence[Obligation], code: str, last_day: date, now: datetime, scoring: Scoring
) -> tuple[tuple[Act, ...], str]:
    """Return what can be stated of a period, or why nothing can."""
    found = {act: hurdle(obligations, last_day, Event(0, act, now, waived=True), scoring) for act in STATED}
    acts = tuple(act for act, why in found.items() if why is None)
    why_not = statements.why_not(found[Act.UNCHANGED], Act.UNCHANGED, code, last_day, scoring)
    return acts, "" if acts else why_not


def _waits(world: World, item_id: str, package_id: str, last_day: date) -> bool:
    about = (Kind.ATTESTATION, Status.PENDING, package_id, last_day)
    known = world.cases[item_id].values()
    return any((each.kind, each.status, each.package_id, each.last_day) == about for each in known)
