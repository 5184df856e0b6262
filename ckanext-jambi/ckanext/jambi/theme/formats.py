"""Numbers, dates and times as people in Indonesia write them. Imports no CKAN.

Every function takes the language of the page (`id` or `en`) last. Instants are shown in WIB; what is
stored without an offset (rows of the DataStore, CKAN's own times) is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_decimal

from ckanext.jambi import day_words

MONTH = re.compile(r"^(\d{4})-(\d{2})$")
DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
YES, NO = {"id": "ya", "en": "yes"}, {"id": "tidak", "en": "no"}
TOO_LARGE = Decimal(10) ** 20
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def number(value: object, lang: str = "id", decimals: int | None = None) -> str:
    """Write a number with the language's separators; what is no number, or absurdly large, stays as it is.

    >>> number("1234.5")
    '1.234,5'
    """
    amount = as_decimal(value)
    if amount is None or abs(amount) >= TOO_LARGE:
        return "" if value is None else str(value)
    pattern = "#,##0.######" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return _written(amount, pattern, lang)


@lru_cache(4096)  # a front page writes some hundred numbers, the same ones from one reader to the next
def _written(amount: Decimal, pattern: str, lang: str) -> str:
    return format_decimal(amount, format=pattern, locale=lang)


def as_decimal(value: object) -> Decimal | None:
    """Return the number in `value` (a point marks decimals), or None."""
    if value is None or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def decimals(values: Iterable[object], most: int = 3) -> int:
    """Return how many decimals the numbers in `values` need, at most `most`."""
    known = [amount for value in values if (amount := as_decimal(value)) is not None]
    return max((min(most, max(0, -int(each.normalize().as_tuple().exponent))) for each in known), default=0)


def percent(part: float, whole: float, lang: str = "id") -> str:
    """Write a share with one decimal at most, such as `71,9 %`; empty without a whole."""
    if not whole:
        return ""
    return format_decimal(100 * Decimal(str(part)) / Decimal(str(whole)), format="0.#", locale=lang) + " %"


def day(value: date | datetime, lang: str = "id", style: str = "long") -> str:
    """Write a day: long `24 November 2026`, short `24 Nov 2026`, full with the weekday."""
    shown = day_words.local(value).date() if isinstance(value, datetime) else value
    return day_words.day(shown, lang, style)


def parse(text: object) -> date | datetime | None:
    """Read an ISO day or time, or a month as its first day; None for anything else."""
    if isinstance(text, date):
        return text
    value = str(text or "").strip()
    try:
        if MONTH.match(value):
            return date.fromisoformat(f"{value}-01")
        return date.fromisoformat(value) if DAY.match(value) else datetime.fromisoformat(value)
    except ValueError:
        return None


def period(value: object, lang: str = "id", style: str = "long") -> str:
    """Write what a period column holds: a month, a day, an instant, or the text itself."""
    found = parse(value)
    if found is None or NUMBER.match(str(value)):
        return "" if value is None else str(value)
    if isinstance(value, str) and MONTH.match(value):
        return day_words.month(found, lang)
    if isinstance(found, datetime):
        return day_words.moment(found, lang, style)
    return day(found, lang, style)


def cell(value: object, kind: str = "teks", lang: str = "id", decimals: int | None = None) -> str:
    """Write one cell of a table by the column's type (`tipe` of the data dictionary)."""
    if value is None or value == "":
        return "–"
    if kind in ("bilangan", "desimal"):
        return number(value, lang, decimals)
    if kind in ("tanggal", "waktu", "bulan"):
        return period(value, lang, "short")
    if kind == "ya_tidak":
        return (
            {True: "ya", False: "tidak"}.get(value is True) or ""
            if lang == "id"
            else str(bool(value)).lower()
        )
    return str(value)


def size(count: int | float | None, lang: str = "id") -> str:
    """Write a file size: `96 KB`."""
    if not count:
        return ""
    amount = Decimal(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{format_decimal(amount, format='0.#' if amount < 10 else '0', locale=lang)} {unit}"
        amount /= 1000
    return f"{format_decimal(amount, format='0.#', locale=lang)} GB"
