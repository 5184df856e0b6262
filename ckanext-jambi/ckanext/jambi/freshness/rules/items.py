"""Items of the Daftar Data: what was promised, since when, and how a change takes effect (F10, F25).

An item holds its versions; each version counts from the moment at which walidata recorded it, never
before. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ckanext.jambi import frequency
from ckanext.jambi.frequency import Frequency
from ckanext.jambi.freshness.rules.spans import NOMINAL_DAYS, SCHEDULED, first_full
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

WORKING, EVERY = "kerja", "setiap_hari"
CALENDARS = (WORKING, EVERY)
YEAR = timedelta(days=365)
CLASSES = ("biasa", "prioritas", "spm")
ACCESS = ("terbuka", "terbatas", "tertutup")
LENIENT = frozenset({frequency.AS_NEEDED_CODE, frequency.STATIC_CODE})
"""Codes that may hold a limited share of an OPD's weight (F25)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an item promises; None for lag and grace means the policy's."""

    promised: Frequency
    weight: int = 1
    anchor: date | None = None
    lag_days: int | None = None
    grace_days: int | None = None
    calendar: str = WORKING
    max_delay: timedelta | None = None
    data_class: str = "biasa"
    event: bool = False
    access: str = "terbuka"

    @property
    def scheduled(self) -> bool:
        """Whether each period has an obligation of its own; else the rolling rule judges."""
        return self.promised.code in SCHEDULED

    @property
    def nominal(self) -> timedelta | None:
        """How long an interval lasts, to tell a slower frequency from a faster one."""
        if self.promised.code in NOMINAL_DAYS:
            return timedelta(days=NOMINAL_DAYS[self.promised.code])
        return self.max_delay or (self.promised.interval.nominal if self.promised.interval else None)


@dataclass(frozen=True, slots=True)
class Version:
    """Terms that walidata recorded at `recorded_at`, to hold from the day `valid_from` at the earliest."""

    recorded_at: datetime
    valid_from: date
    terms: Terms

    @property
    def counts_from(self) -> date:
        """The first day of which this version may speak: nothing is demanded for time gone by."""
        recorded = civil_day(self.recorded_at)
        return max(self.valid_from, recorded + ONE_DAY)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the Daftar Data with all its versions, oldest first; retired from a day on, or not."""

    id: str
    code: str
    organization_id: str
    title: str
    versions: tuple[Version, ...]
    retired_from: date | None = None
    reviewed_at: datetime | None = None

    def terms(self, now: datetime) -> Terms:
        """Return the terms that hold at `now`."""
        if len(self.versions) == 1:
            return self.versions[0].terms
        return reigns(self, now)[-1].terms

    def access(self, now: datetime) -> str:
        """Return the access class: unlike all other terms it holds at once, so that nothing stays open."""
        known = (each.terms.access for each in reversed(self.versions) if each.recorded_at <= now)
        return next(known, self.versions[0].terms.access)


def starts(version: Version) -> date:
    """Return the first day of the first full period of a version (F25: a change takes effect with it)."""
    terms = version.terms
    if not terms.scheduled:
        return version.counts_from
    return first_full(terms.promised.code, version.counts_from, terms.anchor).start


@dataclass(frozen=True, slots=True)
class Reign:
    """Time from an instant to another in which one version's rule judges."""

    terms: Terms
    start: datetime
    end: datetime


def reigns(item: Item, now: datetime) -> list[Reign]:
    """Return by which rule an item is judged until `now`; neighbours with schedules are one reign.

    The first reign begins with the first full period. An item that has not begun has one empty reign. A
    version whose time has not come yet rules nothing.
    """
    found: list[Reign] = []
    ends: date | None = None
    for place, version in enumerate(item.versions):
        if ends and found[-1].start < found[-1].end and now < midnight(ends):
            break
        start = found[-1].end if found else min(midnight(starts(version)), now)
        ends = end_of_rule(item.versions, place)
        end = max(start, min(midnight(ends), now)) if ends else now
        if found and ((found[-1].terms.scheduled and version.terms.scheduled) or start == found[-1].start):
            found[-1] = Reign(version.terms, found[-1].start, end)
        elif start < end or not found:
            found.append(Reign(version.terms, start, end))
    return found


def end_of_rule(versions: Sequence[Version], place: int) -> date | None:
    """Return the first day on which a version no longer rules: a later one has taken over; None if none.

    A slower frequency lets the older one go on through its own first period or interval, so that the
    stricter of both judges that time (F25).
    """
    old, later = versions[place].terms, versions[place + 1 :]
    return min((_takes_over(old, new) for new in later), default=None)


def _takes_over(old: Terms, new: Version) -> date:
    """Return the first day on which terms no longer rule because of a later version."""
    begins = starts(new)
    if not is_slower(new.terms, old):
        return begins
    if new.terms.scheduled:
        return first_full(new.terms.promised.code, begins, new.terms.anchor).end + ONE_DAY
    return begins + (new.terms.nominal or YEAR)


def is_slower(new: Terms, old: Terms) -> bool:
    """Whether `new` promises data less often than `old`; never and as needed are slower than all else."""
    later, earlier = new.nominal, old.nominal
    if earlier is None:
        return False
    return later is None or later > earlier
