"""Stored files are what was uploaded, and their rows what the data dictionary says (F22)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from ckan.tests import factories, helpers
from daftar import promise
from werkzeug.datastructures import FileStorage

from ckanext.jambi.freshness import stored
from ckanext.jambi.freshness.model import file, observation
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
COLUMN = {"definisi": "Banyaknya kunjungan"}
KAMUS = [{"nama": "bulan", "tipe": "bulan", **COLUMN}, {"nama": "jumlah", "tipe": "bilangan", **COLUMN}]
GOOD, BAD = "bulan,jumlah\n2026-07,12\n", "bulan,jumlah\n2026-07,dua belas\n"


@pytest.fixture
def uploaded(
    ckan_config: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dataset: Callable
) -> SimpleNamespace:
    """Return what uploads a table to the one resource of a promised dataset, and where it lies."""
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    one, user = dataset("mingguan", resources=0), factories.Sysadmin()
    promise(one)
    made: dict[str, Any] = {}

    def send(text: str) -> Path:
        values = {"url": "data.csv", "format": "CSV", "kamus_data": KAMUS, **made}
        values["upload"] = FileStorage(io.BytesIO(text.encode()), "data.csv")
        verb = "resource_update" if made else "resource_create"
        target = {} if made else {"package_id": one["id"]}
        made["id"] = helpers.call_action(verb, {"user": user["name"]}, **target, **values)["id"]
        ticking.run()
        return Path(uploader.get_resource_uploader(made).get_path(made["id"]))

    return SimpleNamespace(send=send, user=user, dataset=one, resource=made)


def facts() -> dict[str, Any]:
    """Return what the log knows of the dataset."""
    query = sa.select(observation.c.detail).where(observation.c.kind == "facts")
    return model.Session.scalars(query.order_by(observation.c.seq.desc())).first()


def check() -> None:
    """Let a day pass for the duty, and run it."""
    model.Session.execute(sa.update(file).values(checked_at=file.c.checked_at - timedelta(hours=24)))
    model.Session.commit()
    stored.check()
    ticking.run()


def test_f22_rows_are_valid_against_the_dictionary_or_not(uploaded: SimpleNamespace) -> None:
    uploaded.send(BAD)
    assert (facts()["dictionary_complete"], facts()["rows_valid"]) == (True, False)
    uploaded.send(GOOD)
    assert facts()["rows_valid"] is True
    uploaded.send(BAD)
    assert facts()["rows_valid"] is False


def test_f22_a_stored_file_is_available_while_its_checksum_is_right(uploaded: SimpleNamespace) -> None:
    path = uploaded.send(GOOD)
    check()
    assert facts()["stored"] is True
    path.write_text(GOOD.replace("12", "13"))
    check()
    assert facts()["stored"] is False
    path.unlink()
    check()
    assert facts()["stored"] is False
    uploaded.send(GOOD)
    check()
    assert facts()["stored"] is True


def test_f22_a_file_from_before_is_taken_as_it_is_found(uploaded: SimpleNamespace) -> None:
    path = uploaded.send(GOOD)
    model.Session.execute(sa.delete(file))
    model.Session.commit()
    stored.check()
    assert model.Session.execute(sa.select(file.c.sha256, file.c.sound)).one().sound
    path.write_text("rusak")
    check()
    assert facts()["stored"] is False


def test_f22_a_file_whose_resource_is_gone_is_forgotten(uploaded: SimpleNamespace) -> None:
    uploaded.send(GOOD)
    helpers.call_action("resource_delete", {"user": uploaded.user["name"]}, id=uploaded.resource["id"])
    check()
    assert model.Session.execute(sa.select(file)).all() == []


def test_f22_a_file_is_read_once_a_day(uploaded: SimpleNamespace) -> None:
    path = uploaded.send(GOOD)
    path.write_text("rusak")
    stored.check()
    ticking.run()
    assert facts()["stored"] is True
