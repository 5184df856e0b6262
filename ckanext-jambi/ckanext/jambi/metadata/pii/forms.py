"""What a number or an address of a person looks like: pure tests of one written value.

Each answers by the form alone, as the number is built; whether it was ever given out nobody outside the
issuing office can say. Sources of the forms: `ckanext.jambi.schemas/pribadi/bentuk.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml
from stdnum import luhn

_LOOSE = re.compile(r"[\s.\-']")
_BORN = range(1940, 2011)
_YOUNGEST, _LAST_APPOINTED = 16, 2035
_CONTRACT = 21
_NPWP = re.compile(r"\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}")
_NOP = re.compile(r"(\d{2})\.?(\d{2})\.?\d{3}\.?\d{3}\.?\d{3}[.\-]?\d{4}\.?\d")
PHONE = re.compile(
    r"(?<![\w.,/])(?<!\d[\-])(?:\(?\+?(?:00)?62\)?[ .\-]?\(?0?|\(?0)8[ \-]?[1-9](?:\)?[ .\-']{0,2}\d){7,10}"
    r"(?![^\W_])(?![.\-]\d)"
)
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-@])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})"
    r"(?![A-Za-z0-9\-]|\.[A-Za-z0-9])"
)
_PHONE_DIGITS = range(10, 14)
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})+")
_DIAL_PREFIX = re.compile(r"^(?:tel|telp|hp|wa)\b\s*:?\s*", re.I)


@cache
def shapes() -> Mapping[str, Any]:
    """Return the lists that the forms rest on."""
    path = resources.files("ckanext.jambi.schemas") / "pribadi" / "bentuk.yaml"
    document: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


@cache
def _nik() -> re.Pattern[str]:
    provinces = "|".join(shapes()["provinsi_sah"])
    return re.compile(
        rf"(?:{provinces})(?!00)\d\d(?!00)\d\d"
        r"(?:0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])(?:0[1-9]|1[0-2])\d\d(?!0000)\d{4}"
    )


def is_nik(text: str) -> bool:
    """Whether 16 digits, separators aside, are built as a NIK: area, day of birth (+40: woman), serial."""
    return bool(_nik().fullmatch(_LOOSE.sub("", text)))


def is_kk(text: str) -> bool:
    """Whether 16 digits are built as the number of a family card: as a NIK, with a day of issue."""
    return is_nik(text) and int(_LOOSE.sub("", text)[6:8]) <= 31


def is_nip(text: str) -> bool:
    """Whether 18 digits are built as a civil servant's number: birth, appointment, sex, serial."""
    digits = _LOOSE.sub("", text)
    if len(digits) != 18 or not (digits.isascii() and digits.isdigit()):
        return False
    born, year, month = _day(digits[:8]), int(digits[8:12]), int(digits[12:14])
    return (
        born is not None
        and born.year in _BORN
        and born.year + _YOUNGEST <= year <= _LAST_APPOINTED
        and (1 <= month <= 12 or month == _CONTRACT)
        and digits[14] in "12"
    )


def is_npwp(text: str) -> bool:
    """Whether the text is a taxpayer's number: 15 digits as they are formatted, or 16 that begin with 0."""
    return bool(_NPWP.fullmatch(text)) or bool(re.fullmatch(r"0\d{15}", text.replace(" ", "")))


def passes_check_digit(digits: str) -> bool:
    """Whether the check digit of a taxpayer's number of 15 digits, or 16 with a leading 0, is right."""
    body = digits[-15:][:9]
    return body.strip("0") != "" and luhn.is_valid(body)


def is_nop(text: str) -> bool:
    """Whether 18 digits are built as the number of a taxed property, and not as a civil servant's."""
    found = _NOP.fullmatch(text)
    if found is None or is_nip(text):
        return False
    return found[1] in shapes()["provinsi_sah"] and 1 <= int(found[2]) <= 79


def is_phone(text: str) -> bool:
    """Whether the text is a mobile number, of 10 to 13 digits counted from its 0."""
    text = _DIAL_PREFIX.sub("", text)
    found = PHONE.fullmatch(text)
    return found is not None and phone_digits(found[0]) is not None


def phone_digits(written: str) -> str | None:
    """Return a mobile number as 08…, or None if it is none: an amount, or of another length."""
    if _AMOUNT.fullmatch(written):
        return None
    digits = re.sub(r"^(?:00)?62(?=0?8)0?", "0", re.sub(r"\D", "", written))
    return digits if len(digits) in _PHONE_DIGITS else None


def is_email(text: str) -> bool:
    """Whether the text is one e-mail address, with or without `mailto:`."""
    return bool(EMAIL.fullmatch(text.removeprefix("mailto:")))


def _day(digits: str) -> date | None:
    with suppress(ValueError):
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    return None
