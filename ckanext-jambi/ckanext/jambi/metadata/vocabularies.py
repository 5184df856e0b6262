"""Closed lists: the files of `ckanext.jambi.schemas/vocabularies`, read once (metadata.md M3).

A list is addressed by its file's stem ("satuan"), a further list of a file by "stem/key"
("klasifikasi_akses/dasar_pengecualian"), the areas of the city by "wilayah". Imports no CKAN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from ckanext.jambi.metadata import areas

MAIN_KEYS = {"frekuensi": "kode"}
AREAS = "wilayah"


class UnknownVocabularyError(LookupError):
    """There is no list of this name; the message names those that exist."""


@dataclass(frozen=True)
class Term:
    """One entry of a closed list; `extra` holds the list's further columns."""

    kode: str
    label: str
    label_en: str
    alias: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether the code is no longer given out (it is never deleted)."""
        return bool(self.extra.get("berakhir"))


@cache
def names() -> tuple[str, ...]:
    """Return the names of all lists that have a file of their own."""
    folder = resources.files("ckanext.jambi.schemas") / "vocabularies"
    stems = sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )
    return tuple(stem for stem in stems if _is_list(stem))


@cache
def terms(vocabulary: str) -> tuple[Term, ...]:
    """Return the entries of a list in their order.

    Raises:
        UnknownVocabularyError: if there is no such list.
    """
    if vocabulary == AREAS:
        return tuple(Term(area.code, area.label, area.label_en, area.aliases) for area in areas.areas())
    stem, _, key = vocabulary.partition("/")
    return tuple(_term(row) for row in _rows(stem, key or MAIN_KEYS.get(stem, stem)))


def term(vocabulary: str, kode: str) -> Term | None:
    """Return the entry with exactly this code, or None."""
    return _by_code(vocabulary).get(kode)


def normalise(vocabulary: str, text: str) -> str | None:
    """Return the code that `text` means: a code, a label or an alias in any case, or None.

    Example: `normalise("frekuensi", "per bulan")` is `"bulanan"`.
    """
    if text in _by_code(vocabulary):
        return text
    return _spellings(vocabulary).get(fold(text))


def label(vocabulary: str, kode: str, lang: str) -> str:
    """Return the label of a code in Indonesian (`id`) or English (anything else); else the code itself."""
    found = _by_code(vocabulary).get(kode)
    if found is None:
        return kode
    return found.label if lang == "id" else found.label_en


def fold(text: str) -> str:
    """Return `text` as spellings are compared: trimmed, lower case, single blanks, no quotation marks."""
    return re.sub(r"\s+", " ", re.sub(r"[\"'“”‘’]", "", text)).strip().casefold()


@cache
def _by_code(vocabulary: str) -> dict[str, Term]:
    return {entry.kode: entry for entry in terms(vocabulary)}


@cache
def _spellings(vocabulary: str) -> dict[str, str]:
    """Return every folded spelling with its code; codes win over labels, labels over aliases."""
    entries = terms(vocabulary)
    found = {fold(alias): entry.kode for entry in entries for alias in entry.alias}
    found.update(_further_spellings(vocabulary))
    found.update({fold(name): entry.kode for entry in entries for name in (entry.label_en, entry.label)})
    found.update({fold(entry.kode): entry.kode for entry in entries})
    return found


def _further_spellings(vocabulary: str) -> Iterator[tuple[str, str]]:
    """Yield the spellings that a file keeps beside its entries."""
    if vocabulary == AREAS or "/" in vocabulary:
        return
    document = _document(vocabulary)
    for key in ("normalisasi_usulan", "normalisasi_saat_memanen"):
        for kode, texts in document.get(key, {}).items():
            yield from ((fold(str(text)), kode) for text in texts)
    yield from ((fold(row["teks"]), row["kode"]) for row in document.get("normalisasi_korpus", ()))
    yield from ((fold(text), kode) for text, kode in document.get("padanan_theme_korpus", {}).items())


def _term(row: Mapping[str, Any]) -> Term:
    known = ("kode", "label", "label_en", "alias")
    return Term(
        kode=row["kode"],
        label=row["label"],
        label_en=row["label_en"],
        alias=tuple(str(alias) for alias in (*row.get("alias", ()), row.get("media")) if alias),
        extra={key: value for key, value in row.items() if key not in known},
    )


def _rows(stem: str, key: str) -> list[Mapping[str, Any]]:
    try:
        rows: list[Mapping[str, Any]] = _document(stem)[key]
    except (FileNotFoundError, KeyError) as err:
        raise UnknownVocabularyError(
            f"There is no list {stem}/{key}; lists with a file of their own: {', '.join(names())}."
        ) from err
    return rows


def _is_list(stem: str) -> bool:
    return MAIN_KEYS.get(stem, stem) in _document(stem)


@cache
def _document(stem: str) -> Mapping[str, Any]:
    path = resources.files("ckanext.jambi.schemas") / "vocabularies" / f"{stem}.yaml"
    document: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document
