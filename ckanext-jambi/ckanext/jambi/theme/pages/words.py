"""Words and instants that several pages need."""

from __future__ import annotations

from datetime import UTC, date, datetime

import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.metadata import vocabularies


def label(vocabulary: str, code: object) -> str:
    """Return the word of a code in the language of the page; what no list knows is shown as it is."""
    text = str(code or "")
    if not text:
        return ""
    try:
        return vocabularies.label(vocabulary, text, tk.h.lang()) or readable(text)
    except vocabularies.UnknownVocabularyError:
        return readable(text)


def readable(code: str) -> str:
    """Return a code without its underscores."""
    return code.replace("_", " ")


def unit(code: str) -> str:
    """Return the word of a unit as it stands beside a number: not capitalised."""
    word = label("satuan", code)
    return word[:1].lower() + word[1:]


def labels(vocabulary: str, codes: object) -> str:
    """Return the words of one code or of a list of codes, joined by commas."""
    several = codes if isinstance(codes, list) else [codes] if codes else []
    return ", ".join(label(vocabulary, code) for code in several)


def period(text: str) -> str:
    """Return a year, a quarter or a month (`2026`, `2026-Q3`, `2026-09`) in the language of the page."""
    return quarters.worded(text, tk._, lambda day: day_words.month(day, tk.h.lang()))


def instant(value: object) -> datetime | None:
    """Read an instant; CKAN stores its own times without an offset, in UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_day(text: str) -> bool:
    """Whether a text is a civil day."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def topic(name: str, title: str = "") -> str:
    """Return the word of a topic: the vocabulary knows its English name, CKAN's group its own."""
    return (vocabularies.label("topik", name, tk.h.lang()) or title or name) if name else ""


def areas(codes: object) -> str:
    """Return the areas of a dataset: the city by its name, other codes as they are."""
    several = codes if isinstance(codes, list) else [codes] if codes else []
    return ", ".join("15.71 Kota Jambi" if code == "15.71" else str(code) for code in several)
