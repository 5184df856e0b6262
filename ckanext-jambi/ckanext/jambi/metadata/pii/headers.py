"""What the name of a column says of its values (metadata.md N6): pure, from `pribadi/kepala_kolom.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml


class Verdict(StrEnum):
    """Which list of the file a header is in."""

    ALLOWED = "izin"
    REFUSED = "tolak"
    REVIEWED = "tinjau"
    UNKNOWN = "tidak_terdaftar"


@dataclass(frozen=True, slots=True)
class Header:
    """One judged header.

    Attributes:
        name: the header as headers are compared.
        group: for a refused one, what it is of a person ("kontak").
        unless: for a reviewed one, the condition under which it is fine ("agregat").
    """

    name: str
    verdict: Verdict
    group: str = ""
    unless: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the header alone says NIK or family card (N1)."""
        if self.verdict is Verdict.ALLOWED:
            return False
        return self.name in lists("blokir") or bool(re.search(r"(?:^|_)nik(?:_|$)", self.name))

    @property
    def of_person(self) -> bool:
        """Whether rows under such a header are rows of persons."""
        return self.blocks or (
            self.verdict is Verdict.REFUSED and self.group in lists("kelompok_baris_orang")
        )

    @property
    def counts(self) -> bool:
        """Whether the column holds counts or shares, so that a row is an aggregate."""
        return bool(re.match(document()["hitungan_pola"], self.name)) or self.name in lists("hitungan")

    def among(self, name: str) -> bool:
        """Whether the header is in a further list of the file."""
        return self.name in lists(name)


@cache
def document() -> Mapping[str, Any]:
    """Return the lists of headers."""
    path = resources.files("ckanext.jambi.schemas") / "pribadi" / "kepala_kolom.yaml"
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@cache
def lists(name: str) -> frozenset[str]:
    """Return one plain list of the file."""
    return frozenset(document()[name])


def judge(name: str, label: str | None = None) -> Header:
    """Return what a column's name says; its label is asked only where the name is on no list."""
    found = _judge(fold(name))
    if found.verdict is Verdict.UNKNOWN and label:
        by_label = _judge(fold(label))
        return by_label if by_label.verdict is not Verdict.UNKNOWN else found
    return found


def fold(text: str) -> str:
    """Return a header as headers are compared: lower case, words joined by `_`, no number at its end."""
    words = re.split(r"[\s./\-_]+", re.sub(r"[\s._]*\d+\s*$", "", text.strip().casefold()))
    words = [word for word in words if word]
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return "".join(words)
    return "_".join(words)


def traits(headers: Iterable[Header]) -> frozenset[str]:
    """Return which traits of persons ("umur", "diagnosis") the columns of a table tell."""
    names = {header.name for header in headers}
    groups: Mapping[str, list[str]] = document()["ciri_orang"]
    return frozenset(trait for trait, spellings in groups.items() if names & set(spellings))


def derived(name: str) -> bool:
    """Return whether a column holds shares or means, which tell a count that stands beside them."""
    return bool(re.match(document()["turunan_pola"], fold(name)))


def combinations(headers: Iterable[Header]) -> list[tuple[str, ...]]:
    """Return the combinations of columns that tell who somebody is, of those that are all there."""
    names = {header.name for header in headers}
    precise = bool(names & lists("isi_koordinat"))
    return [
        tuple(combination)
        for combination in document()["kombinasi_berbahaya"]
        if all(_present(part, names, precise) for part in combination)
    ]


def _present(part: str, names: set[str], precise: bool) -> bool:
    if part == "lokasi_presisi":
        return precise
    return any(name == part or name.endswith(f"_{part}") or name.startswith(f"{part}_") for name in names)


@cache
def _judge(name: str) -> Header:
    if name in lists("izin_persis"):
        return Header(name, Verdict.ALLOWED)
    if group := _refused().get(name):
        return Header(name, Verdict.REFUSED, group=group)
    if condition := _reviewed().get(name):
        return Header(name, Verdict.REVIEWED, unless=condition)
    allowed = any(re.search(pattern, name) for pattern in document()["izin_pola"])
    return Header(name, Verdict.ALLOWED if allowed else Verdict.UNKNOWN)


@cache
def _refused() -> dict[str, str]:
    return {name: group for group, names in document()["tolak"].items() for name in names}


@cache
def _reviewed() -> dict[str, str]:
    return {name: row["bila"] for row in document()["tinjau"] for name in row["kepala"]}
