"""How often data is promised: one reader for every spelling of a frequency (specification F8).

Metadata validates `frekuensi` with it and freshness judges by it. Pure: the only file it reads is
the vocabulary that ships with the schemas; it imports no CKAN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

UNKNOWN_CODE = "tidak_diketahui"
STATIC_CODE = "sekali"
AS_NEEDED_CODE = "insidental"
LONGEST = timedelta(days=365 * 100)
EU_BASE = "http://publications.europa.eu/resource/authority/frequency/"

# Codes of the EU frequency list that equal no code of ours, with the interval that each means.
# MONTHLY_3 and WEEKLY_3 are the nominal third ("n times per period" = period / n, F7).
_EU_INTERVALS = {
    "1MIN": "PT1M",
    "5MIN": "PT5M",
    "10MIN": "PT10M",
    "15MIN": "PT15M",
    "30MIN": "PT30M",
    "HOURLY": "PT1H",
    "BIHOURLY": "PT2H",
    "12HRS": "PT12H",
    "WEEKLY_5": "PT33H36M",
    "WEEKLY_3": "PT56H",
    "WEEKLY_2": "P3.5D",
    "BIWEEKLY": "P2W",
    "MONTHLY_3": "P10D",
    "MONTHLY_2": "P0.5M",
    "BIMONTHLY": "P2M",
    "TRIENNIAL": "P3Y",
    "QUADRENNIAL": "P4Y",
    "BIDECENNIAL": "P20Y",
    "TRIDECENNIAL": "P30Y",
}
_EU_WITHOUT_INTERVAL = {
    "CONT": "realtime",
    "OTHER": UNKNOWN_CODE,
    "OP_DATPRO": UNKNOWN_CODE,
}
# ISO 19115 MD_MaintenanceFrequencyCode, where it differs from EU names: "biannually" is twice a
# year, "biennially" every second year. DCAT-US writes a third of a period with two decimals.
_OTHER_STANDARDS = {
    "fortnightly": "BIWEEKLY",
    "semimonthly": "MONTHLY_2",
    "biannually": "ANNUAL_2",
    "biannual": "ANNUAL_2",
    "biennially": "BIENNIAL",
    "asneeded": "AS_NEEDED",
    "R/P0.33M": "MONTHLY_3",
    "R/P0.33W": "WEEKLY_3",
}
_HDX_SPECIAL = {-2: AS_NEEDED_CODE, -1: STATIC_CODE, 0: "realtime"}
_HDX_NOMINAL = {30: "P1M", 60: "P2M", 90: "P3M", 120: "P4M", 180: "P6M", 365: "P1Y", 730: "P2Y"}

_N = r"(\d{1,9}(?:[.,]\d{1,9})?)"
_DURATION = re.compile(
    rf"(?:R\d*/)?P(?!$)(?:{_N}Y)?(?:{_N}M)?(?:{_N}W)?(?:{_N}D)?"
    rf"(?:T(?=\d)(?:{_N}H)?(?:{_N}M)?(?:{_N}S)?)?"
)
_SECONDS = (604_800, 86_400, 3_600, 60, 1)  # week, day, hour, minute, second
_EU_URI = re.compile(r"https?://publications\.europa\.eu/resource/authority/frequency/(\w+)", re.I)
_WORDS = {"satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "sepuluh": 10}
_UNITS = {"jam": "PT{}H", "hari": "P{}D", "minggu": "P{}W", "bulan": "P{}M", "tahun": "P{}Y"}
_COUNT = rf"(\d{{1,4}}|{'|'.join(_WORDS)})"
_UNIT = f"({'|'.join(_UNITS)})"
_EVERY = re.compile(rf"{_COUNT} {_UNIT} sekali|(?:tiap|setiap|per) {_COUNT} {_UNIT}")
_TIMES = re.compile(rf"{_COUNT} ?(?:x|kali) (?:se|per |tiap |setiap )?{_UNIT}")


class FrequencyError(ValueError):
    """A text is no frequency; `text` is what was given and `reason` says why."""

    def __init__(self, text: object, reason: str) -> None:
        super().__init__(f"{text!r} is no frequency: {reason}.")
        self.text = text
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Interval:
    """Calendar months plus seconds, exact; the two never mix."""

    months: Fraction = Fraction(0)
    seconds: Fraction = Fraction(0)

    @property
    def nominal_seconds(self) -> Fraction:
        """The length in the rolling rule (F7): 12 months are 365 days, a remaining month is 30."""
        years, rest = divmod(self.months, 12)
        return (365 * years + 30 * rest) * 86_400 + self.seconds

    @property
    def nominal(self) -> timedelta:
        """The nominal length to the microsecond."""
        return timedelta(microseconds=round(self.nominal_seconds * 1_000_000))

    def __truediv__(self, times: int) -> Interval:
        """Return the interval of `times` equal parts."""
        return Interval(self.months / times, self.seconds / times)


@dataclass(frozen=True, slots=True)
class Frequency:
    """One frequency: the vocabulary's code, the ISO 8601 duration, the EU URI, the exact interval.

    `interval` is None for codes without one (as needed, never, unknown). A valid interval that
    equals no code has the code `tidak_diketahui` and keeps its interval, never rounded.
    """

    code: str
    iso8601: str | None = None
    eu_uri: str | None = None
    interval: Interval | None = None

    @property
    def dcat(self) -> str | None:
        """The repeating duration of DCAT-US and the SDI data.json, such as `R/P1M`."""
        return f"R/{self.iso8601}" if self.iso8601 else None


def parse(text: str | int) -> Frequency:
    """Read a code, an EU code or URI, an ISO 8601 duration, a known spelling, or an HDX day count (int).

    Raises:
        FrequencyError: if it is none of these, or an empty, zero or negative duration. A text of
            digits alone is refused: nobody can know its unit.
    """
    if isinstance(text, int):
        return _from_hdx(text)
    uri = _EU_URI.fullmatch(text.strip())
    folded = _fold(uri[1] if uri else text)
    if not folded:
        raise FrequencyError(text, "it is empty")
    return _named(folded) or _from_duration(text) or _from_phrase(text, folded) or _refuse(text, folded)


def normalise(text: str | int | None) -> Frequency:
    """Read like `parse`, and take what cannot be read as `tidak_diketahui`; never raises."""
    try:
        return parse(text) if text is not None else unknown()
    except FrequencyError:
        return unknown()


def unknown() -> Frequency:
    """Return the frequency of data that nobody promised."""
    return _codes()[UNKNOWN_CODE]


@lru_cache(maxsize=1)
def _vocabulary() -> Mapping[str, Any]:
    path = resources.files("ckanext.jambi.schemas").joinpath("vocabularies/frekuensi.yaml")
    read: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, Frequency]:
    return {term["kode"]: _frequency(term["kode"], term["iso8601"], term["ue"]) for term in _terms()}


def _terms() -> list[Mapping[str, Any]]:
    terms: list[Mapping[str, Any]] = _vocabulary()["kode"]
    return terms


def _frequency(code: str, iso8601: str | None, eu: str | None) -> Frequency:
    interval = _interval(iso8601) if iso8601 else None
    return Frequency(code, iso8601, EU_BASE + eu if eu else None, interval)


def _named(folded: str) -> Frequency | None:
    return _eu_names().get(folded) or _spellings().get(folded)


@lru_cache(maxsize=1)
def _eu_names() -> Mapping[str, Frequency]:
    """Map each EU name and each name of another standard, folded; the EU name given is kept."""
    names: dict[str, Frequency] = {}
    for term in _terms():
        for eu in filter(None, (term["ue"], term.get("ue_alternatif"))):
            names[_fold(eu)] = _frequency(term["kode"], term["iso8601"], eu)
    for eu, code in _EU_WITHOUT_INTERVAL.items():
        names[_fold(eu)] = _frequency(code, _codes()[code].iso8601, eu)
    for eu, iso8601 in _EU_INTERVALS.items():
        names[_fold(eu)] = _frequency(_code_of(_interval(iso8601)), iso8601, eu)
    return names | {_fold(name): names[_fold(eu)] for name, eu in _OTHER_STANDARDS.items()}


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, Frequency]:
    """Map each folded spelling of the vocabulary to its frequency; the first mention holds."""
    found: dict[str, Frequency] = {}
    for text, code in _spelled():
        found.setdefault(_fold(text), _codes()[code])
    return found


def _spelled() -> Iterator[tuple[str, str]]:
    for term in _terms():
        yield term["kode"], term["kode"]
    for entry in _vocabulary()["normalisasi_korpus"]:
        yield entry["teks"], entry["kode"]
    for code, texts in _vocabulary()["normalisasi_usulan"].items():
        yield from ((text, code) for text in texts)
    for term in _terms():
        yield from ((term[key], term["kode"]) for key in ("label", "label_en", "label_sdi"))


def _fold(text: str) -> str:
    """Fold case, quotes, underscores and blanks, as the vocabulary asks."""
    return " ".join(re.sub(r"[\"'“”‘’]", "", str(text)).replace("_", " ").lower().split())


def _from_hdx(days: int) -> Frequency:
    """Read an update frequency of HDX (F9): days, or -2 as needed, -1 never, 0 live."""
    if days in _HDX_SPECIAL:
        return _codes()[_HDX_SPECIAL[days]]
    if days < 0:
        raise FrequencyError(days, "HDX knows -2 (as needed), -1 (never), 0 (live) and days above")
    return parse(_HDX_NOMINAL.get(days, f"P{days}D"))


def _from_duration(text: str) -> Frequency | None:
    spelled = text.strip().upper().replace(",", ".")
    if spelled.startswith(("-P", "P-", "R/-P")):
        raise FrequencyError(text, "a duration must be positive")
    if not _DURATION.fullmatch(spelled):
        return None
    iso8601 = re.sub(r"^R\d*/", "", spelled)
    interval = _interval(iso8601)
    if interval.nominal_seconds < 1:
        raise FrequencyError(text, "a duration must be at least one second")
    if interval.nominal_seconds > LONGEST.total_seconds():
        raise FrequencyError(text, "a duration may be at most 100 years")
    return _of_interval(interval, iso8601)


def _of_interval(interval: Interval, iso8601: str) -> Frequency:
    code = _code_of(interval)
    if code != UNKNOWN_CODE:
        return _codes()[code]
    eu = next((eu for eu, each in _EU_INTERVALS.items() if _interval(each) == interval), None)
    return Frequency(UNKNOWN_CODE, iso8601, EU_BASE + eu if eu else None, interval)


def _code_of(interval: Interval) -> str:
    known = (code for code, each in _codes().items() if each.interval == interval)
    return next(known, UNKNOWN_CODE)


def _interval(iso8601: str) -> Interval:
    """Return the exact interval of a duration without its repetition."""
    found = _DURATION.fullmatch(iso8601)
    if not found:
        raise FrequencyError(iso8601, "it is no ISO 8601 duration")
    years, months, *rest = (Fraction(number or 0) for number in found.groups())
    seconds = sum((n * unit for n, unit in zip(rest, _SECONDS, strict=True)), Fraction(0))
    return Interval(12 * years + months, seconds)


def _from_phrase(text: str, folded: str) -> Frequency | None:
    """Read "4 bulan sekali" and "2 kali seminggu"; a bare "4 bulan" is not guessed."""
    if every := _EVERY.fullmatch(folded):
        count, unit = (group for group in every.groups() if group)
        return _from_duration(_UNITS[unit].format(_number(count)))
    if times := _TIMES.fullmatch(folded):
        count, unit = times.groups()
        if not _number(count):
            raise FrequencyError(text, "it must happen at least once")
        part = _interval(_UNITS[unit].format(1)) / _number(count)
        return _of_interval(part, _written(part))
    return None


def _number(word: str) -> int:
    return _WORDS.get(word) or int(word)


def _written(interval: Interval) -> str:
    """Write a part of one unit as a duration; parts of a month or year become days."""
    hours = Fraction(round(interval.nominal.total_seconds()), 3_600)
    if interval.months and interval.months.denominator == 1:
        return f"P{interval.months}M"
    return f"PT{hours}H" if hours.denominator == 1 else f"PT{hours * 3_600}S"


def _refuse(text: str, folded: str) -> Frequency:
    if folded.lstrip("-").isdigit():
        raise FrequencyError(text, "a number needs a unit")
    raise FrequencyError(text, "use a code such as 'bulanan' or a duration such as 'P1M'")
