"""Faults for one source at a time, switched on or asked for, and off again."""

from __future__ import annotations

import csv
import json

import pytest
from werkzeug.test import Client

from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.demo_city.faults import FAULTS

PRICES = "/sembako/api/harga.php"
REFUSE = next(f"/{source.path}" for source in SOURCES if source.name == "timbulan-sampah")
TONNES = 6


def test_a_login_page_comes_with_status_200(browser: Client):
    page = browser.get(f"{PRICES}?_galat=html")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Sandi" in page.text


def test_an_empty_list_keeps_its_shape(browser: Client):
    assert json.loads(browser.get(f"{PRICES}?_galat=kosong").data)["result"] == ""
    assert json.loads(browser.get("/izin/api/izin?_galat=kosong").data)["data"]["total"] == 0


def test_half_a_list_is_half_as_long(browser: Client):
    whole, half = (
        json.loads(browser.get(PRICES + query).data)["result"] for query in ("", "?_galat=separuh")
    )
    assert len(half) == len(whole) // 2


def test_another_locale_swaps_the_marks_of_numbers_and_of_nothing_else(browser: Client):
    entry = json.loads(browser.get(f"{PRICES}?_galat=locale").data)["result"][0]
    plain = json.loads(browser.get(PRICES).data)["result"][0]
    assert entry["harga"] == plain["harga"].replace(".", ",") + ".00"
    assert {key for key in entry if entry[key] != plain[key]} == {"harga"}
    lines, truth = (
        list(csv.reader(browser.get(REFUSE + query).text.splitlines())) for query in ("?_galat=locale", "")
    )
    assert "," in truth[1][TONNES]
    assert lines[1][TONNES] == truth[1][TONNES].replace(",", ".")


def test_a_redirect_leads_to_a_metadata_address(browser: Client):
    answer = browser.get(f"{PRICES}?_galat=redirect")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://169.254.169.254/")


def test_a_failure_is_a_500(browser: Client):
    assert browser.get(f"{PRICES}?_galat=500").status_code == 500


def test_a_slow_answer_drips(browser: Client):
    answer = browser.get(f"{PRICES}?_galat=lambat", buffered=False)
    assert next(iter(answer.response)) == b"{"
    answer.close()


@pytest.mark.parametrize("mode", FAULTS)
def test_a_fault_is_switched_on_for_one_dataset_and_off_again(browser: Client, app, mode):
    browser.post(f"/_kendali/galat?dataset=harga-bahan-pokok&mode={mode}")
    assert app.faults == {"harga-bahan-pokok": mode}
    assert browser.get("/bpbd/api/tma").status_code == 200
    browser.post("/_kendali/galat?dataset=harga-bahan-pokok&mode=")
    assert app.faults == {}
    assert json.loads(browser.get(PRICES).data)["success"] == "1"


def test_unknown_datasets_and_modes_are_named(browser: Client):
    assert browser.post("/_kendali/galat?dataset=lain&mode=html").status_code == 404
    refused = browser.post("/_kendali/galat?dataset=harga-bahan-pokok&mode=lain")
    assert refused.status_code == 400
    assert "separuh" in refused.text
