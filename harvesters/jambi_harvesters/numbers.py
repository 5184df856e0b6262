"""Numbers as Indonesian offices write them, read by the declared locale and never guessed (S23).

`Rp 1.000.000,-`, `45,5 %`, `(1.234,00)` and `1.204` are numbers in id-ID; `1,204.5` is one in en-US only.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cache

from jambi_harvesters.bad_values import BadValueError

MAX_TEXT = 64
MAX_DIGITS = 30

_MARKS = {"id-ID": (".", ","), "en-US": (",", "."), "text": ("", ".")}
_OTHER = {"id-ID": "en-US", "en-US": "id-ID"}
_CURRENCY = re.compile(r"^(rp\.?|idr)\s*", re.IGNORECASE)
_TAIL = re.compile(r"(,-+|\s*%|\.-+)$")


def parse_number(text: str, locale: str, decimal: str | None = None, picture: str | None = None) -> Decimal:
    """Read a number.

    Args:
        locale: id-ID, en-US or text (plain digits with a decimal point only).
        decimal: decimal sign of the file's dialect, where it differs from the locale's.
        picture: such as "0,00": the number of decimals that must be written.

    Raises:
        BadValueError: not_a_number, number_locale (readable in another locale only), bad_form.
    """
    if decimal == "," and locale == "text":
        locale = "id-ID"
    plain, negative = _plain(text)
    value = _read(plain, locale)
    if value is None:
        raise BadValueError(_why_not(plain, locale))
    if picture is not None:
        _check_picture(plain, locale, picture)
    return -value if negative else value


def exact(value: Decimal) -> Decimal:
    """Return a number that came as one, refusing what no table can hold."""
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        raise BadValueError("not_a_number")
    return value


def whole(value: Decimal) -> int:
    """Return a number as an integer.

    Raises:
        BadValueError: if it has decimals, or more than 18 digits.
    """
    if value != value.to_integral_value() or abs(value) >= 10**18:
        raise BadValueError("not_whole")
    return int(value)


def _plain(text: str) -> tuple[str, bool]:
    shown = text.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").lstrip("'")
    if len(shown) > MAX_TEXT:
        raise BadValueError("not_a_number")
    in_brackets = shown.startswith("(") and shown.endswith(")")
    shown = shown[1:-1].strip() if in_brackets else shown
    signed = shown.startswith("-")
    shown = _CURRENCY.sub("", shown.lstrip("+-").strip())
    signed_inside = shown.startswith("-")
    shown = _TAIL.sub("", shown.lstrip("-")).strip()
    return shown, in_brackets or signed or signed_inside


def _read(plain: str, locale: str) -> Decimal | None:
    group, point = _MARKS[locale]
    if not _form(locale).fullmatch(plain):
        return None
    digits = plain.replace(group, "") if group else plain
    try:
        return Decimal(digits.replace(point, "."))
    except InvalidOperation:
        return None


@cache
def _form(locale: str) -> re.Pattern[str]:
    group, point = map(re.escape, _MARKS[locale])
    whole_part = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if group else r"\d+"
    return re.compile(rf"(?:{whole_part})(?:{point}\d+)?", re.ASCII)


def _why_not(plain: str, locale: str) -> str:
    others = [_OTHER[locale]] if locale in _OTHER else ["id-ID", "en-US"]
    readable = any(_read(plain, other) is not None for other in others)
    return "number_locale" if readable else "not_a_number"


def _check_picture(plain: str, locale: str, picture: str) -> None:
    point = _MARKS[locale][1]
    wanted = len(re.findall(r"[0#]", picture.rpartition(point)[2])) if point in picture else 0
    written = len(plain.rpartition(point)[2]) if point in plain else 0
    if wanted != written:
        raise BadValueError("bad_form")
