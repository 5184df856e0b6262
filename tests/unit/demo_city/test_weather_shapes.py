"""The forecast service answers one kelurahan at a time, as BMKG does."""

from __future__ import annotations

import json

import pytest

from ckanext.jambi.demo_city.places import VILLAGES

PATH = "/bmkg/publik/prakiraan-cuaca"


@pytest.mark.parametrize("village", [VILLAGES[0], VILLAGES[-1]])
def test_a_kelurahan_has_its_own_forecast_by_day(steady, village):
    found = json.loads(steady.get(f"{PATH}?adm4={village.code}").data)
    assert found["lokasi"]["adm4"] == village.code
    assert found["lokasi"]["adm3"] == village.district.code
    days = found["data"][0]["cuaca"]
    assert sum(len(day) for day in days) == 8
    assert all(len({step["local_datetime"][:10] for step in day}) == 1 for day in days)


def test_instants_have_no_zone_and_the_issue_is_in_utc(steady):
    step = json.loads(steady.get(PATH).data)["data"][0]["cuaca"][0][0]
    assert step["analysis_date"] == "2026-11-24T00:00:00"
    assert step["local_datetime"] == "2026-11-24 07:00:00"
    assert step["utc_datetime"] == "2026-11-24 00:00:00"


def test_an_unknown_code_is_404_with_a_document(steady):
    answer = steady.get(f"{PATH}?adm4=15.71.99.9999")
    assert answer.status_code == 404
    assert json.loads(answer.data)["message"] == "Data not found"
