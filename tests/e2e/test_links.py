"""Every link of our own answers: on every page, in both languages, also those that only a steward sees."""

from __future__ import annotations

import pytest
import requests
from addresses import MORE, NAMES, PATHS, Places, both_languages
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
STEWARDS = (*PATHS, "late-organization", "report", "sources")
"""Pages on which a steward of an OPD sees more than others do."""


@pytest.fixture(scope="module")
def statuses() -> dict[str, int]:
    """Return the status of each address that an anonymous reader was sent to, asked once."""
    return {}


def links(page: Page, places: Places) -> set[str]:
    """Return the addresses of this portal that the page leads to, but for the one that is missing."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href.split('#')[0])")
    return {
        link for link in found if link.startswith(places.portal_url) and not link.endswith(MORE["missing"])
    }


def ask(urls: set[str], statuses: dict[str, int], session: requests.Session) -> dict[str, int]:
    """Return those that do not answer, with their status."""
    for url in sorted(urls - statuses.keys()):
        statuses[url] = session.get(url, timeout=60).status_code
    return {url: statuses[url] for url in sorted(urls) if statuses[url] >= 400}


@both_languages
@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_our_own_answers(
    browser: Browser, places: Places, name: str, language: str, statuses: dict[str, int]
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        places.open(page, name, language)
        assert ask(links(page, places), statuses, requests.Session()) == {}


@both_languages
def test_every_link_that_only_a_steward_sees_answers(
    browser: Browser, steward: BrowserContext, places: Places, language: str
) -> None:
    session = requests.Session()
    for cookie in steward.cookies():
        session.cookies.set(cookie["name"], cookie["value"])
    seen: dict[str, int] = {}
    page, shown = steward.new_page(), browser.new_page()
    for name in STEWARDS:
        for reader in (page, shown):
            places.open(reader, name, language)
        assert ask(links(page, places) - links(shown, places), seen, session) == {}, name
    assert any("/dashboard" in url for url in seen)
    page.close()
    shown.close()
