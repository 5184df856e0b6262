"""S25: whatever a source writes into its texts, no page or answer runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from harvest_source import NOTES, PLUGINS, Answer, catalogue_of, entry, raw_catalogue, raw_definition

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme {PLUGINS}"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
MARK = "canary9071"
HOSTILE = (
    f"<script>{MARK}()</script>",
    f"<svg/onload={MARK}()>",
    f'<img src=x onerror="{MARK}()">',
    f'"><a href="javascript:{MARK}()">tautan</a>',
    f"[tautan](javascript:{MARK}())",
    f'[tautan](https://a.example "x" onmouseover="{MARK}()")',
    f"<iframe srcdoc='<script>{MARK}()</script>'></iframe>",
    f"<math><mtext></p><style><!--</style><img title='--><img src=x onerror={MARK}()>'>",
)


@pytest.fixture
def drafts(source: Any, apply_source: Any, harvest: Any) -> list[tuple[str, str]]:
    """Return dataset and resource of records with hostile titles, descriptions and links."""
    source.answers["/data.json"] = catalogue_of(
        entry(
            f"id-{at}",
            title=f"Data {at} {text}",
            description=f"{NOTES} {text}",
            distribution=[{"title": text, "downloadURL": f"https://a.example/{at}.csv", "description": text}],
        )
        for at, text in enumerate(HOSTILE)
    )
    run = harvest(apply_source(raw_catalogue(source)))
    assert (run["new"], run["failed"], run["held"]) == (len(HOSTILE), 0, 0)
    with model.meta.engine.connect() as connection:
        query = "SELECT p.name, r.id FROM package p JOIN resource r ON r.package_id = p.id"
        found = [tuple(row) for row in connection.execute(sa.text(query))]
    assert len(found) == len(HOSTILE)
    return found


def active(body: str) -> list[str]:
    """Return the parts of a page that would run the canary."""
    page = BeautifulSoup(body, "html.parser")
    found = [str(tag) for tag in page.find_all(["script", "iframe", "style", "object"]) if MARK in str(tag)]
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value)
            if MARK in text and (name.startswith("on") or text.strip().lower().startswith("javascript:")):
                found.append(f"{tag.name} {name}={text}")
    return found


def test_s25_the_check_itself_finds_what_runs() -> None:
    assert [len(active(text)) > 0 for text in HOSTILE] == [True] * 4 + [False] * 2 + [True, False]


def test_s25_no_page_runs_what_a_source_wrote(drafts: list[tuple[str, str]], app: Any) -> None:
    key = {"Authorization": factories.SysadminWithToken()["token"]}
    pages = [f"/dataset/{name}" for name, _ in drafts]
    pages += [f"/dataset/{name}/resource/{resource}" for name, resource in drafts]
    bodies = {page: app.get(page, headers=key, status=200).body for page in pages}
    assert sum(MARK in body for body in bodies.values()) >= len(drafts) // 2
    assert {page: active(body) for page, body in bodies.items() if active(body)} == {}


def test_s25_answers_of_the_api_are_no_page(drafts: list[tuple[str, str]], app: Any) -> None:
    key = {"Authorization": factories.SysadminWithToken()["token"]}
    for name, _ in drafts:
        answer = app.get(f"/api/3/action/package_show?id={name}", headers=key, status=200)
        assert answer.headers["Content-Type"].startswith("application/json")
        assert json.loads(answer.body)["success"] is True


def test_s25_title_with_markup_is_never_public(source: Any, apply_source: Any, harvest: Any) -> None:
    raw = raw_definition(source)
    raw["dataset"]["title"] = f"Jumlah Kunjungan {HOSTILE[0]}"
    source.csv(5)
    assert harvest(apply_source(raw))["state"] == "succeeded"
    with model.meta.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT private FROM package WHERE type = 'dataset'")) is True


def test_s25_lists_and_tables_show_it_as_text(source: Any, apply_source: Any, harvest: Any, app: Any) -> None:
    title = f"Jumlah Kunjungan [tautan](javascript:{MARK}()) menurut Bulan"
    lines = ["bulan,puskesmas,kunjungan", *(f"2026-0{at},{HOSTILE[0]}{at},{at}" for at in range(1, 9))]
    source.answers["/data.csv"] = Answer("\n".join(lines).encode(), headers={"Content-Type": "text/csv"})
    raw = raw_definition(source)
    raw["dataset"]["title"] = title
    source_id = apply_source(raw)
    assert harvest(source_id)["state"] == "succeeded"
    with model.meta.engine.connect() as connection:
        resource = connection.scalar(sa.text("SELECT id FROM resource"))
    pages = ["/dataset/", "/organization/dinkes", "/dataset/uji-kunjungan-data"]
    pages.append(f"/dataset/uji-kunjungan-data/resource/{resource}")
    bodies = {page: app.get(page).body for page in pages}
    assert all(MARK in body for body in bodies.values())
    assert {page: active(body) for page, body in bodies.items() if active(body)} == {}
