"""The log, locked, with what it tells of items and cases: read, check and write are one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model

from ckanext.jambi import ledger as audit
from ckanext.jambi.freshness import dates, ledger, wording
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.ladder import panel
from ckanext.jambi.freshness.promises import adopting, judging
from ckanext.jambi.freshness.rules.assessing import Judged, assess
from ckanext.jambi.freshness.rules.cases import Bar, Case, Kind, Ruling, Step, bar, of_period
from ckanext.jambi.freshness.rules.closing import Obligation
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import IndexPolicy
from ckanext.jambi.working_days import ONE_DAY, Calendar, midnight

Actor = Mapping[str, Any]
Row = dict[str, Any]
Part = tuple[date | None, date | None]


class Desk:
    """The log as it stands, held until the transaction ends; the caller commits."""

    def __init__(self) -> None:
        self.now = ledger.recording_at(ledger.lock())
        self.world = judging.known(packages=[])

    @property
    def law(self) -> Law:
        """The rules in force."""
        if self.world.law is None:
            raise DecisionError("code", tk._("There are no rules yet: adopt a policy and a calendar first."))
        return self.world.law

    @property
    def policy(self) -> IndexPolicy:
        """The policy in force."""
        return self.law.policy_at(self.now)

    @property
    def calendar(self) -> Calendar:
        """The calendar in force."""
        return self.law.calendar_at(self.now)

    def item(self, code: str) -> Item:
        """Return the item of a code."""
        found = self.world.items.get(adopting.item_id(code))
        if found is None:
            raise DecisionError("code", tk._("There is no item {code}.").format(code=code))
        return found

    def case(self, kind: Kind, case_id: str) -> Case:
        """Return a case of a kind."""
        known = (of_item.get(case_id) for of_item in self.world.cases.values())
        found = next((each for each in known if each and each.kind is kind), None)
        if found is None:
            raise DecisionError("id", tk._("There is nothing of the id {id}.").format(id=case_id))
        return found

    def judged(self, item: Item, dataset: str | None) -> Judged:
        """Return the obligations of one dataset (id or name) of an item, or of its only one."""
        assigned = self.world.assigned[item.id]
        found = judging.known(packages=[one for each in assigned for one in each.package_ids])
        judged = assess(found.docket(item.id, self.now), self.law, self.now).judged
        named = {each.package_id for each in assigned if dataset in (None, each.name, each.package_id)}
        wanted = [each for each in judged if each.package_id in named or dataset is each.package_id is None]
        if len(wanted) != 1:
            text = tk._("{n} datasets stand for {code}: name one of them.")
            raise DecisionError("dataset", text.format(n=len(assigned), code=item.code))
        return wanted[0]

    def about(self, kind: Kind, item: Item, package_id: str | None, last_day: date) -> list[Case]:
        """Return the cases of a kind that speak of one obligation, the oldest first."""
        found = [each for each in self.world.cases[item.id].values() if each.kind is kind]
        return [each for each in found if (each.package_id, each.last_day) == (package_id, last_day)]

    def ask(self, kind: Kind, about: Row, detail: Row, words: Words, actor: Actor) -> Row:
        """Open a case; `about` are columns of its row, which all later rows repeat."""
        case_id = str(uuid.uuid4())
        detail = {"event": Step.ASK.value, "case": case_id, **detail}
        return self._write(kind, {**about, "detail": detail}, words, actor)

    def rule(self, case: Case, detail: Row, words: Words, actor: Actor) -> Row:
        """Decide a case."""
        return self._follow(case, Step.DECIDE, detail, words, actor)

    def withdraw(self, case: Case, words: Words, actor: Actor) -> Row:
        """Withdraw a case; what was reckoned before stays.

        Raises:
            DecisionError: if it is withdrawn already, or was refused.
        """
        if case.withdrawn or case.ruling is Ruling.REFUSED:
            raise DecisionError("id", tk._("There is nothing left to withdraw."))
        return self._follow(case, Step.WITHDRAW, {}, words, actor)

    def require_free(
        self, case: Case, actor: Actor, witnesses: Collection[str] = (), *, own: bool = False
    ) -> None:
        """Let only those decide who may, and only once; `own` says that the OPD decides for itself.

        Raises:
            DecisionError: naming when it was decided, and by which post, or why the actor may not.
        """
        person = actor["actor"] if actor["actor_class"] == "person" else None
        is_member = not own and _belongs_to(person, case.organization_id)
        found = bar(case, person, is_member=is_member, witnesses=witnesses)
        if found:
            raise DecisionError("id", _refusal(found, case))

    def _follow(self, case: Case, step: Step, detail: Row, words: Words, actor: Actor) -> Row:
        about: Row = {
            "item_id": case.item_id,
            "package_id": case.package_id,
            "organization_id": case.organization_id,
            "period_start": case.period.start if case.period else None,
            "period_end": case.period.end if case.period else None,
            "detail": {"event": step.value, "case": case.id, **detail},
        }
        return self._write(case.kind, about, words, actor)

    def _write(self, kind: Kind, row: Row, words: Words, actor: Actor) -> Row:
        detail = row["detail"] | {"words_sha256": words.sha256}
        (seq,) = adopting.write([{**row, "kind": kind.value, "detail": detail}], actor)
        words.keep(seq)
        object_ = f"{kind.value}:{detail['case']}"
        audit.record(
            audit.Entry(
                action=f"freshness.{kind.value}.{detail['event']}",
                object=object_,
                after=words.sha256,
                reason=words.reason,
                **actor,
            )
        )
        return {"id": detail["case"], "seq": seq}


def of_item(item: Item) -> Row:
    """Return the columns that say of which item a row speaks."""
    return {"item_id": item.id, "organization_id": item.organization_id}


def days(first: date, last: date, longest: int, field: str = "to") -> Interval:
    """Return the time from the beginning of a day to the end of another.

    Raises:
        DecisionError: if it ends before it begins, or lasts longer than `longest` days.
    """
    if last < first:
        raise DecisionError(field, tk._("The last day lies before the first."))
    if (last - first).days + 1 > longest:
        raise DecisionError(field, tk._("At most {n} days at a time.").format(n=longest))
    return Interval(midnight(first), midnight(last + ONE_DAY))


def granted(ruling: Ruling, part: Part, asked: Interval | None, longest: int) -> Row:
    """Return what the row of a decision says: the outcome, and the time that stands still.

    Raises:
        DecisionError: if a decision in part names no days, too many or others, or any other names some.
    """
    detail: Row = {"outcome": ruling.value}
    if ruling is Ruling.PARTLY:
        return detail | plain(_part_of(asked, part, longest))
    if any(part):
        raise DecisionError("from", tk._("Days are named for a decision in part alone."))
    return detail | plain(asked) if ruling is Ruling.ACCEPTED and asked else detail


def obligation(item: Item, judged: Judged, last_day: date) -> Obligation:
    """Return the obligation of the period that ends on a day."""
    found = of_period(judged.obligations, last_day)
    if found is None:
        text = tk._("No period of {code} ends on {day}: see its obligations.")
        raise DecisionError("period", text.format(code=item.code, day=dates.day(last_day)))
    return found


def plain(interval: Interval) -> Row:
    """Return an interval as the log keeps it."""
    return {"from_at": interval.start.isoformat(), "to_at": interval.end.isoformat()}


def _part_of(asked: Interval | None, part: Part, longest: int) -> Interval:
    first, last = part
    if first is None or last is None:
        raise DecisionError("from", tk._("Say from which day to which day it holds."))
    given = days(first, last, longest)
    if asked and not asked.start <= given.start < given.end <= asked.end:
        raise DecisionError("from", tk._("No more can be granted than was asked for."))
    return given


def _belongs_to(person: str | None, organization_id: str | None) -> bool:
    """Whether a person has a role in an OPD."""
    user = model.User.get(person) if person else None
    return bool(user and authz.users_role_for_group_or_org(organization_id, user.name))


def decider(kind: Kind) -> str:
    """Return who decides cases of a kind, by the post: a person is named by the log alone (F34)."""
    if kind is Kind.ATTESTATION:
        return tk._("an admin of the OPD or walidata")
    return tk._("the panel for appeals") if kind is Kind.APPEAL and panel.seats() else tk._("walidata")


def _refusal(found: Bar, case: Case) -> str:
    if found is Bar.DECIDED and case.decided:
        text = tk._("This was decided on {at} by {by} (row {seq} of the log): {outcome}.")
        at, outcome = dates.moment(case.decided.at), wording.case(case.status, case.ruling)
        return text.format(at=at, by=decider(case.kind), seq=case.decided.seq, outcome=outcome)
    return {
        Bar.WITHDRAWN: tk._("This was withdrawn: there is nothing to decide."),
        Bar.NOBODY: tk._("A decision needs a named person: sign in."),
        Bar.ASKER: tk._("Whoever asked does not decide: a second person is needed."),
        Bar.MEMBER: tk._("A member of the OPD in question does not decide its matter."),
        Bar.WITNESS: tk._("Whoever brought the evidence in question does not decide."),
    }[found]
