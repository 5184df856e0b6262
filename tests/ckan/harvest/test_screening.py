"""Personal data is held before anything of it is stored (S28, P9, RL11, metadata.md M12)."""

from __future__ import annotations

import io
import json
import logging
import random
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import persons
import pytest
import sqlalchemy as sa
import xlsxwriter
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from harvest_source import (
    COLUMNS,
    NOTES,
    PLUGINS,
    Answer,
    catalogue_definition,
    count,
    raw_definition,
    shown,
)

from ckanext.jambi.harvest import model as tables
from ckanext.jambi.harvest import preview, screening, verifying
from ckanext.jambi.harvest.worker import Worker
from ckanext.jambi.metadata.pii import keyed_hash
from jambi_harvesters import definition as definitions

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
RNG = random.Random(7)
NIKS = [persons.nik(RNG) for _ in range(5)]
PHONE = persons.phone(RNG)
FREE_MAIL = "a@gmail.com"


def answer(source: Any, cells: list[str], header: str = "bulan,puskesmas,kunjungan", tail: str = "") -> None:
    """Let the source answer with a table whose second column holds these cells."""
    lines = [header, *(f"2026-0{at % 9 + 1},{cell},{at}{tail}" for at, cell in enumerate(cells))]
    source.answers["/data.csv"] = Answer("\n".join(lines).encode(), headers={"Content-Type": "text/csv"})


def plain_cells(size: int = 20) -> list[str]:
    """Return names of places."""
    return [f"Puskesmas {at}" for at in range(size)]


def everything() -> str:
    """Return all that both databases hold, as one text."""
    parts = []
    for engine in (model.meta.engine, get_write_engine()):
        with engine.connect() as connection:
            tables = connection.execute(
                sa.text(
                    "SELECT schemaname, tablename FROM pg_tables"
                    " WHERE schemaname NOT LIKE 'pg_%' AND schemaname <> 'information_schema'"
                )
            ).all()
            for schema, table in tables:
                rows = connection.execute(sa.text(f'SELECT t::text FROM "{schema}"."{table}" t'))
                parts += [row[0] for row in rows]
    return "\n".join(parts)


def quarantines(source_id: str) -> list[dict[str, Any]]:
    """Return the quarantines of a source."""
    return tk.get_action("jambi_quarantine_list")({"ignore_auth": True, "user": ""}, {"source_id": source_id})


def stored_chunks() -> int:
    """Return how many chunks of rows wait in the database (they are compressed, so no text search sees them)."""
    return count("jambi_harvest_chunk")


@pytest.fixture
def catalogue(source: Any, apply_source: Any) -> tuple[str, Callable[..., None]]:
    """Return the id of a data.json source, and a function that sets its datasets by identifier and notes."""

    def listing(notes: dict[str, str]) -> None:
        listed = [
            {
                "identifier": identifier,
                "title": f"Dataset {at}",
                "description": f"{NOTES} {text}",
                "distribution": [{"title": "Tautan", "downloadURL": f"https://data.example.go.id/{at}.csv"}],
            }
            for at, (identifier, text) in enumerate(notes.items())
        ]
        source.answers["/data.json"] = Answer(
            json.dumps({"dataset": listed}).encode(), headers={"Content-Type": "application/json"}
        )

    return apply_source(catalogue_definition(source)), listing


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (NIKS[:3], "N1"),
        ([persons.IDENTITY_FORMATS["spaces"](nik) for nik in NIKS[:3]], "N1"),
        ([PHONE], "N4"),
        ([FREE_MAIL], "N5"),
    ],
    ids=["nik", "nik, spaced", "phone", "e-mail"],
)
def test_s28_rows_with_personal_data_are_blocked_before_any_commit(
    source: Any, apply_source: Any, harvest: Any, caplog: Any, values: list[str], rule: str
) -> None:
    caplog.set_level(logging.DEBUG)
    answer(source, [*plain_cells(), *values])
    source_id = apply_source()
    run = harvest(source_id)
    assert (run["state"], run["held"], run["failed"]) == ("quarantined", 1, 0)
    [held] = quarantines(source_id)
    assert (held["reason"], held["state"]) == ("personal_data", "open")
    [record] = held["summary"]["records"]
    [finding] = record["findings"]
    assert (finding["rule"], finding["severity"], finding["column"]) == (rule, "block", "puskesmas")
    assert finding["rows"] == list(range(21, 21 + len(values)))
    assert finding["count"] == len(finding["hashes"]) == len(values)
    assert count("package", "type = 'dataset'") == count("harvest_object") == stored_chunks() == 0
    kept = everything() + caplog.text
    assert not [value for value in values if str(value) in kept]
    assert not [nik for nik in NIKS if nik in kept]


def test_p09_public_version_stays_as_it_was(source: Any, apply_source: Any, harvest: Any) -> None:
    answer(source, plain_cells())
    source_id = apply_source()
    assert harvest(source_id)["state"] == "succeeded"
    before = tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})
    answer(source, [*plain_cells(), PHONE])
    assert harvest(source_id)["state"] == "quarantined"
    assert tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"}) == before
    assert PHONE not in everything()
    answer(source, [*plain_cells(), "Puskesmas baru"])
    assert harvest(source_id)["state"] == "succeeded"
    assert [one["state"] for one in quarantines(source_id)] == ["superseded"]


def workbook(cell: str, hidden: str, comment: str) -> Answer:
    """Return a workbook with one visible sheet, one that is hidden, and a comment."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        for name, value in (("Data", cell), ("Rahasia", hidden)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["bulan", "puskesmas", "kunjungan"])
            for at in range(1, 8):
                sheet.write_row(at, 0, [f"2026-0{at}", value, at])
        book.get_worksheet_by_name("Data").write_comment(1, 1, comment)
        book.get_worksheet_by_name("Rahasia").hide()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Answer(held.getvalue(), headers={"Content-Type": kind})


def test_rl11_hidden_sheet_and_comments_of_a_workbook_are_never_taken_in(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.answers["/data.xlsx"] = workbook("Puskesmas", NIKS[0], f"Hubungi {PHONE}")
    run = harvest(apply_source(kind="xlsx", endpoint={"path": "data.xlsx"}))

    assert run["state"] == "succeeded", run["error"]
    held = everything()
    assert NIKS[0] not in held
    assert PHONE not in held


def test_s28_hidden_sheet_that_a_definition_names_is_screened_like_any(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.answers["/data.xlsx"] = workbook("Puskesmas", NIKS[0], "catatan")
    schema = {"fields": COLUMNS, "dialect": {"sheet": "Rahasia"}}
    source_id = apply_source(kind="xlsx", endpoint={"path": "data.xlsx"}, schema=schema)
    run = harvest(source_id)

    assert (run["state"], [one["reason"] for one in quarantines(source_id)]) == (
        "quarantined",
        ["personal_data"],
    )
    assert NIKS[0] not in everything()


def test_s28_same_held_content_is_asked_about_once(source: Any, apply_source: Any, harvest: Any) -> None:
    answer(source, [*plain_cells(), PHONE])
    source_id = apply_source()
    harvest(source_id)
    assert harvest(source_id, mode="complete")["state"] == "quarantined"
    assert len(quarantines(source_id)) == 1


def test_m12_block_holds_one_record_set_and_the_others_go_on(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing({"satu": "", "dua": f"Hubungi {PHONE}.", "tiga": ""})
    run = harvest(source_id)
    assert (run["state"], run["held"], run["new"]) == ("quarantined", 1, 3)
    assert count("package", "type = 'dataset'") == 2
    [held] = quarantines(source_id)
    assert held["summary"]["held"] == 1
    [record] = held["summary"]["records"]
    assert (record["guid"], record["findings"][0]["column"]) == ("dua", "notes")
    assert PHONE not in everything()


def test_rl11_id_that_is_a_persons_number_is_kept_as_a_hash(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing({"satu": "", NIKS[0]: ""})
    assert harvest(source_id)["held"] == 1
    [held] = quarantines(source_id)
    assert held["samples"] == [keyed_hash(screening.key(), NIKS[0])]
    assert NIKS[0] not in everything()


def test_rl11_columns_that_are_not_public_hold_nothing(source: Any, apply_source: Any, harvest: Any) -> None:
    answer(
        source, plain_cells(), "bulan,puskesmas,kunjungan,nik,hp,catatan", f",{NIKS[0]},{PHONE},{FREE_MAIL}"
    )
    fields = COLUMNS | {
        "hp": {"path": "hp", "public": True, "pii": "telepon"},
        "catatan": {"path": "catatan"},
    }
    source_id = apply_source(raw_definition(source) | {"schema": {"fields": fields, "drop": ["nik"]}})
    assert harvest(source_id)["state"] == "succeeded"
    assert quarantines(source_id) == []
    kept = everything()
    assert not [value for value in (NIKS[0], PHONE, FREE_MAIL) if value in kept]


def test_m12_warning_waits_for_a_reviewer_and_binds_to_what_was_read(
    source: Any, apply_source: Any, harvest: Any, admin: str, app: Any
) -> None:
    fields = COLUMNS | {
        "pejabat": {"path": "pejabat", "public": True, "label": "Pejabat", "definition": "Nama"}
    }
    answer(source, plain_cells(), "bulan,puskesmas,kunjungan,pejabat", ",Contoh")
    source_id = apply_source(raw_definition(source) | {"schema": {"fields": fields}})
    assert harvest(source_id)["state"] == "quarantined"
    assert "Contoh" not in json.dumps(quarantines(source_id))
    assert count("package", "type = 'dataset'") == stored_chunks() == 0
    approved = decide(admin, source_id, "approve")
    assert Worker(app.flask_app, owner="uji").drain() == ["succeeded"]
    assert shown(approved["applied_by"])["new"] == 1
    assert len(tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})["resources"]) == 1
    assert count("jambi_harvest_incoming") == 0
    answer(source, plain_cells(21), "bulan,puskesmas,kunjungan,pejabat", ",Lain")
    assert harvest(source_id)["state"] == "quarantined"


def test_m12_block_cannot_be_approved(source: Any, apply_source: Any, harvest: Any, admin: str) -> None:
    answer(source, [*plain_cells(), PHONE])
    source_id = apply_source()
    harvest(source_id)
    with pytest.raises(tk.ValidationError):
        decide(admin, source_id, "approve")
    assert decide(admin, source_id, "reject")["state"] == "rejected"
    assert count("jambi_harvest_incoming") == 0
    assert harvest(source_id, mode="complete")["state"] == "quarantined"
    assert [one["state"] for one in quarantines(source_id)] == ["rejected"]


def test_rl11_error_texts_and_column_names_are_masked(
    source: Any, apply_source: Any, harvest: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    answer(source, plain_cells())
    source_id = apply_source()
    harvest(source_id)
    answer(source, plain_cells(), f"{NIKS[0]},{PHONE},{FREE_MAIL}")  # a table without a header
    run = harvest(source_id)
    assert run["error_code"] == "schema_drift"
    kept = everything() + caplog.text
    assert not [value for value in (NIKS[0], PHONE, FREE_MAIL) if value in kept]


def test_p09_dry_run_and_preview_tell_what_would_be_held(source: Any, apply_source: Any, admin: str) -> None:
    answer(source, [*plain_cells(), PHONE])
    source_id = apply_source()
    definition = definitions.parse(raw_definition(source))
    with model.meta.engine.connect() as connection:
        row = connection.execute(sa.select(tables.source).where(tables.source.c.source_id == source_id))
        stated = dict(row.mappings().one())
    found = preview.dry_run(model.meta.engine, stated, definition)
    assert (found["new"], found["held"]) == (1, ["personal_data"])
    [shown_record] = preview.preview(model.meta.engine, definition, 5)["records"]
    assert shown_record["findings"] == [{"rule": "N4", "severity": "block", "column": "puskesmas"}]
    assert count("jambi_harvest_incoming") == 0


def declared(**columns: tuple[str, str | None]) -> dict[str, Any]:
    """Return public columns, each with its type and unit."""
    return {
        name: {"path": name, "type": kind, "public": True, "label": name, "definition": f"Kolom {name}"}
        | ({"unit": unit} if unit else {})
        for name, (kind, unit) in columns.items()
    }


PATIENTS = declared(
    bulan=("date", None),
    penyakit=("text", None),
    kelompok_umur=("text", None),
    jumlah_pasien=("integer", "orang"),
    persen_pasien=("decimal", "persen"),
)


def patients(source: Any, *counts: int) -> None:
    """Let the source answer with patients by disease and age."""
    traits = [(disease, age) for disease in ("DBD", "TB", "ISPA") for age in ("0-4", "5-9", "10-14")]
    lines = [f"2026-05-01,{','.join(pair)},{one},1.5" for pair, one in zip(traits, counts, strict=True)]
    body = "\n".join([",".join(PATIENTS), *lines]).encode()
    source.answers["/data.csv"] = Answer(body, headers={"Content-Type": "text/csv"})


def public_table() -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    """Return counts and shares as everybody reads them, and the table's resource."""
    [table] = tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})["resources"]
    asked = {"resource_id": table["id"], "sort": "_id", "fields": "jumlah_pasien,persen_pasien"}
    records = tk.get_action("datastore_search")({"user": ""}, asked)["records"]
    return [(one["jumlah_pasien"], one["persen_pasien"]) for one in records], table


def test_n8_small_counts_leave_the_public_copy_and_hold_nothing(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    patients(source, 3, 11, 30, 12, 40, 50, 31, 51, 61)
    raw = raw_definition(source)
    raw["dataset"] |= {"key_columns": ["bulan", "penyakit", "kelompok_umur"]}
    source_id = apply_source(raw | {"schema": {"fields": PATIENTS, "locale": "en-US"}})
    run = harvest(source_id)

    assert (run["state"], run["held"]) == ("succeeded", 0), run["error"]
    rows, table = public_table()
    assert [count for count, _ in rows] == [None, None, 30, None, None, 50, 31, 51, 61]
    assert all((count is None) == (share is None) for count, share in rows)
    said = {one["nama"]: one["definisi"] for one in table["kamus_data"]}
    assert "disembunyikan" in said["jumlah_pasien"]
    assert "disembunyikan" not in said["penyakit"]
    with model.meta.engine.connect() as connection:
        [stated] = connection.execute(sa.select(tables.source)).mappings()
    assert verifying.verify(dict(stated)).differences == ()

    patients(source, 2, 11, 30, 12, 40, 50, 31, 51, 61)
    assert harvest(source_id)["changed"] == 1
    assert public_table()[1]["hash"] == table["hash"]


def test_n8_part_of_a_table_with_small_counts_waits_for_a_reviewer(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    patients(source, 3, 11, 30, 12, 40, 50, 31, 51, 61)
    raw = raw_definition(source) | {"write": {"mode": "merge"}}
    raw["guard"] |= {"rolling": True}
    raw["dataset"] |= {"key_columns": ["bulan", "penyakit", "kelompok_umur"]}
    source_id = apply_source(raw | {"schema": {"fields": PATIENTS, "locale": "en-US"}})

    assert harvest(source_id)["state"] == "quarantined"
    assert [one["reason"] for one in quarantines(source_id)] == ["personal_data_review"]


def decide(user: str, source_id: str, decision: str) -> dict[str, Any]:
    """Decide the only open quarantine of a source."""
    [held] = [one for one in quarantines(source_id) if one["state"] == "open"]
    return tk.get_action("jambi_quarantine_decide")(
        {"user": user, "ignore_auth": False},
        {
            "id": held["id"],
            "decision": decision,
            "change_hash": held["change_hash"],
            "note": "Sudah diperiksa walidata.",
        },
    )
