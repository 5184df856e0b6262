"""The pages that the browser tests visit: one address for each type of page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page
from portal import AGENCY, ANSWER_FILE

DATASET = "tinggi-muka-air-batanghari"
PATHS = {
    "home": "/",
    "search": "/dataset/?q=jumlah",
    "zero-hit": "/dataset/?q=zebra+kutub",
    "dataset": f"/dataset/{DATASET}",
    "organization": "/organization/diskominfo",
    "scoreboard": "/kemutakhiran",
    "calendar": "/kalender",
}
MORE = {
    "freshness": f"/dataset/{DATASET}/freshness",
    "board-of-a-quarter": "/kemutakhiran?period=2026-Q3",
    "topics": "/group/",
    "topic": "/group/kesehatan",
    "organizations": "/organization/",
    "about": "/about",
    "status": "/status",
    "sources": "/harvest-sources",
    "wide-table": "/dataset/pengaduan-warga",
    "late-organization": f"/organization/{AGENCY}",
    "log": "/freshness/log",
    "log-row": "/freshness/log/1",
    "daftar-data": "/freshness/desk/items",
    "missing": "/tidak-ada",
}
"""Addresses that are known only once the portal runs."""
FOUND = ("file", "report", "answer")
NAMES = (*PATHS, *MORE, *FOUND)
WIDTHS = (360, 1280)
LANGUAGES = ("id", "en")
MOBILE = {"viewport": {"width": 360, "height": 800}}

all_pages = pytest.mark.parametrize("name", NAMES)
main_pages = pytest.mark.parametrize("name", PATHS)
both_widths = pytest.mark.parametrize("width", WIDTHS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


@dataclass
class Places:
    """Where the pages of a portal are; `folder` is that of a portal which the tests started."""

    portal_url: str
    folder: Path | None = None
    found: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Return the path of a page; a page that this portal lacks skips the test."""
        known = PATHS | MORE
        if name in known:
            return known[name]
        if name not in self.found:
            self.found[name] = _FINDERS[name](self)
        return self.found[name]

    def url(self, name: str, language: str = "id") -> str:
        """Return the whole address of a page in a language."""
        return self.portal_url + ("" if language == "id" else f"/{language}") + self.path(name)

    def open(self, page: Page, name: str, language: str = "id", wait_until: str = "load") -> None:
        """Go to a page, which answers as it should: what a test measures is that page and no other."""
        answer = page.goto(self.url(name, language), wait_until=wait_until)  # type: ignore[arg-type]
        assert answer is not None
        assert answer.status == (404 if name == "missing" else 200), f"{answer.status} at {answer.url}"


def _file(places: Places) -> str:
    """Return the page of a dataset's first file."""
    asked = f"{places.portal_url}/api/3/action/package_show?id={DATASET}"
    return f"/dataset/{DATASET}/resource/{requests.get(asked, timeout=30).json()['result']['resources'][0]['id']}"


def _report(_: Places) -> str:
    """Return the report of an OPD over the quarter that runs."""
    now = datetime.now(UTC)
    return f"/freshness/report/{AGENCY}/{now.year}-Q{(now.month + 2) // 3}"


def _answer(places: Places) -> str:
    """Return the page behind the link of a reminder; only the portal's owner knows its signature."""
    if places.folder is None:
        pytest.skip("JAMBI_E2E_URL: no signed link of that portal is known")
    return (places.folder / ANSWER_FILE).read_text(encoding="utf-8").strip()


_FINDERS: dict[str, Callable[[Places], str]] = {"file": _file, "report": _report, "answer": _answer}
