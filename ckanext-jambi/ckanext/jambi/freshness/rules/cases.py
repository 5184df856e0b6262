"""Exemptions, appeals, statements and portal faults as the log tells them, and what each is worth.

A case is asked for, decided once and perhaps withdrawn; each step is a row of the log (F13, F19, F27 to
F29). Who may decide, and by when, is said here too. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, Outcome, allowed
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.working_days import ONE_DAY, Calendar, civil_day, midnight

OBSERVATION = "observation"
"""What `detail` names the row of evidence by of which an appeal speaks, and the row that repeats it."""


class Kind(StrEnum):
    """What a case is; the kinds of its rows in the log (specification 5)."""

    EXEMPTION = "exemption"
    APPEAL = "appeal"
    ATTESTATION = "attestation"
    PORTAL_FAULT = "portal_fault"


class Step(StrEnum):
    """What a row does to a case."""

    ASK = "ask"
    DECIDE = "decide"
    WITHDRAW = "withdraw"


class Ruling(StrEnum):
    """How a case was decided (F29)."""

    ACCEPTED = "diterima"
    PARTLY = "sebagian"  # the clock stands still for a part of the time, the obligation remains
    REFUSED = "ditolak"


class Status(StrEnum):
    """Where a case stands."""

    PENDING = "pending"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Mark:
    """One step: the row that says so, who took it, and when it was recorded."""

    seq: int
    actor_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One exemption, appeal, statement or portal fault, with the steps taken so far.

    `period` is that of the obligation in question, `interval` the time asked for, `granted` the time that
    the decision takes out of the reckoning. `observation` is the row of evidence that an appeal
    disputes in the place of an obligation. `named` are the OPDs of a fault; None means all. `waived` says
    that walidata let a further nil statement pass.
    """

    id: str
    kind: Kind
    asked: Mark
    item_id: str | None = None
    package_id: str | None = None
    organization_id: str | None = None
    period: Span | None = None
    interval: Interval | None = None
    observation: int | None = None
    act: Act | None = None
    reason_code: str | None = None
    named: frozenset[str] | None = None
    decided: Mark | None = None
    ruling: Ruling | None = None
    granted: Interval | None = None
    waived: bool = False
    withdrawn: Mark | None = None

    @property
    def status(self) -> Status:
        """Where the case stands; what was granted may be withdrawn."""
        if self.withdrawn:
            return Status.WITHDRAWN
        return Status.DECIDED if self.decided else Status.PENDING

    @property
    def last_day(self) -> date | None:
        """The last day of the period in question."""
        return self.period.end if self.period else None

    @property
    def excluded(self) -> Interval | None:
        """The time that does not count; what had passed before a withdrawal stays excluded."""
        given = self.interval if self.kind is Kind.PORTAL_FAULT else self.granted
        if given and self.withdrawn:
            given = Interval(given.start, min(given.end, self.withdrawn.at))
        return given if given and given.start < given.end else None

    @property
    def event(self) -> Event | None:
        """What counts: an upheld appeal, a statement at its submission (F14), a confirmation (F25)."""
        if self.ruling is not Ruling.ACCEPTED or self.decided is None:
            return None
        if self.act is Act.CONFIRMED:
            return Event(self.asked.seq, Act.CONFIRMED, self.asked.at)
        if self.period is None:
            return None
        act = Act.PARDON if self.kind is Kind.APPEAL else self.act
        at = self.decided.at if self.kind is Kind.APPEAL else self.asked.at
        if act is None:
            return None
        first, last = self.period.start, self.period.end
        return Event(self.decided.seq, act, at, last, first, waived=self.waived)


class Bar(StrEnum):
    """Why somebody may not decide a case."""

    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    NOBODY = "nobody"
    ASKER = "asker"
    MEMBER = "member"
    WITNESS = "witness"


def bar(
    case: Case, actor_id: str | None, *, is_member: bool = False, witnesses: Collection[str] = ()
) -> Bar | None:
    """Return why `actor_id` may not decide, or None: once, by a named person, and not in an own cause.

    `is_member` says that the person belongs to the OPD whose matter it is, `witnesses` wrote the evidence
    in question (F27, F29).
    """
    reasons = (
        (case.decided is not None, Bar.DECIDED),
        (case.withdrawn is not None, Bar.WITHDRAWN),
        (actor_id is None, Bar.NOBODY),
        (actor_id == case.asked.actor_id, Bar.ASKER),
        (is_member, Bar.MEMBER),
        (actor_id in witnesses, Bar.WITNESS),
    )
    return next((why for holds, why in reasons if holds), None)


def is_late(one: Obligation, now: datetime) -> bool:
    """Whether an obligation counts against the OPD, so that an appeal makes sense."""
    if one.is_open:
        return now >= one.duty.overdue_at
    return one.outcome in (Outcome.MET_LATE, Outcome.SKIPPED)


def disputed_from(overdue_at: datetime, closed_at: datetime | None) -> datetime:
    """Return when an obligation became what an appeal disputes: overdue, or closed later than that."""
    return max(overdue_at, closed_at) if closed_at else overdue_at


def last_instant(since: datetime, working_days: int, calendar: Calendar) -> datetime:
    """Return the end (WIB) of the n-th working day after the day of `since`."""
    return midnight(calendar.nth_from(civil_day(since) + ONE_DAY, working_days) + ONE_DAY)


class Hurdle(StrEnum):
    """Why a statement cannot close a period."""

    NO_PERIOD = "no_period"
    RUNNING = "running"
    CLOSED = "closed"
    NOT_OLDEST = "not_oldest"
    TOO_MANY = "too_many"


def hurdle(
    obligations: Sequence[Obligation], last_day: date, event: Event, scoring: Scoring
) -> Hurdle | None:
    """Return why a statement `event` cannot close the period that ends on `last_day` (F13, F19)."""
    found = of_period(obligations, last_day)
    if found is None:
        return Hurdle.NO_PERIOD
    before = [each for each in obligations if each.duty.span.end < last_day]
    reasons = (
        (found.duty.span.ends_at > event.valid_at, Hurdle.RUNNING),
        (not found.is_open, Hurdle.CLOSED),
        (any(each.is_open for each in before), Hurdle.NOT_OLDEST),
        (not allowed(before, event, scoring), Hurdle.TOO_MANY),
    )
    return next((why for holds, why in reasons if holds), None)


def of_period(obligations: Collection[Obligation], last_day: date) -> Obligation | None:
    """Return the obligation whose period ends on a day."""
    return next((each for each in obligations if each.duty.span.end == last_day), None)
