"""The city's agencies as `config/opd.yaml` lists them: names, aliases and ranks (metadata.md M7).

The file is a deployment's data: `use` names it, and without that the one of the checkout is read.
Imports no CKAN.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CHECKOUT_FILE = Path(__file__).parents[4] / "config" / "opd.yaml"
SECTIONS = ("opd", "bukan_opd", "organisasi_peran")

_file: Path | None = None


@dataclass(frozen=True)
class Agency:
    """One organization of the list; `facts` is its row as written."""

    slug: str
    name: str
    abbreviation: str
    kind: str
    facts: Mapping[str, Any]

    @property
    def ranked(self) -> bool:
        """Whether its freshness is judged beside that of other agencies."""
        return self.facts.get("opd", True) is not False


def use(path: str | os.PathLike[str] | None) -> None:
    """Read the list from `path` from now on; None means the checkout's file."""
    global _file
    _file = Path(path) if path else None
    agencies.cache_clear()
    _spellings.cache_clear()


@cache
def agencies() -> tuple[Agency, ...]:
    """Return the organizations of the portal: agencies, the city's companies, the role organization."""
    document = _document()
    return tuple(_agency(row, section) for section in SECTIONS for row in document.get(section, ()))


def opd_slug(text: str) -> str | None:
    """Return the slug of the organization that a name, abbreviation or alias means.

    None if it is unknown, or an abbreviation that two agencies share.
    """
    return _spellings().get(_fold(text))


@cache
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for agency in reversed(agencies()):
        names = (agency.slug, agency.name, agency.abbreviation, *agency.facts.get("alias", ()))
        found.update({_fold(name): agency.slug for name in names if name})
    for name in _document().get("alias_ambigu", {}):
        found.pop(_fold(name), None)
    return found


def _fold(text: str) -> str:
    folded = re.sub(r"[^a-z0-9]+", " ", text.casefold().replace("&", "dan")).strip()
    return folded.removesuffix(" kota jambi").strip() or folded


def _agency(row: Mapping[str, Any], section: str) -> Agency:
    kind = row.get("jenis") or ("peran" if section == "organisasi_peran" else "")
    return Agency(row["slug"], row["nama"], row.get("singkatan", ""), kind, row)


def _document() -> Mapping[str, Any]:
    path = _file or CHECKOUT_FILE
    if not path.is_file():
        return {}
    document: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document
