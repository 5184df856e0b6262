"""The application over WSGI: labels, conditional requests, pages, and what it refuses."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from werkzeug.test import Client

from ckanext.jambi.demo_city.app import create_app
from ckanext.jambi.demo_city.datasets import SOURCES

PATHS = [f"/{source.path}" for source in SOURCES]


@pytest.mark.parametrize("path", [*PATHS, "/", "/data.json", "/titipan/", "/tidak-ada", "/_kendali/ubah"])
def test_every_answer_says_that_it_is_simulated(steady: Client, path):
    assert steady.get(path).headers["X-Data-Peraga"] == "ya"


@pytest.mark.parametrize("path", ["/", "/titipan/", "/tidak-ada"])
def test_every_page_shows_that_it_is_simulated(steady: Client, path):
    page = steady.get(path)
    assert page.mimetype == "text/html"
    assert "<strong>Data peraga.</strong>" in page.text


@pytest.mark.parametrize("path", [*PATHS, "/", "/data.json", "/titipan/"])
def test_what_is_known_already_is_not_sent_again(steady: Client, path):
    first = steady.get(path)
    again = steady.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.data == b""


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_changes_its_tag_with_its_rows_only(browser: Client, hands, path):
    first = browser.get(path).headers["ETag"]
    hands.instant += timedelta(seconds=1)
    assert browser.get(path).headers["ETag"] == first
    browser.post("/_kendali/ubah?n=25")
    assert browser.get(path).headers["ETag"] != first


def test_head_has_the_headers_and_no_body(steady: Client):
    head = steady.head("/bpbd/api/tma")
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["ETag"] == steady.get("/bpbd/api/tma").headers["ETag"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_written(browser: Client, method):
    refused = getattr(browser, method)("/bpbd/api/tma")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD"


def test_the_index_lists_all_systems(steady: Client):
    page = steady.get("/").text
    assert all(f'href="{path}"' in page for path in PATHS)


def test_the_catalogue_names_each_dataset_and_where_it_is(steady: Client):
    entries = json.loads(steady.get("/data.json").data)["dataset"]
    assert [entry["distribution"][0]["title"] for entry in entries] == [source.name for source in SOURCES]
    assert all("data peraga" in entry["keyword"] for entry in entries)
    assert entries[0]["distribution"][0]["downloadURL"] == "http://localhost/bpbd/api/tma"


def test_an_address_cannot_write_into_a_page(steady: Client):
    assert "<script>" not in steady.get("/<script>alert(1)</script>").text


def test_without_control_there_is_nothing_to_control():
    quiet = Client(create_app())
    assert quiet.post("/_kendali/ubah?n=1").status_code == 405
    assert quiet.get("/_kendali/ubah").status_code == 404
    assert quiet.get("/bpbd/api/tma?_galat=500").status_code == 200


@pytest.mark.parametrize("count", ["0", "26", "x", "-1"])
def test_a_senseless_number_of_changes_is_refused(browser: Client, count):
    assert browser.post(f"/_kendali/ubah?n={count}").status_code == 400


def test_control_takes_posts_and_known_commands_only(browser: Client):
    assert browser.get("/_kendali/ubah?n=1").status_code == 405
    assert browser.post("/_kendali/lain").status_code == 404


def test_twenty_datasets_change_at_once(browser: Client, app):
    said = json.loads(browser.post("/_kendali/ubah?n=20").data)
    assert said["berubah"] == [source.name for source in SOURCES[:20]]
    assert app.city.changes.total() == 20
