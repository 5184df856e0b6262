"""Dates and instants in the forms that sources write; two readings are refused, never guessed (S22)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache

from jambi_harvesters.bad_values import BadValueError

ZONES = {
    "Asia/Jakarta": timezone(timedelta(hours=7), "WIB"),
    "Asia/Pontianak": timezone(timedelta(hours=7), "WIB"),
    "Asia/Makassar": timezone(timedelta(hours=8), "WITA"),
    "Asia/Jayapura": timezone(timedelta(hours=9), "WIT"),
    "UTC": UTC,
}
SERIAL, EPOCH_S, EPOCH_MS = "serial", "epoch_s", "epoch_ms"
NUMERIC_FORMS = (SERIAL, EPOCH_S, EPOCH_MS)

_NAMES = (
    "januari jan january",
    "februari feb peb pebruari february",
    "maret mar mrt march",
    "april apr",
    "mei may",
    "juni jun june",
    "juli jul july",
    "agustus agu agt ags aug august",
    "september sep sept",
    "oktober okt oct october",
    "november nov nop nopember",
    "desember des dec december",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_TOKEN = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dd|d|HH|H|mm|ss|EEEE|EEE")
_GROUPS = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<short>\d{2})",
    "MMMM": r"(?P<name>[A-Za-z]+)\.?",
    "MMM": r"(?P<name>[A-Za-z]+)\.?",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{1,2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{1,2})",
    "ss": r"(?P<second>\d{1,2})",
    "EEEE": r"[A-Za-z']+",
    "EEE": r"[A-Za-z']+",
}
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|[+-]\d\d:?\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
_ZERO = re.compile(r"(0{1,4}[-/.]0{1,2}[-/.]0{1,4}|-0*1-11-30)(?!\d).*", re.ASCII)
_PIVOT = 69
_EXCEL_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - a civil day, zoned by the caller
_EXCEL_FIRST, _EXCEL_LAST = 61, 2_958_465


def is_zero_date(text: str) -> bool:
    """Say whether a text is a database's way of writing "no date" (0000-00-00)."""
    return _ZERO.fullmatch(text.strip()) is not None


def parse_day(value: object, forms: Sequence[str], zone: str) -> date:
    """Read a civil day; instants with a zone are taken to `zone` first.

    Raises:
        BadValueError: not_a_date, ambiguous_date.
    """
    return _one(value, forms, zone).date()


def parse_instant(value: object, forms: Sequence[str], zone: str) -> datetime:
    """Read an instant, as aware UTC; without a zone `zone` is meant.

    Raises:
        BadValueError: not_a_date, ambiguous_date.
    """
    try:
        return _one(value, forms, zone).replace(tzinfo=ZONES[zone]).astimezone(UTC)
    except OverflowError:
        raise BadValueError("not_a_date") from None


def _one(value: object, forms: Sequence[str], zone: str) -> datetime:
    """Return the one reading of a value as local time of `zone`, without tzinfo."""
    readings = set(_readings(value, forms, zone))
    if len(readings) == 1:
        return readings.pop()
    raise BadValueError("ambiguous_date" if readings else "not_a_date")


def _readings(value: object, forms: Sequence[str], zone: str) -> Iterator[datetime]:
    if isinstance(value, date):
        yield _local(_as_datetime(value), zone)
        return
    text = str(value).strip().lstrip("'")
    iso = _read_iso(text, zone)
    if iso is not None:
        yield iso
        return
    for form in forms:
        found = _read_number(text, form, zone) if form in NUMERIC_FORMS else _read_pattern(text, form)
        if found is not None:
            yield found


def _as_datetime(value: date) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a civil day


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZONES[zone]).replace(tzinfo=None) if moment.tzinfo else moment


def _read_iso(text: str, zone: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper().replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
        return _local(moment, zone)
    except (ValueError, OverflowError):
        return None


def _read_number(text: str, form: str, zone: str) -> datetime | None:
    if not re.fullmatch(r"\d{1,15}(\.\d{1,12})?", text, re.ASCII):
        return None
    number = Decimal(text)
    if form == SERIAL:
        if not _EXCEL_FIRST <= number <= _EXCEL_LAST:
            return None
        seconds = int((number * 86_400).to_integral_value())
        return _EXCEL_DAY_0 + timedelta(seconds=seconds)
    scale = 1_000 if form == EPOCH_MS else 1
    try:
        return _local(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(number / scale)), zone)
    except OverflowError:
        return None


def _read_pattern(text: str, form: str) -> datetime | None:
    match = _compiled(form).fullmatch(" ".join(text.split()))
    if match is None:
        return None
    parts = match.groupdict()
    try:
        hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
        day = int(parts.get("day") or 1)
        return datetime(_year(parts), _month(parts), day, hour, minute, second)  # noqa: DTZ001 - zoned by caller
    except (ValueError, KeyError):
        return None


def _year(parts: dict[str, str | None]) -> int:
    if parts.get("year"):
        return int(parts["year"] or 0)
    short = int(parts["short"] or 0)
    return 2000 + short if short < _PIVOT else 1900 + short


def _month(parts: dict[str, str | None]) -> int:
    if parts.get("name"):
        return MONTHS[(parts["name"] or "").casefold()]
    return int(parts.get("month") or 1)


@cache
def _compiled(form: str) -> re.Pattern[str]:
    """Turn a pattern such as `d MMMM yyyy` into an expression; a token that repeats is refused."""
    out, at = [], 0
    for token in _TOKEN.finditer(form):
        out.append(re.escape(form[at : token.start()]))
        out.append(_GROUPS[token.group()])
        at = token.end()
    out.append(re.escape(form[at:]))
    return re.compile("".join(out), re.ASCII)


def is_date_form(form: str) -> bool:
    """Say whether a form of a definition can be used."""
    if form in NUMERIC_FORMS:
        return True
    try:
        names = set(_compiled(form).groupindex)
    except re.error:
        return False
    return bool(names & {"year", "short"})
