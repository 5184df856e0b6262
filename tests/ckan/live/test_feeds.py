from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from ckan import model
from harvest_source import PLUGINS

from ckanext.jambi import outbox

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_live {PLUGINS}"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def told(with_plugins: None, clean_db: None) -> None:
    for name, private in (("satu", False), ("dua", False), ("rahasia", True)):
        extras = {"topik": '["kesehatan"]'} if name == "satu" else {}
        package = model.Package(name=name, title=f"Data {name}", private=private, extras=extras)
        model.Session.add(package)
        model.Session.flush()
        outbox.emit(outbox.Event("dataset.changed", package_id=package.id, public=True))
    outbox.emit(outbox.Event("source.down", public=False))
    model.Session.commit()


def titles(app, query: str = "") -> list[str]:
    answer = app.get(f"/events.atom{query}", status=200)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    return [entry.findtext(f"{ATOM}title") for entry in entries(answer.body)]


def entries(body: str) -> list[ET.Element]:
    return list(ET.fromstring(body).iter(f"{ATOM}entry"))  # noqa: S314 - our own feed


@pytest.mark.usefixtures("told")
def test_feed_lists_public_changes_newest_first(app) -> None:
    assert [title.partition(":")[0] for title in titles(app)] == ["Data dua", "Data satu"]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("query", "number"),
    [("dataset=dua", 1), ("topic=kesehatan", 1), ("organization=dinkes", 0), ("kind=rows.changed", 0)],
)
def test_feed_of_a_dataset_a_topic_or_an_organization(app, query: str, number: int) -> None:
    assert len(titles(app, f"?{query}")) == number


@pytest.mark.usefixtures("told")
def test_entry_has_an_id_that_stays_and_leads_to_its_dataset(app) -> None:
    def entry() -> ET.Element:
        return entries(app.get("/events.atom?dataset=satu").body)[0]

    assert entry().findtext(f"{ATOM}id") == entry().findtext(f"{ATOM}id")
    assert entry().findtext(f"{ATOM}id").startswith("tag:test.ckan.net,2026:event/")
    assert entry().find(f"{ATOM}link").get("href").endswith("/dataset/satu")


def test_unknown_filter_of_a_feed_is_named(app) -> None:
    answer = app.get("/events.atom?data=satu", status=400)

    assert answer.json["error"]["code"] == "filter_invalid"
