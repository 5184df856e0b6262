"""The pages of stewards and walidata for freshness, and the report on paper, in a real browser (F51, F52)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from addresses import WIDTHS, Places, both_widths
from playwright.sync_api import Browser, BrowserContext, Page
from test_pages import violations

pytestmark = pytest.mark.browser
PAGES = ("/dashboard/freshness", "/freshness/desk", "/freshness/desk/exempt")
MOST_PAGES = 2


@pytest.fixture
def signed_in(browser: Browser, steward: BrowserContext) -> Iterator[Page]:
    """Return a page of the steward that may run the script of axe."""
    with browser.new_context(bypass_csp=True) as context:
        context.add_cookies(steward.cookies())  # type: ignore[arg-type] - what cookies gives, add_cookies takes
        yield context.new_page()


@pytest.mark.parametrize("path", PAGES)
def test_f51_pages_of_a_steward_break_no_rule(signed_in: Page, places: Places, axe: str, path: str) -> None:
    answer = signed_in.goto(places.portal_url + path)
    assert answer is not None
    assert answer.status == 200
    for width in WIDTHS:
        signed_in.set_viewport_size({"width": width, "height": 900})
        assert violations(signed_in, axe) == [], f"at {width} px"
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert signed_in.evaluate(wide) <= 0, f"at {width} px"


@both_widths
def test_f52_the_report_prints_on_two_pages(browser: Browser, places: Places, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        places.open(page, "report")
        printed = page.pdf(format="A4")
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_PAGES
