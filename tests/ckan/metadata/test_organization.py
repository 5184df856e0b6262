from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

pytestmark = [
    pytest.mark.ckan_config(
        "ckan.plugins", "jambi_metadata jambi_search jambi scheming_datasets scheming_organizations"
    ),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
SECRET = "telegram: @kanal-rahasia"
OFFICE: dict[str, Any] = {
    "name": "dinas-x",
    "title": "Dinas X",
    "singkatan": "DX",
    "jenis_opd": "dinas",
    "urusan": ["1.02"],
    "kepala_jabatan": "Kepala Dinas",
    "walidata_pendukung_jabatan": "Kepala Bidang Data",
    "surel": "data@dinas-x.example.go.id",
    "telepon_kantor": "0741 123456",
    "alamat_kantor": "Jalan Contoh",
    "dasar_hukum": "Perda Kota Jambi 14/2016",
    "berlaku_mulai": "2017-01-01",
    "notifikasi": [SECRET],
}  # fmt: skip


@pytest.fixture
def as_sysadmin(sysadmin_context):
    def call(name: str, /, **data: Any) -> Any:
        return tk.get_action(name)({**sysadmin_context}, data)

    return call


def test_m7_form_must_give_every_field(as_sysadmin) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        as_sysadmin("organization_create", name="dinas-x", title="Dinas X")

    assert {"singkatan", "jenis_opd", "kepala_jabatan", "surel", "dasar_hukum"} <= set(
        caught.value.error_dict
    )


def test_m7_seeding_may_leave_fields_empty_and_the_gaps_are_listed(action) -> None:
    made = factories.Organization(name="dinas-x")
    gaps = action("jambi_organization_gap_list", id=made["id"])["gaps"]

    assert {"singkatan", "jenis_opd", "surel"} <= {gap["field"] for gap in gaps}


def test_complete_organization_comes_back_as_it_was_written(as_sysadmin) -> None:
    made = as_sysadmin("organization_create", **OFFICE)
    shown = as_sysadmin("organization_show", id=made["id"])
    as_sysadmin("organization_patch", id=made["id"], situs_web="https://dinas-x.example.go.id")

    assert {name: shown[name] for name in OFFICE} == OFFICE
    assert as_sysadmin("organization_show", id=made["id"])["situs_web"] == "https://dinas-x.example.go.id"
    assert as_sysadmin("jambi_organization_gap_list", id=made["id"])["gaps"] == []


def test_abbreviation_is_unique_and_parent_exists(as_sysadmin) -> None:
    as_sysadmin("organization_create", **OFFICE)
    with pytest.raises(tk.ValidationError) as caught:
        as_sysadmin("organization_create", **{**OFFICE, "name": "dinas-y", "induk": "tidak-ada"})

    assert caught.value.error_dict == {
        "singkatan": ["Another organization has this abbreviation."],
        "induk": ['There is no organization "tidak-ada".'],
    }


@pytest.mark.parametrize(
    ("action_name", "arguments"),
    [
        ("organization_show", {"id": "dinas-x"}),
        ("organization_show", {"id": "dinas-x", "include_datasets": True, "include_extras": True}),
        ("organization_list", {"all_fields": True, "include_extras": True}),
        ("package_show", {"id": "set-data"}),
        ("package_search", {"q": "*:*"}),
        ("organization_autocomplete", {"q": "dinas"}),
    ],
)
def test_notice_channels_are_never_shown_to_the_public(
    as_sysadmin, anonymous, action_name, arguments
) -> None:
    import demo_catalogue

    as_sysadmin("organization_create", **OFFICE)
    as_sysadmin("package_create", **demo_catalogue.dataset(owner_org="dinas-x", name="set-data"))

    assert SECRET not in json.dumps(anonymous(action_name, **arguments))
    assert SECRET in json.dumps(as_sysadmin("organization_show", id="dinas-x"))


def test_notice_channels_survive_an_edit_by_the_agency_s_admin(as_sysadmin) -> None:
    admin = factories.User(name="dinas-admin")
    as_sysadmin("organization_create", **OFFICE)
    as_sysadmin("organization_member_create", id="dinas-x", username=admin["name"], role="admin")
    context = {"user": admin["name"], "ignore_auth": False}
    tk.get_action("organization_patch")(context, {"id": "dinas-x", "alamat_kantor": "Jalan Baru"})

    assert as_sysadmin("organization_show", id="dinas-x")["notifikasi"] == [SECRET]
