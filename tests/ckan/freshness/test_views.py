"""The badge as a picture and as JSON (F42)."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ckan import model

from ckanext.jambi.freshness.evidence import observe

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def observed(dataset, seen) -> dict:
    """Return a dataset with evidence of now."""
    one = dataset("harian", title="Harga <Beras> & Gula")
    observe([seen(one, "a")])
    model.Session.commit()
    return one


def test_f42_picture_names_dataset_and_state(app, observed) -> None:
    response = app.get(f"/dataset/{observed['name']}/freshness.svg")
    assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    root = ElementTree.fromstring(response.body)  # noqa: S314 - our own text
    assert root.findtext("{*}title").startswith("Harga <Beras> & Gula: Up to date. Checked today")


@pytest.mark.parametrize(
    ("days", "seconds"),
    [(0.01, 3600), (0.99, 864), (2.99, 864), (50, 3600)],
)
def test_f42_cache_lasts_until_the_next_change(app, observed, portal_at, days, seconds) -> None:
    portal_at(days)
    cached = app.get(f"/dataset/{observed['name']}/freshness.svg").headers["Cache-Control"]
    assert cached.startswith("public, max-age=")
    assert abs(int(cached.rsplit("=")[1]) - seconds) < 60


@pytest.mark.parametrize("form", ["svg", "json"])
def test_f42_equal_answer_is_not_sent_twice(app, observed, portal_at, form) -> None:
    address = f"/dataset/{observed['name']}/freshness.{form}"
    first = app.get(address)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    portal_at(0.1)
    again = app.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.body) == (304, "")
    portal_at(5)
    assert app.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_f42_json_says_what_the_action_says(app, observed) -> None:
    found = app.get(f"/dataset/{observed['id']}/freshness.json").json
    assert (found["state"], found["name"], found["basis"]) == ("fresh", observed["name"], "rolling")


def test_f42_private_and_missing_datasets_are_not_found(app, dataset) -> None:
    hidden = dataset(private=True)
    for name in (hidden["name"], "tidak-ada"):
        assert app.get(f"/dataset/{name}/freshness.svg", status=404).status_code == 404
        assert app.get(f"/dataset/{name}/freshness.json", status=404).status_code == 404
