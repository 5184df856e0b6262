"""Evidence from uploads (specification 5, F17, F18; G1, G3, G12)."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
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
