"""What a value of a field may be: the rules that validators and the list of gaps share.

Each rule takes a stated value and the field's definition, returns the value as it is stored, and
raises otherwise. `RULES` names them as the schema files do. Imports no CKAN.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ckanext.jambi import clock, frequency
from ckanext.jambi.metadata import vocabularies
from ckanext.jambi.metadata.messages import marked as _

Field = Mapping[str, Any]
Rule = Callable[[Any, Field], Any]

FIRST_PRIORITY_YEAR = 2020
TITLE_LENGTH = 150
DESCRIPTION_LENGTH = 80
SCHEDULE_LENGTH = 200

_HTML = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|&(?:[a-z]+|#\d+);", re.I)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_BLANK = {"", "-", "–", "n/a", "null", "none", "tba", "tbd"}
_NUMBER_OR_URL = re.compile(r"\d+|https?://\S+")
_WEB_ADDRESS = re.compile(r"https?://[^\s/@]+\.[^\s@]+", re.I)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})")
_YES = {"true", "yes", "ya", "y", "t", "1", "benar"}
_NO = {"false", "no", "tidak", "n", "f", "0", "salah"}


class RefusedError(ValueError):
    """A value is none of what the field takes; `message` is a message id, `values` fill it."""

    def __init__(self, code: str, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.code = code
        self.message = message
        self.values = values


class WeakError(RefusedError):
    """A value that a draft may keep and the public may not see; `value` is what is stored."""

    def __init__(self, value: Any, code: str, message: str, **values: object) -> None:
        super().__init__(code, message, **values)
        self.value = value


def blank(value: Any) -> bool:
    """Whether a value says nothing: absent, empty, a dash, an empty list."""
    if isinstance(value, str):
        return value.strip().casefold() in _BLANK or value.strip() == "[]"
    return value is None or value == [] or value == {}


def as_list(value: Any) -> list[str]:
    """Return a multiple-valued field's texts from a list, its JSON, lines, or one text."""
    found = _texts(value.strip()) if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise RefusedError("not_a_list", _("Give a list of texts."))
    return list(dict.fromkeys(one.strip() for one in found if not blank(one)))


def plain_text(value: Any, field: Field) -> str:
    """Take text without HTML."""
    text = str(value).strip()
    if _HTML.search(text):
        raise WeakError(text, "html", _("Remove the HTML; only plain text is shown."))
    return text


def plain_title(value: Any, field: Field) -> str:
    """Take a title of one line: at most 150 characters, no HTML, no year."""
    text = " ".join(plain_text(value, field).split())
    if len(text) > TITLE_LENGTH:
        raise WeakError(
            text, "too_long", _("Shorten the title to at most {limit} characters."), limit=TITLE_LENGTH
        )
    if found := _YEAR.search(text):
        raise WeakError(
            text,
            "year_in_title",
            _("Leave the year {year} out of the title; the period has a field of its own."),
            year=found[0],
        )
    return text


def description(value: Any, field: Field) -> str:
    """Take a description of at least 80 characters without HTML."""
    text = plain_text(value, field)
    if len(text) < DESCRIPTION_LENGTH:
        raise WeakError(
            text,
            "too_short",
            _("Describe the data in at least {limit} characters: what is counted, where and what for."),
            limit=DESCRIPTION_LENGTH,
        )
    return text


def release_schedule(value: Any, field: Field) -> str:
    """Take a date, a rule such as "tanggal 15 bulan berikutnya", or other text, which is only shown."""
    text = " ".join(plain_text(value, field).split())
    if len(text) > SCHEDULE_LENGTH:
        raise WeakError(
            text,
            "too_long",
            _("Shorten the release schedule to at most {limit} characters."),
            limit=SCHEDULE_LENGTH,
        )
    return _day_first(text) or text


def vocabulary_code(value: Any, field: Field) -> str:
    """Take a code, label or alias of the field's list and store the code."""
    code = vocabularies.normalise(field["vocabulary"], str(value))
    if code is None:
        raise RefusedError(
            "unknown_term", _('"{value}" is not in the list; choose one of its entries.'), value=value
        )
    return code


def vocabulary_codes(value: Any, field: Field) -> list[str]:
    """Take several codes, labels or aliases of the field's list."""
    return list(dict.fromkeys(vocabulary_code(one, field) for one in as_list(value)))


def topic(value: Any, field: Field) -> list[str]:
    """Take one or two topics."""
    codes = vocabulary_codes(value, field)
    if len(codes) > 2:
        raise WeakError(codes, "too_many", _("Choose at most two topics."))
    return codes


def area_codes(value: Any, field: Field) -> list[str]:
    """Take Kemendagri codes or names of areas; a number is refused, since codes are text."""
    return vocabulary_codes(value, field)


def update_frequency(value: Any, field: Field) -> str:
    """Take every known spelling of a frequency; an interval without a code stays unknown (F8)."""
    try:
        code = frequency.parse(value).code
    except frequency.FrequencyError as err:
        raise RefusedError(
            "unknown_frequency", _('"{value}" is no frequency; choose one of the list.'), value=value
        ) from err
    if code == frequency.UNKNOWN_CODE:
        raise WeakError(code, "unknown_frequency", _("Choose how often this data is updated."))
    return code


def licence(value: Any, field: Field) -> str:
    """Take a licence of the list; one that is not on it is not specified, which is for drafts only."""
    code = vocabularies.normalise(field["vocabulary"], str(value)) or "notspecified"
    if code == "notspecified":
        raise WeakError(code, "no_licence", _("Choose a licence; without one nobody may use the data."))
    return code


def file_format(value: Any, field: Field) -> str:
    """Take a format of the list and store its usual spelling, such as CSV."""
    code = vocabulary_code(value, field)
    return vocabularies.label(field["vocabulary"], code, "id")


def iso_date(value: Any, field: Field) -> str:
    """Take a date: ISO 8601, with or without a time, or day first (31-12-2025)."""
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    text = str(value).strip()
    try:
        return _day_first(text) or datetime.datetime.fromisoformat(text).date().isoformat()
    except ValueError as err:
        raise RefusedError(
            "no_date", _('"{value}" is no date; write it as year-month-day, such as 2026-01-31.'), value=value
        ) from err


def past_date(value: Any, field: Field) -> str:
    """Take a date that is not after today."""
    day = iso_date(value, field)
    if day > clock.today().date().isoformat():
        raise WeakError(
            day,
            "future_date",
            _("The date {day} lies after today; give the date of the newest row."),
            day=day,
        )
    return day


def years(value: Any, field: Field) -> list[str]:
    """Take years from 2020 on."""
    if isinstance(value, list):
        found = [str(one) for one in value]
    else:
        found = [part.strip() for one in as_list(str(value)) for part in one.split(",")]
    for year in found:
        if not re.fullmatch(r"\d{4}", year) or int(year) < FIRST_PRIORITY_YEAR:
            raise RefusedError(
                "no_year", _('"{value}" is no year from {first} on.'), value=year, first=FIRST_PRIORITY_YEAR
            )
    return sorted(set(found))


def number_or_url(value: Any, field: Field) -> str:
    """Take an id that BPS gave: digits, or a web address."""
    text = str(value).strip()
    if not _NUMBER_OR_URL.fullmatch(text):
        raise RefusedError(
            "no_id", _('"{value}" is no id of BPS; give its digits or its web address.'), value=value
        )
    return text


def web_address(value: Any, field: Field) -> str:
    """Take an http or https address."""
    text = str(value).strip()
    if not _WEB_ADDRESS.match(text):
        raise RefusedError(
            "no_address", _('"{value}" is no web address; begin it with https://.'), value=value
        )
    return text


def column_name(value: Any, field: Field) -> str:
    """Take the name of a column."""
    return str(value).strip()


def text_list(value: Any, field: Field) -> list[str]:
    """Take several texts."""
    return as_list(value)


def yes_no(value: Any, field: Field) -> bool:
    """Take yes or no in Indonesian or English."""
    text = str(value).strip().casefold()
    if text in _YES | _NO:
        return text in _YES
    raise RefusedError("not_yes_no", _('"{value}" is neither yes nor no.'), value=value)


def _texts(text: str) -> Any:
    """Return what a text lists: JSON, or one entry a line."""
    try:
        return json.loads(text) if text.startswith("[") else text.splitlines()
    except ValueError:
        return text.splitlines()


def _day_first(text: str) -> str | None:
    match = _DAY_FIRST.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    return datetime.date(year, month, day).isoformat()
