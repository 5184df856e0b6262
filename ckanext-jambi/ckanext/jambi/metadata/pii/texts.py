"""Find the numbers and addresses of persons in one text (metadata.md N1-N5, N10).

`SUSPECT` is the cheap first look: a text without it needs no second. What looks alike and is none,
dates, decimals and UUIDs, is blanked before the second look.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ckanext.jambi.metadata import opd, vocabularies
from ckanext.jambi.metadata.pii import forms

Kind = Literal[
    "nik", "digits_lost", "npwp", "npwp_plain", "nip", "phone", "email", "email_office", "plate", "account"
]
RULES: dict[Kind, str] = {
    "nik": "N1",
    "digits_lost": "N1",
    "npwp": "N2",
    "npwp_plain": "N2",
    "nip": "N3",
    "phone": "N4",
    "email": "N5",
    "email_office": "N5",
    "plate": "N10",
    "account": "N10",
}
SUSPECT = re.compile(
    r"(?:\d[^\d\n]{0,2}){14}\d"
    r"|(?:0|62)[^\d\n]{0,3}0?8[ \-]?[1-9](?:[^\d\n]{0,3}\d){7}"
    r"|@|[eE]\+?1\d"
    r"|^\s?[A-Za-z]{1,2}[ -]?\d{1,4}[ -]?[A-Za-z]{1,3}\s?$",
    re.M,
)

_LOOKALIKE = re.compile(
    r"(?<![\da-zA-Z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\da-zA-Z])"
    r"|(?<!\d)(?<!\d[.\-/])(?:\d{1,2}[.\-/]\d{1,2}[.\-/](?:19|20)\d\d|(?:19|20)\d\d[.\-/]\d{1,2}[.\-/]\d{1,2})"
    r"(?!\d)(?![.\-/]\d)"
    r"|(?<![\d.,])(?!62[.,]8)[+-]?\d{1,3}(?:\.\d{4,}|,(?!\d{16}(?!\d))\d{4,})(?!\d)(?![.,]\d)"
)
_ALIKE = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("‘’‛`´ʼ", "'"))
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_GLUED = re.compile(r"\b(nik|ktp|hp|wa|telp?|tlp)(?=\+?\d{9})", re.I)
_WRAP = " \t\r\n'\"=()[]{}<>;,:"
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3}){5}|\d{1,3}(?:,\d{3}){5}")
_NO_CENTS = re.compile(r"[.,]0{1,2}$")
_RUN = re.compile(r"(?<![^\W_])(?<!\d\.)\d(?:[ .\-']?\d){14,}(?![^\W_])")
_BETWEEN = re.compile(r"[ .\-']")
_NPWP = re.compile(r"(?<![\d.\-])\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}(?!\d|[.\-]\d)")
_WHATSAPP = re.compile(r"(?:wa\.me/|phone=)\+?(628\d{8,11})(?!\d)")
_SCIENTIFIC = re.compile(r"([1-9])(?:[.,](\d{1,17}))?[eE]\+?(1[57])")
_LENGTHS = {"15": 16, "17": 18}
_WHOLE = (16, 18)
_BESIDE = (1, 2, *_WHOLE)
_LAYOUTS = (
    (4, 4, 4, 4),
    (6, 6, 4),
    (2, 2, 2, 6, 4),
    (4, 2, 6, 4),
    (6, 2, 2, 2, 4),
    (2, 2, 2, 2, 2, 2, 4),
    (8, 6, 1, 3),
    (8, 6, 4),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a text; `value` is its plain form, to be hashed and then forgotten."""

    kind: Kind
    value: str
    start: int
    end: int

    @property
    def rule(self) -> str:
        """The rule of metadata.md that it meets."""
        return RULES[self.kind]


def plain(text: str) -> str:
    """Return a text with one form for digits, dashes, quotes and spaces, and nothing hidden in it."""
    if text.isascii():
        return _GLUED.sub(r"\1:", text)
    text = _HIDDEN.sub("", unicodedata.normalize("NFKC", text).translate(_ALIKE))
    return _GLUED.sub(r"\1:", text)


def hits(text: str) -> list[Hit]:
    """Return what a text holds; places refer to `plain(text)`."""
    text = plain(text)
    whole = _whole_number(text)
    if whole is not None:
        return [whole]
    bare = _LOOKALIKE.sub(lambda found: "#" * len(found[0]), text)
    numbers = list(_numbers(bare))
    phones = _phones(without(bare, numbers, lambda hit: "#" * (hit.end - hit.start)))
    return [*_emails(text), *phones, *numbers, *_plate(text)]


def without(text: str, found: Iterable[Hit], mark: Callable[[Hit], str]) -> str:
    """Return a text with a mark in the place of each hit."""
    parts, at = [], 0
    for hit in sorted(found, key=lambda one: one.start):
        if hit.start >= at:
            parts += [text[at : hit.start], mark(hit)]
            at = hit.end
    return "".join([*parts, text[at:]])


def bare_digits(text: str) -> str | None:
    """Return the digits of a cell that holds one number and nothing else."""
    digits = _NO_CENTS.sub("", plain(text).strip(_WRAP))
    return digits if digits.isascii() and digits.isdigit() else None


def _whole_number(text: str) -> Hit | None:
    """Judge a cell that is one number in a spreadsheet's way of writing."""
    written = text.strip(_WRAP)
    if found := _SCIENTIFIC.fullmatch(written):
        return _scientific(found, len(text))
    if _THOUSANDS.fullmatch(_NO_CENTS.sub("", written)):
        written = re.sub(r"[.,]", "", _NO_CENTS.sub("", written))
    elif _NO_CENTS.search(written):
        written = _NO_CENTS.sub("", written)
    else:
        return None
    kind = _kind_of(written) if written.isdigit() else None
    return Hit(kind, written, 0, len(text)) if kind else None


def _scientific(found: re.Match[str], end: int) -> Hit | None:
    digits = found[1] + (found[2] or "")
    length = _LENGTHS[found[3]]
    if len(digits) >= length:
        kind = _kind_of(digits[:length])
        return Hit(kind, digits[:length], 0, end) if kind else None
    return Hit("digits_lost", found[0], 0, end) if length == 16 else None


def _emails(text: str) -> Iterator[Hit]:
    if "@" not in text:
        return
    for found in forms.EMAIL.finditer(text):
        kind = _email_kind(found[0].lower(), found[1].lower())
        if kind:
            yield Hit(kind, found[0].lower(), found.start(), found.end())


def _email_kind(address: str, domain: str) -> Kind | None:
    """Return how an address is judged: a post at an office is none's, other offices' are looked at."""
    shapes = forms.shapes()
    local = address.partition("@")[0]
    if f".{domain}".endswith(shapes["surel_dinas"]) and _is_post(local):
        return None
    return "email_office" if f".{domain}".endswith(tuple(shapes["surel_tinjau"])) else "email"


def is_free_mail(address: str) -> bool:
    """Whether an address is at a provider of mail for persons."""
    return vocabularies.normalise("surel_umum", address.partition("@")[2]) is not None


def _is_post(local: str) -> bool:
    words, posts = _posts()
    if local in posts:
        return True
    parts = re.split(r"[._\-]", local)
    return all(part in words or part in posts or opd.opd_slug(part) for part in parts)


@cache
def _posts() -> tuple[frozenset[str], frozenset[str]]:
    shapes = forms.shapes()
    return frozenset(shapes["surel_kata"]), frozenset(shapes["surel_peran"])


def _phones(text: str) -> Iterator[Hit]:
    for found in forms.PHONE.finditer(text):
        digits = forms.phone_digits(found[0])
        if digits:
            yield Hit("phone", digits, found.start(), found.end())
    if "wa.me/" in text or "phone=" in text:
        for found in _WHATSAPP.finditer(text):
            yield Hit("phone", f"0{found[1][2:]}", found.start(1), found.end(1))


def _numbers(text: str) -> Iterator[Hit]:
    for found in _NPWP.finditer(text):
        yield Hit("npwp", re.sub(r"\D", "", found[0]), found.start(), found.end())
    for run in _RUN.finditer(text):
        yield from _in_run(run[0], run.start())


def _in_run(run: str, offset: int) -> Iterator[Hit]:
    """Find numbers in digits with single separators: the whole run, or parts of it between spaces."""
    if hit := _identified(run, offset):
        yield hit
        return
    parts = list(re.finditer(r"[^ ]+", run))
    lengths = [len(part[0]) for part in parts]
    at = 0
    while at < len(parts):
        size = next((len(one) for one in _LAYOUTS if tuple(lengths[at : at + len(one)]) == one), 1)
        start, end = parts[at].start(), parts[at + size - 1].end()
        hit = _identified(run[start:end], offset + start)
        if hit:
            yield hit
        else:
            yield from _numbered(parts[at][0], offset + start)
        at += size if hit else 1


def _numbered(part: str, offset: int) -> Iterator[Hit]:
    """Find numbers that a hyphen joins to a short one or to another: a second copy, a range."""
    groups = part.split("-")
    if not all(len(one) in _BESIDE and one.isdigit() for one in groups):
        return
    for group in groups:
        if len(group) in _WHOLE and (hit := _identified(group, offset)):
            yield hit
        offset += len(group) + 1


def _identified(written: str, offset: int) -> Hit | None:
    groups = _BETWEEN.split(written)
    digits = "".join(groups)
    if len(digits) == 16 and len(groups) > 1 and min(map(len, groups)) < 2:
        return None
    kind = _kind_of(digits)
    return Hit(kind, digits, offset, offset + len(written)) if kind else None


def _kind_of(digits: str) -> Kind | None:
    if len(digits) == 18:
        return "nip" if forms.is_nip(digits) else None
    if len(digits) != 16:
        return "phone" if forms.is_phone(digits) else None
    if forms.is_nik(digits):
        return "nik"
    return "npwp_plain" if forms.is_npwp(digits) and forms.passes_check_digit(digits) else None


def _plate(text: str) -> Iterator[Hit]:
    found = _plates().fullmatch(text.strip().upper())
    if found:
        yield Hit("plate", "".join(found.groups()), 0, len(text))


@cache
def _plates() -> re.Pattern[str]:
    codes = "|".join(sorted(forms.shapes()["plat"], key=len, reverse=True))
    return re.compile(rf"({codes})[ -]?(\d{{1,4}})[ -]?([A-Z]{{1,3}})")
