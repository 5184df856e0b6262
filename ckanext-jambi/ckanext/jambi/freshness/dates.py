"""Days and instants as a sentence names them, in the language of the request."""

from __future__ import annotations

from datetime import date, datetime

from ckanext.jambi import day_words
from ckanext.jambi.languages import language


def day(value: date, style: str = "long") -> str:
    """Return a civil day, or that (WIB) on which an instant lies."""
    shown = day_words.local(value).date() if isinstance(value, datetime) else value
    return day_words.day(shown, language(), style)


def moment(at: datetime, style: str = "long") -> str:
    """Return an instant: day and time (WIB)."""
    return day_words.moment(at, language(), style)
