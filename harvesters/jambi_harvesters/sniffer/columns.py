"""What the columns of a sample are: name, type and form, each only where all values agree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.dates import parse_day, parse_instant
from jambi_harvesters.headings import column_id
from jambi_harvesters.numbers import exact, parse_number
from jambi_harvesters.values import clean_text

MISSING = frozenset({"", "-", "–", "n/a", "na", "null", "tidak ada"})
LOCALES = ("text", "id-ID", "en-US")
ZONE = "Asia/Jakarta"
DAY_FORMS = ("dd/MM/yyyy", "dd-MM-yyyy", "dd.MM.yyyy", "d MMMM yyyy", "yyyy-MM", "MMMM yyyy", "yyyyMMdd")
INSTANT_FORMS = ("dd/MM/yyyy HH:mm", "dd/MM/yyyy HH:mm:ss", "dd-MM-yyyy HH:mm", "d MMMM yyyy HH:mm")
EPOCH_MS_FROM = 10**11
_CODE_NAMES = re.compile(r"(^|_)(kode|id|no|nomor|nik|kk|nip|npwp|nop|telp|hp|rt|rw|kodepos|npsn)(_|$)")
_TIME_NAMES = re.compile(r"(^|_)(tanggal|tgl|waktu|jam|date|time|updated|created|diubah|dibuat)(_|$)|_at$")
_GROUPED = re.compile(r"-?\d{1,3}(\.\d{3})+")
_LETTER = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column: `path` is its heading or JMESPath; `locale` is what its numbers need."""

    name: str
    path: str
    label: str
    type: str
    format: str | None
    confidence: float
    unique: bool
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Type and form that all values of a column share."""

    type: str
    format: str | None = None
    confidence: float = 0.9
    locale: str | None = None


def guess_columns(table: Mapping[str, Sequence[Any]], labels: Mapping[str, str]) -> list[ColumnGuess]:
    """Return a guess for each column.

    Args:
        table: values by path.
        labels: what people read, by path.
    """
    taken: set[str] = set()
    return [_guess(path, values, labels[path], taken) for path, values in table.items()]


def is_missing(value: Any) -> bool:
    """Say whether a value means that there is none."""
    return value is None or (isinstance(value, str) and clean_text(value).casefold() in MISSING)


def _guess(path: str, values: Sequence[Any], label: str, taken: set[str]) -> ColumnGuess:
    name = _free_name(label, taken)
    known = [value for value in values if not is_missing(value)]
    form = form_of(name, known)
    spelled = [repr(value) for value in known]
    unique = len(known) == len(values) > 1 and len(set(spelled)) == len(spelled)
    return ColumnGuess(name, path, label, form.type, form.format, form.confidence, unique, form.locale)


def _free_name(label: str, taken: set[str]) -> str:
    plain = column_id(label)[:60].strip("_") or "kolom"
    name = plain if _LETTER.match(plain) else f"k_{plain}"
    number = 2
    while name in taken:
        name, number = f"{plain}_{number}", number + 1
    taken.add(name)
    return name


def form_of(name: str, values: Sequence[Any]) -> Form:
    """Return the type that all values share; nothing known is text."""
    if not values:
        return Form("text", confidence=0.2)
    for judge in (_of_objects, _of_numbers, _of_texts):
        found = judge(name, values)
        if found:
            return found
    return Form("text", confidence=0.8)


def _of_objects(name: str, values: Sequence[Any]) -> Form | None:
    if all(isinstance(value, bool) for value in values):
        return Form("boolean")
    if all(isinstance(value, datetime) for value in values):
        return Form("timestamp")
    if all(isinstance(value, date) for value in values):
        return Form("date")
    if all(isinstance(value, Mapping) and {"type", "coordinates"} <= set(value) for value in values):
        return Form("geometry")
    return None


def _of_numbers(name: str, values: Sequence[Any]) -> Form | None:
    if any(isinstance(value, bool) or not isinstance(value, int | float | Decimal) for value in values):
        return None
    try:
        numbers = [exact(Decimal(str(value))) for value in values]
    except BadValueError:
        return None
    whole = all(number == number.to_integral_value() for number in numbers)
    if whole and name in ("tahun", "year") and all(1900 <= value <= 2100 for value in values):
        return Form("date", "yyyy", 0.6)
    if whole and _TIME_NAMES.search(name) and all(value > EPOCH_MS_FROM for value in values):
        return Form("timestamp", "epoch_ms", 0.7)
    return Form("integer" if whole else "decimal")


def _of_texts(name: str, values: Sequence[Any]) -> Form | None:
    if not all(isinstance(value, str) for value in values):
        return None
    texts = [clean_text(value) for value in values]
    return _date_form(name, texts) or _number_form(name, texts)


def _date_form(name: str, texts: Sequence[str]) -> Form | None:
    if any(len(text) < 6 for text in texts):
        years = name in ("tahun", "year") and all(re.fullmatch(r"(19|20)\d\d", text) for text in texts)
        return Form("date", "yyyy", 0.6) if years else None
    timed = all(":" in text for text in texts)
    forms = INSTANT_FORMS if timed else DAY_FORMS
    kind = "timestamp" if timed else "date"
    if _all_read(texts, timed, ()):
        return Form(kind, None, 0.95)
    return next((Form(kind, form, 0.8) for form in forms if _all_read(texts, timed, (form,))), None)


def _all_read(texts: Sequence[str], timed: bool, forms: tuple[str, ...]) -> bool:
    read = parse_instant if timed else parse_day
    try:
        for text in texts:
            read(text, forms, ZONE)
    except BadValueError:
        return False
    return True


def _number_form(name: str, texts: Sequence[str]) -> Form | None:
    digits = [text for text in texts if re.fullmatch(r"\d+", text)]
    if any(len(text) > 1 and text.startswith("0") for text in digits) or _CODE_NAMES.search(name):
        return None
    grouped = [text for text in texts if "." in text]
    if grouped and all(_GROUPED.fullmatch(text) for text in grouped):
        return _in_locale(texts, "id-ID", 0.6)
    return next((form for locale in LOCALES if (form := _in_locale(texts, locale, 0.85))), None)


def _in_locale(texts: Sequence[str], locale: str, confidence: float) -> Form | None:
    try:
        numbers = [parse_number(text, locale) for text in texts]
    except BadValueError:
        return None
    whole = all(number == number.to_integral_value() for number in numbers)
    needed = None if locale == "text" else locale
    return Form("integer" if whole else "decimal", None, confidence, needed)
