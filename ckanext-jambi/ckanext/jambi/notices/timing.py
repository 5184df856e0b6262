"""When a digest is due and how long a delivery waits: pure rules."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ckanext.jambi.clock import WIB

HOUR = 7
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 360))


def digest_day(now: datetime) -> date:
    """Return the day whose digest is the newest one due: before seven in Jambi it is still yesterday's."""
    return (now.astimezone(WIB) - timedelta(hours=HOUR)).date()


def days_since(last: date | None, today: date) -> list[date]:
    """Return the days whose digests are due; none on the first day, so that a new portal is not greeted."""
    if last is None:
        return []
    return [last + timedelta(days=number) for number in range(1, (today - last).days + 1)]


def back_off(attempts: int) -> timedelta:
    """Return how long a delivery waits after so many attempts."""
    return BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]
