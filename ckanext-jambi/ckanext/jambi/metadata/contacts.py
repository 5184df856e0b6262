"""Office contacts and words of the national standard: posts instead of persons, concepts, measures.

The rules here look at wording, so a draft may break most of them. Imports no CKAN.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from ckanext.jambi.metadata import areas, vocabularies
from ckanext.jambi.metadata.messages import marked as _
from ckanext.jambi.metadata.values import Field, RefusedError, WeakError, plain_text

_EMAIL = re.compile(r"[^@\s]+@(?P<domain>[a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.I)
_PERSON = re.compile(
    r"\b(?:bapak|ibu|sdri?|saudara|saudari)\b"
    r"|\b(?:ir|drs|dra|drg|dr|hj?|prof|apt)\.\s"
    r"|\b[sm]\.\s?(?:e|h|t|pd|sos|kom|ip|stp|si|km|ked|ap|m|kes|kep|gz|hum|ag)\b"
    r"|\d{8,}",
    re.I,
)
_ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")
_PERIOD = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?!\d)|\b(?:harian|mingguan|bulanan|triwulanan|semesteran|tahunan)\b", re.I
)
_MEASURE = re.compile(r"\b(?:jumlah|banyaknya|total|persentase|rasio|rata-rata|median)\b", re.I)
_SHORT_NUMBERS = range(3, 8)
_LINE_NUMBERS = range(8, 14)


def office_email(value: Any, field: Field) -> str:
    """Take an address of an office: well formed and not at a provider for persons."""
    text = str(value).strip().lower()
    match = _EMAIL.fullmatch(text)
    if match is None:
        raise RefusedError("no_email", _('"{value}" is no e-mail address.'), value=value)
    if vocabularies.normalise("surel_umum", match["domain"]):
        raise RefusedError(
            "personal_email",
            _("{domain} is for personal mail; give the office's address."),
            domain=match["domain"],
        )
    return text


def is_office_email(value: str) -> bool:
    """Whether a text is an address of an office."""
    match = _EMAIL.fullmatch(value)
    return match is not None and not vocabularies.normalise("surel_umum", match["domain"].lower())


def office_phone(value: Any, field: Field) -> str:
    """Take an office line or a short service number; a mobile number belongs to a person."""
    text = " ".join(str(value).split())
    digits = re.sub(r"^(?:\+|00)?62", "0", re.sub(r"[\s().\-–/]", "", text))
    if not digits.isdigit() or len(digits) not in (*_SHORT_NUMBERS, *_LINE_NUMBERS):
        raise RefusedError("no_phone", _('"{value}" is no telephone number.'), value=value)
    if digits.startswith("08"):
        raise RefusedError("mobile_phone", _("A mobile number belongs to a person; give the office's line."))
    return text


def post_title(value: Any, field: Field) -> str:
    """Take the title of a post or unit, never a person's name."""
    text = " ".join(plain_text(value, field).split())
    if _PERSON.search(text) or not _post_words().search(text):
        raise WeakError(text, "no_post", _('Name a post, such as "Kepala Bidang Statistik", and no person.'))
    return text


def concept(value: Any, field: Field) -> str:
    """Take a concept or its definition: capitalised, no abbreviation.

    A concept itself also names no measure, period or area (`wording: concept` in the schema).
    """
    text = " ".join(plain_text(value, field).split())
    if not text[:1].isupper():
        raise WeakError(text, "not_capitalised", _("Begin with a capital letter."))
    if found := _ABBREVIATION.search(text):
        raise WeakError(text, "abbreviation", _("Write the abbreviation {word} out."), word=found[0])
    if field.get("wording") == "concept":
        _check_concept(text)
    return text


def _check_concept(text: str) -> None:
    for code, pattern, message in (
        ("measure", _MEASURE, _('Leave the measure "{word}" out; it has a field of its own.')),
        ("period", _PERIOD, _('Leave the period "{word}" out; it has a field of its own.')),
        ("area", _area_names(), _('Leave the area "{word}" out; it has a field of its own.')),
    ):
        if found := pattern.search(text):
            raise WeakError(text, code, message, word=found[0])


@cache
def _area_names() -> re.Pattern[str]:
    names = [*(one.name for one in areas.areas() if one.level != "kelurahan"), "Kota Jambi"]
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")


@cache
def _post_words() -> re.Pattern[str]:
    words = [word for term in vocabularies.terms("kata_jabatan") for word in (term.label, *term.alias)]
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.I)
