from __future__ import annotations

import html
from typing import Any

import demo_catalogue
import pytest
from ckan.tests import factories

from ckanext.jambi.metadata import vocabularies
from ckanext.jambi.metadata.fields import kind_of

pytestmark = [
    pytest.mark.ckan_config(
        "ckan.plugins", "jambi_metadata jambi_search jambi scheming_datasets scheming_organizations"
    ),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
LANGUAGES = [("id", "/id"), ("en", "/en")]


@pytest.fixture
def page(app, dinkes):
    """Return a reader of pages as a sysadmin, in one language."""
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]

    def read(path: str, status: int = 200, **arguments: Any) -> str:
        send = app.post if "data" in arguments else app.get
        answer = send(
            path, headers={"Authorization": token}, status=status, follow_redirects=False, **arguments
        )
        return html.unescape(answer.body)

    return read


def labels(fields: Any, language: str) -> set[str]:
    return {field["label"][language] for field in fields if field.get("form_snippet", "") is not None}


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES)
def test_dataset_form_shows_every_field_in_its_language(page, language: str, prefix: str) -> None:
    form = page(f"{prefix}/dataset/new")
    headings = {field["heading"][language] for field in kind_of("dataset").fields if "heading" in field}
    topics = {vocabularies.label("topik", term.kode, language) for term in vocabularies.terms("topik")}

    assert {
        text for text in labels(kind_of("dataset").fields, language) | headings | topics if text not in form
    } == set()
    assert "tidak_diketahui" not in form
    assert 'name="status_pemeriksaan"' not in form


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES)
def test_file_form_shows_every_field_in_its_language(page, steward, language: str, prefix: str) -> None:
    made = steward("package_create", **demo_catalogue.dataset(owner_org="dinkes"))
    form = page(f"{prefix}/dataset/{made['name']}/resource/new")
    fields = [*kind_of("dataset").resource_fields, *kind_of("dataset").column_fields]

    assert {text for text in labels(fields, language) if text not in form} == set()
    assert 'name="hash"' not in form


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES)
def test_read_pages_show_labels_and_terms_in_their_language(
    page, steward, language: str, prefix: str
) -> None:
    made = steward("package_create", **demo_catalogue.dataset(owner_org="dinkes"))
    read = page(f"{prefix}/dataset/{made['name']}")
    file = page(f"{prefix}/dataset/{made['name']}/resource/{made['resources'][0]['id']}")

    for name in ("frekuensi", "satuan", "urusan", "kelas_informasi"):
        field = next(one for one in kind_of("dataset").fields if one["field_name"] == name)
        assert field["label"][language] in read
        assert vocabularies.label(name, made[name], language) in read
    assert {"id": "Kamus data", "en": "Data dictionary"}[language] in file


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES)
def test_organization_forms_show_every_field_in_their_language(page, language: str, prefix: str) -> None:
    for path in ("organization/new", "organization/edit/dinkes"):
        form = page(f"{prefix}/{path}")

        assert {
            text for text in labels(kind_of("organization").fields, language) if text not in form
        } == set()


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES)
def test_organization_page_shows_terms_and_no_notice_channels(
    page, app, action, language: str, prefix: str
) -> None:
    action(
        "organization_patch",
        id="dinkes",
        jenis_opd="dinas",
        urusan=["1.02"],
        notifikasi=["telegram: rahasia"],
    )
    about = app.get(f"{prefix}/organization/about/dinkes").body

    assert vocabularies.label("jenis_opd", "dinas", language) in about
    assert vocabularies.label("urusan", "1.02", language) in about
    assert "1.02" not in about
    assert "rahasia" not in about + page(f"{prefix}/organization/about/dinkes")


def test_dataset_is_made_by_form_and_its_gaps_are_listed(page) -> None:
    answer = page(
        "/dataset/new",
        status=302,
        data={
            "title": "Jumlah Kunjungan",
            "owner_org": "dinkes",
            "private": "True",
            "topik": "kesehatan",
            "klasifikasi": "a\nb",
            "save": "",
            "_ckan_phase": "1",
        },
    )
    read = page("/en/dataset/jumlah-kunjungan")

    assert "jumlah-kunjungan" in answer
    assert "What this draft still misses" in read
    assert "Update frequency: Fill this in" in read.replace("</strong>", "")


def test_form_that_would_publish_gaps_shows_them_at_their_fields(page) -> None:
    form = page(
        "/en/dataset/new",
        data={
            "title": "Jumlah Kunjungan 2024",
            "owner_org": "dinkes",
            "private": "False",
            "save": "",
            "_ckan_phase": "1",
        },
    )

    assert "Leave the year 2024 out of the title" in form
    assert "Fill this in; it is needed before the dataset can be public." in form


def test_form_may_not_leave_an_organization_s_fields_empty(page) -> None:
    form = page(
        "/en/organization/edit/dinkes", data={"title": "Dinas Kesehatan", "name": "dinkes", "save": ""}
    )

    assert "Legal base" in form
    assert "Fill this in" in form


def test_deleting_a_needed_file_is_refused_with_the_reason(page, steward) -> None:
    made = steward("package_create", **demo_catalogue.dataset(owner_org="dinkes"))
    path = f"/en/dataset/{made['name']}/resource/{made['resources'][0]['id']}/delete"

    assert "Add at least one file or link." in page(path, status=409, data={"delete": ""})


def test_complete_draft_says_so(page, steward) -> None:
    made = steward("package_create", **demo_catalogue.dataset(owner_org="dinkes", private=True))

    assert "This draft is complete" in page(f"/en/dataset/{made['name']}")


def test_file_form_s_empty_column_is_not_stored(page, steward) -> None:
    made = steward("package_create", **demo_catalogue.dataset(owner_org="dinkes"))
    sent = {
        "url": "https://data.example.go.id/a.pdf",
        "name": "Penjelasan",
        "format": "PDF",
        "jenis_berkas": "dokumentasi",
    }
    blank = {f"kamus_data-0-{field['field_name']}": "" for field in kind_of("dataset").column_fields}
    page(
        f"/dataset/{made['name']}/resource/new",
        status=302,
        data={**sent, **blank, "id": "", "save": "go-dataset-complete"},
    )

    assert "kamus_data" not in steward("package_show", id=made["id"])["resources"][1]


def test_dictionary_typed_into_the_form_is_stored(page, steward) -> None:
    made = steward("package_create", **demo_catalogue.dataset(owner_org="dinkes", private=True, resources=[]))
    column = {
        "nama": "jumlah",
        "tipe": "bilangan",
        "label": "Jumlah",
        "definisi": "Banyaknya.",
        "nilai_valid": "1\n2",
        "wajib": "ya",
    }
    sent = {
        "url": "https://data.example.go.id/a.csv",
        "name": "Data",
        "jenis_berkas": "utama",
        "id": "",
        "save": "go-dataset-complete",
    }
    typed = {f"kamus_data-0-{name}": value for name, value in column.items()}
    page(f"/dataset/{made['name']}/resource/new", status=302, data={**sent, **typed})

    assert steward("package_show", id=made["id"])["resources"][0]["kamus_data"] == [
        {**column, "nilai_valid": ["1", "2"], "wajib": True}
    ]
