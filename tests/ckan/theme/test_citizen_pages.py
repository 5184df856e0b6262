"""Citizen pages through CKAN's application: language, links, states, and what caches may keep."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from counting import statements

PLUGINS = (
    "jambi_theme jambi_freshness jambi_metadata jambi_search jambi "
    "scheming_datasets scheming_organizations datastore activity"
)

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index"),
]

PAGES = [
    "/",
    "/dataset/",
    "/organization/",
    "/group/",
    "/freshness",
    "/kemutakhiran",
    "/about",
    "/dataset/?q=kosong",
]


def page(app, path: str, status: int = 200, **more) -> BeautifulSoup:
    return BeautifulSoup(app.get(path, status=status, **more).body, "html.parser")


@pytest.mark.parametrize("path", PAGES)
def test_page_of_an_empty_portal_answers_without_script(app, path):
    found = page(app, path)
    assert found.html["lang"] == "id"
    assert found.find("script") is None
    assert len(found.find_all("link", rel="stylesheet")) == 1
    assert len(found.find_all("h1")) == 1
    assert found.find("main", id="isi")


def test_english_page_is_english_and_leads_back(app):
    found = page(app, "/en/kemutakhiran")
    assert found.html["lang"] == "en"
    assert found.h1.text == "Freshness scoreboard of the OPD"
    assert found.find("a", hreflang="id")["href"].endswith("/kemutakhiran")


def test_indonesian_address_of_help_leads_to_it(app):
    assert app.get("/tentang", follow_redirects=False).headers["Location"].endswith("/about")


def test_missing_page_says_what_to_do(app):
    found = page(app, "/tidak-ada", status=404)
    assert found.h1.text == "Halaman ini tidak ada"
    assert found.find("form", role="search")


def test_forbidden_page_says_what_to_do(app):
    found = page(app, "/ckan-admin/", status=403)
    assert found.h1.text == "Halaman ini tidak terbuka untuk Anda"


def test_zero_hits_offer_single_words_and_topics(app):
    factories.Group(name="kesehatan", title="Kesehatan")
    found = page(app, "/dataset/?q=bus+sekolah")
    assert "Belum ada set data tentang" in found.h1.text
    assert {"bus", "sekolah", "Kesehatan0 set data"} <= {link.text for link in found.main.find_all("a")}


def test_query_that_cannot_be_read_gets_a_sentence(app):
    found = page(app, '/dataset/?q=title:"')
    assert "tidak terbaca oleh pencarian" in found.main.text


def test_draft_is_found_on_its_page_by_its_publisher_alone(app):
    user = factories.UserWithToken()
    organization = factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])
    dataset = factories.Dataset(owner_org=organization["id"], private=True, title="Jumlah murid")
    page(app, f"/dataset/{dataset['name']}", status=404)
    found = page(app, f"/dataset/{dataset['name']}", headers={"Authorization": user["token"]})
    assert found.h1.text == "Jumlah murid"
    assert "Belum terbit" in found.main.text
    assert found.find("a", string="Kelola")


def test_reader_text_is_escaped_everywhere(app):
    text = app.get("/dataset/?q=<script>alert(1)</script>").body
    assert "<script>alert" not in text


def test_rl05_anonymous_page_is_kept_and_a_session_is_not(app):
    anonymous = app.get("/")
    assert anonymous.headers["Cache-Control"].startswith("public, s-maxage=60")
    assert "Set-Cookie" not in anonymous.headers
    again = app.get("/", headers={"If-None-Match": anonymous.headers["ETag"]}, status=304)
    assert again.body == ""
    token = factories.UserWithToken()["token"]
    assert app.get("/", headers={"Authorization": token}).headers["Cache-Control"] == "private, no-store"


def test_text_is_compressed_for_readers_who_ask(app):
    answer = app.get("/about", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_stylesheet_has_an_address_of_its_content(app):
    address = page(app, "/about").find("link", rel="stylesheet")["href"]
    assert "immutable" in app.get(address).headers["Cache-Control"]
    app.get("/jambi-assets/0000000000000000/jambi.css", status=404)
    app.get(address.replace("jambi.css", "symbols.svg"), status=404)


@pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True)
def test_demo_portal_says_so_on_every_page(app):
    for path in PAGES:
        assert page(app, path).find(class_="jambi-demo").text.startswith("Data peraga.")


def test_portal_without_demo_data_does_not_say_so(app):
    assert page(app, "/").find(class_="jambi-demo") is None


def test_scoreboard_is_data_too(app):
    assert app.get("/freshness.json").json["organizations"] == []
    assert app.get("/freshness.csv").body.startswith("rank,organization,title,datasets,fresh,due")


def test_own_pages_carry_no_handler_that_the_policy_forbids(app):
    user = factories.SysadminWithToken()
    organization = factories.Organization()
    dataset = factories.Dataset(owner_org=organization["id"], private=True)
    header = {"Authorization": user["token"]}
    found = page(app, f"/dataset/{dataset['name']}/resource/new", headers=header)
    handlers = [name for tag in found.find_all() for name in tag.attrs if name.startswith("on")]
    assert handlers == []
    assert found.find(id="resource-upload-button") or found.find(id="resource-link-button")


def test_front_page_asks_no_more_for_more_topics(app):
    factories.Group(type="group")
    few = statements_of(app, "/")
    for _ in range(5):
        factories.Group(type="group")
    assert statements_of(app, "/") == few


def statements_of(app, address):
    """Return how many statements a page takes when it is asked for the second time."""
    app.get(address)
    with statements() as asked:
        app.get(address)
    return len(asked)
