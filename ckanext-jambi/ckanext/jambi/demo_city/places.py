"""The areas of Kota Jambi, 11 kecamatan and 68 kelurahan, with the spellings that clerks use for them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

DISTRICT_COLUMNS = ("kemendagri_kode_kecamatan", "kemendagri_nama_kecamatan", "bps_kode_kecamatan")
VILLAGE_COLUMNS = (
    "kemendagri_kode_kecamatan",
    "kemendagri_nama_kecamatan",
    "kemendagri_kode_kelurahan",
    "kemendagri_nama_kelurahan",
    "bps_kode_kelurahan",
)


@dataclass(frozen=True)
class District:
    """A kecamatan."""

    code: str
    name: str
    bps: str
    spellings: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, str, str]:
        """Return its values for `DISTRICT_COLUMNS`."""
        return self.code, self.name, self.bps


@dataclass(frozen=True)
class Village:
    """A kelurahan; the six of 2023 have no BPS code yet."""

    code: str
    name: str
    bps: str | None
    district: District
    longitude: float
    latitude: float
    spellings: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, str, str, str, str | None]:
        """Return its values for `VILLAGE_COLUMNS`."""
        return self.district.code, self.district.name, self.code, self.name, self.bps


def _rows(name: str) -> Iterator[dict[str, str]]:
    source = files("ckanext.jambi.schemas") / "wilayah" / name
    yield from csv.DictReader(source.read_text(encoding="utf-8").splitlines())


def _spellings(row: dict[str, str]) -> tuple[str, ...]:
    """Return the official name, the same in capitals, and the known aliases."""
    aliases = [alias for alias in row["nama_alternatif"].split("|") if alias]
    return (row["nama"], row["nama"].upper(), *aliases)


def _district(row: dict[str, str]) -> District:
    return District(row["kode_kemendagri"], row["nama"], row["kode_bps"], _spellings(row))


def _village(row: dict[str, str]) -> Village:
    district = _DISTRICT_OF[row["kode_kecamatan"]]
    point = float(row["lon_titik"]), float(row["lat_titik"])
    return Village(
        row["kode_kemendagri"], row["nama"], row["kode_bps"] or None, district, *point, _spellings(row)
    )


DISTRICTS = tuple(_district(row) for row in _rows("kecamatan.csv"))
_DISTRICT_OF = {district.code: district for district in DISTRICTS}
VILLAGES = tuple(_village(row) for row in _rows("kelurahan.csv"))
_SPELLINGS = {area.code: area.spellings for area in DISTRICTS} | {
    area.code: area.spellings for area in VILLAGES
}


def spelling(code: object, turn: int) -> str:
    """Return one of the spellings of an area, taking turns."""
    spellings = _SPELLINGS[str(code)]
    return spellings[turn % len(spellings)]


def written(cells: tuple[object, ...], turn: int) -> tuple[str, ...]:
    """Return the values of `VILLAGE_COLUMNS` or `DISTRICT_COLUMNS` as a clerk writes them.

    Codes of Kemendagri are not written at all: names with whatever spelling, then the BPS code or "".
    """
    if len(cells) == len(DISTRICT_COLUMNS):
        return spelling(cells[0], turn), str(cells[2])
    return spelling(cells[0], turn // 2), spelling(cells[2], turn), str(cells[4] or "")
