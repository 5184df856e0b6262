"""Solr's dates: ISO instants, shortened dates and date arithmetic (`NOW/DAY-1MONTH`), all in UTC."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from ckanext.jambi.search.query.errors import QueryError

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?)?)?)?"
    r"(Z|[+-]\d\d:?\d\d)?"
)
_MATH = re.compile(r"([+-]\d+|/)([A-Z]+)")
_FIXED = {
    "DAY": timedelta(days=1),
    "HOUR": timedelta(hours=1),
    "MINUTE": timedelta(minutes=1),
    "SECOND": timedelta(seconds=1),
    "MILLI": timedelta(milliseconds=1),
}
_MONTHS = {"YEAR": 12, "MONTH": 1}
_ALIASES = {"DATE": "DAY", "MILLISECOND": "MILLI"}
_ZEROES = {
    "YEAR": {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "MONTH": {"day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "DAY": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "HOUR": {"minute": 0, "second": 0, "microsecond": 0},
    "MINUTE": {"second": 0, "microsecond": 0},
    "SECOND": {"microsecond": 0},
}


def written(instant: datetime) -> str:
    """Return an instant as Solr writes it: UTC, cut to milliseconds, always three digits."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z".rjust(24, "0")


def instant(text: str) -> datetime | None:
    """Read an ISO date or instant, with `Z`, an offset or neither (UTC); None if it is none."""
    match = _ISO.fullmatch(text.strip())
    return _moment(match, last=False) if match else None


def bound(text: str, now: datetime, *, last: bool = False) -> datetime:
    """Read the end of a date range; `last` takes the last millisecond of a shortened date.

    Raises:
        QueryError: it is neither a date nor date arithmetic.
    """
    if text.startswith("NOW"):
        return _computed(text, text[3:], now)
    match = _ISO.match(text)
    moment = _moment(match, last=last) if match else None
    if match is None or moment is None:
        raise QueryError(f"Invalid Date String:'{text}'")
    return _computed(text, text[match.end() :], moment)


def _moment(match: re.Match[str], *, last: bool) -> datetime | None:
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    fraction = int(f"{match.group(7) or 0:0<6}"[:6])
    try:
        start = datetime(
            int(year or 0), month or 1, day or 1, hour or 0, minute or 0, second or 0, fraction, UTC
        )
        start -= _offset(match.group(8))
        return _end(start, match.groups()[:7]) if last else start
    except (ValueError, OverflowError):
        return None


def _end(start: datetime, parts: tuple[str | None, ...]) -> datetime:
    """Return the last millisecond of what a shortened date names."""
    units = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "MILLI")
    given = sum(part is not None for part in parts)
    return start if given >= 6 else _moved(start, 1, units[given - 1]) - timedelta(milliseconds=1)


def _offset(zone: str | None) -> timedelta:
    if zone in (None, "Z"):
        return timedelta()
    digits = str(zone).replace(":", "")
    amount = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return -amount if digits[0] == "-" else amount


def _computed(text: str, math: str, moment: datetime) -> datetime:
    position = 0
    try:
        for step in _MATH.finditer(math):
            if step.start() != position:
                break
            moment, position = _step(moment, *step.groups()), step.end()
    except (KeyError, ValueError, OverflowError) as err:
        raise QueryError(f"Invalid Date Math String:'{text}'") from err
    if position != len(math):
        raise QueryError(f"Invalid Date Math String:'{text}'")
    return moment


def _step(moment: datetime, sign: str, unit: str) -> datetime:
    unit = unit if unit in _MONTHS or unit in _FIXED else unit.removesuffix("S")
    unit = _ALIASES.get(unit, unit)
    return moment.replace(**_ZEROES[unit]) if sign == "/" else _moved(moment, int(sign), unit)  # type: ignore[arg-type]


def _moved(moment: datetime, amount: int, unit: str) -> datetime:
    """Add an amount of a unit; a day that the month does not have becomes its last."""
    if unit in _FIXED:
        return moment + amount * _FIXED[unit]
    months = moment.year * 12 + moment.month - 1 + amount * _MONTHS[unit]
    year, month = months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
