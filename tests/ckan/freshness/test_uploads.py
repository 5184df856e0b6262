"""Evidence from uploads (specification 5, F17, F18; G1, G3, G12)."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
import xlsxwriter
from ckan import model
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.jambi.freshness.model import observation

KAMUS = '[{"nama": "periode", "tipe": "bulan"}, {"nama": "jumlah", "tipe": "bilangan"}]'
SEP = "periode,jumlah\n2026-06,10\n2026-07,12\n"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def log() -> list[dict]:
    """Return the log, with the reason for credit."""
    rows = model.Session.execute(sa.select(observation).order_by(observation.c.seq)).mappings()
    return [dict(row) | {"credit": row["detail"]["credit"]} for row in rows]


@pytest.fixture
def storage(ckan_config, tmp_path: Path, monkeypatch) -> None:
    """Keep uploads in a folder of this test."""
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))


@pytest.fixture
def upload(dataset, storage):
    """Return a function that uploads a text to a dataset of its own, or to a resource."""
    user = factories.Sysadmin()
    one = dataset("bulanan", resources=0)

    def send(text: str | bytes, name: str = "data.csv", format: str = "CSV", **values) -> dict:
        content = text.encode() if isinstance(text, str) else text
        values |= {"upload": FileStorage(io.BytesIO(content), name), "url": name, "format": format}
        verb = "resource_update" if "id" in values else "resource_create"
        target = {} if "id" in values else {"package_id": one["id"]}
        return helpers.call_action(verb, {"user": user["name"]}, **target, **values)

    send.user, send.dataset = user, one
    return send


def test_upload_leaves_evidence_of_its_rows(upload) -> None:
    resource = upload(SEP, kamus_data=KAMUS, kolom_periode="periode")
    [row] = log()
    assert (row["kind"], row["resource_id"], row["hash_method"]) == ("upload", resource["id"], "rows-v1")
    assert (row["row_count"], row["period_end"], row["credit"]) == (2, date(2026, 7, 31), "new_content")
    assert (row["actor_id"], row["actor_class"]) == (upload.user["id"], "person")
    shown = helpers.call_action("jambi_freshness_show", id=upload.dataset["id"])
    assert shown["state"] == "fresh"
    assert (
        shown["sentence"] == "Data up to 31 Jul 2026 · checked today · last changed 1 Sep 2026 (file changed)"
    )


@pytest.mark.parametrize(
    "same",
    [
        "periode,jumlah\n2026-07,12\n2026-06,10\n",
        "jumlah;periode\r\n 12 ;2026-07\r\n10;2026-06 \r\n",
        "\ufeffperiode,jumlah\n2026-06,10.0\n2026-07,12\n",
        "periode,jumlah,diunduh\n2026-06,10,kemarin\n2026-07,12,tadi\n",
    ],
)
def test_g03_equal_rows_in_another_dress_earn_nothing(upload, portal_at, same: str) -> None:
    resource = upload(SEP, kamus_data=KAMUS, kolom_periode="periode")
    portal_at(10)
    upload(same, id=resource["id"], kamus_data=KAMUS, kolom_periode="periode")
    assert [row["credit"] for row in log()] == ["new_content", "repeated_content"]


def test_g12_changed_rows_of_an_old_period_earn_nothing(upload) -> None:
    resource = upload(SEP, kamus_data=KAMUS, kolom_periode="periode")
    upload(SEP.replace("12", "13"), id=resource["id"], kamus_data=KAMUS, kolom_periode="periode")
    upload(SEP + "2026-08,1\n", id=resource["id"], kamus_data=KAMUS, kolom_periode="periode")
    assert [row["credit"] for row in log()] == ["new_content", "period_not_advanced", "new_content"]


def test_g01_update_without_a_file_leaves_no_evidence(upload) -> None:
    resource = upload(SEP)
    context = {"user": upload.user["name"]}
    helpers.call_action("resource_patch", context, id=resource["id"], description="baru")
    helpers.call_action("package_patch", context, id=upload.dataset["id"], notes="baru")
    assert len(log()) == 1


@pytest.mark.parametrize(
    ("content", "name", "format"),
    [
        (b"%PDF-1.7 \x00\xff", "laporan.pdf", "PDF"),
        (b"a,b\n1\n", "cacat.csv", "CSV"),
        (b"a,a\n1,2\n", "kembar.csv", "CSV"),
        (b"", "kosong.csv", "CSV"),
        (b'a,b\n1,"2\n', "kutip.csv", "CSV"),
    ],
)
def test_f18_what_is_no_table_is_hashed_as_bytes(upload, content: bytes, name: str, format: str) -> None:
    upload(content, name, format)
    [row] = log()
    assert (row["hash_method"], row["row_count"], row["credit"]) == ("sha256", None, "new_content")


def workbook(*rows: list, sheet: str = "Data", beside: str | None = None, **properties: str) -> bytes:
    """Return a workbook with one sheet of rows, and a sheet with a note beside it."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        book.set_properties(properties)
        made = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            made.write_row(number, 0, row)
        if beside:
            book.add_worksheet("Catatan").write(0, 0, beside)
    return held.getvalue()


HEAD, JUNE, JULY = ["periode", "jumlah"], ["2026-06", 10], ["2026-07", 12]


@pytest.mark.parametrize(
    "same",
    [
        workbook(HEAD, JUNE, JULY, author="Orang lain", comments="disimpan ulang"),
        workbook(["Rekap kunjungan"], ["dicetak 2 September"], HEAD, JULY, JUNE, sheet="Lembar 1"),
        workbook(HEAD, JUNE, JULY, beside="dicetak 2 September"),
        workbook([*HEAD, "diunduh"], [*JUNE, "tadi"], [*JULY, "kemarin"]),
        SEP.encode(),
    ],
)
def test_g03_f18_a_workbook_saved_or_exported_again_earns_nothing(upload, same: bytes) -> None:
    declared = {"kamus_data": KAMUS, "kolom_periode": "periode"}
    resource = upload(workbook(HEAD, JUNE, JULY), "data.xlsx", "XLSX", **declared)
    kind = "CSV" if same == SEP.encode() else "XLSX"
    upload(same, f"data.{kind.lower()}", kind, id=resource["id"], **declared)
    first, second = log()
    assert (first["hash_method"], first["row_count"], first["period_end"]) == (
        "rows-v1",
        2,
        date(2026, 7, 31),
    )
    assert (first["credit"], second["credit"]) == ("new_content", "repeated_content")


def test_f18_each_cell_of_a_workbook_counts_where_no_column_is_declared(upload) -> None:
    resource = upload(workbook(["a"], [1], beside="x"), "data.xlsx", "XLSX")
    upload(workbook(["a"], [1], beside="x", author="lain"), "data.xlsx", "XLSX", id=resource["id"])
    upload(workbook(["a"], [1], beside="y"), "data.xlsx", "XLSX", id=resource["id"])
    assert [row["credit"] for row in log()] == ["new_content", "repeated_content", "new_content"]


def features(*found: tuple[str, float], stamp: str = "a") -> bytes:
    """Return a collection of points."""
    listed = [
        {
            "type": "Feature",
            "id": f"{stamp}{n}",
            "geometry": {"type": "Point", "coordinates": [103.6, place]},
            "properties": {"periode": period, "diambil": stamp},
        }
        for n, (period, place) in enumerate(found)
    ]
    return json.dumps({"type": "FeatureCollection", "timeStamp": stamp, "features": listed}).encode()


def test_g03_f18_features_in_another_order_earn_nothing_and_a_moved_one_does(upload) -> None:
    kamus = '[{"nama": "periode", "tipe": "bulan"}, {"nama": "diambil", "tipe": "teks", "volatil": "true"}]'
    resource = upload(
        features(("2026-06", -1.6), ("2026-07", -1.5)), "a.geojson", "GeoJSON", kamus_data=kamus
    )
    for body in (
        features(("2026-07", -1.50), ("2026-06", -1.6), stamp="b"),
        features(("2026-06", -1.6), ("2026-07", -1.4)),
    ):
        upload(body, "a.geojson", "GeoJSON", id=resource["id"], kamus_data=kamus)
    assert [row["credit"] for row in log()] == ["new_content", "repeated_content", "new_content"]
    assert {row["hash_method"] for row in log()} == {"rows-v1"}


def test_f18_volatile_columns_of_a_workbook_are_left_out(upload) -> None:
    kamus = (
        '[{"nama": "periode", "tipe": "bulan"}, {"nama": "jumlah", "tipe": "bilangan", "volatil": "true"}]'
    )
    resource = upload(workbook(HEAD, JUNE), "data.xlsx", "XLSX", kamus_data=kamus)
    upload(workbook(HEAD, ["2026-06", 11]), "data.xlsx", "XLSX", id=resource["id"], kamus_data=kamus)
    assert [row["credit"] for row in log()] == ["new_content", "repeated_content"]


def test_f18_older_code_page_is_read(upload) -> None:
    upload("nama,jumlah\nCafé,1\n".encode("cp1252"))
    assert (log()[0]["hash_method"], log()[0]["row_count"]) == ("rows-v1", 1)


def test_import_context_writes_no_upload_evidence(upload) -> None:
    resource = {
        "upload": FileStorage(io.BytesIO(SEP.encode()), "data.csv"),
        "url": "data.csv",
        "package_id": upload.dataset["id"],
    }
    context = {"user": upload.user["name"], "jambi_import": True}
    helpers.call_action("resource_create", context, **resource)
    assert log() == []


def test_refused_update_leaves_no_evidence(upload) -> None:
    resource = {"upload": FileStorage(io.BytesIO(SEP.encode()), "data.csv"), "url": "data.csv"}
    context = {"user": upload.user["name"]}
    with pytest.raises(tk.ValidationError):
        helpers.call_action("package_patch", context, id=upload.dataset["id"], name="!", resources=[resource])
    assert log() == []


def brought(text: str) -> dict:
    """Return a resource that brings a file."""
    file = FileStorage(io.BytesIO(text.encode()), "data.csv")
    declared = {"kamus_data": KAMUS, "kolom_periode": "periode"}
    return {"upload": file, "url": "data.csv", "format": "CSV", **declared}


def test_evidence_follows_a_file_through_each_action_on_a_dataset(upload) -> None:
    def act(action: str, **values) -> dict:
        return helpers.call_action(action, {"user": upload.user["name"]}, **values)

    one = act("package_patch", id=upload.dataset["id"], resources=[brought(SEP)])
    more = SEP + "2026-08,1\n"
    one = act("package_update", **(one | {"resources": [*one["resources"], brought(more)]}))
    first, second = one["resources"]
    fewer = second | brought(SEP + "2026-05,1\n")
    act("package_update", **(one | {"resources": [fewer]}))  # what stood first is gone: the file moves up
    revised = {"upload": brought(more + "2026-04,1\n")["upload"], "url": "data.csv"}
    act("package_revise", match={"id": one["id"]}, update__resources__0=revised)
    found = [(row["kind"], row["resource_id"], row["row_count"]) for row in log()]
    assert found == [
        ("upload", first["id"], 2),
        ("upload", second["id"], 3),
        ("upload", second["id"], 3),
        ("upload", second["id"], 4),
    ]


def test_a_file_that_ckan_does_not_store_leaves_no_evidence(upload) -> None:
    """CKAN stores the files of an update alone; `package_create` breaks off over one."""
    owner = upload.dataset["owner_org"]
    with pytest.raises(TypeError):
        helpers.call_action("package_create", name="baru", owner_org=owner, resources=[brought(SEP)])
    model.Session.rollback()
    assert log() == []
