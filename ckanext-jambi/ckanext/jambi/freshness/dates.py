"""Days and instants as a sentence names them, in the language of the request."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

import ckan.plugins.toolkit as tk
from babel.dates import format_time
from flask import has_request_context

from ckanext.jambi import day_words
from ckanext.jambi.clock import WIB


def day(value: date, style: str = "long") -> str:
    """Return a civil day, or that (WIB) on which an instant lies."""
    shown = value.astimezone(WIB).date() if isinstance(value, datetime) else value
    return day_words.day(shown, language(), style)


def moment(at: datetime, style: str = "long") -> str:
    """Return an instant: day and time (WIB)."""
    return f"{day(at, style)}, {format_time(at.astimezone(WIB), 'HH.mm', tzinfo=WIB, locale=language())} WIB"


def language() -> str:
    """Return the language of the request, or the portal's where there is none (workers)."""
    asked = tk.h.lang() if has_request_context() else None  # a worker's request has no language
    return cast(str, asked or tk.config["ckan.locale_default"])
