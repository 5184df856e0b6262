"""What the nightly scan finds is hidden at once and told to its people, without its value (RL12)."""

from __future__ import annotations

import random
from typing import Any

import ckan.plugins.toolkit as tk
import persons
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from harvest_source import NOTES, PLUGINS, count, site_context
from samples import FIELDS, TABLE

from ckanext.jambi.metadata.doors import nightly
from ckanext.jambi.model import audit
from ckanext.jambi.notices.model import delivery, notice

RNG = random.Random(13)
PHONE, NIK = persons.phone(RNG), persons.nik(RNG)

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme jambi_live jambi_notices {PLUGINS}"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def shown(agency: dict[str, Any]) -> Any:
    """Return a function that publishes a dataset with these words in its notes."""

    def publish(name: str, words: str, **over: Any) -> dict[str, Any]:
        dataset = {
            **FIELDS,
            "name": name,
            "title": f"Data {name}",
            "notes": f"{NOTES} {words}",
            "owner_org": agency["id"],
            "private": False,
            "license_id": "cc-by",
            "tags": [{"name": one} for one in ("kesehatan", "puskesmas", "kunjungan")],
            "resources": [{**TABLE, "url": "https://data.example.go.id/1.csv"}],
            **over,
        }
        return tk.get_action("package_create")(site_context(), dataset)

    return publish


def standing(name: str) -> tuple[bool, str]:
    """Return whether a dataset is private, and its review state."""
    found = tk.get_action("package_show")(site_context(), {"id": name})
    return found["private"], found["status_pemeriksaan"]


def acts() -> list[tuple[str, str]]:
    """Return what the audit ledger says of exposures."""
    query = sa.select(audit.c.action, audit.c.object).where(audit.c.action.like("privacy.%"))
    return [(row.action, row.object) for row in model.Session.execute(query.order_by(audit.c.seq))]


def mails() -> list[tuple[str, str]]:
    """Return the mails about exposures: to whom, and their text."""
    query = sa.select(delivery.c.recipient, notice.c.subject, notice.c.body).where(
        notice.c.id == delivery.c.notice_id, notice.c.event == "public_personal_data"
    )
    return [(row.recipient, f"{row.subject}\n{row.body}") for row in model.Session.execute(query)]


def test_rl12_what_must_never_be_public_is_hidden_and_told_once(
    shown: Any, agency: dict[str, Any], app: Any
) -> None:
    admin = factories.User(email="admin@example.go.id")
    tk.get_action("organization_member_create")(
        site_context(), {"id": agency["id"], "username": admin["name"], "role": "admin"}
    )
    leaking, clean = shown("bocor", f"Hubungi {PHONE}."), shown("bersih", "")
    nightly.scan(app.flask_app)

    assert standing("bocor") == (True, "dikembalikan")
    assert standing("bersih") == (False, "terbit")
    assert app.get(f"/dataset/{leaking['name']}", status=404)
    assert app.get(f"/dataset/{clean['name']}", status=200)
    assert acts() == [("privacy.hide", f"dataset:{leaking['id']}")]
    [told] = [text for address, text in mails() if address == "admin@example.go.id"]
    assert "Data bocor" in told
    assert "N4" in told
    assert not [text for _, text in mails() if PHONE in text]
    before = len(mails())
    nightly.scan(app.flask_app)
    assert (len(mails()), len(acts())) == (before, 1)


def test_rl12_what_its_schema_refuses_by_now_is_hidden_all_the_same(shown: Any, app: Any) -> None:
    found = shown("lama", f"Hubungi {PHONE}.")
    stale = """UPDATE package SET extras = extras || '{"frekuensi": "kadang-kadang"}' WHERE name = 'lama'"""
    model.Session.execute(sa.text(stale))
    model.Session.commit()
    model.Session.remove()
    search.rebuild(found["id"])
    with pytest.raises(tk.ValidationError):
        tk.get_action("package_patch")(site_context(), {"id": found["id"], "title": "Data lain"})
    nightly.scan(app.flask_app)

    assert standing(found["id"]) == (True, "dikembalikan")
    assert app.get(f"/dataset/{found['id']}", status=404)
    assert tk.get_action("package_search")({"user": ""}, {"fq": f"id:{found['id']}"})["count"] == 0
    assert acts() == [("privacy.hide", f"dataset:{found['id']}")]


def test_rl12_what_a_reviewer_may_accept_is_told_once_and_stays(shown: Any, app: Any) -> None:
    factories.Sysadmin(email="sysadmin@example.go.id")
    found = shown("satu-nomor", f"Nomor berkas {NIK}.")
    nightly.scan(app.flask_app)
    nightly.scan(app.flask_app)

    assert standing("satu-nomor") == (False, "terbit")
    assert acts() == [("privacy.find", f"dataset:{found['id']}")]
    assert mails()
    assert not [text for _, text in mails() if NIK in text]


def test_rl12_words_of_an_organization_hide_none_of_its_datasets(
    shown: Any, agency: dict[str, Any], app: Any
) -> None:
    shown("bersih", "")
    tk.get_action("organization_patch")(site_context(), {"id": agency["id"], "description": f"Piket {PHONE}"})
    nightly.scan(app.flask_app)

    assert standing("bersih") == (False, "terbit")
    assert acts() == [("privacy.find", "portal:doors")]


def test_rl12_hidden_dataset_stays_hidden_when_its_source_changes(
    source: Any, apply_source: Any, harvest: Any, app: Any
) -> None:
    source.csv(30)
    source_id = apply_source()
    harvest(source_id)
    name = "uji-kunjungan-data"
    tk.get_action("package_patch")(site_context(), {"id": name, "notes": f"{NOTES} Hubungi {PHONE}."})
    nightly.scan(app.flask_app)
    assert standing(name) == (True, "dikembalikan")

    source.csv(31)
    assert harvest(source_id)["changed"] == 1
    assert standing(name) == (True, "dikembalikan")

    tk.get_action("package_patch")(site_context(), {"id": name, "private": False})
    source.csv(32)
    harvest(source_id)
    assert standing(name) == (False, "terbit")
    assert count("package", "type = 'dataset' AND NOT private") == 1
