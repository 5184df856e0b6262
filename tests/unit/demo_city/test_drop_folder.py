"""Files that anyone lays into the drop folder are served, and nothing else on the disk is."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.test import Client

from ckanext.jambi.demo_city.app import create_app
from ckanext.jambi.harvest import datasets as described
from ckanext.jambi.metadata.requirements import gaps
from jambi_harvesters import definition

COLUMN_PARTS = ("name", "type", "unit", "label", "definition", "concept", "reference_code")
SITE = "6f1c1f0e-3c53-4c0b-8d1b-9a3f0c6d2c11"


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


def shown_definition(browser: Client) -> dict[str, Any]:
    page = browser.get("/titipan/").text
    return yaml.safe_load(html.unescape(page.partition("<pre>")[2].partition("</pre>")[0]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Curah_Hujan 2026.csv", "Pos Hujan;2026;Nilai (mm)\nA;1;2,5\nB;2;3\n"),
        ("kosong.csv", ""),
        ("a.json", "[]"),
        ("b.json", '[{"Nama Pos": "A", "nilai": 1}]'),
        ("rusak.json", "{"),
        ("buku kerja.xlsx", "x"),
    ],
)
def test_the_listing_shows_a_definition_that_is_valid(browser: Client, tmp_path: Path, name, content):
    (tmp_path / name).write_text(content)
    raw = shown_definition(browser)
    assert raw["endpoint"]["path"] == name
    assert definition.parse(raw).organization == "diskominfo"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("bulan,kecamatan,n\n2025-09,A,1\n2025-10,A,2\n", ["bulan"]),
        ("bulan,kecamatan,n\n2025-09,A,1\n2025-09,B,2\n", ["bulan", "kecamatan"]),
        ("bulan,kecamatan,n\n2025-09,A,1\n2025-09,A,1\n", ["bulan", "kecamatan", "n"]),
        ("bulan,kecamatan,n\n", ["bulan"]),
    ],
)
def test_the_key_of_a_csv_file_is_the_leading_columns_that_name_a_row(
    browser: Client, tmp_path: Path, content, key
):
    (tmp_path / "pohon.csv").write_text(content)
    assert shown_definition(browser)["dataset"]["key_columns"] == key


def test_the_columns_of_a_json_list_are_read_from_its_first_entry(browser: Client, tmp_path: Path):
    (tmp_path / "b.json").write_text('[{"Nama Pos": "A", "nilai": 1}]')
    fields = shown_definition(browser)["schema"]["fields"]
    assert {name: field["path"] for name, field in fields.items()} == {
        "nama_pos": '"Nama Pos"',
        "nilai": '"nilai"',
    }


def test_without_a_file_the_definition_is_for_one_that_could_be_there(browser: Client):
    assert definition.parse(shown_definition(browser)).endpoint.path == "contoh.csv"


def test_the_shown_definition_reads_the_file_and_its_dataset_can_be_public(
    app, browser: Client, tmp_path: Path, hands, serve, reader
):
    (tmp_path / "Pos Hujan.csv").write_text("Pos;2026;Nilai (mm)\nA;1;2,5\nB;2;3\n")
    wanted = definition.parse(shown_definition(browser))
    with serve(app) as port:
        found = reader(wanted, port, hands.instant)
    assert found.columns == ("pos", "kolom_2", "nilai_mm")
    assert found.rows == [("A", "1", "2,5"), ("B", "2", "3")]
    columns = [{name: getattr(one, name) for name in COLUMN_PARTS} for one in found.record.rows.columns]
    table = {"columns": columns, "period": (None, None), "hash": found.hash, "rows": 2}
    content = {"fields": dict(found.record.fields), "table": table}
    dataset = described.dataset_dict(wanted, content, described.package_id(SITE, "x"), "http://x")
    missing = gaps({**dataset, "owner_org": "diskominfo"})
    assert [(gap.path, gap.code) for gap in missing] == []


def test_a_name_cannot_write_into_the_page(browser: Client, tmp_path: Path):
    (tmp_path / "<b>x.csv").write_text("a\n1\n")
    assert "<b>x" not in browser.get("/titipan/").text


def test_without_a_folder_the_listing_is_empty():
    assert "Belum ada berkas" in Client(create_app()).get("/titipan/").text
