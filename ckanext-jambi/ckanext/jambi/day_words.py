"""Civil days, instants and periods as people write them, in the language asked for. Imports no CKAN."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date

from ckanext.jambi.clock import WIB

PATTERNS = {"long": "d MMMM y", "short": "d MMM y", "full": "EEEE, d MMMM y", "tick": "d MMM"}
_WITHOUT_YEAR = {"long": "d MMMM", "short": "d MMM"}
_MONTH = "MMMM y"


@lru_cache(4096)
def day(value: date, lang: str, style: str = "long") -> str:
    """Write a day: long `24 November 2026`, short `24 Nov 2026`, full with the weekday, tick without year."""
    return format_date(value, PATTERNS[style], locale=lang)


def local(at: datetime) -> datetime:
    """Return an instant in WIB; one without an offset is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(WIB)


def clock_time(at: datetime, lang: str) -> str:
    """Write a time of day: `06.00 WIB`, in English `06:00 WIB`."""
    return local(at).strftime("%H.%M WIB" if lang == "id" else "%H:%M WIB")


def moment(at: datetime, lang: str, style: str = "long") -> str:
    """Write an instant: `24 November 2026, 06.00 WIB`."""
    return f"{day(local(at).date(), lang, style)}, {clock_time(at, lang)}"


@lru_cache(4096)
def month(value: date, lang: str) -> str:
    """Write the month of a day: `Oktober 2026`."""
    return format_date(value, _MONTH, locale=lang)


def span(first: date, last: date, lang: str, style: str = "short") -> str:
    """Write a period by its shortest name: a year, a month, a day, or from one to another.

    >>> span(date(2026, 9, 7), date(2026, 9, 13), "id")
    '7 Sep – 13 Sep 2026'
    """
    pattern, before = PATTERNS[style], _WITHOUT_YEAR[style]
    if first.day == (last + timedelta(days=1)).day == 1:
        pattern, before = _MONTH, "MMMM"
        if (first.month, last.month) == (1, 12):
            pattern = before = "y"
    end = format_date(last, pattern, locale=lang)
    if format_date(first, pattern, locale=lang) == end:
        return end
    begin = format_date(first, before if first.year == last.year else pattern, locale=lang)
    return f"{begin} – {end}"
