"""The areas of Kota Jambi: codes of Kemendagri, names and their spellings (metadata.md M4).

`schemas/wilayah` is the only source. Codes are text; a BPS code is looked up in its table and never
derived. Four names exist at two levels, so a bare name needs its level. Imports no CKAN.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from ckanext.jambi.metadata.opd import opd_slug

__all__ = ["Area", "area", "area_code", "areas", "bps_code", "from_bps", "opd_slug"]

CITY = "15.71"
LONGEST_NAME = 100  # characters; what is longer names no place, and is not remembered
LEVELS = ("kota", "kecamatan", "kelurahan")
_PREFIXES = {"kecamatan": "kecamatan", "kec": "kecamatan", "kelurahan": "kelurahan", "kel": "kelurahan"}
_ENGLISH = {"kota": "City of {name}", "kecamatan": "{name} District", "kelurahan": "{name} Urban Village"}
_PREFIXED = re.compile(r"^(kecamatan|kec|kelurahan|kel)\b\.?\s*(.+)$")


@dataclass(frozen=True)
class Area:
    """One area: `code` of Kemendagri, `bps` code or "" where none is known."""

    code: str
    bps: str
    name: str
    level: str
    parent: str
    aliases: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name with its level, in Indonesian."""
        return f"{self.level.capitalize()} {self.name}"

    @property
    def label_en(self) -> str:
        """The name with its level, in English."""
        return _ENGLISH[self.level].format(name=self.name)


@cache
def areas(level: str | None = None) -> tuple[Area, ...]:
    """Return the city, its 11 kecamatan and 68 kelurahan, or those of one level."""
    found = (Area(CITY, "1571", "Jambi", "kota", "15", ("Kota Jambi",)), *_districts(), *_villages())
    return tuple(area for area in found if level in (None, area.level))


def area(code: str) -> Area | None:
    """Return the area with this Kemendagri code, or None."""
    return _by_code().get(code)


def area_code(text: str, level: str | None = None) -> str | None:
    """Return the Kemendagri code that a name or code means, or None if it is unknown or ambiguous.

    Args:
        text: a dotted Kemendagri code, or a name with or without "Kecamatan", "Kel." and the like.
        level: kota, kecamatan or kelurahan; a bare name that exists at two levels needs it.
    """
    text = text.strip()
    return _area_code(text, level) if len(text) <= LONGEST_NAME else None


@lru_cache(1024)  # a table names the same places in row after row
def _area_code(text: str, level: str | None) -> str | None:
    if text in _by_code():
        return text if level in (None, _by_code()[text].level) else None
    stated, name = _split(text)
    if level and stated and stated != level:
        return None
    codes = _names().get((level or stated, _fold(name)), frozenset())
    return next(iter(codes)) if len(codes) == 1 else None


def from_bps(code: str) -> str | None:
    """Return the Kemendagri code of a BPS code, or None; a Kemendagri code without dots is none."""
    return _by_bps().get(code.strip()) if code.strip() else None


def bps_code(code: str) -> str | None:
    """Return the BPS code of a Kemendagri code, or None where BPS has given none yet."""
    found = area(code)
    return (found.bps or None) if found else None


def _split(text: str) -> tuple[str | None, str]:
    """Return the level that the text states, if any, and the name without it."""
    match = _PREFIXED.match(text.strip().casefold())
    if match is None:
        return None, text
    return _PREFIXES[match[1]], match[2]


def _fold(name: str) -> str:
    """Return a name as names are compared: lower case letters and digits, no word for its level."""
    return re.sub(r"[^a-z0-9]", "", _split(name)[1].casefold())


@cache
def _names() -> dict[tuple[str | None, str], frozenset[str]]:
    """Return the codes of each folded name, by level and (level None) over all levels."""
    found: defaultdict[tuple[str | None, str], set[str]] = defaultdict(set)
    for one in areas():
        for name in (one.name, *one.aliases):
            found[one.level, _fold(name)].add(one.code)
            found[None, _fold(name)].add(one.code)
    return {key: frozenset(codes) for key, codes in found.items()}


@cache
def _by_code() -> dict[str, Area]:
    return {one.code: one for one in areas()}


@cache
def _by_bps() -> dict[str, str]:
    return {one.bps: one.code for one in areas() if one.bps}


def _districts() -> Iterator[Area]:
    for row in _read("kecamatan.csv"):
        yield Area(row["kode_kemendagri"], row["kode_bps"], row["nama"], "kecamatan", CITY, _aliases(row))


def _villages() -> Iterator[Area]:
    for row in _read("kelurahan.csv"):
        parent = row["kode_kecamatan"]
        yield Area(row["kode_kemendagri"], row["kode_bps"], row["nama"], "kelurahan", parent, _aliases(row))


def _aliases(row: dict[str, str]) -> tuple[str, ...]:
    further = _alias_table().get(row["kode_kemendagri"], ())
    return tuple(dict.fromkeys([*filter(None, row["nama_alternatif"].split("|")), *further]))


@cache
def _alias_table() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in _read("alias.csv"):
        found[row["kode_kemendagri"]].append(row["alias"])
    return {code: tuple(names) for code, names in found.items()}


def _read(name: str) -> list[dict[str, str]]:
    path = resources.files("ckanext.jambi.schemas") / "wilayah" / name
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
