"""Files that anyone lays into the drop folder are served, and nothing else on the disk is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from werkzeug.test import Client

from ckanext.jambi.demo_city.app import create_app
from jambi_harvesters import definition


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("curah-hujan.csv", "text/csv"),
        ("isi.json", "application/json"),
        ("Buku Kerja.XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_is_served_as_it_is(browser: Client, tmp_path: Path, name, media_type):
    (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    answer = browser.get(f"/titipan/{name}")
    assert answer.data == b"a,b\n1,2\n"
    assert answer.mimetype == media_type
    assert name in browser.get("/titipan/").text


def test_a_file_is_not_sent_again_until_it_changes(browser: Client, tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    first = browser.get("/titipan/a.csv")
    tag, moment = first.headers["ETag"], first.headers["Last-Modified"]
    assert browser.get("/titipan/a.csv", headers={"If-None-Match": tag}).status_code == 304
    assert browser.get("/titipan/a.csv", headers={"If-Modified-Since": moment}).status_code == 304
    file.write_text("a\n2\n")
    os.utime(file, (2_000_000_000, 2_000_000_000))
    again = browser.get("/titipan/a.csv", headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.headers["Last-Modified"] != moment


@pytest.mark.parametrize(
    "name", ["../rahasia.csv", "..%2Frahasia.csv", ".sembunyi.csv", "catatan.txt", "map.csv"]
)
def test_other_files_are_not_served(browser: Client, tmp_path: Path, name):
    (tmp_path.parent / "rahasia.csv").write_text("x")
    (tmp_path / ".sembunyi.csv").write_text("x")
    (tmp_path / "catatan.txt").write_text("x")
    (tmp_path / "map.csv").mkdir()
    assert browser.get(f"/titipan/{name}").status_code == 404
    assert "sembunyi" not in browser.get("/titipan/").text


def test_the_listing_shows_a_definition_that_is_valid(browser: Client, tmp_path: Path):
    (tmp_path / "Curah_Hujan.csv").write_text("a\n1\n")
    page = browser.get("/titipan/").text
    example = page.partition("<pre>")[2].partition("</pre>")[0]
    raw = yaml.safe_load(example)
    assert raw["endpoint"]["path"] == "Curah_Hujan.csv"
    assert definition.parse(raw).kind == "csv"


def test_a_name_cannot_write_into_the_page(browser: Client, tmp_path: Path):
    (tmp_path / "<b>x.csv").write_text("a\n1\n")
    assert "<b>x" not in browser.get("/titipan/").text


def test_without_a_folder_the_listing_is_empty():
    assert "Belum ada berkas" in Client(create_app()).get("/titipan/").text
