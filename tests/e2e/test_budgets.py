"""What a page may weigh on the network (web.md 1); `-s` prints the figures."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from addresses import Places, all_pages, both_widths
from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

MOST_BYTES, MOST_REQUESTS, MOST_REPEAT_BYTES = 100_000, 12, 10_000

PERSONAL = ("answer",)
"""Pages of one person's link: a browser keeps nothing of them (`no-store`), so a repeat view costs all again."""


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


@both_widths
@all_pages
def test_views_stay_within_the_budget(browser: Browser, places: Places, name: str, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        first = Meter(page)
        places.open(page, name, wait_until="networkidle")
        page.goto("about:blank")
        spent, asked = first.bytes, [*first.requests]
        again = Meter(page)
        places.open(page, name, wait_until="networkidle")
        print(f"\n{name} at {width} px: {spent} B, {len(asked)} requests; again {again.bytes} B", end="")  # noqa: T201 - the figure is the point
        assert spent <= MOST_BYTES
        assert len(asked) <= MOST_REQUESTS
        assert again.bytes <= MOST_REPEAT_BYTES or name in PERSONAL
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(places.portal_url).netloc}
