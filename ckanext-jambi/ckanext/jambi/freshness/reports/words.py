"""What the printed forms of a report say: Indonesian, whoever asks, so that equal reports are equal bytes.

Imports no CKAN: the catalogue is the portal's own, read as a file.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal

from ckanext.jambi import day_words
from ckanext.jambi.clock import WIB
from ckanext.jambi.freshness import vocabulary
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.rules.closing import Outcome

LANGUAGE = "id"
NOTHING = "–"
_CATALOGUES = Path(__file__).parents[2] / "theme" / "i18n"


def say(message: str) -> str:
    """Return a message in Indonesian."""
    return _catalogue().gettext(message)


_ = say


def band(code: str | None) -> str:
    """Return what an index is called."""
    return say(vocabulary.BANDS[code]) if code else NOTHING


def outcome(code: str) -> str:
    """Return what became of an obligation."""
    return say(vocabulary.OUTCOMES[code])


def late(row: Mapping[str, Any], as_of: str) -> str:
    """Return how one of the worst stands: while open it is overdue, and later long overdue."""
    if row["outcome"] != Outcome.OPEN:
        return outcome(row["outcome"])
    return _("Long overdue") if local(row["delinquent_at"]) <= local(as_of) else _("Overdue")


def days_late(row: Mapping[str, Any]) -> str:
    """Write the working days by which one of the worst is late; an earlier report counted none."""
    found = row.get("working_days_late")
    return NOTHING if found is None else str(found or "<1")


def step(code: str) -> str:
    """Return what to do."""
    return say(vocabulary.STEPS[code])


def standing(life: Mapping[str, Any]) -> str:
    """Return where a report stands: a draft with its days of objection, or final."""
    if life["final_at"]:
        said = _("Final, revision {revision}, {day}")
        return said.format(revision=life["revision"], day=day(life["final_at"]))
    said = _("Draft, revision {revision}: objections until {day}")
    return said.format(revision=life["revision"], day=last_day(life["objection_until"]))


def period(name: str) -> str:
    """Write the time of a report: `2026`, `2026-Q3` or `2026-09`."""
    return quarters.worded(name, say, lambda first: day_words.month(first, LANGUAGE))


def span(first: str, last: str) -> str:
    """Write the period of an obligation by its first and last day."""
    return day_words.span(date.fromisoformat(first), date.fromisoformat(last), LANGUAGE)


def day(text: str | None) -> str:
    """Write the day (WIB) of an instant."""
    return day_words.day(local(text), LANGUAGE, "short") if text else NOTHING


def date_of(text: str) -> str:
    """Write a civil day."""
    return day_words.day(date.fromisoformat(text), LANGUAGE, "short")


def last_day(text: str) -> str:
    """Write the last day (WIB) before an instant."""
    return day_words.day(local(text) - timedelta(microseconds=1), LANGUAGE, "short")


def moment(text: str) -> str:
    """Write an instant with its time in WIB."""
    at = local(text)
    return f"{day_words.day(at, LANGUAGE)} {at:%H.%M} WIB"


def local(text: str) -> datetime:
    """Return an instant in WIB."""
    return datetime.fromisoformat(text).astimezone(WIB)


def number(value: float | None, decimals: int = 1, *, signed: bool = False) -> str:
    """Write a number with a comma; nothing where there is none."""
    if value is None:
        return NOTHING
    pattern = "0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=f"+{pattern};-{pattern}" if signed else pattern, locale=LANGUAGE)


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("ckanext-jambi", _CATALOGUES, [LANGUAGE])
