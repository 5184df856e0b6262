"""What comes from a source, on a whole portal: hostile texts, a secret, a system that is switched off."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from playwright.sync_api import Browser, BrowserContext, Page
from portal import AGENCY
from samples import FIELDS as METADATA

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("JAMBI_E2E_URL" in os.environ, reason="JAMBI_E2E_URL: the drop folder is not known"),
]
NAME = f"{AGENCY}-taman-kota"
FILE = "taman-kota.csv"
MARK = "canary9071"
HOSTILE = (
    f"<script>{MARK}()</script>",
    f"<svg/onload={MARK}()>",
    f'<img src=x onerror="{MARK}()">',
    f"<iframe srcdoc='<script>parent.{MARK}()</script>'></iframe>",
)
LINKS = (
    f"[tautan](javascript:{MARK}())",
    f'[tautan](https://a.example "x" onmouseover="{MARK}()")',
)
TITLE = f"Taman Kota [tautan](javascript:{MARK}()) menurut Kelurahan"
SECRET = "kenari-7d21c90e5b"
RUN_SECONDS = 60
ALIVE = f"window.ran = 0; window.{MARK} = () => {{ window.ran += 1 }}"
FIELDS = {
    "tanggal": {"path": "tanggal", "type": "date", "label": "Tanggal", "public": True},
    "kelurahan": {"path": "kelurahan", "type": "text", "label": "Kelurahan", "public": True},
    "pohon": {"path": "pohon", "type": "integer", "label": "Jumlah Pohon", "public": True, "unit": "unit"},
}


def definition() -> dict[str, Any]:
    """Return a source of the drop folder that sends a key and publishes each cell as it is."""
    auth = {"type": "api_key", "name": "kunci", "api_key": "secret:TAMAN", "location": "query"}
    fields = {
        one: {**said, "definition": said["label"], "concept": said["label"]} for one, said in FIELDS.items()
    }
    return {
        "version": 1,
        "id": NAME,
        "kind": "csv",
        "organization": AGENCY,
        "client": {"base_url": "http://kota-peraga.invalid/titipan/", "auth": auth},
        "endpoint": {"path": FILE},
        "schema": {"fields": fields},
        "dataset": {
            "name": "taman-kota",
            "title": TITLE,
            "notes": f"Taman kota menurut kelurahan, dengan jumlah pohon yang tumbuh di dalamnya. {' '.join(LINKS)}",
            "tags": ["taman", "pohon", "data peraga"],
            "fields": METADATA,
            "period_column": "tanggal",
        },
        "guard": {"internal_target": "kota-peraga"},
    }


@pytest.fixture(scope="module")
def ckan(portal_folder: Path, portal_url: str) -> Callable[..., str]:
    """Return a function that runs a `ckan jambi` command of the portal."""
    command = [str(Path(sys.executable).with_name("ckan")), "-c", str(portal_folder / "portal.ini"), "jambi"]

    def run(*arguments: str, typed: str = "") -> str:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, input=typed)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def apply(portal_folder: Path, ckan: Callable[..., str]) -> Callable[[dict[str, Any]], None]:
    """Return a function that applies and approves a definition."""

    def applied(wanted: dict[str, Any]) -> None:
        file = portal_folder / "taman-kota.yaml"
        file.write_text(yaml.safe_dump(wanted, allow_unicode=True), encoding="utf-8")
        ckan("source", "apply", "--approve", str(file))

    return applied


@pytest.fixture(scope="module")
def harvested(portal_folder: Path, ckan: Any, apply: Any, portal_url: str) -> dict[str, Any]:
    """Harvest the table with its hostile cells, and return its dataset."""
    lines = [
        f'2026-{at + 1:02d}-01,"{text.replace(chr(34), chr(34) * 2)}",{at}' for at, text in enumerate(HOSTILE)
    ]
    file = portal_folder / "drop" / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(["tanggal,kelurahan,pohon", *lines]), encoding="utf-8")
    ckan("secret", "set", AGENCY, "TAMAN", typed=SECRET)
    apply(definition())
    return _awaited(portal_url)


def _awaited(portal_url: str) -> dict[str, Any]:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        answer = requests.get(f"{portal_url}/api/3/action/package_show?id=taman-kota", timeout=10)
        if answer.ok:
            found: dict[str, Any] = answer.json()["result"]
            return found
        time.sleep(0.5)
    pytest.fail("The dataset is not public.")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Return a browser without the portal's content security policy: what is inert must be so by itself."""
    with browser.new_context(bypass_csp=True) as context:
        context.add_init_script(ALIVE)
        yield context


def pages(portal_url: str, dataset: dict[str, Any]) -> list[str]:
    """Return the addresses of the pages on which the dataset or its source stands."""
    resource = dataset["resources"][0]["id"]
    return [
        f"{portal_url}{path}"
        for path in (
            "/dataset/taman-kota",
            f"/dataset/taman-kota/resource/{resource}",
            "/dataset/?q=taman",
            f"/organization/{AGENCY}",
            f"/harvest-sources/{NAME}",
            "/",
        )
    ]


def ran(page: Page) -> int:
    """Return how often the canary was called, once images and frames had their time."""
    page.wait_for_timeout(200)
    return int(page.evaluate("window.ran"))


def test_s25_the_check_itself_hears_a_text_that_runs(visitor: BrowserContext, portal_url: str) -> None:
    page = visitor.new_page()
    page.goto(f"{portal_url}/about")
    page.set_content(HOSTILE[2])
    assert ran(page) == 1


def test_s25_no_page_runs_what_a_source_wrote(
    visitor: BrowserContext, portal_url: str, harvested: dict[str, Any]
) -> None:
    page = visitor.new_page()
    shown, called = 0, {}
    for address in pages(portal_url, harvested):
        page.goto(address)
        shown += MARK in page.content()
        called[address] = ran(page)
        links = page.locator("a[href^='javascript:' i]").count()
        assert links == 0, address
    assert shown >= 4
    assert {address: count for address, count in called.items() if count} == {}


def test_s25_answers_and_downloads_are_no_page(
    visitor: BrowserContext, portal_url: str, harvested: dict[str, Any]
) -> None:
    page = visitor.new_page()
    for path in ("package_show?id=taman-kota", "package_search?q=taman", "jambi_source_list"):
        page.goto(f"{portal_url}/api/3/action/{path}")
        assert ran(page) == 0
    answer = requests.get(f"{portal_url}/api/3/action/package_show?id=taman-kota", timeout=10)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"].startswith("application/json")


def test_p10_the_key_of_a_source_is_on_no_page_answer_or_log(
    steward: BrowserContext, portal_url: str, portal_folder: Path, harvested: dict[str, Any]
) -> None:
    seen: dict[str, str] = {}
    page = steward.new_page()
    more = [f"/harvest-sources/{NAME}/edit", "/harvest-sources", "/webhooks", "/status"]
    more += [f"/api/3/action/jambi_secret_list?organization_id={AGENCY}"]
    more += ["/api/3/action/jambi_source_list", "/api/3/action/jambi_event_list"]
    for address in (*pages(portal_url, harvested), *(portal_url + path for path in more)):
        page.goto(address)
        seen[address] = page.content()
        for link in page.locator("main a[href*='/runs/']").all():
            run = f"{portal_url}{link.get_attribute('href')}"
            seen[run] = steward.request.get(run).text()
    page.close()
    for log in portal_folder.glob("*.log"):
        seen[log.name] = log.read_text(encoding="utf-8", errors="replace")
    assert "TAMAN" in seen[f"{portal_url}/api/3/action/jambi_secret_list?organization_id={AGENCY}"]
    assert any("/runs/" in address for address in seen)
    spellings = (SECRET, SECRET.encode().hex(), base64.b64encode(SECRET.encode()).decode().rstrip("="))
    assert [name for name, text in seen.items() if any(one in text for one in spellings)] == []


def test_s32_data_of_a_system_that_was_switched_off_stays_as_a_labelled_archive(
    browser: Browser, portal_url: str, apply: Any, harvested: dict[str, Any]
) -> None:
    apply({**definition(), "state": "retired"})
    with browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{portal_url}/dataset/taman-kota")
        assert page.get_by_text("Arsip: sistem asal data ini sudah dimatikan.").is_visible()
        assert page.locator("main table").first.locator("tbody tr").count() == len(HOSTILE)
        page.goto(f"{portal_url}/harvest-sources/{NAME}")
        assert "sistemnya sudah dimatikan" in page.locator("main").inner_text()
    kept = requests.get(f"{portal_url}/api/3/action/package_show?id=taman-kota", timeout=10).json()["result"]
    assert [one["id"] for one in kept["resources"]] == [one["id"] for one in harvested["resources"]]
    assert json.dumps(kept).count(MARK) == json.dumps(harvested).count(MARK)
