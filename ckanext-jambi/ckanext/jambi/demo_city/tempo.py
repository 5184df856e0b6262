"""The offices that do not keep their schedule: one publishes later and later, two publish by fits and starts.

Both release at slots, days that are 60 days apart. Two tables whose slots lie 30 days from each other take
turns, so that at any instant one of them has just been published and the other has been silent for 30 to 60
days: whatever day the demo's clock shows, its freshness board has more than one colour.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .chance import Chance
from .periods import Period, Release, at

CYCLE_DAYS = 60
CATCH_UP_MONTH = 11
"""In its first slot of a year the late office delivers everything up to November of the year before."""


def next_slot(day: date, phase: int) -> date:
    """Return the first slot on or after `day`."""
    return day + timedelta(days=(phase - day.toordinal()) % CYCLE_DAYS)


def last_slot(instant: datetime, phase: int) -> date:
    """Return the last slot that has begun (at 08:00 WIB) at `instant` (aware, WIB)."""
    day = (instant - timedelta(hours=8)).date()
    return day - timedelta(days=(day.toordinal() - phase) % CYCLE_DAYS)


def growing_lag(phase: int) -> Release:
    """Release months later and later through a year: each slot of 60 days carries one month only.

    December comes in the second slot of the next year, January in the third, and so on; what has piled up
    is delivered in the first slot of the year after.
    """

    def release(_chance: Chance, period: Period) -> datetime:
        year, month = period.day.year, period.day.month
        number = month + 1 if month < CATCH_UP_MONTH else month - CATCH_UP_MONTH
        if month >= CATCH_UP_MONTH:
            return _slot_of_year(year + 1, number, phase)
        slot = _slot_of_year(year, number, phase)
        return slot if slot.year == year else _slot_of_year(year + 1, 0, phase)

    return release


def bursts(name: str, phase: int) -> Release:
    """Release weeks in bursts, a slot at a time; one week in five is forgotten until the slot after."""

    def release(chance: Chance, period: Period) -> datetime:
        slot = next_slot(period.end.date() + timedelta(days=1), phase)
        if chance.happens(0.2, name, "forgotten", period.index):
            slot += timedelta(days=CYCLE_DAYS)
        return at(slot, 8)

    return release


def _slot_of_year(year: int, number: int, phase: int) -> datetime:
    first = next_slot(date(year, 1, 1), phase)
    return at(first + timedelta(days=number * CYCLE_DAYS), 8)
