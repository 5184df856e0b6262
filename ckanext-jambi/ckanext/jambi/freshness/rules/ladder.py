"""Which notices a promise owes, and when: reminders before it is due, then the ladder of posts (F44, F45).

Of data that comes as needed a person is asked each quarter whether it is still right (F25).

A step falls due at an instant that follows from the boundaries alone. Whether it was told already is no
question of these rules. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.jambi.clock import WIB
from ckanext.jambi.freshness.rules.items import YEAR
from ckanext.jambi.working_days import ONE_DAY, Calendar, civil_day, midnight

WEEK = timedelta(days=7)
AT_ONCE_CODE = "realtime"
OPENS, CLOSES = 8, 16
"""Hours (WIB) between which notices are sent on working days."""


class Post(StrEnum):
    """Who is told: a post, never a person."""

    STEWARD = "steward"  # produsen data
    BACKUP = "backup"  # walidata pendukung
    HEAD = "head"  # kepala OPD
    TRUSTEE = "trustee"  # walidata
    SEKDA = "sekda"
    DEPUTY_MAYOR = "deputy_mayor"  # Wakil Wali Kota
    INSPECTORATE = "inspectorate"  # Inspektorat: gets the roots of the log, no step of the ladder


class Step(StrEnum):
    """What a notice is; the order is that of time."""

    ASK_FIRST = "confirm_1"
    ASK_SECOND = "confirm_2"
    ASK_THIRD = "confirm_3"
    FORTNIGHT = "due_in_14_days"
    WEEK = "due_in_7_days"
    DAY = "due_in_1_day"
    FIRST = "ladder_1"
    SECOND = "ladder_2"
    THIRD = "ladder_3"
    FOURTH = "ladder_4"


REMINDERS: Mapping[Step, timedelta] = {
    Step.FORTNIGHT: timedelta(days=14),
    Step.WEEK: WEEK,
    Step.DAY: ONE_DAY,
}
ASKS: Mapping[Step, timedelta] = {
    Step.ASK_FIRST: 3 * YEAR / 4,
    Step.ASK_SECOND: YEAR / 2,
    Step.ASK_THIRD: YEAR / 4,
}
"""A quarter, a half and three quarters of a year after the last evidence; then it is due (F25)."""
AHEAD: Mapping[Step, timedelta] = {**ASKS, **REMINDERS}
"""How long before data is due each of these falls."""
_OF_STEWARDS = (Post.STEWARD, Post.BACKUP)
POSTS: Mapping[Step, tuple[Post, ...]] = {
    **dict.fromkeys((*AHEAD, Step.FIRST), _OF_STEWARDS),
    Step.SECOND: (Post.HEAD,),
    Step.THIRD: (Post.TRUSTEE,),
    Step.FOURTH: (Post.SEKDA, Post.DEPUTY_MAYOR),
}
_SHORT = {Step.SECOND: 2, Step.THIRD: 5, Step.FOURTH: 15}
"""Working days after `overdue_at` where the interval is shorter than a week."""
_LAST_AFTER = 10
"""Working days from `delinquent_at` to the last step."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is owed and not there: an open obligation, or an item that the rolling rule judges.

    Where it `confirms`, a person's word that the data is still right counts as evidence.
    """

    code: str
    interval: timedelta
    due_at: datetime
    overdue_at: datetime
    delinquent_at: datetime
    confirms: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """A step and the instant from which it is owed."""

    step: Step
    due_at: datetime


def owed(
    subject: Subject,
    calendar: Calendar,
    now: datetime,
    begun_at: datetime,
    *,
    appealed: bool = False,
    stated: bool = False,
) -> list[Owed]:
    """Return the steps that are owed at `now`, in order; a pending appeal stops the last one (F29).

    Where a statement waits for its approval, stewards have done their part and are told nothing. The steps
    above them go on: the OPD itself approves, and could leave it waiting for good.
    """
    found = [Owed(step, at) for step, at in instants(subject, calendar, begun_at).items() if at <= now]
    stopped = {Step.FOURTH} if appealed else set()
    of_stewards = {step for step, posts in POSTS.items() if posts == _OF_STEWARDS}
    return [each for each in found if each.step not in (stopped | of_stewards if stated else stopped)]


def instants(subject: Subject, calendar: Calendar, begun_at: datetime) -> dict[Step, datetime]:
    """Return when each step falls due, on a ladder that stands since `begun_at`.

    What was overdue before climbs from there, with the time between its steps: nobody is reported to a
    superior before those who can deliver were told. Reminders of earlier instants are owed no more.
    """
    reminders = {
        step: subject.due_at - ahead
        for step, ahead in (AHEAD if subject.confirms else REMINDERS).items()
        if ahead < subject.interval and subject.due_at - ahead >= begun_at
    }
    return reminders | _ladder(_since(subject, begun_at), calendar)


def is_asked(due_at: datetime | None, now: datetime) -> bool:
    """Whether somebody is to say if data that comes as needed is still right: nothing came for a quarter."""
    return due_at is not None and now >= due_at - ASKS[Step.ASK_FIRST]


def may_send(step: Step, code: str, now: datetime, calendar: Calendar) -> bool:
    """Whether a step may go out now: in working hours, and the first of `realtime` at once (F45)."""
    if step is Step.FIRST and code == AT_ONCE_CODE:
        return True
    return is_office_time(now, calendar)


def is_office_time(now: datetime, calendar: Calendar) -> bool:
    """Whether offices work at an instant."""
    return calendar.is_working(civil_day(now)) and OPENS <= now.astimezone(WIB).hour < CLOSES


def after_working_days(instant: datetime, n: int, calendar: Calendar) -> datetime:
    """Return the instant after `n` whole working days; time on other days does not pass."""
    first = calendar.nth_from(civil_day(instant), 1)
    start = max(instant, midnight(first))
    last = calendar.nth_from(first + ONE_DAY, n) if n else first
    return start + (last - first)


def _since(subject: Subject, begun_at: datetime) -> Subject:
    if subject.overdue_at >= begun_at:
        return subject
    missed = begun_at - subject.overdue_at
    return replace(subject, overdue_at=begun_at, delinquent_at=subject.delinquent_at + missed)


def _ladder(subject: Subject, calendar: Calendar) -> dict[Step, datetime]:
    overdue_at, delinquent_at = subject.overdue_at, subject.delinquent_at
    if subject.interval < WEEK:
        later = {step: after_working_days(overdue_at, n, calendar) for step, n in _SHORT.items()}
    else:
        later = {
            Step.SECOND: overdue_at + (delinquent_at - overdue_at) / 2,
            Step.THIRD: delinquent_at,
            Step.FOURTH: after_working_days(delinquent_at, _LAST_AFTER, calendar),
        }
    return {Step.FIRST: overdue_at, **later}
