"""How clerks and systems write a value: id-ID numbers, rupiah, dates in six styles, blanks of all kinds.

A style is chosen by taking turns (`turn` modulo the number of styles), never by chance: each style occurs in
each short stretch of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nop", "Des")
ZERO_DATE = "0000-00-00"
UTC = ZoneInfo("UTC")


def thousands(value: int | Decimal | None, places: int = 0, blank: str = "") -> str:
    """Write 1234567.89 as "1.234.567,89" with `places` decimals; None is `blank`."""
    if value is None:
        return blank
    text = f"{value:,.{places}f}"
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".")


def comma(value: int | Decimal | None, blank: str = "") -> str:
    """Write 22.5 as "22,5" without grouping; None is `blank`."""
    return blank if value is None else f"{value}".replace(".", ",")


def rupiah(value: Decimal | None, turn: int) -> str | int:
    """Write an amount of whole rupiah as one of four systems would; None is "-"."""
    if value is None:
        return "-"
    whole = int(value)
    styles: tuple[str | int, ...] = (
        thousands(whole, 2),
        f"Rp {thousands(whole)},-",
        whole,
        thousands(whole),
    )
    return styles[turn % len(styles)]


def bracketed(value: Decimal | None) -> str:
    """Write an amount as an accountant does: two decimals, negative in brackets, None is "-"."""
    if value is None:
        return "-"
    return f"({thousands(-value, 2)})" if value < 0 else thousands(value, 2)


def long_date(day: date) -> str:
    """Write "17 Agustus 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Write "18 Agt 2026"."""
    return f"{day.day} {SHORT_MONTHS[day.month - 1]} {day.year}"


def iso_midnight(day: date) -> str:
    """Write "2026-08-21T00:00:00.000000Z", as Laravel serialises a date."""
    return f"{day:%Y-%m-%d}T00:00:00.000000Z"


DATE_STYLES: tuple[Callable[[date], str], ...] = (
    long_date,
    short_date,
    lambda day: f"{day:%d-%m-%y}",
    lambda day: f"{day:%d/%m/%Y}",
    iso_midnight,
    lambda day: f"{day:%Y-%m-%d}",
)


def mixed_date(day: date | None, turn: int) -> str:
    """Write a date in one of six styles; None is the zero date of MySQL."""
    return ZERO_DATE if day is None else DATE_STYLES[turn % len(DATE_STYLES)](day)


def two_zones(instant: datetime, turn: int) -> str:
    """Write an instant now in UTC, now in WIB: the same instants, different texts."""
    return (instant.astimezone(UTC) if turn % 2 else instant).isoformat()
