"""The content security policy on every type of page, and pages that need no exception from it (web.md 1)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import requests
from addresses import NAMES, Places, both_languages
from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

STEWARDS = (
    "/dashboard/",
    "/dashboard/datasets",
    "/dataset/new",
    "/dataset/edit/timbulan-sampah",
    "/harvest-sources",
    "/harvest-sources/new",
    "/organization/edit/dlh",
    "/organization/members/dlh",
    "/user/edit",
    "/webhooks",
)
ANONYMOUS = ("/user/login", "/user/reset", "/harvest", "/dataset/activity/tinggi-muka-air-batanghari")
SELF = re.compile(r"'self'|'none'|data:|'nonce-[\w-]+'|'unsafe-inline'")


class Parts(HTMLParser):
    """Collects what a policy judges: inline scripts and their nonces, handlers, and addresses that load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.nonces: list[str | None] = []
        self.handlers: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        known = dict(attrs)
        self.handlers += [f"{tag} {name}" for name in known if name.startswith("on")]
        self.handlers += [f"{tag} {name}" for name, value in attrs if (value or "").startswith("javascript:")]
        if tag == "script" and "src" not in known and known.get("type", "text/javascript") in EXECUTED:
            self.nonces.append(known.get("nonce"))
        loading = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
        is_loaded = tag != "link" or known.get("rel") in ("stylesheet", "icon", "preload", "shortcut icon")
        if tag in loading and is_loaded and known.get(loading[tag]):
            self.loads.append(str(known[loading[tag]]))


EXECUTED = ("text/javascript", "module", "", None)


def wrong(policy: str, text: str, host: str) -> list[str]:
    """Return what is wrong with a page under its policy."""
    rules = {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}
    parts = Parts(text)
    nonce = re.search(r"'nonce-([\w-]+)'", rules.get("script-src", ""))
    found = [] if rules.get("script-src") and rules.get("default-src") else ["no policy for scripts"]
    found += ["unsafe scripts"] if "unsafe" in rules.get("script-src", "") else []
    found += [f"host in {name}: {rest}" for name, rest in rules.items() if SELF.sub("", rest).strip()]
    found += [f"handler: {each}" for each in parts.handlers]
    found += ["inline script without nonce" for each in parts.nonces if not nonce or each != nonce[1]]
    found += [f"other host: {url}" for url in parts.loads if urlsplit(url).netloc not in ("", host)]
    return found


def test_the_check_itself_finds_what_a_page_may_not_do() -> None:
    policy = "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.example"
    page = '<a onclick="x()">a</a><script>x()</script><img src="https://cdn.example/a.png">'
    found = wrong(policy, page, "here")
    assert [each.split(":")[0] for each in found] == [
        "unsafe scripts",
        "host in script-src",
        "handler",
        "inline script without nonce",
        "other host",
    ]
    assert wrong("", "", "here") == ["no policy for scripts"]


@both_languages
@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_a_strict_policy_and_keeps_it(places: Places, name: str, language: str) -> None:
    answer = requests.get(places.url(name, language), timeout=60)
    assert answer.status_code == (404 if name == "missing" else 200)
    host = urlsplit(places.portal_url).netloc
    assert wrong(answer.headers.get("Content-Security-Policy", ""), answer.text, host) == []


@pytest.mark.parametrize("path", ANONYMOUS)
def test_every_page_of_ckan_has_a_strict_policy_and_keeps_it(places: Places, path: str) -> None:
    answer = requests.get(places.portal_url + path, timeout=60)
    assert answer.status_code == 200
    host = urlsplit(places.portal_url).netloc
    assert wrong(answer.headers.get("Content-Security-Policy", ""), answer.text, host) == []


@pytest.mark.parametrize("path", STEWARDS)
def test_every_page_of_a_steward_has_a_strict_policy_and_keeps_it(
    steward: BrowserContext, places: Places, path: str
) -> None:
    answer = steward.request.get(places.portal_url + path)
    assert answer.status == 200
    host = urlsplit(places.portal_url).netloc
    assert wrong(answer.headers.get("content-security-policy", ""), answer.text(), host) == []
