"""The citizen pages in a real browser: accessibility, no sideways scrolling, JavaScript off (web.md 1)."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
import requests
from addresses import (
    MOBILE,
    WIDTHS,
    Places,
    all_pages,
    both_languages,
    both_widths,
    main_pages,
)
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
STRANGE = {
    "id": ("Search data", "Datasets", "Skip to", "Organizations", "Freshness", "overdue", "Released"),
    "en": ("Cari data", "Langsung ke", "Beranda", "terlambat", "Diperiksa", "Kalender rilis"),
}


@both_widths
@all_pages
def test_page_breaks_no_rule_and_does_not_scroll_sideways(
    browser: Browser, places: Places, name: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        places.open(page, name)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0
        assert [text for text in said if name != "missing" or "404" not in text] == []


@both_languages
@all_pages
def test_axe_finds_no_violation(browser: Browser, places: Places, axe: str, name: str, language: str) -> None:
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        places.open(page, name, language)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for closed in page.query_selector_all("details:not([open]) > summary"):
                if closed.is_visible():
                    closed.click()
            assert violations(page, axe) == [], f"at {width} px"


def test_file_page_carries_no_script(browser: Browser, places: Places) -> None:
    with browser.new_context(**MOBILE) as context:
        page = context.new_page()
        places.open(page, "dataset")
        page.locator("#berkas ~ ul a").first.click()
        assert page.url.endswith(places.path("file"))
        assert page.locator("script").count() == 0


@main_pages
def test_axe_finds_no_violation_in_the_dark(browser: Browser, places: Places, axe: str, name: str) -> None:
    with browser.new_context(color_scheme="dark", bypass_csp=True, **MOBILE) as context:
        page = context.new_page()
        places.open(page, name)
        assert violations(page, axe) == []


def violations(page: Page, axe: str) -> list[str]:
    """Return what axe reports against WCAG 2.2 AA and its best practices, contrast included."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def test_everything_is_reached_without_javascript(browser: Browser, portal_url: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(portal_url)
        page.get_by_label("Kata yang dicari").fill("sungai")
        page.get_by_role("button", name="Cari").click()
        page.get_by_role("link", name="Tinggi Muka Air Sungai Batanghari").first.click()
        assert page.locator("h1").inner_text().startswith("Tinggi Muka Air")
        assert page.locator("#tabel").is_visible()
        address = page.get_by_role("link", name="CSV").first.get_attribute("href")
        assert address
        assert "tinggi_muka_air" in requests.get(urljoin(portal_url, address), timeout=30).text[:500]


def test_menu_opens_on_a_telephone_without_javascript(browser: Browser, portal_url: str) -> None:
    with browser.new_context(java_script_enabled=False, **MOBILE) as context:
        page = context.new_page()
        page.goto(portal_url)
        page.get_by_role("button", name="Menu", exact=True).click()
        page.get_by_role("navigation", name="Utama").get_by_role("link", name="Kemutakhiran").click()
        assert page.url.endswith("/freshness")


def test_facet_narrows_and_chip_widens_again(browser: Browser, portal_url: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{portal_url}/dataset/")
        every = page.locator("[aria-live]").inner_text()
        page.locator(".jambi-facets").get_by_role("link", name="Dinas Kesehatan").click()
        assert page.locator("[aria-live]").inner_text() != every
        page.locator(".jambi-chips a").click()
        assert page.locator("[aria-live]").inner_text() == every


@both_languages
@all_pages
def test_page_carries_no_word_of_the_other_language(
    browser: Browser, places: Places, name: str, language: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        places.open(page, name, language)
        text = page.locator("body").inner_text()
        assert [word for word in STRANGE[language] if word in text] == []


def test_scoreboard_is_downloaded_as_data(portal_url: str) -> None:
    board = requests.get(f"{portal_url}/freshness.json", timeout=30).json()
    rows = requests.get(f"{portal_url}/freshness.csv", timeout=30).text.splitlines()
    assert len(rows) == len(board["organizations"]) + 1
    assert {"rank", "organization", "datasets", "fresh", "share_on_time"} <= set(board["organizations"][0])
