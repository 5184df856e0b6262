"""Appeals of an OPD against an obligation that counts against it; decided once, by others (F29).

Those against one row of evidence are filed in `uncredited` and decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import dates
from ckanext.jambi.freshness.decisions import uncredited
from ckanext.jambi.freshness.decisions.desk import Actor, Desk, Part, Row, granted, obligation, of_item
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import records
from ckanext.jambi.freshness.rules.cases import Case, Kind, Ruling, disputed_from, is_late, last_instant
from ckanext.jambi.freshness.rules.closing import Obligation
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.working_days import ONE_DAY, civil_day


def ask(code: str, dataset: str | None, last_day: date, words: Words, actor: Actor) -> Row:
    """File an appeal against the obligation whose period ends on `last_day`.

    Raises:
        DecisionError: if there is no such obligation, it is not late, an appeal was filed before, or the
            days for it are over.
    """
    desk = Desk()
    item = desk.item(code)
    judged = desk.judged(item, dataset)
    one = obligation(item, judged, last_day)
    _require_open(desk, item, one, desk.about(Kind.APPEAL, item, judged.package_id, last_day))
    span = one.duty.span
    about = {"package_id": judged.package_id, "period_start": span.start, "period_end": span.end}
    made = desk.ask(Kind.APPEAL, of_item(item) | about, {}, words, actor)
    decide_by = last_instant(desk.now, desk.policy.procedure.decision_days, desk.calendar)
    return made | {"decide_by": iso(decide_by)}


def open_until(
    organization_id: str,
    overdue_at: datetime,
    closed_at: datetime | None,
    law: Law,
    drafts: Sequence[records.Row],
    now: datetime,
) -> datetime:
    """Return until when an obligation that counts as late may be appealed against (F29).

    The days run from when it became overdue, or was closed later than that, and as long as a draft that tells
    of it is open to objection.
    """
    days = law.policy_at(now).procedure.appeal_days
    until = last_instant(disputed_from(overdue_at, closed_at), days, law.calendar_at(now))
    reported = records.objected_until(organization_id, overdue_at, drafts)
    return max(until, reported) if reported else until


def decide(case_id: str, ruling: Ruling, part: Part, words: Words, actor: Actor) -> Row:
    """Uphold an appeal, uphold it in part by days on which the clock stands still, or refuse it; once.

    `moved` names the dataset whose state follows at once, and whose search row is to follow it.

    Raises:
        DecisionError: if it was decided before, or the actor filed it, belongs to the OPD or brought the
            evidence in question.
    """
    desk = Desk()
    case = desk.case(Kind.APPEAL, case_id)
    disputes_row = case.observation is not None
    desk.require_free(case, actor, uncredited.witnesses(case) if disputes_row else _witnesses(desk, case))
    detail = granted(ruling, part, None, desk.policy.procedure.exemption_days)
    made = desk.rule(case, detail, words, actor)
    moved = uncredited.credit(case, actor) if disputes_row and ruling is Ruling.ACCEPTED else None
    return made | {"outcome": ruling.value, "moved": moved}


def _require_open(desk: Desk, item: Item, one: Obligation, earlier: list[Case]) -> None:
    """Let an appeal come within the days after the obligation became late, or after a draft told of it."""
    if not is_late(one, desk.now):
        raise DecisionError("period", tk._("This obligation does not count against the OPD: it is not late."))
    if earlier:
        text = tk._("An appeal against this was filed on {at} (row {seq} of the log).")
        asked = earlier[0].asked
        raise DecisionError("period", text.format(at=dates.moment(asked.at), seq=asked.seq))
    late = (one.duty.overdue_at, one.closed_at)
    until = open_until(item.organization_id, *late, desk.law, records.drafts(), desk.now)
    if desk.now >= until:
        text = tk._("The last day for an appeal was {day}.")
        raise DecisionError("period", text.format(day=dates.day(civil_day(until) - ONE_DAY)))


def _witnesses(desk: Desk, case: Case) -> set[str]:
    """Return who brought the evidence on which the obligation was judged; nobody where none is published."""
    if case.package_id is None:
        return set()
    item = desk.world.items[case.item_id or ""]
    judged = desk.judged(item, case.package_id)
    closing = [
        each.closing_seq for each in judged.obligations if each.closing_seq and each.duty.span == case.period
    ]
    seqs = [*closing, judged.evidence_seq] if judged.evidence_seq else closing
    query = sa.select(log.c.actor_id).where(log.c.seq.in_(seqs), log.c.actor_id.is_not(None))
    return set(model.Session.scalars(query))
