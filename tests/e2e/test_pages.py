"""The citizen pages in a real browser: weight, JavaScript off, accessibility, links that answer (web.md 1)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

PATHS = {
    "home": "/",
    "search": "/dataset/?q=jumlah",
    "zero-hit": "/dataset/?q=zebra+kutub",
    "dataset": "/dataset/tinggi-muka-air-batanghari",
    "organization": "/organization/diskominfo",
    "scoreboard": "/kemutakhiran",
    "calendar": "/kalender",
}
MORE = {
    "freshness": "/dataset/tinggi-muka-air-batanghari/freshness",
    "board-of-a-quarter": "/kemutakhiran?period=2026-Q3",
    "topics": "/group/",
    "topic": "/group/kesehatan",
    "organizations": "/organization/",
    "about": "/about",
    "status": "/status",
    "wide-table": "/dataset/pengaduan-warga",
    "missing": "/tidak-ada",
}
WIDTHS = (360, 1280)
MOST_BYTES, MOST_REQUESTS, MOST_REPEAT_BYTES = 100_000, 12, 10_000
MOBILE = {"viewport": {"width": 360, "height": 800}}


def all_pages(function):
    """Run a test on every page type at both widths."""
    widths = pytest.mark.parametrize("width", WIDTHS)
    return widths(
        pytest.mark.parametrize("path", (PATHS | MORE).values(), ids=(PATHS | MORE).keys())(function)
    )


class Meter:
    """Counts requests and compressed bytes of a page, headers included, as the network log has them."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._finished)
        page.on("request", self._asked)

    def _finished(self, event: dict) -> None:
        self.bytes += int(event["encodedDataLength"])

    def _asked(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)


@all_pages
def test_first_view_stays_within_the_budget(browser: Browser, portal_url: str, path: str, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        meter = Meter(page)
        page.goto(portal_url + path, wait_until="networkidle")
        assert meter.bytes <= MOST_BYTES
        assert len(meter.requests) <= MOST_REQUESTS
        assert all(urlsplit(url).netloc == urlsplit(portal_url).netloc for url in meter.requests)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_repeat_view_costs_next_to_nothing(browser: Browser, portal_url: str, path: str) -> None:
    with browser.new_context(**MOBILE) as context:
        page = context.new_page()
        page.goto(portal_url + path, wait_until="networkidle")
        page.goto("about:blank")
        meter = Meter(page)
        page.goto(portal_url + path, wait_until="networkidle")
        assert meter.bytes <= MOST_REPEAT_BYTES


@all_pages
def test_page_breaks_no_rule_and_does_not_scroll_sideways(
    browser: Browser, portal_url: str, path: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(portal_url + path)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0
        assert [text for text in said if "404" not in text] == []


@pytest.mark.parametrize("language", ["id", "en"])
@all_pages
def test_axe_finds_no_violation(
    browser: Browser, portal_url: str, axe: str, path: str, width: int, language: str
) -> None:
    prefix = "" if language == "id" else "/en"
    with browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(portal_url + prefix + path)
        for closed in page.query_selector_all("details:not([open]) > summary"):
            if closed.is_visible():
                closed.click()
        assert violations(page, axe) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_file_page_is_light_and_without_violation(
    browser: Browser, portal_url: str, axe: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(portal_url + PATHS["dataset"])
        page.locator("#berkas ~ ul a").first.click()
        assert page.locator("script").count() == 0
        assert violations(page, axe) == []


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_axe_finds_no_violation_in_the_dark(browser: Browser, portal_url: str, axe: str, path: str) -> None:
    with browser.new_context(color_scheme="dark", bypass_csp=True, **MOBILE) as context:
        page = context.new_page()
        page.goto(portal_url + path)
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


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_every_link_of_our_own_answers(browser: Browser, portal_url: str, path: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(portal_url + path)
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    own = {link.split("#")[0] for link in links if link.startswith(portal_url)}
    assert {
        link: status for link in sorted(own) if (status := requests.get(link, timeout=60).status_code) >= 400
    } == {}


@pytest.mark.parametrize("language", ["", "/en"])
def test_page_carries_no_word_of_the_other_language(browser: Browser, portal_url: str, language: str) -> None:
    strange = (
        ["Search data", "Datasets", "Skip to"] if not language else ["Cari data", "Langsung ke", "Beranda"]
    )
    with browser.new_context() as context:
        page = context.new_page()
        for path in PATHS.values():
            page.goto(portal_url + language + path)
            text = page.locator("body").inner_text()
            assert [word for word in strange if word in text] == []


def test_scoreboard_is_downloaded_as_data(portal_url: str) -> None:
    board = requests.get(f"{portal_url}/freshness.json", timeout=30).json()
    rows = requests.get(f"{portal_url}/freshness.csv", timeout=30).text.splitlines()
    assert len(rows) == len(board["organizations"]) + 1
    assert {"rank", "organization", "datasets", "fresh", "share_on_time"} <= set(board["organizations"][0])
