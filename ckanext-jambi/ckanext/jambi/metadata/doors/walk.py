"""Open every public door once: pages, actions, tables, files, feeds and calendars, as an anonymous client.

The portal is asked in this process, by its own WSGI application: no network, no login, no cookie. What it
refuses to strangers is no door.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import i18n
from ckan.logic.action import get as core
from flask import Flask

OK = 200
ROWS = 10_000
MAX_PAGES = 20_000
PAGE = 500
LINK = re.compile(rb"""(?:href|src)=["']([^"'#]+)""")
PAGED = re.compile(r"^(?:page|offset)=\d+$")
LEFT_OUT = ("/webassets", "/base/", "/jambi-assets", "/user/_logout", "/api/", "/datastore/dump/")
ACTION = "/api/3/action/"
NAMED = {
    "package_": "dataset",
    "dataset_": "dataset",
    "resource_": "resource",
    "organization_": "organization",
    "group_": "group",
    "harvest_object": "object",
    "harvest_": "source",
    "jambi_source": "source",
    "jambi_run": "source",
    "jambi_record": "source",
    "jambi_quarantine": "source",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door gave to a stranger."""

    door: str
    place: str
    media_type: str
    body: bytes


@dataclass
class Doors:
    """Walks through the portal once.

    Args:
        app: the portal's WSGI application.
        max_pages: so many pages are read at most.
    """

    app: Flask
    max_pages: int = MAX_PAGES
    opened: Counter[str] = field(default_factory=Counter)
    cut: bool = False

    def answers(self) -> Iterator[Answer]:
        """Yield what each door gives; the API comes first, since it names what else there is."""
        known = _Known(self)
        yield from known.read()
        yield from self._actions(known)
        yield from self._tables(known)
        yield from self._pages(known)

    def get(self, door: str, place: str) -> Answer | None:
        """Ask for one address; None if a stranger gets nothing there."""
        try:
            with (
                self.app.app_context()
            ):  # one of its own for each request, so that nobody's login is met in it
                given = self.app.test_client().get(place)
        except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
            return None  # a view of CKAN that catches nothing: an error page where no test looks on
        if given.status_code != OK:
            return None
        self.opened[door] += 1
        return Answer(door, place, given.content_type or "", given.get_data())

    def action(self, name: str, **params: Any) -> Answer | None:
        """Call an action as a stranger."""
        return self.get("api", f"{ACTION}{name}?{urlencode(params)}" if params else f"{ACTION}{name}")

    def _actions(self, known: _Known) -> Iterator[Answer]:
        """Call each reading action bare; one that asks for more, with the ids that its name lets expect."""
        for name in _reading_actions():
            if answer := self.action(name):
                yield answer
                continue
            for param, ids in known.wanted(name):
                yield from self._with_ids(name, param, ids)

    def _with_ids(self, name: str, param: str, ids: list[str]) -> Iterator[Answer]:
        for number, each in enumerate(ids):
            answer = self.action(name, **{param: each})
            if answer:
                yield answer
            elif number == 0:
                return

    def _tables(self, known: _Known) -> Iterator[Answer]:
        """Read every table whole, by the action and as the file that people download."""
        for resource_id in known.tables:
            start = 0
            while answer := self.action(
                "datastore_search", resource_id=resource_id, limit=ROWS, offset=start
            ):
                yield answer
                rows = json.loads(answer.body)["result"]["records"]
                if len(rows) < ROWS:
                    break
                start += len(rows)
            if dump := self.get("table", f"/datastore/dump/{resource_id}"):
                yield dump

    def _pages(self, known: _Known) -> Iterator[Answer]:
        """Read the pages that links lead to from the portal's own addresses; of queries only page numbers."""
        waiting = [*_addresses(self.app), *known.pages()]
        seen = set(waiting)
        while waiting:
            if self.opened["page"] + self.opened["file"] >= self.max_pages:
                self.cut = True
                return
            place = waiting.pop(0)
            answer = self.get("file" if "/download/" in place else "page", place)
            if answer is None:
                continue
            yield answer
            fresh = [one for one in _links(answer, known.site) if one not in seen]
            seen.update(fresh)
            waiting += dict.fromkeys(fresh)


class _Known:
    """What the public lists name: datasets, organizations, groups, sources, tables."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self.site = tk.config["ckan.site_url"]
        self.datasets: list[str] = []
        self.resources: list[str] = []
        self.tables: list[str] = []
        self.others: dict[str, list[str]] = {"organization": [], "group": [], "source": [], "object": []}

    def read(self) -> Iterator[Answer]:
        """Read the lists, and yield them as the doors that they are."""
        start = 0
        while answer := self._doors.action("package_search", rows=PAGE, start=start, sort="id asc"):
            yield answer
            found = json.loads(answer.body)["result"]["results"]
            self._take(found)
            start += len(found)
            if not found:
                break
        for kind in ("organization", "group"):
            if answer := self._doors.action(f"{kind}_list", all_fields="true"):
                self.others[kind] = [one["name"] for one in json.loads(answer.body)["result"]]
                yield answer
        self._sources()

    def wanted(self, action: str) -> list[tuple[str, list[str]]]:
        """Return parameters and ids with which an action may be asked, by the thing in its name."""
        ids = {"dataset": self.datasets, "resource": self.resources, **self.others}
        kind = next((kind for word, kind in NAMED.items() if word in action), None)
        chosen = [("id", ids[kind])] if kind else [("id", each) for each in ids.values()]
        return [*chosen, ("source_id", ids["source"])] if kind in ("source", None) else chosen

    def pages(self) -> list[str]:
        """Return the addresses of all that is known by name."""
        own = [f"/{kind}/{name}" for kind in ("organization", "group") for name in self.others[kind]]
        return [f"/dataset/{name}" for name in self.datasets] + own

    def _take(self, found: list[dict[str, Any]]) -> None:
        for one in found:
            self.datasets.append(one["name"])
            self.resources += [each["id"] for each in one["resources"]]
            self.tables += [each["id"] for each in one["resources"] if each.get("datastore_active")]
            extras = {each["key"]: each["value"] for each in one.get("extras", ())}
            self.others["object"] += [extras["harvest_object_id"]] if "harvest_object_id" in extras else []

    def _sources(self) -> None:
        answer = self._doors.action("package_search", fq="dataset_type:harvest", rows=1_000)
        found = json.loads(answer.body)["result"]["results"] if answer else []
        self.others["source"] = [one["id"] for one in found]


def _reading_actions() -> list[str]:
    """Return the names of all actions that may be asked by GET, but for those that tables are read by."""
    named = {name: each for name, each in vars(core).items() if not name.startswith("_")}
    for plugin in p.PluginImplementations(p.IActions):
        named |= plugin.get_actions()
    return sorted(
        name
        for name, each in named.items()
        if getattr(each, "side_effect_free", False) and not name.startswith(("datastore_", "help_show"))
    )


def _addresses(app: Flask) -> list[str]:
    """Return the addresses without arguments that the portal answers by GET."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.rule.startswith(LEFT_OUT)
    )


def _links(answer: Answer, site: str) -> Iterator[str]:
    """Yield the portal's own addresses that a page links to, in one language: the others tell the same."""
    if "html" not in answer.media_type:
        return
    other_languages = set(i18n.get_locales())
    for found in LINK.findall(answer.body):
        parts = urlsplit(unescape(found.decode("utf-8", "replace")))
        own = not parts.netloc or f"{parts.scheme}://{parts.netloc}" == site
        if not own or not parts.path.startswith("/") or parts.path.startswith(LEFT_OUT):
            continue
        if parts.path.split("/")[1] in other_languages:
            continue
        if not parts.query or PAGED.match(parts.query):
            yield parts.path + (f"?{parts.query}" if parts.query else "")
