"""Bad input: each gets a named error that says what to do, and the public data stays as it was."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from harvest_source import COLUMNS, FIELDS, PLUGINS, Answer, count, raw_definition

from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import DefinitionError

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def published(source: Any, apply_source: Any, harvest: Any) -> str:
    """Return the id of a source whose 30 rows are public."""
    source.csv(30)
    source_id = apply_source()
    assert harvest(source_id)["state"] == "succeeded"
    return source_id


def public() -> tuple[dict[str, Any], list[Any]]:
    """Return what an anonymous visitor gets: the dataset and its rows."""
    dataset = tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})
    found = tk.get_action("datastore_search")(
        {"user": ""}, {"resource_id": dataset["resources"][0]["id"], "limit": 1000}
    )
    return dataset, found["records"]


def html(source: Any) -> None:
    source.answers["/data.csv"] = Answer(
        b"<!doctype html><title>Masuk</title>", headers={"Content-Type": "text/html"}
    )


def header_only(source: Any) -> None:
    source.csv(0)


def half(source: Any) -> None:
    source.csv(15)


def other_locale(source: Any) -> None:
    lines = [
        "bulan,puskesmas,kunjungan",
        *(f'2026-0{at % 9 + 1},Puskesmas {at},"1.{at:03d},5"' for at in range(30)),
    ]
    source.answers["/data.csv"] = Answer("\n".join(lines).encode(), headers={"Content-Type": "text/csv"})


def renamed_column(source: Any) -> None:
    source.csv(30)
    body = source.answers["/data.csv"].body.replace(b"kunjungan", b"jumlah", 1)
    source.answers["/data.csv"] = Answer(body, headers={"Content-Type": "text/csv"})


def redirect(source: Any) -> None:
    source.answers["/data.csv"] = Answer(b"", 302, {"Location": "http://169.254.169.254/latest/meta-data/"})


def gone(source: Any) -> None:
    source.answers.clear()


CASES = [
    (html, "failed", "unexpected_content", "periksa apakah sistem meminta masuk"),
    (header_only, "quarantined", "empty_list", "pastikan kepada pemilik"),
    (half, "quarantined", None, None),  # what it says stands with the decision that it waits for
    (other_locale, "failed", "number_locale", "Periksa schema.locale"),
    (renamed_column, "quarantined", "schema_drift", "sesuaikan schema.fields"),
    (redirect, "failed", "redirect_refused", "Tanyakan alamat akhirnya"),
    (gone, "failed", "not_found", "Periksa alamat"),
]
"""What spoils the answer, how the run ends, its code, and what the person responsible is told to do."""


@pytest.mark.parametrize(
    ("spoil", "state", "code", "remedy"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_p02_bad_answer_keeps_the_public_data(
    published: str, source: Any, harvest: Any, spoil: Any, state: str, code: str | None, remedy: str | None
) -> None:
    before = public()
    spoil(source)
    run = harvest(published)
    assert (run["state"], run["error_code"]) == (state, code)
    assert public() == before
    assert (run["error"] is None) if remedy is None else (remedy in run["error"])
    assert count("harvest_gather_error") == (0 if code is None else 1)


def test_s08_half_a_table_opens_a_quarantine(published: str, source: Any, harvest: Any) -> None:
    half(source)
    harvest(published)
    [held] = tk.get_action("jambi_quarantine_list")(
        {"ignore_auth": True, "user": ""}, {"source_id": published}
    )
    assert (held["reason"], held["state"], held["summary"]["gone"]) == ("rows_vanished", "open", 15)


def test_good_answer_after_a_bad_one_goes_on(published: str, source: Any, harvest: Any) -> None:
    html(source)
    harvest(published)
    source.csv(31)
    run = harvest(published)
    assert (run["state"], run["changed"]) == ("succeeded", 1)
    assert len(public()[1]) == 31
    assert count("jambi_event", "kind IN ('source.down', 'source.recovered')") == 0


def test_first_answer_without_rows_fails_by_name(source: Any, apply_source: Any, harvest: Any) -> None:
    header_only(source)
    run = harvest(apply_source())
    assert (run["state"], run["error_code"]) == ("failed", "empty_list")
    assert count("package", "type = 'dataset'") == 0


def test_definition_with_a_typo_names_the_nearest_key(source: Any) -> None:
    raw = raw_definition(source)
    raw["dataset"]["titel"] = raw["dataset"].pop("title")
    with pytest.raises(DefinitionError) as caught:
        definitions.parse(raw)
    [problem] = [one for one in caught.value.problems if one.suggestion]
    assert problem.suggestion == "title"
    assert problem.pesan


def test_dataset_without_frequency_is_refused(source: Any) -> None:
    raw = raw_definition(source)
    raw["dataset"]["fields"] = {name: value for name, value in FIELDS.items() if name != "frekuensi"}
    with pytest.raises(DefinitionError, match="frekuensi"):
        definitions.parse(raw)


def test_m5_missing_field_makes_a_private_draft_with_its_gaps(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.csv(30)
    raw = raw_definition(source)
    raw["dataset"]["fields"] = {name: value for name, value in FIELDS.items() if name != "definisi"}
    source_id = apply_source(raw)
    assert harvest(source_id)["state"] == "succeeded"
    dataset = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": "uji-kunjungan-data"})
    assert (dataset["private"], dataset["status_pemeriksaan"]) == (True, "draf")
    [record] = tk.get_action("jambi_record_list")({"ignore_auth": True, "user": ""}, {"source_id": source_id})
    assert "definisi" in [gap["field"] for gap in record["gaps"]]


def test_m5_gap_of_a_column_names_the_column(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    raw = raw_definition(source)
    fields = {name: dict(said) for name, said in raw["schema"]["fields"].items()}
    fields["kunjungan"].pop("unit")
    raw["schema"] = {"fields": fields}
    source_id = apply_source(raw)
    harvest(source_id)
    [record] = tk.get_action("jambi_record_list")({"ignore_auth": True, "user": ""}, {"source_id": source_id})
    [gap] = record["gaps"]
    assert (gap["field"], gap["place"]) == ("satuan", "File 1, Column kunjungan")
    assert gap["message"].startswith("Fill this in")


def test_undeclared_and_dropped_columns_never_arrive(source: Any, apply_source: Any, harvest: Any) -> None:
    body = b"bulan,puskesmas,kunjungan,nik,catatan\n" + b"".join(
        b"2026-0%d,Puskesmas %d,%d,1571010101010001,rahasia\n" % (at, at, at) for at in range(1, 9)
    )
    source.answers["/data.csv"] = Answer(body, headers={"Content-Type": "text/csv"})
    fields = COLUMNS | {"catatan": {"path": "catatan"}}
    harvest(apply_source(raw_definition(source) | {"schema": {"fields": fields, "drop": ["nik"]}}))
    dataset, rows = public()
    assert set(rows[0]) == {"_id", "bulan", "puskesmas", "kunjungan"}
    assert "rahasia" not in json.dumps([dataset, rows])
    assert count("harvest_object", "content LIKE '%1571010101010001%' OR content LIKE '%rahasia%'") == 0
