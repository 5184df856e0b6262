"""The Daftar Data as a file, and what is said of a bad one (F10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckanext.jambi import frequency
from ckanext.jambi.freshness.promises.file import ItemError, complete, load, problems_of
from ckanext.jambi.freshness.promises.replay import terms

FILE = Path(__file__).parents[3] / "config" / "daftar-data.yaml"
GOOD = {
    "code": "A",
    "organization": "dlh",
    "title": "T",
    "frequency": "bulanan",
    "weight": 1,
    "valid_from": "2026-01-01",
}


def test_f10_the_daftar_data_of_the_demonstration_is_sound() -> None:
    found = load(FILE)
    assert len({each["datasets"][0]["name"] for each in found}) == 25
    shared = [each for each in found if each["datasets"][0].get("column")]
    assert len(shared) == len({each["organization"] for each in shared}) == 11


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"frequency": None}, "A: `frequency` is missing."),
        ({"frequency": ""}, "A: `frequency` is missing."),
        ({"frequency": "kadang"}, "is no frequency"),
        ({"frequency": "P0D"}, "is no frequency"),
        ({"weight": 4}, "must be 1, 2 or 3"),
        ({"weight": True}, "must be 1, 2 or 3"),
        ({"weight": 2.0}, "must be 1, 2 or 3"),
        ({"weight": [1]}, "must be 1, 2 or 3"),
        ({"frequency": 1.5}, "is no frequency"),
        ({"frequency": True}, "is no frequency"),
        ({"frequency": -7}, "is no frequency"),
        ({"frequency": ["P1M"]}, "is no frequency"),
        ({"lag_days": True}, "0 to 180"),
        ({"peristiwa": 0.5}, "must be true or false"),
        ({"title": 1.5}, "`title` must be a text"),
        ({"title": "A\0"}, "`title` must be a text"),
        ({"code": 7}, "`code` must be a text"),
        ({"organization": {"name": "dlh"}}, "`organization` must be a text"),
        ({"weight": 3}, "alone"),
        ({"class": "spm"}, "alone"),
        ({"class": "penting"}, "must be one of"),
        ({"calendar": "libur"}, "must be one of"),
        ({"access": "rahasia"}, "must be one of"),
        ({"lag_days": 181}, "0 to 180"),
        ({"grace_days": "3"}, "0 to 180"),
        ({"max_delay_seconds": 5}, "a minute and a day"),
        ({"valid_from": "besok"}, "must be a day"),
        ({"anchor": "2026-07-15"}, "first day of a month"),
        ({"datasets": "kunjungan"}, "must be a list"),
        ({"datasets": [3]}, "`datasets`: 3 must be the name of a dataset"),
        ({"datasets": ["Kunjungan Pasien"]}, "must be the name of a dataset"),
        ({"datasets": [{"column": "kecamatan", "value": "Telanaipura"}]}, "or have `name`"),
        ({"datasets": [{"name": "x-y", "column": "kecamatan"}]}, "`column` and `value`"),
        ({"datasets": [{"name": "x-y", "column": "kecamatan", "value": 7}]}, "`column` and `value`"),
        ({"datasets": [{"name": "x-y", "resource_id": ""}]}, "either `resource_id`"),
        ({"datasets": [{"name": "x-y", "resource_id": "r", "column": "k", "value": "v"}]}, "either"),
        ({"due_at": "2099-01-01"}, "Nobody knows `due_at`"),
    ],
)
def test_f10_what_is_wrong_with_an_item_is_told(change: dict[str, Any], told: str) -> None:
    assert any(told in text for text in problems_of({**GOOD, **change}))


def test_f10_a_dataset_stands_whole_by_a_resource_or_by_the_rows_of_a_value() -> None:
    datasets = ["a-b", {"name": "a-b", "resource_id": "r"}, {"name": "a-b", "column": "k", "value": "v"}]
    assert problems_of({**GOOD, "datasets": datasets}) == []


@pytest.mark.parametrize("spelled", ["R/P1.5M", "bulanan", "MONTHLY", "PT1H"])
def test_f08_an_interval_that_equals_no_code_is_taken_as_it_is(spelled: str) -> None:
    assert problems_of({**GOOD, "frequency": spelled}) == []
    assert complete({**GOOD, "frequency": spelled})["frequency"] == spelled


@pytest.mark.parametrize("days", [30, 45, -1, -2, 0])
def test_f09_a_count_of_days_is_kept_as_what_it_means(days: int) -> None:
    assert problems_of({**GOOD, "frequency": days}) == []
    kept = complete({**GOOD, "frequency": days})
    assert terms(kept).promised == frequency.parse(days)


@pytest.mark.parametrize("text", ["", "items: 3", "items: [3]", "items: [{code: A}, {code: A}]", ": :"])
def test_f10_a_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ItemError):
        load(file)
    with pytest.raises(ItemError):
        load(tmp_path / "missing.yaml")
