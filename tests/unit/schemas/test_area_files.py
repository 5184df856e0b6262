from __future__ import annotations

import csv
import json
import re
from importlib import resources

import pytest

FOLDER = resources.files("ckanext.jambi.schemas") / "wilayah"
CODE_COLUMNS = re.compile(r"kode")
CODE = re.compile(r"(15\.71(\.\d{2}(\.\d{4})?)?|1571\d{3}(\d{3})?)?")


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((FOLDER / name).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("kecamatan.csv", 11),
        ("kelurahan.csv", 68),
        ("alias.csv", 47),
        ("kecamatan_grid.csv", 11),
        ("padanan_2020_2025.csv", 120),
    ],
)
def test_m4_file_is_complete_and_its_codes_are_dotted_or_digits(name: str, count: int) -> None:
    found = rows(name)

    assert len(found) == count
    for row in found:
        for column, value in row.items():
            if CODE_COLUMNS.search(column):
                assert all(CODE.fullmatch(code) for code in value.split("|")), (column, value)


@pytest.mark.parametrize(("name", "count"), [("kecamatan.geojson", 11), ("kelurahan.geojson", 68)])
def test_m4_map_s_codes_are_text(name: str, count: int) -> None:
    features = json.loads((FOLDER / name).read_text(encoding="utf-8"))["features"]

    assert len(features) == count
    for feature in features:
        codes = [feature["id"], *(value for key, value in feature["properties"].items() if "kode" in key)]
        assert all(isinstance(code, str) or code is None for code in codes)


def test_third_party_licence_is_kept() -> None:
    assert "MIT License" in (FOLDER / "LICENSE-wilayah_boundaries.txt").read_text(encoding="utf-8")
    assert "CC BY-IGO" in (FOLDER / "README.md").read_text(encoding="utf-8")
